/* Software RAID: superblocks, and which members make an array. */
#include "members.h"

#include "disk/md.h"

static void sign(unsigned char *block, size_t size, size_t at)
{
	uint64_t sum = 0;

	put(block + at, 0, 4);
	for (size_t i = 0; i < size; i += 4) {
		uint32_t word;

		memcpy(&word, block + i, 4);
		sum += size - i >= 4 ? word : word & 0xffff;
	}
	put(block + at, (uint32_t)sum + (sum >> 32), 4);
}

/* Of version 1.2, at 4 KiB of a device of 64 MiB: slot 1 of a RAID5 of 3, of which 2 work. */
static void new_block(unsigned char *block)
{
	memset(block, 0, MD_SUPERBLOCK);
	put(block, 0xa92b4efc, 4);
	put(block + 4, 1, 4);
	for (int i = 0; i < 16; i++)
		block[16 + i] = (unsigned char)(i + 1);
	memcpy(block + 32, "host:b o/t", 10);
	put(block + 72, 5, 4);     /* level */
	put(block + 76, 2, 4);     /* layout */
	put(block + 80, 65536, 8); /* sectors of each */
	put(block + 88, 128, 4);
	put(block + 92, 3, 4);
	put(block + 128, 2048, 8);
	put(block + 136, 100000, 8);
	put(block + 144, 8, 8); /* where it is */
	put(block + 160, 4, 4); /* number, which is not the slot */
	put(block + 200, 77, 8);
	put(block + 208, UINT64_MAX, 8);
	put(block + 220, 5, 4);
	put(block + 256, 0, 2);
	put(block + 258, 0xfffe, 2);
	put(block + 260, 0xffff, 2);
	put(block + 262, 0, 2); /* a replacement of slot 0 */
	put(block + 264, 1, 2);
	sign(block, 266, 216);
}

