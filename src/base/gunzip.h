/* gzip files (RFC 1952, and RFC 1951 for what is in them): hypervisors come as such. */
#ifndef BASE_GUNZIP_H
#define BASE_GUNZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* gunzip_claims - do the bytes begin as a gzip file? */
bool gunzip_claims(const uint8_t *bytes, size_t size);

/* gunzip_size - bytes that it says to hold */
size_t gunzip_size(const uint8_t *bytes, size_t size);

/*
 * gunzip - decompress all of it to @out, which has gunzip_size() bytes
 *
 * Returns 0, or -EBADMSG if the file is damaged or truncated, by its checksum too.
 */
int gunzip(const uint8_t *bytes, size_t size, uint8_t *out);

#endif
