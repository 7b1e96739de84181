/* From a kernel file, a machine and a command line to segments. */
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

/* The first node of a type in the list of setup_data, NULL: there is none. */
static const uint8_t *node(const struct bench *bench, uint32_t type)
{
	uint64_t next = get64(params(bench) + SETUP_DATA);

	while (next) {
		const uint8_t *found = at(bench, next);

		if (get32(found + 8) == type)
			return found;
		next = get64(found);
	}
	return NULL;
}

static void give_efi(struct bench *bench)
{
	uint8_t *map = arena_alloc(bench->arena, 2 * EFI_DESCRIPTOR_SIZE);

	map[0] = 5;
	map[EFI_DESCRIPTOR_SIZE] = 6;
	memcpy(bench->params + EFI_SIGNATURE, "EL64", 4);
	put32(bench->params + EFI_SYSTAB, 0x3f5ec018);
	bench->machine.efi = (struct efi){ true, map, 2 * EFI_DESCRIPTOR_SIZE, 0x11, 0x22, 0x33 };
	bench->machine.rsdp = 0x3f77d014;
}

static void a_kernel_of_today_is_placed_highest(void **state)
{
	struct bench *bench = bench_new();
	const struct segment *kernel;

	(void)state;
	build(bench);
	assert_int_equal(bench->build.segments_n, 2);
	kernel = &bench->build.segments[0];
	assert_int_equal(kernel->address, GIB - (16 << 20));
	assert_int_equal(kernel->room, PROPER); /* the file's, in a place of init_size */
	assert_ptr_equal(kernel->bytes, bench->kernel + SETUP);
	assert_int_equal(kernel->size, PROPER);
	bench_free(bench);
}

static void boot_params_are_complete(void **state)
{
	/* what a screen says of itself: this header, 1.4, a screen of 52 cm by 32 cm, ... */
	static const uint8_t edid[128] = {
		0, 0xff,     0xff, 0xff, 0xff, 0xff, 0xff, 0,
		1, [18] = 1, 4,    0xa5, 52,   32,   120,  [127] = 0x5a
	};
	struct bench *bench = bench_new();
	const uint8_t *p;

	(void)state;
	memset(bench->params, 0x77, sizeof bench->params);
	memcpy(bench->params + EDID, edid, sizeof edid);
	put32(bench->params + EFI_SIGNATURE, 0);
	bench->machine.rsdp = 0xf59e0;
	bench->machine.rng_seed[0] = 1;
	build(bench);
	p = params(bench);
	assert_int_equal(p[0x1ef], 0); /* the sentinel */
	assert_int_equal(p[TYPE_OF_LOADER], 0xd0);
	assert_int_equal(p[LOADFLAGS], 0);
	assert_int_equal(get32(p + HDR_MAGIC), HDR_MAGIC_VALUE);
	assert_int_equal(get32(p + EXT_CMD_LINE_PTR), 0);
	assert_string_equal((const char *)at(bench, get32(p + CMD_LINE_PTR)),
			    "root=/dev/vda1 quiet");
	assert_int_equal(p[E820_ENTRIES], 3);
	assert_int_equal(get64(p + E820_TABLE + 20), MIB);
	assert_int_equal(get64(p + E820_TABLE + 28), GIB - MIB);
	assert_int_equal(get32(p + E820_TABLE + 36), MEMORY_RAM);
	assert_int_equal(get32(p + ALT_MEM_K), (GIB - MIB) >> 10);
	assert_int_equal(get16(p + SCREEN_EXT_MEM_K), 0xfc00);
	assert_int_equal(get64(p + RSDP), 0xf59e0);
	assert_int_equal(p[SCREEN_IS_VGA], 0x77);
	assert_int_equal(get32(p + SCREEN_COMMAND_LINE), 0);
	assert_memory_equal(p + EDID, edid, sizeof edid);
	assert_int_equal(p[EDD_BUFFER + 491], 0x77);
	assert_int_equal(p[SECURE_BOOT], 0x77);
	assert_int_equal(get32(p + EFI_SIGNATURE), 0);
	assert_int_equal(get32(p + 0x40), 0); /* APM is gone */
	assert_int_equal(get32(p + RAMDISK_IMAGE), 0);
	assert_int_equal(get32(node(bench, SETUP_RNG_SEED) + 12), RNG_SEED_SIZE);
	assert_null(node(bench, SETUP_EFI));
	bench_free(bench);
}

static void the_entry_is_the_trampoline_with_its_numbers(void **state)
{
	struct bench *bench = bench_new();

	(void)state;
	build(bench);
	assert_int_equal(slot(bench, false, SLOT_ENTRY), bench->build.segments[0].address + 0x200);
	assert_int_equal(slot(bench, false, SLOT_RSI), bench->build.segments[1].address);
	bench_free(bench);
}

