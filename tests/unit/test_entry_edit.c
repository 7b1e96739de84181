/* An entry as lines that a person edits, and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/edit.h"

static struct entry *make(struct arena *arena)
{
	struct config *config = config_new(arena, "grub2", "/grub.cfg");
	struct entry *entry = config_add(arena, config, "System");

	entry->kernel.path = "/vmlinuz";
	entry->boot_image = "BOOT_IMAGE=/vmlinuz";
	entry->cmdline = " two  blanks\nand a line";
	vec_push(arena, &entry->initrds) = (struct file_ref){ .path = "/a b", .name = "early.cpio" };
	vec_push(arena, &entry->initrds) =
		(struct file_ref){ .path = "/inner", .loop = "/x.iso", .device = "sdb1" };
	return entry;
}

static void test_text(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	struct entry *entry = make(arena);

	(void)state;
	assert_string_equal(entry_text(arena, entry, "sda2", NULL),
			    "sda2:/vmlinuz\nsda2:/a b\nsdb1:/x.iso:/inner\n two  blanks and a line");
	assert_string_equal(entry_text(arena, entry, "sda2", "quiet"),
			    "sda2:/vmlinuz\nsda2:/a b\nsdb1:/x.iso:/inner\nquiet");
	arena_free(arena);
}

static void test_what_is_not_touched_stays(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	struct entry *entry = make(arena), *edited;
	const char *why;

	(void)state;
	edited = entry_edited(arena, entry, "sda2", entry_text(arena, entry, "sda2", NULL), &why);
	assert_non_null(edited);
	assert_true(entry_same(entry, "sda2", edited, "sda2"));
	assert_string_equal(edited->initrds.at[0].name, "early.cpio");
	assert_string_equal(edited->cmdline, entry->cmdline);
	assert_string_equal(entry_full_cmdline(arena, edited), entry_full_cmdline(arena, entry));
	arena_free(arena);
}

static void test_changes(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	struct entry *entry = make(arena), *edited;
	const char *why;

	(void)state;
	edited = entry_edited(arena, entry, "sda2",
			      "/boot/new\n\nsdc:/i.iso:/initrd\nsdb1:/x.iso:/inner\nro", &why);
	assert_non_null(edited);
	assert_string_equal(edited->kernel.path, "/boot/new");
	assert_string_equal(edited->kernel.device, "sda2");
	assert_string_equal(edited->boot_image, "BOOT_IMAGE=/boot/new");
	assert_int_equal(edited->initrds.n, 2);
	assert_string_equal(edited->initrds.at[0].path, "/initrd");
	assert_string_equal(edited->initrds.at[0].loop, "/i.iso");
	assert_string_equal(edited->initrds.at[0].device, "sdc");
	assert_string_equal(edited->initrds.at[1].device, "sdb1");
	assert_string_equal(edited->cmdline, "ro");
	assert_int_equal(entry->initrds.n, 2); /* the entry itself is as it was */
	assert_string_equal(entry->kernel.path, "/vmlinuz");
	arena_free(arena);
}

static void test_an_entry_that_lacks_a_file_can_be_mended(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	struct entry *entry = make(arena), *edited;
	const char *why;

	(void)state;
	entry->reason = "its initrd is missing";
	edited = entry_edited(arena, entry, "sda2", "sda2:/vmlinuz\n", &why);
	assert_true(entry_is_bootable(edited));
	assert_false(entry_is_bootable(entry));
	arena_free(arena);
}

static void test_modules_have_arguments(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	struct entry *entry = make(arena), *edited;
	const char *why;

	(void)state;
	entry->kind = ENTRY_MULTIBOOT;
	edited = entry_edited(arena, entry, "sda2", "sda2:/xen\nsda2:/dom0 root=x  ro\n", &why);
	assert_string_equal(edited->initrds.at[0].path, "/dom0");
	assert_string_equal(edited->initrds.at[0].args, "root=x  ro");
	assert_string_equal(entry_text(arena, edited, "sda2", NULL),
			    "sda2:/xen\nsda2:/dom0 root=x  ro\n");
	arena_free(arena);
}

static void test_a_kernel_by_its_path(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	struct entry *edited;
	const char *why;

	(void)state;
	edited = entry_edited(arena, NULL, NULL, "sdb1:/boot/vmlinuz\nsdb1:/initrd\nquiet", &why);
	assert_non_null(edited);
	assert_true(entry_is_bootable(edited));
	assert_string_equal(edited->kernel.device, "sdb1");
	assert_null(edited->boot_image);
	arena_free(arena);
}

static void test_what_names_nothing_is_refused(void **state)
{
	static const char *const texts[] = {
		"",		 "quiet",	       "\nquiet",      "vmlinuz\nquiet",
		":/vmlinuz\nro", "sda:vmlinuz\nro",    "sda:/\nro",    "sda:\nro",
		"/\nro",	 "sda:/x.iso:/\nro",   "/k\ninitrd\nro", "/k\nsda2:\nro",
	};
	struct arena *arena = arena_new(1 << 20);
	struct entry *entry = make(arena);

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		const char *why = NULL;

		assert_null(entry_edited(arena, entry, "sda2", texts[i], &why));
		assert_non_null(why);
	}
	/* without an entry there is no device to take for granted */
	assert_null(entry_edited(arena, NULL, NULL, "/boot/vmlinuz\n", &(const char *){ NULL }));
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_what_is_not_touched_stays),
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_an_entry_that_lacks_a_file_can_be_mended),
		cmocka_unit_test(test_modules_have_arguments),
		cmocka_unit_test(test_a_kernel_by_its_path),
		cmocka_unit_test(test_what_names_nothing_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
