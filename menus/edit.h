/* The editor: lines, wrapped over the screen, with the keys of readline. */
#ifndef MENUS_EDIT_H
#define MENUS_EDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"
#include "screen.h"

struct edit_state {
	const char *text;
	size_t at; /* the cursor: bytes before it */
};

struct edit {
	struct arena *arena;
	struct text text;     /* bytes, which need be no valid UTF-8: what is not touched stays */
	size_t at;            /* the cursor: bytes before it */
	const char *original; /* to go back to */
	const char *killed;   /* the latest that ^K, ^U, ^W removed */
	VEC(struct edit_state) undo;
	bool typing; /* the latest change was typing, which is undone as one */
	size_t top;  /* first row on the screen */
	/*
	 * A form's lines have meanings: names of the first, of those between, and of the last one. Such
	 * lines are joined only with empty ones, and there are always two. NULL: a plain text.
	 */
	const char *const *labels;
	unsigned first; /* number of the first line, which plain texts may have; 0: lines have none */
	int indent; /* columns of the labels */
	bool secret; /* the last line is shown as stars */
};

/* edit_open - begin with a text, the cursor at its end; @labels: see above */
void edit_open(struct edit *edit, struct arena *arena, const char *text, const char *const *labels);

/* edit_key - do what a key means to the text, on a screen that wide; false if it means nothing */
bool edit_key(struct edit *edit, uint32_t key, int columns);

/* edit_text - what the text is now; the editor's own */
const char *edit_text(struct edit *edit);

/* edit_lines - how many lines it has */
size_t edit_lines(const struct edit *edit);

/* edit_draw - draw it at rows @y …; says where the cursor is, relative to the screen */
void edit_draw(struct edit *edit, const struct screen *screen, int y, int rows, int *cursor_y,
	       int *cursor_x);

#endif
