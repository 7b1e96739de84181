#include "base/gunzip.h"

#include <errno.h>
#include <string.h>

#include "base/bytes.h"

#define HEADER       10
#define TRAILER      8
#define CODE_BITS    15
#define LITERALS     288
#define DISTANCES    32
#define END_OF_BLOCK 256
#define QUICK_BITS   9 /* codes of up to so many bits are looked up: nearly all */

enum { FLAG_CRC = 2, FLAG_EXTRA = 4, FLAG_NAME = 8, FLAG_COMMENT = 16 };

struct stream {
	const uint8_t *at, *end;
	uint64_t bits; /* not yet used, the next one lowest */
	unsigned bits_n;
	uint8_t *out;
	size_t n, room;
	bool bad; /* sticky: after it all reads give 0 */
};

/*
 * A Huffman code (RFC 1951, 3.2.2): how many codes have each length, and the symbols in order. For
 * the short ones, what the next bits mean: the symbol, and in the lowest four bits its length; 0:
 * it is longer, or none.
 */
struct code {
	uint16_t counts[CODE_BITS + 1];
	uint16_t symbols[LITERALS];
	uint16_t quick[1 << QUICK_BITS];
};

static void refill(struct stream *stream)
{
	while (stream->bits_n <= 56 && stream->at < stream->end) {
		stream->bits |= (uint64_t)*stream->at++ << stream->bits_n;
		stream->bits_n += 8;
	}
}

/* Go on at the next whole byte. */
static void drop_bits(struct stream *stream)
{
	stream->at -= stream->bits_n / 8;
	stream->bits = stream->bits_n = 0;
}

static void use_bits(struct stream *stream, unsigned n)
{
	stream->bits >>= n;
	stream->bits_n -= n;
}

static unsigned take_bits(struct stream *stream, unsigned n)
{
	unsigned value;

	if (stream->bits_n < n)
		refill(stream);
	if (stream->bits_n < n) {
		stream->bad = true;
		return 0;
	}
	value = (unsigned)stream->bits & ((1u << n) - 1);
	use_bits(stream, n);
	return value;
}

/* The bits of a code come highest first, in a stream that is read lowest first. */
static void make_quick(struct code *code)
{
	unsigned first = 0, index = 0;

	memset(code->quick, 0, sizeof code->quick);
	for (unsigned length = 1; length <= QUICK_BITS; length++) {
		for (unsigned i = 0; i < code->counts[length]; i++) {
			unsigned reversed = 0;

			for (unsigned bit = 0; bit < length; bit++)
				reversed |= ((first + i) >> bit & 1) << (length - 1 - bit);
			for (; reversed < 1 << QUICK_BITS; reversed += 1u << length)
				code->quick[reversed] =
					(uint16_t)(code->symbols[index + i] << 4 | length);
		}
		index += code->counts[length];
		first = (first + code->counts[length]) << 1;
	}
}

/* False: the lengths are of more codes than there can be. */
static bool make_code(struct code *code, const uint8_t *lengths, unsigned n)
{
	uint16_t next[CODE_BITS + 2] = { 0 };
	int left = 1;

	memset(code->counts, 0, sizeof code->counts);
	for (unsigned i = 0; i < n; i++)
		code->counts[lengths[i]]++;
	code->counts[0] = 0;
	for (unsigned length = 1; length <= CODE_BITS; length++) {
		left = left * 2 - code->counts[length];
		if (left < 0)
			return false;
		next[length + 1] = (uint16_t)(next[length] + code->counts[length]);
	}
	for (unsigned i = 0; i < n; i++)
		if (lengths[i])
			code->symbols[next[lengths[i]]++] = (uint16_t)i;
	make_quick(code);
	return true;
}

