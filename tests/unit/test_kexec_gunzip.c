/* gzip files as gzip(1) makes them, and damaged ones. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/gunzip.h"

#define PLAIN 200000

/* Text that repeats, near and far, with noise in it, so that all kinds of blocks appear. */
static void make_plain(uint8_t *plain, unsigned kind)
{
	uint32_t noise = 1;

	for (size_t i = 0; i < PLAIN; i++) {
		noise = noise * 1103515245 + 12345;
		plain[i] = kind == 0 ? (uint8_t)(noise >> 16) : (uint8_t)("baton "[i % 6]);
		if (kind == 2 && i > 40000 && noise >> 30)
			plain[i] = plain[i - 30000 - (noise >> 20) % 1000];
		else if (kind == 2)
			plain[i] = (uint8_t)(noise >> 24);
	}
}

/* What gzip(1) makes of it at a level; the caller frees it. */
static uint8_t *pack(const uint8_t *plain, size_t size, const char *level, size_t *packed_size)
{
	char name[] = "/tmp/test-gunzip-XXXXXX", command[128];
	uint8_t *packed = malloc(size + 1000);
	FILE *file = fdopen(mkstemp(name), "wb");

	assert_int_equal(fwrite(plain, 1, size, file), size);
	fclose(file);
	snprintf(command, sizeof command, "gzip %s -c %s", level, name);
	file = popen(command, "r");
	*packed_size = fread(packed, 1, size + 1000, file);
	pclose(file);
	remove(name);
	return packed;
}

static void what_gzip_packs_is_unpacked(void **state)
{
	static const char *const levels[] = { "-1", "-6", "-9 -n" };
	uint8_t *plain = malloc(PLAIN), *out = malloc(PLAIN);

	(void)state;
	for (unsigned i = 0; i < 9; i++) {
		size_t size, plain_size = i % 3 == 1 ? 100 : PLAIN;
		uint8_t *packed;

		make_plain(plain, i / 3);
		packed = pack(plain, plain_size, levels[i % 3], &size);
		assert_true(gunzip_claims(packed, size));
		assert_int_equal(gunzip_size(packed, size), plain_size);
		assert_int_equal(gunzip(packed, size, out), 0);
		assert_memory_equal(out, plain, plain_size);
		free(packed);
	}
	free(plain);
	free(out);
}

static void no_damage_goes_unseen(void **state)
{
	uint8_t *plain = malloc(PLAIN), *out = malloc(PLAIN), *packed;
	size_t size, seen = 0;

	(void)state;
	make_plain(plain, 2);
	packed = pack(plain, 3000, "-n", &size);
	for (size_t i = 10; i < size - 4; i++) { /* the last four say how long it is */
		packed[i] ^= 0x10;
		/* Some bits mean nothing, such as the length of a code that never comes. */
		if (gunzip(packed, size, out) == 0)
			assert_memory_equal(out, plain, 3000);
		else
			seen++;
		packed[i] ^= 0x10;
	}
	for (size_t cut = 19; cut < size; cut++) {
		uint8_t *part = malloc(cut);

		memcpy(part, packed, cut);
		memcpy(part + cut - 4, packed + size - 4, 4);
		assert_int_equal(gunzip(part, cut, out), -EBADMSG);
		free(part);
	}
	assert_true(seen > size * 9 / 10);
	assert_int_equal(gunzip(packed, size, out), 0);
	free(packed);
	free(plain);
	free(out);
}

static void other_files_are_not_claimed(void **state)
{
	static const uint8_t zeros[64];

	(void)state;
	assert_false(gunzip_claims(zeros, sizeof zeros));
	assert_false(gunzip_claims((const uint8_t *)"\x1f\x8b\x08", 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_gzip_packs_is_unpacked),
		cmocka_unit_test(no_damage_goes_unseen),
		cmocka_unit_test(other_files_are_not_claimed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
