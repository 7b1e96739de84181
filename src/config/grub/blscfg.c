/*
 * blscfg: menu entries from Boot Loader Specification files, as Red Hat's GRUB makes them. It
 * differs from the specification in its sorting, its variables and its keys grub_*. And uki: entries
 * from unified kernel images. GRUB 2.14 has both, with options in place of blscfg's argument (its
 * commands/blsuki.c).
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config/grub/interp.h"
#include "config/uki.h"
#include "config/value.h"
#include "config/version.h"

#define FILES_MOST CONFIG_ENTRIES_MOST
#define FILE_MOST  ((size_t)1024 * 1024)

struct pair {
	const char *key, *value;
};

struct fragment {
	const char *id;   /* the file's name without .conf; of an image with .efi */
	const char *parts[3]; /* of the id: name, version, release */
	struct origin origin;
	VEC(struct pair) pairs;
};

struct fragments {
	VEC(struct fragment *) list;
};

/* An id as name, version and release, split at its last two dashes. */
static void split_id(struct arena *arena, const char *id, const char *parts[3])
{
	char *copy = arena_string(arena, id), *dash = strrchr(copy, '-');

	parts[0] = copy;
	parts[1] = parts[2] = "";
	if (!dash)
		return;
	*dash = '\0';
	parts[2] = dash + 1;
	dash = strrchr(copy, '-');
	if (!dash) {
		parts[1] = parts[2];
		parts[2] = "";
		return;
	}
	*dash = '\0';
	parts[1] = dash + 1;
}

static int compare_ids(const struct fragment *a, const struct fragment *b)
{
	int order = 0;

	for (size_t i = 0; i < 3 && !order; i++)
		order = version_compare_rpm(a->parts[i], b->parts[i]);
	return order;
}

/* Newest first; of those that compare the same only the first counts. */
static int newest_first(const void *a, const void *b)
{
	return -compare_ids(*(struct fragment *const *)a, *(struct fragment *const *)b);
}

static const char *value_of(const struct fragment *fragment, const char *key)
{
	for (size_t i = 0; i < fragment->pairs.n; i++)
		if (strcmp(fragment->pairs.at[i].key, key) == 0)
			return fragment->pairs.at[i].value;
	return NULL;
}

static void read_pairs(struct interp *in, struct fragment *fragment, const char *bytes, size_t size)
{
	const char *cursor = bytes;
	struct line line = { 0 };

	while (line_next(&line, &cursor, bytes + size)) {
		char *key, *value;
		size_t n;

		while (line.at < line.end && (*line.at == ' ' || *line.at == '\t'))
			line.at++;
		if (line.at < line.end && *line.at == '#')
			continue;
		key = arena_copy(scratch(in), line.at, (size_t)(line.end - line.at));
		n = strcspn(key, " \t");
		/* GRUB reads no further than to a line without a value */
		if (!key[n] || !key[n + 1])
			return;
		key[n] = '\0';
		value = key + n + 1;
		value += strspn(value, " \t");
		vec_push(scratch(in), &fragment->pairs) = (struct pair){ key, value };
	}
}

static void read_fragment(struct interp *in, struct volume *volume, const char *file,
			  struct fragments *fragments)
{
	const char *slash = strrchr(file, '/');
	struct fragment *fragment;
	char *bytes;
	size_t size;

	if (volume_read(scratch(in), volume, file, FILE_MOST, &bytes, &size))
		return;
	fragment = arena_make(scratch(in), struct fragment);
	fragment->origin = (struct origin){ arena_string(in->arena, file),
					     reading_device(in->reading, volume) };
	fragment->id = arena_copy(scratch(in), slash + 1, strlen(slash + 1) - strlen(".conf"));
	split_id(scratch(in), fragment->id, fragment->parts);
	read_pairs(in, fragment, bytes, size);
	vec_push(scratch(in), &fragments->list) = fragment;
}

/* An image's title, and what it would be told, as if an entry file said so. */
static void read_image(struct interp *in, struct volume *volume, const char *file,
		       struct fragments *fragments)
{
	struct uki *profiles = arena_array(scratch(in), UKI_PROFILES_MOST, sizeof *profiles);
	struct reading reading = *in->reading;
	struct fragment *fragment;

