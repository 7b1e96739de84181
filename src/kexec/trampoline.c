#include "kexec/trampoline.h"

#include <string.h>

/* trampoline.S: the code with its data, which ends with these numbers. */
struct slots {
	uint32_t copy_from, copy_to, copy_size, unused;
	uint64_t entry, rsi;
	uint32_t eax, ebx;
	uint64_t pagetables;
};

extern const uint8_t trampoline64[], trampoline64_end[], trampoline32[], trampoline32_end[];

size_t trampoline_size(const struct jump *jump)
{
	return jump->protected_mode ? (size_t)(trampoline32_end - trampoline32)
				    : (size_t)(trampoline64_end - trampoline64);
}

void trampoline_write(const struct jump *jump, uint8_t *at)
{
	struct slots slots = { .copy_from = jump->copy_from,
			       .copy_to = jump->copy_to,
			       .copy_size = jump->copy_size,
			       .entry = jump->entry,
			       .rsi = jump->rsi,
			       .eax = jump->eax,
			       .ebx = jump->ebx,
			       .pagetables = jump->pagetables };
	size_t size = trampoline_size(jump);

	memcpy(at, jump->protected_mode ? trampoline32 : trampoline64, size);
	memcpy(at + size - sizeof slots, &slots, sizeof slots);
}
