#include "kexec/biosdata.h"

#include <errno.h>

#include "kexec/bootparams.h"

#define LOW_END     0xa0000 /* there the screen's memory begins */
#define LOW_MIN     0x40000 /* a lower end of memory no BIOS has; Xen does not believe it */
#define LOW_NEEDED  0x20000 /* what a kernel may use of it while it starts: Xen 64 KiB */
#define EBDA_WORD   0x40e   /* in the BIOS data area: where the extended one is, in 16 bytes */
#define MEMORY_WORD 0x413   /* and where low memory ends, in KiB */
#define BDA_SIZE    0x415
#define RSDP_AT     16 /* in the extended area, whose first byte is its size in KiB */
#define RSDP_SIZE   36

/* The last page of low memory; 0: there is not enough of it in one piece. */
static uint64_t find_ebda(const struct ranges *map)
{
	uint64_t end = 0;

	for (size_t i = 0; i < map->n; i++) {
		const struct range *ram = &map->at[i];

		if (ram->type == MEMORY_RAM && ram->start < LOW_END && ram->end >= LOW_MIN + PAGE &&
		    ram->end - ram->start >= LOW_NEEDED)
			end = ram->end < LOW_END ? ram->end & ~(PAGE - 1) : LOW_END;
	}
	return end ? end - PAGE : 0;
}

static bool is_ram(const struct ranges *map, uint64_t start, uint64_t end)
{
	for (size_t i = 0; i < map->n; i++)
		if (map->at[i].type == MEMORY_RAM && map->at[i].start <= start &&
		    map->at[i].end >= end)
			return true;
	return false;
}

static int add_areas(struct build *build, uint64_t ebda)
{
	uint8_t *bda = arena_alloc(build->arena, BDA_SIZE);
	uint8_t *extended = arena_alloc(build->arena, RSDP_AT);
	int error;

	put16(bda + EBDA_WORD, (uint16_t)(ebda >> 4));
	put16(bda + MEMORY_WORD, (uint16_t)(ebda >> 10));
	extended[0] = PAGE >> 10;
	error = segments_add(build, bda, BDA_SIZE, 0, PAGE);
	return error ? error : segments_add(build, extended, RSDP_AT, ebda, PAGE);
}

int biosdata_add(struct build *build, struct ranges *map, struct jump *jump)
{
	uint64_t rsdp = build->machine->rsdp, ebda = find_ebda(map);

	if (rsdp == 0 || rsdp > 4 * GIB - RSDP_SIZE)
		return build_fail(
			build, ENOEXEC,
			"a kernel for a BIOS; this machine has UEFI, and where ACPI begins "
			"is %s",
			rsdp ? "above 4 GiB" : "not known");
	if (ebda == 0 || !is_ram(map, 0, PAGE))
		return build_fail(
			build, ENOMEM,
			"a kernel for a BIOS; this machine has UEFI, which keeps the memory "
			"below 640 KiB for itself");
	jump->copy_from = (uint32_t)rsdp;
	jump->copy_to = (uint32_t)ebda + RSDP_AT;
	jump->copy_size = RSDP_SIZE;
	ranges_cut(build->arena, map, ebda, ebda + PAGE, 0);
	ranges_add(build->arena, map, ebda, ebda + PAGE, MEMORY_RESERVED);
	ranges_merge(map);
	return add_areas(build, ebda);
}
