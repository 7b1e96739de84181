/* The pages that are typed into: the editor of an entry, a kernel by its path, the login. */
#include <string.h>

#include "base/text.h"
#include "model/edit.h"
#include "model/lock.h"
#include "page.h"

static struct edit *open_form(struct menu *menu, enum page page, struct edit *edit, const char *text,
			      const char *const *labels)
{
	struct arena *arena = menu_arena(menu), *before = edit->arena;

	if (edit == &menu->edit) {
		menu->tried = false;
		menu->edited = NULL; /* it ends with what was edited before */
	}
	edit_open(edit, arena, text, labels);
	menu_open(menu, page);
	arena_free(before);
	return edit;
}

/* Booting, and the login that it may take --------------------------------------------------------------- */

static void open_login(struct menu *menu, const struct request *request)
{
	static const char *const labels[] = { "User", "", "Password" };
	enum page from = menu->page;
	struct edit *edit = open_form(menu, PAGE_LOGIN, &menu->login, "\n", labels);

	edit->secret = true;
	edit->at = 0;
	menu->asked = (struct request){
		.what = request->what,
		.id = arena_string(edit->arena, request->id),
		.text = arena_string(edit->arena, request->text),
	};
	menu->back = from;
}

/* Where the answer to a request is looked for. */
static void leave_form(struct menu *menu, enum view_request what)
{
	menu->page = what == REQUEST_RUN ? PAGE_SCRIPT : PAGE_LIST;
	if (what == REQUEST_SET && menu->setting)
		settings_open(menu);
	menu->awaits = what != REQUEST_BOOT;
}

void forms_send(struct menu *menu, const struct request *request)
{
	struct attempt attempt = lock_of_request(&menu->view, request);

	if (attempt.config && !menu->view.status.is_guest) {
		open_login(menu, request);
		return;
	}
	menu_send(menu, request);
	leave_form(menu, request->what);
}

void forms_boot(struct menu *menu, const char *id, const char *text)
{
	forms_send(menu, &(struct request){ .what = REQUEST_BOOT, .id = id, .text = text });
}

/* Enter goes on to the password; from there, it is sent. PID 1 knows whether it is right. */
void forms_login(struct menu *menu)
{
	struct edit *edit = &menu->login;
	const char *text = edit_text(edit), *line = strchr(text, '\n');

	if (edit->at <= (size_t)(line - text)) {
		edit->at = edit->text.n;
		return;
	}
	menu->asked.user = arena_copy(edit->arena, text, (size_t)(line - text));
	menu->asked.password = line + 1;
	menu_send(menu, &menu->asked);
	leave_form(menu, menu->asked.what);
	edit_open(edit, edit->arena, "\n", edit->labels); /* nothing is left to be looked at */
}

/* PID 1 would refuse it, too. */
static bool is_locked(struct menu *menu)
{
	if (menu->view.status.lock < LOCK_EDIT)
		return false;
	menu->notice = "Locked: the settings of this machine let nobody do that.";
	return true;
}

/* Is that what has just been edited, and could not be booted so? Then it is edited further. */
static bool was_tried(const struct menu *menu, const char *id, const char *original)
{
	return menu->tried && string_same(menu->edited, id) &&
	       strcmp(menu->edit.original, original) == 0;
}

/* The editor -------------------------------------------------------------------------------------------- */

void forms_edit(struct menu *menu)
{
	static const char *const plain[] = { "Kernel", "Initrd", "Options" };
	static const char *const multiboot[] = { "Kernel", "Module", "Options" };
	const struct row *row = list_row(&menu->list);
	const char *text;
	struct edit *edit;

	if (!row || row->kind != ROW_ENTRY || is_locked(menu))
		return;
	if (!entry_is_editable(row->entry)) {
		menu->notice = "This entry has no kernel, so there is nothing to edit.";
		return;
	}
	text = entry_text(menu->arena, row->entry, row->device->identity.name, NULL);
	if (was_tried(menu, row->entry->id, text)) {
		menu->page = PAGE_EDIT;
		return;
	}
	edit = open_form(menu, PAGE_EDIT, &menu->edit, text,
			 row->entry->kind == ENTRY_MULTIBOOT ? multiboot : plain);
	menu->edited = arena_string(edit->arena, row->entry->id);
}

