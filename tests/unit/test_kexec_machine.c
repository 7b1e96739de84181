/* What is learnt of a machine from sysfs and procfs: recorded machines in a temporary directory. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kexec/bootparams.h"
#include "kexec/machine.h"

struct recorded {
	const char *path, *text;
};

struct region {
	uint64_t start, last;
	const char *type;
};

struct bench {
	struct arena *arena;
	char root[64];
	struct machine machine;
	const char *why;
};

static void write_file(const struct bench *bench, const char *path, const void *bytes, size_t size)
{
	char *full = arena_print(bench->arena, "%s%s", bench->root, path);
	int fd;

	for (char *slash = full + strlen(bench->root) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(full, 0755);
		*slash = '/';
	}
	fd = open(full, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), size);
	close(fd);
}

static void write_text(const struct bench *bench, const char *path, const char *text)
{
	write_file(bench, path, text, strlen(text));
}

static void write_memmap(const struct bench *bench, const struct region *map)
{
	for (unsigned i = 0; map[i].type; i++) {
		char *dir = arena_print(bench->arena, "/sys/firmware/memmap/%u/", i);

		write_text(bench, arena_print(bench->arena, "%sstart", dir),
			   arena_print(bench->arena, "0x%llx\n", (unsigned long long)map[i].start));
		write_text(bench, arena_print(bench->arena, "%send", dir),
			   arena_print(bench->arena, "0x%llx\n", (unsigned long long)map[i].last));
		write_text(bench, arena_print(bench->arena, "%stype", dir),
			   arena_print(bench->arena, "%s\n", map[i].type));
	}
}

static struct bench *bench_new(const char *iomem, const struct region *map)
{
	static const uint8_t params[BOOT_PARAMS_SIZE];
	struct arena *arena = arena_new(16 << 20);
	struct bench *bench = arena_make(arena, struct bench);

	bench->arena = arena;
	strcpy(bench->root, "/tmp/test-kexec-XXXXXX");
	assert_non_null(mkdtemp(bench->root));
	write_file(bench, "/sys/kernel/boot_params/data", params, sizeof params);
	write_text(bench, "/proc/iomem", iomem);
	write_memmap(bench, map);
	return bench;
}

static int bench_read(struct bench *bench)
{
	return machine_read(bench->arena, bench->root, &bench->machine, &bench->why);
}

static void bench_free(struct bench *bench)
{
	char command[128];

	snprintf(command, sizeof command, "rm -r %s", bench->root);
	assert_int_equal(system(command), 0);
	arena_free(bench->arena);
}

static void assert_range(const struct ranges *ranges, size_t i, uint64_t start, uint64_t end,
			 uint32_t type)
{
	assert_true(i < ranges->n);
	assert_int_equal(ranges->at[i].start, start);
	assert_int_equal(ranges->at[i].end, end);
	assert_int_equal(ranges->at[i].type, type);
}

/* SeaBIOS, 1 GiB. */
static const char bios_iomem[] = "00000000-00000fff : Reserved\n"
				 "00001000-0009fbff : System RAM\n"
				 "0009fc00-0009ffff : Reserved\n"
				 "000a0000-000bffff : PCI Bus 0000:00\n"
				 "000f0000-000fffff : Reserved\n"
				 "  000f0000-000fffff : System ROM\n"
				 "00100000-3ffdefff : System RAM\n"
				 "  34600000-35401ef1 : Kernel code\n"
				 "3ffdf000-3fffffff : Reserved\n"
				 "b0000000-bfffffff : PCI MMCONFIG 0000 [bus 00-ff]\n"
				 "  b0000000-bfffffff : Reserved\n";
static const struct region bios_map[] = {
	{ 0x0, 0x9fbff, "System RAM" },
	{ 0x9fc00, 0x9ffff, "Reserved" },
	{ 0xf0000, 0xfffff, "Reserved" },
	{ 0x100000, 0x3ffdefff, "System RAM" },
	{ 0x3ffdf000, 0x3fffffff, "Reserved" },
	{ 0xb0000000, 0xbfffffff, "Reserved" },
	{ 0xfd00000000, 0xffffffffff, "Reserved" },
	{ 0, 0, NULL },
};

