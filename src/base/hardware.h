/* What the machine says of itself: its SMBIOS table and its processor. */
#ifndef BASE_HARDWARE_H
#define BASE_HARDWARE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

struct hardware {
	const unsigned char *smbios; /* the structure table; NULL: there is none */
	size_t smbios_size;          /* bytes */
	const char *cpu; /* as SYSLINUX has it: family and features, "6PXL"; NULL: another kind */
};

/* One structure of the table (DMTF DSP0134, 6.1, "Structure header format"). */
struct smbios {
	const unsigned char *at; /* its header, of 4 bytes, and what follows */
	size_t size;             /* bytes of these */
	const char *strings, *end; /* where its strings are, and where the table ends */
};

/* hardware_read - the machine that this runs on; what it does not tell is missing, and that is all */
const struct hardware *hardware_read(struct arena *arena);

/*
 * hardware_structure - find the structure of a type and a handle (either may be -1: any); the first
 * one, or the @nth from 1; false: there is none
 */
bool hardware_structure(const struct hardware *hardware, long type, long handle, unsigned long nth,
		       struct smbios *structure);

/* smbios_string - the string whose number is in byte @offset of a structure; NULL: none */
const char *smbios_string(struct arena *arena, const struct smbios *structure, size_t offset);

#endif
