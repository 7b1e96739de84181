/*
 * By hand, as the library's decoder, of which most is about speed, would take 20 KB. What it
 * decompresses is in memory as a whole, so there is no window to keep: matches are copied from what
 * has already come out. Section numbers are those of RFC 8878.
 */
#include "kexec/unzstd.h"

#include <errno.h>
#include <string.h>

#include "kexec/bootparams.h"
#include "kexec/zstd_codes.h"

#define FRAME_MAGIC   0xfd2fb528u
#define SKIP_MAGIC    0x184d2a50u /* and 15 more */
#define BLOCK_MAX     (128u << 10)
#define REPEATS       3
#define LITERAL_CODES 36
#define MATCH_CODES   53
#define OFFSET_CODES  32
#define MATCH_MIN     3

enum { RAW, RUN, COMPRESSED, TREELESS }; /* blocks, 3.1.1.2.2; literals, 3.1.1.3.1.1 */

enum { PREDEFINED, ONE_CODE, DESCRIBED, REPEATED }; /* 3.1.1.3.2.1.1 */

enum kind { LITERALS, OFFSETS, MATCHES, KINDS };

struct decoder {
	uint8_t *out;
	size_t n, room, start; /* of the frame */
	size_t repeats[REPEATS];
	struct huffman huffman;
	struct table tables[KINDS];
	uint32_t literal_lengths[LITERAL_CODES], match_lengths[MATCH_CODES]; /* the least of each */
	uint8_t literals[BLOCK_MAX];
	size_t literals_n;
};

/* How many more bits the codes of a length have; each begins where the one before ends. */
static const uint8_t literal_bits[LITERAL_CODES] = { [16] = 1, 1, 1, 1,  2,  2,  3,  3,  4,  6,
						     7,        8, 9, 10, 11, 12, 13, 14, 15, 16 };
static const uint8_t match_bits[MATCH_CODES] = { [32] = 1, 1, 1, 1,  2,  2,  3,  3,  4,  4, 5,
						 7,        8, 9, 10, 11, 12, 13, 14, 15, 16 };

/* 3.1.1.3.2.2 */
static const int8_t default_literals[] = {
	4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1,  1,  2,  2,
	2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1
};
static const int8_t default_offsets[] = { 1, 1, 1, 1, 1, 1, 2, 2, 2, 1,  1,  1,  1,  1, 1,
					  1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1 };
static const int8_t default_matches[] = { 1, 4, 3, 2, 2,  2,  2,  2,  2,  1,  1, 1, 1, 1,
					  1, 1, 1, 1, 1,  1,  1,  1,  1,  1,  1, 1, 1, 1,
					  1, 1, 1, 1, 1,  1,  1,  1,  1,  1,  1, 1, 1, 1,
					  1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1 };

static const struct {
	unsigned codes, accuracy_max, default_accuracy, default_n;
	const int8_t *defaults;
} kinds[KINDS] = {
	[LITERALS] = { LITERAL_CODES, 9, 6, sizeof default_literals, default_literals },
	[OFFSETS] = { OFFSET_CODES, 8, 5, sizeof default_offsets, default_offsets },
	[MATCHES] = { MATCH_CODES, 9, 6, sizeof default_matches, default_matches },
};

/* 4.2.2: one stream, or four, each of a quarter of the literals */
static bool decode_literals(struct decoder *decoder, struct input *input, unsigned streams)
{
	size_t n = decoder->literals_n, at = 0, quarter = (n + 3) / 4;
	struct input sizes, part;

	if (decoder->huffman.bits == 0)
		return false;
	if (streams == 1)
		return huffman_decode(&decoder->huffman, input, decoder->literals, n);
	if (!input_take(input, 6, &sizes) || quarter * 3 > n)
		return false;
	for (unsigned i = 0; i < 3; i++, at += quarter)
		if (!input_take(input, get16(sizes.at + 2 * i), &part) ||
		    !huffman_decode(&decoder->huffman, &part, decoder->literals + at, quarter))
			return false;
	return huffman_decode(&decoder->huffman, input, decoder->literals + at, n - at);
}

