/* The keys: one row for each thing that they do. */
#include <string.h>

#include "page.h"
#include "title.h"

#define LIST  (1u << PAGE_LIST)
#define FIND  (1u << PAGE_SEARCH)
#define EDIT  (1u << PAGE_EDIT)
#define TEXTS TEXT_PAGES
#define ASK   (1u << PAGE_CONFIRM)
#define CHOSEN (1u << PAGES) /* told only when there is something to choose */

/* Moving ---------------------------------------------------------------------------------------------- */

static bool in_list(const struct menu *menu)
{
	return (LIST | FIND) & 1u << menu->page;
}

static void move(struct menu *menu, long by)
{
	if (in_list(menu))
		list_move(&menu->list, by);
	else
		pager_scroll(&menu->pager, by);
}

static void up(struct menu *menu)
{
	move(menu, -1);
}

static void down(struct menu *menu)
{
	move(menu, 1);
}

static long page_rows(const struct menu *menu)
{
	return menu->screen.rows > 8 ? menu->screen.rows - 8 : 1;
}

static void page_up(struct menu *menu)
{
	move(menu, -page_rows(menu));
}

static void page_down(struct menu *menu)
{
	move(menu, page_rows(menu));
}

static void first(struct menu *menu)
{
	move(menu, -(1l << 30));
}

static void last(struct menu *menu)
{
	move(menu, 1l << 30);
}

/* In the list ----------------------------------------------------------------------------------------- */

static void rebuild(struct menu *menu)
{
	if (list_build(&menu->list, &menu->view) < 0)
		menu->notice = "There is no memory left for the list.";
}

static void fold(struct menu *menu, bool open)
{
	list_fold(&menu->list, open);
	rebuild(menu);
}

static void open_submenu(struct menu *menu)
{
	fold(menu, true);
}

static void close_submenu(struct menu *menu)
{
	const struct row *row = list_row(&menu->list);

	if (row && row->kind == ROW_SUBMENU && row->open)
		fold(menu, false);
	else
		list_parent(&menu->list);
}

/* Rebooting and powering off are asked about, wherever they are asked for. */
static void ask(struct menu *menu, enum view_request request)
{
	menu->page = PAGE_CONFIRM;
	menu->question = request;
}

static void boot_entry(struct menu *menu, const struct entry *entry)
{
	switch (entry->kind) {
	case ENTRY_REBOOT:
		ask(menu, REQUEST_REBOOT);
		return;
	case ENTRY_POWEROFF:
		ask(menu, REQUEST_POWEROFF);
		return;
	case ENTRY_FIRMWARE:
		ask(menu, REQUEST_FIRMWARE);
		return;
	default:
		break;
	}
	if (!entry_is_bootable(entry)) {
		menu->notice = entry->reason ? "This entry can't be booted; the line below says why."
					     : "This entry is of a kind that baton can't boot.";
		return;
	}
	menu_request(menu, REQUEST_BOOT, entry->id, NULL);
}

static void choose(struct menu *menu)
{
	const struct row *row = list_row(&menu->list);

	if (!row)
		return;
	if (row->kind == ROW_SUBMENU)
		fold(menu, !row->open);
	else
		boot_entry(menu, row->entry);
}

static void edit_entry(struct menu *menu)
{
	const struct row *row = list_row(&menu->list);

	if (!row || row->kind != ROW_ENTRY)
		return;
	if (!entry_is_bootable(row->entry)) {
		menu->notice = "This entry can't be booted, so there is nothing to edit.";
		return;
	}
	if (row->config->locked) {
		menu->notice = "Locked: the configuration lets only its superusers edit (GRUB's superusers).";
		return;
	}
	menu_open(menu, PAGE_EDIT);
	arena_free(menu->edit.arena);
	menu->edit.arena = menu_arena(menu);
	menu->edited = arena_string(menu->edit.arena, row->entry->id);
	edit_open(&menu->edit, menu->edit.arena, row->entry->cmdline);
}

static void rescan(struct menu *menu)
{
	menu_request(menu, REQUEST_RESCAN, NULL, NULL);
	menu->notice = "All disks are being read again.";
}

static void reboot(struct menu *menu)
{
	ask(menu, REQUEST_REBOOT);
}

static void power_off(struct menu *menu)
{
	ask(menu, REQUEST_POWEROFF);
}

static void firmware(struct menu *menu)
{
	if (menu->view.status.can_firmware)
		ask(menu, REQUEST_FIRMWARE);
	else
		menu->notice = "This firmware offers no way into its setup from here.";
}

static void stop(struct menu *menu)
{
	if (menu->list.search) {
		menu->search.n = 0;
		menu->list.search = NULL;
		rebuild(menu);
	}
}

/* Searching ------------------------------------------------------------------------------------------- */

static void search(struct menu *menu)
{
	menu->page = PAGE_SEARCH;
}

static void narrow(struct menu *menu)
{
	menu->list.search = menu->search.n ? text_end(&menu->search) : NULL;
	rebuild(menu);
}

