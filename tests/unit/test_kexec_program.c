/* Kernels that are programs of their own: multiboot 1 and 2, and Linux as an ELF file. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "tests/unit/kexec_bench.h"

/* A multiboot 2 kernel: one segment of @memory bytes at 2 MiB, and what it wants. */
static void make_multiboot(struct bench *bench, uint32_t memory, const uint32_t *wishes, size_t n)
{
	uint8_t *elf = bench->kernel, *header = elf + 128, *program = elf + 52;
	uint32_t size = 16 + (uint32_t)n * 4;

	memset(elf, 0, sizeof bench->kernel);
	memcpy(elf,
	       "\x7f"
	       "ELF\x01\x01",
	       6);
	elf[18] = 3;               /* machine: 80386 */
	put32(elf + 24, 0x200010); /* entry */
	put32(elf + 28, 52);       /* program headers */
	elf[44] = 1;
	put32(program, 1);
	put32(program + 4, 128); /* offset */
	put32(program + 8, 0x200000);
	put32(program + 12, 0x200000);
	put32(program + 16, 4096); /* in the file */
	put32(program + 20, memory);
	put32(header, 0xe85250d6);
	put32(header + 8, size);
	put32(header + 12, -(0xe85250d6 + size));
	for (size_t i = 0; i < n; i++)
		put32(header + 16 + i * 4, wishes[i]);
}

static const uint32_t wish_nothing[] = { 0, 8 };
static const uint32_t wish_to_move[] = { 10, 24, 0x200000, 0xffffffff, 0x200000, 2, 0, 8 };
static const uint32_t wish_the_unknown[] = { 99, 8, 0, 8 };

/* The information tag of a type, in the last segment. */
static const uint8_t *tag(const struct bench *bench, uint32_t type)
{
	const uint8_t *info = params(bench);
	size_t end = get32(info);

	for (size_t at = 8; at < end; at += (get32(info + at + 4) + 7) & ~7u)
		if (get32(info + at) == type)
			return info + at;
	fail_msg("no tag %u", type);
	return NULL;
}

static void multiboot_gets_its_modules_and_memory(void **state)
{
	static const char *const args[] = { "dom0 quiet", NULL };
	struct bench *bench = bench_new();
	const struct segment *s = bench->build.segments;
	const uint8_t *module;

	(void)state;
	make_multiboot(bench, 3 << 20, wish_nothing, 2);
	add_initrd(bench, 5000);
	add_initrd(bench, 700);
	bench->build.module_args = args;
	build(bench);
	assert_int_equal(s[0].address, 0x200000);
	assert_int_equal(s[0].room, 3 << 20);
	assert_string_equal((const char *)tag(bench, 1) + 8, "root=/dev/vda1 quiet");
	module = tag(bench, 3);
	assert_int_equal(get32(module + 8), s[1].address);
	assert_int_equal(get32(module + 12), s[1].address + 5000);
	assert_string_equal((const char *)module + 16, "dom0 quiet");
	assert_int_equal(get32(tag(bench, 6) + 4), 16 + 3 * 24);
	assert_int_equal(get64(tag(bench, 6) + 16 + 24), MIB);
	assert_int_equal(get32(tag(bench, 4) + 12), (GIB - MIB) >> 10);
	assert_int_equal(slot(bench, true, SLOT_ENTRY), 0x200010);
	assert_int_equal(slot(bench, true, SLOT_EAX_EBX), s[3].address << 32 | 0x36d76289);
	bench_free(bench);
}

static void xen_is_told_that_there_is_no_bios(void **state)
{
	struct bench *bench = bench_new();

	(void)state;
	make_multiboot(bench, 3 << 20, wish_nothing, 2);
	strcpy((char *)bench->kernel + 1000, "no-real-mode");
	build(bench);
	assert_string_equal((const char *)tag(bench, 1) + 8, "root=/dev/vda1 quiet no-real-mode");
	bench->build.cmdline = "no-real-mode";
	build(bench);
	assert_string_equal((const char *)tag(bench, 1) + 8, "no-real-mode");
	bench_free(bench);
}

