#include "input.h"

#define ESC 0x1b

/* Sequences: ESC [ NUMBER FINAL, ESC O FINAL (both with number 1 or none), ESC FINAL. */
struct sequence {
	char final;
	uint8_t number;
	uint32_t key;
};

/* ECMA-48 5.4; DEC VT220 Programmer Reference, chapter 3; xterm's ctlseqs, "PC-Style Function Keys"
 */
static const struct sequence sequences[] = {
	{ 'A', 1, INPUT_UP },       { 'B', 1, INPUT_DOWN },    { 'C', 1, INPUT_RIGHT },
	{ 'D', 1, INPUT_LEFT },     { 'F', 1, INPUT_END },     { 'H', 1, INPUT_HOME },
	{ 'P', 1, INPUT_F1 },       { 'Q', 1, INPUT_F1 + 1 },  { 'S', 1, INPUT_F1 + 3 },
	{ '~', 1, INPUT_HOME },     { '~', 2, INPUT_INSERT },  { '~', 3, INPUT_DELETE },
	{ '~', 4, INPUT_END },      { '~', 5, INPUT_PAGE_UP }, { '~', 6, INPUT_PAGE_DOWN },
	{ '~', 7, INPUT_HOME },     { '~', 8, INPUT_END },     { '~', 11, INPUT_F1 },
	{ '~', 12, INPUT_F1 + 1 },  { '~', 13, INPUT_F1 + 2 }, { '~', 14, INPUT_F1 + 3 },
	{ '~', 15, INPUT_F1 + 4 },  { '~', 17, INPUT_F1 + 5 }, { '~', 18, INPUT_F1 + 6 },
	{ '~', 19, INPUT_F1 + 7 },  { '~', 20, INPUT_F1 + 8 }, { '~', 21, INPUT_F10 },
	{ '~', 23, INPUT_F1 + 10 }, { '~', 24, INPUT_F12 },
};

/* After ESC O: VT100's PF keys, and the keypad's Enter; rxvt's arrows with Control. */
static const struct sequence single_shifts[] = {
	{ 'A', 1, INPUT_UP },     { 'B', 1, INPUT_DOWN },   { 'C', 1, INPUT_RIGHT },
	{ 'D', 1, INPUT_LEFT },   { 'F', 1, INPUT_END },    { 'H', 1, INPUT_HOME },
	{ 'M', 1, INPUT_ENTER },  { 'P', 1, INPUT_F1 },     { 'Q', 1, INPUT_F1 + 1 },
	{ 'R', 1, INPUT_F1 + 2 }, { 'S', 1, INPUT_F1 + 3 }, { 'c', 1, INPUT_WORD_RIGHT },
	{ 'd', 1, INPUT_WORD_LEFT },
};

/* Right after ESC: VT-UTF8's keys (UEFI specification, table "EFI Scan Codes for VT-UTF8"). */
static const struct sequence escapes[] = {
	{ '1', 1, INPUT_F1 },      { '2', 1, INPUT_F1 + 1 },    { '3', 1, INPUT_F1 + 2 },
	{ '4', 1, INPUT_F1 + 3 },  { '5', 1, INPUT_F1 + 4 },    { '6', 1, INPUT_F1 + 5 },
	{ '7', 1, INPUT_F1 + 6 },  { '8', 1, INPUT_F1 + 7 },    { '9', 1, INPUT_F1 + 8 },
	{ '0', 1, INPUT_F10 },     { 'h', 1, INPUT_HOME },      { 'k', 1, INPUT_END },
	{ '?', 1, INPUT_PAGE_UP }, { '/', 1, INPUT_PAGE_DOWN }, { '+', 1, INPUT_INSERT },
	{ '-', 1, INPUT_DELETE },  { 'b', 1, INPUT_WORD_LEFT }, { 'f', 1, INPUT_WORD_RIGHT },
};

#define LENGTH(table) (sizeof(table) / sizeof *(table))

static uint32_t look_up(const struct sequence *table, size_t n, unsigned char final,
			uint32_t number)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)table[i].final == final && table[i].number == number)
			return table[i].key;
	return INPUT_UNKNOWN;
}

static uint32_t end_sequence(struct input *input, unsigned char final)
{
	uint32_t number = input->parameters[0] ? input->parameters[0] : 1;
	uint32_t modifier = input->parameters[1];
	uint32_t key;

	input->state = STATE_GROUND;
	if (final == 'R')
		return input->parameters[1] ? INPUT_REPORT : INPUT_F1 + 2;
	if (final == '^') { /* rxvt says Control so */
		final = '~';
		modifier = 5;
	}
	key = look_up(sequences, LENGTH(sequences), final, number);
	/* xterm's modifiers are 1 + a sum of Shift 1, Alt 2, Control 4. */
	if (modifier > 2 && key == INPUT_LEFT)
		return INPUT_WORD_LEFT;
	if (modifier > 2 && key == INPUT_RIGHT)
		return INPUT_WORD_RIGHT;
	if (modifier > 2 && key == INPUT_DELETE)
		return INPUT_WORD_DELETE;
	return key;
}

