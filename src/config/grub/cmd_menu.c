/* Commands that make menus: menuentry, submenu, source, configfile and their kin. */
#include <string.h>

#include "config/grub/interp.h"

/* What a real disk's chain of menus stays far below. */
#define CHAIN_MOST  16
#define FILES_MOST  2000
#define CONFIG_MOST ((size_t)64 * 1024 * 1024)

enum { ENTRY_CLASS, ENTRY_USERS, ENTRY_HOTKEY, ENTRY_SOURCE, ENTRY_ID, ENTRY_UNRESTRICTED };

/* The letters of most can't be typed; GRUB has them, so they are options. */
static const struct option entry_options[] = {
	[ENTRY_CLASS] = { "class", 1, OPTION_VALUE },
	[ENTRY_USERS] = { "users", 2, OPTION_VALUE },
	[ENTRY_HOTKEY] = { "hotkey", 3, OPTION_VALUE },
	[ENTRY_SOURCE] = { "source", 4, OPTION_VALUE },
	[ENTRY_ID] = { "id", 0, OPTION_VALUE },
	[ENTRY_UNRESTRICTED] = { "unrestricted", 0, 0 },
	{ NULL, 0, 0 },
};

struct menu *menu_new(struct arena *arena)
{
	struct menu *menu = arena_make(arena, struct menu);

	menu->tail = &menu->first;
	return menu;
}

struct item *menu_add(struct interp *in)
{
	struct menu *menu = in->context->menu;
	struct item *item = arena_make(in->life, struct item);

	*menu->tail = item;
	menu->tail = &item->next;
	if (++menu->n >= ENTRIES_MOST)
		in->overrun = "it makes too many entries";
	return item;
}

static void take_options(struct interp *in, struct item *item, const struct options *options)
{
	struct arena *arena = in->life;

	item->named = options->at[ENTRY_ID].set;
	item->id = item->named ? arena_string(arena, options->at[ENTRY_ID].value) : item->title;
	if (options->at[ENTRY_HOTKEY].set)
		item->hotkey = arena_string(arena, options->at[ENTRY_HOTKEY].value);
	item->restricted = options->at[ENTRY_USERS].set || !options->at[ENTRY_UNRESTRICTED].set;
	item->users = options->at[ENTRY_USERS].set
			      ? arena_string(arena, options->at[ENTRY_USERS].value)
			      : "";
}

int cmd_menuentry(struct interp *in, struct call *call)
{
	struct options options;
	const char *block = call->block && call->n ? call->args[call->n - 1] : NULL;
	struct item *item;

	if (!options_parse(in, call, entry_options, true, &options))
		return BAD_ARGUMENT;
	if (block) {
		/* an option at the end would take the block for its value */
		if (!options.rest.n || options.rest.at[options.rest.n - 1] != block) {
			complain(in, "%s: an option without its value", call->name);
			return BAD_ARGUMENT;
		}
		options.rest.n--;
	}
	if (!options.rest.n || !block == !options.at[ENTRY_SOURCE].set) {
		complain(in, "%s: it takes a title and a block", call->name);
		return options.rest.n ? BAD_ARGUMENT : MENU_ERROR;
	}
	item = menu_add(in);
	item->title = arena_string(in->life, options.rest.at[0]);
	item->line = in->node ? in->node->line : 0;
	item->submenu = call->name[0] == 's';
	item->hidden = call->name[0] == 'h';
	item->n_args = options.rest.n;
	item->args = arena_array(in->life, item->n_args + 1, sizeof *item->args);
	for (size_t i = 0; i < item->n_args; i++)
		item->args[i] = arena_string(in->life, options.rest.at[i]);
	take_options(in, item, &options);
	if (block)
		item->body = call->block->block;
	else
		item->body = script_string(arena_string(in->life, options.at[ENTRY_SOURCE].value),
					   in->origin, item->line, 1);
	return OK;
}

static int run_file(struct interp *in, const char *command, const char *written)
{
	struct place place;
	char *old_file = arena_string(scratch(in), env_get(in, "config_file"));
	char *old_directory = arena_string(scratch(in), env_get(in, "config_directory"));
	struct source source;
	char *bytes, *slash, *directory;
	size_t size;

	if (++in->tally->files > FILES_MOST) {
		in->overrun = "it reads too many files";
		return OK;
	}
	if (foreign_is_meant(command))
		return foreign_run(in, command, written);
	place = path_find(in, written, true);
	if (!place.volume || place.path[0] != '/' ||
	    volume_read(scratch(in), place.volume, place.path, CONFIG_MOST, &bytes, &size))
		return FILE_NOT_FOUND;
	/* bodies of entries point into the text, so it has to stay */
	source = script_clean(in->life, place_origin(in, &place), bytes, size);
	env_set(in, "config_file",
		written[0] == '(' ? written
				  : arena_print(scratch(in), "(%s)%s", place.device, written));
	directory = arena_string(scratch(in), env_get(in, "config_file"));
	slash = strrchr(directory, '/');
	if (slash)
		*slash = '\0';
	env_set(in, "config_directory", directory);
	env_export(in, "config_file");
	env_export(in, "config_directory");
	exec_source(in, &source, false);
	if (old_file)
		env_set(in, "config_file", old_file);
	else
		env_unset(in, "config_file");
	if (old_directory)
		env_set(in, "config_directory", old_directory);
	else
		env_unset(in, "config_directory");
	return OK;
}

/* syslinux_configfile -i -c DIR FILE: the variant and the directories follow from the file's place. */
static void skip_options(struct call *call)
{
	if (call->n > 1 && strstr(call->name, "syslinux_")) {
		call->args += call->n - 1;
		call->n = 1;
	}
}