	reading.arena = scratch(in);
	reading.volume = volume;
	if (uki_open(&reading, "/", file, profiles) <= 0 || !profiles[0].title)
		return;
	fragment = arena_make(scratch(in), struct fragment);
	fragment->origin = (struct origin){ arena_string(in->arena, file),
					     reading_device(in->reading, volume) };
	fragment->id = strrchr(file, '/') + 1;
	split_id(scratch(in), fragment->id, fragment->parts);
	vec_push(scratch(in), &fragment->pairs) = (struct pair){ "title", profiles[0].title };
	vec_push(scratch(in), &fragment->pairs) = (struct pair){
		"uki", arena_print(scratch(in), "(%s)%s %s", device_name(in, volume), file,
				   profiles[0].cmdline)
	};
	vec_push(scratch(in), &fragments->list) = fragment;
}

typedef void read_fn(struct interp *in, struct volume *volume, const char *file,
		     struct fragments *fragments);

static void read_directory(struct interp *in, struct volume *volume, const char *directory,
			   const char *suffix, read_fn *read, struct fragments *fragments)
{
	const char **names;
	ssize_t n = volume_list(scratch(in), volume, directory, FILES_MOST, &names);

	for (ssize_t i = 0; i < n; i++)
		if (names[i][0] != '.' && strlen(names[i]) > strlen(suffix) &&
		    string_ends(names[i], suffix))
			read(in, volume, path_join(scratch(in), directory, names[i]), fragments);
}

static bool is_name(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '_';
}

/*
 * $NAME in a value is replaced when the menu is made. What comes from a variable is followed by a
 * blank, as in Red Hat's GRUB; NULL if nothing is left.
 */
static const char *expand(struct interp *in, const char *value)
{
	struct text out = TEXT(scratch(in));

	if (!value)
		return NULL;
	while (*value) {
		const char *name, *found;
		size_t n = strcspn(value, "$");

		text_add(&out, value, n);
		value += n;
		if (!*value)
			break;
		name = ++value;
		while (is_name(*value))
			value++;
		found = env_get(in, arena_copy(scratch(in), name, (size_t)(value - name)));
		if (found)
			text_print(&out, "%s ", found);
	}
	return out.n ? out.at : NULL;
}

/* The initrd command: $early_initrd lies beside the entry's own initrds, or the kernel. */
static void add_initrds(struct interp *in, const struct fragment *fragment, struct text *body)
{
	const char *early = env_get(in, "early_initrd"), *beside = value_of(fragment, "initrd");
	bool begun = false;

	if (!beside)
		beside = value_of(fragment, "linux");
	while (early && *early) {
		size_t n = strcspn(early, " ");
		const char *slash = strrchr(beside, '/');

		if (n)
			text_print(body, "%s ($root)%.*s%.*s", begun ? "" : "initrd",
				   (int)(slash ? slash - beside + 1 : 0), beside, (int)n, early);
		begun = begun || n;
		early += n + (early[n] != '\0');
	}
	for (size_t i = 0; i < fragment->pairs.n; i++)
		if (strcmp(fragment->pairs.at[i].key, "initrd") == 0) {
			text_print(body, "%s ($root)%s", begun ? "" : "initrd",
				   fragment->pairs.at[i].value);
			begun = true;
		}
	if (begun)
		text_char(body, '\n');
}

/* A variable that is true (GRUB's grub_env_get_bool()) */
static bool is_set(const char *value)
{
	return value && *value && strcmp(value, "0") != 0 && strcmp(value, "false") != 0 &&
	       strcmp(value, "no") != 0 && strcmp(value, "off") != 0 && strcmp(value, "disable") != 0;
}

static const char *body_of(struct interp *in, const struct fragment *fragment)
{
	const char *options = expand(in, value_of(fragment, "options"));
	const char *devicetree = expand(in, value_of(fragment, "devicetree"));
	struct text body = TEXT(in->life);

	if (string_same(env_get(in, "save_default"), "true") ||
	    is_set(env_get(in, "blsuki_save_default")))
		text_print(&body, "savedefault\n");
	if (value_of(fragment, "uki")) {
		text_print(&body, "chainloader %s\n", value_of(fragment, "uki"));
		return text_end(&body);
	}
	if (!options)
		options = expand(in, env_get(in, "default_kernelopts"));
	if (!devicetree)
		devicetree = expand(in, env_get(in, "devicetree"));
	text_print(&body, "linux ($root)%s %s\n", value_of(fragment, "linux"),
		   options ? options : "");
	add_initrds(in, fragment, &body);
	if (devicetree)
		text_print(&body, "devicetree ($root)%s\n", devicetree);
	return text_end(&body);
}

