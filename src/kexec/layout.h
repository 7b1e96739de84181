/* Ranges of physical memory, and finding places in them. Pure. */
#ifndef KEXEC_LAYOUT_H
#define KEXEC_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

#define PAGE         ((uint64_t)4096)
#define MIB          ((uint64_t)1 << 20)
#define GIB          ((uint64_t)1 << 30)
#define PHYSICAL_END ((uint64_t)1 << 46) /* what four levels of page tables map one to one */

/* Types of the e820 map (ACPI 6.5, table 15.1; PRAM and SOFT_RESERVED are Linux's own). */
enum memory_type {
	MEMORY_RAM = 1,
	MEMORY_RESERVED = 2,
	MEMORY_ACPI = 3,
	MEMORY_NVS = 4,
	MEMORY_UNUSABLE = 5,
	MEMORY_PMEM = 7,
	MEMORY_PRAM = 12,
	MEMORY_SOFT_RESERVED = (int)0xefffffff,
};

struct range {
	uint64_t start, end; /* [start, end) */
	uint32_t type;       /* enum memory_type, or the firmware's own number */
};

/* A growing array of ranges: a VEC, for vec_push(). */
struct ranges {
	struct range *at;
	size_t n, room;
};

/* page_up - @bytes rounded up to whole pages; what would overflow gives the last page's start */
static inline uint64_t page_up(uint64_t bytes)
{
	return bytes > UINT64_MAX - (PAGE - 1) ? ~(PAGE - 1) : (bytes + PAGE - 1) & ~(PAGE - 1);
}

/* ranges_add - append [@start, @end), unless it is empty */
void ranges_add(struct arena *arena, struct ranges *ranges, uint64_t start, uint64_t end,
		uint32_t type);

/* ranges_merge - sort by address, and join neighbours that touch or overlap and have one type */
void ranges_merge(struct ranges *ranges);

/* ranges_cut - take [@start, @end) out of sorted ranges; @type, unless 0: only out of that type */
void ranges_cut(struct arena *arena, struct ranges *ranges, uint64_t start, uint64_t end,
		uint32_t type);

/* Where something may be put. */
struct fit {
	uint64_t size, align; /* bytes; align is a power of two, at least a page */
	uint64_t min, max;    /* all of it in [min, max) */
};

/* layout_count - how many places there are for it */
uint64_t layout_count(const struct ranges *holes, const struct fit *fit);

/*
 * layout_take - take the highest place but @skip out of the holes
 *
 * From the top down, because the kernel's allocator hands out low pages first, and a page that is
 * both source and destination costs it a search (kimage_alloc_page). Returns false when there is
 * no such place.
 */
bool layout_take(struct arena *arena, struct ranges *holes, const struct fit *fit, uint64_t skip,
		 uint64_t *address);

#endif
