/* The memory map, from /sys/firmware/memmap and /proc/iomem. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "kexec/machine.h"

#define IOMEM_LIMIT ((size_t)4 << 20) /* bytes; a machine with 64 NUMA nodes has some 200 KB */
#define MAP_LIMIT   4096              /* entries of the firmware's map */

/* The kernel's names for the types (arch/x86/kernel/e820.c, e820_type_to_string). */
static const struct {
	const char *name;
	uint32_t type;
} types[] = {
	{ "System RAM", MEMORY_RAM },
	{ "Reserved", MEMORY_RESERVED },
	{ "ACPI Tables", MEMORY_ACPI },
	{ "ACPI Non-volatile Storage", MEMORY_NVS },
	{ "Unusable memory", MEMORY_UNUSABLE },
	{ "Persistent Memory", MEMORY_PMEM },
	{ "Persistent Memory (legacy)", MEMORY_PRAM },
	{ "Soft Reserved", MEMORY_SOFT_RESERVED },
};

/* The type of a name, which ends at a newline or NUL; 0: not a name of memory. */
static uint32_t type_of(const char *name)
{
	size_t n = strcspn(name, "\n");

	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (strlen(types[i].name) == n && strncasecmp(types[i].name, name, n) == 0)
			return types[i].type;
	return 0;
}

/* What /proc/iomem says. */
struct iomem {
	struct ranges memory;  /* top level lines of known types */
	struct ranges blocked; /* at any level: reserved, and kept for a crash kernel */
	size_t lines;
	bool addresses; /* were there any but 0? */
};

static void iomem_line(struct arena *arena, const char *line, struct iomem *iomem)
{
	bool nested = *line == ' ';
	uint64_t start, last;
	uint32_t type;
	char *at;

	start = strtoull(line, &at, 16);
	if (*at != '-')
		return;
	last = strtoull(at + 1, &at, 16);
	if (strncmp(at, " : ", 3) != 0)
		return;
	iomem->lines++;
	if (last == 0)
		return;
	iomem->addresses = true;
	if (last < start || last == UINT64_MAX)
		return;
	type = type_of(at + 3);
	if (type && !nested)
		ranges_add(arena, &iomem->memory, start, last + 1, type);
	if (type == MEMORY_RESERVED || string_starts(at + 3, "Crash kernel"))
		ranges_add(arena, &iomem->blocked, start, last + 1, MEMORY_RESERVED);
}

static int iomem_read(struct arena *arena, const char *root, struct iomem *iomem, const char **why)
{
	const char *text = machine_file(arena, root, "/proc/iomem", IOMEM_LIMIT, NULL);

	if (!text) {
		*why = "/proc/iomem can't be read: is /proc mounted?";
		return -ENOENT;
	}
	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n')
		iomem_line(arena, line, iomem);
	/* The kernel shows zeros instead of addresses to those that it does not trust. */
	if (iomem->lines && !iomem->addresses) {
		*why = "/proc/iomem hides its addresses: loading a kernel needs CAP_SYS_ADMIN "
		       "(run as root)";
		return -EPERM;
	}
	ranges_merge(&iomem->memory);
	return 0;
}

/* One directory of /sys/firmware/memmap; false: there are no more. */
static bool memmap_entry(struct arena *arena, const char *root, unsigned number, struct ranges *map)
{
	char *directory = arena_print(arena, "/sys/firmware/memmap/%u", number), *name;
	uint64_t start, last;
	uint32_t type;

	if (!machine_number(arena, root, arena_print(arena, "%s/start", directory), &start) ||
	    !machine_number(arena, root, arena_print(arena, "%s/end", directory), &last))
		return false;
	name = machine_file(arena, root, arena_print(arena, "%s/type", directory), 64, NULL);
	if (!name || last < start || last == UINT64_MAX)
		return true;
	type = type_of(name); /* a type that we don't know is not for use */
	ranges_add(arena, map, start, last + 1, type ? type : MEMORY_RESERVED);
	return true;
}

