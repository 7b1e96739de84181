#include "kexec/zstd_codes.h"

#include "kexec/bootparams.h"

#define WEIGHT_BITS   6 /* accuracy of the code that the weights are in */
#define LESS_THAN_ONE (-1)

bool input_take(struct input *input, size_t n, struct input *part)
{
	if (n > input_left(input))
		return false;
	*part = (struct input){ input->at, input->at + n };
	input->at += n;
	return true;
}

bool input_number(struct input *input, unsigned n, uint64_t *number)
{
	struct input part;

	*number = 0;
	if (!input_take(input, n, &part))
		return false;
	for (unsigned i = 0; i < n; i++)
		*number |= (uint64_t)part.at[i] << 8 * i;
	return true;
}

static unsigned highest_bit(uint32_t number)
{
	return 31 - (unsigned)__builtin_clz(number);
}

/* The highest bit that is set says where they begin. */
bool bits_open(const struct input *input, struct bits *bits)
{
	size_t n = input_left(input);

	if (n == 0 || input->end[-1] == 0)
		return false;
	*bits = (struct bits){ input->at, (ptrdiff_t)n,
			       (ptrdiff_t)(n - 1) * 8 + highest_bit(input->end[-1]) };
	return true;
}

/* The next @n bits, at most 32, without taking them. */
static uint32_t look(const struct bits *bits, unsigned n)
{
	ptrdiff_t from = bits->left - (ptrdiff_t)n, first = from < 0 ? 0 : from / 8;
	uint64_t value = 0;

	if (bits->left <= 0)
		return 0;
	if (first + 8 <= bits->size)
		value = get64(bits->bytes + first);
	else
		for (ptrdiff_t i = first; i < bits->size; i++)
			value |= (uint64_t)bits->bytes[i] << 8 * (i - first);
	value = from < 0 ? value << -from : value >> from % 8;
	return (uint32_t)(value & ((UINT64_C(1) << n) - 1));
}

uint32_t bits_take(struct bits *bits, unsigned n)
{
	uint32_t value = look(bits, n);

	bits->left -= (ptrdiff_t)n;
	return value;
}

/* 4.1.1: spread the symbols over the states, and number the states of each. */
void table_make(struct table *table, unsigned accuracy, const int16_t *counts, unsigned n)
{
	unsigned size = 1u << accuracy, high = size, at = 0, step = size / 2 + size / 8 + 3;
	uint16_t next[256];

	table->accuracy = accuracy;
	table->known = true;
	for (unsigned i = 0; i < n; i++) {
		next[i] = counts[i] < 0 ? 1 : (uint16_t)counts[i];
		if (counts[i] == LESS_THAN_ONE)
			table->states[--high].symbol = (uint8_t)i;
	}
	for (unsigned i = 0; i < n; i++)
		for (int j = 0; j < counts[i]; j++) {
			table->states[at].symbol = (uint8_t)i;
			do
				at = (at + step) & (size - 1);
			while (at >= high);
		}
	for (unsigned i = 0; i < size; i++) {
		struct state *state = &table->states[i];
		unsigned number = next[state->symbol]++;

		state->bits = (uint8_t)(accuracy - highest_bit(number));
		state->next = (uint16_t)((number << state->bits) - size);
	}
}