static void multiboot_moves_if_it_can(void **state)
{
	struct bench *bench = bench_new();

	(void)state;
	ranges_cut(bench->arena, &bench->machine.holes, 0x200000, 0x201000, 0);
	make_multiboot(bench, 3 << 20, wish_nothing, 2);
	refuse(bench, ENOMEM, "3072 KiB at 0x200000");
	make_multiboot(bench, 3 << 20, wish_to_move, 8);
	build(bench);
	assert_int_equal(bench->build.segments[0].address, GIB - (4 << 20));
	assert_int_equal(get32(tag(bench, 21) + 8), GIB - (4 << 20));
	make_multiboot(bench, 3 << 20, wish_the_unknown, 4);
	refuse(bench, ENOEXEC, "header tag 99");
	bench_free(bench);
}

/* It is made to look as if a BIOS had been there, with the end of low memory and ACPI's root. */
static void xen_finds_acpi_on_uefi(void **state)
{
	static const char *const args[] = { "dom0 quiet", "ucode" };
	struct bench *bench = bench_new();
	const uint8_t *map;

	(void)state;
	make_multiboot(bench, 3 << 20, wish_nothing, 2);
	strcpy((char *)bench->kernel + 1000, "no-real-mode");
	add_initrd(bench, 5000);
	add_initrd(bench, 700);
	bench->build.module_args = args;
	bench->params[EFI_SIGNATURE] = 'E';
	refuse(bench, ENOEXEC, "where ACPI begins is not known");
	bench->machine.rsdp = 4 * GIB;
	refuse(bench, ENOEXEC, "where ACPI begins is above 4 GiB");
	bench->machine.rsdp = 0x3fffe014;
	build(bench);
	assert_int_equal(get16(at(bench, 0x40e)), 0x9e00);
	assert_int_equal(get16(at(bench, 0x413)), 0x9e000 >> 10);
	assert_int_equal(*at(bench, 0x9e000), 4);
	map = tag(bench, 6) + 16;
	assert_int_equal(get64(map + 8), 0x9e000);
	assert_int_equal(get64(map + 24), 0x9e000);
	assert_int_equal(get64(map + 24 + 8), PAGE);
	assert_int_equal(get32(map + 24 + 16), MEMORY_RESERVED);
	assert_int_equal(get32(tag(bench, 4) + 8), 0x9e000 >> 10);
	assert_string_equal((const char *)tag(bench, 3) + 16, "dom0 quiet acpi_rsdp=0x3fffe014");
	assert_string_equal((const char *)tag(bench, 3) + 16 + 32 + 16, "ucode");
	assert_int_equal(slot(bench, true, SLOT_COPY), 0x9e010ull << 32 | 0x3fffe014);
	assert_int_equal(slot(bench, true, SLOT_COPY + 8), 36);
	ranges_cut(bench->arena, &bench->machine.map, 0, PAGE, 0);
	refuse(bench, ENOMEM, "keeps the memory below 640 KiB");
	bench_free(bench);
}

/* What lies behind the last program header is none, and nothing that is cut off is left out. */
static void a_multiboot_kernel_is_all_its_headers(void **state)
{
	struct bench *bench = bench_new();
	uint8_t *program = bench->kernel + 52;

	(void)state;
	make_multiboot(bench, 8192, wish_nothing, 2);
	memcpy(program + 32, program, 32);
	put32(program + 32 + 12, 0x70000000);
	build(bench);
	for (size_t i = 0; i < bench->build.segments_n; i++)
		assert_true(bench->build.segments[i].address != 0x70000000);
	put32(program + 4, sizeof bench->kernel - 100); /* offset */
	refuse(bench, ENOEXEC, "damaged or truncated (program header 0)");
	bench_free(bench);
}

/* Has this header of multiboot 1, too, right behind the program headers. */
static uint8_t *make_multiboot1(struct bench *bench, uint32_t flags)
{
	uint8_t *header = bench->kernel + 256;

	put32(header, 0x1badb002);
	put32(header + 4, flags);
	put32(header + 8, -(0x1badb002 + flags));
	bench->build.multiboot = 1;
	return header;
}

/* What is loaded at the address that a field of a structure has. */
static const uint8_t *behind(const struct bench *bench, const uint8_t *field)
{
	return at(bench, get32(field));
}

