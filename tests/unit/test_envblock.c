/* GRUB's environment block, changed in place. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/grub/envblock.h"

#define SIZE 64 /* of a small block: the signature takes 25 */

struct change {
	const char *before; /* what follows the signature, without padding */
	const char *name, *value;
	const char *after; /* NULL: @error, and nothing changes */
	int error;
};

static const struct change changes[] = {
	{ "", "a", "1", "a=1\n", 0 },
	{ "a=1\n", "a", "2", "a=2\n", 0 },
	{ "a=1\n", "a", "", "a=\n", 0 },
	{ "a=1\n", "a", NULL, "", 0 },
	{ "a=1\n", "b", NULL, "a=1\n", 0 },
	{ "a=1\nb=2\n", "a", "long value", "a=long value\nb=2\n", 0 },
	{ "a=long value\nb=2\n", "a", "1", "a=1\nb=2\n", 0 },
	{ "ab=1\na=2\n", "a", "3", "ab=1\na=3\n", 0 },
	{ "# note\na=1\n", "a", "2", "# note\na=2\n", 0 },
	{ "a=x\\\ny\nb=1\n", "b", "2", "a=x\\\ny\nb=2\n", 0 },
	{ "a=x\\\nb=1\n", "b", "2", "a=x\\\nb=1\nb=2\n", 0 },
	{ "", "a", "back\\slash\n", "a=back\\\\slash\\\n\n", 0 },
	{ "a=1\na=2\n", "a", "3", "a=3\n", 0 },
	{ "", "a", "1234567890123456789012345678901234567", NULL, -ENOSPC },
	{ "", "a", "123456789012345678901234567890123456", "a=123456789012345678901234567890123456\n", 0 },
	{ "a=unfinished", "a", "1", NULL, -EINVAL },
	{ "a=unfinished\\", "b", "1", NULL, -EINVAL },
};

static void fill(char *block, const char *text)
{
	char line[SIZE + 1];

	memset(block, '#', SIZE);
	snprintf(line, sizeof line, "%s%s", ENVBLOCK_SIGNATURE, text);
	memcpy(block, line, strlen(line));
}

static void test_changes(void **state)
{
	struct arena *arena = arena_new(1 << 20);

	(void)state;
	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
		const struct change *change = &changes[i];
		char *block = malloc(SIZE), expected[SIZE]; /* so that ASan sees its end */

		fill(block, change->before);
		fill(expected, change->after ? change->after : change->before);
		assert_int_equal(envblock_set(arena, block, SIZE, change->name, change->value),
				 change->error);
		assert_memory_equal(block, expected, SIZE);
		free(block);
	}
	arena_free(arena);
}

static void test_what_is_no_block(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	char text[] = "timeout=5\n", signature[] = ENVBLOCK_SIGNATURE;
	size_t n = sizeof signature - 1;

	(void)state;
	assert_int_equal(envblock_set(arena, text, sizeof text - 1, "a", "1"), -EINVAL);
	assert_int_equal(envblock_set(arena, text, 0, "a", "1"), -EINVAL);
	assert_int_equal(envblock_set(arena, signature, n - 1, "a", "1"), -EINVAL);
	assert_int_equal(envblock_set(arena, signature, n, "a", "1"), -ENOSPC);
	assert_int_equal(envblock_set(arena, signature, n, "a", NULL), 0);
	assert_string_equal(signature, ENVBLOCK_SIGNATURE);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_what_is_no_block),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
