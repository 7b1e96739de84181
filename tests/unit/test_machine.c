/* What configs ask the machine itself: SMBIOS, partition attributes, blocks outside of files. */
#include "reading.h"

#include <errno.h>

#include "base/hardware.h"

/* A table: the system, the board, the chassis, a second board, the end; numbers of strings from 1. */
static const unsigned char table[] =
	"\x01\x1b\x01\x00\x01\x02\x03\x00"                                 /* strings 1, 2, 3, none */
	"\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff" /* UUID */
	"\x06\x00\x04"                                                     /* wake-up, SKU, family */
	"  ACME  Inc.\t\0Server 9000\0\x01v:1\0Family\0\0"
	"\x02\x09\x02\x00\x01\x09\x00\x02\x00" /* the product's string is not there */
	"ACME\0S/N 7\0\0"
	"\x03\x09\x03\x00\x00\x91\x00\x00\x00\0\0"
	"\x02\x05\x04\x00\x01Second\0\0"
	"\x7f\x04\x05\x00\0\0"
	"\x02\x05\x06\x00\x01" "After the end\0\0";

static const struct hardware *read_hardware(struct arena *a)
{
	struct hardware *hardware = arena_make(a, struct hardware);

	hardware->smbios = table;
	hardware->smbios_size = sizeof table - 1;
	hardware->cpu = "6PXL";
	return hardware;
}

static struct config *read_here(const char *path, const char *text)
{
	struct memory_file *files = arena_array(arena, 2, sizeof *files);
	struct reading_options options = { .platform = "pc", .arch = "x86_64", .any_file = true,
					   .hardware = read_hardware };
	struct volumes volumes;
	int error;

	files[0] = (struct memory_file){ .path = path, .bytes = text, .size = strlen(text) };
	volumes_init(&volumes, arena, volume_open_memory(arena, files, &disk));
	return readers_read(arena, &volumes, &options, path, &error);
}

static const char *sysappend(const char *path, const char *mask)
{
	const char *text = arena_print(arena, "LABEL a\nLINUX /k\nAPPEND x\nSYSAPPEND %s\n", mask);

	return entry_at(read_here(path, text), 0)->cmdline;
}

static void test_sysappend(void **state)
{
	static const char path[] = "/boot/syslinux/syslinux.cfg";
	struct config *config;

	(void)state;
	assert_string_equal(sysappend(path, "0"), "x");
	assert_string_equal(sysappend(path, "3"), "x");
	/* 0x33 in the place of the version: a UUID; as it is in the table, not swapped */
	assert_string_equal(sysappend(path, "4"), "x SYSUUID=00112233-4455-6677-8899-aabbccddeeff");
	assert_string_equal(sysappend(path, "010"), "x CPU=6PXL");
	assert_string_equal(sysappend(path, "0x10"), "x SYSVENDOR=ACME_Inc.");
	assert_string_equal(sysappend(path, "0x003f0"),
			    "x SYSVENDOR=ACME_Inc. SYSPRODUCT=Server_9000 SYSVERSION=v:1 SYSFAMILY=Family");
	assert_string_equal(sysappend(path, "0x07c00"), "x MBVENDOR=ACME MBSERIAL=S/N_7");
	assert_string_equal(sysappend(path, "0x78000"), "x SYSFF=17 FSUUID=1234-ABCD");

	config = read_here(path, "SYSAPPEND 8\nAPPEND -\nLABEL a\nLINUX /k\nAPPEND -\n"
				 "LABEL b\nLINUX /k\nSYSAPPEND 0\nAPPEND y\nDEFAULT a more\n");
	assert_string_equal(entry_at(config, 0)->cmdline, "CPU=6PXL");
	assert_string_equal(entry_at(config, 1)->cmdline, "y");
	assert_string_equal(entry_at(config, config->default_entry)->cmdline, "CPU=6PXL more");
	assert_int_equal(config->problems.n, 0);
}

/* What can't be known is said; U-Boot has only the first two bits. */
static void test_sysappend_of_what_is_not_known(void **state)
{
	static const char text[] = "LABEL a\nLINUX /k\nAPPEND x\nSYSAPPEND 0x40013\nLABEL b\nLINUX /k\n"
				   "SYSAPPEND 0x10\n";
	struct config *config = read_text("/syslinux.cfg", text);

	(void)state;
	assert_string_equal(entry_at(config, 0)->cmdline, "x FSUUID=1234-ABCD");
	assert_int_equal(config->problems.n, 1);
	assert_non_null(strstr(config->problems.at[0].text, "copied tree"));
	config = read_here("/pxelinux.cfg/default", text);
	assert_string_equal(entry_at(config, 0)->cmdline,
			    "x SYSVENDOR=ACME_Inc. FSUUID=1234-ABCD");
	assert_int_equal(config->problems.n, 1);
	assert_non_null(strstr(config->problems.at[0].text, "BOOTIF="));
	config = read_here("/extlinux/extlinux.conf",
			   "LABEL a\nLINUX /k\nFDTDIR /dtb\nAPPEND x\nSYSAPPEND 0x40013\n");
	assert_string_equal(entry_at(config, 0)->cmdline, "x");
}

