/* Boot Loader Specification: the order of versions and entries, and systemd-boot's default. */
#include "reading.h"

#include "config/version.h"

static void test_version_order(void **state)
{
	/* the examples of UAPI.10, and what its "special meaning" paragraphs say */
	static const struct {
		const char *a, *b;
		int order;
	} cases[] = {
		{ "11", "11", 0 },
		{ "systemd-123", "systemd-123", 0 },
		{ "bar-123", "foo-123", -1 },
		{ "123a", "123", 1 },
		{ "123.a", "123", 1 },
		{ "123.a", "123.b", -1 },
		{ "123a", "123.a", 1 },
		{ "11\u03b1", "11\u03b2", 0 },
		{ "A", "a", -1 },
		{ "", "0", -1 },
		{ "0.", "0", 1 },
		{ "0.0", "0", 1 },
		{ "1_", "1", 0 },
		{ "_1", "1", 0 },
		{ "1_", "1.2", -1 },
		{ "1_2_3", "1.3.3", 1 },
		{ "1+", "1", 0 },
		{ "1+2+3", "1.3.3", 1 },
		{ "123~rc1", "123", -1 },
		{ "123~rc1", "123~rc2", -1 },
		{ "123^post", "123", 1 },
		/* where systemd-boot does other than the text: a ^ is lower, and so is no number */
		{ "123^post", "123.1", -1 },
		{ "123^post", "123a", -1 },
		{ "123^post", "123-1", 1 },
		{ "6.8-0.rc1", "6.8-rc1", 1 },
		{ "1.a", "1.0", -1 },
		{ "123-1", "123.1", -1 },
		{ "6.10", "6.9", 1 },
		{ "007", "7", 0 },
		{ "99999999999999999999999999", "100000000000000000000000000", -1 },
		{ "5.14.0-70.el9", "5.14.0-284.el9", -1 },
		{ NULL, "", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int order = version_compare(cases[i].a, cases[i].b);

		assert_int_equal((order > 0) - (order < 0), cases[i].order);
		order = version_compare(cases[i].b, cases[i].a);
		assert_int_equal((order > 0) - (order < 0), -cases[i].order);
	}
}

static void test_order_of_entries(void **state)
{
	static const struct memory_file files[] = {
		FILE_OF("/loader/loader.conf", "timeout 3\n"),
		FILE_OF("/loader/entries/a-6.1.conf", "title no key old\nlinux /k\n"),
		FILE_OF("/loader/entries/a-6.10.conf", "title no key new\nlinux /k\n"),
		FILE_OF("/loader/entries/A-6.9.conf", "title no key, large letter\nlinux /k\n"),
		FILE_OF("/loader/entries/auto-a.conf", "title systemd-boot's own\nlinux /k\n"),
		FILE_OF("/loader/entries/z.conf", "title b 1\nsort-key b\nversion 1\nlinux /k\n"),
		FILE_OF("/loader/entries/y.conf", "title b 2\nsort-key b\nversion 2\nlinux /k\n"),
		FILE_OF("/loader/entries/x.conf", "title a\nsort-key a\nlinux /k\n"),
		FILE_OF("/loader/entries/bad+0-3.conf", "title bad\nsort-key a\nlinux /k\n"),
		FILE_OF("/loader/entries/new+2.conf", "title trying\nsort-key c\nlinux /k\n"),
		FILE_OF("/loader/entries/not.txt", "title not\nlinux /k\n"),
		NO_MORE_FILES,
	};
	static const char *const titles[] = { "a", "b 2", "b 1", "trying", "no key new",
					      "no key, large letter", "no key old", "bad" };
	struct config *config = read_on("x86_64", files, "/loader/loader.conf");

	(void)state;
	assert_int_equal(config->entries.n, 8);
	for (size_t i = 0; i < 8; i++)
		assert_string_equal(config->entries.at[i]->title, titles[i]);
	assert_string_equal(config->entries.at[3]->own_id, "new.conf");
	assert_string_equal(config->entries.at[5]->own_id, "A-6.9.conf");
	assert_default(config, "a");
	assert_int_equal(config->timeout_ms, 3000);
}

static void test_keys(void **state)
{
	static const struct memory_file files[] = {
		FILE_OF("/loader/entries/a.conf", "# comment\n"
						  "title\tA  b\n"
						  "linux\tk/linux\n"
						  "initrd /i1\n"
						  "initrd \"i2 /i3\"\n"
						  "options a  b\n"
						  "options c \n"
						  "devicetree /d.dtb\n"
						  "grub_users $x\n"
						  "frob 1\n"),
		FILE_OF("/loader/entries/other.conf", "title o\narchitecture AA64\nlinux /k\n"),
		FILE_OF("/loader/entries/none.conf", "title n\n"),
		FILE_OF("/loader/entries/efi.conf", "title e\nefi /shell.efi\n"),
		FILE_OF("/loader/entries/0.conf", "title f\nlinux \\EFI\\arch\\k\n"
						  "initrd EFI\\arch\\i\noptions a\\b\n"),
		NO_MORE_FILES,
	};
	struct config *config = read_on("x86_64", files, "/loader/entries");

	(void)state;
	assert_int_equal(config->entries.n, 3);
	assert_linux(entry_at(config, 0), "f", "/EFI/arch/k", "/EFI/arch/i", "a\\b");
	assert_refused(entry_at(config, 1), "e", "EFI program");
	assert_linux(entry_at(config, 2), "A  b", "/k/linux", "/i1 /i2 /i3", "a b c");
	assert_string_equal(entry_at(config, 2)->devicetree.path, "/d.dtb");
	assert_int_equal(config->problems.n, 2); /* the unknown key, and the file without a kernel */
	assert_int_equal(read_on("aarch64", files, "/loader/entries")->entries.n, 4);
}

static struct config *with_loader_conf(const char *text)
{
	struct memory_file *files = arena_array(arena, 5, sizeof *files);

	files[0] = (struct memory_file){ "/loader/loader.conf", text, strlen(text) };
	files[1] = (struct memory_file)FILE_OF("/loader/entries/c.conf", "title C\nlinux /k\n");
	files[2] = (struct memory_file)FILE_OF("/loader/entries/B.conf", "title B\nlinux /k\n");
	files[3] = (struct memory_file)FILE_OF("/loader/entries/a+0.conf", "title A\nlinux /k\n");
	return read_on("x86_64", files, "/loader/loader.conf");
}

static void test_default(void **state)
{
	(void)state;
	assert_default(with_loader_conf(""), "C");
	assert_default(with_loader_conf("default b.conf\n"), "B");
	assert_default(with_loader_conf("default b*\n"), "B");
	assert_default(with_loader_conf("default B\n"), "B"); /* as old versions took it */
	assert_default(with_loader_conf("default \"b.conf\"\n"), "B");
	assert_default(with_loader_conf("default [ab].conf\n"), "B");
	assert_default(with_loader_conf("default a.conf\n"), "A");
	assert_default(with_loader_conf("preferred a.conf\ndefault b.conf\n"), "B");
	assert_default(with_loader_conf("preferred b*\n"), "B");
	assert_default(with_loader_conf("default @saved\n"), "C");
	assert_true(with_loader_conf("default @saved\n")->saves);
	assert_false(with_loader_conf("default c*\n")->saves);
	assert_false(with_loader_conf("preferred b*\ndefault @saved\n")->saves);
	assert_false(with_loader_conf("")->entries.at[0]->bad);
	assert_true(with_loader_conf("")->entries.at[2]->bad); /* a+0.conf */
	assert_default(with_loader_conf("default nothing\n"), "C");
	assert_int_equal(with_loader_conf("default nothing\n")->problems.n, 1);
}

/*
 * The menu of an EFI system partition (sda1) on a disk whose sda2 has the type @type, and a loader.conf
 * if @conf says so.
 */
static struct config *read_two(const char *type, const char *parttype, bool conf)
{
	static const struct memory_file system[] = {
		FILE_OF("/loader/loader.conf", "timeout 3\ndefault new*\n"),
		FILE_OF("/loader/entries/rescue.conf", "title rescue\nsort-key b\nlinux /k\n"),
		NO_MORE_FILES,
	};
	static const struct memory_file extended[] = {
		FILE_OF("/loader/entries/new+2.conf", "title new\nsort-key c\nversion 2\n"
						      "linux /k\ninitrd /i\ndevicetree /d\n"),
		FILE_OF("/loader/entries/old.conf", "title old\nsort-key a\nlinux /k\n"),
		FILE_OF("/loader/loader.conf", "default old*\n"),
		NO_MORE_FILES,
	};
	const struct identity at[] = {
		{ .name = "sda1", .disk = "sda", .type = "vfat", .is_filesystem = true },
		{ .name = "sda2", .disk = "sda", .type = type, .parttype = parttype,
		  .is_filesystem = true },
	};
	struct memory_file *files = (struct memory_file *)arena_copy(arena, extended, sizeof extended);
	struct volume *mounted[] = {
		volume_open_memory(arena, system, &at[0]),
		volume_open_memory(arena, files, &at[1]),
	};
	struct volumes volumes = { .arena = arena, .at = at, .mounted = mounted, .n = 2 };
	struct reading_options options = { .platform = "efi", .arch = "x86_64", .any_file = true };
	int error;

	if (!conf)
		files[2].path = NULL;
	return readers_read(arena, &volumes, &options, "/loader/loader.conf", &error);
}

/* UAPI.1, "The Partitions": the entries of both are one menu, by the system partition's loader.conf. */
static void test_two_partitions(void **state)
{
	static const char xbootldr[] = "bc13c2ff-59e6-4262-a352-b275fd6f7172";
	struct config *config = read_two("ext4", xbootldr, true);
	const struct entry *entry;

	(void)state;
	assert_int_equal(config->entries.n, 3);
	assert_string_equal(config->includes, "sda2");
	assert_default(config, "new");
	assert_string_equal(entry_at(config, 0)->title, "old");
	assert_string_equal(entry_at(config, 1)->title, "rescue");
	assert_null(entry_at(config, 1)->kernel.device);
	assert_null(entry_at(config, 1)->config_device);
	entry = entry_at(config, 2);
	assert_string_equal(entry->kernel.device, "sda2");
	assert_string_equal(entry->initrds.at[0].device, "sda2");
	assert_string_equal(entry->devicetree.device, "sda2");
	assert_string_equal(entry->config_device, "sda2");
	assert_string_equal(entry->counted, "/loader/entries/new+2.conf");

	assert_int_equal(read_two("vfat", "0xea", true)->entries.n, 3);
	assert_int_equal(read_two("ext4", "0fc63daf-8483-4772-8e79-3d69d8477de4", false)->entries.n, 1);
	assert_null(read_two("ext4", NULL, false)->includes);
	/* trees have no types */
	assert_int_equal(read_two("directory", NULL, false)->entries.n, 3);
	assert_int_equal(read_two("directory", NULL, true)->entries.n, 1);
}

/* UAPI.1, "Boot counting": one less left, one more done, the id's part of the name untouched. */
static void test_counters(void **state)
{
	static const struct {
		const char *file, *becomes;
	} cases[] = {
		{ "a.conf", NULL },
		{ "a+.conf", NULL },
		{ "a+3x.conf", NULL },
		{ "a+3.conf", "/loader/entries/a+2-1.conf" },
		{ "a+1-2.conf", "/loader/entries/a+0-3.conf" },
		{ "a+0-3.conf", "/loader/entries/a+0-4.conf" },
		{ "a+0.conf", "/loader/entries/a+0-1.conf" },
		{ "b+1+2.conf", "/loader/entries/b+1+1-1.conf" },
		{ "a.b-c+10-09.conf", "/loader/entries/a.b-c+9-10.conf" },
		{ "a+1-2147483647.conf", "/loader/entries/a+0-2147483647.conf" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct memory_file files[] = {
			{ arena_print(arena, "/loader/entries/%s", cases[i].file), "linux /k\n", 9 },
			NO_MORE_FILES,
		};
		const struct entry *entry = entry_at(read_on("x86_64", files, "/loader/entries"), 0);

		if (!cases[i].becomes) {
			assert_null(entry->counted);
			assert_null(entry->counted_as);
			continue;
		}
		assert_string_equal(entry->counted, files[0].path);
		assert_string_equal(entry->counted_as, cases[i].becomes);
	}
}

static void test_timeout(void **state)
{
	(void)state;
	assert_int_equal(with_loader_conf("")->timeout_ms, 0);
	assert_int_equal(with_loader_conf("")->timeout_style, TIMEOUT_HIDDEN);
	assert_int_equal(with_loader_conf("timeout 7\n")->timeout_ms, 7000);
	assert_int_equal(with_loader_conf("timeout 7\n")->timeout_style, TIMEOUT_MENU);
	assert_int_equal(with_loader_conf("timeout menu-force\n")->timeout_ms, NO_TIMEOUT);
	assert_int_equal(with_loader_conf("timeout menu-hidden\n")->timeout_ms, 0);
	assert_int_equal(with_loader_conf("timeout menu-disabled\n")->timeout_ms, 0);
	assert_int_equal(with_loader_conf("timeout soon\n")->problems.n, 1);
}

static void test_same_titles(void **state)
{
	static const struct memory_file files[] = {
		FILE_OF("/loader/entries/a.conf", "title X\nversion 2\nlinux /k\n"),
		FILE_OF("/loader/entries/b.conf", "title X\nversion 3\nlinux /k\n"),
		FILE_OF("/loader/entries/c.conf", "title Y\nlinux /k\n"),
		FILE_OF("/loader/entries/d.conf", "title Y\nlinux /k\n"),
		FILE_OF("/loader/entries/e.conf", "linux /k\n"),
		NO_MORE_FILES,
	};
	static const char *const titles[] = { "e.conf", "Y (d.conf)", "Y (c.conf)", "X (3)", "X (2)" };
	struct config *config = read_on("x86_64", files, "/loader/entries");

	(void)state;
	for (size_t i = 0; i < 5; i++)
		assert_string_equal(entry_at(config, i)->title, titles[i]);
}

static void test_variables_of_red_hat(void **state)
{
	char env[1024] = "# GRUB Environment Block\nkernelopts=root=/dev/sda1 ro \nx=a\\\\b\n";
	const struct memory_file files[] = {
		{ "/grub2/grubenv", env, sizeof env },
		FILE_OF("/loader/entries/a.conf",
			"title a\nlinux /k\ninitrd /i $tuned_initrd\noptions $kernelopts${x} $y z\n"),
		NO_MORE_FILES,
	};
	struct config *config;

	(void)state;
	memset(env + strlen(env), '#', sizeof env - strlen(env));
	config = read_on("x86_64", files, "/loader/entries");
	assert_linux(entry_at(config, 0), "a", "/k", "/i", "root=/dev/sda1 ro a\\b z");
	config = read_on("x86_64", files + 1, "/loader/entries");
	assert_refused(entry_at(config, 0), "a", "kernelopts");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		READER_TEST(test_version_order),   READER_TEST(test_order_of_entries),
		READER_TEST(test_keys),            READER_TEST(test_default),
		READER_TEST(test_counters),        READER_TEST(test_two_partitions),
		READER_TEST(test_timeout),         READER_TEST(test_same_titles),
		READER_TEST(test_variables_of_red_hat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
