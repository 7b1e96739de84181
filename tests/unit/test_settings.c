/* Settings in a kernel command line. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <glob.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "model/settings.h"

static struct arena *arena;
static struct text complaints;

static void complain(void *context, const char *text)
{
	(void)context;
	text_string(&complaints, text);
	text_char(&complaints, '\n');
}

static struct settings parse(const char *cmdline)
{
	struct settings settings = { 0 };

	complaints = (struct text)TEXT(arena);
	settings_init(&settings);
	settings_parse(arena, &settings, cmdline, complain, NULL);
	return settings;
}

static int setup(void **state)
{
	(void)state;
	arena = arena_new(1 << 20);
	return arena ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static void test_nothing_said(void **state)
{
	struct settings settings = parse("root=/dev/sda1 quiet");

	(void)state;
	assert_int_equal(settings.timeout_ms, TIMEOUT_OF_CONFIG);
	assert_int_equal(settings.consoles.n, 0);
	assert_null(settings.boot);
	assert_false(settings.trace);
	assert_string_equal(text_end(&complaints), "");
}

static void test_consoles(void **state)
{
	struct settings settings = parse("console=ttyS0,115200n8 console=tty0 "
					 "baton.console=ttyS1:vt100 baton.console=ttyS0:xterm "
					 "console=netcon0");

	(void)state;
	assert_int_equal(settings.consoles.n, 3);
	assert_string_equal(settings.consoles.at[0], "ttyS0:xterm");
	assert_string_equal(settings.consoles.at[1], "tty1");
	assert_string_equal(settings.consoles.at[2], "ttyS1:vt100");
	assert_string_equal(text_end(&complaints), "");
}

static void test_hostile_consoles(void **state)
{
	struct settings settings = parse("baton.console=../mem baton.console= baton.console=a/b "
					 "baton.console=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");

	(void)state;
	assert_int_equal(settings.consoles.n, 0);
	assert_non_null(strstr(text_end(&complaints), "baton.console=../mem"));
}

static void test_timeout(void **state)
{
	(void)state;
	assert_int_equal(parse("baton.timeout=3").timeout_ms, 3000);
	assert_int_equal(parse("baton.timeout=0").timeout_ms, 0);
	assert_int_equal(parse("baton.timeout=-1").timeout_ms, -1);
	assert_int_equal(parse("baton.timeout=soon").timeout_ms, TIMEOUT_OF_CONFIG);
	assert_non_null(strstr(text_end(&complaints), "expected baton.timeout=SECONDS"));
	assert_int_equal(parse("baton.timeout=99999999999999999999").timeout_ms, TIMEOUT_OF_CONFIG);
	assert_int_equal(parse("baton.timeout").timeout_ms, TIMEOUT_OF_CONFIG);
}

static void test_quotes_and_unknown_words(void **state)
{
	struct settings settings = parse("baton.boot=\"Debian GNU/Linux\" baton.trace baton.color=1");

	(void)state;
	assert_string_equal(settings.boot, "Debian GNU/Linux");
	assert_true(settings.trace);
	assert_non_null(strstr(text_end(&complaints), "baton.color on the kernel command line"));
}

/* What is ignored has no effect: an empty name would be any entry's without a title. */
static void test_ignored_words(void **state)
{
	struct settings settings = parse("baton.boot= baton.trace=0");

	(void)state;
	assert_null(settings.boot);
	assert_false(settings.trace);
	assert_non_null(strstr(text_end(&complaints), "expected baton.boot=ENTRY"));
	assert_non_null(strstr(text_end(&complaints), "expected baton.trace=no|yes: ignored"));
}

static struct settings read_store(const char *text)
{
	struct settings settings;

	complaints = (struct text)TEXT(arena);
	settings_init(&settings);
	settings_read(arena, &settings, SETTINGS_STORE, text, strlen(text), "baton.conf", complain, NULL);
	return settings;
}

