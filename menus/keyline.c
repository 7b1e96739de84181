/* The line at the bottom: what keys do here. */
#include <string.h>

#include "language.h"
#include "page.h"
#include "title.h"

/* The first of a key's names: "Enter, F10" is "Enter". */
static int short_name(const struct binding *binding)
{
	return (int)strcspn(binding->name, ",");
}

static bool is_told(const struct binding *binding, const struct menu *menu)
{
	if (binding->pages & KEYS_CHOSEN && !list_row(&menu->list))
		return false;
	return binding->label && keys_apply(menu, binding, menu->page);
}

static int label_width(const struct binding *binding, const struct screen *screen)
{
	return title_width(_(binding->label), NULL, screen->unicode);
}

/* As many as fit, in order of the table; the last one, help, in any case. */
void keys_draw(const struct menu *menu, int y)
{
	const struct screen *screen = &menu->screen;
	const struct binding *help = NULL;
	int x = 1, end;

	for (unsigned i = 0; i < bindings_n; i++)
		if (is_told(&bindings[i], menu))
			help = &bindings[i];
	if (!help)
		return;
	end = screen->columns - 4 - short_name(help) - label_width(help, screen);
	for (unsigned i = 0; i < bindings_n; i++) {
		const struct binding *b = &bindings[i];

		if (!is_told(b, menu) ||
		    (b != help && x + short_name(b) + 1 + label_width(b, screen) > end))
			continue;
		x += screen_bytes(screen, y, x, screen->columns, STYLE_STRONG, b->name,
				  b->name + short_name(b)) +
		     1;
		x += screen_text(screen, y, x, screen->columns, STYLE_PLAIN, _(b->label)) + 2;
	}
}
