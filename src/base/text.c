#include "base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"

void text_add(struct text *text, const void *bytes, size_t n)
{
	size_t need;

	if (__builtin_add_overflow(text->n, n, &need) || ++need == 0)
		need = SIZE_MAX; /* which no arena has */
	if (need > text->room) {
		size_t room = need > SIZE_MAX / 2 ? need : need * 2;
		char *grown = arena_alloc(text->arena, room);

		if (text->n)
			memcpy(grown, text->at, text->n);
		text->at = grown;
		text->room = room;
	}
	if (n)
		memcpy(text->at + text->n, bytes, n);
	text->n += n;
	text->at[text->n] = '\0';
}

void text_char(struct text *text, char c)
{
	if (text->room - text->n < 2) { /* room is never below n: no wrapping */
		text_add(text, &c, 1);
		return;
	}
	/* most texts are made of single characters */
	text->at[text->n++] = c;
	text->at[text->n] = '\0';
}

void text_string(struct text *text, const char *string)
{
	text_add(text, string, strlen(string));
}

void text_print(struct text *text, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	text_string(text, arena_vprint(text->arena, format, args));
	va_end(args);
}

void text_cut(struct text *text, size_t n)
{
	if (n >= text->n)
		return;
	text->n = n;
	text->at[n] = '\0';
}

char *text_end(struct text *text)
{
	if (!text->at)
		text_add(text, "", 0);
	return text->at;
}

bool string_starts(const char *string, const char *prefix)
{
	return strncmp(string, prefix, strlen(prefix)) == 0;
}

/* The value of a digit; 16 and more: it is none. */
static unsigned hex_digit(char c)
{
	return c >= '0' && c <= '9' ? (unsigned)(c - '0') : (unsigned char)((c | 0x20) - 'a') + 10u;
}

bool string_hex(const char *string, unsigned char *bytes, size_t n)
{
	for (; n--; string += 2, bytes++) {
		unsigned high = hex_digit(string[0]), low = high < 16 ? hex_digit(string[1]) : 16;

		if (low > 15)
			return false;
		*bytes = (unsigned char)(high << 4 | low);
	}
	return true;
}

bool string_ends(const char *string, const char *suffix)
{
	size_t n = strlen(string), m = strlen(suffix);

	return n >= m && memcmp(string + n - m, suffix, m) == 0;
}

const char *string_error(int error)
{
	return error == EUCLEAN || error == EBADMSG ? "the file system is damaged" : strerror(error);
}

bool string_same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}
