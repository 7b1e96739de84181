/* What people take for kernels: so that the reason why it can't be started helps. */
#ifndef KEXEC_STRANGER_H
#define KEXEC_STRANGER_H

#include <stdbool.h>

#include "kexec/image.h"

/* stranger_name - what a file is that no format claims, and what to do with it; NULL: not known */
const char *stranger_name(const struct image *file);

/*
 * stranger_in_disguise - has a program that is not Linux put on a bzImage's header?
 *
 * MEMDISK, iPXE and others do, for a boot loader of a BIOS to start them in real mode; at the
 * 32-bit entry, all that such an old header leaves, they have nothing. Linux says there who built
 * it (boot.rst, "kernel_version"; arch/x86/boot/version.c). Only for a header of before
 * protocol 2.12.
 */
bool stranger_in_disguise(const struct image *kernel);

#endif