static void add_item(struct interp *in, const struct fragment *fragment)
{
	const char *title = value_of(fragment, "title"), *users;
	VEC(char *) args = { 0 };
	struct item *item = menu_add(in);

	if (!title)
		title = value_of(fragment, "linux");
	item->title = arena_string(in->life, title);
	item->id = arena_string(in->life, fragment->id);
	item->named = true;
	item->line = 1;
	item->hotkey = arena_string(in->life, value_of(fragment, "grub_hotkey"));
	users = expand(in, value_of(fragment, "grub_users"));
	item->restricted = users;
	item->users = arena_string(in->life, users ? users : "");
	vec_push(in->life, &args) = arena_string(in->life, title);
	for (size_t i = 0; i < fragment->pairs.n; i++)
		if (strcmp(fragment->pairs.at[i].key, "grub_arg") == 0)
			vec_push(in->life, &args) =
				arena_string(in->life, fragment->pairs.at[i].value);
	item->args = args.at;
	item->n_args = args.n;
	item->body =
		script_string(body_of(in, fragment), fragment->origin, 1, 1);
}

/* Is it among the first @n entries of the menu? */
static bool is_listed(struct interp *in, const char *id, size_t n)
{
	for (const struct item *item = in->context->menu->first; item && n--; item = item->next)
		if (strcmp(item->id, id) == 0)
			return true;
	return false;
}

static bool is_default(struct interp *in, const struct fragment *fragment, size_t index)
{
	const char *value = env_get(in, "default");
	unsigned long number;

	if (!value)
		return false;
	return strcmp(value, fragment->id) == 0 ||
	       string_same(value, value_of(fragment, "title")) ||
	       (number_parse(value, 0, &number, NULL) && number == index);
}

/* Which fragments are asked for; none of these: all. */
struct asked {
	bool only_default, non_default;
	const char *id; /* the file's name, or that without .conf */
};

static bool is_asked(struct interp *in, const struct fragment *fragment, size_t index,
		     const struct asked *asked)
{
	const char *name = strrchr(fragment->origin.file, '/') + 1;

	if (!asked->only_default && !asked->non_default && !asked->id)
		return true;
	if (asked->id && (strcmp(asked->id, fragment->id) == 0 || strcmp(asked->id, name) == 0))
		return true;
	if (!asked->only_default && !asked->non_default)
		return false;
	return is_default(in, fragment, index) ? asked->only_default : asked->non_default;
}

static void add_items(struct interp *in, struct fragments *fragments, const struct asked *asked)
{
	struct fragment **at = fragments->list.at;
	size_t before = in->context->menu->n; /* the files' names differ */

	if (fragments->list.n)
		qsort(at, fragments->list.n, sizeof *at, newest_first);
	for (size_t i = 0; i < fragments->list.n; i++) {
		if ((!value_of(at[i], "linux") && !value_of(at[i], "uki")) ||
		    (i && compare_ids(at[i - 1], at[i]) == 0))
			continue;
		if (is_asked(in, at[i], i, asked) && !is_listed(in, at[i]->id, before))
			add_item(in, at[i]);
	}
}

enum { BLS_PATH, BLS_FALLBACK, BLS_DEFAULT, BLS_NON_DEFAULT, BLS_ENTRY };

static const struct option bls_options[] = {
	[BLS_PATH] = { "path", 'p', OPTION_VALUE },
	[BLS_FALLBACK] = { "enable-fallback", 'f', 0 },
	[BLS_DEFAULT] = { "show-default", 'd', 0 },
	[BLS_NON_DEFAULT] = { "show-non-default", 'n', 0 },
	[BLS_ENTRY] = { "entry", 'e', OPTION_VALUE },
	{ NULL, 0, 0 },
};

static struct asked asked_by(const struct options *options)
{
	return (struct asked){ .only_default = options->at[BLS_DEFAULT].set,
			       .non_default = options->at[BLS_NON_DEFAULT].set,
			       .id = options->at[BLS_ENTRY].value };
}

/* GRUB's reading of these files, with its variables, stands for the one of a loader that has none. */
static void note_included(struct interp *in, const struct volume *volume,
			  const struct fragments *fragments)
{
	if (fragments->list.n)
		in->reading->config->includes = volume->identity->name;
}

/* blscfg --path …, as GRUB 2.14 has it: from /loader/entries of $root, whatever the platform */
static int run_options(struct interp *in, const struct options *options)
{
	static const char usual[] = "/loader/entries";
	const char *path = options->at[BLS_PATH].set ? options->at[BLS_PATH].value : usual;
	struct place place = path_find(in, path, true);
	struct asked asked = asked_by(options);
	struct fragments fragments = { 0 };

	if (!place.volume)
		return UNKNOWN_DEVICE;
	if (string_ends(path, ".conf"))
		read_fragment(in, place.volume, path_join(scratch(in), "/", place.path), &fragments);
	else
		read_directory(in, place.volume, *place.path ? place.path : usual, ".conf",
			       read_fragment, &fragments);
	if (!fragments.list.n && options->at[BLS_FALLBACK].set)
		read_directory(in, place.volume, usual, ".conf", read_fragment, &fragments);
	note_included(in, place.volume, &fragments);
	add_items(in, &fragments, &asked);
	return OK;
}

