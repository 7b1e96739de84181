/* Settings in a kernel command line. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

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
	assert_non_null(strstr(text_end(&complaints), "expected baton.trace: ignored"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_said),	 cmocka_unit_test(test_consoles),
		cmocka_unit_test(test_hostile_consoles), cmocka_unit_test(test_timeout),
		cmocka_unit_test(test_quotes_and_unknown_words), cmocka_unit_test(test_ignored_words),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
