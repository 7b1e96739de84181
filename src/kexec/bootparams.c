#include "kexec/bootparams.h"

#include <errno.h>

#include "base/text.h"
#include "kexec/pagetables.h"
#include "kexec/trampoline.h"

#define E820_ENTRY           20
#define E820_ENTRIES_MAX     128
#define NODE_HEADER          16 /* of setup_data: next, type, length */
#define EFI_SETUP_SIZE       96
#define EXT_MEM_K_MAX        0xfc00
#define TYPE_OF_LOADER_KEXEC 0xd0
#define PROTOCOL_RSDP        0x20f /* from this on boot_params' RSDP is relied upon */

/* Fields that describe the machine, and are the same for the next kernel. */
static const struct {
	uint16_t at, size;
} inherited[] = {
	{ SCREEN_INFO, 64 }, { IST_INFO, 16 }, { EDID, 128 },          { EDD_ENTRIES, 2 },
	{ SECURE_BOOT, 1 },  { MBR_SIGNATURES, 64 }, { EDD_BUFFER, 492 },
};

/* The run of pages while it is made. Offsets come first, addresses once it has a place. */
struct run {
	struct build *build;
	const struct handover *handover;
	bool efi; /* does the kernel get EFI? */
	VEC(struct setup_data) nodes;
	const char *cmdline;
	size_t cmdline_at, nodes_at, map_at, trampoline_at, tables_at, size;
	uint8_t *bytes;
	uint64_t address;
};

/* Append @size bytes, aligned for any of its contents; their offset. */
static size_t append(struct run *run, size_t size)
{
	size_t at = (run->size + 15) & ~(size_t)15;

	run->size = at + size;
	return at;
}

static void add_node(struct run *run, uint32_t type, const void *bytes, size_t size)
{
	vec_push(run->build->arena, &run->nodes) = (struct setup_data){ type, bytes, size };
}

static void write_e820(uint8_t *at, const struct range *range)
{
	put64(at, range->start);
	put64(at + 8, range->end - range->start);
	put32(at + 16, range->type);
}

static void collect_nodes(struct run *run)
{
	static const uint8_t no_seed[RNG_SEED_SIZE];
	const struct machine *machine = run->build->machine;
	struct arena *arena = run->build->arena;

	if (machine->map.n > E820_ENTRIES_MAX) {
		size_t n = machine->map.n - E820_ENTRIES_MAX;
		uint8_t *more = arena_array(arena, n, E820_ENTRY);

		for (size_t i = 0; i < n; i++)
			write_e820(more + i * E820_ENTRY, &machine->map.at[E820_ENTRIES_MAX + i]);
		add_node(run, SETUP_E820_EXT, more, n * E820_ENTRY);
	}
	for (size_t i = 0; i < machine->setup_data.n; i++)
		vec_push(arena, &run->nodes) = machine->setup_data.at[i];
	if (run->efi) {
		/* struct efi_setup_data: fw_vendor, unused, tables, smbios, 8 reserved */
		uint8_t *setup = arena_alloc(arena, EFI_SETUP_SIZE);

		put64(setup, machine->efi.fw_vendor);
		put64(setup + 16, machine->efi.tables);
		put64(setup + 24, machine->efi.smbios);
		add_node(run, SETUP_EFI, setup, EFI_SETUP_SIZE);
	}
	if (memcmp(machine->rng_seed, no_seed, sizeof no_seed) != 0)
		add_node(run, SETUP_RNG_SEED, machine->rng_seed, sizeof machine->rng_seed);
	if (run->build->note)
		add_node(run, SETUP_BATON, run->build->note, strlen(run->build->note));
}

/*
 * An old kernel does not look for ACPI's root in boot_params, and can't find it by searching where
 * the firmware is EFI: then only its command line tells it.
 */
static int choose_cmdline(struct run *run)
{
	struct build *build = run->build;
	const uint8_t *header = run->handover->header;
	uint32_t limit = get32(header + CMDLINE_SIZE);

	run->cmdline = build->cmdline;
	if (!run->efi && build->machine->rsdp && get16(header + VERSION) < PROTOCOL_RSDP)
		run->cmdline = arena_print(build->arena, "%s acpi_rsdp=0x%llx", build->cmdline,
					   (unsigned long long)build->machine->rsdp);
	if (get16(header + VERSION) < 0x206 || limit == 0)
		limit = 255; /* boot.rst, "cmdline_size" */
	if (strlen(run->cmdline) > limit)
		return build_fail(build, E2BIG,
				  "the command line has %zu characters, and this kernel takes at "
				  "most %u: shorten it in the boot configuration",
				  strlen(run->cmdline), limit);
	return 0;
}

