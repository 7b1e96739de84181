/* GRUB's menus: entries, what they load, defaults, environment blocks, blscfg. */
#include "reading.h"

#define CFG   "/boot/grub/grub.cfg"
#define BLOCK "# GRUB Environment Block\n"

static void runs_entries_dry(void **state)
{
	struct config *config =
		read_text(CFG, "menuentry 'A b' --class x --id a extra {\n"
			       "\tset v=1\n\tlinux /vm-$2 root=x \"a b\" 'c\"d' \"t=$1\" v=$v\n"
			       "\tinitrd /u.img /boot/../i.img\n}\n"
			       "menuentry B { linux /first; initrd /i; linux /second v=$v ''; }\n"
			       "menuentry C {reboot}\nmenuentry D { chainloader +1; }\n"
			       "menuentry E { echo nothing; }\n"
			       "menuentry F { multiboot2 /xen.gz p q; module2 --nounzip /k x y; }\n"
			       "menuentry G { linux /a; boot; linux /b; }\n");

	(void)state;
	assert_int_equal(config->problems.n, 0);
	assert_linux(entry_at(config, 0), "A b", "/vm-extra", "/u.img /i.img",
		     "root=x \"a b\" c\\\"d \"t=A b\" v=1");
	assert_string_equal(config->entries.at[0]->own_id, "a");
	assert_string_equal(config->entries.at[0]->boot_image, "BOOT_IMAGE=/vm-extra");
	assert_linux(entry_at(config, 1), "B", "/second", "", "v= ");
	assert_int_equal(config->entries.at[2]->kind, ENTRY_REBOOT);
	assert_refused(entry_at(config, 3), "D", "chainloader");
	assert_refused(entry_at(config, 4), "E", "load nothing");
	assert_int_equal(config->entries.at[5]->kind, ENTRY_MULTIBOOT);
	assert_int_equal(config->entries.at[5]->version, 2);
	assert_string_equal(config->entries.at[5]->cmdline, "p q");
	assert_string_equal(config->entries.at[5]->initrds.at[0].args, "x y");
	assert_linux(entry_at(config, 6), "G", "/a", "", "");
}

static void names_initrds_in_newc(void **state)
{
	struct config *config =
		read_text(CFG, "menuentry A { linux /k; initrd newc:/etc/x:/boot/y /z; }\n");
	const struct entry *entry = entry_at(config, 0);

	(void)state;
	assert_string_equal(entry->initrds.at[0].name, "etc/x");
	assert_string_equal(entry->initrds.at[0].path, "/boot/y");
	assert_null(entry->initrds.at[1].name);
}

static void takes_a_stub_for_red_hats(void **state)
{
	static const struct memory_file esp[] = {
		FILE_OF("/EFI/fedora/grub.cfg",
			"search --no-floppy --root-dev-only --fs-uuid --set=dev 1234-abcd\n"
			"set prefix=($dev)/root/boot/grub2\nexport $prefix\nconfigfile $prefix/grub.cfg\n"),
		NO_MORE_FILES,
	};
	static const struct memory_file root[] = {
		FILE_OF("/root/boot/grub2/grub.cfg",
			"set default=1a-6.1.0-1\nsearch --fs-uuid --set=root 1234-abcd\nblscfg\n"),
		FILE_OF("/loader/entries/1a-6.1.0-1.conf", "title Old\nlinux /k1\n"),
		FILE_OF("/loader/entries/1a-6.1.0-2.conf", "title Mid\nlinux /k2\n"),
		FILE_OF("/loader/entries/1a-6.1.0-3.conf", "title New\nlinux /k3\n"),
		NO_MORE_FILES,
	};
	const struct identity at[] = {
		{ .name = "sda1", .disk = "sda", .partition = 1, .uuid = "a", .is_filesystem = true },
		{ .name = "sda2", .disk = "sda", .partition = 2, .uuid = "1234-abcd",
		  .is_filesystem = true },
	};
	struct volume *mounted[] = {
		volume_open_memory(arena, esp, &at[0]),
		volume_open_memory(arena, root, &at[1]),
	};
	struct volumes volumes = { .arena = arena, .at = at, .mounted = mounted, .n = 2 };
	struct reading_options options = { .platform = "efi", .any_file = true };
	int error;
	struct config *config = readers_read(arena, &volumes, &options, esp[0].path, &error);

	(void)state;
	assert_non_null(config);
	assert_int_equal(config->problems.n, 0);
	assert_linux(entry_at(config, 0), "New", "/k3", "", "");
	assert_default(config, "Old"); /* 1 is not the index here */
	assert_string_equal(config->includes, "sda2");
}