static void multiboot_1_gets_a_structure_that_points_to_all(void **state)
{
	static const char *const args[] = { "dom0 quiet", NULL };
	struct bench *bench = bench_new();
	const struct segment *s = bench->build.segments;
	const uint8_t *info, *modules, *map;

	(void)state;
	make_multiboot(bench, 3 << 20, wish_nothing, 2);
	make_multiboot1(bench, 3);
	add_initrd(bench, 5000);
	add_initrd(bench, 700);
	bench->build.module_args = args;
	build(bench);
	assert_int_equal(s[0].address, 0x200000);
	assert_int_equal(s[0].room, 3 << 20);
	info = params(bench);
	assert_int_equal(get32(info), 1 << 0 | 1 << 2 | 1 << 3 | 1 << 6 | 1 << 9);
	assert_int_equal(get32(info + 4), 639);
	assert_int_equal(get32(info + 8), (GIB - MIB) >> 10);
	assert_string_equal((const char *)behind(bench, info + 16), "root=/dev/vda1 quiet");
	assert_int_equal(get32(info + 20), 2);
	modules = behind(bench, info + 24);
	assert_int_equal(get32(modules), s[1].address);
	assert_int_equal(get32(modules + 4), s[1].address + 5000);
	assert_string_equal((const char *)behind(bench, modules + 8), "dom0 quiet");
	assert_int_equal(get32(modules + 16), s[2].address);
	assert_string_equal((const char *)behind(bench, modules + 24), "");
	assert_int_equal(get32(info + 44), 3 * 24);
	map = behind(bench, info + 48);
	assert_int_equal(get32(map + 24), 20);
	assert_int_equal(get64(map + 28), MIB);
	assert_int_equal(get64(map + 36), GIB - MIB);
	assert_int_equal(get32(map + 44), MEMORY_RAM);
	assert_string_equal((const char *)behind(bench, info + 64), "baton");
	assert_int_equal(slot(bench, true, SLOT_ENTRY), 0x200010);
	assert_int_equal(slot(bench, true, SLOT_EAX_EBX), s[3].address << 32 | 0x2badb002);
	make_multiboot1(bench, 1 << 5);
	refuse(bench, ENOEXEC, "demands what no loader knows");
	bench_free(bench);
}

/* Text from the file's byte 128 on at 2 MiB, and zeros behind it. */
static void multiboot_1_without_elf_has_addresses(void **state)
{
	struct bench *bench = bench_new();
	const struct segment *s = bench->build.segments;
	uint8_t *header;

	(void)state;
	memset(bench->kernel, 0, sizeof bench->kernel);
	header = make_multiboot1(bench, 1 << 16);
	put32(header + 12, 0x200080); /* its own address */
	put32(header + 16, 0x200000);
	put32(header + 20, 0x200400);
	put32(header + 24, 0x203000);
	put32(header + 28, 0x200010);
	build(bench);
	assert_int_equal(s[0].address, 0x200000);
	assert_ptr_equal(s[0].bytes, bench->kernel + 128);
	assert_int_equal(s[0].size, 0x400);
	assert_int_equal(s[0].room, 0x3000);
	put32(header + 20, 0);
	build(bench);
	assert_int_equal(s[0].size, sizeof bench->kernel - 128);
	put32(header + 20, 0x300000);
	refuse(bench, ENOEXEC, "damaged, or the file is truncated");
	put32(header + 12, 0x200200);
	refuse(bench, ENOEXEC, "header is damaged");
	bench_free(bench);
}

static void an_entry_gets_the_version_that_it_names(void **state)
{
	struct bench *bench = bench_new();

	(void)state;
	make_multiboot(bench, 3 << 20, wish_nothing, 2);
	bench->build.multiboot = 1;
	refuse(bench, ENOEXEC, "not a multiboot 1 kernel");
	bench->build.multiboot = 2;
	build(bench);
	make_multiboot1(bench, 0);
	build(bench);
	bench->build.multiboot = 0;
	build(bench);
	assert_int_equal(get32(tag(bench, 1)), 1);
	bench_free(bench);
}

static void parts_that_share_a_page_are_put_together(void **state)
{
	struct bench *bench = bench_new();
	uint8_t *program = bench->kernel + 52;
	const struct segment *s = bench->build.segments;

	(void)state;
	make_multiboot(bench, 4096, wish_nothing, 2);
	bench->kernel[44] = 2;
	memcpy(program + 32, program, 32);
	put32(program + 32 + 4, 0);
	put32(program + 32 + 12, 0x201800);
	put32(program + 32 + 16, 4);
	put32(program + 32 + 20, 0x2000);
	put32(program + 20, 0x1801);
	refuse(bench, ENOEXEC, "want the same memory"); /* for one byte */
	put32(program + 20, 0x1800);
	build(bench);
	assert_int_equal(s[0].address, 0x200000);
	assert_int_equal(s[0].size, 0x1804);
	assert_int_equal(s[0].room, 0x4000);
	assert_memory_equal(at(bench, 0x201800),
			    "\x7f"
			    "ELF",
			    4);
	put32(program + 32 + 12, 0x30000800);
	refuse(bench, ENOEXEC, "far apart");
	bench_free(bench);
}

