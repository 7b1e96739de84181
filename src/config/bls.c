/*
 * Boot Loader Specification entries with systemd-boot's loader.conf.
 *
 * Follows UAPI.1, The Boot Loader Specification; loader.conf(5) and systemd-boot(7) for what the
 * specification leaves to the loader.
 */
#include "config/bls.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "config/formats.h"
#include "config/uki.h"
#include "config/version.h"
#include "config/value.h"

#define NAMES_MOST 4096  /* files of a directory of entries */
#define ID_MOST 1024     /* bytes of a name or pattern that is matched */
#define ENV_SIZE 1024    /* of GRUB's environment block */
#define ENV_SIGNATURE "# GRUB Environment Block\n"

/* An entry file, or a profile of an image, as far as the menu's order needs it. */
struct item {
	const char *name; /* of the file, without boot counter */
	int profile;      /* of an image */
	const char *id;   /* the name, "@N" behind it for profile N */
	const char *title, *version, *sort_key, *machine_id;
	const char *file;
	int64_t left, done; /* boot counter; left -1: none */
	struct entry *entry;
};

struct bls {
	struct reading *reading;
	struct arena *arena;
	const char *directory; /* the root of the boot partition: what holds loader/ and EFI/ */
	VEC(struct item *) items;
	const char *default_pattern, *preferred_pattern;
	int64_t timeout; /* seconds, or one of below */
	char *env;       /* GRUB's environment block, for Red Hat's variables; NULL: none */
	bool env_read;
};

enum { TIMEOUT_FORCE = -1, TIMEOUT_DISABLED = -2 };

/* Lines: a key, blanks, a value; "#" begins a comment line ------------------------------------------- */

static bool next_key(struct arena *arena, struct line *line, const char **cursor, const char *end,
		     const char **key, const char **value)
{
	while (line_next(line, cursor, end)) {
		const char *text = value_trim(arena, line->at, line->end);

		if (!*text || *text == '#')
			continue;
		*key = value_word(arena, &text);
		*value = value_rest(text);
		return true;
	}
	return false;
}

/* Red Hat's variables --------------------------------------------------------------------------------- */

/* Entries that Fedora and RHEL write for GRUB may hold $kernelopts and such from its grubenv. */
static void read_env(struct bls *bls)
{
	static const char *const paths[] = { "grub2/grubenv", "boot/grub2/grubenv", "grub/grubenv",
					     "boot/grub/grubenv" };
	size_t size;

	if (bls->env_read)
		return;
	bls->env_read = true;
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		const char *path = path_join(bls->arena, bls->directory, paths[i]);

		if (volume_read(bls->arena, bls->reading->volume, path, ENV_SIZE, &bls->env,
				&size) == 0 &&
		    size == ENV_SIZE && string_starts(bls->env, ENV_SIGNATURE))
			return;
	}
	bls->env = NULL;
}

/* The value of a variable of the environment block, where a backslash hides what follows it. */
static const char *env_value(struct bls *bls, const char *name)
{
	size_t n = strlen(name);
	const char *at = bls->env;

	while (at && *at) {
		if (strncmp(at, name, n) == 0 && at[n] == '=') {
			struct text value = TEXT(bls->arena);

			for (at += n + 1; *at && *at != '\n'; at++) {
				if (*at == '\\' && at[1])
					at++;
				text_char(&value, *at);
			}
			return text_end(&value);
		}
		while (*at && *at != '\n')
			at += *at == '\\' && at[1] ? 2 : 1;
		at += *at == '\n';
	}
	return NULL;
}

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

/*
 * The value with $NAME and ${NAME} of the environment block; those that it does not define are
 * nothing. Without an environment block this is not Red Hat's GRUB: the value stays as it is.
 */
