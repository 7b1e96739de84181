/* Unified kernel images: sections, profiles, addons; and files that only look like them. */
#include "reading.h"

#include "base/text.h"

struct section {
	const char *name, *bytes;
};

static void put16(struct text *text, unsigned value)
{
	text_char(text, (char)value);
	text_char(text, (char)(value >> 8));
}

static void put32(struct text *text, uint32_t value)
{
	put16(text, value & 0xffff);
	put16(text, value >> 16);
}

/* A PE file with nothing but these sections, up to a name of NULL. */
static struct memory_file image(const char *path, unsigned machine, const struct section *sections)
{
	struct text text = TEXT(arena);
	char dos[64] = "MZ";
	unsigned n = 0;
	uint32_t at;

	while (sections[n].name)
		n++;
	dos[0x3c] = sizeof dos;
	text_add(&text, dos, sizeof dos);
	text_add(&text, "PE\0", 4);
	put16(&text, machine);
	put16(&text, n);
	text_add(&text, (char[12]){ 0 }, 12);
	put16(&text, 0); /* no optional header */
	put16(&text, 0);
	at = (uint32_t)(text.n + 40 * n);
	for (unsigned i = 0; i < n; i++) {
		uint32_t size = (uint32_t)strlen(sections[i].bytes);
		char name[8] = "";

		memcpy(name, sections[i].name, strnlen(sections[i].name, sizeof name));
		text_add(&text, name, sizeof name);
		put32(&text, size);
		put32(&text, 0);
		put32(&text, size);
		put32(&text, at);
		text_add(&text, (char[16]){ 0 }, 16);
		at += size;
	}
	for (unsigned i = 0; i < n; i++)
		text_string(&text, sections[i].bytes);
	return (struct memory_file){ path, text.at, text.n };
}

#define X64 0x8664

static const struct section plain[] = {
	{ ".linux", "kernel" },
	{ ".osrel", "NAME=X\nID=x\nPRETTY_NAME=\"X \\\"1\\\"\"\nVERSION_ID=1\n" },
	{ ".cmdline", "root=/dev/sda1  quiet\n" },
	{ NULL, NULL },
};

static void test_image(void **state)
{
	struct memory_file files[] = { image("/EFI/Linux/a.efi", X64, plain), NO_MORE_FILES };
	struct config *config = read_on("x86_64", files, "/EFI/Linux");

	(void)state;
	assert_int_equal(config->entries.n, 1);
	assert_linux(entry_at(config, 0), "X \"1\"", "/EFI/Linux/a.efi", "", "root=/dev/sda1 quiet");
	assert_string_equal(entry_at(config, 0)->own_id, "a.efi");
	config = read_on("x86_64", files, "/EFI/Linux/a.efi");
	assert_int_equal(config->entries.n, 1);
}

static void test_profiles(void **state)
{
	static const struct section sections[] = {
		{ ".linux", "kernel" },
		{ ".osrel", "PRETTY_NAME=X\n" },
		{ ".cmdline", "base" },
		{ ".profile", "ID=regular\nTITLE=\"Regular boot\"\n" },
		{ ".profile", "ID=reset\nTITLE=Reset\n" },
		{ ".cmdline", "reset" },
		{ NULL, NULL },
	};
	struct memory_file files[] = { image("/EFI/Linux/a.efi", X64, sections), NO_MORE_FILES };
	struct config *config = read_on("x86_64", files, "/EFI/Linux");
	const struct entry *reset;

	(void)state;
	assert_int_equal(config->entries.n, 2);
	assert_default(config, "X (Regular boot)");
	reset = entry_at(config, 1);
	assert_linux(reset, "X (Reset)", "/EFI/Linux/a.efi", "", "reset");
	assert_string_equal(reset->kernel.name, "@1");
	assert_string_equal(reset->own_id, "a.efi@1");
	assert_linux(entry_at(config, 0), "X (Regular boot)", "/EFI/Linux/a.efi", "", "base");
	assert_null(entry_at(config, 0)->kernel.name);
}

