/* The lines of the menu: what the view holds, grouped by disk, with submenus that open and close.
 */
#ifndef MENUS_LIST_H
#define MENUS_LIST_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "model/view.h"

enum row_kind {
	ROW_BLANK,
	ROW_HEADING, /* a configuration: .device, .config */
	ROW_NOTE,    /* something to know about a device or a configuration: .text */
	ROW_SUBMENU, /* .text is its title */
	ROW_ENTRY,
};

struct row {
	enum row_kind kind;
	unsigned depth;
	const char *text;
	const char *key; /* of entries and submenus: stays the same when the list is built again */
	const struct view_device *device;
	const struct config *config;
	const struct entry *entry; /* of a submenu: the first one in it */
	bool open;
	bool holds_default; /* it is the default entry, or a submenu around it */
};

/* A submenu that was opened or closed by a person. */
struct fold {
	const char *key;
	bool open;
};

struct list {
	VEC(struct row) rows;
	size_t selected;     /* index of an entry or a submenu; rows.n if there is none */
	size_t top;          /* the first row on the screen */
	size_t entries;      /* how many could be chosen, folded ones included */
	bool moved;          /* a person chose the selection; else it follows the default */
	const char *search;  /* shows only what has this in it; NULL: all */
	struct arena *arena; /* of the rows */
	struct arena *kept;  /* of what outlives them */
	jmp_buf *exhausted;  /* where they go when they may not grow */
	VEC(struct fold) folds;
};

/* list_open - an empty list, whose arenas go to @exhausted; 0 or -ENOMEM */
int list_open(struct list *list, jmp_buf *exhausted);

void list_close(struct list *list);

/*
 * list_build - make the rows anew from the view
 *
 * To be called whenever the view, the search or a fold has changed: rows borrow from the view.
 * The selection stays on the same entry where it can. 0 or -ENOMEM.
 */
int list_build(struct list *list, const struct view *view);

/* list_row - the selected row, or NULL */
const struct row *list_row(const struct list *list);

/* list_move - select the row that is @by choosable rows away, or the last one in that direction */
void list_move(struct list *list, long by);

/* list_fold - open or close the selected submenu; the caller builds the list again */
void list_fold(struct list *list, bool open);

/* list_parent - select the submenu around the selection; false if there is none */
bool list_parent(struct list *list);

/* list_scroll - choose the top row so that the selection is among the @rows visible ones */
void list_scroll(struct list *list, size_t rows);

#endif
