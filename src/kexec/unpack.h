/* Kernels in containers: compressed files, and EFI's compressed images. */
#ifndef KEXEC_UNPACK_H
#define KEXEC_UNPACK_H

#include "kexec/image.h"

/*
 * unpack_image - if the image is compressed, replace it by what is in it
 *
 * gzip, LZ4, xz and zstd files, and what the kernel's arch/…/zboot makes of them (an EFI program that unpacks
 * itself). Returns 0, also for an image that is none of these; or -errno and *@why. Either way the
 * image is still to be unmapped.
 */
int unpack_image(struct arena *arena, struct image *image, const char **why);

#endif