static const char *expand(struct bls *bls, struct entry *entry, const char *value)
{
	struct text text = TEXT(bls->arena);

	if (!strchr(value, '$'))
		return value;
	read_env(bls);
	if (!bls->env && strstr(value, "$kernelopts"))
		entry_refuse(bls->arena, entry,
			     "$kernelopts is to come from GRUB's grubenv, which is not here");
	if (!bls->env)
		return value;
	while (*value) {
		bool braces = value[0] == '$' && value[1] == '{';
		const char *name = value + 1 + braces;
		size_t n = 0;

		while (is_name(name[n]))
			n++;
		if (*value != '$' || !n || (braces && name[n] != '}')) {
			text_char(&text, *value++);
			continue;
		}
		name = env_value(bls, arena_copy(bls->arena, name, n));
		text_string(&text, name ? name : "");
		value += 1 + n + 2 * braces;
	}
	return text_end(&text);
}

/* Type 1 entries -------------------------------------------------------------------------------------- */

/* EFI's names of the machines, which "architecture" uses, and uname(2)'s. */
static bool is_our_machine(const struct reading *reading, const char *architecture)
{
	static const struct {
		const char *efi, *uname;
	} machines[] = {
		{ "x64", "x86_64" },      { "ia32", "i386" },         { "ia32", "i686" },
		{ "aa64", "aarch64" },    { "arm", "armv7l" },        { "riscv64", "riscv64" },
		{ "riscv32", "riscv32" }, { "loongarch64", "loongarch64" },
	};
	const char *arch = reading->options->arch ? reading->options->arch : "x86_64";

	for (size_t i = 0; i < sizeof machines / sizeof *machines; i++)
		if (strcmp(arch, machines[i].uname) == 0)
			return strcasecmp(architecture, machines[i].efi) == 0;
	return strcasecmp(architecture, arch) == 0;
}

/* An entry file while it is read. */
struct source {
	struct bls *bls;
	struct item *item;
	struct entry *entry;
	struct line line;
	const char *linux_path, *efi, *uki, *architecture, *profile;
	struct text options;
};

static const char *absolute(struct source *source, const char *value)
{
	return path_join(source->bls->arena, "/", value);
}

static void set_linux(struct source *source, const char *value)
{
	source->linux_path = absolute(source, value);
}

static void set_efi(struct source *source, const char *value)
{
	source->efi = absolute(source, value);
}

static void set_uki(struct source *source, const char *value)
{
	source->uki = absolute(source, value);
}

static void set_profile(struct source *source, const char *value)
{
	source->profile = value;
}

static void set_title(struct source *source, const char *value)
{
	source->item->title = value;
}

static void set_version(struct source *source, const char *value)
{
	source->item->version = value;
}

static void set_sort_key(struct source *source, const char *value)
{
	source->item->sort_key = value;
}

static void set_machine_id(struct source *source, const char *value)
{
	source->item->machine_id = value;
}

static void set_architecture(struct source *source, const char *value)
{
	source->architecture = value;
}

static void add_options(struct source *source, const char *value)
{
	value = expand(source->bls, source->entry, value);
	if (*value)
		text_print(&source->options, "%s%s", source->options.n ? " " : "", value);
}

/* One file in the specification; several words where grubby was at work. */
static void add_initrd(struct source *source, const char *value)
{
	struct arena *arena = source->bls->arena;
	const char *word;

	value = expand(source->bls, source->entry, value);
	if (*value && volume_is_file(source->bls->reading->volume, absolute(source, value))) {
		entry_add_initrd(arena, source->entry, absolute(source, value));
		return;
	}
	while ((word = value_word(arena, &value)))
		entry_add_initrd(arena, source->entry, absolute(source, word));
}

static void set_devicetree(struct source *source, const char *value)
{
	source->entry->devicetree.path =
		absolute(source, expand(source->bls, source->entry, value));
}

static void add_overlay(struct source *source, const char *value)
{
	reading_problem(source->bls->reading, source->item->file, source->line.number, 1,
			"device tree overlays are not applied: %s", value);
}

static void ignore(struct source *source, const char *value)
{
	(void)source, (void)value;
}