/* In the order of systemd-stub(7): those for all images first, but the last microcode before all. */
static void test_addons(void **state)
{
	static const struct section debug[] = { { ".cmdline", "debug" }, { ".ucode", "x" },
						{ ".dtb", "ignored on this machine" }, { NULL, NULL } };
	static const struct section all[] = { { ".cmdline", "all" }, { ".ucode", "x" },
					      { ".initrd", "x" }, { NULL, NULL } };
	static const struct section initrd[] = { { ".initrd", "x" }, { NULL, NULL } };
	static const struct section named[] = { { ".linux", "kernel" }, { ".uname", "6.1" },
						{ ".cmdline", "own" }, { NULL, NULL } };
	static const struct section other[] = { { ".uname", "6.2" }, { ".cmdline", "other" },
						{ NULL, NULL } };
	struct memory_file files[] = {
		image("/EFI/Linux/a.efi", X64, named),
		image("/EFI/Linux/a.efi.extra.d/1.addon.efi", X64, debug),
		image("/EFI/Linux/a.efi.extra.d/2.addon.efi", X64, initrd),
		image("/EFI/Linux/a.efi.extra.d/3.addon.efi", 0xaa64, initrd),
		image("/EFI/Linux/a.efi.extra.d/4.addon.efi", X64, other),
		image("/EFI/Linux/a.efi.extra.d/5.addon.efi", X64, plain),
		image("/loader/addons/x.addon.efi", X64, all),
		FILE_OF("/loader/entries/b.conf", "uki /EFI/Linux/a.efi\noptions mine\n"),
		NO_MORE_FILES,
	};
	const struct entry *entry = entry_at(read_on("x86_64", files, "/EFI/Linux"), 0);

	(void)state;
	assert_linux(entry, "a.efi", "/EFI/Linux/a.efi",
		     "/EFI/Linux/a.efi.extra.d/1.addon.efi /loader/addons/x.addon.efi "
		     "/loader/addons/x.addon.efi /EFI/Linux/a.efi.extra.d/2.addon.efi",
		     "own all debug");
	assert_string_equal(entry->initrds.at[1].name, ":.ucode");
	assert_string_equal(entry->initrds.at[2].name, ":.initrd");
	assert_string_equal(entry_at(read_on("x86_64", files, "/loader/entries"), 0)->cmdline,
			    "mine all debug");
}

/* systemd-stub(7), "Companion files": where the stub would put each of them. */
static void test_companions(void **state)
{
	struct memory_file files[] = {
		image("/EFI/Linux/a.efi", X64, plain),
		FILE_OF("/EFI/Linux/a.efi.extra.d/b.cred", "x"),
		FILE_OF("/EFI/Linux/a.efi.extra.d/a.cred", "x"),
		FILE_OF("/EFI/Linux/a.efi.extra.d/.hidden.cred", "x"),
		FILE_OF("/EFI/Linux/a.efi.extra.d/empty.cred", ""),
		FILE_OF("/EFI/Linux/a.efi.extra.d/dir.cred/x", "x"),
		FILE_OF("/EFI/Linux/a.efi.extra.d/e.sysext.raw", "x"),
		FILE_OF("/EFI/Linux/a.efi.extra.d/f.confext.raw", "x"),
		FILE_OF("/EFI/Linux/a.efi.extra.d/old.raw", "x"),
		FILE_OF("/loader/credentials/g.cred", "x"),
		FILE_OF("/loader/extensions/h.sysext.raw", "x"),
		FILE_OF("/loader/extensions/i.confext.raw", "x"),
		FILE_OF("/EFI/Linux/b.efi.extra.d/not.cred", "x"),
		NO_MORE_FILES,
	};
	static const char *const expected[] = {
		".extra/credentials/a.cred",      ".extra/credentials/b.cred",
		".extra/global_credentials/g.cred", ".extra/sysext/e.sysext.raw",
		".extra/sysext/old.raw",          ".extra/global_sysext/h.sysext.raw",
		".extra/confext/f.confext.raw",   ".extra/global_confext/i.confext.raw",
	};
	struct config *config = read_on("x86_64", files, "/EFI/Linux");
	const struct entry *entry = entry_at(config, 0);

	(void)state;
	assert_int_equal(entry->initrds.n, sizeof expected / sizeof *expected);
	for (size_t i = 0; i < entry->initrds.n; i++)
		assert_string_equal(entry->initrds.at[i].name, expected[i]);
	assert_string_equal(entry->initrds.at[0].path, "/EFI/Linux/a.efi.extra.d/a.cred");
	assert_int_equal(config->problems.n, 1);
	assert_string_equal(config->problems.at[0].file, "/EFI/Linux/a.efi.extra.d/empty.cred");
}

static void test_entries_name_images(void **state)
{
	struct memory_file files[] = {
		image("/EFI/x.efi", X64, plain),
		FILE_OF("/loader/entries/a.conf", "title A\nefi /EFI/x.efi\n"),
		FILE_OF("/loader/entries/b.conf", "title B\nuki /EFI/x.efi\noptions mine\n"),
		NO_MORE_FILES,
	};
	struct config *config = read_on("x86_64", files, "/loader/entries");

	(void)state;
	assert_linux(entry_at(config, 0), "B", "/EFI/x.efi", "", "mine");
	assert_linux(entry_at(config, 1), "A", "/EFI/x.efi", "", "root=/dev/sda1 quiet");
}

static void test_both_types_are_one_menu(void **state)
{
	struct memory_file files[] = {
		FILE_OF("/loader/loader.conf", "default a*\n"),
		FILE_OF("/loader/entries/z.conf", "title Z\nlinux /k\n"),
		image("/EFI/Linux/a+3.efi", X64, plain),
		NO_MORE_FILES,
	};
	struct config *config = read_on("x86_64", files, "/loader/loader.conf");

	(void)state;
	assert_int_equal(config->entries.n, 2);
	assert_default(config, "X \"1\"");
	assert_string_equal(entry_at(config, config->default_entry)->own_id, "a.efi");
}

