/* Bytes of a terminal become keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "menus/input.h"

/* The keys of some bytes, pauses after all of them; at most @most, the number is returned. */
static size_t decode(const char *bytes, size_t n, uint32_t *keys, size_t most)
{
	struct input input = { 0 };
	size_t found = 0;

	for (size_t i = 0; i <= n; i++) {
		uint32_t key = i < n ? input_byte(&input, (unsigned char)bytes[i])
			       : input_patience(&input) >= 0 ? input_timeout(&input)
							     : INPUT_NONE;

		if (key != INPUT_NONE && found < most)
			keys[found++] = key;
	}
	assert_int_equal(input_patience(&input), -1);
	return found;
}

static void test_one_key(void **state)
{
	static const struct {
		const char *bytes;
		uint32_t key;
	} cases[] = {
		{ "a", 'a' },
		{ "\x01", CONTROL('A') },
		{ "\r", INPUT_ENTER },
		{ "\n", INPUT_ENTER },
		{ "\r\n", INPUT_ENTER },
		{ "\b", INPUT_BACKSPACE },
		{ "\x7f", INPUT_BACKSPACE },
		{ "\033", INPUT_ESCAPE },
		{ "\033[A", INPUT_UP },
		{ "\033OA", INPUT_UP },
		{ "\033[1;2B", INPUT_DOWN },
		{ "\033[1;5C", INPUT_WORD_RIGHT },
		{ "\033[1;3D", INPUT_WORD_LEFT },
		{ "\033b", INPUT_WORD_LEFT },
		{ "\033d", INPUT_ALT | 'd' },
		{ "\033\x7f", INPUT_ALT | INPUT_BACKSPACE },
		{ "\033[H", INPUT_HOME },
		{ "\033[1~", INPUT_HOME },
		{ "\033[7~", INPUT_HOME },
		{ "\033OH", INPUT_HOME },
		{ "\033h", INPUT_HOME },
		{ "\033[4~", INPUT_END },
		{ "\033[3~", INPUT_DELETE },
		{ "\033[5~", INPUT_PAGE_UP },
		{ "\033[6~", INPUT_PAGE_DOWN },
		{ "\033OP", INPUT_F1 },
		{ "\033[11~", INPUT_F1 },
		{ "\033[[A", INPUT_F1 },
		{ "\033[21~", INPUT_F10 },
		{ "\0330", INPUT_F10 },
		{ "\033[24~", INPUT_F12 },
		{ "\033OM", INPUT_ENTER },
		{ "\033[12;40R", INPUT_REPORT },
		{ "\033[99z", INPUT_UNKNOWN },
		{ "\xc3\xbc", 0xfc },
		{ "\xe4\xb8\xad", 0x4e2d },
		{ "\xf0\x9f\x98\x80", 0x1f600 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		uint32_t keys[8] = { 0 };

		assert_int_equal(decode(cases[i].bytes, strlen(cases[i].bytes), keys, 8), 1);
		assert_int_equal(keys[0], cases[i].key);
	}
}

static void test_noise_is_no_key(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
	} cases[] = {
		{ "\0\0\0", 3 },
		{ "\xff\xff", 2 },
		{ "\x80\xbf", 2 },
		{ "\xc3", 1 },
		{ "\033[", 2 },
		{ "\033[12;", 5 },
		{ "\033O", 2 },
		{ "\033[\033", 3 },
		{ "\xed\xa0\x80", 3 },
		{ "\xc0\xaf", 2 },
		{ "\xf4\x90\x80\x80", 4 },
		{ "\033[[", 3 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		uint32_t keys[8];

		assert_int_equal(decode(cases[i].bytes, cases[i].n, keys, 8), 0);
	}
}

static void test_sequences_of_keys(void **state)
{
	uint32_t keys[8];

	(void)state;
	assert_int_equal(decode("\033\033[Ax", 5, keys, 8), 3);
	assert_int_equal(keys[0], INPUT_ESCAPE);
	assert_int_equal(keys[1], INPUT_UP);
	assert_int_equal(keys[2], 'x');
	assert_int_equal(decode("\r\r\n\n", 4, keys, 8), 3);
	assert_int_equal(decode("\xc3x", 2, keys, 8), 1);
	assert_int_equal(keys[0], 'x');
}

static void test_report(void **state)
{
	struct input input = { 0 };

	(void)state;
	for (const char *c = "\033[43;132"; *c; c++)
		assert_int_equal(input_byte(&input, (unsigned char)*c), INPUT_NONE);
	assert_true(input_patience(&input) > 100);
	assert_int_equal(input_byte(&input, 'R'), INPUT_REPORT);
	assert_int_equal(input.parameters[0], 43);
	assert_int_equal(input.parameters[1], 132);
	for (const char *c = "\033[99999999999999999999;1;2;3;4R"; *c; c++)
		input_byte(&input, (unsigned char)*c);
	assert_in_range(input.parameters[0], 1, 100000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_key),
		cmocka_unit_test(test_noise_is_no_key),
		cmocka_unit_test(test_sequences_of_keys),
		cmocka_unit_test(test_report),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