static const char *grub_cmdline(const char *commands)
{
	const char *text = arena_print(arena, "menuentry A {\n%s\nlinux /k $? $v\n}\n", commands);

	return entry_at(read_here("/boot/grub/grub.cfg", text), 0)->cmdline;
}

static void test_smbios(void **state)
{
	(void)state;
	assert_string_equal(grub_cmdline("smbios -t 1 -s 4 --set v"), "0 ACME Inc.");
	assert_string_equal(grub_cmdline("smbios --type 1 --get-string 4 --set v --linux"), "0 ACMEInc.");
	assert_string_equal(grub_cmdline("smbios --type 0x1 --get-uuid 8 --set v"),
			    "0 33221100-5544-7766-8899-aabbccddeeff");
	assert_string_equal(grub_cmdline("smbios -t 2 -m 2 -s 4 --set v"), "0 Second");
	assert_string_equal(grub_cmdline("smbios -h 3 -b 5 --set v"), "0 145");
	assert_string_equal(grub_cmdline("smbios -t 1 -w 8 --set v"), "0 4352");
	/* no such string, field, structure; what is after the end of the table is not in it */
	assert_string_equal(grub_cmdline("smbios -t 1 -s 7 --set v"), "5");
	assert_string_equal(grub_cmdline("smbios -t 2 -s 5 --set v"), "5");
	assert_string_equal(grub_cmdline("smbios -t 2 -q 5 --set v"), "5");
	assert_string_equal(grub_cmdline("smbios -t 9 -s 4 --set v"), "5");
	assert_string_equal(grub_cmdline("smbios -h 6 -s 4 --set v"), "5");
	assert_string_equal(grub_cmdline("smbios -t 1 -s 4 -b 4 --set v"), "18");
	assert_string_equal(grub_cmdline("smbios -t 1 -s 999 --set v"), "18");
}

/* A table that is cut off anywhere ends there. */
static void test_tables_that_are_cut_off(void **state)
{
	(void)state;
	for (size_t size = 0; size < sizeof table; size++) {
		unsigned char *cut = (unsigned char *)arena_copy(arena, table, size);
		struct hardware hardware = { .smbios = cut, .smbios_size = size };
		struct smbios found;

		for (long type = 0; type < 4; type++)
			if (hardware_structure(&hardware, type, -1, 1, &found))
				for (size_t offset = 0; offset < 300; offset++)
					smbios_string(arena, &found, offset);
	}
}

/* gptprio.next ---------------------------------------------------------------------------------- */

#define USR "5dfbf5f4-2848-4bac-aa5e-0d9a20b745a6"
#define FLAGS(priority, tries, successful)                                                         \
	((uint64_t)(priority) << 48 | (uint64_t)(tries) << 52 | (uint64_t)(successful) << 56)

static struct config *read_next(uint64_t a, uint64_t b, const char *command)
{
	const char *text = arena_print(arena, "menuentry A {\n%s\nlinux /k $? $d $u\n}\n", command);
	const struct memory_file files[] = {
		{ .path = "/boot/grub/grub.cfg", .bytes = text, .size = strlen(text) }, NO_MORE_FILES
	};
	const struct identity at[] = {
		{ .name = "sda1", .disk = "sda", .partition = 1, .scheme = "gpt", .is_filesystem = true },
		{ .name = "sda4", .disk = "sda", .partition = 4, .scheme = "gpt", .parttype = USR,
		  .partuuid = "bbbb", .partflags = b },
		{ .name = "sda3", .disk = "sda", .partition = 3, .scheme = "gpt", .parttype = USR,
		  .partuuid = "aaaa", .partflags = a },
		{ .name = "sda5", .disk = "sda", .partition = 5, .scheme = "gpt", .parttype = "other",
		  .partuuid = "cccc", .partflags = FLAGS(15, 0, 1) },
		{ .name = "sdb", .disk = "sdb" },
		{ .name = "sdb1", .disk = "sdb", .partition = 1, .scheme = "gpt", .parttype = USR,
		  .partuuid = "dddd", .partflags = FLAGS(15, 0, 1) },
	};
	struct volume *mounted[6] = { volume_open_memory(arena, files, &at[0]) };
	struct volumes volumes = { .arena = arena, .at = at, .mounted = mounted, .n = 6 };
	struct reading_options options = { .platform = "pc", .arch = "x86_64", .any_file = true };
	int error;

