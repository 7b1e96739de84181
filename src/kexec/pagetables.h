/* Page tables that map memory one to one, in which a kernel is entered in 64-bit mode. Pure. */
#ifndef KEXEC_PAGETABLES_H
#define KEXEC_PAGETABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pagetables {
	uint8_t *bytes;   /* zeroed pages, the root first */
	uint64_t address; /* where those will be: a page's physical address */
	size_t size;      /* bytes of them that are in use */
	bool five_level;  /* as the processor runs (CR4.LA57) */
};

/* pagetables_most - bytes that the memory below 4 GiB takes, and with @high two ranges above it */
size_t pagetables_most(bool high);

/* pagetables_map - map [@start, @end), to whole 2 MiB (Intel SDM 3A, 4.5); above 4 GiB at most 4 GiB */
void pagetables_map(struct pagetables *tables, uint64_t start, uint64_t end);

#endif