/* The holes: RAM by both, the firmware and the running kernel, less what that has blocked. */
static void find_holes(struct arena *arena, const struct iomem *iomem, struct machine *machine)
{
	for (size_t i = 0; i < iomem->memory.n; i++)
		if (iomem->memory.at[i].type == MEMORY_RAM)
			vec_push(arena, &machine->holes) = iomem->memory.at[i];
	for (size_t i = 0; i < machine->map.n; i++)
		if (machine->map.at[i].type != MEMORY_RAM)
			ranges_cut(arena, &machine->holes, machine->map.at[i].start,
				   machine->map.at[i].end, 0);
	for (size_t i = 0; i < iomem->blocked.n; i++)
		ranges_cut(arena, &machine->holes, iomem->blocked.at[i].start,
			   iomem->blocked.at[i].end, 0);
	/*
	 * The running kernel lists as RAM what it added with "memmap=" and such; the firmware's map
	 * has gaps there, and a gap is not memory.
	 */
	for (size_t i = 0; i <= machine->map.n; i++) {
		uint64_t start = i ? machine->map.at[i - 1].end : 0;
		uint64_t end = i < machine->map.n ? machine->map.at[i].start : UINT64_MAX;

		ranges_cut(arena, &machine->holes, start, end, 0);
	}
	/* Real mode memory is left to the next kernel's own early code. */
	ranges_cut(arena, &machine->holes, 0, MIB, 0);
	ranges_cut(arena, &machine->holes, PHYSICAL_END, UINT64_MAX, 0);
	for (size_t i = 0; i < machine->holes.n; i++) {
		struct range *hole = &machine->holes.at[i];

		hole->start = page_up(hole->start);
		hole->end &= ~(PAGE - 1);
	}
	ranges_cut(arena, &machine->holes, 0, MIB, 0); /* drops what rounding made empty */
}

/*
 * What the running kernel reserved for the firmware's sake (efi_mem_reserve: ESRT, MOK variables,
 * boot logo) is RAM in the firmware's own map, and only we know that it must stay. Below 1 MiB
 * every kernel reserves anew, for itself.
 */
static void overlay_reserved(struct arena *arena, const struct iomem *iomem, struct ranges *map)
{
	for (size_t i = 0; i < iomem->memory.n; i++) {
		const struct range *held = &iomem->memory.at[i];
		size_t n = map->n;

		if (held->type != MEMORY_RESERVED || held->start < MIB)
			continue;
		for (size_t j = 0; j < n; j++) {
			struct range *ram = &map->at[j];
			uint64_t start = held->start > ram->start ? held->start : ram->start;
			uint64_t end = held->end < ram->end ? held->end : ram->end;

			if (ram->type == MEMORY_RAM)
				ranges_add(arena, map, start, end, MEMORY_RESERVED);
		}
		ranges_cut(arena, map, held->start, held->end, MEMORY_RAM);
	}
	ranges_merge(map);
}

int machine_read_memory(struct arena *arena, const char *root, struct machine *machine,
			const char **why)
{
	struct iomem iomem = { 0 };
	int error = iomem_read(arena, root, &iomem, why);

	if (error)
		return error;
	for (unsigned i = 0; i < MAP_LIMIT; i++)
		if (!memmap_entry(arena, root, i, &machine->map))
			break;
	if (machine->map.n == 0)
		for (size_t i = 0; i < iomem.memory.n; i++)
			vec_push(arena, &machine->map) = iomem.memory.at[i];
	ranges_merge(&machine->map);
	find_holes(arena, &iomem, machine);
	overlay_reserved(arena, &iomem, &machine->map);
	if (machine->holes.n == 0) {
		*why = "/proc/iomem and /sys/firmware/memmap name no RAM above 1 MiB";
		return -ENOMEM;
	}
	return 0;
}
