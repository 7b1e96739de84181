/* The commands of the line menu. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "language.h"
#include "lines.h"
#include "model/edit.h"
#include "page.h"

#define LOG_LINES 50 /* of a log that are printed unless more are asked for: nothing stops them then */

/* The list ------------------------------------------------------------------------------------- */

static void put_entry(struct lines *lines, const struct row *row)
{
	char number[32];

	vec_push(lines->arena, &lines->numbers) = arena_string(lines->arena, row->entry->id);
	snprintf(number, sizeof number, "%4zu  ", lines->numbers.n);
	lines_put(lines, number);
	for (size_t i = 0; i < row->entry->path.n; i++) {
		lines_safe(lines, row->entry->path.at[i]);
		lines_put(lines, " > ");
	}
	lines_safe(lines, row->text);
	if (row->holds_default)
		lines_safe(lines, arena_print(lines->list.arena, "  %s", _("(default)")));
	if (row->entry->reason)
		lines_line(lines, "  ", arena_print(lines->list.arena, _("(can't be booted: %s)"),
						    language_sentence(lines->list.arena, row->entry->reason)), "");
	else
		lines_put(lines, "\n");
}

void lines_list(struct lines *lines)
{
	lines_line(lines, "\nbaton - ", _("Boot menu"), "");
	lines->numbers.n = 0;
	for (size_t i = 0; i < lines->list.rows.n; i++) {
		const struct row *row = &lines->list.rows.at[i];

		if (row->kind == ROW_HEADING)
			lines_line(lines, "\n",
				   describe_device(lines->list.arena, &row->device->identity), "");
		if (row->kind == ROW_ENTRY)
			put_entry(lines, row);
	}
	if (lines->numbers.n == 0)
		lines_line(lines, "\n", _(view_nothing_found), "");
	if (*lines->list.search)
		lines_line(lines, "\n", arena_print(lines->list.arena, _("Only what has \"%s\" in it; / shows all."),
						    lines->list.search), "");
	lines_line(lines, "\n", _("A number boots that entry. ? lists the commands."), "");
	lines->listed = lines->list.entries;
}

static void put_help(struct lines *lines)
{
	static const struct {
		const char *command, *help;
		bool is_host; /* not on a running system */
	} commands[] = {
		{ "N", "boot entry number N", false },
		{ "e N", "edit its command line, for this boot only", false },
		{ "k N", "edit kernel, initrds and command line, for this boot only", false },
		{ "E N", "edit the entry's own commands, as GRUB does, for this boot only", false },
		{ "c DEVICE:/PATH", "boot a kernel by its path", false },
		{ "i N", "kernel, initrds, command line and origin of the entry", false },
		{ "/ TEXT", "show only what has the typed text in it", false },
		{ "/", "show all entries again", false },
		{ "Enter", "list again", false },
		{ "r", "read all disks again", false },
		{ "D", "what was found on each disk, or why nothing", false },
		{ "l", "what happened so far", false },
		{ "m", "the messages of the kernel", false },
		{ "p", "firmware, memory, processor, consoles, versions", false },
		{ "S", "the settings, where they come from, and how to change them", false },
		{ "S NAME=VALUE", "keep this value, from now on", true },
		{ "S NAME=", "forget what is kept", true },
		{ "d N", "make it the default, from now on", true },
		{ "!", "a shell, if this image carries one", false },
		{ "R", "reboot the machine (asks first)", true },
		{ "P", "power the machine off (asks first)", true },
		{ "F", "reboot into the firmware's setup (asks first)", true },
	};

	lines_put(lines, "\n");
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		if (!commands[i].is_host || !lines->view.status.is_guest)
			lines_line(lines, "", arena_print(lines->list.arena, "  %-14s  %s", commands[i].command,
							  _(commands[i].help)), "");
	if (lines->view.status.is_guest)
		lines_line(lines, "  q               ", _("leave the menu; nothing is booted"), "");
}