/* Walks the page tables as the processor would: is this address mapped to itself? */
static bool is_mapped(const struct bench *bench, uint64_t address)
{
	unsigned shift = bench->machine.five_level ? 48 : 39;
	uint64_t entry = slot(bench, false, SLOT_PAGETABLES);

	for (; shift >= 21; shift -= 9) {
		entry = get64(at(bench, (entry & ~(PAGE - 1)) + 8 * (address >> shift & 511)));
		if (!(entry & 1))
			return false;
	}
	return (entry & 0xfff) == 0x83 && (entry & ~0xfffull) == (address & ~0x1fffffull);
}

static void all_that_a_kernel_needs_is_mapped(void **state)
{
	struct bench *bench = bench_new();
	const struct segment *s = bench->build.segments;

	(void)state;
	for (int i = 0; i < 4; i++) {
		bench->machine.five_level = i & 1;
		if (i == 2) { /* only above 4 GiB, and across the end of a table of each level */
			bench->machine.holes.n = 0;
			ranges_add(bench->arena, &bench->machine.holes, 512 * GIB - 8 * MIB,
				   512 * GIB + 9 * MIB, MEMORY_RAM);
		}
		build(bench);
		for (uint64_t address = 0; address < 4 * GIB; address += 2 * MIB)
			assert_true(is_mapped(bench, address));
		assert_true(is_mapped(bench, s[0].address));
		assert_true(is_mapped(bench, s[0].address + 16 * MIB - 1));
		assert_true(is_mapped(bench, bench->build.entry));
		assert_true(is_mapped(bench, s[1].address));
		assert_true(is_mapped(bench, s[1].address + s[1].room - 1));
		assert_false(is_mapped(bench, 5 * GIB));
	}
	bench_free(bench);
}

/* There the running kernel's page tables are kept, and kept out of the kernel's place. */
static void an_encrypted_machine_keeps_its_page_tables(void **state)
{
	struct bench *bench = bench_new();

	(void)state;
	bench->machine.encrypted = true;
	build(bench);
	assert_int_equal(slot(bench, false, SLOT_PAGETABLES), 0);
	assert_int_equal(bench->build.segments[0].room, 16 << 20);
	bench_free(bench);
}

static void nothing_is_put_where_a_kernel_unpacks_itself(void **state)
{
	struct bench *bench = bench_new();
	const struct segment *s = bench->build.segments;

	(void)state;
	bench->machine.holes.n = 0;
	ranges_add(bench->arena, &bench->machine.holes, 512 * MIB, 530 * MIB, MEMORY_RAM);
	add_initrd(bench, 5000);
	build(bench);
	assert_int_equal(bench->build.segments_n, 3);
	for (size_t i = 1; i < 3; i++)
		assert_true(s[i].address + s[i].room <= s[0].address ||
			    s[i].address >= s[0].address + 16 * MIB);
	bench_free(bench);
}

static void initrds_follow_each_other_by_pages(void **state)
{
	struct bench *bench = bench_new();
	const struct segment *s = bench->build.segments;
	const uint8_t *p;

	(void)state;
	add_initrd(bench, 5000);
	add_initrd(bench, 0);
	add_initrd(bench, 700);
	build(bench);
	p = params(bench);
	assert_int_equal(bench->build.segments_n, 4);
	assert_int_equal(s[1].room, 8192);
	assert_int_equal(s[2].address, s[1].address + 8192);
	assert_int_equal(get32(p + RAMDISK_IMAGE), s[1].address);
	assert_int_equal(get32(p + RAMDISK_SIZE), 8192 + 700);
	bench_free(bench);
}

static void more_pieces_than_segments_are_refused(void **state)
{
	struct bench *bench = bench_new();

	(void)state;
	for (int i = 0; i < SEGMENTS_MAX; i++)
		add_initrd(bench, 1);
	refuse(bench, E2BIG, "pieces");
	bench_free(bench);
}

static void efi_is_handed_on(void **state)
{
	struct bench *bench = bench_new();
	const uint8_t *p, *setup;

	(void)state;
	give_efi(bench);
	build(bench);
	p = params(bench);
	assert_memory_equal(p + EFI_SIGNATURE, "EL64", 4);
	assert_int_equal(get32(p + EFI_SYSTAB), 0x3f5ec018);
	assert_int_equal(get32(p + EFI_MEMDESC_SIZE), 40);
	assert_int_equal(get32(p + EFI_MEMDESC_VERSION), 1);
	assert_int_equal(get32(p + EFI_MEMMAP_SIZE), 80);
	assert_int_equal(*at(bench, get32(p + EFI_MEMMAP) + 40), 6);
	setup = node(bench, SETUP_EFI);
	assert_int_equal(get32(setup + 12), 96);
	assert_int_equal(get64(setup + 16), 0x11);
	assert_int_equal(get64(setup + 32), 0x22);
	assert_int_equal(get64(setup + 40), 0x33);
	bench_free(bench);
}

