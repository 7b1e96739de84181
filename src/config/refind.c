/*
 * rEFInd's refind_linux.conf: lines of a title and options for every kernel in its directory.
 *
 * Follows rEFInd's documentation, "Methods of Booting Linux", section "Using refind_linux.conf".
 */
#include "config/formats.h"

#include <string.h>

#include "base/text.h"
#include "config/kernels.h"
#include "config/value.h"

#define LINES_MOST 256   /* titles in one file */
#define KERNELS_MOST 64  /* kernels that they are offered for */

struct choice {
	const char *title, *options;
	unsigned line;
};

/*
 * A word, which an equals sign, a comma or a # ends, too, or what stands between quotes, in which ""
 * is one quote. NULL at the end.
 */
static const char *next_token(struct arena *arena, const char **cursor)
{
	struct text token = TEXT(arena);
	const char *at = *cursor + strspn(*cursor, " \t=,");

	if (!*at || *at == '#')
		return NULL;
	if (*at != '"') {
		*cursor = at + strcspn(at, " \t=,#");
		return arena_copy(arena, at, (size_t)(*cursor - at));
	}
	for (at++; *at && (*at != '"' || at[1] == '"'); at++) {
		at += *at == '"';
		text_char(&token, *at);
	}
	*cursor = at + (*at == '"');
	return text_end(&token);
}

/* "%v" stands for the kernel's version; "%%" for a percent sign. */
static const char *expand(struct arena *arena, const char *options, const char *version)
{
	struct text text = TEXT(arena);

	for (; *options; options++) {
		bool is_mark = *options == '%' && (options[1] == 'v' || options[1] == '%');

		if (is_mark && *++options == 'v')
			text_string(&text, version);
		else
			text_char(&text, *options);
	}
	return text_end(&text);
}

/* An initrd's name in the way of EFI, "\initramfs.img", from the root of the file system. */
static const char *unix_path(struct arena *arena, const char *name)
{
	char *path = arena_string(arena, name);

	for (char *at = path; *at; at++)
		if (*at == '\\')
			*at = '/';
	return path_join(arena, "/", path);
}

static void add_initrds(struct arena *arena, struct entry *entry, bool as_written)
{
	const char *cursor = entry->cmdline, *word;

	while ((word = value_word(arena, &cursor))) {
		if (!string_starts(word, "initrd="))
			continue;
		word += strlen("initrd=");
		entry_add_initrd(arena, entry, as_written ? word : unix_path(arena, word));
	}
}

static void add_entry(struct reading *reading, const char *directory, const struct choice *choice,
		      const struct kernel *kernel, bool is_older)
{
	struct arena *arena = reading->arena;
	struct entry *entry = config_add(arena, reading->config, choice->title);

	entry->own_id = choice->title;
	entry->line = choice->line;
	entry->kernel.path = path_join(arena, directory, kernel ? kernel->name : "vmlinuz");
	entry->cmdline = value_squeeze(
		arena, kernel ? expand(arena, choice->options, kernel->version) : choice->options);
	if (is_older) {
		vec_push(arena, &entry->path) = kernel->name;
		vec_push(arena, &entry->path_id) = kernel->name;
	}
	/* Without a kernel the line is only a pattern: its names stay as they are written. */
	add_initrds(arena, entry, !kernel);
	if (!entry->initrds.n && kernel && kernel->initrd)
		entry_add_initrd(arena, entry, path_join(arena, directory, kernel->initrd));
}

static size_t read_choices(struct reading *reading, struct choice *choices, const char *cursor,
			   const char *end)
{
	struct arena *arena = reading->arena;
	struct line line = { 0 };
	size_t n = 0;

	while (n < LINES_MOST && line_next(&line, &cursor, end)) {
		const char *text = value_trim(arena, line.at, line.end);
		const char *title = next_token(arena, &text), *options;

		if (!title)
			continue;
		options = next_token(arena, &text);
		if (!options)
			reading_problem(reading, reading->file, line.number, 1,
					"\"%.40s\" has no options after it", title);
		choices[n++] = (struct choice){ title, options ? options : "", line.number };
	}
	return n;
}

int refind_read(struct reading *reading)
{
	struct choice *choices = arena_array(reading->arena, LINES_MOST, sizeof *choices);
	const char *directory = path_directory(reading->arena, reading->file), *cursor, *end;
	struct kernel *kernels;
	size_t n, count;
	int error = reading_load(reading, reading->file, &cursor, &end);

	if (error)
		return error;
	n = read_choices(reading, choices, cursor, end);
	count = kernels_find(reading->arena, reading->volume, directory, &kernels);
	/* The newest kernel is the menu, older ones are submenus. */
	for (size_t k = 0; k < count && k < KERNELS_MOST; k++)
		for (size_t i = 0; i < n; i++)
			add_entry(reading, directory, &choices[i], &kernels[k], k > 0);
	for (size_t i = 0; !count && i < n; i++)
		add_entry(reading, directory, &choices[i], NULL, false);
	if (reading->config->entries.n) {
		reading->config->default_entry = 0;
		reading->config->default_why = "the first line, for the newest kernel";
	}
	return 0;
}

bool refind_claims(const char *path, const char *bytes, size_t size)
{
	(void)size;
	return bytes && path_name_is(path, "refind_linux.conf");
}
