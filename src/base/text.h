/* Text that grows in an arena. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

struct text {
	struct arena *arena;
	char *at; /* always NUL-terminated once something was added; NULL before */
	size_t n, room;
};

#define TEXT(arena_) { .arena = (arena_) }

/* text_add - append @n bytes, which may hold NULs */
void text_add(struct text *text, const void *bytes, size_t n);

/* text_char - append one character */
void text_char(struct text *text, char c);

/* text_string - append a string */
void text_string(struct text *text, const char *string);

/* text_print - append formatted text */
void text_print(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* text_cut - keep the first @n bytes only; no effect on a text that is shorter */
void text_cut(struct text *text, size_t n);

/* text_end - the text as a string, "" if nothing was added; it stays the text's own */
char *text_end(struct text *text);

/* string_starts - does @string begin with @prefix? */
bool string_starts(const char *string, const char *prefix);

/* string_hex - @n bytes from as many pairs of hexadecimal digits; false: there are not so many */
bool string_hex(const char *string, unsigned char *bytes, size_t n);

/* string_ends - does @string end with @suffix? */
bool string_ends(const char *string, const char *suffix);

/*
 * string_error - strerror(), but for what a file system answers when it is damaged
 *
 * Linux' file systems call EUCLEAN EFSCORRUPTED and EBADMSG EFSBADCRC; musl has no words for the one,
 * and of the other that it is a message.
 */
const char *string_error(int error);

/* string_same - are both the same string, or both NULL? */
bool string_same(const char *a, const char *b);

#endif