/* The pages that the screen menu has as pagers: their last @most lines. */
static void put_page(struct lines *lines, const char *subject, void (*fill)(struct menu *menu), size_t most)
{
	struct menu menu = {
		.view = lines->view,
		.subject = subject,
		.screen.fd = lines->terminal,
	};
	size_t first;

	menu.arena = arena_new((size_t)64 * 1024 * 1024);
	if (!menu.arena)
		return;
	arena_guard(menu.arena, &lines->exhausted);
	menu.pager.arena = menu.arena;
	fill(&menu);
	first = menu.pager.lines.n > most ? menu.pager.lines.n - most : 0;
	lines_put(lines, "\n");
	if (first)
		lines_line(lines, "", arena_print(menu.arena, _("(the last %zu of %zu lines; with a number, "
						  "as in \"l 500\", as many)"), most, menu.pager.lines.n), "");
	for (size_t i = first; i < menu.pager.lines.n; i++) {
		const struct line *line = &menu.pager.lines.at[i];

		if (line->label)
			lines_line(lines, line->label, "", ":");
		lines_line(lines, line->label ? "    " : "", line->text, "");
	}
	arena_free(menu.arena);
}

/* Commands ------------------------------------------------------------------------------------- */

static void ask_machine(struct lines *lines, enum view_request request, const char *what)
{
	lines->asking = ASK_CONFIRM;
	lines->question = request;
	lines_put(lines, _(what));
	lines_put(lines, " ");
	lines_put(lines, _("Type y and Enter for yes, anything else for no: "));
}

static void boot(struct lines *lines, const struct entry *entry)
{
	switch (entry->kind) {
	case ENTRY_REBOOT:
		ask_machine(lines, REQUEST_REBOOT, "Reboot the machine now?");
		return;
	case ENTRY_POWEROFF:
		ask_machine(lines, REQUEST_POWEROFF, "Power the machine off now?");
		return;
	case ENTRY_FIRMWARE:
		ask_machine(lines, REQUEST_FIRMWARE, "Reboot into the firmware's setup now?");
		return;
	default:
		break;
	}
	if (entry_is_bootable(entry))
		lines_ask(lines, &(struct request){ .what = REQUEST_BOOT, .id = entry->id });
	else
		lines_tell(lines, arena_print(lines->list.arena, "Can't be booted: %s",
					      entry->reason ? entry->reason
							    : "it is of a kind that baton can't boot"));
}

/* PID 1 would refuse it, too. */
static bool is_locked(struct lines *lines, enum lock_level level)
{
	if (lines->view.status.lock < level)
		return false;
	lines_tell(lines, "Locked: the settings of this machine let nobody do that.");
	return true;
}

static bool is_editable(struct lines *lines, const struct entry *entry)
{
	if (is_locked(lines, LOCK_EDIT))
		return false;
	if (!entry_is_editable(entry))
		lines_tell(lines, "This entry has no kernel, so there is nothing to edit.");
	return entry_is_editable(entry);
}

static void edit_all(struct lines *lines, const struct entry *entry)
{
	if (is_editable(lines, entry))
		lines_edit_entry(lines, entry);
}

static void edit_script(struct lines *lines, const struct entry *entry)
{
	struct view_device *device;
	const struct config *config;

	if (is_locked(lines, LOCK_EDIT))
		return;
	view_find(&lines->view, entry->id, &device);
	config = view_config(device, entry);
	if (!config || strcmp(config->format, "grub2") != 0) {
		lines_tell(lines, "Only entries of GRUB's configurations have commands; e edits this one.");
		return;
	}
	lines->awaited = arena_string(lines->arena, entry->id);
	lines->edits_script = false;
	lines_ask(lines, &(struct request){ .what = REQUEST_SCRIPT, .id = entry->id });
}

static void set(struct lines *lines, const char *name, const char *value)
{
	struct text text = TEXT(lines->arena);
	const char *why;

	if (is_locked(lines, LOCK_SETTINGS))
		return;
	why = settings_edit(lines->arena, "", 0, name, *value ? value : NULL, &text);
	if (why)
		lines_tell(lines, why);
	else
		lines_ask(lines, &(struct request){
					 .what = REQUEST_SET, .id = name, .text = *value ? value : NULL });
}

/* "timeout=5" */
static void set_word(struct lines *lines, const char *word)
{
	size_t n = strcspn(word, "=");

	if (word[n])
		set(lines, arena_copy(lines->arena, word, n), word + n + 1);
	else
		lines_tell(lines, "Write it as NAME=VALUE, or NAME= to forget what is kept.");
}

static void make_default(struct lines *lines, const struct entry *entry)
{
	if (entry_is_bootable(entry))
		set(lines, "default", entry->id);
	else
		lines_tell(lines, "What baton can't boot can't be the default.");
}

