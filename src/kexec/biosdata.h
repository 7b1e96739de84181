/* What a BIOS leaves in low memory, for kernels that know no other firmware, on UEFI machines. */
#ifndef KEXEC_BIOSDATA_H
#define KEXEC_BIOSDATA_H

#include "kexec/segments.h"
#include "kexec/trampoline.h"

/*
 * biosdata_add - have the BIOS' data areas made as the next kernel starts
 *
 * They name the end of low memory, and hold ACPI's root, where a kernel searches for it that a BIOS
 * started (ACPI 6.5, 5.2.5.1). *@map, the memory map for that kernel, gets their place as reserved.
 * @jump, in protected mode, gets the copy to make of the root. Returns 0, or -errno and build->why.
 */
int biosdata_add(struct build *build, struct ranges *map, struct jump *jump);

#endif
