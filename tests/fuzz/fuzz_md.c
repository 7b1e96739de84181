/* The superblocks of software RAID: the first byte says where on the device, the rest is what is there. */
#include <string.h>

#include "disk/md.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint64_t device = 1 << 20, places[] = { 0, 4096, (1 << 20) - 8192, (1 << 20) - 65536 };
	unsigned char block[MD_SUPERBLOCK] = { 0 };
	struct md_member members[2] = { { .device = "a" }, { .device = "b" } };
	struct arena *arena = arena_new(1 << 20);
	struct md_array array;

	if (arena && size > 1) {
		memcpy(block, data + 1, size - 1 < sizeof block ? size - 1 : sizeof block);
		if (md_parse(&members[0], block, places[data[0] % 4], device)) {
			members[1] = members[0];
			members[1].slot = 0;
			md_collect(arena, &array, members, 2);
		}
	}
	arena_free(arena);
	return 0;
}