/* The commands --------------------------------------------------------------------------------------------- */

/* Of an entry that a configuration of GRUB has, as `e` of GRUB shows them. */
void forms_script(struct menu *menu)
{
	const struct row *row = list_row(&menu->list);

	if (!row || row->kind != ROW_ENTRY || is_locked(menu))
		return;
	if (!row->config || strcmp(row->config->format, "grub2") != 0) {
		menu->notice = "Only entries of GRUB's configurations have commands; e edits this one.";
		return;
	}
	menu->asked = (struct request){ 0 };
	forms_send(menu, &(struct request){ .what = REQUEST_SCRIPT, .id = row->entry->id });
}

static void open_script(struct menu *menu, const struct view_script *script)
{
	struct edit *edit;
	unsigned last;

	if (was_tried(menu, script->id, script->text)) {
		menu->page = PAGE_SCRIPT;
		return;
	}
	edit = open_form(menu, PAGE_SCRIPT, &menu->edit, script->text, NULL);
	last = script->line + (unsigned)edit_lines(edit);
	edit->at = 0;
	edit->first = script->line;
	for (edit->indent = 1; last; last /= 10)
		edit->indent++;
	menu->edited = arena_string(edit->arena, script->id);
}

void forms_take_script(struct menu *menu)
{
	const struct view_script *script = &menu->view.script;
	const struct row *row = list_row(&menu->list);
	const char *id = menu->page == PAGE_SCRIPT ? menu->edited : row && row->entry ? row->entry->id : NULL;
	bool is_new = menu->scripts != menu->view.scripts;

	menu->scripts = menu->view.scripts;
	if (!is_new || !menu->awaits || (menu->page != PAGE_SCRIPT && menu->page != PAGE_LIST) ||
	    !string_same(script->id, id))
		return;
	menu->awaits = false;
	if (script->text)
		open_script(menu, script);
	else if (script->why)
		menu->notice = arena_string(menu->arena, script->why);
	else
		menu->page = PAGE_LIST; /* it is being loaded */
	menu->tried |= !script->text && !script->why;
}

/* Whoever has logged in to see them need not do so again. */
void forms_run(struct menu *menu)
{
	struct request request = { .what = REQUEST_RUN,
				   .id = menu->edited,
				   .text = edit_text(&menu->edit),
				   .user = menu->asked.user,
				   .password = menu->asked.password };

	if (!request.password) {
		forms_send(menu, &request);
		return;
	}
	menu_send(menu, &request);
	leave_form(menu, REQUEST_RUN);
}

/* A kernel that no configuration names, on the device of the selected entry to begin with. */
void forms_path(struct menu *menu)
{
	static const char *const labels[] = { "Kernel", "Initrd", "Options" };
	const struct row *row = list_row(&menu->list);
	const struct view_device *device = row ? row->device : menu->view.devices;
	const char *text = arena_print(menu->arena, "%s:/\n\n", device ? device->identity.name : "");
	struct edit *edit;

	if (is_locked(menu))
		return;
	edit = open_form(menu, PAGE_EDIT, &menu->edit, text, labels);
	edit->at = edit->text.n - 2;
	menu->edited = NULL;
}

void forms_setting(struct menu *menu, const struct setting *setting, const char *value)
{
	open_form(menu, PAGE_SETTING, &menu->edit, value, NULL);
	menu->back = PAGE_SETTINGS;
	menu->setting = setting;
}

void forms_boot_edited(struct menu *menu)
{
	struct view_device *device = NULL;
	const struct entry *entry = view_find(&menu->view, menu->edited, &device);
	const char *why, *text = edit_text(&menu->edit);

	if (!entry_edited(menu->arena, entry, device ? device->identity.name : NULL, text, &why)) {
		menu->notice = why;
		return;
	}
	menu->tried = true;
	forms_boot(menu, menu->edited, text);
}
