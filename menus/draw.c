/* The screen: a title, the page, what the machine is about to do, and the keys. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "language.h"
#include "page.h"
#include "title.h"

#define MESSAGE_ROWS 3
#define LOW_SCREEN   16 /* with fewer rows than this, the list needs them all */

const char *const menu_names[PAGES] = {
	[PAGE_LIST] = "Boot menu",
	[PAGE_SEARCH] = "Boot menu",
	[PAGE_EDIT] = "Edit, for this boot only",
	[PAGE_SCRIPT] = "Commands, for this boot only",
	[PAGE_SETTING] = "Change a setting",
	[PAGE_LOGIN] = "Log in",
	[PAGE_DETAILS] = "Details of an entry",
	[PAGE_LOG] = "Log",
	[PAGE_KERNEL] = "Kernel messages",
	[PAGE_DISKS] = "Disks",
	[PAGE_SYSTEM] = "System",
	[PAGE_SETTINGS] = "Settings",
	[PAGE_HELP] = "Help",
	[PAGE_CONFIRM] = "Boot menu",
};

static bool is_text(const struct menu *menu)
{
	return 1u << menu->page & TEXT_PAGES;
}

static const char *count(struct arena *arena, size_t n, const char *one, const char *many)
{
	return arena_print(arena, "%zu %s", n, n == 1 ? _(one) : _(many));
}

/* On the right: how much there is, or is still to come; or which part of a text is shown. */
static const char *header_right(const struct menu *menu, struct arena *arena)
{
	const struct pager *pager = &menu->pager;
	const struct list *list = &menu->list;
	size_t unread = 0, found = 0;

	if (menu->page == PAGE_EDIT || menu->page == PAGE_SCRIPT)
		return count(arena, menu->edit.text.n, "byte", "bytes");
	if (is_text(menu) && pager->rows > pager->visible)
		return arena_print(arena, _("lines %zu-%zu of %zu"), pager->top + 1,
				   pager->top + pager->visible, pager->rows);
	if (is_text(menu) || menu->page == PAGE_LOGIN || menu->page == PAGE_SETTING)
		return "";
	for (const struct view_device *d = menu->view.devices; d; d = d->next)
		unread += d->state == PROBE_WAITING || d->state == PROBE_RUNNING;
	if (unread)
		return arena_print(arena, _("reading %s"), count(arena, unread, "disk", "disks"));
	for (size_t i = 0; list->search && i < list->rows.n; i++)
		found += list->rows.at[i].kind == ROW_ENTRY;
	if (list->search)
		return arena_print(arena, _("%zu of %s"), found,
				   count(arena, list->entries, "entry", "entries"));
	return count(arena, list->entries, "entry", "entries");
}

static void draw_header(const struct menu *menu, struct arena *arena)
{
	const struct screen *screen = &menu->screen;
	const char *right = header_right(menu, arena);
	const char *name = _(menu_names[menu->page]);
	int width = title_width(right, NULL, screen->unicode), room = screen->columns - 2;
	bool narrow = title_width(name, NULL, screen->unicode) + width + 10 > room;

	/* that a text goes on below matters more than our name */
	screen_fill(screen, 0, 0, screen->columns, STYLE_SELECTED);
	screen_print(screen, 0, 1, width ? room - width - 2 : room, STYLE_SELECTED, "%s%s",
		     narrow ? "" : "baton - ", name);
	screen_text(screen, 0, screen->columns - 1 - width, width, STYLE_SELECTED, right);
}

/* The list ------------------------------------------------------------------------------------- */

static const char *right_note(struct arena *arena, const struct row *row)
{
	if (row->kind == ROW_ENTRY && row->entry->reason)
		return arena_print(arena, _("(can't be booted: %s)"),
				   language_sentence(arena, row->entry->reason));
	if (row->holds_default && (row->kind == ROW_ENTRY || !row->open))
		return _("(default)");
	if (row->kind == ROW_ENTRY && row->entry->hotkey)
		return arena_print(arena, "[%s]", row->entry->hotkey);
	return NULL;
}

