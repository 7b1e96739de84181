/* LVM: labels, the metadata's text, and the volumes that it describes. */
#include "members.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "disk/lvm.h"
#include "disk/lvmtext.h"

static const char group_text[] =
	"vg-a { # comment }\n"
	"id = \"AAAAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAAAA\"\n"
	"seqno = 4\n"
	"status = [\"RESIZEABLE\", \"READ\"]\n"
	"extent_size = 8192\n"
	"physical_volumes {\n"
	"pv0 { id = \"000000-0000-0000-0000-0000-0000-000000\" pe_start = 2048 }\n"
	"pv1 { id = \"111111-1111-1111-1111-1111-1111-111111\" pe_start = 4096 }\n"
	"pv2 { id = \"222222-2222-2222-2222-2222-2222-222222\" pe_start = 4096 flags = [\"MISSING\"] }\n"
	"}\n"
	"logical_volumes {\n"
	"root { id = \"BBBBBB-BBBB-BBBB-BBBB-BBBB-BBBB-BBBBBB\" status = [\"READ\", \"VISIBLE\"]\n"
	" segment_count = 2\n"
	" segment1 { start_extent = 0 extent_count = 10 type = \"striped\" stripe_count = 1\n"
	"  stripes = [ \"pv0\", 3 ] }\n"
	" segment2 { start_extent = 10 extent_count = 4 type = \"striped\" stripe_count = 2\n"
	"  stripe_size = 128 stripes = [ \"pv0\", 0, \"pv1\", 1 ] } }\n"
	"a-b { status = [\"VISIBLE\"] segment1 { start_extent = 0 extent_count = 1 type = \"thin\" } }\n"
	"gone { status = [\"VISIBLE\"] segment1 { start_extent = 0 extent_count = 1 type = \"striped\"\n"
	" stripe_count = 1 stripes = [\"pv2\", 0] } }\n"
	"wide { status = [\"VISIBLE\"] segment1 { start_extent = 0 extent_count = 1 type = \"striped\"\n"
	" stripe_count = 2 stripe_size = 8 stripes = [\"pv0\", 0] } }\n"
	"huge { status = [\"VISIBLE\"] segment1 { start_extent = 0 type = \"striped\"\n"
	" extent_count = 9007199254740993 stripe_count = 1 stripes = [\"pv0\", 0] } }\n"
	"far { status = [\"VISIBLE\"] segment1 { start_extent = 0 type = \"striped\"\n"
	" extent_count = 1 stripe_count = 1 stripes = [\"pv0\", 18446744073709551615] } }\n"
	"empty { status = [\"VISIBLE\"] tags = [] }\n"
	"part_rimage_0 { status = [\"READ\"] segment1 { type = \"striped\" } }\n"
	"} }\n"
	"contents = \"Text \\\"Format\\\" Volume Group\"\n";

struct lvm_volumes {
	VEC(struct lvm_volume) list;
};

static void note(void *context, const struct lvm_volume *volume)
{
	struct lvm_volumes *volumes = context;

	vec_push(arena, &volumes->list) = *volume;
}

static void find(struct lvm_volumes *volumes, const struct lvm_pv *pvs, size_t n)
{
	*volumes = (struct lvm_volumes){ 0 };
	lvm_find(arena, pvs, n, note, volumes);
}

/* What can't be read is called by its kind, with what can be done about it. */
static void test_kinds_of_volumes(void **state)
{
	static const char *const kinds[][3] = {
		{ "raid5_ls", "RAID of LVM's own", "put /boot on" },
		{ "raid10", "RAID of LVM's own", "put /boot on" },
		{ "cache", "cached", "lvconvert --uncache" },
		{ "writecache", "cached", "lvconvert --uncache" },
		{ "mirror", "of the old kind", "lvconvert --type raid1" },
		{ "thin", "thinly", "put /boot on" },
		{ "vdo", "deduplicated", "put /boot on" },
		{ "era", "new", "put /boot on" },
	};
	const char *thin = strstr(group_text, "\"thin\"");

	(void)state;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		const char *text = arena_print(arena, "%.*s\"%s\"%s", (int)(thin - group_text), group_text,
					       kinds[i][0], thin + strlen("\"thin\""));
		struct lvm_pv pvs[] = {
			{ .number = "8:1", .id = "00000000000000000000000000000000" },
			{ .number = "8:2", .id = "11111111111111111111111111111111", .metadata = text },
		};
		struct lvm_volumes volumes;

		find(&volumes, pvs, 2);
		assert_string_equal(volumes.list.at[1].name, "vg--a-a--b");
		for (size_t j = 0; j < 3; j++)
			assert_non_null(strstr(volumes.list.at[1].problem, kinds[i][j]));
	}
}