static void test_store(void **state)
{
	struct settings settings = read_store("# for this machine\n"
					      "timeout=3\r\n"
					      "\n"
					      "  default=Debian GNU/Linux\n"
					      "at-end=reboot\n"
					      "watchdog-keep=120\n"
					      "wait=3");

	(void)state;
	assert_string_equal(text_end(&complaints), "");
	assert_int_equal(settings.timeout_ms, 3000);
	assert_string_equal(settings.standard, "Debian GNU/Linux");
	assert_int_equal(settings.at_end, AT_END_REBOOT);
	assert_int_equal(settings.watchdog_keep_ms, 120000);
	assert_int_equal(settings.wait_ms, 3000);
	assert_int_equal(settings.source[settings_find("wait") - settings_table], SETTINGS_STORE);
	assert_int_equal(settings.source[settings_find("trace") - settings_table], SETTINGS_BUILT_IN);
	/* and the command line over it */
	settings_parse(arena, &settings, "baton.timeout=9 baton.default=x", complain, NULL);
	assert_int_equal(settings.timeout_ms, 9000);
	assert_string_equal(settings.standard, "x");
	assert_int_equal(settings.wait_ms, 3000);
	assert_int_equal(settings.source[settings_find("default") - settings_table], SETTINGS_CMDLINE);
}

/* What is wrong costs its own line. */
static void test_damaged_store(void **state)
{
	static const char noise[] = "timeout=3\n\0wait=3\n";
	struct settings settings = read_store("timeout=soon\nfrob=1\nboot=a\n=\nwait\nwait=3601\n"
					      "at-end=rebo\ndevices=\ndevices=,\ndevices=label=\n"
					      "devices=a/b\ndevices=x=y\nconsole=../x\nwait=5\n");
	unsigned lines = 0;

	(void)state;
	for (const char *at = text_end(&complaints); *at; at++)
		lines += *at == '\n';
	assert_int_equal(lines, 13);
	assert_non_null(strstr(complaints.at, "baton.conf:1: \"timeout=soon\" is to be timeout=SECONDS"));
	assert_non_null(strstr(complaints.at, "baton.conf:3: \"boot=a\" is for the board and the command"));
	assert_int_equal(settings.timeout_ms, TIMEOUT_OF_CONFIG);
	assert_int_equal(settings.wait_ms, 5000);
	assert_null(settings.boot);
	assert_int_equal(settings.devices.n, 0);

	complaints = (struct text)TEXT(arena);
	settings_read(arena, &settings, SETTINGS_STORE, noise, sizeof noise - 1, "s", complain, NULL);
	assert_int_equal(settings.wait_ms, 5000);
	assert_non_null(strstr(text_end(&complaints), "damaged"));
}

/* What is told to a store is in it afterwards, and nothing else is touched. */
static void test_edit(void **state)
{
	static const char old[] = "# mine\n  timeout=3\nfrobnicate=1\ntimeout=4\nwait=5";
	struct text text = TEXT(arena), none = TEXT(arena), refused = TEXT(arena);

	(void)state;
	assert_null(settings_edit(arena, old, sizeof old - 1, "timeout", "9", &text));
	assert_string_equal(text_end(&text), "# mine\nfrobnicate=1\nwait=5\ntimeout=9\n");
	text_cut(&text, 0);
	assert_null(settings_edit(arena, old, sizeof old - 1, "timeout", NULL, &text));
	assert_string_equal(text_end(&text), "# mine\nfrobnicate=1\nwait=5\n");
	assert_null(settings_edit(arena, old, sizeof old - 1, NULL, NULL, &none));
	assert_int_equal(none.n, 0);
	/* what was damaged is begun anew */
	assert_null(settings_edit(arena, "a\0b", 3, "default", "x", &none));
	assert_string_equal(text_end(&none), "default=x\n");
	assert_string_equal(settings_edit(arena, "", 0, "timeout", "soon", &refused),
			    "it is to be timeout=SECONDS");
	assert_string_equal(settings_edit(arena, "", 0, "default", "a\nlock=nothing", &refused),
			    "it is to be default=ENTRY");
	assert_string_equal(settings_edit(arena, "", 0, "boot", "x", &refused),
			    "it is for the board and the command line only");
	assert_string_equal(settings_edit(arena, "", 0, "frobnicate", "x", &refused),
			    "there is no such setting");
}

