#include "cli/settings.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/place.h"
#include "model/settings.h"

static void complain(void *context, const char *text)
{
	(void)context;
	fprintf(stderr, "baton: %s\n", text);
}

static void print_settings(struct arena *arena, const struct place *place, const char *bytes,
			   size_t size, const char *name)
{
	struct settings settings;

	settings_init(&settings);
	settings_read(arena, &settings, SETTINGS_STORE, bytes, size, place->name, complain, NULL);
	for (size_t i = 0; i < SETTINGS_COUNT; i++) {
		const struct setting *row = &settings_table[i];
		struct text value = TEXT(arena);

		if (row->firm || (name && strcmp(name, row->name)))
			continue;
		settings_show(&value, &settings, row);
		if (settings.source[i] == SETTINGS_STORE)
			printf("%s=%s\n", row->name, text_end(&value));
		else
			printf("# %s: %s\n", row->name, row->usual);
	}
}

/* @value NULL: forget the setting; @name NULL, too: all of them */
static int change(struct engine *engine, const struct place *place, const char *bytes, size_t size,
		  const char *name, const char *value)
{
	struct text edited = TEXT(engine->arena);
	const char *why = settings_edit(engine->arena, bytes, size, name, value, &edited);

	if (why) {
		fprintf(stderr, "baton: %s: %s\n", name, why);
		return 2;
	}
	return place_write(engine, place, STORE_SETTINGS, &edited);
}

int settings_run(struct engine *engine, int argc, char **argv)
{
	const char *action = argc ? argv[0] : "get", *name = argc > 1 ? argv[1] : NULL;
	bool sets = strcmp(action, "set") == 0, resets = strcmp(action, "reset") == 0;
	struct place place;
	size_t size;
	char *bytes;
	int status;

	if ((!sets && !resets && strcmp(action, "get")) || argc > 2 + sets || (sets && argc != 3)) {
		fputs("usage: baton settings [get [NAME] | set NAME VALUE | reset [NAME]]\n", stderr);
		return 2;
	}
	if (name && !settings_find(name)) {
		fprintf(stderr, "baton: there is no setting %s (see baton settings)\n", name);
		return 2;
	}
	status = place_find(engine, STORE_SETTINGS, sets || resets, &place);
	if (!status)
		status = place_read(engine, &place, STORE_SETTINGS, &bytes, &size);
	if (!status && (sets || resets))
		return change(engine, &place, bytes, size, name, sets ? argv[2] : NULL);
	if (!status)
		print_settings(engine->arena, &place, bytes, size, name);
	return status;
}
