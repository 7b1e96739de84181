/* A text that may be longer than the screen: details, log, disks, help. */
#ifndef MENUS_PAGER_H
#define MENUS_PAGER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "screen.h"

struct line {
	const char *label; /* NULL: none; stands in a column of its own */
	const char *text;
	enum style style;
};

struct pager {
	VEC(struct line) lines;
	struct arena *arena;
	int indent;     /* columns of the labels */
	size_t top;     /* the first row on the screen; lines may take several rows */
	size_t at;      /* the row that was found last; follows .top when that is moved */
	size_t rows;    /* of the whole text, as drawn last */
	size_t visible; /* of the screen, as drawn last */
	bool at_end;    /* stay at the end when lines are added */
	const char *sought; /* lines with this in them stand out; NULL: none */
	const char *chosen; /* label of the one that keys are about, which stands out; NULL: none */
};

/* pager_add - append a line; label and text, formatted, are copied */
void pager_add(struct pager *pager, enum style style, const char *label, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* pager_draw - draw it, wrapped, at the rows from @y on, @rows of them */
void pager_draw(struct pager *pager, const struct screen *screen, int y, int rows);

/*
 * pager_seek - go to the next (@by 1) or last (-1) line with .sought in it; 0: the one at the top counts
 *
 * False: there is none in that direction.
 */
bool pager_seek(struct pager *pager, const struct screen *screen, int by);

/* pager_choose - choose the label that is @by labels away from .chosen, or the last in that direction */
void pager_choose(struct pager *pager, const struct screen *screen, long by);

/* pager_scroll - move the text by rows, as far as it goes */
void pager_scroll(struct pager *pager, long rows);

#endif
