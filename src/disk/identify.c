#include "disk/identify.h"

#include <blkid/blkid.h>
#include <errno.h>
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

int identify(struct arena *arena, int fd, struct identity *id)
{
	__attribute__((cleanup(free_probe))) blkid_probe probe = blkid_new_probe();
	const char *usage;
	int result;

	if (!probe)
		return -ENOMEM;
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
	id->partuuid = value_of(arena, probe, "PART_ENTRY_UUID");
	id->partlabel = value_of(arena, probe, "PART_ENTRY_NAME");
	id->scheme = value_of(arena, probe, "PART_ENTRY_SCHEME");
	usage = value_of(arena, probe, "USAGE");
	id->is_filesystem = string_same(usage, "filesystem");
	return 0;
}