	return readers_read(arena, &volumes, &options, "/boot/grub/grub.cfg", &error);
}

static const char *next(uint64_t a, uint64_t b, const char *command)
{
	return entry_at(read_next(a, b, command), 0)->cmdline;
}

static void test_gptprio_next(void **state)
{
	static const char command[] = "gptprio.next -d d -u u";
	struct config *config;

	(void)state;
	assert_string_equal(next(FLAGS(1, 0, 1), FLAGS(2, 0, 1), command), "0 hd0,gpt4 bbbb");
	assert_string_equal(next(FLAGS(2, 0, 1), FLAGS(2, 0, 1), command), "0 hd0,gpt3 aaaa");
	assert_string_equal(next(FLAGS(1, 0, 1), FLAGS(2, 0, 0), command), "0 hd0,gpt3 aaaa");
	assert_string_equal(next(FLAGS(0, 0, 1), FLAGS(0, 0, 1), command), "12");
	assert_string_equal(next(0, 0, command), "12");
	assert_string_equal(next(0, 0, "gptprio.next -d d -u u hd1,gpt1"), "0 hd1,gpt1 dddd");
	assert_string_equal(next(FLAGS(1, 0, 1), 0, "gptprio.next -d d"), "17");
	config = read_next(FLAGS(1, 0, 1), FLAGS(2, 3, 0), command);
	assert_string_equal(entry_at(config, 0)->cmdline, "0 hd0,gpt4 bbbb");
	assert_int_equal(config->problems.n, 1);
	assert_non_null(strstr(config->problems.at[0].text, "sda4 has 3 tries left"));
}

/* Environment blocks outside of files --------------------------------------------------------------- */

#define BLOCK(variables) "# GRUB Environment Block\n" variables "################"

static void test_block_outside_of_files(void **state)
{
	const struct memory_file files[] = {
		FILE_OF("/boot/grub/grubenv", BLOCK("env_block=512+1\n")),
		{ .path = "512+1", .bytes = BLOCK("next_entry=b\n"), .size = sizeof BLOCK("next_entry=b\n") - 1 },
		FILE_OF("/boot/grub/grub.cfg",
			"load_env\nif [ \"$env_block\" ]; then\n"
			"set env_block=\"($root)$env_block\"\nload_env -f $env_block\nfi\n"
			"if [ \"$next_entry\" ]; then\nset default=$next_entry\nset next_entry=\n"
			"save_env -f $env_block next_entry\nfi\n"
			"menuentry A --id a { linux /a; }\nmenuentry B --id b { linux /b; }\n"),
		NO_MORE_FILES,
	};
	struct config *config = read_on("x86_64", files, "/boot/grub/grub.cfg");

	(void)state;
	assert_default(config, "B");
	assert_int_equal(config->problems.n, 0);
	assert_int_equal(config->writes.n, 1);
	assert_string_equal(config->writes.at[0].file.path, "512+1");
	assert_string_equal(config->writes.at[0].value, "");
}

static void test_lists_of_blocks(void **state)
{
	struct volume *volume = volume_open_directory(arena, -1, &disk);
	static const char *const bad[] = { "", "1", "+", "1+0", "1+", "a+1", "1+1,2+1", "1+1+1", "-1+1",
					   "99999999999999999999+1", "18446744073709551615+1" };
	size_t size;
	off_t at;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(volume_open_blocks(volume, bad[i], false, 4096, &at, &size), -EINVAL);
	assert_int_equal(volume_open_blocks(volume, "1+9", false, 4096, &at, &size), -EFBIG);
	/* a copied tree has no device, whatever it is called */
	assert_int_equal(volume_open_blocks(volume, "+8", false, 4096, &at, &size), -ENODEV);
}

static void test_small_commands(void **state)
{
	(void)state;
	assert_string_equal(grub_cmdline("v=Linux; tr --set v --upcase"), "0 LINUX");
	assert_string_equal(grub_cmdline("tr -s v -D ABC"), "0 abc");
	assert_string_equal(grub_cmdline("tr --set=v abc xyz cab"), "0 zxy");
	assert_string_equal(grub_cmdline("tr --set=v abc x cab"), "18");
	assert_string_equal(grub_cmdline("time set v=1"), "0 1");
	assert_string_equal(grub_cmdline("time false"), "1");
	assert_string_equal(grub_cmdline("write_byte 1 2; wrmsr 1 2; inb 1; v=1"), "0 1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		READER_TEST(test_sysappend),
		READER_TEST(test_sysappend_of_what_is_not_known),
		READER_TEST(test_smbios),
		READER_TEST(test_tables_that_are_cut_off),
		READER_TEST(test_gptprio_next),
		READER_TEST(test_block_outside_of_files),
		READER_TEST(test_lists_of_blocks),
		READER_TEST(test_small_commands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
