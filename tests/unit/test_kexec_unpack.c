/* Containers: what lz4(1), xz(1), zstd(1) and gzip(1) pack comes out again, and no damage goes
 * unseen. */
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

#include "base/unxz.h"
#include "kexec/bootparams.h"
#include "kexec/unlz4.h"
#include "kexec/unpack.h"
#include "kexec/unzstd.h"

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

static const struct packing {
	bool (*claims)(const uint8_t *bytes, size_t size);
	int (*unpack)(const uint8_t *bytes, size_t size, uint8_t *out, size_t *room);
	const char *checked, *commands[7]; /* checked: every bit is, by some checksum */
} packings[] = {
	{ unlz4_claims,
	  unlz4,
	  "lz4 -BX -c",
	  { "lz4 -c", "lz4 -l -9 -c", "lz4 -B4 -BD -c", "lz4 -B5 -BX --content-size -c",
	    "lz4 --no-frame-crc -c" } },
	{ unxz_claims,
	  unxz,
	  "xz -c",
	  { "xz -1 -c", "xz -1 -C crc32 -c", "xz -1 -C none -c", "xz -1 --block-size=1000000 -c",
	    "xz --x86 --lzma2=preset=1,lc=1,lp=2,pb=0 -c" } },
	{ unzstd_claims,
	  unzstd,
	  "zstd -q -c",
	  { "zstd -q -c", "zstd -q --fast=9 -c", "zstd -q -12 -c", "zstd -q --ultra -22 -c",
	    "zstd -q --no-check -c", "zstd -q -7 --long --stream-size=9437184 -c",
	    "sh -c 'head -c 5000000 | zstd -q; zstd -q'" } },
};

#define PACKINGS (sizeof packings / sizeof *packings)

static void unpacks(const struct packing *packing, const char *command, const uint8_t *plain,
		    size_t plain_size)
{
	size_t size, n = plain_size;
	uint8_t *packed = pack(plain, plain_size, command, &size), *out = malloc(plain_size);

	assert_true(packing->claims(packed, size));
	if (packing->unpack == unlz4)
		assert_true(unlz4_size(packed, size) >= plain_size);
	assert_int_equal(packing->unpack(packed, size, out, &n), 0);
	assert_int_equal(n, plain_size);
	assert_memory_equal(out, plain, plain_size);
	n = plain_size - 1; /* no room for the last byte */
	assert_int_equal(packing->unpack(packed, size, out, &n), -EBADMSG);
	free(out);
	free(packed);
}

static void what_is_packed_is_unpacked(void **state)
{
	uint8_t *plain = make_plain(), *zeros = calloc(1, PLAIN);

	(void)state;
	for (size_t i = 0; i < PACKINGS; i++)
		for (size_t j = 0; j < 7 && packings[i].commands[j]; j++)
			unpacks(&packings[i], packings[i].commands[j], plain, PLAIN);
	for (size_t i = 0; i < PACKINGS; i++)
		for (size_t size = 1; size <= 700000; size = size * 7 + 3) {
			unpacks(&packings[i], packings[i].commands[0], plain + 30000, size);
			unpacks(&packings[i], packings[i].commands[3], plain + 30000, size);
			unpacks(&packings[i], packings[i].commands[0], zeros, size);
		}
	free(plain);
	free(zeros);
}

/* Some bits mean nothing, so what comes out is either not there, or right. */
static void no_damage_goes_unseen(void **state)
{
	uint8_t *plain = make_plain(), *out = malloc(PLAIN);

	(void)state;
	for (size_t i = 0; i < PACKINGS; i++) {
		const struct packing *packing = &packings[i];
		size_t size, n;
		uint8_t *packed = pack(plain + 39000, 5000, packing->checked, &size);

		for (size_t at = 0; at < size; at++) {
			packed[at] ^= 0x10;
			n = PLAIN;
			if (packing->claims(packed, size) &&
			    packing->unpack(packed, size, out, &n) == 0)
				assert_true(n == 5000 && memcmp(out, plain + 39000, n) == 0);
			packed[at] ^= 0x10;
		}
		for (size_t cut = 9; cut < size; cut++) {
			uint8_t *part = malloc(cut);

			memcpy(part, packed, cut);
			n = PLAIN;
			assert_int_equal(packing->unpack(part, cut, out, &n), -EBADMSG);
			free(part);
		}
		n = PLAIN;
		assert_int_equal(packing->unpack(packed, size, out, &n), 0);
		free(packed);
	}
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
	static const char *const commands[] = { "gzip -c", "lz4 -l -c", "xz -c", "zstd -q -c",
						"cat" };
	struct arena *arena = arena_new(1 << 20);
	uint8_t *plain = make_plain();
	const char *why = NULL;

	(void)state;
	for (size_t i = 0; i < 5; i++) {
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
	assert_non_null(strstr(why, "not in gzip, LZ4, xz or zstd"));
	free(packed);
	free(plain);
	arena_free(arena);
}

static void a_strange_xz_file_is_not_called_damaged(void **state)
{
	static const char *const commands[] = { "xz -C sha256 -c", "xz --arm --lzma2 -c" };
	struct arena *arena = arena_new(1 << 20);
	uint8_t *plain = make_plain();

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		size_t size;
		uint8_t *packed = pack(plain, 1000, commands[i], &size);
		struct image image = image_of(packed, size);
		const char *why;

		assert_int_equal(unpack_image(arena, &image, &why), -EOPNOTSUPP);
		assert_non_null(strstr(why, "other options than LZMA2"));
		image_unmap(&image);
		free(packed);
	}
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
		cmocka_unit_test(what_is_packed_is_unpacked),
		cmocka_unit_test(no_damage_goes_unseen),
		cmocka_unit_test(an_image_is_replaced_by_what_is_in_it),
		cmocka_unit_test(efis_compressed_images_are_unpacked),
		cmocka_unit_test(a_strange_xz_file_is_not_called_damaged),
		cmocka_unit_test(bombs_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
