/* What multiboot 1 and 2 have in common: how the kernel and its modules get into memory. */
#ifndef KEXEC_MULTIBOOT_H
#define KEXEC_MULTIBOOT_H

#include "base/text.h"
#include "kexec/program.h"
#include "kexec/segments.h"
#include "kexec/trampoline.h"

struct multiboot {
	struct build *build;
	struct program program;
	uint64_t entry; /* physical, as linked */
	bool relocatable;
	struct fit fit;    /* where it may be moved to */
	uint64_t moved;    /* added to all its addresses */
	uint64_t *modules; /* their addresses */
	const char *cmdline;
	struct ranges map; /* of the memory, as this kernel is to see it */
	struct jump jump;
	uint32_t magic;  /* for %eax */
	const char *hint; /* for Xen's first module, dom0's kernel: an option, or NULL */
};

/* multiboot_load - find room for the kernel and its modules; 0, or -errno and build->why */
int multiboot_load(struct multiboot *boot);

/* multiboot_args - a module's command line, complete; "" if it has none */
const char *multiboot_args(const struct multiboot *boot, size_t module);

/* multiboot_memory - KiB of RAM from @start on, 0 or 1 MiB, up to the first gap */
uint32_t multiboot_memory(const struct multiboot *boot, uint64_t start);

/*
 * multiboot_finish - add the information and the trampoline, in one last segment
 *
 * @write appends the information to a text, for the address that it is going to have. It is called
 * twice, first to learn the size.
 */
int multiboot_finish(struct multiboot *boot, void (*write)(const struct multiboot *boot,
							   struct text *info, uint32_t address));

/* multiboot_number - append 32 bits, little-endian */
void multiboot_number(struct text *info, uint32_t number);

#endif