/* A title, or with the search on, where in the submenus it is, too. */
static const char *row_title(const struct menu *menu, struct arena *arena, const struct row *row)
{
	struct text text = TEXT(arena);

	if (!*row->text)
		return _("(no title)");
	if (!menu->list.search || row->kind != ROW_ENTRY || row->entry->path.n == 0)
		return row->text;
	for (size_t i = 0; i < row->entry->path.n; i++)
		text_print(&text, "%s > ", row->entry->path.at[i]);
	text_string(&text, row->text);
	return text_end(&text);
}

static void draw_choice(const struct menu *menu, struct arena *arena, const struct row *row, int y,
			bool selected)
{
	const struct screen *screen = &menu->screen;
	enum style style = selected ? STYLE_SELECTED : STYLE_PLAIN;
	unsigned depth = row->depth < 8 ? row->depth : 8;
	int x = 3 + 2 * (int)depth, used;
	const char *note = right_note(arena, row);

	if (row->kind == ROW_ENTRY && row->entry->reason && !selected)
		style = STYLE_FAINT;
	if (selected) {
		screen_fill(screen, y, 0, screen->columns, style);
		screen_mark(screen, y, 1, style, MARK_SELECTED);
	}
	if (row->kind == ROW_SUBMENU) {
		screen_mark(screen, y, x, style, row->open ? MARK_OPEN : MARK_CLOSED);
		x += 2;
	}
	used = screen_text(screen, y, x, screen->columns - x - 1, style,
			   row_title(menu, arena, row));
	x += used + 2;
	if (note)
		screen_text(screen, y, x, screen->columns - x - 1, style, note);
}

static const char *heading(struct arena *arena, const struct row *row)
{
	const char *device = describe_device(arena, &row->device->identity);

	if (row->device->configs.n < 2 || !row->config)
		return device;
	return arena_print(arena, "%s: %s", device, row->config->file);
}

static void draw_row(const struct menu *menu, struct arena *arena, size_t i, int y)
{
	const struct screen *screen = &menu->screen;
	const struct row *row = &menu->list.rows.at[i];

	switch (row->kind) {
	case ROW_BLANK:
		break;
	case ROW_HEADING:
		screen_text(screen, y, 1, screen->columns - 2, STYLE_HEADING, heading(arena, row));
		break;
	case ROW_NOTE:
		screen_text(screen, y, 3, screen->columns - 4, STYLE_PLAIN, row->text);
		break;
	case ROW_SUBMENU:
	case ROW_ENTRY:
		draw_choice(menu, arena, row, y, i == menu->list.selected);
	}
}

const char menu_what_to_do[] = "Connect a disk and it appears here by itself. D shows what was found on each disk, "
			       "l the log; r reads all disks again.";

/* Until it is known that there is nothing: that is looked for now and then, and says so itself. */
static bool is_looking(const struct status *status)
{
	return status->phase == PHASE_SCANNING && !(status->failed && status->message);
}

/* Nothing to choose: say what goes on, and what a person can do about it. Returns the next row. */
static int draw_emptiness(const struct menu *menu, int y, int end)
{
	const struct screen *screen = &menu->screen;
	int columns = screen->columns - 2;

	if (menu->list.search) {
		screen_text(screen, y + 1, 1, columns, STYLE_PLAIN,
			    _("Nothing matches. Esc shows all again."));
		return y + 3;
	}
	if (is_looking(&menu->view.status)) {
		screen_text(screen, y + 1, 1, columns, STYLE_PLAIN,
			    _("Looking for systems on the disks..."));
		return y + 3;
	}
	y += 1;
	y += screen_wrap(screen, y, 1, columns, end - y, STYLE_STRONG, _(view_nothing_found)) + 1;
	if (y < end)
		y += screen_wrap(screen, y, 1, columns, end - y, STYLE_PLAIN, _(menu_what_to_do));
	return y + 1;
}

static void draw_list(struct menu *menu, struct arena *arena, int y, int end)
{
	struct list *list = &menu->list;

	if (list->selected == list->rows.n)
		y = draw_emptiness(menu, y, end);
	list_scroll(list, end > y ? (size_t)(end - y) : 0);
	for (size_t i = list->top; i < list->rows.n && y < end; i++)
		draw_row(menu, arena, i, y++);
}

/* What is going on ----------------------------------------------------------------------------- */

static const char *title_of(const struct menu *menu, const char *id)
{
	const struct entry *entry = id ? view_find(&menu->view, id, NULL) : NULL;

	return entry ? entry->title : _("the default");
}

