/* Which files are kernels, what the others are, and what is in a unified kernel image. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kexec/bootparams.h"
#include "tests/unit/kexec_bench.h"

static void other_files_are_called_by_their_name(void **state)
{
	static const struct {
		const char *bytes, *reason;
	} files[] = {
		{ "", "vmlinuz: the file is empty" },
		{ "hello", "no HdrS signature at 0x202" },
		{ "070701", "an initrd (cpio)" },
		{ "\x7f"
		  "ELF",
		  "ELF" },
		{ "MZ", "EFI program" },
		{ "BZh9", "a file in bzip2: unpack it" },
		{ "\x27\x05\x19\x56", "an image for U-Boot" },
		{ "<!DOCTYPE html>", "a web page" },
	};
	struct bench *bench = bench_new();

	(void)state;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		bench->build.kernel = (struct image){ "vmlinuz", (const uint8_t *)files[i].bytes,
						      strlen(files[i].bytes) };
		refuse(bench, ENOEXEC, files[i].reason);
	}
	bench_free(bench);
}

static void strangers_are_known_by_what_stands_further_on(void **state)
{
	static const struct {
		size_t at, size;
		const char *bytes, *reason;
	} files[] = {
		{ 56, 4, "ARM\x64", "a kernel for arm64" },
		{ 36, 4, "\x18\x28\x6f\x01", "a kernel for ARM" },
		{ 510, 2, "\x55\xaa", "a boot sector" },
		{ 0x8001, 5, "CD001", "a CD's image" },
	};
	struct bench *bench = bench_new();
	uint8_t *file = arena_alloc(bench->arena, 64 << 10);

	(void)state;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		memset(file, 0, 64 << 10);
		memcpy(file + files[i].at, files[i].bytes, files[i].size);
		bench->build.kernel = (struct image){ "file", file, files[i].at + files[i].size };
		refuse(bench, ENOEXEC, files[i].reason);
		bench->build.kernel.size--;
		refuse(bench, ENOEXEC, "no HdrS signature");
	}
	bench_free(bench);
}

/* An old header, with the string of kernel_version where the last sector of the setup begins. */
static void programs_with_a_header_like_linux_are_none(void **state)
{
	static const struct {
		uint16_t protocol, at;
		const char *version;
		bool is_linux;
	} programs[] = {
		{ 0x203, 0x600, "MEMDISK 6.04 20200816", false },
		{ 0x207, 0x600, "1.0.0+git-20190125.36a4c85-5.1", false },
		{ 0x207, 0x600, "2.6.24-1-686 (Debian 2.6.24-7) (a@b.org) #1 SMP Thu May 8", true },
		{ 0x203, 0, "2.4.27 (a@b.org) #1", false }, /* not said where */
		{ 0x203, 0xfff0, "2.4.27 (a@b.org) #1", false },
		{ 0x20c, 0x600, "Memtest86+ v6.10", true }, /* whose entry is as boot.rst says */
	};
	struct bench *bench = bench_new();

	(void)state;
	put32(bench->kernel + RELOCATABLE_KERNEL, 0);
	for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
		put32(bench->kernel + VERSION, programs[i].protocol);
		put32(bench->kernel + 0x20e, programs[i].at);
		bench->kernel[LOADFLAGS] = LOADED_HIGH;
		strcpy((char *)bench->kernel + 0x800, programs[i].version);
		if (programs[i].is_linux)
			build(bench);
		else
			refuse(bench, ENOEXEC, "not Linux but a program with a header like its");
	}
	bench_free(bench);
}

static void damaged_kernels_are_refused(void **state)
{
	struct bench *bench = bench_new();

	(void)state;
	bench->build.kernel.size = SETUP + 0x200;
	refuse(bench, ENOEXEC, "truncated");
	put32(bench->kernel + SYSSIZE, PROPER / 16); /* of which the last is begun */
	bench->build.kernel.size = sizeof bench->kernel - 15;
	build(bench);
	bench->build.kernel.size = sizeof bench->kernel - 16;
	refuse(bench, ENOEXEC, "truncated");
	bench->build.kernel.size = sizeof bench->kernel;
	put32(bench->kernel + KERNEL_ALIGNMENT, 0x300000);
	refuse(bench, ENOEXEC, "header is damaged");
	put32(bench->kernel + KERNEL_ALIGNMENT, 0x200000);
	bench->kernel[LOADFLAGS] = 0;
	refuse(bench, ENOEXEC, "zImage");
	bench_free(bench);
}

