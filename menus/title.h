/* Untrusted bytes made safe to look at: titles, paths, command lines, messages. */
#ifndef MENUS_TITLE_H
#define MENUS_TITLE_H

#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

#define GLYPH_MAX 12

struct glyph {
	wchar_t text[GLYPH_MAX]; /* NUL-terminated: one character or an escape of several */
	int columns;             /* 0: it is drawn over the one before it */
};

struct title {
	const char *at;  /* what comes next; up to here it was taken */
	const char *end; /* NULL: the text ends at its NUL */
	bool unicode;    /* false: the terminal has ASCII only */
	unsigned combining;
};

/* A text may not begin with a combining character: it would change what stands before it. */
#define TITLE(bytes, unicode_)                                       \
	{                                                            \
		.at = (bytes), .unicode = (unicode_), .combining = 2 \
	}

/*
 * title_next - the next character of UTF-8 text as it may be shown
 *
 * That is the character itself; or, if it is a control, would hide or reorder its neighbours, or
 * is no UTF-8, an escape such as "^[", "\u202e" or "\xff"; or "?" for what the terminal has not.
 * Returns false at the end of the text.
 */
bool title_next(struct title *title, struct glyph *glyph);

/* title_width - columns that a text takes, up to @end or, if that is NULL, its NUL */
int title_width(const char *text, const char *end, bool unicode);

/*
 * title_wrap - how many bytes of a text go into a row of @columns; 0: it is at its end
 *
 * Breaks after a blank where there is one, else anywhere; takes one character at least.
 */
size_t title_wrap(const char *text, bool unicode, int columns);

#endif