/* Codes of one length are consecutive numbers, and those of the next length go on from there. */
static unsigned take_symbol(struct stream *stream, const struct code *code)
{
	unsigned bits = 0, first = 0, index = 0, quick;

	if (stream->bits_n < CODE_BITS)
		refill(stream);
	quick = code->quick[stream->bits & ((1 << QUICK_BITS) - 1)];
	if (quick && (quick & 15) <= stream->bits_n) {
		use_bits(stream, quick & 15);
		return quick >> 4;
	}
	for (unsigned length = 1; length <= CODE_BITS && !stream->bad; length++) {
		bits |= take_bits(stream, 1);
		if (bits < first + code->counts[length])
			return code->symbols[index + (bits - first)];
		index += code->counts[length];
		first = (first + code->counts[length]) << 1;
		bits <<= 1;
	}
	stream->bad = true;
	return 0;
}

static void put_byte(struct stream *stream, uint8_t byte)
{
	if (stream->n == stream->room)
		stream->bad = true;
	else
		stream->out[stream->n++] = byte;
}

/* 3.2.4 */
static void stored_block(struct stream *stream)
{
	size_t size;

	drop_bits(stream);
	if (stream->end - stream->at < 4) {
		stream->bad = true;
		return;
	}
	size = get32(stream->at) & 0xffff;
	if ((get32(stream->at) >> 16 ^ size) != 0xffff ||
	    (size_t)(stream->end - stream->at) - 4 < size || stream->room - stream->n < size) {
		stream->bad = true;
		return;
	}
	memcpy(stream->out + stream->n, stream->at + 4, size);
	stream->n += size;
	stream->at += 4 + size;
}

/* 3.2.5: a length, and how far back the bytes are */
static void copy_back(struct stream *stream, unsigned symbol, const struct code *distances)
{
	unsigned length = symbol - 257, extra, distance;

	if (length < 8) {
		length += 3;
	} else if (length < 28) {
		extra = length / 4 - 1;
		length = ((4 + length % 4) << extra) + 3 + take_bits(stream, extra);
	} else {
		stream->bad |= length > 28;
		length = 258;
	}
	distance = take_symbol(stream, distances);
	if (distance >= 4) {
		stream->bad |= distance > 29;
		extra = (distance / 2 - 1) & 15;
		distance = ((2 + distance % 2) << extra) + take_bits(stream, extra);
	}
	distance++;
	stream->bad |= distance > stream->n || length > stream->room - stream->n;
	if (stream->bad)
		return;
	for (uint8_t *to = stream->out + stream->n, *end = to + length; to < end; to++)
		*to = to[-(ptrdiff_t)distance];
	stream->n += length;
}

static void coded_block(struct stream *stream, const struct code *literals,
			const struct code *distances)
{
	while (!stream->bad) {
		unsigned symbol = take_symbol(stream, literals);

		if (symbol == END_OF_BLOCK)
			return;
		if (symbol < END_OF_BLOCK)
			put_byte(stream, (uint8_t)symbol);
		else
			copy_back(stream, symbol, distances);
	}
}

/* 3.2.6 */
static void fixed_block(struct stream *stream)
{
	uint8_t lengths[LITERALS];
	struct code literals, distances;

	memset(lengths, 8, 144);
	memset(lengths + 144, 9, 112);
	memset(lengths + 256, 7, 24);
	memset(lengths + 280, 8, 8);
	make_code(&literals, lengths, LITERALS);
	memset(lengths, 5, 30);
	make_code(&distances, lengths, 30);
	coded_block(stream, &literals, &distances);
}

/* 3.2.7: the lengths of both codes, themselves coded, with runs */
static bool take_lengths(struct stream *stream, const struct code *code, uint8_t *lengths,
			 unsigned n)
{
	unsigned i = 0;

	while (i < n && !stream->bad) {
		unsigned symbol = take_symbol(stream, code), repeat = 1;
		uint8_t length = (uint8_t)symbol;

		if (symbol == 16) {
			if (i == 0)
				return false;
			length = lengths[i - 1];
			repeat = 3 + take_bits(stream, 2);
		} else if (symbol == 17) {
			length = 0;
			repeat = 3 + take_bits(stream, 3);
		} else if (symbol == 18) {
			length = 0;
			repeat = 11 + take_bits(stream, 7);
		}
		if (repeat > n - i)
			return false;
		memset(lengths + i, length, repeat);
		i += repeat;
	}
	return !stream->bad;
}