static void measure(struct run *run, const struct jump *jump)
{
	run->size = BOOT_PARAMS_SIZE;
	run->cmdline_at = append(run, strlen(run->cmdline) + 1);
	run->nodes_at = append(run, 0);
	for (size_t i = 0; i < run->nodes.n; i++)
		append(run, NODE_HEADER + run->nodes.at[i].size);
	if (run->efi)
		run->map_at = append(run, run->build->machine->efi.map_size);
	run->trampoline_at = append(run, trampoline_size(jump));
	run->tables_at = page_up(run->size);
}

static void write_screen(struct run *run)
{
	const struct machine *machine = run->build->machine;
	uint8_t *params = run->bytes;

	memset(params + SCREEN_EXT_MEM_K, 0, 2);
	memset(params + SCREEN_COMMAND_LINE, 0, 4);
	if (machine->screen == SCREEN_TAKEN)
		params[SCREEN_IS_VGA] = 0;
	if (machine->screen == SCREEN_MOVED) {
		put32(params + SCREEN_FRAMEBUFFER, (uint32_t)machine->framebuffer);
		put32(params + SCREEN_FRAMEBUFFER_HIGH, (uint32_t)(machine->framebuffer >> 32));
	}
}

static void write_memory(struct run *run)
{
	const struct ranges *map = &run->build->machine->map;
	size_t n = map->n < E820_ENTRIES_MAX ? map->n : E820_ENTRIES_MAX;
	uint8_t *params = run->bytes;

	params[E820_ENTRIES] = (uint8_t)n;
	for (size_t i = 0; i < n; i++)
		write_e820(params + E820_TABLE + i * E820_ENTRY, &map->at[i]);
	/* The size of the RAM from 1 MiB on, in KiB, as a BIOS would have told it. */
	for (size_t i = 0; i < map->n; i++) {
		const struct range *ram = &map->at[i];
		uint64_t kib = (ram->end - MIB) >> 10;

		if (ram->type != MEMORY_RAM || ram->start > MIB || ram->end <= MIB)
			continue;
		if (kib > UINT32_MAX)
			kib = UINT32_MAX;
		kib &= ~(uint64_t)63; /* INT 15h, AX=E801h counts in 64 KiB */
		put32(params + ALT_MEM_K, (uint32_t)kib);
		if (kib > EXT_MEM_K_MAX)
			kib = EXT_MEM_K_MAX;
		params[SCREEN_EXT_MEM_K] = (uint8_t)kib;
		params[SCREEN_EXT_MEM_K + 1] = (uint8_t)(kib >> 8);
	}
}

static void write_efi(struct run *run)
{
	const uint8_t *old = run->build->machine->params;
	const struct efi *efi = &run->build->machine->efi;
	uint64_t map = run->address + run->map_at;
	uint8_t *params = run->bytes;

	memcpy(params + EFI_SIGNATURE, old + EFI_SIGNATURE, 8); /* and EFI_SYSTAB */
	memcpy(params + EFI_SYSTAB_HIGH, old + EFI_SYSTAB_HIGH, 4);
	put32(params + EFI_MEMDESC_SIZE, EFI_DESCRIPTOR_SIZE);
	put32(params + EFI_MEMDESC_VERSION, 1);
	put32(params + EFI_MEMMAP, (uint32_t)map);
	put32(params + EFI_MEMMAP_HIGH, (uint32_t)(map >> 32));
	put32(params + EFI_MEMMAP_SIZE, (uint32_t)efi->map_size);
	memcpy(run->bytes + run->map_at, efi->map, efi->map_size);
}

/* The list of setup_data, each node's link being the next one's address. */
static void write_nodes(struct run *run)
{
	size_t at = run->nodes_at;
	uint8_t *link = run->bytes + SETUP_DATA;

	put64(link, 0);
	for (size_t i = 0; i < run->nodes.n; i++) {
		const struct setup_data *node = &run->nodes.at[i];

		put64(link, run->address + at);
		link = run->bytes + at;
		put64(link, 0);
		put32(link + 8, node->type);
		put32(link + 12, (uint32_t)node->size);
		memcpy(link + NODE_HEADER, node->bytes, node->size);
		at = (at + NODE_HEADER + node->size + 15) & ~(size_t)15;
	}
}

