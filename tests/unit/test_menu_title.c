/* Untrusted text: what is shown of it, how wide that is, where it is broken into rows. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "menus/title.h"

static const char *show(const char *text, bool unicode)
{
	static char shown[1024];
	struct title title = TITLE(text, unicode);
	struct glyph glyph;
	size_t n = 0;

	while (title_next(&title, &glyph)) {
		n += wcstombs(shown + n, glyph.text, sizeof shown - n);
		assert_in_range(n, 0, sizeof shown - 16);
	}
	shown[n] = '\0';
	return shown;
}

static void test_shown(void **state)
{
	static const struct {
		const char *text, *unicode, *ascii;
		int width;
	} cases[] = {
		{ "", "", "", 0 },
		{ "Debian 12", "Debian 12", "Debian 12", 9 },
		{ "\033[2J", "^[[2J", "^[[2J", 5 },
		{ "a\tb\nc\177", "a^Ib^Jc^?", "a^Ib^Jc^?", 9 },
		{ "\xff", "\\xff", "\\xff", 4 },
		{ "\xc0\xaf", "\\xc0\\xaf", "\\xc0\\xaf", 8 },                /* overlong */
		{ "\xed\xa0\x80", "\\xed\\xa0\\x80", "\\xed\\xa0\\x80", 12 }, /* surrogate */
		{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80", "\\xf4\\x90\\x80\\x80", 16 },
		{ "\xe4\xb8", "\\xe4\\xb8", "\\xe4\\xb8", 8 }, /* cut */
		{ "\xc2\x9b"
		  "1m",
		  "\\u009b1m", "\\u009b1m", 8 }, /* C1 CSI */
		{ "\u202egnp", "\\u202egnp", "\\u202egnp", 9 },
		{ "\u200b\ufeff", "\\u200b\\ufeff", "\\u200b\\ufeff", 12 },
		{ "ü中", "ü中", "??", 3 },
		{ "e\u0301", "e\u0301", "e\\u0301", 1 },
		{ "\u0301", "\\u0301", "\\u0301", 6 },
		{ "e\u0301\u0301\u0301", "e\u0301\u0301\\u0301", "e\\u0301\\u0301\\u0301", 7 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_string_equal(show(cases[i].text, true), cases[i].unicode);
		assert_string_equal(show(cases[i].text, false), cases[i].ascii);
		assert_int_equal(title_width(cases[i].text, NULL, true), cases[i].width);
	}
	assert_int_equal(title_width("abc", &"abc"[0], true), 0);
}

/* Whatever the bytes are, nothing but printable characters comes out, and all of them are taken. */
static void test_any_bytes(void **state)
{
	char text[5] = "";

	(void)state;
	for (uint32_t i = 0; i < 200000; i++) {
		struct title title = TITLE(text, true);
		struct glyph glyph;
		uint32_t bytes = i * 2654435761u;

		memcpy(text, &bytes, 4);
		while (title_next(&title, &glyph)) {
			assert_true(glyph.columns >= 0 && glyph.columns < GLYPH_MAX);
			for (const wchar_t *c = glyph.text; *c; c++)
				assert_true(wcwidth(*c) >= 0);
		}
		assert_int_equal(title.at - text, strlen(text));
	}
}

static void test_wrap(void **state)
{
	const char *text = "one two threefour 中中中";

	(void)state;
	assert_int_equal(title_wrap(text, true, 8), 8); /* "one two ", the blank hangs over */
	assert_int_equal(title_wrap(text, true, 7), 8);
	assert_int_equal(title_wrap(text, true, 6), 4);
	assert_int_equal(title_wrap(text + 8, true, 5), 5);  /* no blank: anywhere */
	assert_int_equal(title_wrap(text + 18, true, 5), 6); /* two of two columns each */
	assert_int_equal(title_wrap(text + 18, true, 1), 3); /* at least one */
	assert_int_equal(title_wrap("", true, 5), 0);
	assert_int_equal(title_wrap("abc", true, 80), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shown),
		cmocka_unit_test(test_any_bytes),
		cmocka_unit_test(test_wrap),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