/* 3.1.1.3.1 */
static bool read_literals(struct decoder *decoder, struct input *input)
{
	unsigned type, format, bits;
	struct input part;
	uint64_t header;

	if (input_left(input) == 0)
		return false;
	type = *input->at & 3;
	format = *input->at >> 2 & 3;
	if (type == RAW || type == RUN) {
		static const uint8_t sizes[4] = { 1, 2, 1, 3 };

		if (!input_number(input, sizes[format], &header))
			return false;
		decoder->literals_n = (size_t)(header >> (format & 1 ? 4 : 3));
		if (decoder->literals_n > BLOCK_MAX ||
		    !input_take(input, type == RUN ? 1 : decoder->literals_n, &part))
			return false;
		if (type == RUN)
			memset(decoder->literals, *part.at, decoder->literals_n);
		else
			memcpy(decoder->literals, part.at, decoder->literals_n);
		return true;
	}
	bits = format < 2 ? 10 : format == 2 ? 14 : 18;
	if (!input_number(input, format < 2 ? 3 : format + 2, &header))
		return false;
	decoder->literals_n = (size_t)(header >> 4 & ((1u << bits) - 1));
	if (decoder->literals_n > BLOCK_MAX ||
	    !input_take(input, (size_t)(header >> (4 + bits) & ((1u << bits) - 1)), &part))
		return false;
	if (type == COMPRESSED && !huffman_read(&part, &decoder->huffman))
		return false;
	return decode_literals(decoder, &part, format == 0 ? 1 : 4);
}

static bool choose_table(struct decoder *decoder, enum kind kind, unsigned mode,
			 struct input *input)
{
	struct table *table = &decoder->tables[kind];
	int16_t counts[MATCH_CODES];
	uint64_t code;

	switch (mode) {
	case PREDEFINED:
		for (unsigned i = 0; i < kinds[kind].default_n; i++)
			counts[i] = kinds[kind].defaults[i];
		table_make(table, kinds[kind].default_accuracy, counts, kinds[kind].default_n);
		return true;
	case ONE_CODE:
		if (!input_number(input, 1, &code) || code >= kinds[kind].codes)
			return false;
		table->accuracy = 0;
		table->known = true;
		table->states[0] = (struct state){ .symbol = (uint8_t)code };
		return true;
	case DESCRIBED:
		return table_read(input, kinds[kind].codes, kinds[kind].accuracy_max, table);
	default:
		return table->known;
	}
}

/* 3.1.1.5: the first three values stand for one of the last three offsets */
static size_t find_offset(struct decoder *decoder, uint32_t value, bool no_literals)
{
	size_t *repeats = decoder->repeats, offset;
	unsigned which = value + no_literals - 1;

	if (value > REPEATS) {
		which = REPEATS;
		offset = value - REPEATS;
	} else {
		offset = which < REPEATS ? repeats[which] : repeats[0] - 1;
	}
	for (unsigned i = which < REPEATS ? which : REPEATS - 1; i > 0; i--)
		repeats[i] = repeats[i - 1];
	repeats[0] = offset;
	return offset;
}

static bool put_literals(struct decoder *decoder, size_t *used, size_t n)
{
	if (n > decoder->literals_n - *used || n > decoder->room - decoder->n)
		return false;
	memcpy(decoder->out + decoder->n, decoder->literals + *used, n);
	decoder->n += n;
	*used += n;
	return true;
}

static bool put_match(struct decoder *decoder, size_t offset, size_t n)
{
	uint8_t *to = decoder->out + decoder->n, *end = to + n;

	if (offset == 0 || offset > decoder->n - decoder->start || n > decoder->room - decoder->n)
		return false;
	if (offset >= n)
		memcpy(to, to - offset, n);
	else
		for (; to < end; to++)
			*to = to[-(ptrdiff_t)offset];
	decoder->n += n;
	return true;
}

