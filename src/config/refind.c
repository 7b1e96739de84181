/*
 * rEFInd: refind.conf with its manual stanzas, and refind_linux.conf, lines of a title and options for
 * every kernel in its directory.
 *
 * Follows rEFInd's documentation, "Configuring the Boot Manager", "Creating Manual Boot Stanzas", and
 * "Methods of Booting Linux", section "Using refind_linux.conf"; for what that leaves open, its config.c.
 */
#include "config/formats.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "config/kernels.h"
#include "config/uki.h"
#include "config/value.h"

#define OPTIONS_FILE "refind_linux.conf"
#define LINES_MOST 256   /* titles in one file */
#define KERNELS_MOST 64  /* kernels that they are offered for */
#define NAMES_MOST 256   /* directories of /EFI that are looked into */
#define WORDS_MOST 11    /* of a line: scanfor and what rEFInd takes after it */
#define PARTS_MOST 64    /* of default_selection */
#define TIMEOUT 20       /* seconds, where refind.conf says nothing */

struct choice {
	const char *title, *options;
	unsigned line;
};

/* A file while it is read, and the words of its current line. */
struct source {
	const char *file;
	const char *cursor, *end;
	struct line line;
	const char *words[WORDS_MOST];
	size_t n; /* of the line, also those beyond WORDS_MOST */
};

/* What a stanza, or a submenu's entry, boots. */
struct stanza {
	const char *title, *loader, *options, *initrd;
	const char *device;  /* that the loader is on; NULL: the config's own */
	const char *missing; /* the volume that was asked for and is not here */
	const char *file;
	unsigned line;
	bool is_linux, is_disabled;
};

struct refind {
	struct reading *reading;
	struct arena *arena;
	const char *directory; /* of refind.conf: where its includes are */
	const char *selection; /* default_selection, or NULL */
	const char *scan;      /* scanfor, a letter for each of its words */
	int64_t timeout;       /* seconds; 0: for ever; below: none */
	VEC(size_t) main;      /* the entries of the main menu, which default_selection counts */
};

/*
 * A word, which an equals sign, a comma or a # ends, too, or what stands between quotes, in which ""
 * is one quote. Outside of quotes / is EFI's \. NULL at the end.
 */
static const char *next_token(struct arena *arena, const char **cursor)
{
	struct text token = TEXT(arena);
	const char *at = *cursor + strspn(*cursor, " \t=,");
	bool quoted = *at == '"';

	if (!*at || *at == '#')
		return NULL;
	for (at += quoted; *at && (quoted || !strchr(" \t=,#", *at)); at++) {
		if (*at == '"' && *++at != '"') {
			at--;
			break;
		}
		text_char(&token, *at == '/' && !quoted ? '\\' : *at);
	}
	*cursor = at + (*at == '"' && quoted);
	return text_end(&token);
}