static const struct {
	const char *key;
	void (*set)(struct source *source, const char *value);
} keys[] = {
	{ "title", set_title },
	{ "version", set_version },
	{ "sort-key", set_sort_key },
	{ "machine-id", set_machine_id },
	{ "linux", set_linux },
	{ "initrd", add_initrd },
	{ "options", add_options },
	{ "efi", set_efi },
	{ "uki", set_uki },
	{ "profile", set_profile },
	{ "architecture", set_architecture },
	{ "devicetree", set_devicetree },
	{ "devicetree-overlay", add_overlay },
	/* of other loaders and tools */
	{ "uki-url", ignore },
	{ "extra", ignore },
	{ "id", ignore },
	{ "grub_users", ignore },
	{ "grub_arg", ignore },
	{ "grub_class", ignore },
	{ "grub_hotkey", ignore },
	{ "aboot", ignore },
	{ "abootcfg", ignore },
};

static void read_keys(struct source *source, const char *cursor, const char *end)
{
	struct bls *bls = source->bls;
	const char *key, *value;

	while (next_key(bls->arena, &source->line, &cursor, end, &key, &value)) {
		size_t i = 0;

		while (i < sizeof keys / sizeof *keys && strcmp(keys[i].key, key) != 0)
			i++;
		if (i == sizeof keys / sizeof *keys)
			reading_problem(bls->reading, source->item->file, source->line.number, 1,
					"unknown key \"%s\"", key);
		else if (!*value && keys[i].set != ignore && keys[i].set != add_options)
			reading_problem(bls->reading, source->item->file, source->line.number, 1,
					"\"%s\" without a value", key);
		else
			keys[i].set(source, value);
	}
}

/* Which profile of an image an entry means: "profile N", else the first. */
static const struct uki *pick_profile(const struct uki *profiles, int n, const char *wanted)
{
	int64_t number;

	if (wanted && value_number(wanted, &number) && number >= 0 && number < n)
		return &profiles[number];
	return &profiles[0];
}

/* "efi" and "uki": an image that holds a kernel is a Linux entry like any other. */
static void make_efi(struct source *source, const char *path)
{
	struct bls *bls = source->bls;
	struct uki *profiles = arena_array(bls->arena, UKI_PROFILES_MOST, sizeof *profiles);
	int n = uki_open(bls->reading, bls->directory, path, profiles);
	const char *options = text_end(&source->options);

	if (n > 0) {
		const struct uki *uki = pick_profile(profiles, n, source->profile);

		uki_make_entry(bls->arena, source->entry, path, uki);
		if (*options) /* systemd-stub(7): they replace the image's own */
			source->entry->cmdline = options;
		return;
	}
	source->entry->kind = ENTRY_EFI;
	source->entry->kernel.path = path;
	source->entry->cmdline = options;
	entry_refuse(bls->arena, source->entry, "%s is an EFI program, which needs the firmware",
		     path);
}

/* "NAME+LEFT[-DONE].conf" ("Boot counting"); the counter is no part of the id. */
static void read_counter(struct arena *arena, struct item *item, const char *name)
{
	const char *dot = strrchr(name, '.'), *plus = strrchr(name, '+'), *at;
	int64_t left = 0, done = 0;

	item->id = item->name = name;
	item->left = -1;
	if (!dot || !plus || plus > dot || plus == name || plus + 1 == dot)
		return;
	for (at = plus + 1; *at >= '0' && *at <= '9' && left < INT32_MAX; at++)
		left = left * 10 + (*at - '0');
	if (at == plus + 1)
		return;
	if (*at == '-' && at + 1 < dot)
		for (at++; *at >= '0' && *at <= '9' && done < INT32_MAX; at++)
			done = done * 10 + (*at - '0');
	if (at != dot)
		return;
	item->left = left;
	item->done = done;
	item->name = arena_print(arena, "%.*s%s", (int)(plus - name), name, dot);
	item->id = item->name;
}