/* Linux as an ELF file for 64 bits: two parts at 16 MiB, and the way in behind the first page. */
static void make_vmlinux(struct bench *bench)
{
	uint8_t *elf = bench->kernel, *program = elf + 64;

	memset(elf, 0, sizeof bench->kernel);
	memcpy(elf,
	       "\x7f"
	       "ELF\x02\x01",
	       6);
	elf[18] = 62;               /* machine: x86-64 */
	put32(elf + 24, 0x1001000); /* entry */
	put32(elf + 32, 64);        /* program headers */
	elf[56] = 2;
	for (int i = 0; i < 2; i++, program += 56) {
		put32(program, 1);
		put64(program + 8, 4096); /* offset */
		put64(program + 16, 0xffffffff81000000 + (uint64_t)i * 0x400000);
		put64(program + 24, 0x1000000 + (uint64_t)i * 0x400000);
		put64(program + 32, 4096);
		put64(program + 40, 0x300000);
	}
	strcpy((char *)elf + 5000, "Linux version 6.1");
}

static void a_vmlinux_is_moved_by_large_pages(void **state)
{
	struct bench *bench = bench_new();
	const struct segment *s = bench->build.segments;
	const uint8_t *p;

	(void)state;
	make_vmlinux(bench);
	add_initrd(bench, 5000);
	build(bench);
	assert_int_equal(bench->build.segments_n, 4);
	assert_int_equal(s[0].address, GIB - 0x800000);
	assert_int_equal(s[1].address, GIB - 0x400000);
	assert_int_equal(s[1].room, 0x300000);
	assert_int_equal(slot(bench, false, SLOT_ENTRY), s[0].address + 0x1000);
	p = params(bench);
	assert_int_equal(p[TYPE_OF_LOADER], 0xd0);
	assert_int_equal(get32(p + RAMDISK_IMAGE), s[2].address);
	assert_int_equal(get16(p + ROOT_FLAGS), 1);
	assert_int_equal(get16(p + VERSION), 0x20f);
	assert_string_equal((const char *)at(bench, get32(p + CMD_LINE_PTR)), bench->build.cmdline);
	put64(bench->kernel + 24, 0xffffffff81001000);
	build(bench);
	assert_int_equal(slot(bench, false, SLOT_ENTRY), s[0].address + 0x1000);
	bench->machine.five_level = true;
	refuse(bench, ENOEXEC, "no5lvl");
	bench_free(bench);
}

static void other_programs_are_no_vmlinux(void **state)
{
	struct bench *bench = bench_new();

	(void)state;
	make_vmlinux(bench);
	bench->kernel[5000] = 'l';
	refuse(bench, ENOEXEC, "but not a Linux kernel");
	make_vmlinux(bench);
	bench->kernel[18] = 243; /* RISC-V's is linked to the same addresses */
	refuse(bench, ENOEXEC, "an ELF program for another processor");
	make_vmlinux(bench);
	put64(bench->kernel + 24, 0x5000000);
	refuse(bench, ENOEXEC, "but not a Linux kernel");
	make_vmlinux(bench);
	put64(bench->kernel + 64 + 32, sizeof bench->kernel - 4095);
	refuse(bench, ENOEXEC, "damaged or truncated (program header 0)");
	bench_free(bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_multiboot_kernel_is_all_its_headers),
		cmocka_unit_test(multiboot_gets_its_modules_and_memory),
		cmocka_unit_test(xen_is_told_that_there_is_no_bios),
		cmocka_unit_test(multiboot_moves_if_it_can),
		cmocka_unit_test(xen_finds_acpi_on_uefi),
		cmocka_unit_test(multiboot_1_gets_a_structure_that_points_to_all),
		cmocka_unit_test(multiboot_1_without_elf_has_addresses),
		cmocka_unit_test(an_entry_gets_the_version_that_it_names),
		cmocka_unit_test(parts_that_share_a_page_are_put_together),
		cmocka_unit_test(a_vmlinux_is_moved_by_large_pages),
		cmocka_unit_test(other_programs_are_no_vmlinux),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
