/* Containers: what lz4(1) and gzip(1) pack comes out again, and no damage goes unseen. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kexec/bootparams.h"
#include "kexec/unlz4.h"
#include "kexec/unpack.h"

#define PLAIN ((size_t)9 << 20) /* more than a block of any kind */

/* Text with repetitions near and far, and some noise. */
static uint8_t *make_plain(void)
{
	uint8_t *plain = malloc(PLAIN);
	uint32_t noise = 1;

	for (size_t i = 0; i < PLAIN; i++) {
		noise = noise * 1664525 + 1013904223;
		plain[i] = noise >> 29 || i < 40000 ? (uint8_t)(i / 7) : (uint8_t)(noise >> 16);
	}
	return plain;
}

static uint8_t *pack(const uint8_t *plain, size_t size, const char *command, size_t *packed_size)
{
	char name[] = "/tmp/test-unpack-XXXXXX", line[128];
	uint8_t *packed = malloc(size + 1000);
	FILE *file = fdopen(mkstemp(name), "wb");

	assert_int_equal(fwrite(plain, 1, size, file), size);
	fclose(file);
	snprintf(line, sizeof line, "%s <%s", command, name);
	file = popen(line, "r");
	*packed_size = fread(packed, 1, size + 1000, file);
	pclose(file);
	remove(name);
	assert_true(*packed_size > 0);
	return packed;
}

static void what_lz4_packs_is_unpacked(void **state)
{
	static const char *const commands[] = { "lz4 -c", "lz4 -l -9 -c", "lz4 -B4 -BD -c",
						"lz4 -B5 -BX --content-size -c",
						"lz4 --no-frame-crc -c" };
	uint8_t *plain = make_plain();

	(void)state;
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		size_t size, room, n;
		uint8_t *packed = pack(plain, PLAIN, commands[i], &size), *out;

		assert_true(unlz4_claims(packed, size));
		n = room = unlz4_size(packed, size);
		assert_true(room >= PLAIN);
		out = malloc(room);
		assert_int_equal(unlz4(packed, size, out, &n), 0);
		assert_int_equal(n, PLAIN);
		assert_memory_equal(out, plain, PLAIN);
		n = PLAIN - 1; /* no room for the last byte */
		assert_int_equal(unlz4(packed, size, out, &n), -EBADMSG);
		free(out);
		free(packed);
	}
	free(plain);
}

static void no_damage_goes_unseen(void **state)
{
	uint8_t *plain = make_plain(), *out = malloc(PLAIN), *packed;
	size_t size, n;

	(void)state;
	packed = pack(plain, 5000, "lz4 -BX -c", &size);
	for (size_t i = 0; i < size; i++) {
		packed[i] ^= 0x10;
		n = PLAIN;
		if (i >= 4 || unlz4_claims(packed, size))
			assert_int_equal(unlz4(packed, size, out, &n), -EBADMSG);
		packed[i] ^= 0x10;
	}
	for (size_t cut = 9; cut < size; cut++) {
		uint8_t *part = malloc(cut);

		memcpy(part, packed, cut);
		n = PLAIN;
		assert_int_equal(unlz4(part, cut, out, &n), -EBADMSG);
		free(part);
	}
	n = PLAIN;
	assert_int_equal(unlz4(packed, size, out, &n), 0);
	free(packed);
	free(plain);
	free(out);
}

/* The image of a file with these bytes, mapped as the loader would have it. */
static struct image image_of(const uint8_t *bytes, size_t size)
{
	uint8_t *copy =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	memcpy(copy, bytes, size);
	return (struct image){ "kernel", copy, size };
}

static void an_image_is_replaced_by_what_is_in_it(void **state)
{
	static const char *const commands[] = { "gzip -c", "lz4 -l -c", "cat" };
	struct arena *arena = arena_new(1 << 20);
	uint8_t *plain = make_plain();
	const char *why = NULL;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		size_t size;
		uint8_t *packed = pack(plain, 100000, commands[i], &size);
		struct image image = image_of(packed, size);

		assert_int_equal(unpack_image(arena, &image, &why), 0);
		assert_int_equal(image.size, 100000);
		assert_memory_equal(image.bytes, plain, 100000);
		image_unmap(&image);
		free(packed);
	}
	free(plain);
	arena_free(arena);
}

static int unpack_zboot(struct arena *arena, const uint8_t *packed, uint32_t size, uint32_t claimed,
			struct image *image, const char **why)
{
	uint8_t *zboot = calloc(1, 512 + size);
	int error;

	memcpy(zboot, "MZ\0\0zimg", 8);
	put32(zboot + 8, 512);
	put32(zboot + 12, claimed);
	memcpy(zboot + 512, packed, size);
	*image = image_of(zboot, 512 + size);
	free(zboot);
	error = unpack_image(arena, image, why);
	if (error)
		image_unmap(image);
	return error;
}

static void efis_compressed_images_are_unpacked(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	uint8_t *plain = make_plain(), *packed;
	struct image image;
	const char *why;
	size_t size;

	(void)state;
	packed = pack(plain, 100000, "gzip -9 -n -c", &size);
	assert_int_equal(unpack_zboot(arena, packed, (uint32_t)size, (uint32_t)size, &image, &why),
			 0);
	assert_int_equal(image.size, 100000);
	assert_memory_equal(image.bytes, plain, 100000);
	image_unmap(&image);
	assert_int_equal(unpack_zboot(arena, packed, (uint32_t)size, (uint32_t)size + 1, &image,
				      &why),
			 -EBADMSG);
	assert_non_null(strstr(why, "truncated"));
	packed[0] = 0;
	assert_int_equal(unpack_zboot(arena, packed, (uint32_t)size, (uint32_t)size, &image, &why),
			 -ENOEXEC);
	assert_non_null(strstr(why, "not in gzip or LZ4"));
	free(packed);
	free(plain);
	arena_free(arena);
}

/* A file that claims to hold terabytes takes none of them. */
static void bombs_are_refused(void **state)
{
	static const uint8_t bomb[20] = { 0x1f, 0x8b, 8, [16] = 0xff, 0xff, 0xff, 0xff };
	struct image image = image_of(bomb, sizeof bomb);
	struct arena *arena = arena_new(1 << 20);
	const char *why;

	(void)state;
	assert_int_equal(unpack_image(arena, &image, &why), -EBADMSG);
	image_unmap(&image);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_lz4_packs_is_unpacked),
		cmocka_unit_test(no_damage_goes_unseen),
		cmocka_unit_test(an_image_is_replaced_by_what_is_in_it),
		cmocka_unit_test(efis_compressed_images_are_unpacked),
		cmocka_unit_test(bombs_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