/* GRUB's source and configfile succeed whether there is such a file or not. */
int cmd_source(struct interp *in, struct call *call)
{
	skip_options(call);
	if (call->n != 1) {
		complain(in, "%s: it takes one file", call->name);
		return BAD_ARGUMENT;
	}
	if (run_file(in, call->name, call->args[0]) != OK)
		complain(in, "%s: there is no file %s", call->name, call->args[0]);
	return OK;
}

/* What identifies a config file in a chain of menus. */
static const char *chain_key(struct interp *in, const char *written)
{
	struct place place = path_find(in, written, false);

	return arena_print(scratch(in), "(%s)%s",
			   place.volume ? device_name(in, place.volume) : place.device,
			   path_join(scratch(in), "/", place.path));
}

/* Its place in the chain of open menus; the chain's length if it is not open. */
static size_t find_open(const struct interp *in, const char *key)
{
	size_t i = 0;

	while (i < in->chain.n && strcmp(in->chain.at[i], key) != 0)
		i++;
	return i;
}

/*
 * An entry that opens the menu of another file: its entries are listed below it, unless they lead
 * back to a menu around it. Then the two are neighbours, and neither is a part of the other.
 */
static void open_below(struct interp *in, struct call *call, size_t depth)
{
	struct config *config = in->reading->config;
	struct attempt *attempt = in->attempt;
	struct tally *tally = in->tally;
	size_t n = config->entries.n, back_to = tally->back_to;

	tally->back_to = SIZE_MAX;
	menu_show_below(in, attempt->entry->title, attempt->entry->own_id);
	if (tally->back_to < depth) {
		config->entries.n = n;
		attempt->entry->reason =
			arena_print(in->arena, "%s %s: a menu that leads back here", call->name,
				    call->args[0]);
	}
	if (tally->back_to >= depth || back_to < tally->back_to)
		tally->back_to = back_to;
}

/* What becomes of an entry that does not load anything itself. */
static void set_reason(struct interp *in, struct call *call, const char *what)
{
	struct entry *entry = in->attempt->entry;

	entry->kind = ENTRY_NONE;
	entry->reason = arena_print(in->arena, "%s %s: %s", call->name, call->args[0], what);
}

static int configfile_of_entry(struct interp *in, struct call *call, const char *key)
{
	struct attempt *attempt = in->attempt;
	size_t depth = in->chain.n, open = find_open(in, key);
	bool found;

	if (open < depth || depth >= CHAIN_MOST) {
		set_reason(in, call, "goes back to a menu that is open");
		if (open < in->tally->back_to)
			in->tally->back_to = open;
	} else {
		vec_push(in->life, &in->chain) = key;
		found = run_file(in, call->name, call->args[0]) == OK;
		if (!attempt->decided && !in->context->menu->n) {
			/* no menu: GRUB goes on with the commands that follow */
			in->chain.n--;
			if (!attempt->loaded)
				set_reason(in, call,
					   found ? "has no entries" : "there is no such file");
			return OK;
		}
		if (!attempt->decided) {
			set_reason(in, call, "opens the menu of that file");
			open_below(in, call, depth);
		}
		in->chain.n--;
	}
	attempt->decided = true;
	in->stop = true;
	return OK;
}

static int configfile_of_config(struct interp *in, struct call *call, const char *key)
{
	if (in->chain.n >= CHAIN_MOST)
		return OK;
	vec_push(in->life, &in->chain) = key;
	if (run_file(in, call->name, call->args[0]) != OK)
		complain(in, "%s: there is no file %s", call->name, call->args[0]);
	if (in->context->menu->n && !in->attempt->decided) {
		/* the menu is on the screen, and GRUB does not come back from it */
		menu_show(in);
		in->shown = true;
		in->stop = true;
	}
	in->chain.n--;
	return OK;
}

/* A file with a context and a menu of its own. */
int cmd_configfile(struct interp *in, struct call *call)
{
	struct context *outer = in->context;
	const char *key;
	int status;

	skip_options(call);
	if (call->n != 1) {
		complain(in, "%s: it takes one file", call->name);
		return BAD_ARGUMENT;
	}
	key = arena_string(in->life, chain_key(in, call->args[0]));
	in->context = env_new(in, false);
	status = in->dry ? configfile_of_entry(in, call, key) : configfile_of_config(in, call, key);
	in->context = outer;
	return status;
}

/* extract_entries_source, extract_entries_configfile and their kin: only the entries of a file */
int cmd_extract(struct interp *in, struct call *call)
{
	struct context *outer = in->context;
	struct menu *menu = outer->menu;
	bool all = string_ends(call->name, "_source");

	skip_options(call);
	if (call->n != 1) {
		complain(in, "%s: it takes one file", call->name);
		return BAD_ARGUMENT;
	}
	in->context = env_new(in, all);
	if (run_file(in, call->name, call->args[0]) != OK)
		complain(in, "%s: there is no file %s", call->name, call->args[0]);
	if (in->context->menu->n) {
		*menu->tail = in->context->menu->first;
		menu->tail = in->context->menu->tail;
		menu->n += in->context->menu->n;
	}
	in->context = outer;
	return OK;
}

/* normal [FILE]: GRUB's menu anew, from $prefix/grub.cfg if no file is named */
int cmd_normal(struct interp *in, struct call *call)
{
	const char *prefix = env_get(in, "prefix");
	char *file[] = { arena_print(scratch(in), "%s/grub.cfg", prefix ? prefix : ""), NULL };
	struct call other = { .name = call->name, .args = file, .n = 1 };

	return cmd_configfile(in, call->n ? call : &other);
}