static void no_initrd_on_efi_is_an_empty_one(void **state)
{
	struct bench *bench = bench_new();

	(void)state;
	give_efi(bench);
	build(bench);
	assert_int_equal(get32(params(bench) + RAMDISK_SIZE), 512);
	assert_int_equal(*at(bench, get32(params(bench) + RAMDISK_IMAGE)), 0);
	bench_free(bench);
}

static void the_place_is_random_with_efi(void **state)
{
	uint64_t first;

	(void)state;
	for (uint64_t dice = 0; dice < 3; dice++) {
		struct bench *bench = bench_new();

		give_efi(bench);
		bench->machine.dice = dice;
		build(bench);
		if (dice == 0)
			first = bench->build.segments[0].address;
		assert_int_equal(bench->build.segments[0].address, first - dice * (2 << 20));
		bench_free(bench);
	}
}

static void an_old_kernel_without_efi_is_told_the_rsdp(void **state)
{
	struct bench *bench = bench_new();

	(void)state;
	bench->machine.rsdp = 0x3f77d014;
	put32(bench->kernel + VERSION, 0x20d);
	build(bench);
	assert_string_equal((const char *)at(bench, get32(params(bench) + CMD_LINE_PTR)),
			    "root=/dev/vda1 quiet acpi_rsdp=0x3f77d014");
	bench_free(bench);
}

static void a_long_map_goes_on_in_setup_data(void **state)
{
	struct bench *bench = bench_new();
	struct ranges *map = &bench->machine.map;

	(void)state;
	for (uint64_t i = 0; i < 200; i++)
		ranges_add(bench->arena, map, 8 * GIB + i * 2 * MIB, 8 * GIB + i * 2 * MIB + MIB,
			   MEMORY_PMEM);
	build(bench);
	assert_int_equal(params(bench)[E820_ENTRIES], 128);
	assert_int_equal(get32(node(bench, 1) + 12), (203 - 128) * 20);
	assert_int_equal(get64(node(bench, 1) + 16), map->at[128].start);
	bench_free(bench);
}

static void nodes_about_the_machine_are_handed_on(void **state)
{
	struct bench *bench = bench_new();

	(void)state;
	vec_push(bench->arena, &bench->machine.setup_data) =
		(struct setup_data){ SETUP_PCI, "option ROM", 10 };
	build(bench);
	assert_memory_equal(node(bench, SETUP_PCI) + 16, "option ROM", 10);
	bench_free(bench);
}

static void the_command_line_has_the_kernels_limit(void **state)
{
	struct bench *bench = bench_new();
	char *line = arena_alloc(bench->arena, 2049);

	(void)state;
	memset(line, 'x', 2047);
	bench->build.cmdline = line;
	build(bench);
	line[2047] = 'x';
	refuse(bench, E2BIG,
	       "vmlinuz: the command line has 2048 characters, and this kernel takes at "
	       "most 2047");
	bench_free(bench);
}

static void a_screen_that_is_taken_is_none(void **state)
{
	struct bench *bench = bench_new();

	(void)state;
	bench->params[SCREEN_IS_VGA] = 0x70;
	bench->machine.screen = SCREEN_TAKEN;
	build(bench);
	assert_int_equal(params(bench)[SCREEN_IS_VGA], 0);
	bench->machine.screen = SCREEN_MOVED;
	bench->machine.framebuffer = 0x380000000000;
	build(bench);
	assert_int_equal(params(bench)[SCREEN_IS_VGA], 0x70);
	assert_int_equal(get32(params(bench) + SCREEN_FRAMEBUFFER_HIGH), 0x3800);
	bench_free(bench);
}

static void a_kernel_without_64_bit_entry_starts_in_protected_mode(void **state)
{
	struct bench *bench = bench_new();

	(void)state;
	put32(bench->kernel + RELOCATABLE_KERNEL, 1);
	build(bench);
	assert_int_equal(slot(bench, true, SLOT_ENTRY), bench->build.segments[0].address);
	assert_int_equal(params(bench)[LOADFLAGS], LOADED_HIGH);
	bench_free(bench);
}