static void details(struct lines *lines, const struct entry *entry)
{
	put_page(lines, entry->id, details_fill, SIZE_MAX);
}

static void shell(struct lines *lines)
{
	const char *why = shell_refused(&lines->view);

	if (!why && !lines_lend(lines))
		why = "No process can be started for a shell.";
	if (why)
		lines_tell(lines, why);
}

static void edit(struct lines *lines, const struct entry *entry)
{
	if (!is_editable(lines, entry))
		return;
	lines->asking = ASK_EDIT;
	lines->subject = arena_string(lines->arena, entry->id);
	lines_tell(lines, "Backspace, Ctrl-W and Ctrl-U delete; Enter boots, Esc leaves:");
	text_string(&lines->typed, entry->cmdline);
}

/* The entry of a number as the list was printed, or NULL, which is told. */
static const struct entry *numbered(struct lines *lines, const char *text)
{
	char *end;
	unsigned long number;
	const struct entry *entry = NULL;

	errno = 0;
	number = strtoul(text, &end, 10);
	if (isdigit((unsigned char)*text) && !*end && !errno && number >= 1 &&
	    number <= lines->numbers.n)
		entry = view_find(&lines->view, lines->numbers.at[number - 1], NULL);
	if (!entry)
		lines_tell(lines, "There is no such entry; Enter lists them.");
	return entry;
}

static void search(struct lines *lines, const char *text)
{
	lines->list.search = arena_string(lines->arena, text);
	if (list_build(&lines->list, &lines->view) == 0)
		lines_list(lines);
}

/* What is done with an entry of a number; false: it is another command. */
static bool entry_command(struct lines *lines, char letter, const char *number)
{
	static const struct {
		char letter;
		void (*run)(struct lines *lines, const struct entry *entry);
	} commands[] = {
		{ 'e', edit }, { 'k', edit_all }, { 'E', edit_script }, { 'i', details }, { 'd', make_default },
	};
	const struct entry *entry;

	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		if (commands[i].letter != letter)
			continue;
		if ((entry = numbered(lines, number)))
			commands[i].run(lines, entry);
		return true;
	}
	return false;
}

/* A page that is shown; false: it is another command. */
static bool page_command(struct lines *lines, char letter, const char *most)
{
	static const struct {
		char letter;
		void (*fill)(struct menu *menu);
		bool is_log;
	} pages[] = {
		{ 'l', log_fill, true },     { 'm', kernel_fill, true },  { 'D', disks_fill, false },
		{ 'v', system_fill, false }, { 'p', system_fill, false },
	};
	bool asks = isdigit((unsigned char)*most);

	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
		if (pages[i].letter != letter)
			continue;
		put_page(lines, NULL, pages[i].fill,
			 asks		   ? strtoul(most, NULL, 10)
			 : pages[i].is_log ? LOG_LINES
					   : SIZE_MAX);
		return true;
	}
	return false;
}

void lines_command(struct lines *lines, const char *command)
{
	const char *argument = command + (*command != '\0');
	const struct entry *entry;

	argument += strspn(argument, " ");
	if (entry_command(lines, *command, argument) || page_command(lines, *command, argument))
		return;
	switch (*command) {
	case '\0':
		lines_list(lines);
		return;
	case '?':
	case 'h':
		put_help(lines);
		return;
	case '/':
		search(lines, argument);
		return;
	case 'c':
		if (!is_locked(lines, LOCK_EDIT))
			lines_edit_path(lines, argument);
		return;
	case '!':
		shell(lines);
		return;
	case 'r':
		lines_request(lines, REQUEST_RESCAN, NULL, NULL);
		return;
	case 'S':
		if (*argument)
			set_word(lines, argument);
		else
			put_page(lines, NULL, settings_fill, SIZE_MAX);
		return;
	case 'q':
		lines_request(lines, REQUEST_LEAVE, NULL, NULL);
		return;
	case 'R':
		ask_machine(lines, REQUEST_REBOOT, "Reboot the machine now?");
		return;
	case 'P':
		ask_machine(lines, REQUEST_POWEROFF, "Power the machine off now?");
		return;
	case 'F':
		if (lines->view.status.can_firmware)
			ask_machine(lines, REQUEST_FIRMWARE, "Reboot into the firmware's setup now?");
		else
			lines_tell(lines, "This firmware offers no way into its setup from here.");
		return;
	}
	if ((entry = numbered(lines, command)))
		boot(lines, entry);
}
