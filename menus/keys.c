/* The keys: one row for each thing that they do. */
#include <string.h>

#include "language.h"
#include "page.h"

#define LIST   (1u << PAGE_LIST)
#define FIND   (1u << PAGE_SEARCH)
#define EDIT   (1u << PAGE_EDIT)
#define LOGIN  (1u << PAGE_LOGIN)
#define SCRIPT (1u << PAGE_SCRIPT)
#define SET    (1u << PAGE_SETTING)
#define VALUES (1u << PAGE_SETTINGS)
#define TEXTS  TEXT_PAGES
#define LOG    (1u << PAGE_LOG)
#define ASK    (1u << PAGE_CONFIRM)
#define CHOSEN KEYS_CHOSEN
#define GUEST  (1u << (PAGES + 1)) /* only in a terminal of a running system… */
#define HOST   (1u << (PAGES + 2)) /* …or only elsewhere */

/* Moving --------------------------------------------------------------------------------------- */

static bool in_list(const struct menu *menu)
{
	return (LIST | FIND) & 1u << menu->page;
}

static void scroll(struct menu *menu, long by)
{
	pager_scroll(&menu->pager, by);
	menu->pager.at = menu->pager.top;
}

static void move(struct menu *menu, long by)
{
	if (in_list(menu))
		list_move(&menu->list, by);
	else if (menu->page == PAGE_SETTINGS)
		settings_move(menu, by);
	else
		scroll(menu, by);
}

static void up(struct menu *menu)
{
	move(menu, -1);
}

static void down(struct menu *menu)
{
	move(menu, 1);
}

