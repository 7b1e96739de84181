/* The keys of the page that help was asked for on; then those of the other pages. */
#include "language.h"
#include "page.h"

static const struct {
	enum page page;
	const char *name;
} parts[] = {
	{ PAGE_LIST, "In the menu" },
	{ PAGE_SEARCH, "While searching" },
	{ PAGE_EDIT, "In the editor" },
	{ PAGE_SCRIPT, "In the commands of an entry" },
	{ PAGE_SETTING, "While changing a setting" },
	{ PAGE_LOGIN, "At the login" },
	{ PAGE_DETAILS, "In texts (details, log, disks, help)" },
};

void help_open(struct menu *menu)
{
	enum page from = menu->page;

	menu_open(menu, PAGE_HELP);
	menu->back = from == PAGE_HELP ? PAGE_LIST : from;
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		pager_add(&menu->pager, STYLE_HEADING, NULL, "%s", _(parts[i].name));
		for (unsigned k = 0; k < bindings_n; k++)
			if (bindings[k].help && keys_apply(menu, &bindings[k], parts[i].page))
				pager_add(&menu->pager, STYLE_PLAIN, bindings[k].name, "%s",
					  _(bindings[k].help));
		pager_add(&menu->pager, STYLE_PLAIN, NULL, "%s", "");
	}
	pager_add(&menu->pager, STYLE_PLAIN, NULL,
		  "Each heading is a disk, or one of its configuration files; below it is what that "
		  "offers. All consoles show the same; the first key on any of them stops the "
		  "countdown for all.");
}