static void write_header(struct run *run)
{
	const struct handover *handover = run->handover;
	uint64_t cmdline = run->address + run->cmdline_at;
	size_t end = HDR_MAGIC + handover->header[HDR_LENGTH];
	uint8_t *params = run->bytes;

	if (end > HDR_END)
		end = HDR_END;
	memcpy(params + HDR, handover->header + HDR, end - HDR);
	params[TYPE_OF_LOADER] = TYPE_OF_LOADER_KEXEC;
	params[LOADFLAGS] = handover->protected_mode ? LOADED_HIGH : 0;
	put32(params + RAMDISK_IMAGE, (uint32_t)handover->ramdisk);
	put32(params + EXT_RAMDISK_IMAGE, (uint32_t)(handover->ramdisk >> 32));
	put32(params + RAMDISK_SIZE, (uint32_t)handover->ramdisk_size);
	put32(params + EXT_RAMDISK_SIZE, (uint32_t)(handover->ramdisk_size >> 32));
	put32(params + CMD_LINE_PTR, (uint32_t)cmdline);
	put32(params + EXT_CMD_LINE_PTR, (uint32_t)(cmdline >> 32));
	memcpy(params + HARDWARE_SUBARCH, run->build->machine->params + HARDWARE_SUBARCH, 12);
}

static void write_all(struct run *run)
{
	const struct machine *machine = run->build->machine;
	uint8_t *params = run->bytes;

	/* zero-page.rst: all that is not known stays zero, above all the sentinel */
	for (size_t i = 0; i < sizeof inherited / sizeof *inherited; i++)
		memcpy(params + inherited[i].at, machine->params + inherited[i].at,
		       inherited[i].size);
	put64(params + RSDP, machine->rsdp);
	write_screen(run);
	write_memory(run);
	write_header(run);
	write_nodes(run);
	if (run->efi)
		write_efi(run);
	strcpy((char *)run->bytes + run->cmdline_at, run->cmdline);
}

static bool has_tables(const struct run *run)
{
	return !run->handover->protected_mode && !run->build->machine->encrypted;
}

/* The size that it needs, with its page tables. */
static bool take(struct run *run, uint64_t max, bool high)
{
	struct fit fit = { run->tables_at, PAGE, MIB, max };

	if (has_tables(run))
		fit.size += pagetables_most(high);
	run->size = fit.size;
	return segments_take(run->build, &fit, &run->address);
}

/* Below 4 GiB for every kernel; above as well for those that are 64-bit from the start. */
static int place(struct run *run)
{
	if (take(run, 4 * GIB, run->handover->end > 4 * GIB) ||
	    (run->handover->high && take(run, PHYSICAL_END, true)))
		return 0;
	return build_fail(run->build, ENOMEM,
			  "no room for %zu KiB of boot parameters below 4 GiB", run->size >> 10);
}

/*
 * All below 4 GiB, where older kernels also look for tables of the firmware before they have a map
 * of their own, the kernel, and what it is told.
 */
static uint64_t write_tables(struct run *run)
{
	const struct handover *handover = run->handover;
	struct pagetables tables = { .bytes = run->bytes + run->tables_at,
				     .address = run->address + run->tables_at,
				     .five_level = run->build->machine->five_level };

	if (!has_tables(run))
		return 0;
	pagetables_map(&tables, 0, 4 * GIB);
	pagetables_map(&tables, handover->start, handover->end);
	pagetables_map(&tables, run->address, run->address + run->size);
	return tables.address;
}

int bootparams_build(struct build *build, const struct handover *handover)
{
	struct run run = { .build = build, .handover = handover };
	struct jump jump = { .entry = handover->kernel,
			     .protected_mode = handover->protected_mode };
	uint16_t flags = get16(handover->header + XLOADFLAGS);
	int error;

	run.efi = build->machine->efi.runtime && (flags & XLF_EFI_KEXEC) &&
		  get16(handover->header + VERSION) >= 0x20c;
	collect_nodes(&run);
	error = choose_cmdline(&run);
	if (error)
		return error;
	measure(&run, &jump);
	error = place(&run);
	if (error)
		return error;
	run.bytes = arena_alloc(build->arena, run.size);
	write_all(&run);
	jump.rsi = run.address;
	jump.pagetables = write_tables(&run);
	trampoline_write(&jump, run.bytes + run.trampoline_at);
	build->entry = run.address + run.trampoline_at;
	return segments_add(build, run.bytes, run.size, run.address, run.size);
}