static void five_levels_are_left_for_a_kernel_that_knows_four(void **state)
{
	struct bench *bench = bench_new();

	(void)state;
	bench->machine.five_level = true;
	build(bench);
	assert_int_equal(slot(bench, false, SLOT_ENTRY), bench->build.segments[0].address + 0x200);
	put32(bench->kernel + RELOCATABLE_KERNEL, 1 | XLF_KERNEL_64 << 16);
	build(bench);
	assert_int_equal(slot(bench, true, SLOT_ENTRY), bench->build.segments[0].address);
	bench_free(bench);
}

static void above_4_gib_only_what_may(void **state)
{
	struct bench *bench = bench_new();

	(void)state;
	bench->machine.holes.n = 0;
	ranges_add(bench->arena, &bench->machine.holes, 4 * GIB, 6 * GIB, MEMORY_RAM);
	add_initrd(bench, 5000);
	build(bench);
	assert_int_equal(get32(params(bench) + EXT_RAMDISK_IMAGE), 1);
	assert_int_equal(get32(params(bench) + EXT_CMD_LINE_PTR), 1);
	put32(bench->kernel + RELOCATABLE_KERNEL, 1 | XLF_KERNEL_64 << 16);
	refuse(bench, ENOMEM, "no room for a kernel of");
	bench_free(bench);
}

static void a_fragmented_map_is_searched(void **state)
{
	struct bench *bench = bench_new();

	(void)state;
	bench->machine.holes.n = 0;
	for (uint64_t i = 1; i < 60; i++)
		ranges_add(bench->arena, &bench->machine.holes, i * 16 * MIB + PAGE,
			   i * 16 * MIB + 15 * MIB, MEMORY_RAM);
	refuse(bench, ENOMEM, "no room for a kernel");
	ranges_add(bench->arena, &bench->machine.holes, GIB, GIB + 19 * MIB, MEMORY_RAM);
	add_initrd(bench, 14 << 20);
	build(bench);
	assert_int_equal(bench->build.segments[0].address, GIB + 2 * MIB);
	add_initrd(bench, 1 << 20);
	refuse(bench, ENOMEM, "initrds in one piece");
	bench_free(bench);
}

static void tiny_memory_is_used_to_its_end(void **state)
{
	struct bench *bench = bench_new();

	(void)state;
	bench->machine.holes.n = 0;
	ranges_add(bench->arena, &bench->machine.holes, MIB, 32 * MIB, MEMORY_RAM);
	add_initrd(bench, 14 << 20);
	build(bench);
	assert_int_equal(bench->build.segments[0].address, 16 * MIB);
	bench_free(bench);
}

static void a_fixed_kernel_has_one_place(void **state)
{
	struct bench *bench = bench_new();

	(void)state;
	put32(bench->kernel + RELOCATABLE_KERNEL, XLF_KERNEL_64 << 16);
	build(bench);
	assert_int_equal(bench->build.segments[0].address, 0x1000000);
	ranges_cut(bench->arena, &bench->machine.holes, 0x1800000, 0x1801000, 0);
	refuse(bench, EADDRNOTAVAIL, "not a relocatable kernel");
	bench_free(bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_kernel_of_today_is_placed_highest),
		cmocka_unit_test(boot_params_are_complete),
		cmocka_unit_test(the_entry_is_the_trampoline_with_its_numbers),
		cmocka_unit_test(all_that_a_kernel_needs_is_mapped),
		cmocka_unit_test(an_encrypted_machine_keeps_its_page_tables),
		cmocka_unit_test(nothing_is_put_where_a_kernel_unpacks_itself),
		cmocka_unit_test(initrds_follow_each_other_by_pages),
		cmocka_unit_test(more_pieces_than_segments_are_refused),
		cmocka_unit_test(efi_is_handed_on),
		cmocka_unit_test(no_initrd_on_efi_is_an_empty_one),
		cmocka_unit_test(the_place_is_random_with_efi),
		cmocka_unit_test(an_old_kernel_without_efi_is_told_the_rsdp),
		cmocka_unit_test(a_long_map_goes_on_in_setup_data),
		cmocka_unit_test(nodes_about_the_machine_are_handed_on),
		cmocka_unit_test(the_command_line_has_the_kernels_limit),
		cmocka_unit_test(a_screen_that_is_taken_is_none),
		cmocka_unit_test(a_kernel_without_64_bit_entry_starts_in_protected_mode),
		cmocka_unit_test(five_levels_are_left_for_a_kernel_that_knows_four),
		cmocka_unit_test(above_4_gib_only_what_may),
		cmocka_unit_test(a_fragmented_map_is_searched),
		cmocka_unit_test(tiny_memory_is_used_to_its_end),
		cmocka_unit_test(a_fixed_kernel_has_one_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