/* A long title must not push what stands behind it off the screen. */
static int print_around(const struct screen *screen, int y, const char *before, const char *title,
			const char *after)
{
	int width = title_width(title, NULL, screen->unicode);
	int room = screen->columns - 2 - title_width(after, NULL, screen->unicode);
	int x = 1;

	if (room >= width + title_width(before, NULL, screen->unicode) || room > 60)
		room -= title_width(before, NULL, screen->unicode);
	else
		before = ""; /* the title says more */
	x += screen_text(screen, y, x, screen->columns - 1 - x, STYLE_STRONG, before);
	x += screen_text(screen, y, x, room > 4 ? room : 4, STYLE_STRONG, title);
	return x + screen_text(screen, y, x, screen->columns - 1 - x, STYLE_STRONG, after);
}

/*
 * Returns the column behind the number, for the cursor: from there, and without an attribute, the next
 * second is two bytes.
 */
static int draw_countdown(const struct menu *menu, int y)
{
	const struct screen *screen = &menu->screen;
	int64_t left = menu->view.status.deadline_ms - clock_ms();
	/* Rounded up: a person sees "1 s" during the last second, and never "0 s". */
	long long seconds = left > 0 ? (left + 999) / 1000 : 1;
	char when[48], after[100], number[24];
	int x;

	snprintf(number, sizeof number, "%lld", seconds);
	snprintf(when, sizeof when, _(" in %lld s"), seconds);
	snprintf(after, sizeof after, "%s%s", when, menu->view.status.hidden ? "" : _(" - any key stops"));
	x = print_around(screen, y, _("Booting "), title_of(menu, menu->view.status.default_id), after);
	x -= title_width(strstr(after, number), NULL, screen->unicode);
	if (x < 1) /* there was no room for it */
		return 1;
	return x + screen_text(screen, y, x, screen->columns - x, STYLE_PLAIN, number);
}

/* Where the cursor is to stand then, a column, as long as what stands there changes; or -1. */
static int draw_phase(const struct menu *menu, int y)
{
	const struct status *status = &menu->view.status;
	const struct screen *screen = &menu->screen;
	const char *text = "";

	switch (status->phase) {
	case PHASE_SCANNING:
		text = menu->list.entries && is_looking(status) ? _("Still looking for systems on the disks...") : "";
		break;
	case PHASE_COUNTDOWN:
		return draw_countdown(menu, y);
	case PHASE_MENU:
		text = menu->list.entries ? _("Nothing boots until you choose.") : "";
		break;
	case PHASE_LOADING:
		print_around(screen, y, _("Loading "), title_of(menu, status->booting_id), " ...");
		return -1;
	case PHASE_BOOTING:
		print_around(screen, y, _("Starting "), title_of(menu, status->booting_id), " ...");
		return -1;
	}
	screen_text(screen, y, 1, screen->columns - 2, STYLE_STRONG, text);
	return -1;
}

/* Of the selected line: what it boots, and why it is the default if it is. */
static void draw_selection(const struct menu *menu, struct arena *arena, int y)
{
	const struct screen *screen = &menu->screen;
	const struct row *row = list_row(&menu->list);
	const char *why;

	if (!row)
		return;
	if (row->kind == ROW_SUBMENU) {
		screen_text(screen, y, 1, screen->columns - 2, STYLE_PLAIN,
			    row->open ? _("Submenu: Enter closes it") : _("Submenu: Enter opens it"));
		return;
	}
	why = row->holds_default ? menu->view.status.default_why : NULL;
	screen_wrap(screen, y, 1, screen->columns - 2, why ? 1 : 2, STYLE_PLAIN,
		    describe_entry(arena, row->device, row->entry));
	if (why)
		screen_print(screen, y + 1, 1, screen->columns - 2, STYLE_PLAIN, _("Default: %s"),
			     language_sentence(arena, why));
}

static const char *question(const struct menu *menu, struct arena *arena)
{
	switch (menu->question) {
	case REQUEST_SET:
		if (menu->subject)
			return arena_print(arena, _("Keep \"%s\" as the default, from now on?"),
					   title_of(menu, menu->subject));
		return _("Forget that default? Then what the configurations say counts again.");
	case REQUEST_REBOOT:
		return _("Reboot the machine now?");
	case REQUEST_FIRMWARE:
		return _("Reboot into the firmware's setup now?");
	default:
		return _("Power the machine off now?");
	}
}