/* As many as are seen, but for one or two that are seen again. */
static long page_rows(const struct menu *menu)
{
	long rows = menu->screen.rows < 16 ? menu->screen.rows - 5 : menu->screen.rows - 8;

	if (!in_list(menu))
		rows = (long)menu->pager.visible - 1;
	return rows > 1 ? rows : 1;
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

/* In the list ---------------------------------------------------------------------------------- */

static void fold(struct menu *menu, bool open)
{
	list_fold(&menu->list, open);
	search_apply(menu);
}

/* Elsewhere this key boots; here it walks through the tree, where one time too many must do nothing. */
static void open_submenu(struct menu *menu)
{
	const struct row *row = list_row(&menu->list);

	if (row && row->kind == ROW_ENTRY)
		menu->notice = "Enter boots this entry.";
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

/* Out of what is around: as GRUB does, but not while a person hits any key to stop the countdown. */
static void escape(struct menu *menu)
{
	if (menu->list.search)
		search_stop(menu);
	else if (menu->view.status.phase == PHASE_MENU && list_parent(&menu->list))
		fold(menu, false);
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
		menu->refused = entry->reason != NULL;
		menu->notice = "This entry is of a kind that baton can't boot.";
		return;
	}
	forms_boot(menu, entry->id, NULL);
}

/* As with systemd-boot, where a second time takes it back. */
static void ask_default(struct menu *menu)
{
	const struct row *row = list_row(&menu->list);
	const struct view_setting *value = settings_value(&menu->view, "default");

	if (!row || row->kind != ROW_ENTRY || !value)
		return;
	if (menu->view.status.lock >= LOCK_SETTINGS) {
		menu->notice = "Locked: the settings of this machine let nobody do that.";
		return;
	}
	if (!entry_is_bootable(row->entry)) {
		menu->notice = "What baton can't boot can't be the default.";
		return;
	}
	if (value->source == SETTINGS_CMDLINE) {
		menu->notice = "The kernel's command line sets the default, and counts more than what is kept.";
		return;
	}
	menu->subject = strcmp(value->value, row->entry->id) == 0
				? NULL
				: arena_string(menu->arena, row->entry->id);
	ask(menu, REQUEST_SET);
}

static void ask_timeout(struct menu *menu)
{
	settings_ask(menu, "timeout");
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

static void leave(struct menu *menu)
{
	menu_request(menu, REQUEST_LEAVE, NULL, NULL);
}

static void found(struct menu *menu)
{
	menu->page = PAGE_LIST;
	choose(menu);
}

static void new_line(struct menu *menu)
{
	edit_key(&menu->edit, CONTROL('O'), menu->screen.columns - 2);
}

/* Elsewhere ------------------------------------------------------------------------------------ */

/* Keys of GRUB's editor. To leave it without a question would lose what was typed. */
static void tell_of_no_command_line(struct menu *menu)
{
	menu->notice = "There is no command line here, nor completion: Esc leaves, c boots a kernel by its path.";
}

static void confirm(struct menu *menu)
{
	const struct entry *entry = view_find(&menu->view, menu->subject, NULL);

	menu->page = PAGE_LIST;
	if (menu->question != REQUEST_SET) {
		menu_request(menu, menu->question, NULL, NULL);
		return;
	}
	if (menu->subject && !entry) {
		menu->notice = "This entry is gone.";
		return;
	}
	menu->setting = NULL; /* it is not its page that this leads back to */
	forms_send(menu, &(struct request){ .what = REQUEST_SET, .id = "default",
					    .text = entry ? entry->id : NULL });
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

#define KEYS(...)           \
	{                   \
		__VA_ARGS__ \
	}
#define NONE      \
	{         \
		0 \
	}

/*
 * In the order of the line at the bottom, which shows as many as fit. A row without keys only tells
 * of those that the editor or the pager handles; one without a name is told of by another row.
 */
/* clang-format off */
const struct binding bindings[] = {
	/* keys, pages, name, label of the line at the bottom, sentence of the help page, what it does */
	{ KEYS(INPUT_ENTER), LIST | CHOSEN, "Enter", "boot",
	  "boot the selected entry; open or close a submenu", choose },
	{ KEYS(INPUT_ENTER), FIND, "Enter", "boot", "boot the selected entry", found },
	{ KEYS(INPUT_ENTER, INPUT_F10, CONTROL('X')), EDIT, "Enter, F10, Ctrl-X", "boot",
	  "boot what stands here", forms_boot_edited },
	{ KEYS(INPUT_F10, CONTROL('X')), SCRIPT, "F10, Ctrl-X", "boot", "boot what these commands load",
	  forms_run },
	{ KEYS(INPUT_ENTER), SCRIPT, "Enter", NULL, "begin a new line", new_line },

	{ KEYS(INPUT_UP, CONTROL('P')), FIND, NULL, NULL, NULL, up },
	{ KEYS(INPUT_DOWN, CONTROL('N')), FIND, "Up/Down", "choose", "select another entry", down },
	{ KEYS(INPUT_ENTER, 'e'), VALUES | HOST, "Enter", "change", "give the setting another value", settings_change },
	{ NONE, TEXTS & ~VALUES, "Up/Down", "scroll", NULL, NULL },

	{ KEYS('e'), LIST | CHOSEN, "e", "edit", "edit kernel, initrds and command line, for this boot only",
	  forms_edit },
	{ KEYS('E'), LIST | CHOSEN, "E", NULL,
	  "edit the entry's own commands, as GRUB does, for this boot only", forms_script },
	{ KEYS('\t'), LIST, NULL, NULL, NULL, forms_edit }, /* as SYSLINUX has it */
	{ KEYS('i'), LIST | CHOSEN, "i", "details",
	  "kernel, initrds, command line and origin of the entry", details_open },
	{ KEYS(INPUT_ESCAPE), LIST, "Esc", NULL, "stop the countdown; leave a submenu, the search", escape },
	{ KEYS('r'), LIST, "r", "rescan", "read all disks again", rescan },
	{ KEYS('l'), LIST, "l", "log", "what happened so far", log_open },
	{ KEYS('m'), LIST | LOG, "m", NULL, "the messages of the kernel", kernel_open },
	{ KEYS('q', CONTROL('C')), LIST | GUEST, "q", "quit", "leave the menu; nothing is booted", leave },
	{ KEYS('R', 'B'), LIST | HOST, "R", "reboot", "reboot the machine (asks first)", reboot },
	{ KEYS('P', 'O'), LIST | HOST, "P", "power off", "power the machine off (asks first)", power_off },
	{ KEYS('/'), LIST | CHOSEN, "/", "search", "show only what has the typed text in it", search_open },
	{ KEYS('D'), LIST, "D", "disks", "what was found on each disk, or why nothing", disks_open },
	{ KEYS('p'), LIST, "p", NULL, "firmware, memory, processor, consoles, versions",
	  system_open },
	{ KEYS('S'), LIST, "S", NULL, "the settings, where they come from, and how to change them",
	  settings_open },
	{ KEYS('d'), LIST | HOST | CHOSEN, "d", NULL, "make the entry the default from now on, or no more (asks first)",
	  ask_default },
	{ KEYS('t', 'T', '+', '-'), LIST | HOST, "t, +, -", NULL, "change the timeout", ask_timeout },
	{ KEYS('!'), LIST, "!", NULL, "a shell, if this image carries one", shell_run },
	{ KEYS('F', 'f', INPUT_F1 + 1, INPUT_F10), LIST | HOST, "F, F2, F10", NULL,
	  "reboot into the firmware's setup (asks first)", firmware },
	{ KEYS(INPUT_DELETE), LIST | HOST, NULL, NULL, NULL, firmware },

	{ KEYS('c', 'b'), LIST, "c, b", NULL, "boot a kernel by its path", forms_path },
	{ KEYS(INPUT_ENTER, INPUT_F10, CONTROL('X')), SET, "Enter", "keep",
	  "keep this value, from now on", settings_keep },
	{ KEYS(INPUT_ENTER), LOGIN, "Enter", "go on", "to the password; boot", forms_login },
	{ KEYS(INPUT_ESCAPE, CONTROL('C'), CONTROL('G')), LOGIN, "Esc", "leave", "nothing is booted",
	  menu_close },

	{ KEYS(INPUT_BACKSPACE), FIND, "Backspace", NULL, "remove the last letter", search_rub_out },
	{ KEYS(INPUT_ESCAPE, CONTROL('C'), CONTROL('G')), FIND, "Esc", "end", "show all entries again",
	  search_close },

	{ KEYS(INPUT_ESCAPE, CONTROL('G')), EDIT | SCRIPT | SET, "Esc", "leave", "back; nothing is changed", menu_close },
	{ KEYS(CONTROL('C')), EDIT | SET, NULL, NULL, NULL, menu_close },
	{ KEYS(CONTROL('C'), '\t'), SCRIPT, NULL, NULL, NULL, tell_of_no_command_line },
	{ KEYS(INPUT_F1 + 1), EDIT | SCRIPT, NULL, NULL, NULL, tell_of_no_command_line },
	{ NONE, EDIT, "Tab, Up, Down", NULL, "to the next line, by rows", NULL },
	{ NONE, EDIT, "Ctrl-O", NULL, "a new line: for another initrd", NULL },
	{ NONE, EDIT | SCRIPT | SET, "Ctrl-A, Ctrl-E", NULL, "to the beginning, to the end of a line (Home, End)", NULL },
	{ NONE, EDIT | SCRIPT | SET, "Ctrl-Left, -Right", NULL, "by words (Alt-B, Alt-F)", NULL },
	{ NONE, EDIT | SCRIPT | SET, "Ctrl-U, Ctrl-K", NULL, "delete the line up to the cursor, from the cursor on", NULL },
	{ NONE, EDIT | SCRIPT | SET, "Ctrl-W, Alt-D", NULL, "delete the word before, after the cursor", NULL },
	{ NONE, EDIT | SCRIPT | SET, "Ctrl-Y", NULL, "insert again what was deleted last", NULL },
	{ NONE, EDIT | SCRIPT | SET, "Ctrl-Z", "undo", "undo the latest change (Ctrl-_)", NULL },
	{ NONE, EDIT | SCRIPT | SET, "Ctrl-R", "revert", "back to what it was", NULL },

	{ KEYS(INPUT_ESCAPE, 'q', INPUT_ENTER, INPUT_LEFT), TEXTS, "Esc, q", "back", "back to the menu",
	  menu_close },
	{ KEYS(CONTROL('C'), CONTROL('G')), TEXTS, NULL, NULL, NULL, menu_close },
	{ NONE, VALUES | HOST, "Up/Down", "choose", NULL, NULL },
	{ KEYS('/'), TEXTS, "/", "search", "look for a text", seek_open },
	{ KEYS('n'), TEXTS, "n", NULL, "the next place with it", seek_next },
	{ KEYS('N'), TEXTS, "N", NULL, "the place with it before", seek_last },
	{ KEYS('y', 'Y'), ASK, "y", "yes", NULL, confirm },
	{ KEYS('n', INPUT_ESCAPE), ASK, "n", "no", NULL, refuse },

	{ KEYS(INPUT_UP, 'k', CONTROL('P'), '^'), LIST | TEXTS, "Up, k", NULL, "one line up", up },
	{ KEYS(INPUT_DOWN, 'j', CONTROL('N'), 'v'), LIST | TEXTS, "Down, j", NULL, "one line down", down },
	{ KEYS(INPUT_PAGE_UP, CONTROL('B')), LIST | TEXTS, "PgUp", NULL, "one screen up", page_up },
	{ KEYS(INPUT_PAGE_DOWN, CONTROL('F')), LIST | TEXTS, "PgDn", NULL, "one screen down",
	  page_down },
	{ KEYS(CONTROL('G')), LIST, NULL, NULL, NULL, page_up },
	{ KEYS(CONTROL('C')), LIST | HOST, NULL, NULL, NULL, page_down },
	{ KEYS('b', CONTROL('U')), TEXTS, NULL, NULL, NULL, page_up },
	{ KEYS(' ', CONTROL('D')), TEXTS, NULL, NULL, NULL, page_down }, /* in the list it only stops the countdown */
	{ KEYS(INPUT_PAGE_UP), FIND, NULL, NULL, NULL, page_up },
	{ KEYS(INPUT_PAGE_DOWN), FIND, NULL, NULL, NULL, page_down },
	{ KEYS(INPUT_HOME, CONTROL('A'), 'g', INPUT_ALT | '<'), LIST | TEXTS, "Home", NULL, "the first line", first },
	{ KEYS(INPUT_END, CONTROL('E'), 'G', INPUT_ALT | '>'), LIST | TEXTS, "End", NULL, "the last line", last },
	{ KEYS(INPUT_RIGHT), LIST, "Right", NULL, "open a submenu", open_submenu },
	{ KEYS(INPUT_LEFT), LIST, "Left", NULL, "close a submenu, or go to the one around",
	  close_submenu },

	{ KEYS(CONTROL('L')), LIST | FIND | EDIT | SCRIPT | SET | TEXTS | LOGIN, "Ctrl-L", NULL, "paint the screen again",
	  repaint },
	{ KEYS('?', 'h', INPUT_F1), LIST | TEXTS, "?, F1", "help", "this list of keys", help_open },
	{ KEYS(INPUT_F1), EDIT | SCRIPT | SET | FIND | LOGIN, "F1", "help", "the list of keys", help_open },
};
/* clang-format on */
const unsigned bindings_n = sizeof bindings / sizeof *bindings;

bool keys_apply(const struct menu *menu, const struct binding *binding, enum page page)
{
	unsigned other = menu->view.status.is_guest ? HOST : GUEST;

	return binding->pages & 1u << page && !(binding->pages & other);
}

static const struct binding *find(const struct menu *menu, uint32_t key)
{
	for (unsigned i = 0; i < bindings_n; i++)
		for (unsigned k = 0; k < 4 && keys_apply(menu, &bindings[i], menu->page); k++)
			if (key && bindings[i].keys[k] == key)
				return &bindings[i];
	return NULL;
}

/*
 * Keys by which systemd-boot does what can't be done here (systemd-boot(7)), and what there is
 * instead. Configurations may have them as hotkeys.
 */
static const char *stranger(const struct menu *menu, uint32_t key)
{
	static const struct {
		uint32_t key;
		const char *notice;
	} strangers[] = {
		{ 'w', "Windows can't be started from here; the firmware's own menu can: F leads there." },
		{ 'a', "macOS can't be started from here; the firmware's own menu can: F leads there." },
		{ 's', "There is no EFI shell here; ! is a shell, if this image carries one." },
		{ 'q', "There is nothing to go back to: R reboots, P powers off." },
		{ 'Q', "There is nothing to go back to: R reboots, P powers off." },
	};

	for (unsigned i = 0; i < sizeof strangers / sizeof *strangers; i++)
		if (strangers[i].key == key && !menu->view.status.is_guest)
			return strangers[i].notice;
	return NULL;
}

/* In the list, what no row of the table has: 1 … 9 are entries, which Enter then boots. */
static bool other_key(struct menu *menu, uint32_t key)
{
	if (key >= '1' && key <= '9') {
		list_move(&menu->list, -(1l << 30));
		if (key > '1')
			list_move(&menu->list, (long)(key - '1'));
		return true;
	}
	menu->notice = stranger(menu, key);
	return menu->notice != NULL;
}

/* GRUB names a hotkey by its letter, or some keys by words (GRUB manual, "menuentry"). */
static bool is_hotkey(const char *name, uint32_t key)
{
	static const struct {
		const char *name;
		uint32_t key;
	} words[] = {
		{ "backspace", INPUT_BACKSPACE },
		{ "tab", '\t' },
		{ "delete", INPUT_DELETE },
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
	const struct binding *binding;

	if (menu->seeking)
		return seek_type(menu, key);
	binding = find(menu, key);

	if (binding && binding->run) {
		binding->run(menu);
		return true;
	}
	switch (menu->page) {
	case PAGE_LIST:
		return boot_by_hotkey(menu, key) || other_key(menu, key);
	case PAGE_SEARCH:
		search_type(menu, key);
		return true;
	case PAGE_EDIT:
	case PAGE_SCRIPT:
	case PAGE_SETTING:
		return edit_key(&menu->edit, key, menu->screen.columns - 2);
	case PAGE_LOGIN:
		return edit_key(&menu->login, key, menu->screen.columns - 2);
	case PAGE_CONFIRM:
		refuse(menu); /* any key but yes */
		return true;
	default:
		return false;
	}
}