static void test_volumes(void **state)
{
	static const char *const problems[] = { NULL, "\"thin\"", "missing", "stripes", "segments",
						"physical", "empty" };
	struct lvm_pv pvs[] = {
		{ .number = "8:1", .id = "00000000000000000000000000000000" },
		{ .number = "8:2", .id = "11111111111111111111111111111111", .metadata = group_text },
		{ .number = "8:3", .id = "22222222222222222222222222222222", .metadata = group_text },
	};
	struct lvm_volumes volumes;
	const struct lvm_volume *root;

	(void)state;
	find(&volumes, pvs, 3);
	assert_int_equal(volumes.list.n, 7);
	for (size_t i = 1; i < 7; i++) {
		assert_non_null(volumes.list.at[i].problem);
		assert_non_null(strstr(volumes.list.at[i].problem, problems[i]));
		assert_int_equal(volumes.list.at[i].lacks_disk, i == 2);
	}
	root = &volumes.list.at[0];
	assert_null(root->problem);
	assert_string_equal(root->name, "vg--a-root");
	assert_string_equal(root->uuid,
			    "LVM-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB");
	assert_string_equal(volumes.list.at[1].name, "vg--a-a--b");
	assert_int_equal(root->segments.n, 2);
	assert_int_equal(root->segments.at[0].start, 0);
	assert_int_equal(root->segments.at[0].length, 81920);
	assert_string_equal(root->segments.at[0].target, "linear");
	assert_string_equal(root->segments.at[0].params, "8:1 26624");
	assert_int_equal(root->segments.at[1].start, 81920);
	assert_string_equal(root->segments.at[1].target, "striped");
	assert_string_equal(root->segments.at[1].params, "2 128 8:1 2048 8:2 12288");

	find(&volumes, pvs + 1, 2); /* without pv0 */
	assert_true(volumes.list.at[0].lacks_disk);
}

/* A disk can spoil its own group only, however much is on it, and in whatever order disks come. */
static void test_hostile_texts(void **state)
{
	const size_t size = 12 * MIB;
	char *deep = arena_alloc(arena, size), *damaged = arena_print(arena, "%s }", group_text);
	struct lvm_pv pvs[] = {
		{ .device = "sda", .number = "8:0", .metadata = deep },
		{ .device = "sdb", .number = "8:16", .metadata = damaged },
		{ .device = "sdc", .number = "8:32", .id = "00000000000000000000000000000000",
		  .metadata = group_text },
	};
	struct lvm_volumes volumes;
	size_t n = (size_t)sprintf(deep, "vg { x = [");

	(void)state;
	while (n < size - 3)
		n += (size_t)sprintf(deep + n, "0,");
	find(&volumes, pvs, 3);
	assert_int_equal(volumes.list.n, 2 + 7);
	for (size_t i = 0; i < 2; i++)
		assert_non_null(strstr(volumes.list.at[i].problem, "metadata is damaged"));
	assert_string_equal(volumes.list.at[0].name, "sdb");
	assert_string_equal(volumes.list.at[1].name, "sda");
	assert_string_equal(volumes.list.at[2].name, "vg--a-root");
}

/* The newest text of a group counts, whichever disk has it. */
static void test_generations(void **state)
{
	char *newer = arena_copy(arena, group_text, sizeof group_text);
	struct lvm_pv pvs[] = {
		{ .number = "8:1", .id = "0", .metadata = group_text },
		{ .number = "8:2", .id = "1", .metadata = newer },
	};
	struct lvm_volumes volumes;

	(void)state;
	strstr(newer, "seqno = 4")[8] = '5';
	memcpy(strstr(newer, "root {"), "boot", 4);
	for (int turn = 0; turn < 2; turn++) {
		find(&volumes, pvs, 2);
		assert_int_equal(volumes.list.n, 7);
		assert_string_equal(volumes.list.at[0].name, "vg--a-boot");
		pvs[0].metadata = newer;
		pvs[1].metadata = group_text;
	}
	memcpy(strstr(newer, "RESIZEABLE"), "EXPORTED\", ", 8);
	memcpy(strstr(newer, "EXPORTEDLE"), "EXPORTED\" ", 10);
	memcpy(strstr(newer, "EXPORTED\" \""), "EXPORTED\"  ", 11);
	find(&volumes, pvs, 2);
	assert_int_equal(volumes.list.n, 0);
}