static void dynamic_block(struct stream *stream)
{
	static const uint8_t order[19] = { 16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
					   11, 4,  12, 3, 13, 2, 14, 1, 15 };
	unsigned literals_n = take_bits(stream, 5) + 257, distances_n = take_bits(stream, 5) + 1;
	unsigned n = take_bits(stream, 4) + 4;
	uint8_t lengths[LITERALS + DISTANCES] = { 0 };
	struct code literals, distances;

	for (unsigned i = 0; i < n; i++)
		lengths[order[i]] = (uint8_t)take_bits(stream, 3);
	if (literals_n > 286 || !make_code(&literals, lengths, 19) ||
	    !take_lengths(stream, &literals, lengths, literals_n + distances_n) ||
	    !make_code(&literals, lengths, literals_n) ||
	    !make_code(&distances, lengths + literals_n, distances_n)) {
		stream->bad = true;
		return;
	}
	coded_block(stream, &literals, &distances);
}

static void inflate(struct stream *stream)
{
	bool last = false;

	while (!last && !stream->bad) {
		last = take_bits(stream, 1);
		switch (take_bits(stream, 2)) {
		case 0:
			stored_block(stream);
			break;
		case 1:
			fixed_block(stream);
			break;
		case 2:
			dynamic_block(stream);
			break;
		default:
			stream->bad = true;
		}
	}
}

/* RFC 1952, 8 */
static uint32_t checksum(const uint8_t *bytes, size_t size)
{
	uint32_t table[256], crc = ~0u;

	for (unsigned i = 0; i < 256; i++) {
		table[i] = i;
		for (int bit = 0; bit < 8; bit++)
			table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0xedb88320 : 0);
	}
	for (size_t i = 0; i < size; i++)
		crc = crc >> 8 ^ table[(crc ^ bytes[i]) & 255];
	return ~crc;
}

/* Skip the header and what is optional in it (RFC 1952, 2.3). */
static void skip_header(struct stream *stream)
{
	uint8_t flags = stream->at[3];
	size_t extra;

	stream->at += HEADER;
	if (flags & FLAG_EXTRA && stream->end - stream->at >= 2) {
		extra = 2 + (size_t)(stream->at[0] | stream->at[1] << 8);
		if ((size_t)(stream->end - stream->at) < extra)
			extra = (size_t)(stream->end - stream->at);
		stream->at += extra;
	}
	for (uint8_t flag = FLAG_NAME; flag <= FLAG_COMMENT; flag = (uint8_t)(flag << 1))
		if (flags & flag) {
			while (stream->at < stream->end && *stream->at)
				stream->at++;
			stream->at += stream->at < stream->end;
		}
	if (flags & FLAG_CRC && stream->end - stream->at >= 2)
		stream->at += 2;
}

bool gunzip_claims(const uint8_t *bytes, size_t size)
{
	return size > HEADER + TRAILER && bytes[0] == 0x1f && bytes[1] == 0x8b && bytes[2] == 8;
}

size_t gunzip_size(const uint8_t *bytes, size_t size)
{
	return get32(bytes + size - 4);
}

int gunzip(const uint8_t *bytes, size_t size, uint8_t *out)
{
	struct stream stream = { .at = bytes,
				 .end = bytes + size - TRAILER,
				 .out = out,
				 .room = gunzip_size(bytes, size) };

	skip_header(&stream);
	inflate(&stream);
	drop_bits(&stream);
	if (stream.bad || stream.n != stream.room || stream.at != stream.end ||
	    checksum(out, stream.n) != get32(bytes + size - TRAILER))
		return -EBADMSG;
	return 0;
}
