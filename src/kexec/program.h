/* Programs as ELF files: what of the file goes to which address. Pure. */
#ifndef KEXEC_PROGRAM_H
#define KEXEC_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kexec/segments.h"

/* A part of a program: bytes, and zeros behind them up to .room. */
struct program_part {
	const uint8_t *bytes;
	uint64_t size, address, room;
};

struct program {
	VEC(struct program_part) parts;
	uint64_t start, end; /* of all parts: physical addresses, as linked */
	uint64_t entry;      /* physical, as linked */
	bool high_half;      /* linked to run where Linux does: in the last 2 GiB of addresses */
};

/* program_is_elf - an ELF file for this processor; @bits: 32, 64, or 0 for either */
bool program_is_elf(const struct image *file, unsigned bits);

/*
 * program_read_elf - the parts of build->kernel, an ELF file (System V ABI, "Program Header")
 *
 * No part reaches beyond @limit. Returns 0, or -errno and build->why.
 */
int program_read_elf(struct build *build, struct program *program, uint64_t limit);

/* program_add - append a part and keep .start and .end */
void program_add(struct arena *arena, struct program *program, const struct program_part *part);

/*
 * program_load - have all parts put @moved bytes above where they were linked
 *
 * The place is the caller's, by segments_take(). Parts that share a page are put together in
 * memory first, as segments are whole pages. Returns 0, or -errno and build->why.
 */
int program_load(struct build *build, const struct program *program, uint64_t moved);

#endif
