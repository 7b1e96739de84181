/* The superblocks of software RAID: the first byte says where on the device, the rest is what is there. */
#include <string.h>

#include "base/bytes.h"
#include "disk/md.h"

/* Checksums are made right, for a fuzzer doesn't find them: version 0's is in word 38, 1's in 54. */
static void seal(unsigned char *block)
{
	bool old = get32(block + 4) == 0;
	size_t at = old ? 4 * 38 : 4 * 54, size = old ? MD_SUPERBLOCK : 256;
	uint64_t sum = 0;

	if (!old && get32(block + 220) <= 384)
		size += 2 * get32(block + 220);
	put32(block + at, 0);
	for (size_t i = 0; i + 4 <= size; i += 4)
		sum += get32(block + i);
	if (size % 4)
		sum += get16(block + size - 2);
	put32(block + at, (uint32_t)sum + (uint32_t)(sum >> 32));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint64_t device = 1 << 20, places[] = { 0, 4096, (1 << 20) - 8192, (1 << 20) - 65536 };
	unsigned char block[MD_SUPERBLOCK] = { 0 };
	struct md_member members[2] = { { .device = "a" }, { .device = "b" } };
	struct arena *arena = arena_new(1 << 20);
	struct md_array array;

	if (arena && size > 1) {
		memcpy(block, data + 1, size - 1 < sizeof block ? size - 1 : sizeof block);
		seal(block);
		if (md_parse(&members[0], block, places[data[0] % 4], device)) {
			members[1] = members[0];
			members[1].slot = 0;
			md_collect(arena, &array, members, 2);
		}
	}
	arena_free(arena);
	return 0;
}
