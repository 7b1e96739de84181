/*
 * The line menu's editor: numbered lines, of which one at a time is typed. What is edited is the
 * text of model/edit.h, or an entry's commands.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "language.h"
#include "lines.h"
#include "model/edit.h"

/* The lines ----------------------------------------------------------------------------------------- */

static size_t count_lines(const struct lines *lines)
{
	size_t n = 1;

	for (const char *at = lines->edited; (at = strchr(at, '\n')); at++)
		n++;
	return n;
}

/* Where line @number begins, from 1 on; the one behind the last one begins at the end. */
static const char *line_at(const struct lines *lines, size_t number)
{
	const char *at = lines->edited;

	while (--number && *at)
		at += strcspn(at, "\n") + (at[strcspn(at, "\n")] == '\n');
	return at;
}

static const char *label_of(const struct lines *lines, size_t number)
{
	if (lines->edits_script)
		return "";
	return arena_print(lines->arena, "%-9s", number == 1 ? _("Kernel")
						 : number == count_lines(lines) ? _("Options")
										: _("Initrd"));
}

static void print_lines(struct lines *lines)
{
	size_t n = count_lines(lines);

	lines_put(lines, "\n");
	for (size_t i = 1; i <= n; i++) {
		const char *at = line_at(lines, i);
		char number[32];

		snprintf(number, sizeof number, "%4zu  ", i);
		lines_put(lines, number);
		lines_line(lines, label_of(lines, i),
			   arena_copy(lines->arena, at, strcspn(at, "\n")), "");
	}
	lines_put(lines, "\n");
	lines_tell(lines, "N edits line N, +N puts a new one before it, -N removes it. b boots, q leaves.");
}

/* @text in the place of @lines_n lines from @number on. */
static void replace(struct lines *lines, size_t number, size_t lines_n, const char *text)
{
	struct text edited = TEXT(lines->arena);
	const char *at = line_at(lines, number), *after = line_at(lines, number + lines_n);
	bool was_last = lines_n && at + strcspn(at, "\n") == lines->edited + strlen(lines->edited);

	text_add(&edited, lines->edited, (size_t)(at - lines->edited));
	if (text) {
		text_string(&edited, text);
		if (!was_last)
			text_char(&edited, '\n');
	} else if (was_last && edited.n) {
		text_cut(&edited, edited.n - 1); /* of the line before */
	}
	text_string(&edited, after);
	lines->edited = text_end(&edited);
}

/* Of an entry's lines the first and the last one have meanings, and are always there. */
static bool may_insert(const struct lines *lines, size_t number)
{
	size_t n = count_lines(lines);

	return lines->edits_script ? number <= n + 1 : number > 1 && number <= n;
}

static bool may_remove(const struct lines *lines, size_t number)
{
	size_t n = count_lines(lines);

	return lines->edits_script ? n > 1 : number > 1 && number < n;
}

static void type_line(struct lines *lines, size_t number, bool is_new)
{
	const char *at = line_at(lines, number);

	lines->asking = ASK_LINE;
	lines->number = number;
	lines->is_new = is_new;
	lines_tell(lines, "Backspace, Ctrl-W and Ctrl-U delete; Enter takes it, Esc leaves the editor:");
	if (!is_new)
		text_add(&lines->typed, at, strcspn(at, "\n"));
}

/* The editor ------------------------------------------------------------------------------------------ */

static void open_editor(struct lines *lines, const char *id, const char *text, bool is_script)
{
	lines->subject = id ? arena_string(lines->arena, id) : NULL;
	lines->edited = arena_string(lines->arena, text);
	lines->edits_script = is_script;
	lines->asking = ASK_EDITOR;
	print_lines(lines);
}

void lines_edit_entry(struct lines *lines, const struct entry *entry)
{
	struct view_device *device;

	view_find(&lines->view, entry->id, &device);
	open_editor(lines, entry->id,
		    entry_text(lines->arena, entry, device->identity.name, NULL), false);
}

void lines_edit_path(struct lines *lines, const char *path)
{
	const struct view_device *device = lines->view.devices;

	open_editor(lines, NULL,
		    *path ? arena_print(lines->arena, "%s\n\n", path)
			  : arena_print(lines->arena, "%s:/\n\n", device ? device->identity.name : ""),
		    false);
}

bool lines_take_script(struct lines *lines)
{
	const struct view_script *script = &lines->view.script;
	bool is_new = lines->scripts != lines->view.scripts;

	lines->scripts = lines->view.scripts;
	if (!is_new || !lines->awaited || !string_same(script->id, lines->awaited))
		return false;
	lines->awaited = NULL;
	if (lines->asking != ASK_COMMAND)
		return false; /* something else is being typed by now */
	if (script->text) {
		open_editor(lines, script->id, script->text, true);
	} else if (script->why) {
		lines_put(lines, "\n");
		lines_tell(lines, script->why);
		lines->asking = lines->edits_script ? ASK_EDITOR : ASK_COMMAND;
	}
	return script->text || script->why;
}

static void boot(struct lines *lines)
{
	struct view_device *device = NULL;
	const struct entry *entry = view_find(&lines->view, lines->subject, &device);
	struct request request = { .what = REQUEST_BOOT, .id = lines->subject, .text = lines->edited };
	const char *why;

	lines->asking = ASK_COMMAND;
	if (lines->edits_script) {
		request.what = REQUEST_RUN;
		lines->awaited = lines->subject;
	} else if (!entry && lines->subject) {
		lines_tell(lines, "This entry is gone.");
		return;
	} else if (!entry_edited(lines->arena, entry, entry ? device->identity.name : NULL,
				 lines->edited, &why)) {
		lines_tell(lines, why);
		lines->asking = ASK_EDITOR;
		return;
	}
	lines_ask(lines, &request);
}

/* "3", "+3", "-3"; 0: no such line. */
static size_t number_of(const struct lines *lines, const char *text)
{
	char *end;
	unsigned long number = isdigit((unsigned char)*text) ? strtoul(text, &end, 10) : 0;

	return number && !*end && number <= count_lines(lines) + 1 ? number : 0;
}

void lines_edit_command(struct lines *lines, const char *command)
{
	bool adds = *command == '+', removes = *command == '-';
	size_t number = number_of(lines, command + (adds || removes));

	lines->asking = ASK_EDITOR;
	if (strcmp(command, "b") == 0) {
		boot(lines);
	} else if (strcmp(command, "q") == 0) {
		lines->asking = ASK_COMMAND;
	} else if (adds && number && may_insert(lines, number)) {
		type_line(lines, number, true);
	} else if (removes && number && may_remove(lines, number)) {
		replace(lines, number, 1, NULL);
		print_lines(lines);
	} else if (!adds && !removes && number && number <= count_lines(lines)) {
		type_line(lines, number, false);
	} else {
		print_lines(lines);
	}
}

void lines_edit_line(struct lines *lines, const char *text)
{
	lines->asking = ASK_EDITOR;
	if (lines->is_new && *line_at(lines, lines->number) == '\0' && lines->number > count_lines(lines))
		lines->edited = arena_print(lines->arena, "%s\n%s", lines->edited, text);
	else
		replace(lines, lines->number, !lines->is_new, text);
	print_lines(lines);
}
