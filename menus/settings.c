/* What baton was told to do, and by whom. */
#include "language.h"
#include "model/settings.h"
#include "page.h"

static const char *const sources[] = {
	[SETTINGS_BUILT_IN] = "built in",
	[SETTINGS_BOARD] = "of the board",
	[SETTINGS_STORE] = "from the store",
	[SETTINGS_CMDLINE] = "from the kernel's command line",
};

void settings_fill(struct menu *menu)
{
	const struct view *view = &menu->view;

	for (size_t i = 0; i < view->settings.n && i < SETTINGS_COUNT; i++) {
		const struct view_setting *setting = &view->settings.at[i];
		const struct setting *row = &settings_table[i];

		pager_add(&menu->pager, STYLE_STRONG, row->name, "%s (%s)",
			  *setting->value ? setting->value : row->usual, _(sources[setting->source]));
		pager_add(&menu->pager, STYLE_PLAIN, "", "%s", _(row->text));
	}
	if (menu->pager.lines.n == 0)
		pager_add(&menu->pager, STYLE_PLAIN, NULL, "There are no settings here.");
}

void settings_open(struct menu *menu)
{
	menu_open(menu, PAGE_SETTINGS);
	settings_fill(menu);
}