/* 3.1.1.4: each is literals, and a match in what came before */
static bool decode_sequences(struct decoder *decoder, const struct input *input, size_t n,
			     size_t *used)
{
	unsigned states[KINDS];
	struct bits bits;

	if (!bits_open(input, &bits))
		return false;
	for (unsigned kind = 0; kind < KINDS; kind++)
		states[kind] = bits_take(&bits, decoder->tables[kind].accuracy);
	while (n--) {
		static const enum kind order[] = { LITERALS, MATCHES, OFFSETS };
		const struct state *now[KINDS];
		uint32_t value, match, literals;

		for (unsigned kind = 0; kind < KINDS; kind++)
			now[kind] = &decoder->tables[kind].states[states[kind]];
		value = 1u << now[OFFSETS]->symbol;
		value += bits_take(&bits, now[OFFSETS]->symbol);
		match = decoder->match_lengths[now[MATCHES]->symbol];
		match += bits_take(&bits, match_bits[now[MATCHES]->symbol]);
		literals = decoder->literal_lengths[now[LITERALS]->symbol];
		literals += bits_take(&bits, literal_bits[now[LITERALS]->symbol]);
		if (!put_literals(decoder, used, literals) ||
		    !put_match(decoder, find_offset(decoder, value, literals == 0), match))
			return false;
		for (unsigned i = 0; n > 0 && i < KINDS; i++)
			states[order[i]] =
				now[order[i]]->next + bits_take(&bits, now[order[i]]->bits);
		if (bits.left < 0)
			return false;
	}
	return bits.left == 0;
}

/* 3.1.1.3.2.1 */
static bool take_count(struct input *input, size_t *n)
{
	uint64_t first, more = 0;

	if (!input_number(input, 1, &first) ||
	    !input_number(input, first == 255 ? 2 : first > 127, &more))
		return false;
	*n = first == 255 ? more + 0x7f00 : first > 127 ? (first - 128) << 8 | more : first;
	return true;
}

static bool read_compressed(struct decoder *decoder, struct input *input)
{
	size_t n, used = 0;
	uint64_t modes = 0;

	if (!read_literals(decoder, input) || !take_count(input, &n))
		return false;
	if (n == 0)
		return input_left(input) == 0 && put_literals(decoder, &used, decoder->literals_n);
	if (!input_number(input, 1, &modes) || modes & 3)
		return false;
	for (unsigned kind = 0; kind < KINDS; kind++)
		if (!choose_table(decoder, kind, modes >> (6 - 2 * kind) & 3, input))
			return false;
	return decode_sequences(decoder, input, n, &used) &&
	       put_literals(decoder, &used, decoder->literals_n - used);
}

static uint64_t rotate(uint64_t number, unsigned by)
{
	return number << by | number >> (64 - by);
}

/* XXH64 with seed 0, whose lower half is the checksum of a frame (3.1.1; xxHash's specification) */
static uint64_t hash(const uint8_t *bytes, size_t size)
{
	static const uint64_t p1 = 0x9e3779b185ebca87, p2 = 0xc2b2ae3d27d4eb4f,
			      p3 = 0x165667b19e3779f9, p4 = 0x85ebca77c2b2ae63,
			      p5 = 0x27d4eb2f165667c5;
	uint64_t lanes[4] = { p1 + p2, p2, 0, -p1 }, sum = p5;
	const uint8_t *end = bytes + size;

	if (size >= 32) {
		for (; end - bytes >= 32; bytes += 32)
			for (unsigned i = 0; i < 4; i++)
				lanes[i] = rotate(lanes[i] + get64(bytes + 8 * i) * p2, 31) * p1;
		sum = rotate(lanes[0], 1) + rotate(lanes[1], 7) + rotate(lanes[2], 12) +
		      rotate(lanes[3], 18);
		for (unsigned i = 0; i < 4; i++)
			sum = (sum ^ rotate(lanes[i] * p2, 31) * p1) * p1 + p4;
	}
	sum += size;
	for (; end - bytes >= 8; bytes += 8)
		sum = rotate(sum ^ rotate(get64(bytes) * p2, 31) * p1, 27) * p1 + p4;
	if (end - bytes >= 4) {
		sum = rotate(sum ^ get32(bytes) * p1, 23) * p2 + p3;
		bytes += 4;
	}
	for (; bytes < end; bytes++)
		sum = rotate(sum ^ *bytes * p5, 11) * p1;
	sum = (sum ^ sum >> 33) * p2;
	sum = (sum ^ sum >> 29) * p3;
	return sum ^ sum >> 32;
}