/* The latest thing to know. The answer to a key is the person's own business, and comes first. */
static const char *message_of(const struct menu *menu, struct arena *arena, enum style *style)
{
	const struct row *row = list_row(&menu->list);

	*style = STYLE_STRONG;
	if (menu->refused && row && row->kind == ROW_ENTRY)
		return describe_entry(arena, row->device, row->entry);
	if (menu->page == PAGE_CONFIRM)
		return question(menu, arena);
	if (menu->notice)
		return language_sentence(arena, menu->notice);
	*style = menu->view.status.failed ? STYLE_ALERT : STYLE_PLAIN;
	if (!menu->list.rows.n && string_same(menu->view.status.message, view_nothing_found))
		return NULL; /* draw_emptiness() says it */
	return menu->view.status.message ? language_sentence(arena, menu->view.status.message) : NULL;
}

/* Of the selected line, where there is no room for it: what is cut off is what tells it from others. */
static const char *whole_title(const struct menu *menu, enum style *style)
{
	const struct row *row = list_row(&menu->list);
	int room = menu->screen.columns - 6 - 2 * (row ? (int)row->depth : 0);

	*style = STYLE_PLAIN;
	return row && title_width(row->text, NULL, menu->screen.unicode) > room ? row->text : NULL;
}

/* Draws upwards from the last row but one; returns the first row that it took. @x: see draw_phase() */
static int draw_footer(const struct menu *menu, struct arena *arena, int *x)
{
	const struct screen *screen = &menu->screen;
	bool low = screen->rows < LOW_SCREEN;
	int y = screen->rows - 1 - (low ? 1 : 3), rows = 0;
	enum style style;
	const char *message = message_of(menu, arena, &style);

	*x = draw_phase(menu, y);
	if (!low)
		draw_selection(menu, arena, y + 1);
	else if (!message || !*message)
		message = whole_title(menu, &style);
	if (message && *message) {
		rows = screen_wrap(screen, -1, 1, screen->columns - 2, 0, style, message);
		rows = rows > MESSAGE_ROWS ? MESSAGE_ROWS : rows;
		y -= rows;
		screen_wrap(screen, y, 1, screen->columns - 2, rows, style, message);
	}
	if (!low)
		screen_rule(screen, --y);
	return y;
}

/* The pages ------------------------------------------------------------------------------------ */

/* As the default's configuration has it: no list until somebody wants one. */
static void show_hidden(struct menu *menu, struct arena *arena)
{
	const struct screen *screen = &menu->screen;
	int y = screen->rows < LOW_SCREEN ? 1 : 2, columns = screen->columns - 2, x;
	const char *message = menu->view.status.message;

	draw_header(menu, arena);
	x = draw_phase(menu, y);
	if (menu->view.status.phase == PHASE_COUNTDOWN)
		screen_text(screen, y + 1, 1, columns, STYLE_PLAIN, _("Any key shows the menu."));
	if (message)
		screen_wrap(screen, y + 3, 1, columns, MESSAGE_ROWS, STYLE_PLAIN,
			    language_sentence(arena, message));
	screen_show(&menu->screen, y, x < 0 ? 1 : x, false);
}

static void show_list(struct menu *menu, struct arena *arena)
{
	const struct screen *screen = &menu->screen;
	bool low = screen->rows < LOW_SCREEN;
	int x, end = draw_footer(menu, arena, &x), first = low ? 1 : 2;
	int y = low ? screen->rows - 2 : screen->rows - 4; /* of what goes on */

	draw_header(menu, arena);
	draw_list(menu, arena, first, end);
	if (menu->page == PAGE_SEARCH) {
		x = 1;
		screen_fill(screen, y, 0, screen->columns, STYLE_PLAIN);
		x += screen_text(screen, y, x, screen->columns - 2, STYLE_STRONG, _("Search: "));
		x += screen_text(screen, y, x, screen->columns - x - 1, STYLE_PLAIN,
				 text_end(&menu->search));
	} else if (x < 0) {
		x = 1;
		y = list_row(&menu->list) ? first + (int)(menu->list.selected - menu->list.top) : 0;
	}
	keys_draw(menu, screen->rows - 1);
	screen_show(&menu->screen, y, x, menu->page == PAGE_SEARCH);
}

