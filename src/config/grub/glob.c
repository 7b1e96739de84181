/*
 * Wildcards: GRUB's "filename translator" (its regexp module). Only * and ?, in file names and
 * in device names, and only in words that begin with a device, a / or a *.
 */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "config/grub/interp.h"

#define NAMES_MOST   65536
#define MATCHES_MOST 65536

struct paths {
	VEC(char *) list;
};

static void add(struct interp *in, struct paths *paths, char *path)
{
	if (paths->list.n < MATCHES_MOST)
		vec_push(scratch(in), &paths->list) = path;
	else
		in->overrun = "a wildcard matches too many files";
}

static char *unescaped(struct interp *in, const char *at, size_t n)
{
	struct text text = TEXT(scratch(in));

	for (size_t i = 0; i < n; i++) {
		if (at[i] == '\\' && i + 1 < n)
			i++;
		text_char(&text, at[i]);
	}
	return text_end(&text);
}

/* Brackets mean nothing to GRUB, but to fnmatch(3). */
static char *fnmatch_pattern(struct interp *in, const char *at, size_t n)
{
	struct text text = TEXT(scratch(in));

	for (size_t i = 0; i < n; i++) {
		if (at[i] == '[' || at[i] == ']')
			text_char(&text, '\\');
		text_char(&text, at[i]);
		if (at[i] == '\\' && i + 1 < n)
			text_char(&text, at[++i]);
	}
	return text_end(&text);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/*
 * GRUB takes files as they lie in the directory. The kernel hands out ext4's by a hash instead, and
 * a tree that was copied has lost its order: names are the best guess, and the same every time.
 */
static bool is_unordered(const struct volume *volume)
{
	const char *type = volume->identity->type;

	return type && (strcmp(type, "directory") == 0 || string_starts(type, "ext"));
}

static void match_files(struct interp *in, const char *directory, const char *pattern,
			struct paths *found)
{
	struct place place = path_find(in, directory, false);
	const char **names;
	ssize_t n;

	if (!place.volume || place.path[0] != '/')
		return;
	n = volume_list(scratch(in), place.volume, place.path, NAMES_MOST, &names);
	if (n > 0 && is_unordered(place.volume))
		qsort(names, (size_t)n, sizeof *names, compare_names);
	for (ssize_t i = 0; i < n; i++)
		if (fnmatch(pattern, names[i], 0) == 0)
			add(in, found, arena_print(scratch(in), "%s%s", directory, names[i]));
}

/* Devices come as (hd0), (hd0,gpt1), …; without parentheses only whole disks do. */
static void match_devices(struct interp *in, const char *pattern, struct paths *found)
{
	struct volumes *volumes = in->reading->volumes;

	for (size_t i = 0; i < volumes->n; i++) {
		char *name = arena_print(scratch(in), "(%s)",
					 volumes_grub_name(scratch(in), volumes, i));

		if ((pattern[0] == '(' || !strchr(name, ',')) && fnmatch(pattern, name, 0) == 0)
			add(in, found, name);
	}
}

/*
 * Splits a pattern after @at into what needs no matching, ending in a /, and the first component
 * with a wildcard.
 */
static void split(const char *at, const char **plain, const char **end)
{
	bool wild = false;

	*plain = at;
	for (; *at; at++) {
		if (*at == '\\' && at[1])
			at++;
		else if (*at == '*' || *at == '?')
			wild = true;
		else if (*at == '/' && !wild)
			*plain = at + 1;
		else if (*at == '/')
			break;
	}
	*end = at;
	if (!wild)
		*plain = at;
}

/* The end of the pattern has no wildcard: keep the paths that are there. */
static void filter(struct interp *in, const char *rest, struct paths *paths)
{
	struct paths kept = { 0 };

	for (size_t i = 0; i < paths->list.n; i++) {
		char *path = arena_print(scratch(in), "%s%s", paths->list.at[i], rest);
		struct place place = path_find(in, path, false);
		struct file_info info;

		if (place_stat(&place, &info))
			add(in, &kept, path);
	}
	*paths = kept;
}

bool glob_expand(struct interp *in, const char *pattern, struct words *words)
{
	struct paths paths = { 0 };
	bool first = true;

	if (pattern[0] != '/' && pattern[0] != '(' && pattern[0] != '*')
		return false;
	for (const char *at = pattern, *plain, *end; *at; at = end, first = false) {
		struct paths found = { 0 };
		char *prefix, *match;

		split(at, &plain, &end);
		prefix = unescaped(in, at, (size_t)(plain - at));
		if (plain == end) {
			if (first)
				return false;
			filter(in, prefix, &paths);
			break;
		}
		match = fnmatch_pattern(in, plain, (size_t)(end - plain));
		if (first && plain == at)
			match_devices(in, match, &found);
		else if (first)
			match_files(in, prefix, match, &found);
		for (size_t i = 0; i < paths.list.n; i++)
			match_files(in, arena_print(scratch(in), "%s%s", paths.list.at[i], prefix),
				    match, &found);
		paths = found;
	}
	for (size_t i = 0; i < paths.list.n; i++)
		vec_push(scratch(in), &words->list) = paths.list.at[i];
	return paths.list.n;
}