/* Mirrors: what device mapper has written at 8 KiB of each disk says which is good. */
static void test_mirrors(void **state)
{
	static const char text[] =
		"vg { id = \"AAAAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAAAA\" seqno = 1 extent_size = 8\n"
		"physical_volumes { pv0 { id = \"00000000000000000000000000000000\" pe_start = 16 }\n"
		" pv1 { id = \"11111111111111111111111111111111\" pe_start = 16 }\n"
		" pv2 { id = \"22222222222222222222222222222222\" pe_start = 16 } }\n"
		"logical_volumes { root { status = [\"VISIBLE\"] segment_count = 1\n"
		" segment1 { start_extent = 0 extent_count = 4 type = \"raid1\" device_count = 2\n"
		"  raids = [ \"m0\", \"i0\", \"m1\", \"i1\" ] } }\n"
		"m0 { segment1 { start_extent = 0 extent_count = 1 type = \"striped\" stripe_count = 1\n"
		"  stripes = [ \"pv0\", 0 ] } }\n"
		"m1 { segment1 { start_extent = 0 extent_count = 1 type = \"striped\" stripe_count = 1\n"
		"  stripes = [ \"pv1\", 0 ] } }\n"
		"i0 { segment1 { start_extent = 0 extent_count = 3 type = \"striped\" stripe_count = 1\n"
		"  stripes = [ \"pv0\", 1 ] } segment2 { start_extent = 3 extent_count = 1 type = \"striped\"\n"
		"  stripe_count = 1 stripes = [ \"pv2\", 9 ] } }\n"
		"i1 { segment1 { start_extent = 0 extent_count = 4 type = \"striped\" stripe_count = 1\n"
		"  stripes = [ \"pv1\", 1 ] } }\n"
		"} }\n";
	static const struct {
		const char *what;
		struct { const char *magic; uint64_t events, failed, recovered; } legs[2];
		unsigned lacks; /* a bit for each disk that is not here */
		size_t segments; /* of the one that is taken: 2 of the first, 1 of the other */
		bool lacks_disk, lacks_mirror;
	} cases[] = {
		{ "both good", { { "DmRd", 5, 0, UINT64_MAX }, { "DmRd", 5, 0, UINT64_MAX } }, 0, 2, 0, 0 },
		{ "an update behind", { { "DmRd", 4, 0, UINT64_MAX }, { "DmRd", 5, 0, UINT64_MAX } }, 0, 2, 0, 0 },
		{ "the first is old", { { "DmRd", 3, 0, UINT64_MAX }, { "DmRd", 5, 0, UINT64_MAX } }, 0, 1, 0, 0 },
		{ "the first has failed", { { "DmRd", 4, 0, UINT64_MAX }, { "DmRd", 5, 1, UINT64_MAX } }, 0, 1, 0, 0 },
		{ "the first is being filled", { { "DmRd", 5, 0, 99 }, { "DmRd", 5, 0, UINT64_MAX } }, 0, 1, 0, 0 },
		{ "the first was never written", { { "", 9, 0, UINT64_MAX }, { "DmRd", 5, 0, UINT64_MAX } }, 0, 1, 0, 0 },
		{ "the first lacks a part", { { "DmRd", 9, 0, UINT64_MAX }, { "DmRd", 5, 0, UINT64_MAX } }, 4, 1, 0, 1 },
		{ "the other lacks its disk", { { "DmRd", 5, 0, UINT64_MAX }, { "DmRd", 9, 0, UINT64_MAX } }, 2, 2, 0, 1 },
		{ "none is good", { { "DmRd", 5, 0, 99 }, { "", 5, 0, UINT64_MAX } }, 0, 0, 0, 0 },
		{ "none is here", { { "DmRd", 5, 0, UINT64_MAX }, { "DmRd", 9, 0, UINT64_MAX } }, 6, 0, 1, 1 },
	};
	int fds[2] = { memfd_create("pv0", 0), memfd_create("pv1", 0) };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct lvm_pv pvs[3] = { 0 };
		const struct lvm_volume *volume;
		struct lvm_volumes volumes;

		for (int j = 0; j < 3; j++) {
			unsigned char bytes[64] = { 0 };

			if (!(cases[i].lacks >> j & 1))
				memset(pvs[j].id, '0' + j, LVM_ID);
			pvs[j].metadata = text;
			pvs[j].number = j == 1 ? "8:1" : "8:0";
			pvs[j].fd = fds[j % 2];
			if (j == 2)
				continue;
			memcpy(bytes, cases[i].legs[j].magic, strlen(cases[i].legs[j].magic));
			put(bytes + 16, cases[i].legs[j].events, 8);
			put(bytes + 24, cases[i].legs[j].failed, 8);
			put(bytes + 32, cases[i].legs[j].recovered, 8);
			assert_int_equal(pwrite(fds[j], bytes, sizeof bytes, 8192), sizeof bytes);
		}
		find(&volumes, pvs, 3);
		assert_int_equal(volumes.list.n, 1);
		volume = &volumes.list.at[0];
		if (volume->segments.n != cases[i].segments || !volume->problem != !!cases[i].segments ||
		    volume->lacks_disk != cases[i].lacks_disk ||
		    volume->lacks_mirror != cases[i].lacks_mirror)
			fail_msg("%s: %zu segments, %s", cases[i].what, volume->segments.n, volume->problem);
		if (volume->segments.n)
			assert_string_equal(volume->segments.at[0].params,
					    volume->segments.n == 2 ? "8:0 24" : "8:1 24");
	}
	close(fds[0]);
	close(fds[1]);
}

