#include "config/script.h"

#include <stdint.h>
#include <string.h>

#include "base/text.h"

struct script script_of(const struct config *config, const struct entry *entry, const char *text)
{
	struct script script = {
		.file = config->file, .title = entry->title, .line = entry->line, .text = text
	};

	while (config->entries.at[script.index] != entry)
		script.index++;
	return script;
}

static bool ends_line(char c)
{
	return c == '\n' || c == '\0';
}

/* Where a line's text begins, and where the line ends. */
static const char *skip_blanks(const char *at, const char *end)
{
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	return at;
}

static const char *skip_line(const char *at, const char *end)
{
	while (at < end && !ends_line(*at))
		at++;
	return at;
}

/* The indentation that all lines have, in characters. */
static size_t indentation(const char *at, const char *end)
{
	size_t least = SIZE_MAX;

	for (; at < end; at = skip_line(at, end) + 1) {
		const char *text = skip_blanks(at, end);

		if (text < end && !ends_line(*text) && (size_t)(text - at) < least)
			least = (size_t)(text - at);
	}
	return least;
}

const char *script_show(struct arena *arena, const char *at, const char *end, unsigned *line)
{
	struct text shown = TEXT(arena);
	size_t less;

	for (const char *text; (text = skip_blanks(at, end)) < end && ends_line(*text); at = text + 1)
		++*line;
	while (end > at && (ends_line(end[-1]) || end[-1] == ' ' || end[-1] == '\t'))
		end--;
	less = indentation(at, end);
	while (at < end) {
		const char *text = skip_blanks(at, end), *stop = skip_line(at, end);

		for (size_t i = 0; at < text; at++, i++)
			if (i >= less)
				text_string(&shown, *at == '\t' ? "  " : " ");
		text_add(&shown, text, (size_t)(stop - text));
		if (stop < end)
			text_char(&shown, '\n');
		at = stop + (stop < end);
	}
	return text_end(&shown);
}

/* The configuration again, with @script in it; NULL: it can't be, and *@why says so. */
static struct config *read_with(struct arena *arena, struct volumes *volumes,
				const struct reading_options *options, struct script *script,
				const char **why)
{
	struct reading_options with = *options;
	struct config *config;
	int error;

	with.script = script;
	script->own = NULL;
	config = readers_read(arena, volumes, &with, script->file, &error);
	if (!config)
		*why = arena_print(arena, "read %s: %s", script->file, string_error(-error));
	else if (!script->own)
		*why = arena_print(arena, "%s has changed since it was read, or has no commands for it: "
					  "read all disks again", script->file);
	return script->own ? config : NULL;
}

const char *script_read(struct arena *arena, struct volumes *volumes,
			const struct reading_options *options, struct script *script)
{
	const char *why = NULL;

	script->text = NULL;
	read_with(arena, volumes, options, script, &why);
	return why;
}

static bool has_problem(const struct config *config, const struct problem *problem)
{
	for (size_t i = 0; i < config->problems.n; i++)
		if (strcmp(config->problems.at[i].text, problem->text) == 0)
			return true;
	return false;
}

struct entry *script_run(struct arena *arena, struct volumes *volumes,
			 const struct reading_options *options, struct script *script,
			 const char **why)
{
	struct script before = *script;
	const struct config *old;
	const struct config *new;
	struct entry *entry;

	before.text = NULL;
	old = read_with(arena, volumes, options, &before, why);
	new = old ? read_with(arena, volumes, options, script, why) : NULL;
	if (!new)
		return NULL;
	for (size_t i = 0; i < new->problems.n; i++) {
		const struct problem *problem = &new->problems.at[i];

		if (has_problem(old, problem))
			continue;
		*why = arena_print(arena, "%s:%u: %s", problem->file, problem->line, problem->text);
		return NULL;
	}
	/* Commands that lead back to an open menu take the entries of theirs with them. */
	entry = script->index < new->entries.n ? new->entries.at[script->index] : NULL;
	if (!entry || entry->line != script->line) {
		*why = "its commands go back to a menu that is open, and boot nothing";
		return NULL;
	}
	if (entry_is_bootable(entry))
		return entry;
	*why = entry->reason ? entry->reason : "it is of a kind that baton can't boot";
	return NULL;
}
