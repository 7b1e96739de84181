/* The codes in Zstandard files (RFC 8878, 4): finite state and Huffman. For unzstd.c. */
#ifndef KEXEC_ZSTD_CODES_H
#define KEXEC_ZSTD_CODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HUFFMAN_BITS 11 /* of the longest code */
#define TABLE_BITS   9  /* the largest accuracy of a table */

struct input {
	const uint8_t *at, *end;
};

/* Bits that are read from the last one to the first; beyond that one there are zeros. */
struct bits {
	const uint8_t *bytes;
	ptrdiff_t size, left; /* bytes; bits, below 0 for zeros that were taken */
};

struct state { /* of a finite state decoder: what it gives, and how it goes on */
	uint8_t symbol, bits;
	uint16_t next; /* and the number in that many bits */
};

struct table {
	unsigned accuracy;
	bool known;
	struct state states[1 << TABLE_BITS];
};

/* Codes of up to .bits bits: what the next ones mean. */
struct huffman {
	unsigned bits; /* of the longest code; 0: none is known yet */
	struct {
		uint8_t symbol, bits;
	} codes[1 << HUFFMAN_BITS];
};

/* input_left - bytes that are left */
static inline size_t input_left(const struct input *input)
{
	return (size_t)(input->end - input->at);
}

/* input_take - the next @n bytes as an input of their own; false: there are not so many */
bool input_take(struct input *input, size_t n, struct input *part);

/* input_number - a little-endian number of @n bytes, at most 8; false: there are not so many */
bool input_number(struct input *input, unsigned n, uint64_t *number);

/* bits_open - all of the input as bits, the last one first; false: it has no such end */
bool bits_open(const struct input *input, struct bits *bits);

/* bits_take - the next @n bits, at most 32; .left is negative after the first one was passed */
uint32_t bits_take(struct bits *bits, unsigned n);

/* table_make - for symbols as frequent as @counts says, which add up to 2 to the power of @accuracy
 */
void table_make(struct table *table, unsigned accuracy, const int16_t *counts, unsigned n);

/*
 * table_read - take the description of a table of at most @codes symbols (4.1.1)
 *
 * False: it is damaged, or its accuracy is larger than @accuracy_max.
 */
bool table_read(struct input *input, unsigned codes, unsigned accuracy_max, struct table *table);

/* huffman_read - take the description of a Huffman code (4.2.1); false: it is damaged */
bool huffman_read(struct input *input, struct huffman *huffman);

/* huffman_decode - @n symbols, which are all of the input; false: they are not */
bool huffman_decode(const struct huffman *huffman, const struct input *input, uint8_t *out,
		    size_t n);

#endif
