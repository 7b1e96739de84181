#include "disk/identify.h"

#include <blkid/blkid.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static void free_probe(blkid_probe *probe)
{
	blkid_free_probe(*probe);
}

static const char *value_of(struct arena *arena, blkid_probe probe, const char *name)
{
	const char *value;

	if (blkid_probe_lookup_value(probe, name, &value, NULL))
		return NULL;
	return arena_string(arena, value);
}

/* Of a part of an image, more is known already than can be seen on it. */
static void set_value(struct arena *arena, blkid_probe probe, const char *name, const char **to)
{
	const char *value = value_of(arena, probe, name);

	if (value)
		*to = value;
}

/*
 * libblkid looks at a dozen places, one block at a time. All that baton knows are in the first and
 * the last of these bytes (btrfs' superblock at 64 KiB, md's 64 to 128 KiB before the end), so two
 * large reads take the place of many small ones.
 */
static void read_ahead(int fd, uint64_t bytes)
{
	const uint64_t ends = 128 * 1024;

	posix_fadvise(fd, 0, (off_t)ends, POSIX_FADV_WILLNEED);
	if (bytes > ends)
		posix_fadvise(fd, (off_t)(bytes - ends), (off_t)ends, POSIX_FADV_WILLNEED);
}

int identify(struct arena *arena, int fd, struct identity *id)
{
	__attribute__((cleanup(free_probe))) blkid_probe probe = blkid_new_probe();
	const char *usage, *flags;
	int result;

	if (!probe)
		return -ENOMEM;
	read_ahead(fd, id->bytes);
	if (blkid_probe_set_device(probe, fd, 0, 0))
		return errno ? -errno : -EIO;
	blkid_probe_enable_superblocks(probe, 1);
	blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_TYPE | BLKID_SUBLKS_UUID |
							 BLKID_SUBLKS_LABEL | BLKID_SUBLKS_USAGE);
	blkid_probe_enable_partitions(probe, 1);
	blkid_probe_set_partitions_flags(probe, BLKID_PARTS_ENTRY_DETAILS);
	errno = 0;
	result = blkid_do_safeprobe(probe);
	if (result < 0)
		return result == -2 ? -EUCLEAN : errno ? -errno : -EIO;

	id->type = value_of(arena, probe, "TYPE");
	id->uuid = value_of(arena, probe, "UUID");
	id->label = value_of(arena, probe, "LABEL");
	set_value(arena, probe, "PART_ENTRY_UUID", &id->partuuid);
	set_value(arena, probe, "PART_ENTRY_NAME", &id->partlabel);
	set_value(arena, probe, "PART_ENTRY_TYPE", &id->parttype);
	set_value(arena, probe, "PART_ENTRY_SCHEME", &id->scheme);
	flags = value_of(arena, probe, "PART_ENTRY_FLAGS");
	id->partflags = flags ? strtoull(flags, NULL, 16) : id->partflags;
	usage = value_of(arena, probe, "USAGE");
	id->is_filesystem = string_same(usage, "filesystem");
	return 0;
}

ssize_t identify_partitions(struct arena *arena, int fd, struct partition **partitions)
{
	__attribute__((cleanup(free_probe))) blkid_probe probe = blkid_new_probe();
	blkid_partlist list;
	int n;

	if (!probe)
		return -ENOMEM;
	if (blkid_probe_set_device(probe, fd, 0, 0))
		return errno ? -errno : -EIO;
	blkid_probe_enable_partitions(probe, 1);
	list = blkid_probe_get_partitions(probe);
	n = list ? blkid_partlist_numof_partitions(list) : 0;
	*partitions = arena_array(arena, n > 0 ? (size_t)n : 0, sizeof **partitions);
	for (int i = 0; i < n; i++) {
		struct partition *to = &(*partitions)[i];
		blkid_partition from = blkid_partlist_get_partition(list, i);
		blkid_parttable table = blkid_partition_get_table(from);

		to->identity.partition = (unsigned)blkid_partition_get_partno(from);
		to->identity.partuuid = arena_string(arena, blkid_partition_get_uuid(from));
		to->identity.partlabel = arena_string(arena, blkid_partition_get_name(from));
		to->identity.scheme =
			table ? arena_string(arena, blkid_parttable_get_type(table)) : NULL;
		to->identity.parttype = arena_string(arena, blkid_partition_get_type_string(from));
		if (!to->identity.parttype)
			to->identity.parttype = arena_print(
				arena, "0x%x", (unsigned)blkid_partition_get_type(from));
		to->identity.partflags = blkid_partition_get_flags(from);
		to->start = (uint64_t)blkid_partition_get_start(from) * 512; /* its unit */
		to->identity.bytes = (uint64_t)blkid_partition_get_size(from) * 512;
	}
	return n;
}
