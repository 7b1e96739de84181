/* The language of LVM2's metadata (lvm.conf(5)): NAME = VALUE, NAME { … }, [ lists ], # comments. */
#ifndef DISK_LVMTEXT_H
#define DISK_LVMTEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

/* A section, a value, or an item of a list (which has no name). */
struct lvmtext {
	const char *name;      /* "" of an item */
	const char *string;    /* of a value in quotes; NULL of all others */
	uint64_t number;       /* of a value without quotes */
	struct lvmtext *child; /* what is in the section or in the list; NULL: nothing */
	struct lvmtext *next;  /* beside it */
};

/* lvmtext_parse - the first of all nodes at the top of @text; NULL: it is damaged, or empty */
struct lvmtext *lvmtext_parse(struct arena *arena, const char *text);

/* lvmtext_find - the child of a section with a name; NULL if there is none, or no section */
const struct lvmtext *lvmtext_find(const struct lvmtext *section, const char *name);

/* lvmtext_string - the string of a child, "" if there is none */
const char *lvmtext_string(const struct lvmtext *section, const char *name);

/* lvmtext_number - the number of a child; false if there is none */
bool lvmtext_number(const struct lvmtext *section, const char *name, uint64_t *number);

/* lvmtext_items - the first item of a list; NULL if there is none */
static inline const struct lvmtext *lvmtext_items(const struct lvmtext *list)
{
	return list ? list->child : NULL;
}

/* lvmtext_holds - is a string among the items of a list? */
bool lvmtext_holds(const struct lvmtext *list, const char *string);

#endif