/* 3.1.1.2 */
static bool read_block(struct decoder *decoder, struct input *input, bool *last)
{
	struct input block;
	uint64_t header;
	size_t size;

	if (!input_number(input, 3, &header))
		return false;
	*last = header & 1;
	size = (size_t)(header >> 3);
	if (!input_take(input, (header >> 1 & 3) == RUN ? 1 : size, &block))
		return false;
	switch (header >> 1 & 3) {
	case RAW:
	case RUN:
		if (size > decoder->room - decoder->n)
			return false;
		if ((header >> 1 & 3) == RUN)
			memset(decoder->out + decoder->n, *block.at, size);
		else
			memcpy(decoder->out + decoder->n, block.at, size);
		decoder->n += size;
		return true;
	case COMPRESSED:
		return read_compressed(decoder, &block);
	default:
		return false;
	}
}

/* 3.1.1.1; *@content is SIZE_MAX if the header does not say it. */
static bool read_header(struct input *input, bool *checksum, size_t *content)
{
	static const uint8_t dictionary[4] = { 0, 1, 2, 4 }, contents[4] = { 0, 2, 4, 8 };
	uint64_t flags, unused, id, size;
	bool single;

	if (!input_number(input, 1, &flags) || flags & 8)
		return false;
	single = flags & 32;
	*checksum = flags & 4;
	if (!input_number(input, !single, &unused) ||
	    !input_number(input, dictionary[flags & 3], &id) || id != 0 ||
	    !input_number(input, flags >> 6 ? contents[flags >> 6] : single, &size))
		return false;
	*content = flags >> 6 == 1 ? size + 256 : flags >> 6 || single ? size : SIZE_MAX;
	return true;
}

static bool read_frame(struct decoder *decoder, struct input *input)
{
	bool checksum, last = false;
	size_t content, start = decoder->n;
	uint64_t sum;

	decoder->start = start;
	decoder->huffman.bits = 0;
	for (unsigned kind = 0; kind < KINDS; kind++)
		decoder->tables[kind].known = false;
	memcpy(decoder->repeats, (size_t[]){ 1, 4, 8 }, sizeof decoder->repeats);
	if (!read_header(input, &checksum, &content))
		return false;
	while (!last)
		if (!read_block(decoder, input, &last))
			return false;
	if (content != SIZE_MAX && decoder->n - start != content)
		return false;
	return !checksum || (input_number(input, 4, &sum) &&
			     (uint32_t)hash(decoder->out + start, decoder->n - start) == sum);
}

static bool read_file(struct decoder *decoder, struct input *input)
{
	uint64_t magic, size;
	struct input skipped;

	while (input_left(input)) {
		if (!input_number(input, 4, &magic))
			return false;
		if ((magic & ~UINT64_C(15)) == SKIP_MAGIC) { /* 3.1.2 */
			if (!input_number(input, 4, &size) || !input_take(input, size, &skipped))
				return false;
		} else if (magic != FRAME_MAGIC || !read_frame(decoder, input)) {
			return false;
		}
	}
	return true;
}

static void sum_lengths(const uint8_t *bits, uint32_t length, uint32_t *lengths, unsigned n)
{
	for (unsigned i = 0; i < n; length += 1u << bits[i++])
		lengths[i] = length;
}

bool unzstd_claims(const uint8_t *bytes, size_t size)
{
	return size > 8 && get32(bytes) == FRAME_MAGIC;
}

int unzstd(const uint8_t *bytes, size_t size, uint8_t *out, size_t *room)
{
	struct input input = { bytes, bytes + size };
	struct decoder decoder;

	decoder.out = out;
	decoder.n = 0;
	decoder.room = *room;
	sum_lengths(literal_bits, 0, decoder.literal_lengths, LITERAL_CODES);
	sum_lengths(match_bits, MATCH_MIN, decoder.match_lengths, MATCH_CODES);
	if (!read_file(&decoder, &input))
		return -EBADMSG;
	*room = decoder.n;
	return 0;
}
