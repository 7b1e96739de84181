/* What baton was told to do, and by whom; and its change, which PID 1 keeps. */
#include "model/settings.h"

#include "base/text.h"
#include "language.h"
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
			  *setting->value ? setting->value : _(row->usual), _(sources[setting->source]));
		menu->pager.lines.at[menu->pager.lines.n - 1].label = row->name; /* in every language */
		/* on a screen only of the one that is chosen: so there is room for all */
		if (!menu->pager.chosen || string_same(menu->pager.chosen, row->name))
			pager_add(&menu->pager, STYLE_PLAIN, "", "%s", _(row->text));
	}
	if (menu->pager.lines.n == 0)
		pager_add(&menu->pager, STYLE_PLAIN, NULL, "There are no settings here.");
}

void settings_open(struct menu *menu)
{
	menu_open(menu, PAGE_SETTINGS);
	menu->pager.chosen = menu->setting ? menu->setting->name : settings_table[0].name;
	settings_fill(menu);
	pager_choose(&menu->pager, &menu->screen, 0);
}

void settings_move(struct menu *menu, long by)
{
	pager_choose(&menu->pager, &menu->screen, by);
	menu_refill(menu);
	pager_choose(&menu->pager, &menu->screen, 0);
}

const struct view_setting *settings_value(const struct view *view, const char *name)
{
	size_t i = (size_t)(settings_find(name) - settings_table);

	return i < view->settings.n ? &view->settings.at[i] : NULL;
}

void settings_ask(struct menu *menu, const char *name)
{
	const struct view_setting *value = settings_value(&menu->view, name);

	if (!value)
		return;
	if (menu->view.status.lock >= LOCK_SETTINGS) {
		menu->notice = "Locked: the settings of this machine let nobody do that.";
		return;
	}
	forms_setting(menu, settings_find(name), value->value);
}

void settings_change(struct menu *menu)
{
	if (menu->pager.chosen && settings_find(menu->pager.chosen))
		settings_ask(menu, menu->pager.chosen);
}

/* PID 1 checks it again, and tells in the status what has come of it. */
void settings_keep(struct menu *menu)
{
	const char *name = menu->setting->name, *value = edit_text(&menu->edit);
	struct text text = TEXT(menu->arena);
	const char *why = *value ? settings_edit(menu->arena, "", 0, name, value, &text) : NULL;

	if (why) {
		menu->notice = why;
		return;
	}
	forms_send(menu, &(struct request){ .what = REQUEST_SET, .id = name, .text = *value ? value : NULL });
}

/* What stands below the line that is edited. */
void settings_describe(const struct menu *menu, int y, int rows)
{
	const struct screen *screen = &menu->screen;
	const struct setting *row = menu->setting;
	const struct view_setting *value = &menu->view.settings.at[row - settings_table];
	int columns = screen->columns - 2, end = y + rows;

	y += screen_wrap(screen, y, 1, columns, rows, STYLE_PLAIN, _(row->text)) + 1;
	if (y < end && value->source == SETTINGS_CMDLINE)
		y += screen_wrap(screen, y, 1, columns, end - y, STYLE_ALERT,
				 _("The kernel's command line sets it, too, and counts more than what is kept."));
	if (y < end)
		screen_wrap(screen, y, 1, columns, end - y, STYLE_PLAIN,
			    _("An empty line forgets what is kept: then what is built in counts again."));
}
