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
#define USED        (3u << 5)    /* accessed, dirty: the processor's notes */
#define CR0_WP      (1ull << 16) /* what may not be written, may not by the firmware either */
#define CR4_LA57    (1ull << 12) /* a fifth level */

#define CPU_PROTOCOL              \
	((const struct efi_guid){ \
		0x26baccb1, 0x6f42, 0x11d4, { 0xbc, 0xe7, 0, 0x80, 0xc7, 0x3c, 0x88, 0x81 } })
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

/* Where the first address is that add_missing has mapped: the memory, and so all code, is below. */
static uint64_t added_from;

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
		if (!added_from)
			added_from = at;
		fill_pages(tables, at);
		*entry = (uint64_t)tables | WRITABLE | PRESENT;
		tables += ENTRIES;
	}
}

static uint64_t *top_table(void)
{
	uint64_t cr3;

	__asm__ volatile("mov %%cr3, %0" : "=r"(cr3));
	return (uint64_t *)(cr3 & ADDRESS);
}

/* The tables themselves may be write-protected. Returns what end_change wants back. */
static uint64_t begin_change(void)
{
	uint64_t cr0;

	__asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
	__asm__ volatile("mov %0, %%cr0" : : "r"(cr0 & ~CR0_WP) : "memory");
	return cr0;
}

static void end_change(uint64_t cr0)
{
	__asm__ volatile("mov %0, %%cr0" : : "r"(cr0) : "memory");
}

static efi_status (*set_attributes)(struct efi_cpu_protocol *this, uint64_t start, uint64_t length,
				    uint64_t attributes);

/* Is a GiB still mapped as add_missing did it? */
static bool is_as_added(uint64_t entry, uint64_t address)
{
	const uint64_t *table = (const uint64_t *)(entry & ADDRESS);

	if (!(entry & PRESENT) || entry & LARGE)
		return false;
	for (size_t i = 0; i < ENTRIES; i++) {
		if ((table[i] & ~(uint64_t)USED) !=
		    ((address + ((uint64_t)i << PAGE_SHIFT)) | LARGE | WRITABLE | PRESENT))
			return false;
	}
	return true;
}

/*
 * OVMF says of the addresses for PCI devices above the memory, 128 GiB of 1 TiB, that they are not
 * to be cached: a range register of the processor. Then it looks for pages there whose protection
 * has to go, at 400 instructions for each 2 MiB. What is mapped without any protection is shown to
 * it as pages of 1 GiB, as which it knows how to pass them by.
 */
static efi_status pass_by(struct efi_cpu_protocol *this, uint64_t start, uint64_t length,
			  uint64_t attributes)
{
	const uint64_t gib = 1ull << TABLE_SHIFT, last = start + length - gib;
	uint64_t *top = top_table(), *entry, cr0;
	efi_status status;

	if (attributes & ~EFI_MEMORY_CACHED || start % gib || length % gib || !length ||
	    start < added_from || last >> PAGES_MOST_BITS)
		return set_attributes(this, start, length, attributes);
	for (uint64_t at = start; at <= last; at += gib) {
		entry = find_entry(top, at);
		if (!entry || !is_as_added(*entry, at))
			return set_attributes(this, start, length, attributes);
	}
	cr0 = begin_change();
	for (uint64_t at = start; at <= last; at += gib)
		*find_entry(top, at) |= LARGE;
	status = set_attributes(this, start, length, attributes);
	for (uint64_t at = start; at <= last; at += gib)
		*find_entry(top, at) &= ~(uint64_t)LARGE;
	end_change(cr0);
	return status;
}

static void on_cpu_driver(void *event, void *system)
{
	struct efi_boot_services *boot = ((struct efi_system_table *)system)->boot;
	struct efi_cpu_protocol *cpu;

	if (set_attributes || boot->locate_protocol(&CPU_PROTOCOL, NULL, &cpu))
		return;
	boot->close_event(event);
	set_attributes = cpu->set_memory_attributes;
	cpu->set_memory_attributes = pass_by;
}

static void await_cpu_driver(struct efi_system_table *system)
{
	void *event, *registration;

	if (!system->boot->create_event_ex(EFI_EVENT_NOTIFY_SIGNAL, EFI_PRIORITY_CALLBACK,
					   on_cpu_driver, system, NULL, &event))
		system->boot->register_protocol_notify(&CPU_PROTOCOL, event, &registration);
}

void pages_complete(struct efi_system_table *system)
{
	unsigned bits = address_bits(system);
	uint64_t cr0, cr4, tables, *top = top_table();
	size_t n;

	__asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
	if (cr4 & CR4_LA57 || bits > PAGES_MOST_BITS)
		return;
	n = count_missing(top, 1ull << bits);
	if (!n ||
	    system->boot->allocate_pages(EFI_ALLOCATE_ANY, EFI_BOOT_SERVICES_DATA, n, &tables))
		return;
	cr0 = begin_change();
	add_missing(top, 1ull << bits, (uint64_t *)tables);
	end_change(cr0);
	await_cpu_driver(system);
}
