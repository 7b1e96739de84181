#include "disk/identify.h"

#include <blkid/blkid.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

#define FIRMWARE_RAID \
	"part of a RAID that the firmware makes (as Intel's RST and VROC do), which baton can't read: what " \
	"seems to be on this disk may be out of date; /boot can be on a disk that is not in it"
#define PLAIN_BOOT "; /boot can be on ext4, xfs or btrfs, on a disk as it is, software RAID or LVM"

/*
 * What devices are beside file systems. What is foreign is only looked for where nothing else is: its
 * marks are at the end of disks, and old ones stay when a disk is used for something new.
 */
static const struct kind {
	const char *type, *meaning;
	bool is_foreign;
} kinds[] = {
	{ "linux_raid_member", "a member of software RAID: the array is a disk of its own, or the log "
			       "says why not", false },
	{ "LVM2_member", "a physical volume of LVM: its volumes are disks of their own, or the log says "
			 "why not", false },
	{ "crypto_LUKS", "encrypted (LUKS), and baton asks for no keys" PLAIN_BOOT, false },
	{ "swap", "swap space", false },
	{ "swsuspend", "the memory of a system that is suspended to disk", false },
	{ "jbd", "the journal of a file system that is on another disk", false },
	{ "isw_raid_member", FIRMWARE_RAID, true },
	{ "ddf_raid_member", FIRMWARE_RAID, true },
	{ "lsi_mega_raid_member", FIRMWARE_RAID, true },
	{ "bcache", "part of bcache: what is newer may be on its cache" PLAIN_BOOT, true },
	{ "drbd", "mirrored by DRBD: what is newer may be on another machine" PLAIN_BOOT, true },
	{ "zfs_member", "part of a ZFS pool, for which Linux has no driver of its own" PLAIN_BOOT, true },
	{ "ntfs", "Windows' file system; Windows needs the firmware to start it", true },
	{ "BitLocker", "encrypted by Windows (BitLocker)", true },
};
#define KINDS (sizeof kinds / sizeof *kinds)

const char *identify_explain(const char *type)
{
	for (size_t i = 0; type && i < KINDS; i++)
		if (strcmp(kinds[i].type, type) == 0)
			return kinds[i].meaning;
	return NULL;
}

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

/*
 * LUKS 2 has a second header at one of nine places up to 4 MiB (its format's section 2.1), each a seek
 * away on a disk that turns. Who has lost the first one does not get it back from baton.
 */
static bool may_be_luks(int fd)
{
	char magic[4];

	return pread(fd, magic, sizeof magic, 0) == sizeof magic &&
	       memcmp(magic, "LUKS", sizeof magic) == 0;
}

/* All that is foreign but one kind, and one that is not. */
static void filter(blkid_probe probe, int flag, const char *but, const char *with)
{
	char *names[KINDS + 1];
	size_t n = 0;

	for (size_t i = 0; i < KINDS; i++)
		if (kinds[i].is_foreign ? !string_same(kinds[i].type, but) : string_same(kinds[i].type, with))
			names[n++] = (char *)kinds[i].type;
	names[n] = NULL;
	blkid_probe_filter_superblocks_type(probe, flag, names);
}

/* ZFS, which has four large labels, makes its partitions itself: a disk with a table is not asked for it. */
static void identify_foreign(struct arena *arena, int fd, struct identity *id, bool has_table)
{
	__attribute__((cleanup(free_probe))) blkid_probe probe = blkid_new_probe();

	if (!probe || blkid_probe_set_device(probe, fd, 0, 0))
		return;
	blkid_probe_enable_superblocks(probe, 1);
	blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_TYPE | BLKID_SUBLKS_LABEL);
	filter(probe, BLKID_FLTR_ONLYIN, has_table ? "zfs_member" : NULL, NULL);
	if (blkid_do_safeprobe(probe))
		return;
	id->type = value_of(arena, probe, "TYPE");
	id->label = value_of(arena, probe, "LABEL");
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
	filter(probe, BLKID_FLTR_NOTIN, NULL, may_be_luks(fd) ? NULL : "crypto_LUKS");
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
	if (!id->type)
		identify_foreign(arena, fd, id, value_of(arena, probe, "PTTYPE"));
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