static void test_version_1(void **state)
{
	static const struct {
		const char *what;
		size_t at, bytes;
		uint64_t value;
		bool is_there, is_readable;
		int slot;
	} cases[] = {
		{ "as it is", 0, 0, 0, true, true, 1 },
		{ "no magic", 0, 4, 1, false, false, 0 },
		{ "a copy of another place", 144, 8, 0, false, false, 0 },
		{ "more roles than fit", 220, 4, 100000, false, false, 0 },
		{ "more disks than roles", 92, 4, 1000, false, false, 0 },
		{ "no disks", 92, 4, 0, false, false, 0 },
		{ "data beyond the device", 136, 8, 1 << 20, false, false, 0 },
		{ "data that begins beyond it", 128, 8, UINT64_MAX, false, false, 0 },
		{ "larger than its data", 80, 8, 100001, false, false, 0 },
		{ "a spare", 264, 2, 0xffff, true, true, -1 },
		{ "a number without a role", 160, 4, 5, true, true, -1 },
		{ "with a bitmap", 8, 4, 1, true, true, 1 },
		{ "being filled", 8, 4, 2, true, true, -1 },
		{ "with bad blocks", 8, 4, 8, true, true, -1 },
		{ "a replacement", 8, 4, 16, true, true, -1 },
		{ "being reshaped", 8, 4, 4, true, false, 1 },
		{ "with a journal", 8, 4, 512, true, false, 1 },
		{ "of something new", 8, 4, 1 << 20, true, false, 1 },
		{ "linear", 72, 4, (uint32_t)-1, true, false, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct md_member member = { .device = "sda1" };
		unsigned char block[MD_SUPERBLOCK];
		size_t roles = cases[i].at == 220 ? 384 : 5;

		new_block(block);
		put(block + cases[i].at, cases[i].value, cases[i].bytes);
		sign(block, 256 + 2 * roles, 216);
		if (md_parse(&member, block, 4096, 64 * MIB) != cases[i].is_there)
			fail_msg("%s", cases[i].what);
		if (!cases[i].is_there)
			continue;
		if (!member.problem != cases[i].is_readable || member.slot != cases[i].slot)
			fail_msg("%s: %s, slot %d", cases[i].what, member.problem, member.slot);
	}
}

static void test_what_version_1_says(void **state)
{
	struct md_member member = { .device = "sda1" };
	unsigned char block[MD_SUPERBLOCK];

	(void)state;
	new_block(block);
	assert_true(md_parse(&member, block, 4096, 64 * MIB));
	assert_string_equal(member.device, "sda1");
	assert_string_equal(member.name, "b_o_t");
	assert_int_equal(member.uuid[15], 16);
	assert_int_equal(member.level, 5);
	assert_int_equal(member.layout, 2);
	assert_int_equal(member.chunk, 128);
	assert_int_equal(member.disks, 3);
	assert_int_equal(member.active, 2);
	assert_int_equal(member.size, 65536);
	assert_int_equal(member.start, 2048);
	assert_int_equal(member.sectors, 100000);
	assert_int_equal(member.events, 77);
	assert_true(member.resync == UINT64_MAX);
	block[300] ^= 1; /* is not in the sum */
	assert_true(md_parse(&member, block, 4096, 64 * MIB));
	block[265] ^= 1; /* the last byte that is */
	assert_false(md_parse(&member, block, 4096, 64 * MIB));
}

/* Version 0.90: 64 KiB before the end, in words. */
static void test_version_0(void **state)
{
	static const uint32_t words[][2] = {
		{ 0, 0xa92b4efc }, { 2, 90 }, { 5, 0x01020304 }, { 7, 1 }, { 8, 1000 }, { 10, 2 },
		{ 11, 3 }, { 15, 0x0d0e0f10 }, { 33, 1 }, { 34, 2 }, { 39, 5 }, { 40, 1 },
		{ 995, 1 }, { 996, 6 },
	};
	unsigned char block[MD_SUPERBLOCK] = { 0 };
	struct md_member member = { .device = "sdb1" };
	uint64_t at = 64 * MIB - 65536;

	(void)state;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		put(block + 4 * words[i][0], words[i][1], 4);
	sign(block, sizeof block, 4 * 38);
	assert_true(md_parse(&member, block, at, 64 * MIB));
	assert_false(md_parse(&member, block, at, 64 * MIB + 65536));
	assert_true(md_parse(&member, block, at, 64 * MIB + 65535));
	assert_string_equal(member.name, "3");
	assert_int_equal(member.uuid[0], 1);
	assert_int_equal(member.uuid[15], 16);
	assert_int_equal(member.size, 2000);
	assert_int_equal(member.sectors, at / 512);
	assert_true(member.events == ((uint64_t)1 << 32 | 5));
	assert_true(member.resync == UINT64_MAX);
	assert_int_equal(member.slot, 1);
	put(block + 4 * 996, 2, 4); /* active, but not in sync */
	put(block + 4 * 33, 0, 4);  /* not clean */
	sign(block, sizeof block, 4 * 38);
	assert_true(md_parse(&member, block, at, 64 * MIB));
	assert_int_equal(member.slot, -1);
	assert_int_equal(member.resync, 0);
	block[2000] ^= 1;
	assert_false(md_parse(&member, block, at, 64 * MIB));
}

static void test_members(void **state)
{
	struct md_member members[] = {
		{ .device = "stale", .disks = 3, .slot = 0, .events = 6 },
		{ .device = "other", .disks = 3, .slot = 0, .events = 99, .uuid = "x" },
		{ .device = "missed one", .disks = 3, .slot = 2, .events = 7 },
		{ .device = "newest", .disks = 3, .slot = 1, .events = 8 },
		{ .device = "its other path", .disks = 3, .slot = 1, .events = 8 },
		{ .device = "spare", .disks = 3, .slot = -1, .events = 8 },
		{ .device = "was of two", .disks = 2, .slot = 0, .events = 8 },
	};
	struct md_array array;

	(void)state;
	md_collect(arena, &array, members, sizeof members / sizeof *members);
	assert_string_equal(array.first->device, "newest");
	assert_int_equal(array.members.n, 2);
	assert_string_equal(array.members.at[0]->device, "newest");
	assert_string_equal(array.members.at[1]->device, "missed one");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_version_1),
		TEST(test_what_version_1_says),
		TEST(test_version_0),
		TEST(test_members),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