/* The next line that has words. */
static bool next_line(struct arena *arena, struct source *source)
{
	source->n = 0;
	while (!source->n && line_next(&source->line, &source->cursor, source->end)) {
		const char *text = value_trim(arena, source->line.at, source->line.end), *word;

		for (; (word = next_token(arena, &text)); source->n++)
			if (source->n < WORDS_MOST)
				source->words[source->n] = word;
	}
	return source->n;
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

static void add_entry(struct reading *reading, const char *file, const struct choice *choice,
		      const struct kernel *kernel, bool is_older)
{
	struct arena *arena = reading->arena;
	const char *directory = path_directory(arena, file);
	struct entry *entry;

	if (reading_is_full(reading, reading->config->entries.n))
		return;
	entry = config_add(arena, reading->config, choice->title);
	entry->own_id = choice->title;
	entry->config = file;
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

/* As rEFInd does, no further than to a line that has no options. */
static size_t read_choices(struct reading *reading, struct source *source, struct choice *choices)
{
	size_t n = 0;

	while (n < LINES_MOST && next_line(reading->arena, source)) {
		choices[n] = (struct choice){ source->words[0], "", source->line.number };
		if (source->n > 1)
			choices[n].options = source->words[1];
		else
			reading_problem(reading, source->file, source->line.number, 1,
					"\"%.40s\" has no options after it", source->words[0]);
		if (source->n < 2 && n)
			break;
		n++;
	}
	return n;
}

static int read_linux(struct reading *reading, const char *file)
{
	struct choice *choices = arena_array(reading->arena, LINES_MOST, sizeof *choices);
	struct source source = { .file = file };
	struct kernel *kernels;
	size_t n, count;
	int error = reading_load(reading, file, &source.cursor, &source.end);

	if (error)
		return error;
	n = read_choices(reading, &source, choices);
	count = kernels_find(reading->arena, reading->volume, path_directory(reading->arena, file),
			     &kernels);
	/* The newest kernel is the menu, older ones are submenus. */
	for (size_t k = 0; k < count && k < KERNELS_MOST; k++)
		for (size_t i = 0; i < n; i++)
			add_entry(reading, file, &choices[i], &kernels[k], k > 0);
	for (size_t i = 0; !count && i < n; i++)
		add_entry(reading, file, &choices[i], NULL, false);
	return 0;
}

/* refind.conf ----------------------------------------------------------------------------------------- */

static bool is(const char *word, const char *keyword)
{
	return strcasecmp(word, keyword) == 0;
}

/* A partition's GUID or name, or a file system's label. */
static void set_volume(struct refind *refind, struct stanza *stanza, const char *name)
{
	struct reading *reading = refind->reading;
	const struct volume *volume = volumes_find(reading->volumes, VOLUME_PARTUUID, name);

	if (!volume)
		volume = volumes_find(reading->volumes, VOLUME_PARTLABEL, name);
	if (!volume)
		volume = reading_find(reading, VOLUME_LABEL, name);
	stanza->missing = volume ? NULL : name;
	stanza->device = volume ? reading_device(reading, volume) : NULL;
}

/* What rEFInd takes for a kernel by its name; or what has an initrd, or says what it is. */
static bool is_linux(const struct stanza *stanza)
{
	return stanza->is_linux || stanza->initrd || strcasestr(stanza->loader, "vmlinuz") ||
	       strcasestr(stanza->loader, "bzImage") || strcasestr(stanza->loader, "kernel");
}

static void add_stanza(struct refind *refind, const struct stanza *stanza, const char *parent)
{
	struct arena *arena = refind->arena;
	struct reading *reading = refind->reading;
	struct entry *entry;

	if (stanza->is_disabled || reading_is_full(reading, reading->config->entries.n))
		return;
	if (!parent)
		vec_push(arena, &refind->main) = reading->config->entries.n;
	entry = config_add(arena, reading->config, stanza->title);
	entry->own_id = stanza->title;
	entry->config = stanza->file;
	entry->line = stanza->line;
	if (parent) {
		vec_push(arena, &entry->path) = parent;
		vec_push(arena, &entry->path_id) = parent;
	}
	if (stanza->options)
		entry->cmdline = value_squeeze(arena, stanza->options);
	if (!stanza->loader) {
		entry->kind = ENTRY_NONE;
		entry_refuse(arena, entry, "names no loader");
		return;
	}
	entry->kernel.path = unix_path(arena, stanza->loader);
	entry->kernel.device = stanza->device;
	if (stanza->missing)
		entry_refuse(arena, entry, "the volume %s is not here", stanza->missing);
	if (!is_linux(stanza)) {
		if (entry->reason || uki_take(reading, entry))
			return;
		entry->kind = ENTRY_EFI;
		entry_refuse(arena, entry, "%s is an EFI program, which needs the firmware",
			     entry->kernel.path);
		return;
	}
	add_initrds(arena, entry, false);
	if (stanza->initrd)
		entry_add_initrd(arena, entry, unix_path(arena, stanza->initrd));
	for (size_t i = 0; i < entry->initrds.n; i++)
		entry->initrds.at[i].device = stanza->device;
}

/* Lines up to "}". The entries of the submenu of a stanza, @submenu, begin as what it is by then. */
static void read_stanza(struct refind *refind, struct source *source, struct stanza *stanza,
			const char *parent)
{
	VEC(struct stanza *) submenu = { 0 };

	stanza->title = source->words[1];
	stanza->line = source->line.number;
	stanza->file = source->file;
	while (next_line(refind->arena, source) && !is(source->words[0], "}")) {
		const char *key = source->words[0], *value = source->n > 1 ? source->words[1] : NULL;

		if (is(key, "disabled"))
			stanza->is_disabled = true;
		else if (is(key, "options") && (value || parent))
			stanza->options = value;
		else if (is(key, "initrd") && (value || parent))
			stanza->initrd = value;
		else if (!value)
			continue;
		else if (is(key, "loader"))
			stanza->loader = value;
		else if (is(key, "volume"))
			set_volume(refind, stanza, value);
		else if (is(key, "ostype"))
			stanza->is_linux = (*value | 0x20) == 'l';
		else if (is(key, "add_options") && parent)
			stanza->options = value_join(refind->arena, stanza->options, value);
		else if (is(key, "submenuentry") && !parent) {
			struct stanza *inner = arena_make(refind->arena, struct stanza);

			*inner = *stanza;
			inner->is_disabled = false;
			read_stanza(refind, source, inner, stanza->title);
			vec_push(refind->arena, &submenu) = inner;
		}
	}
	if (parent || stanza->is_disabled)
		return;
	add_stanza(refind, stanza, NULL);
	for (size_t i = 0; i < submenu.n; i++)
		add_stanza(refind, submenu.at[i], stanza->title);
}

/* A line outside of stanzas, for the first pass: the settings. */
static void set(struct refind *refind, const struct source *source)
{
	const char *key = source->words[0], *value = source->words[1];
	int64_t number;

	if (is(key, "scanfor")) {
		struct text scan = TEXT(refind->arena);

		for (size_t i = 1; i < source->n && i < WORDS_MOST; i++)
			text_char(&scan, source->words[i][0] | 0x20);
		refind->scan = text_end(&scan);
	} else if (source->n != 2) {
		return; /* default_selection with a time of day, too */
	} else if (is(key, "timeout") && value_number(value, &number)) {
		refind->timeout = number;
	} else if (is(key, "default_selection")) {
		refind->selection = value;
	}
}

/* refind.conf and what it includes, for its stanzas or for its settings. */
static void read_conf(struct refind *refind, const char *file, bool for_stanzas)
{
	struct source source = { .file = file };

	/* What can't be read was told in the first pass. */
	if (for_stanzas && !volume_is_file(refind->reading->volume, file))
		return;
	if (reading_load(refind->reading, file, &source.cursor, &source.end))
		return;
	while (next_line(refind->arena, &source)) {
		struct stanza stanza = { 0 };

		if (source.n == 2 && is(source.words[0], "include") && file == refind->reading->file)
			read_conf(refind, path_join(refind->arena, refind->directory,
						    unix_path(refind->arena, source.words[1]) + 1),
				  for_stanzas);
		else if (!for_stanzas)
			set(refind, &source);
		else if (source.n > 1 && is(source.words[0], "menuentry"))
			read_stanza(refind, &source, &stanza, NULL);
	}
}

/* The kernels that rEFInd finds by itself, of the config's own volume, if there is a file for them. */
static void find_kernels(struct refind *refind, const char *directory)
{
	const char *file = path_join(refind->arena, directory, OPTIONS_FILE);
	const struct config *config = refind->reading->config;
	size_t n = config->entries.n;

	if (!volume_is_file(refind->reading->volume, file) || read_linux(refind->reading, file) ||
	    config->entries.n == n)
		return;
	vec_push(refind->arena, &refind->main) = n;
}

static void scan(struct refind *refind)
{
	const char **names;
	ssize_t n = volume_list(refind->arena, refind->reading->volume, "/EFI", NAMES_MOST, &names);

	find_kernels(refind, "/");
	for (ssize_t i = 0; i < n; i++)
		find_kernels(refind, path_join(refind->arena, "/EFI", names[i]));
	find_kernels(refind, "/boot");
}

/* What the main menu calls an entry: a kernel that rEFInd found, by its path. */
static const char *name_of(const struct entry *entry)
{
	return path_name_is(entry->config, OPTIONS_FILE) ? entry->kernel.path : entry->title;
}

/* default_selection: a list of numbers and parts of names, of which the first that is there counts. */
static void choose_default(struct refind *refind)
{
	struct config *config = refind->reading->config;
	const char *part = refind->selection ? refind->selection : "";

	if (!config->entries.n)
		return;
	config->default_entry = 0;
	config->default_why = "the first entry";
	for (unsigned parts = 0; *part && parts < PARTS_MOST; parts++) {
		size_t n = strcspn(part, ",");
		const char *wanted = arena_copy(refind->arena, part, n);

		for (size_t i = 0; i < refind->main.n; i++) {
			size_t entry = refind->main.at[i];

			if (n > 1 ? !strcasestr(name_of(config->entries.at[entry]), wanted)
				  : *wanted != (int)('1' + i))
				continue;
			config->default_entry = entry;
			config->default_why = arena_print(refind->arena, "default_selection %s",
							  refind->selection);
			return;
		}
		part += n + (part[n] == ',');
	}
}

static int read_menu(struct reading *reading)
{
	struct refind refind = {
		.reading = reading,
		.arena = reading->arena,
		.directory = path_directory(reading->arena, reading->file),
		.scan = "ieom",
		.timeout = TIMEOUT,
	};

	read_conf(&refind, reading->file, false);
	for (bool scanned = false; *refind.scan; refind.scan++) {
		if (*refind.scan == 'm')
			read_conf(&refind, reading->file, true);
		if (scanned || (*refind.scan != 'i' && *refind.scan != 'e'))
			continue;
		scanned = true;
		scan(&refind);
	}
	choose_default(&refind);
	if (refind.timeout)
		reading_set_timeout(reading, refind.timeout > 0 ? refind.timeout : 0, 1);
	if (refind.timeout < 0)
		reading->config->timeout_style = TIMEOUT_HIDDEN;
	return 0;
}

int refind_read(struct reading *reading)
{
	int error;

	if (path_name_is(reading->file, "refind.conf"))
		return read_menu(reading);
	error = read_linux(reading, reading->file);
	if (reading->config->entries.n) {
		reading->config->default_entry = 0;
		reading->config->default_why = "the first line, for the newest kernel";
	}
	return error;
}

bool refind_claims(const char *path, const char *bytes, size_t size)
{
	(void)size;
	return bytes && (path_name_is(path, OPTIONS_FILE) || path_name_is(path, "refind.conf"));
}