static void test_what_is_no_image(void **state)
{
	static const struct section other[] = { { ".text", "x" }, { NULL, NULL } };
	struct memory_file files[] = {
		image("/EFI/Linux/a.efi", X64, plain), /* cut below */
		image("/EFI/Linux/b.efi", X64, other),
		FILE_OF("/EFI/Linux/c.efi", "MZ"),
		FILE_OF("/EFI/Linux/d.efi", ""),
		NO_MORE_FILES,
	};
	size_t whole = files[0].size;

	(void)state;
	for (files[0].size = 0; files[0].size < whole; files[0].size++) {
		struct config *config = read_on("x86_64", files, "/EFI/Linux");

		assert_in_range(config->entries.n, 0, 1);
	}
	files[0].size = 100; /* in the middle of the section table */
	assert_int_equal(read_on("x86_64", files, "/EFI/Linux")->entries.n, 0);
}

/* What other loaders start as an EFI program. */
static void test_image_of_another_loader(void **state)
{
	struct memory_file files[] = {
		image("/EFI/Linux/a.efi", X64, plain),
		FILE_OF("/boot/limine.conf", "timeout: 3\n/A\nprotocol: efi\ncmdline: single\n"
					     "path: boot():/EFI/Linux/a.efi#1234\n"
					     "/Away\nprotocol: efi\n"
					     "path: hdd(9:1):/EFI/Linux/a.efi\n"
					     "/Windows\nprotocol: efi\npath: boot():/EFI/w.efi\n"),
		FILE_OF("/boot/grub/grub.cfg",
			"menuentry A { chainloader /EFI/Linux/a.efi; }\n"
			"menuentry B { chainloader ($root)/EFI/Linux/a.efi single 1; boot; }\n"
			"menuentry Away { set root=hd9,1; chainloader /EFI/Linux/a.efi; }\n"
			"menuentry Windows { chainloader /EFI/w.efi; }\n"),
		FILE_OF("/EFI/w.efi", "MZ"),
		NO_MORE_FILES,
	};
	struct config *config = read_on("x86_64", files, "/boot/limine.conf");

	(void)state;
	assert_linux(entry_at(config, 0), "A", "/EFI/Linux/a.efi", "", "single");
	assert_refused(entry_at(config, 1), "Away", "firmware");
	assert_refused(entry_at(config, 2), "Windows", "firmware");
	config = read_on("x86_64", files, "/boot/grub/grub.cfg");
	assert_linux(entry_at(config, 0), "A", "/EFI/Linux/a.efi", "", "root=/dev/sda1 quiet");
	assert_linux(entry_at(config, 1), "B", "/EFI/Linux/a.efi", "", "single 1");
	assert_refused(entry_at(config, 2), "Away", "firmware");
	assert_refused(entry_at(config, 3), "Windows", "firmware");
}

/* GRUB 2.14's uki: newest first, titles as they are; what chainloader is told counts. */
static void test_entries_of_uki(void **state)
{
	static const struct section nameless[] = { { ".linux", "kernel" }, { ".cmdline", "x" },
						   { NULL, NULL } };
	struct memory_file files[] = {
		image("/EFI/Linux/x-6.9.efi", X64, plain),
		image("/EFI/Linux/x-6.10.efi", X64, plain),
		image("/EFI/Linux/nameless.efi", X64, nameless),
		image("/other/y.efi", X64, plain),
		FILE_OF("/EFI/Linux/z.efi", "MZ"),
		FILE_OF("/boot/grub/grub.cfg", "set default=x-6.9.efi\nuki\nuki -p /other\n"
					       "uki -p ($root)/none --enable-fallback -d\n"
					       "submenu S { uki --path /other/y.efi }\n"
					       "submenu T { uki -e x-6.10.efi }\n"
					       "submenu U { uki -p ($root)/none }\n"),
		NO_MORE_FILES,
	};
	struct config *config = read_on("x86_64", files, "/boot/grub/grub.cfg");

	(void)state;
	assert_linux(entry_at(config, 0), "X \"1\"", "/EFI/Linux/x-6.10.efi", "", "root=/dev/sda1 quiet");
	assert_string_equal(entry_at(config, 0)->own_id, "x-6.10.efi");
	assert_string_equal(entry_at(config, 1)->own_id, "x-6.9.efi");
	assert_int_equal(config->default_entry, 1);
	assert_string_equal(entry_at(config, 2)->kernel.path, "/other/y.efi");
	assert_string_equal(entry_at(config, 3)->path.at[0], "S");
	assert_string_equal(entry_at(config, 3)->kernel.path, "/other/y.efi");
	assert_string_equal(entry_at(config, 4)->path.at[0], "T");
	assert_string_equal(entry_at(config, 4)->kernel.path, "/EFI/Linux/x-6.10.efi");
	assert_refused(entry_at(config, 5), "U", "load nothing");
	assert_int_equal(config->entries.n, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		READER_TEST(test_image),
		READER_TEST(test_entries_of_uki),
		READER_TEST(test_image_of_another_loader),
		READER_TEST(test_profiles),
		READER_TEST(test_addons),
		READER_TEST(test_companions),
		READER_TEST(test_entries_name_images),
		READER_TEST(test_both_types_are_one_menu),
		READER_TEST(test_what_is_no_image),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
