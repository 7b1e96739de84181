#include "cli/settings.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "disk/efivar.h"
#include "model/settings.h"

#define STORE EFIVAR_BATON("BatonSettings")

static void complain(void *context, const char *text)
{
	(void)context;
	fprintf(stderr, "baton: %s\n", text);
}

static const char *read_store(struct arena *arena, size_t *size)
{
	const char *bytes = efivar_read(arena, STORE, size);

	if (!bytes)
		*size = 0;
	return bytes ? bytes : "";
}

static int write_store(struct arena *arena, const char *bytes, size_t size)
{
	int error = size > SETTINGS_STORE_MOST ? -E2BIG : efivar_write(arena, STORE, bytes, size);

	if (error)
		fprintf(stderr, "baton: the settings can't be stored: %s: %s\n", STORE,
			strerror(-error));
	return error ? 1 : 0;
}

static int print_settings(struct arena *arena, const char *name)
{
	struct settings settings;
	size_t size;
	const char *bytes = read_store(arena, &size);

	settings_init(&settings);
	settings_read(arena, &settings, SETTINGS_STORE, bytes, size, STORE, complain, NULL);
	for (size_t i = 0; i < SETTINGS_COUNT; i++) {
		const struct setting *row = &settings_table[i];
		struct text value = TEXT(arena);

		if (row->transient || (name && strcmp(name, row->name)))
			continue;
		settings_show(&value, &settings, row);
		if (settings.source[i] == SETTINGS_STORE)
			printf("%s=%s\n", row->name, text_end(&value));
		else
			printf("# %s: %s\n", row->name, row->usual);
	}
	return 0;
}

/* The text of the store without the lines of a setting; NULL stands for all of them. */
static struct text without(struct arena *arena, const char *name)
{
	struct text text = TEXT(arena);
	size_t size;
	const char *at = read_store(arena, &size), *end = at + size;

	while (name && at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t n = (size_t)((newline ? newline : end) - at);

		if (n && (strlen(name) >= n || memcmp(at, name, strlen(name)) || at[strlen(name)] != '=')) {
			text_add(&text, at, n);
			text_char(&text, '\n');
		}
		at += n + 1;
	}
	return text;
}

static int set(struct arena *arena, const struct setting *row, const char *value)
{
	struct text text = without(arena, row->name);
	struct settings settings;

	settings_init(&settings);
	if (row->transient || strchr(value, '\n') ||
	    settings_set(arena, &settings, SETTINGS_STORE, row->name, value)) {
		fprintf(stderr, "baton: %s is not to be stored, or its value is not %s\n", row->name,
			row->form);
		return 2;
	}
	text_print(&text, "%s=%s\n", row->name, value);
	return write_store(arena, text.at, text.n);
}

int settings_run(struct arena *arena, int argc, char **argv)
{
	const char *action = argc ? argv[0] : "get", *name = argc > 1 ? argv[1] : NULL;
	bool sets = strcmp(action, "set") == 0, resets = strcmp(action, "reset") == 0;

	if ((!sets && !resets && strcmp(action, "get")) || argc > 2 + sets || (sets && argc != 3)) {
		fputs("usage: baton settings [get [NAME] | set NAME VALUE | reset [NAME]]\n", stderr);
		return 2;
	}
	if (name && !settings_find(name)) {
		fprintf(stderr, "baton: there is no setting %s (see baton settings)\n", name);
		return 2;
	}
	if (!efivar_are_there()) {
		fputs("baton: this machine has no UEFI variables to keep settings in: use the firmware "
		      "kernel's command line\n", stderr);
		return 1;
	}
	if (sets)
		return set(arena, settings_find(name), argv[2]);
	if (resets) {
		struct text text = without(arena, name);

		return write_store(arena, text_end(&text), text.n);
	}
	return print_settings(arena, name);
}