/* The title of what is edited or takes the login. */
static const char *subject(const struct menu *menu, struct arena *arena)
{
	bool logs_in = menu->page == PAGE_LOGIN;
	const char *id = logs_in ? menu->asked.id : menu->edited;
	const struct entry *entry = view_find(&menu->view, id, NULL);

	if (logs_in && menu->asked.what == REQUEST_SET)
		return arena_print(arena, "%s=%s", menu->asked.id, settings_find(menu->asked.id)->form);
	if (menu->page == PAGE_SETTING)
		return arena_print(arena, "%s=%s", menu->setting->name, menu->setting->form);
	return entry ? entry->title : id ? _("This entry is gone.") : _("A kernel by its path");
}

static void show_form(struct menu *menu, struct arena *arena, struct edit *edit)
{
	const struct screen *screen = &menu->screen;
	int y = 1, x = 1, rows = screen->rows - 2, message_rows = 0;
	enum style style;
	const char *message = menu->notice || menu->awaits ? message_of(menu, arena, &style) : NULL;

	draw_header(menu, arena);
	if (message && menu->notice)
		style = STYLE_ALERT;
	if (!message && menu->page == PAGE_EDIT && !menu->edited) {
		style = STYLE_PLAIN;
		message = _("There is no command line as GRUB's: this boots the kernel that is named here.");
	}
	if (!message && menu->page == PAGE_LOGIN) {
		style = STYLE_PLAIN;
		message = menu->asked.what == REQUEST_SET
				  ? _("Locked: a superuser of a configuration may do that.")
				  : _("It is locked: a user of its configuration may boot it.");
	}
	if (message)
		message_rows = screen_wrap(screen, -1, 1, screen->columns - 2, 0, style, message);
	if (message_rows > MESSAGE_ROWS)
		message_rows = MESSAGE_ROWS;
	if (rows > 6) {
		screen_print(screen, 2, 1, screen->columns - 2, STYLE_HEADING, "%s",
			     subject(menu, arena));
		y = 4;
		rows -= 3;
	}
	if (message)
		screen_wrap(screen, screen->rows - 1 - message_rows, 1, screen->columns - 2, message_rows,
			    style, message);
	if (message_rows)
		rows -= message_rows - 1;
	if (menu->page == PAGE_SETTING)
		settings_describe(menu, y + 2, rows - 3);
	edit_draw(edit, screen, y, menu->page == PAGE_SETTING ? 1 : rows - 1, &y, &x);
	keys_draw(menu, screen->rows - 1);
	screen_show(&menu->screen, y, x, true);
}

static void show_text(struct menu *menu, struct arena *arena)
{
	const struct screen *screen = &menu->screen;
	int y = screen->rows - 1, x = 0, rows = 1;
	enum style style;
	const char *message = menu->notice || menu->awaits ? message_of(menu, arena, &style) : NULL;

	if (message)
		rows = screen_wrap(screen, -1, 1, screen->columns - 2, 0, style, message);
	rows = rows > MESSAGE_ROWS ? MESSAGE_ROWS : rows;
	pager_draw(&menu->pager, screen, 2, y - 2 - rows);
	draw_header(menu, arena);
	if (message)
		screen_wrap(screen, y - rows, 1, screen->columns - 2, rows, style, message);
	if (menu->seeking) {
		x = 1 + screen_text(screen, y, 1, screen->columns - 2, STYLE_STRONG, _("Search: "));
		x += screen_text(screen, y, x, screen->columns - x - 1, STYLE_PLAIN,
				 text_end(&menu->sought));
	} else {
		keys_draw(menu, y);
	}
	screen_show(&menu->screen, y, x, menu->seeking);
}

void draw(struct menu *menu)
{
	struct arena *arena = menu_arena(menu);

	screen_begin();
	if (menu->page == PAGE_EDIT || menu->page == PAGE_SCRIPT || menu->page == PAGE_SETTING)
		show_form(menu, arena, &menu->edit);
	else if (menu->page == PAGE_LOGIN)
		show_form(menu, arena, &menu->login);
	else if (is_text(menu))
		show_text(menu, arena);
	else if (menu->view.status.hidden)
		show_hidden(menu, arena);
	else
		show_list(menu, arena);
	arena_free(arena);
}