static void sorts_what_has_no_order(void **state)
{
	static const struct identity tree = { .name = "sda1", .type = "directory", .is_filesystem = true };
	static const struct memory_file files[] = {
		FILE_OF(CFG, "insmod regexp\nfor f in /e/*.cfg; do source $f; done\n"),
		FILE_OF("/e/b.cfg", "menuentry B { linux /k; }\n"),
		FILE_OF("/e/a.cfg", "menuentry A { linux /k; }\n"),
		FILE_OF("/e/c.cfg", "menuentry C { linux /k; }\n"),
		NO_MORE_FILES,
	};
	struct reading_options options = { .platform = "pc", .any_file = true };
	struct volumes volumes;
	struct config *config;
	int error;

	(void)state;
	volumes_init(&volumes, arena, volume_open_memory(arena, files, &tree));
	config = readers_read(arena, &volumes, &options, CFG, &error);
	assert_non_null(config);
	assert_linux(entry_at(config, 0), "A", "/k", "", "");
	assert_linux(entry_at(config, 1), "B", "/k", "", "");
	assert_linux(entry_at(config, 2), "C", "/k", "", "");
}

/* What an entry says of where it is written: a stub leads to another device, and may come back. */
static void knows_the_device_of_an_entry(void **state)
{
	static const struct memory_file system[] = {
		FILE_OF("/EFI/x/grub.cfg", "search --fs-uuid --set=root b\nfunction f {\n"
					   "menuentry \"$1\" { linux /k; }\n}\nexport root\n"
					   "configfile /grub/grub.cfg\n"),
		FILE_OF("/EFI/x/own.cfg", "menuentry Own { linux /k; }\n"),
		NO_MORE_FILES,
	};
	static const struct memory_file boot[] = {
		FILE_OF("/grub/grub.cfg", "menuentry There { linux /k; }\nf Function\n"
					  "source (hd0,1)/EFI/x/own.cfg\n"
					  "submenu S { eval 'menuentry Eval { linux /k; }'; }\n"
					  "legacy_source /menu.lst\n"),
		FILE_OF("/menu.lst", "title Legacy\nkernel /k\n"),
		NO_MORE_FILES,
	};
	static const char *const devices[] = { "sda2", NULL, NULL, "sda2", "sda2" };
	const struct identity at[] = {
		{ .name = "sda1", .disk = "sda", .partition = 1, .uuid = "a", .is_filesystem = true },
		{ .name = "sda2", .disk = "sda", .partition = 2, .uuid = "b", .is_filesystem = true },
	};
	struct volume *mounted[] = {
		volume_open_memory(arena, system, &at[0]),
		volume_open_memory(arena, boot, &at[1]),
	};
	struct volumes volumes = { .arena = arena, .at = at, .mounted = mounted, .n = 2 };
	struct reading_options options = { .platform = "efi", .any_file = true };
	struct config *config;
	int error;

	(void)state;
	config = readers_read(arena, &volumes, &options, "/EFI/x/grub.cfg", &error);
	assert_non_null(config);
	assert_int_equal(config->entries.n, 5);
	for (size_t i = 0; i < 5; i++) {
		const char *device = config->entries.at[i]->config_device;

		assert_true(device == devices[i] ||
			    (device && devices[i] && strcmp(device, devices[i]) == 0));
	}
	assert_string_equal(entry_at(config, 3)->config, "/grub/grub.cfg");
	assert_string_equal(entry_at(config, 4)->config, "/menu.lst");
}