/* 4.1.1: the description of a table, whose bits are read from the first to the last */
bool table_read(struct input *input, unsigned codes, unsigned accuracy_max, struct table *table)
{
	int16_t counts[256] = { 0 };
	unsigned accuracy, n = 0, bit = 4, remaining;

	if (input_left(input) == 0)
		return false;
	accuracy = (input->at[0] & 15) + 5;
	remaining = 1u << accuracy;
	if (accuracy > accuracy_max)
		return false;
	while (remaining > 0) {
		unsigned bits = highest_bit(remaining + 1) + 1, half = (1u << (bits - 1)) - 1;
		unsigned threshold = (1u << bits) - 1 - (remaining + 1), value = 0;

		if (n == codes ||
		    bit + bits > input_left(input) * 8 + 1) /* the last may be short */
			return false;
		for (unsigned i = 0; i < bits && (bit + i) / 8 < input_left(input); i++)
			value |= (unsigned)(input->at[(bit + i) / 8] >> (bit + i) % 8 & 1) << i;
		bit += bits;
		if ((value & half) < threshold) {
			value &= half;
			bit--;
		} else if (value > half) {
			value -= threshold;
		}
		counts[n] = (int16_t)((int)value - 1);
		remaining -= value ? value - 1 : 1;
		for (unsigned run = 3; counts[n] == 0 && run == 3;) {
			if (bit + 2 > input_left(input) * 8)
				return false;
			run = input->at[bit / 8] >> bit % 8 & 3;
			if (bit % 8 == 7)
				run = (run | (unsigned)input->at[bit / 8 + 1] << 1) & 3;
			bit += 2;
			if (run > codes - 1 - n)
				return false;
			n += run;
		}
		n++;
	}
	if (bit > input_left(input) * 8)
		return false;
	input->at += (bit + 7) / 8;
	table_make(table, accuracy, counts, n);
	return true;
}

/* Codes of one length stand together, the longest at the start of the table (4.2.1.3). */
static bool make_huffman(struct huffman *huffman, uint8_t *weights, unsigned n)
{
	unsigned sum = 0, missing, bits, at = 0;

	for (unsigned i = 0; i < n; i++) {
		if (weights[i] > HUFFMAN_BITS)
			return false;
		sum += weights[i] ? 1u << (weights[i] - 1) : 0;
	}
	if (sum == 0 || sum >= 1u << HUFFMAN_BITS)
		return false;
	bits = highest_bit(sum) + 1;
	missing = (1u << bits) - sum; /* is the last symbol's */
	if (missing & (missing - 1))
		return false;
	weights[n++] = (uint8_t)(highest_bit(missing) + 1);
	huffman->bits = bits;
	for (unsigned weight = 1; weight <= bits; weight++)
		for (unsigned i = 0; i < n; i++)
			for (unsigned j = 0; weights[i] == weight && j < 1u << (weight - 1); j++) {
				huffman->codes[at].symbol = (uint8_t)i;
				huffman->codes[at++].bits = (uint8_t)(bits + 1 - weight);
			}
	return true;
}

/* 4.2.1.2: two states take turns, until there are no more bits. */
static bool decode_weights(struct input *input, uint8_t *weights, unsigned *n)
{
	unsigned states[2], turn = 0;
	struct table table;
	struct bits bits;

	if (!table_read(input, HUFFMAN_BITS + 1, WEIGHT_BITS, &table) || !bits_open(input, &bits))
		return false;
	states[0] = bits_take(&bits, table.accuracy);
	states[1] = bits_take(&bits, table.accuracy);
	for (*n = 0; *n < 254; turn ^= 1) {
		const struct state *state = &table.states[states[turn]];

		weights[(*n)++] = state->symbol;
		states[turn] = state->next + bits_take(&bits, state->bits);
		if (bits.left < 0) {
			weights[(*n)++] = table.states[states[turn ^ 1]].symbol;
			return true;
		}
	}
	return false;
}

/* 4.2.1 */
bool huffman_read(struct input *input, struct huffman *huffman)
{
	uint8_t weights[256];
	struct input part;
	uint64_t header;
	unsigned n;

	if (!input_number(input, 1, &header))
		return false;
	if (header < 128)
		return input_take(input, header, &part) && decode_weights(&part, weights, &n) &&
		       make_huffman(huffman, weights, n);
	n = (unsigned)header - 127;
	if (!input_take(input, (n + 1) / 2, &part))
		return false;
	for (unsigned i = 0; i < n; i++)
		weights[i] = i % 2 ? part.at[i / 2] & 15 : part.at[i / 2] >> 4;
	return make_huffman(huffman, weights, n);
}

bool huffman_decode(const struct huffman *huffman, const struct input *input, uint8_t *out,
		    size_t n)
{
	struct bits bits;

	if (!bits_open(input, &bits))
		return false;
	for (size_t i = 0; i < n; i++) {
		uint32_t index = look(&bits, huffman->bits);

		out[i] = huffman->codes[index].symbol;
		bits.left -= huffman->codes[index].bits;
	}
	return bits.left == 0;
}
