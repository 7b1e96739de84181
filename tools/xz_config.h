/* What XZ Embedded asks of its surroundings (its xz_private.h); for tools/toolchain. */
#ifndef XZ_CONFIG_H
#define XZ_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "xz.h"

#define XZ_DEC_SINGLE /* from memory to memory, in one call */
#define XZ_DEC_X86    /* the filter that the kernel's build uses */

#define kmalloc(size, flags) malloc(size)
#define kfree(pointer)	     free(pointer)
#define memeq(a, b, size)    (memcmp(a, b, size) == 0)
#define memzero(at, size)    memset(at, 0, size)
#define min(a, b)	     ((a) < (b) ? (a) : (b))
#define min_t(type, a, b)    min((type)(a), (type)(b))
#define fallthrough	     __attribute__((__fallthrough__))
#define __always_inline	     /* small is better here than fast */

static inline uint32_t get_unaligned_le32(const uint8_t *at)
{
	return at[0] | at[1] << 8 | at[2] << 16 | (uint32_t)at[3] << 24;
}

static inline void put_unaligned_le32(uint32_t value, uint8_t *at)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

#define get_le32 get_unaligned_le32

/* ECMA-182, reflected: half a byte at a time */
static inline uint64_t xz_crc64(const uint8_t *at, size_t size, uint64_t crc)
{
	uint64_t table[16];

	for (unsigned i = 0; i < 16; i++) {
		table[i] = i;
		for (int bit = 0; bit < 4; bit++)
			table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0xc96c5795d7870f42 : 0);
	}
	crc = ~crc;
	for (; size; size--) {
		crc ^= *at++;
		crc = crc >> 4 ^ table[crc & 15];
		crc = crc >> 4 ^ table[crc & 15];
	}
	return ~crc;
}

#endif