/* A PE file with some sections at 4096 and on. */
static uint8_t *make_uki(struct bench *bench, const char *const names[], const struct image *parts,
			 size_t n)
{
	uint8_t *uki = arena_alloc(bench->arena, 64 << 10);
	size_t next = 4096;

	memcpy(uki, "MZ", 2);
	put32(uki + 0x3c, 0x80);
	memcpy(uki + 0x80, "PE\0", 4);
	uki[0x86] = (uint8_t)n;
	for (size_t i = 0; i < n; i++) {
		uint8_t *section = uki + 0x80 + 24 + i * 40;

		strncpy((char *)section, names[i], 8);
		put32(section + 8, (uint32_t)parts[i].size);
		put32(section + 16, ((uint32_t)parts[i].size + 511) & ~511u);
		put32(section + 20, (uint32_t)next);
		memcpy(uki + next, parts[i].bytes, parts[i].size);
		next += (parts[i].size + 511) & ~(size_t)511;
	}
	bench->build.kernel = (struct image){ "linux.efi", uki, next };
	return uki;
}

static void a_unified_image_is_its_sections(void **state)
{
	static const char *const names[] = { ".initrd", ".linux", ".cmdline", ".ucode" };
	struct bench *bench = bench_new();
	struct image parts[] = { { "", (const uint8_t *)"archive", 7 },
				 bench->build.kernel,
				 { "", (const uint8_t *)"from=uki \n", 10 },
				 { "", (const uint8_t *)"code", 4 } };
	uint8_t *uki;

	(void)state;
	uki = make_uki(bench, names, parts, 4);
	bench->build.cmdline = "";
	build(bench);
	assert_memory_equal(at(bench, get32(params(bench) + RAMDISK_IMAGE)), "code", 4);
	assert_memory_equal(at(bench, get32(params(bench) + RAMDISK_IMAGE) + PAGE), "archive", 7);
	assert_string_equal((const char *)at(bench, get32(params(bench) + CMD_LINE_PTR)),
			    "from=uki");
	bench->build.initrds.n = 0;
	bench->build.kernel = (struct image){ "linux.efi", uki, 4096 + 512 + 1000 };
	refuse(bench, ENOEXEC, "ends within its .linux section");
	bench_free(bench);
}

/* The base first, then the parts of two profiles. */
static void a_unified_image_has_profiles(void **state)
{
	static const char *const names[] = { ".linux",   ".initrd",  ".cmdline", ".profile",
					     ".cmdline", ".profile", ".initrd" };
	struct bench *bench = bench_new();
	struct image kernel = bench->build.kernel;
	struct image parts[] = { kernel,
				 { "", (const uint8_t *)"base", 4 },
				 { "", (const uint8_t *)"from=base", 9 },
				 { "", (const uint8_t *)"ID=a", 4 },
				 { "", (const uint8_t *)"from=a", 6 },
				 { "", (const uint8_t *)"ID=b", 4 },
				 { "", (const uint8_t *)"ramb", 4 } };
	uint8_t *uki = make_uki(bench, names, parts, 7);
	static const struct {
		const char *cmdline, *initrd;
	} expected[] = { { "from=a", "base" }, { "from=base", "ramb" } };

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		bench->build.cmdline = "";
		bench->build.profile = i;
		bench->build.initrds.n = 0;
		build(bench);
		assert_string_equal((const char *)at(bench, get32(params(bench) + CMD_LINE_PTR)),
				    expected[i].cmdline);
		assert_memory_equal(at(bench, get32(params(bench) + RAMDISK_IMAGE)),
				    expected[i].initrd, 4);
		assert_ptr_equal(bench->build.kernel.bytes, uki);
	}
	bench->build.profile = 2;
	refuse(bench, ENOEXEC, "without a profile 2");
	bench_free(bench);
}

/* Not booted without it. */
static void a_unified_image_without_its_end_is_refused(void **state)
{
	static const char *const names[] = { ".linux", ".initrd" };
	struct bench *bench = bench_new();
	struct image parts[] = { bench->build.kernel, { "", (const uint8_t *)"archive", 7 } };

	(void)state;
	make_uki(bench, names, parts, 2);
	bench->build.kernel.size -= 512 - 6;
	refuse(bench, ENOEXEC, "ends within its .initrd section");
	bench_free(bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(other_files_are_called_by_their_name),
		cmocka_unit_test(strangers_are_known_by_what_stands_further_on),
		cmocka_unit_test(programs_with_a_header_like_linux_are_none),
		cmocka_unit_test(damaged_kernels_are_refused),
		cmocka_unit_test(a_unified_image_is_its_sections),
		cmocka_unit_test(a_unified_image_has_profiles),
		cmocka_unit_test(a_unified_image_without_its_end_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