static void counts_from_the_subvolume(void **state)
{
	static const struct identity btrfs = { .name = "sda1", .type = "btrfs", .is_filesystem = true };
	static const struct memory_file files[] = {
		FILE_OF("/@/s/1/boot/grub2/grub.cfg",
			"menuentry A { linux /boot/k x; initrd /boot/i; }\n"
			"menuentry S s /@/s/5 { btrfs_subvol=\"$3\"; configfile /boot/grub2/grub.cfg; }\n"
			"menuentry B { linux $prefix/k; btrfs_relative_path=no; initrd /@/i; }\n"),
		FILE_OF("/@/s/5/boot/grub2/grub.cfg", "menuentry Old { linux /boot/k y; }\n"),
		NO_MORE_FILES,
	};
	struct reading_options options = { .platform = "pc", .any_file = true };
	struct volume *volume = volume_open_memory(arena, files, &btrfs);
	struct volumes volumes;
	struct config *config;
	int error;

	(void)state;
	volume->subvolume = "/@/s/1";
	volumes_init(&volumes, arena, volume);
	config = readers_read(arena, &volumes, &options, files[0].path, &error);
	assert_non_null(config);
	assert_linux(entry_at(config, 0), "A", "/@/s/1/boot/k", "/@/s/1/boot/i", "x");
	assert_linux(entry_at(config, 2), "Old", "/@/s/5/boot/k", "", "y");
	assert_linux(entry_at(config, 3), "B", "/@/s/1/boot/grub2/k", "/@/i", "");
	assert_int_equal(config->problems.n, 0);
}

static void loses_what_is_not_exported(void **state)
{
	struct config *config =
		read_text(CFG,
			  "a=1\nb=2\nexport b\n"
			  "submenu S --id s {\n\tmenuentry T { linux /k a=$a b=$b c=$chosen; }\n"
			  "\tsubmenu U { menuentry V { linux /k; }; }\n}\n"
			  "menuentry W { linux /k a=$a; }\n");

	(void)state;
	assert_linux(entry_at(config, 0), "T", "/k", "", "a= b=2 c=s>T");
	assert_int_equal(config->entries.at[0]->path.n, 1);
	assert_string_equal(config->entries.at[0]->path.at[0], "S");
	assert_string_equal(config->entries.at[0]->path_id.at[0], "s");
	assert_string_equal(config->entries.at[1]->path.at[1], "U");
	assert_linux(entry_at(config, 2), "W", "/k", "", "a=1");
}

