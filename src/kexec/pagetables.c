#include "kexec/pagetables.h"

#include "base/bytes.h"
#include "kexec/layout.h"

#define LARGE       ((uint64_t)2 << 20)
#define LARGE_SHIFT 21
#define LEVEL_BITS  9
#define INDEX       ((1u << LEVEL_BITS) - 1)

enum { PRESENT = 1 << 0, WRITABLE = 1 << 1, LARGE_PAGE = 1 << 7 };

/* The entry of the last table, with the tables above it made where there are none yet. */
static uint8_t *find_entry(struct pagetables *tables, uint64_t address)
{
	unsigned shift = LARGE_SHIFT + LEVEL_BITS * (tables->five_level ? 3 : 2);
	uint8_t *table = tables->bytes, *entry;

	if (tables->size == 0)
		tables->size = PAGE; /* the root */
	for (; shift > LARGE_SHIFT; shift -= LEVEL_BITS) {
		entry = table + 8 * (address >> shift & INDEX);
		if (!get64(entry)) {
			put64(entry, (tables->address + tables->size) | PRESENT | WRITABLE);
			tables->size += PAGE;
		}
		table = tables->bytes + (get64(entry) & ~(PAGE - 1)) - tables->address;
	}
	return table + 8 * (address >> shift & INDEX);
}

void pagetables_map(struct pagetables *tables, uint64_t start, uint64_t end)
{
	for (uint64_t at = start & ~(LARGE - 1); at < end; at += LARGE)
		put64(find_entry(tables, at), at | PRESENT | WRITABLE | LARGE_PAGE);
}

size_t pagetables_most(bool high)
{
	/* The root, two below it and one for each GiB. A range of 4 GiB may touch 5, and an end of
	   each table above those. */
	size_t low = 3 + 4, above = 2 * (5 + 2 + 2);

	return (low + (high ? above : 0)) * PAGE;
}
