/* What a person types: bytes of a terminal become keys. Pure: no terminal, no clock. */
#ifndef MENUS_INPUT_H
#define MENUS_INPUT_H

#include <stddef.h>
#include <stdint.h>

/*
 * A key is a Unicode character (control characters included), or one of these beyond Unicode.
 * The names of curses.h (KEY_UP) mean its own decoder, which is not used: it knows only the
 * sequences of one terminal type, and on a serial line the type is a guess.
 */
enum {
	INPUT_NONE = 0x110000, /* nothing yet, or noise: not a key */
	INPUT_UP,
	INPUT_DOWN,
	INPUT_LEFT,
	INPUT_RIGHT,
	INPUT_WORD_LEFT, /* with Control or Alt */
	INPUT_WORD_RIGHT,
	INPUT_WORD_DELETE,
	INPUT_HOME,
	INPUT_END,
	INPUT_PAGE_UP,
	INPUT_PAGE_DOWN,
	INPUT_INSERT,
	INPUT_DELETE,
	INPUT_ENTER,
	INPUT_BACKSPACE,
	INPUT_ESCAPE,
	INPUT_REPORT, /* not a key: the terminal answered where its cursor is */
	INPUT_F1,     /* F2 … F12 follow */
	INPUT_F10 = INPUT_F1 + 9,
	INPUT_F12 = INPUT_F1 + 11,
	INPUT_UNKNOWN,       /* a key that has no name here */
	INPUT_ALT = 1 << 24, /* added to a character */
};

#define CONTROL(letter) ((letter)&0x1f)

enum input_state {
	STATE_GROUND,
	STATE_ESCAPE,
	STATE_SEQUENCE,     /* after ESC [ */
	STATE_SINGLE_SHIFT, /* after ESC O */
	STATE_LINUX,        /* after ESC [ [ */
	STATE_UTF8,
};

struct input {
	enum input_state state;
	uint32_t parameters[2]; /* of a sequence; and of a report: row and column from 1 */
	unsigned parameter;     /* index of the one being read */
	uint32_t character, least;
	unsigned missing; /* continuation bytes */
	uint32_t last;
};

/*
 * input_byte - take the terminal's next byte; the key it completes, or INPUT_NONE
 *
 * Noise of an idle or badly clocked line (NUL, bytes that are no UTF-8, broken sequences) gives
 * no key, so that it stops no countdown. Sequences are those of ECMA-48, DEC's VT100 and VT220,
 * xterm, the Linux console and VT-UTF8 as UEFI's terminals send it.
 */
uint32_t input_byte(struct input *input, unsigned char byte);

/* input_patience - milliseconds to wait for the next byte before input_timeout(); -1: no need */
int input_patience(const struct input *input);

/* input_timeout - nothing came for so long: a lone ESC is the Escape key, the rest is noise */
uint32_t input_timeout(struct input *input);

#endif
