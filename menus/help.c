/* The keys of the page that help was asked for on. */
#include "language.h"
#include "page.h"

void help_open(struct menu *menu)
{
	enum page from = menu->page;

	menu_open(menu, PAGE_HELP);
	menu->back = from == PAGE_HELP ? PAGE_LIST : from;
	pager_add(&menu->pager, STYLE_HEADING, NULL, "%s", _(menu_names[from]));
	for (unsigned k = 0; k < bindings_n; k++)
		if (bindings[k].help && keys_apply(menu, &bindings[k], from))
			pager_add(&menu->pager, STYLE_PLAIN, bindings[k].name, "%s", _(bindings[k].help));
	if (from != PAGE_LIST)
		return;
	pager_add(&menu->pager, STYLE_PLAIN, NULL, "%s", "");
	pager_add(&menu->pager, STYLE_PLAIN, NULL,
		  "Each heading is a disk, or one of its configuration files; below it is what that "
		  "offers. All consoles show the same; the first key on any of them stops the "
		  "countdown for all.");
}