static void bios_is_read_as_it_is(void **state)
{
	struct bench *bench = bench_new(bios_iomem, bios_map);

	(void)state;
	assert_int_equal(bench_read(bench), 0);
	assert_int_equal(bench->machine.map.n, 7);
	for (size_t i = 0; i < 7; i++)
		assert_range(&bench->machine.map, i, bios_map[i].start, bios_map[i].last + 1,
			     strcmp(bios_map[i].type, "Reserved") ? MEMORY_RAM : MEMORY_RESERVED);
	assert_int_equal(bench->machine.holes.n, 1);
	assert_range(&bench->machine.holes, 0, 0x100000, 0x3ffdf000, MEMORY_RAM);
	assert_int_equal(bench->machine.rsdp, 0);
	assert_false(bench->machine.efi.runtime);
	assert_int_equal(bench->machine.screen, SCREEN_AS_FOUND);
	bench_free(bench);
}

/* A log, ESRT reserved by the running kernel, RAM split by an old list of setup_data. */
static const char uefi_iomem[] = "00000000-00000fff : Reserved\n"
				 "00001000-0009ffff : System RAM\n"
				 "00100000-007fffff : System RAM\n"
				 "00900000-3d451017 : System RAM\n"
				 "3d451018-3d48e057 : System RAM\n"
				 "3d48e058-3e0fffff : System RAM\n"
				 "3e100000-3e100fff : Reserved\n"
				 "3e101000-3ea9ffff : System RAM\n"
				 "3eaa0000-3eba1fff : Reserved\n"
				 "c0000000-c0ffffff : 0000:00:01.0\n"
				 "  c0100000-c03e7fff : BOOTFB\n"
				 "100000000-17fffffff : System RAM\n"
				 "  160000000-16fffffff : Crash kernel\n";
static const struct region uefi_map[] = {
	{ 0x0, 0x9ffff, "System RAM" },
	{ 0x100000, 0x7fffff, "System RAM" },
	{ 0x800000, 0x8fffff, "ACPI Non-volatile Storage" },
	{ 0x900000, 0x3ea9ffff, "System RAM" },
	{ 0x3eaa0000, 0x3eba1fff, "Reserved" },
	{ 0x3f76c000, 0x3f77dfff, "ACPI Tables" },
	{ 0x100000000, 0x17fffffff, "System RAM" },
	{ 0x180000000, 0x180000fff, "Something new" },
	{ 0, 0, NULL },
};

static const struct recorded uefi_files[] = {
	{ "/sys/firmware/efi/systab",
	  "ACPI20=0x3f77d014\nACPI=0x3f77d000\nSMBIOS3=0x1\nSMBIOS=0x3f520000\n" },
	{ "/sys/firmware/efi/fw_vendor", "0x3f5f3f98\n" },
	{ "/sys/firmware/efi/config_table", "0x3f5ecf18\n" },
	{ "/sys/firmware/efi/runtime-map/0/type", "0x5\n" },
	{ "/sys/firmware/efi/runtime-map/0/phys_addr", "0x3eaa0000\n" },
	{ "/sys/firmware/efi/runtime-map/0/virt_addr", "0xfffffffeffea0000\n" },
	{ "/sys/firmware/efi/runtime-map/0/num_pages", "0x100\n" },
	{ "/sys/firmware/efi/runtime-map/0/attribute", "0x800000000000000f\n" },
	{ "/sys/firmware/efi/runtime-map/1/type", "0x6\n" },
	{ "/sys/firmware/efi/runtime-map/1/phys_addr", "0x3eba0000\n" },
	{ "/sys/firmware/efi/runtime-map/1/virt_addr", "0xfffffffeffda0000\n" },
	{ "/sys/firmware/efi/runtime-map/1/num_pages", "0x2\n" },
	{ "/sys/firmware/efi/runtime-map/1/attribute", "0x800000000000000f\n" },
	{ "/sys/kernel/boot_params/setup_data/0/type", "0x3\n" },
	{ "/sys/kernel/boot_params/setup_data/0/data", "option ROM" },
	{ "/sys/kernel/boot_params/setup_data/1/type", "0x9\n" },
	{ "/sys/kernel/boot_params/setup_data/1/data", "an old seed" },
	{ "/sys/kernel/boot_params/setup_data/2/type", "0x5\n" },
	{ "/sys/kernel/boot_params/setup_data/2/data", "properties" },
	{ "/dev/kmsg", "6,212,0,-;efi: EFI v2.70 by EDK II\n"
		       "6,213,0,-;efi: SMBIOS=0x3f520000 ACPI=0x3f77d000 MEMATTR=0x3c81a518 \n" },
	{ "/proc/cpuinfo", "flags\t\t: fpu la57 vme\n" },
};

