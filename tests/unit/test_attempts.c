/* How often entries were started, as a text that is kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "model/attempts.h"

static struct arena *arena;

static const char *started(const char *text, const char *id)
{
	struct text to = TEXT(arena);

	attempts_started(text, id, &to);
	return text_end(&to);
}

static const char *confirmed(const char *text, const char *id)
{
	struct text to = TEXT(arena);

	attempts_confirmed(text, id, &to);
	return text_end(&to);
}

static void test_counting(void **state)
{
	(void)state;
	assert_string_equal(started("", "a"), "a 1\n");
	assert_string_equal(started("a 1\nb 2\n", "a"), "b 2\na 2\n");
	assert_string_equal(started("a 1000\n", "a"), "a 1000\n");
	assert_int_equal(attempts_count("b 2\na 2\n", "a"), 2);
	assert_int_equal(attempts_count("ab 2\n", "a"), 0);
	assert_int_equal(attempts_count("", "a"), 0);
}

static void test_confirmation(void **state)
{
	(void)state;
	assert_string_equal(confirmed("a 1\nb 2\n", NULL), "a 1\n");
	assert_string_equal(confirmed("a 1\nb 2\n", "a"), "b 2\n");
	assert_string_equal(confirmed("a 1\nb 2\n", "c"), "a 1\nb 2\n");
	assert_string_equal(confirmed("", NULL), "");
}

/* What is damaged stops nothing from booting. */
static void test_damage(void **state)
{
	static const char *const texts[] = { "a", "a ", "a x\n", "a 1", "a 99999999999999999999\n",
					     "\n\n", " \n", "a -1\n", "a 1 2\n" };

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		assert_int_equal(attempts_count(texts[i], "a"), 0);
		assert_int_equal(attempts_count(started(texts[i], "a"), "a"), 1);
		confirmed(texts[i], NULL);
	}
}

/* It does not grow for ever: the oldest go. */
static void test_many(void **state)
{
	const char *text = "";

	(void)state;
	for (int i = 0; i < 100; i++) {
		char id[16];

		snprintf(id, sizeof id, "e%d", i);
		text = started(text, id);
	}
	assert_true(strlen(text) < 300);
	assert_int_equal(attempts_count(text, "e99"), 1);
	assert_int_equal(attempts_count(text, "e0"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counting),
		cmocka_unit_test(test_confirmation),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_many),
	};

	arena = arena_new(1 << 20);
	return !arena || cmocka_run_group_tests(tests, NULL, NULL);
}
