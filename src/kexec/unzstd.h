/* Zstandard files (RFC 8878). */
#ifndef KEXEC_UNZSTD_H
#define KEXEC_UNZSTD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* unzstd_claims - do the bytes begin as a Zstandard file? */
bool unzstd_claims(const uint8_t *bytes, size_t size);

/*
 * unzstd - decompress all of it to @out, which has *@room bytes; *@room gets how many it were
 *
 * Returns 0, or -EBADMSG if the file is damaged or truncated (by its checksum too where it has
 * one), does not fit, or needs a dictionary.
 */
int unzstd(const uint8_t *bytes, size_t size, uint8_t *out, size_t *room);

#endif