static void read_entry(struct bls *bls, const char *directory, const char *name)
{
	const char *file = path_join(bls->arena, directory, name), *bytes, *end;
	struct item *item = arena_make(bls->arena, struct item);
	struct source source = { .bls = bls, .item = item, .options = TEXT(bls->arena) };
	struct entry *entry = arena_make(bls->arena, struct entry);

	if (reading_load(bls->reading, file, &bytes, &end))
		return;
	item->file = file;
	item->entry = source.entry = entry;
	read_counter(bls->arena, item, name);
	read_keys(&source, bytes, end);
	if (source.architecture && !is_our_machine(bls->reading, source.architecture))
		return; /* "entry should be hidden" */
	if (source.linux_path) {
		entry->kind = ENTRY_LINUX;
		entry->kernel.path = source.linux_path;
		entry->cmdline = value_squeeze(bls->arena, text_end(&source.options));
	} else if (source.uki || source.efi) {
		make_efi(&source, source.uki ? source.uki : source.efi);
	} else {
		reading_problem(bls->reading, file, 0, 0,
				"neither a linux, nor an efi or uki key: not an entry");
		return;
	}
	vec_push(bls->arena, &bls->items) = item;
}

static bool ends_with(const char *name, const char *suffix)
{
	size_t n = strlen(name), m = strlen(suffix);

	return n > m && strcasecmp(name + n - m, suffix) == 0;
}

static void read_entries(struct bls *bls, const char *directory)
{
	const char **names;
	ssize_t n = volume_list(bls->arena, bls->reading->volume, directory, NAMES_MOST, &names);

	for (ssize_t i = 0; i < n; i++)
		if (names[i][0] != '.' && ends_with(names[i], ".conf"))
			read_entry(bls, directory, names[i]);
}

/* Type 2 entries ----------------------------------------------------------------------------------- */

static void read_image(struct bls *bls, const char *path)
{
	struct uki *profiles = arena_array(bls->arena, UKI_PROFILES_MOST, sizeof *profiles);
	int n = uki_open(bls->reading, bls->directory, path, profiles);

	if (n < 0)
		reading_problem(bls->reading, path, 0, 0, "can't be read: %s", strerror(-n));
	for (int i = 0; i < n; i++) {
		struct item *item = arena_make(bls->arena, struct item);
		const struct uki *uki = &profiles[i];

		read_counter(bls->arena, item, path_name(path));
		item->file = path;
		item->title = uki->title;
		item->version = uki->version;
		item->sort_key = uki->sort_key;
		item->profile = uki->profile;
		if (uki->profile > 0)
			item->id = arena_print(bls->arena, "%s@%d", item->name, uki->profile);
		if (item->title && uki->profile_title)
			item->title = arena_print(bls->arena, "%s (%s)", item->title,
						  uki->profile_title);
		item->entry = arena_make(bls->arena, struct entry);
		uki_make_entry(bls->arena, item->entry, path, uki);
		vec_push(bls->arena, &bls->items) = item;
	}
}

static void read_images(struct bls *bls, const char *directory)
{
	const char **names;
	ssize_t n = volume_list(bls->arena, bls->reading->volume, directory, NAMES_MOST, &names);

	for (ssize_t i = 0; i < n; i++)
		if (names[i][0] != '.' && ends_with(names[i], ".efi"))
			read_image(bls, path_join(bls->arena, directory, names[i]));
}

/* loader.conf(5) ------------------------------------------------------------------------------------ */

static void set_timeout(struct bls *bls, const char *file, unsigned line, const char *value)
{
	int64_t seconds;

	if (strcmp(value, "menu-force") == 0)
		bls->timeout = TIMEOUT_FORCE;
	else if (strcmp(value, "menu-disabled") == 0)
		bls->timeout = TIMEOUT_DISABLED;
	else if (strcmp(value, "menu-hidden") == 0)
		bls->timeout = 0;
	else if (value_number(value, &seconds) && seconds >= 0)
		bls->timeout = seconds;
	else
		reading_problem(bls->reading, file, line, 1, "not a timeout: \"%s\"", value);
}

static void read_loader_conf(struct bls *bls, const char *file)
{
	const char *cursor, *end, *key, *value;
	struct line line = { 0 };

	if (reading_load(bls->reading, file, &cursor, &end))
		return;
	while (next_key(bls->arena, &line, &cursor, end, &key, &value)) {
		size_t n = strlen(value);

		if (n >= 2 && value[0] == '"' && value[n - 1] == '"')
			value = arena_copy(bls->arena, value + 1, n - 2);
		if (strcmp(key, "timeout") == 0)
			set_timeout(bls, file, line.number, value);
		else if (strcmp(key, "default") == 0)
			bls->default_pattern = value;
		else if (strcmp(key, "preferred") == 0)
			bls->preferred_pattern = value;
		/* the rest is about the screen and the firmware */
	}
}