static void finds_the_default(void **state)
{
	static const char entries[] =
		"menuentry A --id a { linux /k; }\n"
		"submenu 'S > s' --id s { menuentry B --id b { linux /k; }\n"
		"menuentry C { linux /k; }; }\nmenuentry '6c' { linux /k; }\n";
	static const char *const cases[][2] = {
		{ "", "A" },   { "0", "A" },    { "2", "6c" },  { "a", "A" },
		{ "1", "B" },  { "1>1", "C" },  { "s>b", "B" }, { "S >> s>C", "C" },
		{ "6c", "A" }, { "none", "A" }, { "1>9", "B" }, { "s>none", "B" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_default(read_text(CFG, arena_print(arena, "default='%s'\n%s", cases[i][0],
							  entries)),
			       cases[i][1]);
	/* Red Hat's GRUB looks for names first */
	assert_default(read_text(CFG, arena_print(arena, "default=6c\n# \\x20\n%s", entries)),
		       "6c");
}

static void reads_timeouts(void **state)
{
	struct config *config;

	(void)state;
	config = read_text(CFG, "menuentry A { true; }\n");
	assert_int_equal(config->timeout_ms, NO_TIMEOUT);
	config = read_text(CFG, "timeout=-1\ntimeout_style=hidden\nmenuentry A { true; }\n");
	assert_int_equal(config->timeout_ms, NO_TIMEOUT);
	assert_int_equal(config->timeout_style, TIMEOUT_MENU);
	config = read_text(CFG, "timeout=7\ntimeout_style=hidden\nfallback='1 0'\n"
				"menuentry A { true; }\nmenuentry B { true; }\n");
	assert_int_equal(config->timeout_ms, 7000);
	assert_int_equal(config->timeout_style, TIMEOUT_HIDDEN);
	assert_int_equal(config->fallback.n, 2);
	assert_int_equal(config->fallback.at[0], 1);
	/* a name counts in Red Hat's only */
	config = read_text(CFG, "fallback='9 0 B b'\nmenuentry A { true; }\nmenuentry 'B b' { true; }\n");
	assert_int_equal(config->fallback.n, 1);
	config = read_text(CFG, "fallback='9 0 B b'\nmenuentry A { true; }\nmenuentry 'B b' { true; }\n"
				"menuentry Fedora { true; }\n");
	assert_int_equal(config->fallback.n, 2);
	assert_int_equal(config->fallback.at[1], 1);
}

/* What grub-mkconfig writes for GRUB_HIDDEN_TIMEOUT=0 and =7, and variations of it. */
static void asks_where_grub_could_be_stopped(void **state)
{
	static const struct {
		const char *text;
		int64_t timeout_ms, asks_ms;
		enum timeout_style style;
	} cases[] = {
		{ "if sleep --verbose --interruptible 7 ; then\n  set timeout=0\nfi\n", 0, 7000,
		  TIMEOUT_COUNTDOWN },
		{ "if [ \"x${timeout}\" != \"x-1\" ]; then\n  if keystatus; then\n"
		  "    if keystatus --shift; then\n      set timeout=-1\n    else\n"
		  "      set timeout=0\n    fi\n  else\n    if sleep --interruptible 3 ; then\n"
		  "      set timeout=0\n    fi\n  fi\nfi\n", 0, 3000, TIMEOUT_HIDDEN },
		{ "timeout=0; sleep -i 0x10\n", 0, 16000, TIMEOUT_HIDDEN },
		{ "sleep -vi 2; sleep -i 1; timeout=0\n", 0, 1000, TIMEOUT_HIDDEN },
		{ "sleep -i 3; timeout=5\n", 5000, 0, TIMEOUT_MENU },
		{ "sleep -i 3\n", NO_TIMEOUT, 0, TIMEOUT_MENU },
		{ "sleep 3; timeout=0\n", 0, 0, TIMEOUT_MENU },
		{ "sleep -i 0; timeout=0\n", 0, 0, TIMEOUT_MENU },
		{ "sleep -i x; timeout=0\n", 0, 0, TIMEOUT_MENU },
		{ "sleep -i 99999999999; timeout=0\n", 0, 0, TIMEOUT_MENU },
		{ "if sleep -i; then timeout=0; fi\n", NO_TIMEOUT, 0, TIMEOUT_MENU },
		{ "menuentry B { sleep -i 3; }\ntimeout=0\n", 0, 0, TIMEOUT_MENU },
		{ "if sleep -i 4; then linux /k; boot; fi\n", 0, 4000, TIMEOUT_HIDDEN },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct config *config = read_text(
			CFG, arena_print(arena, "%smenuentry A { linux /k; }\n", cases[i].text));

		if (config->timeout_ms != cases[i].timeout_ms || config->asks_ms != cases[i].asks_ms ||
		    config->timeout_style != cases[i].style)
			fail_msg("%s: %lld, %lld, %d", cases[i].text, (long long)config->timeout_ms,
				 (long long)config->asks_ms, config->timeout_style);
	}
}

static void keeps_environment_blocks(void **state)
{
	static const struct memory_file files[] = {
		FILE_OF(CFG,
			"load_env\nif [ \"$next_entry\" ]; then default=$next_entry\n"
			"next_entry=\nsave_env next_entry; fi\n"
			"function savedefault { saved_entry=\"$chosen\"; save_env saved_entry x; }\n"
			"menuentry A { savedefault; linux /k w=\"$w\" n=$next_entry; }\n"
			"menuentry B { linux /k; }\n"),
		FILE_OF("/boot/grub/grubenv", BLOCK "w=a\\\\b\\\nc\nnext_entry=B\n#######"),
		NO_MORE_FILES,
	};
	struct config *config = read_on("x86_64", files, CFG);
	const struct entry *entry = entry_at(config, 0);

	(void)state;
	assert_int_equal(config->problems.n, 0);
	assert_default(config, "B");
	assert_string_equal(entry->cmdline, "w=a\\\\b\nc n=");
	assert_int_equal(config->writes.n, 1);
	assert_string_equal(config->writes.at[0].name, "next_entry");
	assert_string_equal(config->writes.at[0].value, "");
	assert_string_equal(config->writes.at[0].file.path, "/boot/grub/grubenv");
	assert_int_equal(entry->writes.n, 2);
	assert_string_equal(entry->writes.at[0].value, "A");
	assert_null(entry->writes.at[1].value);
}

/* Fedora's 08_fallback_counting: the default, and what is written when it is booted. */
static void counts_starts(void **state)
{
	static const struct {
		const char *block, *standard, *counter;
	} rows[] = {
		{ BLOCK "boot_success=0\nboot_counter=2\n####", "New", "1" },
		{ BLOCK "boot_success=0\nboot_counter=1\n####", "New", "0" },
		{ BLOCK "boot_success=0\nboot_counter=0\n####", "Old", "-1" },
		{ BLOCK "boot_success=0\nboot_counter=-1\n####", "Old", "-1" },
		{ BLOCK "boot_success=1\nboot_counter=2\n####", "New", NULL },
		{ BLOCK "boot_success=0\n####", "New", NULL },
	};
	static const char text[] =
		"load_env\ndefault=0\ninsmod increment\n"
		"if [ -n \"${boot_counter}\" -a \"${boot_success}\" = \"0\" ]; then\n"
		"if [ \"${boot_counter}\" = \"0\" -o \"${boot_counter}\" = \"-1\" ]; then\n"
		"set default=1\nset boot_counter=-1\nelse decrement boot_counter\nfi\n"
		"save_env boot_counter\nfi\n"
		"menuentry New { linux /k; }\nmenuentry Old { linux /k; }\n";

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct memory_file files[] = {
			{ CFG, text, strlen(text) },
			{ "/boot/grub/grubenv", rows[i].block, strlen(rows[i].block) },
			NO_MORE_FILES,
		};
		struct config *config = read_on("x86_64", files, CFG);

		assert_int_equal(config->problems.n, 0);
		assert_default(config, rows[i].standard);
		assert_int_equal(config->writes.n, rows[i].counter ? 1 : 0);
		if (!rows[i].counter)
			continue;
		assert_string_equal(config->writes.at[0].name, "boot_counter");
		assert_string_equal(config->writes.at[0].value, rows[i].counter);
	}
}

static void finds_devices(void **state)
{
	struct config *config = read_text(
		CFG, "search --no-floppy --fs-uuid --set=r --hint-bios=hd3,gpt7 1234-abcd\n"
		     "search --set -f /boot/grub/grub.cfg\nsearch.fs_uuid 1234-ABCD q hd0\n"
		     "menuentry A { linux ($r)/k r=$r root=$root q=$q; }\n"
		     "set root='(hd0,msdos1)'\nmenuentry B { linux /k $root; }\n"
		     "if search --fs-uuid --set=root dead-beef; then true; else\n"
		     "menuentry C { linux /k $root; }; fi\n"
		     "probe -u $root --set=u; menuentry D { linux /k $u; }\n"
		     "menuentry E { loopback loop /x.iso; linux (loop)/k; initrd (loop)/i; }\n");

	(void)state;
	assert_linux(entry_at(config, 0), "A", "/k", "",
		     "r=hd0,msdos1 root=hd0,msdos1 q=hd0,msdos1");
	assert_linux(entry_at(config, 1), "B", "/k", "", "hd0,msdos1");
	assert_linux(entry_at(config, 2), "C", "/k", "", "hd0,msdos1");
	assert_linux(entry_at(config, 3), "D", "/k", "", "1234-ABCD");
	assert_string_equal(config->entries.at[4]->kernel.loop, "/x.iso");
	assert_int_equal(config->wanted.n, 1);
	assert_string_equal(config->wanted.at[0].value, "dead-beef");
}

static void follows_config_files(void **state)
{
	static const struct memory_file files[] = {
		FILE_OF(CFG, "a=1\nb=2\nexport b\nsource $prefix/s.cfg\nconfigfile /c.cfg\n"
			     "menuentry never { true; }\n"),
		FILE_OF("/boot/grub/s.cfg", "c=3\nexport c\n"),
		FILE_OF("/c.cfg", "timeout=4\nmenuentry A { linux /k a=$a b=$b c=$c; }\n"
				  "menuentry Sub { configfile /d.cfg; }\n"
				  "menuentry Back { configfile /e.cfg; }\n"
				  "menuentry None { configfile /none; }\n"
				  "menuentry On { configfile /s.cfg; linux /on; }\n"
				  "menuentry Has { linux /has; configfile /s.cfg; }\n"),
		FILE_OF("/d.cfg", "menuentry D { linux /d $config_directory; }\n"),
		FILE_OF("/e.cfg", "menuentry E { configfile /c.cfg; }\n"),
		NO_MORE_FILES,
	};
	struct config *config = read_on("x86_64", files, CFG);

	(void)state;
	assert_int_equal(config->entries.n, 7);
	assert_linux(entry_at(config, 0), "A", "/k", "", "a= b=2 c=3");
	assert_string_equal(config->entries.at[0]->config, "/c.cfg");
	assert_int_equal(config->entries.at[0]->line, 2);
	assert_int_equal(config->timeout_ms, 4000);
	assert_refused(entry_at(config, 1), "Sub", "opens the menu");
	assert_string_equal(config->entries.at[2]->title, "D");
	assert_string_equal(config->entries.at[2]->path.at[0], "Sub");
	assert_refused(entry_at(config, 3), "Back", "leads back");
	assert_refused(entry_at(config, 4), "None", "no such file");
	/* where there is no menu to show, the next command's turn comes */
	assert_linux(entry_at(config, 5), "On", "/on", "", "");
	assert_linux(entry_at(config, 6), "Has", "/has", "", "");
}

static void translates(void **state)
{
	static const struct memory_file files[] = {
		FILE_OF(CFG, "set lang=de_AT\na=x\nmenuentry $\"Help\" { linux /k $\"Help me $a\"; }\n"
			     "set locale_dir=/none\nmenuentry $\"Help\" { linux /k; }\n"
			     "set secondary_locale_dir=/cut\nmenuentry $\"Help\" { linux /k; }\n"),
		FILE_OF("/boot/grub/locale/de.mo",
			"\xde\x12\x04\x95\0\0\0\0\1\0\0\0\x14\0\0\0\x1c\0\0\0"
			"\4\0\0\0\x24\0\0\0\5\0\0\0\x29\0\0\0Help\0Hilfe\0"),
		FILE_OF("/cut/de.mo",
			"\xde\x12\x04\x95\0\0\0\0\1\0\0\0\x14\0\0\0\x1c\0\0\0"
			"\4\0\0\0\x24\0\0\0\5\0\0\0\x29\0\0\0Help\0Hilf"),
		NO_MORE_FILES,
	};
	struct config *config = read_on("x86_64", files, CFG);

	(void)state;
	assert_linux(entry_at(config, 0), "Hilfe", "/k", "", "\"Help me x\"");
	assert_linux(entry_at(config, 1), "Help", "/k", "", "");
	assert_linux(entry_at(config, 2), "Help", "/k", "", "");
}

static void shows_menus_of_other_loaders(void **state)
{
	static const struct memory_file files[] = {
		FILE_OF(CFG, "menuentry Mine { linux /m; }\n"
			     "legacy_source /boot/grub/menu.lst\n"
			     "menuentry CD { syslinux_configfile -i /isolinux/isolinux.cfg; }\n"
			     "submenu More { extract_syslinux_entries_source /isolinux/isolinux.cfg; }\n"
			     "legacy_source /none\n"),
		FILE_OF("/boot/grub/menu.lst", "default 1\ntimeout 4\ntitle Old\nroot (hd0,0)\n"
					       "kernel /k root=x\ninitrd /i\n"
					       "title Older\nkernel /l\n"),
		FILE_OF("/isolinux/isolinux.cfg", "ui menu.c32\ntimeout 70\nlabel a\nlinux k\n"
						  "append initrd=i q\n"
						  "menu begin s\nlabel b\nlinux l\nmenu end\n"),
		NO_MORE_FILES,
	};
	struct config *config = read_on("x86_64", files, CFG);

	(void)state;
	assert_int_equal(config->entries.n, 8);
	assert_linux(entry_at(config, 1), "Old", "/k", "/i", "root=x");
	assert_default(config, "Older");
	assert_int_equal(config->timeout_ms, 4000);
	assert_refused(entry_at(config, 3), "CD", "isolinux.cfg");
	assert_linux(entry_at(config, 4), "a", "/isolinux/k", "/isolinux/i", "initrd=i q");
	assert_string_equal(entry_at(config, 4)->path.at[0], "CD");
	assert_int_equal(entry_at(config, 5)->path.n, 2);
	assert_string_equal(entry_at(config, 5)->path.at[1], "s");
	assert_string_equal(entry_at(config, 6)->path.at[0], "More");
	assert_int_equal(config->problems.n, 1);
}

static void boots_without_a_menu(void **state)
{
	struct config *config = read_text(
		CFG, "menuentry A { true; }\nif linux /k a; then initrd /i; boot; fi\nnosuch\n");
	const struct entry *entry = entry_at(config, config->default_entry);

	(void)state;
	assert_int_equal(config->entries.n, 1);
	assert_int_equal(config->timeout_ms, 0);
	assert_true(entry->hidden);
	assert_linux(entry, "Default (boots without a menu)", "/k", "/i", "a");
	assert_int_equal(config->problems.n, 0);
}

static void locks_entries(void **state)
{
	struct config *config = read_text(
		CFG,
		"set superusers='root'\nexport superusers\npassword root pw\n"
		"password_pbkdf2 ann grub.pbkdf2.sha512.1.a.b\nmenuentry A { true; }\n"
		"menuentry B --unrestricted { true; }\nmenuentry C --users 'ann,bob' { true; }\n"
		"menuentry D --users $unset --id x { true; }\n");

	(void)state;
	assert_int_equal(config->entries.n, 3);
	assert_true(config->locked);
	assert_string_equal(config->entries.at[0]->users, "");
	assert_null(config->entries.at[1]->users);
	assert_string_equal(config->entries.at[2]->users, "ann bob");
	assert_int_equal(config->users.n, 2);
	assert_true(config->users.at[0].super);
	assert_string_equal(config->users.at[0].password, "pw");
	assert_false(config->users.at[1].super);
	assert_non_null(config->users.at[1].pbkdf2);
}

static void reads_bls_fragments(void **state)
{
	static const struct memory_file files[] = {
		FILE_OF(CFG, "set boot=$root\nkernelopts='root=x ro'\nsave_default=true\n"
			     "function savedefault { set saved=5; }\nblscfg\n"),
		FILE_OF("/loader/entries/m-5.9-1.conf",
			"title Old\nlinux /k-5.9\noptions $kernelopts q\n"),
		FILE_OF("/loader/entries/m-5.10-1.conf",
			"title New\nversion 1\nlinux /k-5.10\ninitrd /i-5.10 $tuned\n"
			"options $kernelopts 'a b' $none\ngrub_arg --x\ngrub_users $none\n\nid lost\n"),
		FILE_OF("/loader/entries/m-0-rescue.conf", "# note\ntitle\tRescue\nlinux /k-0${saved}\n"),
		FILE_OF("/loader/entries/m-7-1.conf", "title No kernel\n"),
		NO_MORE_FILES,
	};
	struct config *config = read_on("x86_64", files, CFG);

	(void)state;
	assert_int_equal(config->entries.n, 3);
	assert_linux(entry_at(config, 0), "New", "/k-5.10", "/i-5.10", "root=x ro \"a b\"");
	assert_string_equal(config->entries.at[0]->own_id, "m-5.10-1");
	assert_string_equal(config->entries.at[0]->boot_image, "BOOT_IMAGE=(hd0,msdos1)/k-5.10");
	assert_linux(entry_at(config, 1), "Old", "/k-5.9", "", "root=x ro q");
	assert_linux(entry_at(config, 2), "Rescue", "/k-05", "", "");
}

static void keeps_hex_as_red_hat_does(void **state)
{
	(void)state;
	assert_linux(entry_at(read_text(CFG, "# Red Hat\nmenuentry A { linux /k L=a\\x20b; }\n"),
			      0),
		     "A", "/k", "", "L=a\\x20b");
	assert_linux(entry_at(read_text(CFG, "menuentry A { linux /k \"L=a\\\\b\"; }\n"), 0), "A",
		     "/k", "", "L=a\\\\b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		READER_TEST(runs_entries_dry),
		READER_TEST(names_initrds_in_newc),
		READER_TEST(takes_a_stub_for_red_hats),
		READER_TEST(sorts_what_has_no_order),
		READER_TEST(counts_from_the_subvolume),
		READER_TEST(loses_what_is_not_exported),
		READER_TEST(finds_the_default),
		READER_TEST(reads_timeouts),
		READER_TEST(asks_where_grub_could_be_stopped),
		READER_TEST(keeps_environment_blocks),
		READER_TEST(counts_starts),
		READER_TEST(finds_devices),
		READER_TEST(follows_config_files),
		READER_TEST(translates),
		READER_TEST(shows_menus_of_other_loaders),
		READER_TEST(boots_without_a_menu),
		READER_TEST(locks_entries),
		READER_TEST(reads_bls_fragments),
		READER_TEST(knows_the_device_of_an_entry),
		READER_TEST(keeps_hex_as_red_hat_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
