/* What happened so far, in baton's own words. */
#include "page.h"

void log_fill(struct menu *menu)
{
	if (menu->view.log.n == 0)
		pager_add(&menu->pager, STYLE_PLAIN, NULL,
			  "Nothing worth telling has happened yet.");
	for (size_t i = 0; i < menu->view.log.n; i++)
		pager_add(&menu->pager, STYLE_PLAIN, NULL, "%s", menu->view.log.at[i]);
}

void log_open(struct menu *menu)
{
	menu_open(menu, PAGE_LOG);
	menu->pager.at_end = true;
	log_fill(menu);
}