/* blscfg [default|non-default|ID|(DEVICE)DIRECTORY|(DEVICE)FILE.conf] */
int cmd_blscfg(struct interp *in, struct call *call)
{
	struct fragments fragments = { 0 };
	struct options options;
	struct asked asked = { 0 };
	const char *which = call->n == 1 ? call->args[0] : NULL;
	const char *platform = in->reading->options->platform;
	const char *device = env_get(in, "boot"), *directory = env_get(in, "blsdir");
	struct place place;

	if (call->n && call->args[0][0] == '-')
		return options_parse(in, call, bls_options, false, &options)
			       ? run_options(in, &options)
			       : BAD_ARGUMENT;
	/* A stub that led here may not have shown whose GRUB this is. */
	if (!in->reading->options->grub_variant)
		in->redhat = true;
	if ((platform && strcmp(platform, "efi") == 0) || !device || !*device)
		device = env_get(in, "root");
	if (which && which[0] == '(') {
		place = path_find(in, which, true);
		directory = place.path;
	} else {
		place = path_find(in, arena_print(scratch(in), "(%s)/", device ? device : ""),
				  true);
		asked.only_default = string_same(which, "default");
		asked.non_default = string_same(which, "non-default");
		asked.id = asked.only_default || asked.non_default ? NULL : which;
	}
	if (!place.volume)
		return UNKNOWN_DEVICE;
	if (directory && string_ends(directory, ".conf")) {
		read_fragment(in, place.volume, path_join(scratch(in), "/", directory), &fragments);
	} else {
		read_directory(in, place.volume, directory ? directory : "/loader/entries", ".conf",
			       read_fragment, &fragments);
		if (!directory && !fragments.list.n)
			read_directory(in, place.volume, "/boot/loader/entries", ".conf",
				       read_fragment, &fragments);
	}
	note_included(in, place.volume, &fragments);
	add_items(in, &fragments, &asked);
	return OK;
}

/* The volume that GRUB itself was started from, if that has images; else the disk's ESP. */
static struct volume *find_esp(struct interp *in)
{
	static const char esp_type[] = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b";
	struct volumes *volumes = in->reading->volumes;
	const char *started = env_get(in, "cmdpath");
	struct place place = path_find(in, started && *started ? started : "/", true);
	struct volume *esp = NULL;
	struct file_info info;

	if (place.volume && volume_stat(place.volume, "/EFI/Linux", &info) == 0)
		return place.volume;
	volumes_know_disk(volumes);
	for (size_t i = 0; i < volumes->n && !esp; i++)
		if (string_same(volumes->at[i].disk, volumes->at[volumes->own].disk) &&
		    volumes->at[i].parttype && strcasecmp(volumes->at[i].parttype, esp_type) == 0)
			esp = volumes_get(volumes, i);
	return esp;
}

/* uki [--path (DEVICE)DIRECTORY|(DEVICE)FILE.efi] …: entries that chain to the images there */
int cmd_uki(struct interp *in, struct call *call)
{
	static const char usual[] = "/EFI/Linux";
	struct fragments fragments = { 0 };
	struct place place = { .path = "" };
	struct options options;
	struct asked asked;

	if (!options_parse(in, call, bls_options, false, &options) || options.rest.n)
		return BAD_ARGUMENT;
	asked = asked_by(&options);
	if (options.at[BLS_PATH].set)
		place = path_find(in, options.at[BLS_PATH].value, true);
	if (!options.at[BLS_PATH].set || options.at[BLS_PATH].value[0] != '(')
		place.volume = find_esp(in);
	if (!place.volume)
		return UNKNOWN_DEVICE;
	if (string_ends(place.path, ".efi"))
		read_image(in, place.volume, path_join(scratch(in), "/", place.path), &fragments);
	else
		read_directory(in, place.volume, *place.path ? place.path : usual, ".efi", read_image,
			       &fragments);
	if (!fragments.list.n && options.at[BLS_FALLBACK].set)
		read_directory(in, place.volume, usual, ".efi", read_image, &fragments);
	add_items(in, &fragments, &asked);
	return OK;
}
