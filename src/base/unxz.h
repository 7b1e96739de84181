/* xz files (the .xz file format, version 1.1), by XZ Embedded. */
#ifndef BASE_UNXZ_H
#define BASE_UNXZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* unxz_claims - do the bytes begin as an xz file? */
bool unxz_claims(const uint8_t *bytes, size_t size);

/*
 * unxz - decompress all of it to @out, which has *@room bytes; *@room gets how many it were
 *
 * One stream, with LZMA2 and the filter for x86; its checksum is CRC32, CRC64 or none. Returns 0,
 * -EOPNOTSUPP if it has others, or -EBADMSG if it is damaged, truncated, or does not fit.
 */
int unxz(const uint8_t *bytes, size_t size, uint8_t *out, size_t *room);

#endif
