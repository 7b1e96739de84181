#include "firmware/pages.h"

/* Intel's manual, volume 3, 4.5: four levels of 512 entries each. */
#define ENTRIES     512
#define PRESENT     (1u << 0)
#define WRITABLE    (1u << 1)
#define LARGE       (1u << 7)
#define ADDRESS     0x000ffffffffff000
#define TABLE_SHIFT 30 /* a table of the second level maps 1 GiB in pages of 2 MiB */
#define TOP_SHIFT   39
#define PAGE_SHIFT  21
#define CR0_WP      (1ull << 16) /* what may not be written, may not by the firmware either */
#define CR4_LA57    (1ull << 12) /* a fifth level */

#define HOB_LIST                  \
	((const struct efi_guid){ \
		0x7739f24c, 0x93d7, 0x11d4, { 0x9a, 0x3a, 0, 0x90, 0x27, 0x3f, 0xc1, 0x4d } })

static unsigned address_bits(struct efi_system_table *system)
{
	struct efi_hob *hob = efi_find_table(system, &HOB_LIST);

	for (; hob && hob->type != EFI_HOB_END; hob = (void *)((uint8_t *)hob + hob->size)) {
		if (hob->type == EFI_HOB_CPU)
			return ((struct efi_hob_cpu *)hob)->address_bits;
	}
	return 0;
}

static void fill_pages(uint64_t *table, uint64_t address)
{
	for (size_t i = 0; i < ENTRIES; i++)
		table[i] = (address + ((uint64_t)i << PAGE_SHIFT)) | LARGE | WRITABLE | PRESENT;
}

static void clear(uint64_t *table)
{
	for (size_t i = 0; i < ENTRIES; i++)
		table[i] = 0;
}

/* Where the entry is that maps 1 GiB from an address on; NULL: the table that has it is not there.
 */
static uint64_t *find_entry(uint64_t *top, uint64_t address)
{
	uint64_t entry = top[address >> TOP_SHIFT & (ENTRIES - 1)];

	if (!(entry & PRESENT))
		return NULL;
	return (uint64_t *)(entry & ADDRESS) + (address >> TABLE_SHIFT & (ENTRIES - 1));
}

/* The tables that are missing below an address: a page for each. */
static size_t count_missing(uint64_t *top, uint64_t end)
{
	size_t n = 0;

	for (uint64_t at = 0; at < end; at += 1ull << TABLE_SHIFT) {
		uint64_t *entry = find_entry(top, at);

		if (!entry && at << (64 - TOP_SHIFT) == 0)
			n++;
		n += !entry || !(*entry & PRESENT);
	}
	return n;
}

static void add_missing(uint64_t *top, uint64_t end, uint64_t *tables)
{
	for (uint64_t at = 0; at < end; at += 1ull << TABLE_SHIFT) {
		uint64_t *entry = find_entry(top, at);

		if (!entry) {
			clear(tables);
			top[at >> TOP_SHIFT & (ENTRIES - 1)] =
				(uint64_t)tables | WRITABLE | PRESENT;
			tables += ENTRIES;
			entry = find_entry(top, at);
		}
		if (*entry & PRESENT)
			continue;
		fill_pages(tables, at);
		*entry = (uint64_t)tables | WRITABLE | PRESENT;
		tables += ENTRIES;
	}
}

void pages_complete(struct efi_system_table *system)
{
	unsigned bits = address_bits(system);
	uint64_t cr0, cr3, cr4, tables, *top;
	size_t n;

	__asm__ volatile("mov %%cr0, %0\n\tmov %%cr3, %1\n\tmov %%cr4, %2"
			 : "=r"(cr0), "=r"(cr3), "=r"(cr4));
	if (cr4 & CR4_LA57 || bits > PAGES_MOST_BITS)
		return;
	top = (uint64_t *)(cr3 & ADDRESS);
	n = count_missing(top, 1ull << bits);
	if (!n ||
	    system->boot->allocate_pages(EFI_ALLOCATE_ANY, EFI_BOOT_SERVICES_DATA, n, &tables))
		return;
	__asm__ volatile("mov %0, %%cr0" : : "r"(cr0 & ~CR0_WP) : "memory");
	add_missing(top, 1ull << bits, (uint64_t *)tables);
	__asm__ volatile("mov %0, %%cr0" : : "r"(cr0) : "memory");
}
