/* What a device is: libblkid's word for it, of which what is foreign counts only where nothing else is. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/text.h"
#include "disk/identify.h"

#define SIZE ((size_t)4 << 20) /* less is taken for a floppy disk, which has no RAID */

/* Marks that libblkid goes by. */
struct mark {
	size_t at;
	const char *bytes;
};
#define EXT2 { 1080, "\x53\xef" }
#define TABLE { 510, "\x55\xaa" }, { 450, "\x83" }, { 454, "\x08" }, { 459, "\x07" }
#define INTEL { SIZE - 1024, "Intel Raid ISM Cfg Sig. 1.1.00" }
#define LSI { SIZE - 512, "$XIDE$" }

static void test_types(void **state)
{
	static const struct {
		const char *what;
		struct mark marks[6];
		const char *type;
		bool is_filesystem;
		const char *meaning; /* is in it; NULL: there is none */
	} cases[] = {
		{ "nothing", { { 0 } }, NULL, false, NULL },
		{ "a file system", { EXT2 }, "ext2", true, NULL },
		{ "LUKS", { { 0, "LUKS\xba\xbe" }, { 7, "\x01" } }, "crypto_LUKS", false, "encrypted" },
		{ "swap", { { 4086, "SWAPSPACE2" }, { 1024, "\x01" }, { 1028, "\x10" } }, "swap", false, "swap" },
		{ "Intel's RAID", { INTEL }, "isw_raid_member", false, "Intel" },
		{ "a disk of Intel's RAID", { INTEL, TABLE }, "isw_raid_member", false, "Intel" },
		{ "LSI's RAID", { LSI }, "lsi_mega_raid_member", false, "firmware" },
		{ "a file system where RAID was once", { INTEL, EXT2 }, "ext2", true, NULL },
		{ "LUKS where RAID was once", { LSI, { 0, "LUKS\xba\xbe" }, { 7, "\x01" } },
		  "crypto_LUKS", false, "encrypted" },
	};
	struct arena *arena = arena_new(1 << 20);

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int fd = memfd_create("disk", MFD_CLOEXEC);
		struct identity id = { .name = "sda", .disk = "sda", .bytes = SIZE };
		const char *meaning;

		assert_int_equal(ftruncate(fd, SIZE), 0);
		for (const struct mark *mark = cases[i].marks; mark->bytes; mark++)
			assert_int_equal(pwrite(fd, mark->bytes, strlen(mark->bytes), (off_t)mark->at),
					 strlen(mark->bytes));
		assert_int_equal(identify(arena, fd, &id), 0);
		meaning = identify_explain(id.type);
		if (!string_same(id.type, cases[i].type) && (id.type || cases[i].type))
			fail_msg("%s: %s", cases[i].what, id.type);
		assert_int_equal(id.is_filesystem, cases[i].is_filesystem);
		if (!meaning != !cases[i].meaning || (meaning && !strstr(meaning, cases[i].meaning)))
			fail_msg("%s: %s", cases[i].what, meaning);
		close(fd);
	}
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_types) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
