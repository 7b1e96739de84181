/* Commands that match or change text, that name users, that run others. */
#include <errno.h>
#include <string.h>

#include "config/grub/interp.h"
#include "config/grub/regexp.h"

static const struct option regexp_options[] = {
	{ "set", 's', OPTION_VALUE | OPTION_REPEATS },
	{ NULL, 0, 0 },
};

/* --set [NUMBER:]NAME: the text of a group, the first if no number is given */
static int set_group(struct interp *in, const char *spec, const char *text, const struct regexp_group *groups)
{
	const char *name = strchr(spec, ':'), *end;
	unsigned long i = 1;

	if (name) {
		if (!number_parse(spec, 10, &i, &end) || end != name) {
			complain(in, "regexp: bad variable \"%.40s\"", spec);
			return BAD_ARGUMENT;
		}
		name++;
	} else {
		name = spec;
	}
	if (i >= REGEXP_GROUPS_MOST || !groups[i].matched)
		env_unset(in, name);
	else
		env_set(in, name, arena_copy(scratch(in), text + groups[i].at, groups[i].end - groups[i].at));
	return OK;
}

int cmd_regexp(struct interp *in, struct call *call)
{
	struct options options;
	struct regexp_group groups[REGEXP_GROUPS_MOST];
	int found, status = OK;

	if (!options_parse(in, call, regexp_options, false, &options))
		return BAD_ARGUMENT;
	if (options.rest.n != 2) {
		complain(in, "regexp: it takes a pattern and a text");
		return BAD_ARGUMENT;
	}
	found = regexp_match(options.rest.at[0], options.rest.at[1], groups);
	if (found == -EINVAL)
		complain(in, "regexp: bad pattern \"%.40s\"", options.rest.at[0]);
	else if (found < 0)
		complain(in, "regexp: the pattern or the text is too long");
	if (found <= 0)
		return TEST_FAILED;
	for (size_t i = 0; status == OK && i < options.repeated.n; i++)
		status = set_group(in, options.repeated.at[i], options.rest.at[1], groups);
	return status;
}

/* password USER CLEAR, password_pbkdf2 USER HASH: GRUB manual, "Authentication …" */
int cmd_password(struct interp *in, struct call *call)
{
	struct config *config = in->reading->config;
	bool hashed = strcmp(call->name, "password_pbkdf2") == 0;
	struct user *user = NULL;

	if (call->n != 2) {
		complain(in, "%s: it takes a user and a password", call->name);
		return BAD_ARGUMENT;
	}
	if (hashed && !string_starts(call->args[1], "grub.pbkdf2.sha512.")) {
		complain(in, "%s: the hash must begin with grub.pbkdf2.sha512.", call->name);
		return BAD_ARGUMENT;
	}
	if (in->dry)
		return OK;
	for (size_t i = 0; i < config->users.n; i++)
		if (strcmp(config->users.at[i].name, call->args[0]) == 0)
			user = &config->users.at[i];
	if (!user) {
		user = &vec_push(in->arena, &config->users);
		*user = (struct user){ .name = arena_string(in->arena, call->args[0]) };
	}
	user->password = hashed ? NULL : arena_string(in->arena, call->args[1]);
	user->pbkdf2 = hashed ? arena_string(in->arena, call->args[1]) : NULL;
	return OK;
}

/* time COMMAND…: what the command does */
int cmd_time(struct interp *in, struct call *call)
{
	struct words words = { .block = call->block };
	int status;

	if (in->depth >= DEPTH_MOST) {
		in->overrun = "commands are nested too deeply";
		return OK;
	}
	for (size_t i = 0; i < call->n; i++)
		vec_push(scratch(in), &words.list) = call->args[i];
	in->depth++;
	status = exec_words(in, &words);
	in->depth--;
	return status;
}

static const struct option sleep_options[] = {
	{ "verbose", 'v', 0 },
	{ "interruptible", 'i', 0 },
	{ NULL, 0, 0 },
};

/*
 * sleep [--verbose] [--interruptible] SECONDS: nobody has pressed a key, but someone might have had
 * the time. That time is kept: see set_timeout(). What is no number is 0, as to GRUB.
 */
int cmd_sleep(struct interp *in, struct call *call)
{
	struct options options;
	unsigned long seconds;

	if (!options_parse(in, call, sleep_options, false, &options))
		return BAD_ARGUMENT;
	if (options.rest.n != 1) {
		complain(in, "sleep: it takes a number of seconds");
		return BAD_ARGUMENT;
	}
	if (options.at[1].set && number_parse(options.rest.at[0], 0, &seconds, NULL) &&
	    seconds <= INT32_MAX) {
		in->sleep.ms = (int64_t)seconds * 1000;
		in->sleep.verbose = options.at[0].set;
	}
	return OK;
}

static const struct option tr_options[] = {
	{ "set", 's', OPTION_VALUE },
	{ "upcase", 'U', 0 },
	{ "downcase", 'D', 0 },
	{ NULL, 0, 0 },
};

/* tr [--set VARIABLE] [--upcase | --downcase | FROM TO] [TEXT] */
int cmd_tr(struct interp *in, struct call *call)
{
	static const char lower[] = "abcdefghijklmnopqrstuvwxyz", upper[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	struct options options;
	const char *from = NULL, *to = NULL, *text;
	char *translated;

	if (!options_parse(in, call, tr_options, false, &options))
		return BAD_ARGUMENT;
	text = options.at[0].set ? env_get(in, options.at[0].value) : NULL;
	if (options.at[1].set || options.at[2].set) {
		from = options.at[2].set ? upper : lower;
		to = options.at[2].set ? lower : upper;
	}
	if (options.rest.n > 1) {
		from = options.rest.at[0];
		to = options.rest.at[1];
	}
	if (options.rest.n % 2)
		text = options.rest.at[options.rest.n - 1];
	if (options.rest.n > 3 || !from || !text || strlen(from) != strlen(to)) {
		complain(in, "tr: it takes two sets of as many characters, and a text");
		return BAD_ARGUMENT;
	}
	translated = arena_string(scratch(in), text);
	for (char *at = translated; *at; at++) {
		const char *found = strchr(from, *at);

		if (found)
			*at = to[found - from];
	}
	if (options.at[0].set)
		env_set(in, options.at[0].value, translated);
	return OK;
}