static uint32_t in_sequence(struct input *input, unsigned char byte)
{
	uint32_t *parameter = &input->parameters[input->parameter];

	if (byte == '[' && !input->parameter && !*parameter) {
		input->state = STATE_LINUX;
		return INPUT_NONE;
	}
	if (byte >= 0x40 && byte < 0x7f)
		return end_sequence(input, byte);
	if (byte < 0x20 || byte >= 0x7f) {
		input->state = STATE_GROUND;
		return INPUT_NONE;
	}
	if (byte == ';' && input->parameter + 1 < LENGTH(input->parameters))
		input->parameter++;
	if (byte >= '0' && byte <= '9' && *parameter < 10000)
		*parameter = *parameter * 10 + (byte - '0');
	return INPUT_NONE;
}

static uint32_t after_escape(struct input *input, unsigned char byte)
{
	uint32_t key;

	switch (byte) {
	case ESC: /* the second one may begin a sequence */
		return INPUT_ESCAPE;
	case '[':
		input->state = STATE_SEQUENCE;
		input->parameter = 0;
		input->parameters[0] = input->parameters[1] = 0;
		return INPUT_NONE;
	case 'O':
		input->state = STATE_SINGLE_SHIFT;
		return INPUT_NONE;
	}
	input->state = STATE_GROUND;
	if (byte == 0 || byte >= 0x80)
		return INPUT_NONE;
	if (byte == '\b' || byte == 0x7f)
		return INPUT_ALT | INPUT_BACKSPACE;
	key = look_up(escapes, LENGTH(escapes), byte, 1);
	return key == INPUT_UNKNOWN ? (uint32_t)INPUT_ALT | byte : key;
}

/* RFC 3629: shortest form only, no surrogates, at most U+10FFFF. */
static uint32_t begin_character(struct input *input, unsigned char byte)
{
	static const struct {
		unsigned char mask, lead, missing;
		uint32_t least;
	} leads[] = { { 0xe0, 0xc0, 1, 0x80 },
		      { 0xf0, 0xe0, 2, 0x800 },
		      { 0xf8, 0xf0, 3, 0x10000 } };

	for (size_t i = 0; i < LENGTH(leads); i++) {
		if ((byte & leads[i].mask) != leads[i].lead)
			continue;
		input->state = STATE_UTF8;
		input->character = byte & ~leads[i].mask & 0xff;
		input->missing = leads[i].missing;
		input->least = leads[i].least;
	}
	return INPUT_NONE;
}

static uint32_t on_ground(struct input *input, unsigned char byte)
{
	if (byte >= 0x80)
		return begin_character(input, byte);
	switch (byte) {
	case 0:
		return INPUT_NONE;
	case ESC:
		input->state = STATE_ESCAPE;
		return INPUT_NONE;
	case '\n': /* the second half of a terminal's CR LF is no second Enter */
		return input->last == '\r' ? INPUT_NONE : INPUT_ENTER;
	case '\r':
		return INPUT_ENTER;
	case '\b':
	case 0x7f:
		return INPUT_BACKSPACE;
	}
	return byte;
}

static uint32_t in_character(struct input *input, unsigned char byte)
{
	if ((byte & 0xc0) != 0x80) {
		input->state = STATE_GROUND;
		return on_ground(input, byte);
	}
	input->character = input->character << 6 | (byte & 0x3f);
	if (--input->missing)
		return INPUT_NONE;
	input->state = STATE_GROUND;
	if (input->character < input->least || input->character > 0x10ffff ||
	    (input->character >= 0xd800 && input->character < 0xe000))
		return INPUT_NONE;
	return input->character;
}

uint32_t input_byte(struct input *input, unsigned char byte)
{
	uint32_t key = INPUT_NONE;

	switch (input->state) {
	case STATE_GROUND:
		key = on_ground(input, byte);
		break;
	case STATE_ESCAPE:
		key = after_escape(input, byte);
		break;
	case STATE_SEQUENCE:
		key = in_sequence(input, byte);
		break;
	case STATE_SINGLE_SHIFT:
		input->state = STATE_GROUND;
		key = look_up(single_shifts, LENGTH(single_shifts), byte, 1);
		break;
	case STATE_LINUX:
		input->state = STATE_GROUND;
		if (byte >= 'A' && byte <= 'E')
			key = INPUT_F1 + (byte - 'A');
		break;
	case STATE_UTF8:
		key = in_character(input, byte);
		break;
	}
	input->last = byte;
	return key;
}

/*
 * A person waits for Escape, so the first pause is as short as a slow line (one byte in 20 ms, and
 * the packets of serial over LAN) allows; once a sequence has begun, nobody waits for its end.
 */
int input_patience(const struct input *input)
{
	if (input->state == STATE_GROUND)
		return -1;
	return input->state == STATE_ESCAPE ? 150 : 500;
}

uint32_t input_timeout(struct input *input)
{
	enum input_state state = input->state;

	input->state = STATE_GROUND;
	return state == STATE_ESCAPE ? INPUT_ESCAPE : INPUT_NONE;
}
