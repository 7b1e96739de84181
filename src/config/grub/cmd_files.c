/* Commands that look at files without loading them: file, ls, cat, hwmatch, cmp, hashsum. */
#include <string.h>

#include "config/grub/interp.h"

#define CMP_MOST ((size_t)8 * 1024 * 1024) /* of each of two files; environment blocks have 1 KB */

static bool exists(struct interp *in, const char *written)
{
	struct place place = path_find(in, written, false);
	struct file_info info;

	return place_stat(&place, &info);
}

/* file --is-…: of which kind a file is; here only whether it is there */
int cmd_file(struct interp *in, struct call *call)
{
	if (!call->n || string_starts(call->args[call->n - 1], "--"))
		return BAD_ARGUMENT;
	return exists(in, call->args[call->n - 1]) ? OK : TEST_FAILED;
}

/* ls: it prints nothing here, but scripts ask by it whether something is there */
int cmd_look(struct interp *in, struct call *call)
{
	const char *path = call->n ? call->args[call->n - 1] : "-";

	return path[0] == '-' || exists(in, path) ? OK : FILE_NOT_FOUND;
}

/* Ubuntu's: $match says whether a graphics card is on a list of bad ones. Few are; none is looked at. */
int cmd_hwmatch(struct interp *in, struct call *call)
{
	if (call->n < 2)
		return BAD_ARGUMENT;
	if (!exists(in, call->args[0]))
		return FILE_NOT_FOUND;
	env_set(in, "match", "0");
	return OK;
}

static bool read_file(struct interp *in, const char *written, char **bytes, size_t *size)
{
	struct place place = path_find(in, written, false);

	return place.volume && place.path[0] == '/' &&
	       volume_read(scratch(in), place.volume, place.path, CMP_MOST, bytes, size) == 0;
}

static const struct option cat_options[] = {
	[0] = { "set", 's', OPTION_VALUE },
	[1] = { "dos", 0, 0 },
	{ NULL, 0, 0 },
};

/* cat: likewise; and --set of LF Edge's EVE, the first line of a file into a variable (its patches) */
int cmd_cat(struct interp *in, struct call *call)
{
	struct options options;
	const char *path;
	char *bytes;
	size_t size;

	if (!options_parse(in, call, cat_options, false, &options) || options.rest.n != 1)
		return BAD_ARGUMENT;
	path = options.rest.at[0];
	if (!options.at[0].set)
		return exists(in, path) ? OK : FILE_NOT_FOUND;
	if (!read_file(in, path, &bytes, &size))
		return FILE_NOT_FOUND;
	env_set(in, options.at[0].value, arena_copy(scratch(in), bytes, strcspn(bytes, "\r\n")));
	return OK;
}

/*
 * cmp A B: as GRUB's manual has it, and GRUB since 2.12: it fails where they differ. (Up to 2.06 it
 * only printed that.)
 */
int cmd_cmp(struct interp *in, struct call *call)
{
	struct place places[2];
	struct file_info info[2];
	char *bytes[2];
	size_t size;

	if (call->n && strcmp(call->args[0], "-v") == 0) {
		call->args++;
		call->n--;
	}
	if (call->n != 2) {
		complain(in, "cmp: it takes two files");
		return BAD_ARGUMENT;
	}
	for (size_t i = 0; i < 2; i++) {
		places[i] = path_find(in, call->args[i], false);
		if (!place_stat(&places[i], &info[i]))
			return FILE_NOT_FOUND;
	}
	if (info[0].size != info[1].size)
		return TEST_FAILED;
	if (!count_steps(in, info[0].size / 1024 + 1) || !read_file(in, call->args[0], &bytes[0], &size) ||
	    !read_file(in, call->args[1], &bytes[1], &size)) {
		complain(in, "cmp: %s and %s are too large to be compared, or can't be read",
			 call->args[0], call->args[1]);
		return NOT_SUPPORTED;
	}
	return memcmp(bytes[0], bytes[1], size) == 0 ? OK : TEST_FAILED;
}

enum { SUM_HASH, SUM_CHECK, SUM_PREFIX, SUM_KEEP, SUM_UNCOMPRESS };

static const struct option sum_options[] = {
	[SUM_HASH] = { "hash", 'h', OPTION_VALUE },
	[SUM_CHECK] = { "check", 'c', OPTION_VALUE },
	[SUM_PREFIX] = { "prefix", 'p', OPTION_VALUE },
	[SUM_KEEP] = { "keep-going", 'k', 0 },
	[SUM_UNCOMPRESS] = { "uncompress", 'u', 0 },
	{ NULL, 0, 0 },
};

/* Are the files of the list @written there, of which each line is "HASH  NAME"? */
static int check_list(struct interp *in, const char *written, const char *prefix)
{
	char *at, *end;
	size_t size;

	if (!read_file(in, written, &at, &size))
		return FILE_NOT_FOUND;
	for (; *at; at = end + (*end != '\0')) {
		const char *name;

		end = at + strcspn(at, "\n");
		name = arena_copy(scratch(in), at, (size_t)(end - at));
		name += strspn(name, " \t");
		name += strcspn(name, " \t");
		if (strspn(name, " \t") < 2)
			return BAD_FILE_TYPE;
		name += 2;
		if (prefix)
			name = arena_print(scratch(in), "%s/%s", prefix, name);
		if (!count_steps(in, 1) || !exists(in, name))
			return FILE_NOT_FOUND;
	}
	return OK;
}

/*
 * hashsum, md5sum, sha256sum, …: what they print nobody sees, what is not there fails. The sums themselves
 * are not taken: that would read whole disks for a menu. A script that asks for them is told
 * what it is told where all is well.
 */
int cmd_hashsum(struct interp *in, struct call *call)
{
	struct options options;
	int status = OK;

	if (!options_parse(in, call, sum_options, false, &options))
		return BAD_ARGUMENT;
	if (options.at[SUM_CHECK].set) {
		if (options.rest.n)
			return BAD_ARGUMENT;
		status = check_list(in, options.at[SUM_CHECK].value, options.at[SUM_PREFIX].value);
		if (status == OK)
			complain(in, "%s: the files of %s are there; their sums are not compared",
				 call->name, options.at[SUM_CHECK].value);
		return status;
	}
	for (size_t i = 0; i < options.rest.n; i++)
		if (!exists(in, options.rest.at[i])) {
			status = options.at[SUM_KEEP].set ? TEST_FAILED : FILE_NOT_FOUND;
			if (!options.at[SUM_KEEP].set)
				break;
		}
	return status;
}