/* Order ("Sorting") ------------------------------------------------------------------------------------ */

static int compare_strings(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

static int compare_counts(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int compare_items(const void *left, const void *right)
{
	const struct item *a = *(struct item *const *)left, *b = *(struct item *const *)right;
	bool keyed_a = a->sort_key && *a->sort_key, keyed_b = b->sort_key && *b->sort_key;
	int order = (a->left == 0) - (b->left == 0); /* bad ones last */

	if (order)
		return order;
	if (keyed_a != keyed_b)
		return keyed_a ? -1 : 1;
	if (keyed_a)
		order = compare_strings(a->sort_key, b->sort_key);
	if (keyed_a && !order)
		order = compare_strings(a->machine_id, b->machine_id);
	if (keyed_a && !order)
		order = -version_compare(a->version, b->version);
	/* systemd-boot compares the names with their suffix; "a.conf" is before "a-b.conf" so. */
	if (!order)
		order = -version_compare(a->name, b->name);
	if (!order)
		order = compare_counts(a->profile, b->profile);
	if (!order)
		order = -compare_counts(a->left, b->left);
	if (!order)
		order = compare_counts(a->done, b->done);
	return order ? order : strcmp(a->file, b->file);
}

/* Titles that several entries have get the version, then the machine, then the id behind them. */
static int compare_titles(const void *left, const void *right)
{
	const struct item *a = *(struct item *const *)left, *b = *(struct item *const *)right;

	return strcmp(a->entry->title, b->entry->title);
}

static const char *distinction(const struct item *item, unsigned round)
{
	return round == 0 ? item->version : round == 1 ? item->machine_id : item->id;
}

static void make_titles_unique(struct bls *bls)
{
	size_t n = bls->items.n;
	struct item **sorted = arena_array(bls->arena, n, sizeof *sorted);
	bool *same = arena_array(bls->arena, n, sizeof *same);

	for (unsigned round = 0; round < 3 && n; round++) {
		memcpy(sorted, bls->items.at, n * sizeof *sorted);
		qsort(sorted, n, sizeof *sorted, compare_titles);
		for (size_t i = 0; i < n; i++)
			same[i] = (i && !compare_titles(&sorted[i - 1], &sorted[i])) ||
				  (i + 1 < n && !compare_titles(&sorted[i], &sorted[i + 1]));
		for (size_t i = 0; i < n; i++) {
			const char *more = distinction(sorted[i], round);

			if (same[i] && more && *more)
				sorted[i]->entry->title =
					arena_print(bls->arena, "%s (%.*s)",
						    sorted[i]->entry->title, round == 1 ? 8 : ID_MOST,
						    more);
		}
	}
}

/* The menu ----------------------------------------------------------------------------------------- */

static char *lower(struct arena *arena, const char *text)
{
	char *copy = arena_string(arena, text);

	for (char *at = copy; *at; at++)
		if (*at >= 'A' && *at <= 'Z')
			*at |= 0x20;
	return copy;
}

/* The first entry whose id a pattern matches, or NO_DEFAULT. Old versions took ".conf" for said. */
static size_t match(struct bls *bls, const char *pattern, bool good_only)
{
	pattern = lower(bls->arena, pattern);
	if (strlen(pattern) > ID_MOST)
		return NO_DEFAULT;
	for (unsigned with_suffix = 0; with_suffix < 2; with_suffix++)
		for (size_t i = 0; i < bls->items.n; i++) {
			const struct item *item = bls->items.at[i];
			char *id = lower(bls->arena, item->id), *dot = strrchr(id, '.');

			if (with_suffix && dot)
				*dot = '\0';
			if (strlen(id) <= ID_MOST && fnmatch(pattern, id, 0) == 0 &&
			    !(good_only && item->left == 0))
				return i;
		}
	return NO_DEFAULT;
}

static void choose_default(struct bls *bls)
{
	struct config *config = bls->reading->config;
	size_t chosen = NO_DEFAULT;

	if (!bls->items.n)
		return;
	if (bls->preferred_pattern) {
		chosen = match(bls, bls->preferred_pattern, true);
		config->default_why =
			arena_print(bls->arena, "preferred %s", bls->preferred_pattern);
	}
	/* "@saved" is kept in a variable of the firmware, which is not ours to read. */
	if (chosen == NO_DEFAULT && bls->default_pattern && bls->default_pattern[0] != '@') {
		chosen = match(bls, bls->default_pattern, false);
		config->default_why = arena_print(bls->arena, "default %s", bls->default_pattern);
		if (chosen == NO_DEFAULT)
			reading_problem(bls->reading, config->file, 0, 0,
					"default %s: no entry matches", bls->default_pattern);
	}
	if (chosen == NO_DEFAULT) {
		chosen = 0;
		config->default_why = "the first of the menu";
	}
	config->default_entry = chosen;
}

static void make_menu(struct bls *bls)
{
	struct config *config = bls->reading->config;

	if (bls->items.n)
		qsort(bls->items.at, bls->items.n, sizeof *bls->items.at, compare_items);
	for (size_t i = 0; i < bls->items.n; i++) {
		const struct item *item = bls->items.at[i];
		struct entry *entry = item->entry;

		entry->title = item->title && *item->title ? item->title : item->id;
		entry->own_id = item->id;
		entry->format = config->format;
		entry->config = item->file;
		entry->line = ends_with(item->file, ".efi") ? 0 : 1;
		vec_push(bls->arena, &config->entries) = entry;
	}
	make_titles_unique(bls);
	choose_default(bls);
	if (bls->timeout == TIMEOUT_FORCE)
		config->timeout_ms = NO_TIMEOUT;
	else
		reading_set_timeout(bls->reading, bls->timeout > 0 ? bls->timeout : 0, 1);
	if (bls->timeout == 0 || bls->timeout == TIMEOUT_DISABLED)
		config->timeout_style = TIMEOUT_HIDDEN;
}

/* /boot/loader/loader.conf, /boot/loader/entries, /boot/EFI/Linux: all belong to /boot. */
static const char *boot_directory(struct arena *arena, const char *file)
{
	const char *above = path_directory(arena, file);

	return path_directory(arena, above);
}

int bls_read(struct reading *reading)
{
	struct bls bls = { .reading = reading, .arena = reading->arena };
	const char *entries = reading->file;
	struct file_info info;
	int error = volume_stat(reading->volume, reading->file, &info);

	if (error)
		return error;
	bls.directory = boot_directory(bls.arena, reading->file);
	if (info.kind == FILE_DIRECTORY) {
		const char *conf = path_join(bls.arena, bls.directory, "loader/loader.conf");

		if (volume_is_file(reading->volume, conf))
			read_loader_conf(&bls, conf);
	} else {
		read_loader_conf(&bls, reading->file);
		entries = path_join(bls.arena, bls.directory, "loader/entries");
	}
	read_entries(&bls, entries);
	read_images(&bls, path_join(bls.arena, bls.directory, "EFI/Linux"));
	make_menu(&bls);
	return 0;
}

int bls_read_images(struct reading *reading, const char *path)
{
	struct bls bls = { .reading = reading, .arena = reading->arena };
	struct file_info info;
	int error = volume_stat(reading->volume, path, &info);

	if (error)
		return error;
	bls.directory = boot_directory(bls.arena, path);
	if (info.kind == FILE_DIRECTORY) {
		read_images(&bls, path);
	} else {
		bls.directory = path_directory(bls.arena, bls.directory);
		read_image(&bls, path);
	}
	make_menu(&bls);
	return 0;
}

bool bls_claims(const char *path, const char *bytes, size_t size)
{
	(void)size;
	if (!bytes) /* a directory */
		return string_ends(path, "/loader/entries");
	return path_name_is(path, "loader.conf");
}