static struct bench *uefi_new(void)
{
	struct bench *bench = bench_new(uefi_iomem, uefi_map);
	uint8_t params[BOOT_PARAMS_SIZE] = { 0 };

	memcpy(params + EFI_SIGNATURE, "EL64", 4);
	put32(params + SCREEN_FRAMEBUFFER, 0xc0000000);
	write_file(bench, "/sys/kernel/boot_params/data", params, sizeof params);
	for (size_t i = 0; i < sizeof uefi_files / sizeof *uefi_files; i++)
		write_text(bench, uefi_files[i].path, uefi_files[i].text);
	return bench;
}

static void uefi_is_read_whole(void **state)
{
	struct bench *bench = uefi_new();
	struct machine *machine = &bench->machine;

	(void)state;
	assert_int_equal(bench_read(bench), 0);
	assert_int_equal(machine->rsdp, 0x3f77d014);
	assert_true(machine->efi.runtime);
	assert_int_equal(machine->efi.map_size, 2 * EFI_DESCRIPTOR_SIZE);
	assert_int_equal(get32(machine->efi.map), 5);
	assert_int_equal(get64(machine->efi.map + 16), 0xfffffffeffea0000);
	assert_int_equal(get64(machine->efi.map + 40 + 8), 0x3eba0000);
	assert_int_equal(get64(machine->efi.map + 40 + 24), 2);
	assert_int_equal(machine->efi.smbios, 0x3f520000);
	assert_int_equal(machine->efi.fw_vendor, 0x3f5f3f98);
	assert_int_equal(machine->efi.tables, 0x3f5ecf18);
	assert_true(machine->five_level);
	assert_int_equal(machine->screen, SCREEN_MOVED);
	assert_int_equal(machine->framebuffer, 0xc0100000);
	bench_free(bench);
}

static void only_nodes_about_the_machine_are_handed_on(void **state)
{
	struct bench *bench = uefi_new();

	(void)state;
	assert_int_equal(bench_read(bench), 0);
	assert_int_equal(bench->machine.setup_data.n, 2);
	assert_int_equal(bench->machine.setup_data.at[0].type, SETUP_PCI);
	assert_int_equal(bench->machine.setup_data.at[0].size, strlen("option ROM"));
	assert_int_equal(bench->machine.setup_data.at[1].type, SETUP_APPLE_PROPERTIES);
	bench_free(bench);
}

static void reserved_by_the_kernel_becomes_reserved(void **state)
{
	struct bench *bench = uefi_new();
	const struct ranges *map = &bench->machine.map;

	(void)state;
	assert_int_equal(bench_read(bench), 0);
	assert_range(map, 0, 0, 0xa0000, MEMORY_RAM); /* the first page is every kernel's own */
	assert_range(map, 2, 0x800000, 0x900000, MEMORY_NVS);
	assert_range(map, 3, 0x900000, 0x3e100000, MEMORY_RAM);
	assert_range(map, 4, 0x3e100000, 0x3e101000, MEMORY_RESERVED);
	assert_range(map, 5, 0x3e101000, 0x3eaa0000, MEMORY_RAM);
	assert_range(map, 9, 0x180000000, 0x180001000, MEMORY_RESERVED);
	bench_free(bench);
}

