/* LZ4 files: frames (lz4_Frame_format.md), and the older kind that the kernel's build makes. */
#ifndef KEXEC_UNLZ4_H
#define KEXEC_UNLZ4_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* unlz4_claims - do the bytes begin as an LZ4 file? */
bool unlz4_claims(const uint8_t *bytes, size_t size);

/* unlz4_size - bytes that it holds at most, by its headers; 0: it is damaged */
size_t unlz4_size(const uint8_t *bytes, size_t size);

/*
 * unlz4 - decompress all of it to @out, which has *@room bytes; *@room gets how many it were
 *
 * Returns 0, or -EBADMSG if the file is damaged or truncated, by its checksums too where it has
 * them.
 */
int unlz4(const uint8_t *bytes, size_t size, uint8_t *out, size_t *room);

#endif
