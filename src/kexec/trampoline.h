/* The code that runs between the kernels. The kernel's kexec enters it in 64-bit mode. */
#ifndef KEXEC_TRAMPOLINE_H
#define KEXEC_TRAMPOLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How the next kernel wants to be entered. */
struct jump {
	uint64_t entry; /* physical address */
	uint64_t rsi;
	uint64_t pagetables; /* the root's physical address; 0: those that are in use now */
	uint32_t eax, ebx;   /* in protected mode only, like the rest */
	/* What to copy before: physical addresses, of what is no file but the firmware's memory */
	uint32_t copy_from, copy_to, copy_size;
	bool protected_mode; /* 32-bit, without paging: all of it must lie below 4 GiB */
};

/* trampoline_size - bytes it takes for such a jump; its stack included */
size_t trampoline_size(const struct jump *jump);

/* trampoline_write - write it to @at; it runs wherever that is put, entered at its first byte */
void trampoline_write(const struct jump *jump, uint8_t *at);

#endif