static void holes_leave_out_what_is_in_use(void **state)
{
	struct bench *bench = uefi_new();
	const struct ranges *holes = &bench->machine.holes;

	(void)state;
	assert_int_equal(bench_read(bench), 0);
	assert_int_equal(holes->n, 6);
	assert_range(holes, 0, 0x100000, 0x800000, MEMORY_RAM);
	assert_range(holes, 1, 0x900000, 0x3c81a000, MEMORY_RAM); /* memory attributes table */
	assert_range(holes, 2, 0x3c91a000, 0x3e100000, MEMORY_RAM);
	assert_range(holes, 3, 0x3e101000, 0x3eaa0000, MEMORY_RAM);
	assert_range(holes, 4, 0x100000000, 0x160000000, MEMORY_RAM); /* crash kernel */
	assert_range(holes, 5, 0x170000000, 0x180000000, MEMORY_RAM);
	bench_free(bench);
}

static void efi_is_all_or_nothing(void **state)
{
	struct bench *bench = uefi_new();

	(void)state;
	unlink(arena_print(bench->arena, "%s/sys/firmware/efi/runtime-map/1/attribute",
			   bench->root));
	assert_int_equal(bench_read(bench), 0);
	assert_false(bench->machine.efi.runtime);
	assert_int_equal(bench->machine.rsdp, 0x3f77d014);
	bench_free(bench);
}

static void a_map_without_the_firmwares_is_the_kernels(void **state)
{
	static const struct region none[] = { { 0, 0, NULL } };
	struct bench *bench = bench_new(bios_iomem, none);

	(void)state;
	assert_int_equal(bench_read(bench), 0);
	assert_int_equal(bench->machine.map.n, 6);
	assert_range(&bench->machine.map, 1, 0x1000, 0x9fc00, MEMORY_RAM);
	assert_range(&bench->machine.holes, 0, 0x100000, 0x3ffdf000, MEMORY_RAM);
	bench_free(bench);
}

static void hidden_addresses_are_a_missing_capability(void **state)
{
	struct bench *bench = bench_new("00000000-00000000 : Reserved\n"
					"00000000-00000000 : System RAM\n",
					bios_map);

	(void)state;
	assert_int_equal(bench_read(bench), -EPERM);
	assert_non_null(strstr(bench->why, "CAP_SYS_ADMIN"));
	bench_free(bench);
}

static void no_sysfs_is_said(void **state)
{
	struct bench *bench = bench_new(bios_iomem, bios_map);

	(void)state;
	unlink(arena_print(bench->arena, "%s/sys/kernel/boot_params/data", bench->root));
	assert_int_equal(bench_read(bench), -ENOENT);
	assert_non_null(strstr(bench->why, "/sys/kernel/boot_params/data"));
	bench_free(bench);
}

static void a_native_driver_takes_the_screen(void **state)
{
	struct bench *bench = bench_new(bios_iomem, bios_map);
	char *link = arena_print(bench->arena, "%s/sys/class/drm/card0/device/driver", bench->root);

	(void)state;
	write_text(bench, "/sys/class/drm/card0/device/vendor", "0x1234\n");
	assert_int_equal(symlink("../../../bus/pci/drivers/bochs-drm", link), 0);
	assert_int_equal(bench_read(bench), 0);
	assert_int_equal(bench->machine.screen, SCREEN_TAKEN);
	unlink(link);
	assert_int_equal(symlink("../../../bus/platform/drivers/simple-framebuffer", link), 0);
	assert_int_equal(bench_read(bench), 0);
	assert_int_equal(bench->machine.screen, SCREEN_AS_FOUND);
	bench_free(bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bios_is_read_as_it_is),
		cmocka_unit_test(uefi_is_read_whole),
		cmocka_unit_test(only_nodes_about_the_machine_are_handed_on),
		cmocka_unit_test(reserved_by_the_kernel_becomes_reserved),
		cmocka_unit_test(holes_leave_out_what_is_in_use),
		cmocka_unit_test(efi_is_all_or_nothing),
		cmocka_unit_test(a_map_without_the_firmwares_is_the_kernels),
		cmocka_unit_test(hidden_addresses_are_a_missing_capability),
		cmocka_unit_test(no_sysfs_is_said),
		cmocka_unit_test(a_native_driver_takes_the_screen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