static void test_damaged_text(void **state)
{
	static const char *const texts[] = {
		"", "vg {", "vg { a = }", "vg { a = [1, 2 }", "vg { a = \"b }", "vg }", "= 3", "vg { = 3 }",
		"vg { a = 99999999999999999999999 }",
		"a{a{a{a{a{a{a{a{a{a{}}}}}}}}}}", "a = [[[[[[[[[[[]]]]]]]]]]]", "vg { a \"b\" }",
	};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (lvmtext_parse(arena, texts[i]))
			fail_msg("%s", texts[i]);
	for (size_t n = 0; n < sizeof group_text - 1; n++) { /* cut anywhere */
		struct lvm_pv pv = { .device = "sda1", .number = "8:1", .id = "0" };
		struct lvm_volumes volumes;

		pv.metadata = arena_copy(arena, group_text, n);
		find(&volumes, &pv, 1);
		if (n >= sizeof group_text - 60)
			continue;
		assert_int_equal(volumes.list.n, n > 0);
		for (size_t i = 0; i < volumes.list.n; i++) {
			assert_string_equal(volumes.list.at[i].name, "sda1");
			assert_non_null(strstr(volumes.list.at[i].problem, "metadata is damaged"));
		}
	}
}

/* CRC32 bit by bit, begun as LVM begins it. */
static void seal(unsigned char *sum, const unsigned char *at, size_t size)
{
	uint32_t crc = 0xf597a6cf;

	for (size_t i = 0; i < size; i++) {
		crc ^= at[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	put(sum, crc, 4);
}

#define RING ((size_t)64 * 1024)
#define FIRST 4096
#define SECOND (FIRST + 2 * RING)

/* An area of a text that goes round its end. */
static void put_area(unsigned char *area, size_t where)
{
	const size_t text = sizeof group_text - 1, at = RING - 100;

	memcpy(area + 4, " LVM2 x[5A%r0N*>", 16);
	put(area + 20, 1, 4);
	put(area + 24, where, 8);
	put(area + 32, RING, 8);
	put(area + 40, at, 8);
	put(area + 48, text, 8);
	seal(area + 56, (const unsigned char *)group_text, text);
	seal(area, area + 4, 508);
	memcpy(area + at, group_text, 100);
	memcpy(area + 512, group_text + 100, text - 100);
}

/* A label in the second sector, and two areas. */
static void put_pv(unsigned char *bytes)
{
	memcpy(bytes + 512, "LABELONE", 8);
	put(bytes + 520, 1, 8);
	put(bytes + 532, 32, 4);
	memcpy(bytes + 536, "LVM2 001", 8);
	memset(bytes + 544, 'p', 32);
	put(bytes + 584, 1 << 20, 8);    /* one area of data */
	put(bytes + 616, FIRST, 8);      /* two of text */
	put(bytes + 624, RING, 8);
	put(bytes + 632, SECOND, 8);
	put(bytes + 640, RING, 8);
	seal(bytes + 528, bytes + 532, 492);
	put_area(bytes + FIRST, FIRST);
	put_area(bytes + SECOND, SECOND);
}

#define PV_SIZE ((size_t)256 * 1024)

/* The same for each case of a table, which then spoils it. */
static unsigned char *fresh_pv(void)
{
	static unsigned char bytes[PV_SIZE];

	memset(bytes, 0, PV_SIZE);
	put_pv(bytes);
	return bytes;
}

static bool read_pv(const unsigned char *bytes, struct lvm_pv *pv)
{
	bool is_pv;

	*pv = (struct lvm_pv){ .fd = memfd_create("pv", MFD_CLOEXEC) };
	assert_int_equal(pwrite(pv->fd, bytes, PV_SIZE, 0), PV_SIZE);
	is_pv = lvm_read(arena, pv);
	close(pv->fd);
	return is_pv;
}

static void test_label(void **state)
{
	static const struct {
		const char *what;
		size_t at[2]; /* bytes that are wrong; 0: none */
		bool is_pv, has_text, is_damaged;
	} cases[] = {
		{ "as it is", { 0 }, true, true, false },
		{ "its label", { 512 + 100 }, false, false, false },
		{ "the first header", { FIRST + 300 }, true, true, false },
		{ "the first text", { FIRST + 600 }, true, true, false },
		{ "the first text's sum", { FIRST + 56 }, true, true, false },
		{ "its end before it goes round", { FIRST + RING - 1 }, true, true, false },
		{ "the second text", { SECOND + 600 }, true, true, false },
		{ "both texts", { FIRST + 600, SECOND + 600 }, true, false, true },
		{ "both headers", { FIRST + 4, SECOND + 4 }, true, false, true },
		{ "past the texts", { FIRST + RING - 101, SECOND + RING - 101 }, true, true, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		unsigned char *bytes = fresh_pv();
		struct lvm_pv pv;

		for (size_t j = 0; j < 2 && cases[i].at[j]; j++)
			bytes[cases[i].at[j]] ^= 1;
		if (read_pv(bytes, &pv) != cases[i].is_pv || !pv.metadata == cases[i].has_text ||
		    pv.is_damaged != cases[i].is_damaged)
			fail_msg("%s", cases[i].what);
		if (!cases[i].is_pv)
			continue;
		assert_string_equal(pv.id, "pppppppppppppppppppppppppppppppp");
		if (cases[i].has_text)
			assert_string_equal(pv.metadata, group_text);
	}
}

/* Headers whose sums are right, and what they say is wrong, or that there is no text. */
static void test_areas(void **state)
{
	static const struct {
		const char *what;
		size_t at;
		uint64_t value;
		bool has_text, is_damaged;
	} cases[] = {
		{ "more text than there is room for", 48, RING, false, true },
		{ "no text", 48, 0, false, false },
		{ "text that is not to be read", 60, 1, false, false },
		{ "text that begins past its area", 40, RING, false, true },
		{ "text that begins in the header", 40, 511, false, true },
		{ "a header of another place", 24, FIRST + 512, false, true },
	};
	unsigned char *bytes;
	struct lvm_pv pv;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		bytes = fresh_pv();
		memset(bytes + 632, 0, 16); /* the first area alone */
		seal(bytes + 528, bytes + 532, 492);
		put(bytes + FIRST + cases[i].at, cases[i].value, cases[i].at == 60 ? 4 : 8);
		seal(bytes + FIRST, bytes + FIRST + 4, 508);
		assert_true(read_pv(bytes, &pv));
		if (!pv.metadata == cases[i].has_text || pv.is_damaged != cases[i].is_damaged)
			fail_msg("%s", cases[i].what);
	}
	bytes = fresh_pv();
	put(bytes + 520, 2, 8); /* the label of another sector */
	seal(bytes + 528, bytes + 532, 492);
	assert_false(read_pv(bytes, &pv));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_kinds_of_volumes),
		TEST(test_volumes),
		TEST(test_hostile_texts),
		TEST(test_generations),
		TEST(test_mirrors),
		TEST(test_damaged_text),
		TEST(test_label),
		TEST(test_areas),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
