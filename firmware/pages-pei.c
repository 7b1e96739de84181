/*
 * Page tables for as much memory as there is (PI 1.7, volume 1: a module of the start-up phase).
 *
 * Before OVMF starts its drivers, it fills in page tables for every address that the processor
 * can have. Without pages of 1 GiB, as in QEMU's own processor, those are half a million entries
 * for 1 TiB, and it asks its settings three times about each of them: 200 million instructions.
 * This module says that there are fewer addresses, up to where the memory ends, until the tables
 * are there. firmware/pages.c fills in the others, in a simple loop.
 */
#include "firmware/pages.h"

/* PI 1.7, volume 1, EFI_PEI_END_OF_PEI_PHASE_PPI: signalled when the page tables are there, before
 * any driver runs. */
static const struct efi_guid end_of_pei = {
	0x605ea650, 0xc65c, 0x42e1, { 0xba, 0x80, 0x91, 0xa5, 0x2a, 0xb6, 0x18, 0xc6 }
};

#define LEAST_BITS 32 /* the flash chip ends at 4 GiB */

static uint8_t real_bits;

static struct efi_hob_cpu *find_cpu(struct efi_pei_services **services, uint64_t *memory_end)
{
	struct efi_hob *hob;
	struct efi_hob_cpu *cpu = NULL;

	*memory_end = 0;
	if ((*services)->get_hob_list(services, &hob))
		return NULL;
	for (; hob->type != EFI_HOB_END; hob = (void *)((uint8_t *)hob + hob->size)) {
		struct efi_hob_resource *resource = (void *)hob;

		if (hob->type == EFI_HOB_CPU)
			cpu = (void *)hob;
		if (hob->type == EFI_HOB_RESOURCE && resource->type == EFI_RESOURCE_MEMORY &&
		    resource->start + resource->length > *memory_end)
			*memory_end = resource->start + resource->length;
	}
	return cpu;
}

static efi_status restore(struct efi_pei_services **services, void *descriptor, void *ppi)
{
	uint64_t memory_end;
	struct efi_hob_cpu *cpu = find_cpu(services, &memory_end);

	(void)descriptor;
	(void)ppi;
	if (cpu)
		cpu->address_bits = real_bits;
	return 0;
}

static void cpuid(uint32_t leaf, uint32_t *eax, uint32_t *edx)
{
	uint32_t ebx, ecx = 0;

	*eax = leaf;
	__asm__ volatile("cpuid" : "+a"(*eax), "=b"(ebx), "+c"(ecx), "=d"(*edx));
}

/*
 * Nothing to gain with pages of 1 GiB (AMD's manual, volume 3, E.4.2). And where memory may be
 * encrypted (E.4.17), each entry needs a bit that OVMF knows of.
 */
static bool is_plain(void)
{
	uint32_t most, eax, edx;

	cpuid(0x80000000, &most, &edx);
	cpuid(0x80000001, &eax, &edx);
	if (edx & 1u << 26)
		return false;
	if (most < 0x8000001f)
		return true;
	cpuid(0x8000001f, &eax, &edx);
	return !(eax & 3); /* SME, SEV */
}

/* The entry point; the file's depex lets it wait until memory, and what describes it, is there. */
efi_status peim_main(void *file, struct efi_pei_services **services)
{
	static const struct efi_pei_notify notify = { EFI_PEI_NOTIFY_CALLBACK | EFI_PEI_LIST_END,
						      &end_of_pei, restore };
	uint64_t memory_end;
	struct efi_hob_cpu *cpu = find_cpu(services, &memory_end);
	uint8_t bits = LEAST_BITS;

	(void)file;
	if (!cpu || cpu->address_bits > PAGES_MOST_BITS || !is_plain())
		return 0;
	while (bits < cpu->address_bits && memory_end > 1ull << bits)
		bits++;
	real_bits = cpu->address_bits;
	if (bits < real_bits && !(*services)->notify_ppi(services, &notify))
		cpu->address_bits = bits;
	return 0;
}