/* Who can write to a disk can't unlock the console; the board may say what it likes. */
static void test_lock_of_a_store(void **state)
{
	static const char text[] = "lock=shell\nstore=any\n";
	struct settings settings;

	(void)state;
	for (int board = 0; board < 3; board++) {
		complaints = (struct text)TEXT(arena);
		settings_init(&settings);
		settings.lock = board == 0 ? LOCK_NOTHING : LOCK_EDIT;
		settings_read(arena, &settings, board == 2 ? SETTINGS_BOARD : SETTINGS_STORE, text,
			      sizeof text - 1, "s", complain, NULL);
		assert_int_equal(settings.lock, board == 1 ? LOCK_EDIT : LOCK_SHELL);
		assert_int_equal(settings.store, board == 2 ? STORE_ANY : STORE_BUILT_IN);
		assert_int_equal(!!strstr(text_end(&complaints), "would loosen the lock"), board == 1);
		assert_int_equal(!!strstr(text_end(&complaints), "store=any"), board != 2);
	}
}

/* What is shown can be set, and gives the same again. */
static void test_show(void **state)
{
	static const char *const values[] = {
		"boot=a b",	"default=x",	"devices=sdb,usb,label=a b,uuid=1-2,path=ata1,partuuid=3",
		"timeout=-1",	"timeout=0",	"timeout=7",
		"wait=9",	"at-end=poweroff", "attempts=3", "watchdog=0", "watchdog-keep=120",
		"efi-variables=no", "console=ttyS0:vt100", "trace=yes",
	};

	(void)state;
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		struct settings settings;
		struct text text = TEXT(arena);
		size_t n = strcspn(values[i], "=");
		const struct setting *row = settings_find(arena_copy(arena, values[i], n));

		settings_init(&settings);
		assert_non_null(row);
		assert_int_equal(settings_set(arena, &settings, SETTINGS_STORE, row->name,
					      values[i] + n + 1), 0);
		settings_show(&text, &settings, row);
		assert_string_equal(text_end(&text), values[i] + n + 1);
	}
}

/* What a board builds in is all meant. */
static void test_boards(void **state)
{
	glob_t files;

	(void)state;
	assert_int_equal(glob("board/*/settings", 0, NULL, &files), 0);
	for (size_t i = 0; i < files.gl_pathc; i++) {
		FILE *file = fopen(files.gl_pathv[i], "r");
		struct settings settings;
		char text[4096];
		size_t n;

		assert_non_null(file);
		n = fread(text, 1, sizeof text, file);
		fclose(file);
		complaints = (struct text)TEXT(arena);
		settings_init(&settings);
		settings_read(arena, &settings, SETTINGS_BOARD, text, n, files.gl_pathv[i], complain, NULL);
		assert_string_equal(text_end(&complaints), "");
	}
	globfree(&files);
}

/* The man page's table is the table in the code, word for word. */
static void test_man_page(void **state)
{
	struct text expected = TEXT(arena);
	FILE *file = fopen("docs/baton.8", "r");
	char *page = arena_alloc(arena, 100000);
	size_t n;

	(void)state;
	assert_non_null(file);
	n = fread(page, 1, 99999, file);
	fclose(file);
	page[n] = '\0';
	for (size_t i = 0; i < SETTINGS_COUNT; i++)
		text_print(&expected, ".It Cm baton.%s Ns = Ns Ar %s\n%s\nBuilt in: %s.%s\n",
			   settings_table[i].name, settings_table[i].form, settings_table[i].text,
			   settings_table[i].usual,
			   settings_table[i].firm ? " For the board and the command line only." : "");
	if (!strstr(page, expected.at))
		fail_msg("docs/baton.8 is to contain\n%s", expected.at);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_said),	 cmocka_unit_test(test_consoles),
		cmocka_unit_test(test_hostile_consoles), cmocka_unit_test(test_timeout),
		cmocka_unit_test(test_quotes_and_unknown_words), cmocka_unit_test(test_ignored_words),
		cmocka_unit_test(test_store),		 cmocka_unit_test(test_damaged_store),
		cmocka_unit_test(test_edit),		 cmocka_unit_test(test_lock_of_a_store),
		cmocka_unit_test(test_boards),		 cmocka_unit_test(test_show),		 cmocka_unit_test(test_man_page),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