static void type_search(struct menu *menu, uint32_t key)
{
	/* Titles are looked through byte by byte; ASCII finds nearly all of them. */
	if (key < 0x20 || key > 0x7e || menu->search.n > 200)
		return;
	text_char(&menu->search, (char)key);
	narrow(menu);
}

static void rub_out(struct menu *menu)
{
	if (menu->search.n)
		menu->search.at[--menu->search.n] = '\0';
	narrow(menu);
}

static void found(struct menu *menu)
{
	menu->page = PAGE_LIST;
	choose(menu);
}

static void forget_search(struct menu *menu)
{
	stop(menu);
	menu->page = PAGE_LIST;
}

/* Elsewhere ------------------------------------------------------------------------------------------- */

static void boot_edited(struct menu *menu)
{
	menu_request(menu, REQUEST_BOOT, menu->edited, edit_text(&menu->edit));
	menu_close(menu);
}

static void confirm(struct menu *menu)
{
	menu->page = PAGE_LIST;
	menu_request(menu, menu->question, NULL, NULL);
}

static void refuse(struct menu *menu)
{
	menu->page = PAGE_LIST;
}

static void repaint(struct menu *menu)
{
	screen_ask(&menu->screen);
	screen_repaint();
}

#define NAMED(name, label, help, run) name, label, help, run
#define ALSO(run)                     NULL, NULL, NULL, run

const struct binding bindings[] = {
	/* In the order of the line at the bottom, which shows as many as fit. */
	{ { INPUT_ENTER }, LIST | CHOSEN, NAMED("Enter", "boot", "boot the selected entry; open or close a submenu", choose) },
	{ { INPUT_ENTER }, FIND, NAMED("Enter", "boot", "boot the selected entry", found) },
	{ { INPUT_ENTER, INPUT_F10, CONTROL('X') }, EDIT,
	  NAMED("Enter, F10, Ctrl-X", "boot", "boot with this command line", boot_edited) },
	{ { INPUT_UP, 'k', CONTROL('P') }, LIST | TEXTS, NAMED("Up, k", NULL, "one line up", up) },
	{ { INPUT_DOWN, 'j', CONTROL('N') }, LIST | TEXTS, NAMED("Down, j", NULL, "one line down", down) },
	{ { INPUT_UP, CONTROL('P') }, FIND, ALSO(up) },
	{ { INPUT_DOWN, CONTROL('N') }, FIND, NAMED("Up/Down", "choose", "select another entry", down) },
	{ { 0 }, TEXTS, NAMED("Up/Down", "scroll", NULL, NULL) },
	{ { INPUT_PAGE_UP, CONTROL('B') }, LIST | TEXTS, NAMED("PgUp", NULL, "one screen up", page_up) },
	{ { INPUT_PAGE_DOWN, CONTROL('F'), ' ' }, LIST | TEXTS,
	  NAMED("PgDn", NULL, "one screen down", page_down) },
	{ { INPUT_PAGE_UP }, FIND, ALSO(page_up) },
	{ { INPUT_PAGE_DOWN }, FIND, ALSO(page_down) },
	{ { INPUT_HOME, CONTROL('A'), 'g' }, LIST | TEXTS, NAMED("Home", NULL, "the first line", first) },
	{ { INPUT_END, CONTROL('E'), 'G' }, LIST | TEXTS, NAMED("End", NULL, "the last line", last) },
	{ { INPUT_RIGHT }, LIST, NAMED("Right", NULL, "open a submenu", open_submenu) },
	{ { INPUT_LEFT }, LIST, NAMED("Left", NULL, "close a submenu, or go to the one around", close_submenu) },
	{ { 'e' }, LIST | CHOSEN, NAMED("e", "edit", "edit the command line, for this boot only", edit_entry) },
	{ { 'i', 'd' }, LIST | CHOSEN, NAMED("i, d", "details", "kernel, initrds, command line and origin of the entry", details_open) },
	{ { INPUT_ESCAPE }, LIST, NAMED("Esc", NULL, "stop the countdown; end the search", stop) },
	{ { 'r' }, LIST, NAMED("r", "rescan", "read all disks again", rescan) },
	{ { 'l' }, LIST, NAMED("l", "log", "what happened so far", log_open) },
	{ { 'R' }, LIST, NAMED("R", "reboot", "reboot the machine (asks first)", reboot) },
	{ { 'P' }, LIST, NAMED("P", "power off", "power the machine off (asks first)", power_off) },
	{ { '/' }, LIST | CHOSEN, NAMED("/", "search", "show only what has the typed text in it", search) },
	{ { 'D' }, LIST, NAMED("D", "disks", "what was found on each disk, or why nothing", disks_open) },
	{ { 'F' }, LIST, NAMED("F", NULL, "reboot into the firmware's setup (asks first)", firmware) },
	{ { INPUT_BACKSPACE }, FIND, NAMED("Backspace", NULL, "remove the last letter", rub_out) },
	{ { INPUT_ESCAPE, CONTROL('C'), CONTROL('G') }, FIND, NAMED("Esc", "end", "show all entries again", forget_search) },
	{ { INPUT_ESCAPE, CONTROL('C'), CONTROL('G') }, EDIT,
	  NAMED("Esc", "leave", "back to the menu; nothing is changed", menu_close) },
	{ { 0 }, EDIT, NAMED("Ctrl-A, Ctrl-E", NULL, "to the beginning, to the end (Home, End)", NULL) },
	{ { 0 }, EDIT, NAMED("Ctrl-Left, -Right", NULL, "by words (Alt-B, Alt-F)", NULL) },
	{ { 0 }, EDIT, NAMED("Ctrl-U, Ctrl-K", NULL, "delete up to the cursor, from the cursor on", NULL) },
	{ { 0 }, EDIT, NAMED("Ctrl-W, Alt-D", NULL, "delete the word before, after the cursor", NULL) },
	{ { 0 }, EDIT, NAMED("Ctrl-Y", NULL, "insert again what was deleted last", NULL) },
	{ { 0 }, EDIT, NAMED("Ctrl-Z", "undo", "undo the latest change (Ctrl-_)", NULL) },
	{ { 0 }, EDIT, NAMED("Ctrl-R", "revert", "back to the line of the configuration", NULL) },
	{ { INPUT_ESCAPE, 'q', INPUT_ENTER, INPUT_LEFT }, TEXTS, NAMED("Esc, q", "back", "back to the menu", menu_close) },
	{ { 'y', 'Y' }, ASK, NAMED("y", "yes", NULL, confirm) },
	{ { 'n', INPUT_ESCAPE }, ASK, NAMED("n", "no", NULL, refuse) },
	{ { CONTROL('L') }, LIST | FIND | EDIT | TEXTS, NAMED("Ctrl-L", NULL, "paint the screen again", repaint) },
	{ { '?', 'h', INPUT_F1 }, LIST | TEXTS, NAMED("?, F1", "help", "this list of keys", help_open) },
	{ { INPUT_F1 }, EDIT | FIND, NAMED("F1", "help", "the list of keys", help_open) },
};
const unsigned bindings_n = sizeof bindings / sizeof *bindings;

