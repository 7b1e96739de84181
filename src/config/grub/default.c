/* Which entry a variable such as $default means: GRUB manual, "default". */
#include <string.h>

#include "config/grub/interp.h"

/* Is @spec, or its part before a single >, this name? A > in a name is written >>. */
static bool names(const char *spec, const char *name)
{
	for (;; spec++, name++) {
		if (*spec == '>' && spec[1] != '>')
			return !*name;
		if (*spec == '>')
			spec++;
		if (*spec != *name)
			return false;
		if (!*name)
			return true;
	}
}

static size_t by_name(const struct menu *menu, const char *value)
{
	size_t i = 0;

	for (const struct item *item = menu->first; item; item = item->next, i++)
		if (names(value, item->title) || names(value, item->id))
			return i;
	return menu->n;
}

size_t default_index(const struct interp *in, const struct menu *menu, const char *value)
{
	unsigned long number;
	const char *end;
	size_t i;
	bool numeric;

	if (!value)
		return menu->n;
	numeric = number_parse(value, 0, &number, &end);
	/* upstream takes any number at the start for an index; Red Hat's tries the names first */
	if (in->redhat || !numeric) {
		i = by_name(menu, value);
		if (i < menu->n || !numeric)
			return i;
	}
	return number < menu->n ? number : menu->n;
}

const char *default_rest(const char *value)
{
	for (; value && *value; value++) {
		if (value[0] != '>')
			continue;
		if (value[1] != '>')
			return value[1] ? value + 1 : NULL;
		value++;
	}
	return NULL;
}
