/* Numbers as they lie in a flash image: little-endian, at any address. */
#ifndef FV_NUMBER_H
#define FV_NUMBER_H

#include <stddef.h>
#include <stdint.h>

static inline uint64_t get_number(const uint8_t *at, size_t n)
{
	uint64_t number = 0;

	while (n--)
		number = number << 8 | at[n];
	return number;
}

static inline void put_number(uint8_t *at, uint64_t number, size_t n)
{
	for (; n--; number >>= 8)
		*at++ = (uint8_t)number;
}

#define get16(at) ((uint16_t)get_number((at), 2))
#define get24(at) ((uint32_t)get_number((at), 3))
#define get32(at) ((uint32_t)get_number((at), 4))
#define get64(at) get_number((at), 8)

#define put16(at, number) put_number((at), (number), 2)
#define put24(at, number) put_number((at), (number), 3)
#define put32(at, number) put_number((at), (number), 4)
#define put64(at, number) put_number((at), (number), 8)

#endif