static const struct binding *find(enum page page, uint32_t key)
{
	for (unsigned i = 0; i < bindings_n; i++)
		for (unsigned k = 0; k < 4 && bindings[i].pages & 1u << page; k++)
			if (key && bindings[i].keys[k] == key)
				return &bindings[i];
	return NULL;
}

/* GRUB names a hotkey by its letter, or some keys by words (GRUB manual, "menuentry"). */
static bool is_hotkey(const char *name, uint32_t key)
{
	static const struct {
		const char *name;
		uint32_t key;
	} words[] = {
		{ "backspace", INPUT_BACKSPACE }, { "tab", '\t' }, { "delete", INPUT_DELETE },
		{ "insert", INPUT_INSERT },
	};

	if (name[0] && !name[1])
		return (uint32_t)name[0] == key;
	for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
		if (words[i].key == key && strcasecmp(words[i].name, name) == 0)
			return true;
	return false;
}

/* Keys of the menu itself come first, as with GRUB; a config can't take them away. */
static bool boot_by_hotkey(struct menu *menu, uint32_t key)
{
	for (const struct view_device *d = menu->view.devices; d; d = d->next)
		for (size_t c = 0; c < d->configs.n; c++)
			for (size_t i = 0; i < d->configs.at[c]->entries.n; i++) {
				const struct entry *entry = d->configs.at[c]->entries.at[i];

				if (!entry->hotkey || !is_hotkey(entry->hotkey, key))
					continue;
				boot_entry(menu, entry);
				return true;
			}
	return false;
}

bool keys_run(struct menu *menu, uint32_t key)
{
	const struct binding *binding = find(menu->page, key);

	if (binding && binding->run) {
		binding->run(menu);
		return true;
	}
	switch (menu->page) {
	case PAGE_LIST:
		return boot_by_hotkey(menu, key);
	case PAGE_SEARCH:
		type_search(menu, key);
		return true;
	case PAGE_EDIT:
		return edit_key(&menu->edit, key, menu->screen.columns - 2);
	case PAGE_CONFIRM:
		refuse(menu); /* any key but yes */
		return true;
	default:
		return false;
	}
}

/* The first of a key's names: "Enter, F10" is "Enter". */
static int short_name(const struct binding *binding)
{
	return (int)strcspn(binding->name, ",");
}

static bool is_told(const struct binding *binding, const struct menu *menu)
{
	if (binding->pages & CHOSEN && !list_row(&menu->list))
		return false;
	return binding->label && binding->pages & 1u << menu->page;
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
	end = screen->columns - 4 - short_name(help) - (int)strlen(help->label);
	for (unsigned i = 0; i < bindings_n; i++) {
		const struct binding *b = &bindings[i];

		if (!is_told(b, menu) ||
		    (b != help && x + short_name(b) + 1 + (int)strlen(b->label) > end))
			continue;
		x += screen_bytes(screen, y, x, screen->columns, STYLE_STRONG, b->name,
				  b->name + short_name(b)) + 1;
		x += screen_text(screen, y, x, screen->columns, STYLE_PLAIN, b->label) + 2;
	}
}
