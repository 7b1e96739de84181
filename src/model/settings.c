#include "model/settings.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

struct parsing {
	struct arena *arena;
	struct settings *settings;
};

static bool is_console(const char *name)
{
	size_t n = strcspn(name, ":");

	return n > 0 && n < 32 && !memchr(name, '/', n) && name[0] != '.';
}

/* A console named twice keeps its first place; a TERM given later counts. */
static bool add_console(struct parsing *parsing, const char *value)
{
	struct settings *settings = parsing->settings;
	size_t n = strcspn(value, ":");

	if (!is_console(value))
		return false;
	for (size_t i = 0; i < settings->consoles.n; i++) {
		const char **old = &settings->consoles.at[i];

		if (strncmp(*old, value, n) || ((*old)[n] && (*old)[n] != ':'))
			continue;
		if (value[n])
			*old = value;
		return true;
	}
	vec_push(parsing->arena, &settings->consoles) = value;
	return true;
}

/*
 * The kernel's own console=NAME[,OPTIONS]; what it says of no tty at all is not for us. "tty" and
 * "tty0" stand for the VT in the foreground.
 */
static bool set_kernel_console(struct parsing *parsing, const char *value)
{
	const char *name = arena_copy(parsing->arena, value, strcspn(value, ","));

	if (!string_starts(name, "tty") && !string_starts(name, "hvc"))
		return true;
	add_console(parsing, strcmp(name, "tty0") && strcmp(name, "tty") ? name : "tty1");
	return true;
}

static bool set_timeout(struct parsing *parsing, const char *value)
{
	char *end;
	long seconds;

	errno = 0;
	seconds = strtol(value, &end, 10);
	if (errno || end == value || *end || seconds < -1 || seconds > 86400)
		return false;
	parsing->settings->timeout_ms = seconds < 0 ? -1 : seconds * 1000;
	return true;
}

static bool set_boot(struct parsing *parsing, const char *value)
{
	if (!*value)
		return false;
	parsing->settings->boot = value;
	return true;
}

static bool set_trace(struct parsing *parsing, const char *value)
{
	if (*value)
		return false;
	parsing->settings->trace = true;
	return true;
}

static const struct row {
	const char *name, *form;
	bool (*set)(struct parsing *parsing, const char *value);
} rows[] = {
	{ "console", "NAME[,OPTIONS]", set_kernel_console },
	{ "baton.console", "NAME[:TERM]", add_console },
	{ "baton.timeout", "SECONDS (-1: wait for ever)", set_timeout },
	{ "baton.boot", "ENTRY (its id or title)", set_boot },
	{ "baton.trace", "", set_trace },
};

static const struct row *find_row(const char *name, size_t n)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (strlen(rows[i].name) == n && memcmp(rows[i].name, name, n) == 0)
			return &rows[i];
	return NULL;
}

/* The next word, quotes as the kernel treats them: they group, and are dropped around a value. */
static char *next_word(struct arena *arena, const char **cursor)
{
	struct text word = TEXT(arena);
	const char *at = *cursor;
	bool quoted = false;

	while (isspace((unsigned char)*at))
		at++;
	if (!*at)
		return NULL;
	for (; *at && (quoted || !isspace((unsigned char)*at)); at++) {
		if (*at == '"')
			quoted = !quoted;
		else
			text_char(&word, *at);
	}
	*cursor = at;
	return text_end(&word);
}

void settings_parse(struct arena *arena, struct settings *settings, const char *cmdline,
		    void (*complain)(void *context, const char *text), void *context)
{
	struct parsing parsing = { .arena = arena, .settings = settings };
	const char *word;

	settings->timeout_ms = TIMEOUT_OF_CONFIG;
	while ((word = next_word(arena, &cmdline))) {
		size_t n = strcspn(word, "=");
		const struct row *row = find_row(word, n);

		if (!row && string_starts(word, "baton."))
			complain(context, arena_print(arena, "%.*s on the kernel command line is not a "
							     "setting of baton: ignored", (int)n, word));
		if (row && !row->set(&parsing, word[n] ? word + n + 1 : word + n))
			complain(context, arena_print(arena, "%s on the kernel command line: expected "
							     "%s%s%s: ignored", word, row->name,
						      *row->form ? "=" : "", row->form));
	}
}
