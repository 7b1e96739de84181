/* The line editor, without a screen. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "menus/edit.h"
#include "menus/input.h"

#define END_OF_KEYS 0

static void test_keys(void **state)
{
	static const struct {
		const char *before;
		uint32_t keys[12];
		const char *after;
	} cases[] = {
		{ "ro quiet", { 'x' }, "ro quietx" },
		{ "ro quiet", { CONTROL('A'), 'x' }, "xro quiet" },
		{ "ro quiet", { INPUT_BACKSPACE, INPUT_BACKSPACE }, "ro qui" },
		{ "ro quiet", { INPUT_HOME, INPUT_DELETE }, "o quiet" },
		{ "ro quiet", { INPUT_HOME, INPUT_BACKSPACE }, "ro quiet" },
		{ "ro quiet", { INPUT_END, INPUT_DELETE, INPUT_RIGHT }, "ro quiet" },
		{ "ro quiet", { CONTROL('W') }, "ro " },
		{ "ro quiet", { CONTROL('W'), CONTROL('W'), CONTROL('W') }, "" },
		{ "ro quiet", { INPUT_WORD_LEFT, CONTROL('K') }, "ro " },
		{ "ro quiet", { INPUT_WORD_LEFT, CONTROL('U') }, "quiet" },
		{ "ro quiet", { INPUT_HOME, INPUT_ALT | 'd' }, " quiet" },
		{ "ro quiet", { CONTROL('W'), INPUT_HOME, CONTROL('Y'), ' ' }, "quiet ro " },
		{ "ro quiet", { CONTROL('W'), CONTROL('Z') }, "ro quiet" },
		{ "ro quiet", { 'a', 'b', CONTROL('Z') }, "ro quiet" },
		{ "ro quiet", { 'a', INPUT_LEFT, 'b', CONTROL('Z') }, "ro quieta" },
		{ "ro quiet", { CONTROL('Z') }, "ro quiet" },
		{ "ro quiet", { CONTROL('U'), 'x', CONTROL('R') }, "ro quiet" },
		{ "ro quiet", { CONTROL('U'), 'x', CONTROL('R'), CONTROL('Z') }, "x" },
		{ "ro",
		  { 0xfc, 0x4e2d, 0x1f600, INPUT_LEFT, INPUT_LEFT, INPUT_BACKSPACE },
		  "ro中😀" },
		{ "e\u0301x", { INPUT_LEFT, INPUT_BACKSPACE }, "x" },
		{ "a\xff\xfe"
		  "b",
		  { INPUT_LEFT, INPUT_BACKSPACE },
		  "a\xff"
		  "b" },
		{ "",
		  { INPUT_BACKSPACE, INPUT_DELETE, CONTROL('K'), CONTROL('U'), CONTROL('W'),
		    INPUT_UP },
		  "" },
		{ "aaaabbbbcccc", { INPUT_UP, 'x' }, "aaaabbbbxcccc" },
		{ "aaaabbbbcccc", { INPUT_HOME, INPUT_DOWN, 'x' }, "aaaaxbbbbcccc" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct arena *arena = arena_new(1 << 20);
		struct edit edit;

		edit_open(&edit, arena, cases[i].before, NULL);
		for (const uint32_t *key = cases[i].keys; *key != END_OF_KEYS; key++)
			assert_true(edit_key(&edit, *key, 4));
		assert_string_equal(edit_text(&edit), cases[i].after);
		assert_in_range(edit.at, 0, edit.text.n);
		arena_free(arena);
	}
}

static void test_other_keys_mean_nothing(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	struct edit edit;

	(void)state;
	edit_open(&edit, arena, "ro", NULL);
	assert_false(edit_key(&edit, INPUT_F1, 80));
	assert_false(edit_key(&edit, CONTROL('G'), 80));
	assert_false(edit_key(&edit, INPUT_ALT | 'q', 80));
	assert_string_equal(edit_text(&edit), "ro");
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_other_keys_mean_nothing),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
