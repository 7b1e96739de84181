/*
 * GRUB 0.97: menu.lst and grub.conf.
 *
 * Follows the GRUB Legacy manual, "Configuration" and "Menu-specific commands".
 */
#include "config/grub_legacy.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "config/formats.h"
#include "config/value.h"

#define SAVED_MOST 4096 /* bytes of the file that keeps the saved default */

/* Lines -------------------------------------------------------------------------------------------- */

/*
 * Lines that end in a backslash go on in the next one, comments too. Lines whose first character is #
 * are dropped.
 */
static void read_lines(struct grub_legacy *g, const char *cursor, const char *end)
{
	struct text text = TEXT(g->arena);
	struct line line = { 0 };
	bool is_comment = false;

	while (line_next(&line, &cursor, end)) {
		const char *at = value_trim(g->arena, line.at, line.end);
		bool goes_on = line.end > line.at && line.end[-1] == '\\';
		size_t n = strlen(at);

		if (!text.n) {
			g->line = line.number;
			is_comment = is_comment || *at == '#';
		}
		if (is_comment) {
			is_comment = goes_on;
			continue;
		}
		if (goes_on) {
			text_add(&text, at, n - 1);
			text_char(&text, ' ');
			continue;
		}
		text_add(&text, at, n);
		at = value_trim(g->arena, text_end(&text), text.at + text.n);
		text = (struct text)TEXT(g->arena);
		if (*at)
			grub_legacy_run(g, at);
	}
	if (text.n)
		grub_legacy_run(g, value_rest(text_end(&text)));
}

/* The whole ------------------------------------------------------------------------------------------ */

/* "default saved" keeps the number in a file "default" beside the menu, padded with lines. */
static void read_saved(struct grub_legacy *g)
{
	const char *directory = path_directory(g->arena, g->reading->file);
	const char *file = g->saved_file ? g->saved_file : path_join(g->arena, directory, "default");
	char *bytes;
	size_t size;

	if (volume_read(g->arena, g->reading->volume, file, SAVED_MOST, &bytes, &size) == 0 &&
	    *value_rest(bytes) >= '0' && *value_rest(bytes) <= '9')
		g->default_number = value_leading_number(bytes);
	else
		g->default_number = 0;
}

static void choose_default(struct grub_legacy *g)
{
	struct config *config = g->reading->config;

	if (g->default_saved || g->saved_file)
		read_saved(g);
	if (!config->entries.n)
		return;
	config->default_why = g->default_saved || g->saved_file
				      ? "default saved"
				      : arena_print(g->arena, "default %lld",
						    (long long)g->default_number);
	if (g->default_number == NO_NUMBER)
		config->default_why = "the first of the menu";
	config->default_entry = g->default_number < 0 ? 0 : (size_t)g->default_number;
	if (config->default_entry >= config->entries.n) {
		reading_problem(g->reading, g->reading->file, 0, 0,
				"default %lld: there are only %zu entries",
				(long long)g->default_number, config->entries.n);
		config->default_entry = 0;
	}
	for (unsigned i = 0; i < g->fallback_count; i++)
		if (g->fallbacks[i] >= 0 && (size_t)g->fallbacks[i] < config->entries.n)
			vec_push(g->arena, &config->fallback) = (size_t)g->fallbacks[i];
}

int grub_legacy_read(struct reading *reading)
{
	struct grub_legacy g = {
		.reading = reading,
		.arena = reading->arena,
		.default_number = NO_NUMBER,
	};
	const char *bytes, *end;
	int error = reading_load(reading, reading->file, &bytes, &end);

	if (error)
		return error;
	read_lines(&g, bytes, end);
	grub_legacy_end_entry(&g);
	for (size_t i = 0; i < reading->config->entries.n; i++) {
		struct entry *entry = reading->config->entries.at[i];

		if (entry->kind == ENTRY_NONE)
			entry_refuse(g.arena, entry, "names no kernel");
	}
	choose_default(&g);
	return 0;
}

bool grub_legacy_claims(const char *path, const char *bytes, size_t size)
{
	const char *cursor = bytes;
	struct line line = { 0 };

	if (!bytes)
		return false;
	if (path_name_is(path, "menu.lst"))
		return true;
	/* grub.conf was GRUB 2's too, in some places: what has a title is this one's. */
	while (path_name_is(path, "grub.conf") && line_next(&line, &cursor, bytes + size)) {
		const char *at = line.at;

		while (at < line.end && value_is_blank(*at))
			at++;
		if (line.end - at > 6 && strncasecmp(at, "title", 5) == 0 &&
		    (value_is_blank(at[5]) || at[5] == '='))
			return true;
	}
	return false;
}
