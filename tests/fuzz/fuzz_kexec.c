/*
 * A kernel file, however malformed, on a machine, however strange: segments that keep the rules,
 * or a reason. The input is a machine in MACHINE_SIZE bytes, and then the file.
 */
#include <stdlib.h>

#include "kexec/bootparams.h"
#include "tests/unit/kexec_check.h"

#define MACHINE_SIZE 24 /* switches, dice, profile, multiboot version, 10 ends of holes of 16 bits */

static void read_machine(struct arena *arena, const uint8_t *bytes, struct machine *machine,
			 uint8_t *params)
{
	machine->params = params;
	machine->five_level = bytes[0] & 1;
	machine->efi.runtime = bytes[0] & 2;
	if (machine->efi.runtime) {
		params[EFI_SIGNATURE] = 'E';
		machine->efi.map = arena_alloc(arena, EFI_DESCRIPTOR_SIZE);
		machine->efi.map_size = EFI_DESCRIPTOR_SIZE;
	}
	machine->rsdp = bytes[0] & 4 ? 0xf0000 : 0;
	if (bytes[0] & 8)
		vec_push(arena, &machine->setup_data) =
			(struct setup_data){ SETUP_PCI, bytes, MACHINE_SIZE };
	machine->dice = bytes[1];
	for (size_t i = 0; i < 5; i++) { /* in steps of 128 KiB, up to 8 GiB */
		uint64_t start = MIB + get16(bytes + 4 + i * 4) * (MIB / 8);
		uint64_t end = MIB + get16(bytes + 6 + i * 4) * (MIB / 8);

		ranges_add(arena, &machine->holes, start, end, MEMORY_RAM);
	}
	ranges_merge(&machine->holes);
	ranges_add(arena, &machine->map, bytes[0] & 64 ? PAGE : 0, 0x9fc00, MEMORY_RAM);
	for (size_t i = 0; i < machine->holes.n; i++)
		vec_push(arena, &machine->map) = machine->holes.at[i];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t params[BOOT_PARAMS_SIZE];
	struct machine machine = { 0 };
	struct arena *arena;
	struct build build;

	if (size < MACHINE_SIZE)
		return 0;
	arena = arena_new(64 << 20);
	if (!arena)
		return 0;
	params[EFI_SIGNATURE] = 0;
	read_machine(arena, data, &machine, params);
	build = (struct build){
		.arena = arena,
		.machine = &machine,
		.kernel = { "kernel", data + MACHINE_SIZE, size - MACHINE_SIZE },
		.profile = data[2],
		.multiboot = data[3] % 3,
		.cmdline = data[0] & 16 ? "" : "root=/dev/sda1",
	};
	if (data[0] & 32)
		vec_push(arena, &build.initrds) = (struct image){ "initrd", data, size };
	if (segments_build(&build) == 0 ? broken_rule(&build) != NULL : build.why == NULL)
		abort();
	arena_free(arena);
	return 0;
}
