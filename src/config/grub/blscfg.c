/*
 * blscfg: menu entries from Boot Loader Specification files, as Red Hat's GRUB makes them. It
 * differs from the specification in its sorting, its variables and its keys grub_*.
 */
#include <stdlib.h>
#include <string.h>

#include "config/grub/interp.h"
#include "config/value.h"
#include "config/version.h"

#define FILES_MOST CONFIG_ENTRIES_MOST
#define FILE_MOST  ((size_t)1024 * 1024)

struct pair {
	const char *key, *value;
};

struct fragment {
	const char *id;   /* the file's name without .conf */
	const char *parts[3]; /* of the id: name, version, release */
	struct origin origin;
	VEC(struct pair) pairs;
};

struct fragments {
	VEC(struct fragment *) list;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_alnum(char c)
{
	return is_digit(c) || is_letter(c);
}

/* The length of the run of digits, or of letters. Thousands of ids are sorted: strspn(3) is slow. */
static size_t segment_length(const char *at, bool digits)
{
	size_t n = 0;

	while (digits ? is_digit(at[n]) : is_letter(at[n]))
		n++;
	return n;
}

/* Versions as RPM compares them (rpm-version(7)): above 0 if @a is newer. */
static int compare_segments(const char **a, const char **b)
{
	bool digits = is_digit(**a);
	size_t n, m;
	int order;

	while (digits && **a == '0')
		++*a;
	while (digits && **b == '0')
		++*b;
	n = segment_length(*a, digits);
	m = segment_length(*b, digits);
	if (digits && n != m)
		return n < m ? -1 : 1;
	order = memcmp(*a, *b, n < m ? n : m);
	if (!order && n != m)
		order = n < m ? -1 : 1;
	*a += n;
	*b += m;
	return order;
}

static int compare_versions(const char *a, const char *b)
{
	size_t common = version_common(a, b);

	a += common;
	b += common;
	while (*a || *b) {
		int order;

		while (*a && !is_alnum(*a) && *a != '~')
			a++;
		while (*b && !is_alnum(*b) && *b != '~')
			b++;
		/* a tilde is older than anything, even the end */
		if (*a == '~' || *b == '~') {
			if (*a != *b)
				return *a == '~' ? -1 : 1;
			a++;
			b++;
			continue;
		}
		if (!*a || !*b)
			break;
		if (is_digit(*a) != is_digit(*b))
			return is_digit(*a) ? 1 : -1;
		order = compare_segments(&a, &b);
		if (order)
			return order;
	}
	return (*a != '\0') - (*b != '\0');
}

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
		order = compare_versions(a->parts[i], b->parts[i]);
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

static void read_directory(struct interp *in, struct volume *volume, const char *directory,
			   struct fragments *fragments)
{
	const char **names;
	ssize_t n = volume_list(scratch(in), volume, directory, FILES_MOST, &names);

	for (ssize_t i = 0; i < n; i++)
		if (names[i][0] != '.' && strlen(names[i]) > strlen(".conf") &&
		    string_ends(names[i], ".conf"))
			read_fragment(in, volume, path_join(scratch(in), directory, names[i]),
				      fragments);
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
		while (is_alnum(*value) || *value == '_')
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

static const char *body_of(struct interp *in, const struct fragment *fragment)
{
	const char *options = expand(in, value_of(fragment, "options"));
	const char *devicetree = expand(in, value_of(fragment, "devicetree"));
	struct text body = TEXT(in->life);

	if (string_same(env_get(in, "save_default"), "true"))
		text_print(&body, "savedefault\n");
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

/* Which fragments "blscfg [default|non-default|ID]" asks for. */
static bool is_asked(struct interp *in, const struct fragment *fragment, size_t index,
		     const char *which)
{
	if (!which)
		return true;
	if (strcmp(which, "default") == 0)
		return is_default(in, fragment, index);
	if (strcmp(which, "non-default") == 0)
		return !is_default(in, fragment, index);
	return strcmp(which, fragment->id) == 0;
}

static void add_items(struct interp *in, struct fragments *fragments, const char *which)
{
	struct fragment **at = fragments->list.at;
	size_t before = in->context->menu->n; /* the files' names differ */

	if (fragments->list.n)
		qsort(at, fragments->list.n, sizeof *at, newest_first);
	for (size_t i = 0; i < fragments->list.n; i++) {
		if (!value_of(at[i], "linux") ||
		    (i && compare_ids(at[i - 1], at[i]) == 0))
			continue;
		if (is_asked(in, at[i], i, which) && !is_listed(in, at[i]->id, before))
			add_item(in, at[i]);
	}
}

/* blscfg [default|non-default|ID|(DEVICE)DIRECTORY|(DEVICE)FILE.conf] */
int cmd_blscfg(struct interp *in, struct call *call)
{
	struct fragments fragments = { 0 };
	const char *which = call->n == 1 ? call->args[0] : NULL;
	const char *platform = in->reading->options->platform;
	const char *device = env_get(in, "boot"), *directory = env_get(in, "blsdir");
	struct place place;

	/* A stub that led here may not have shown whose GRUB this is. */
	if (!in->reading->options->grub_variant)
		in->redhat = true;
	if ((platform && strcmp(platform, "efi") == 0) || !device || !*device)
		device = env_get(in, "root");
	if (which && which[0] == '(') {
		place = path_find(in, which, true);
		which = NULL;
		directory = place.path;
	} else {
		place = path_find(in, arena_print(scratch(in), "(%s)/", device ? device : ""),
				  true);
	}
	if (!place.volume)
		return UNKNOWN_DEVICE;
	if (directory && string_ends(directory, ".conf")) {
		read_fragment(in, place.volume, path_join(scratch(in), "/", directory), &fragments);
	} else {
		read_directory(in, place.volume, directory ? directory : "/loader/entries",
			       &fragments);
		if (!directory && !fragments.list.n)
			read_directory(in, place.volume, "/boot/loader/entries", &fragments);
	}
	add_items(in, &fragments, which);
	return OK;
}
