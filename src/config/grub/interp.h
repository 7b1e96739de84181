/* Inside the GRUB reader: the state of a run, and what its files offer each other. */
#ifndef CONFIG_GRUB_INTERP_H
#define CONFIG_GRUB_INTERP_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/text.h"
#include "config/grub/script.h"
#include "config/reader.h"

/* The statuses that scripts can see in $?, numbered as in GRUB's include/grub/err.h. */
enum status {
	OK = 0,
	TEST_FAILED = 1,
	BAD_FILE_TYPE = 4,
	FILE_NOT_FOUND = 5,
	UNKNOWN_DEVICE = 12,
	UNKNOWN_COMMAND = 16,
	INVALID_COMMAND = 17,
	BAD_ARGUMENT = 18,
	NO_KERNEL = 22,
	NOT_SUPPORTED = 24,
	MENU_ERROR = 27,
};

/* Variables -------------------------------------------------------------------------------------
 */

struct variable_slot {
	struct variable_slot *next;
	const char *name;
	const char *value; /* NULL: unset again */
	bool exported;
};

#define CONTEXT_SLOTS 256

/*
 * A submenu and configfile see only what was exported, and lose what they set: a context of their
 * own. A dry run gets a layer over the present one, in which all its changes end.
 */
struct context {
	struct context *below; /* of a layer: where to look for what it does not hold */
	struct menu *menu;
	struct variable_slot *slots[CONTEXT_SLOTS];
};

struct function {
	struct function *next;
	const char *name;
	struct node *body;
	struct origin origin;
	unsigned running;
};

/* Menus -------------------------------------------------------------------------------------------
 */

#define ENTRIES_MOST 20000

struct item {
	struct item *next;
	const char *title, *id;
	bool named; /* the id is its own, not its title */
	const char *users, *hotkey;
	bool restricted, submenu, hidden;
	char **args; /* $1… of its body, the title first */
	size_t n_args;
	struct source body;
	unsigned line;
	size_t index; /* among the config's entries, once it was run */
	struct entry *ready; /* of another loader's menu: all that running a body would have found */
};

struct menu {
	struct item *first, **tail;
	size_t n;
};

/* The arguments of a function or of a menu entry's body. */
struct scope {
	char **args;
	size_t n;
};

/* An image file as a device (the command loopback). The newest of a name counts. */
struct loop {
	struct loop *next;
	const char *name;
	bool removed;
	struct volume *host; /* NULL: its device is not there */
	const char *path, *written;
	struct volume *volume; /* NULL: it can't be attached */
};

/* What the commands of an entry have loaded so far. */
struct attempt {
	struct entry *entry;
	bool loaded;  /* the boot command would start it */
	bool decided; /* reboot, halt, exit, boot, a menu: what comes after it does not count */
};

/* Functions, eval and source in each other. */
#define DEPTH_MOST 200

struct env_block {
	const struct volume *volume;
	const char *path;
	const char *bytes;
	size_t size;
	bool in_image; /* of a loopback device */
};

/* A file of translations. */
struct catalogue {
	const char *name; /* directory and language that were asked for; NULL: none yet */
	const char *bytes;
	size_t size; /* 0: there is none */
};

#define SPARE_MOST 2 /* as many as an entry without a menu of its own takes */

/* What goes on over the config and all its entries, whatever becomes of their runs. */
struct tally {
	size_t steps, files;
	size_t back_to; /* the outermost place in .chain that a menu leads back to */
	struct arena *spare[SPARE_MOST]; /* work memory that was freed, for who needs some next */
	size_t n_spare;
};

struct interp {
	struct reading *reading;
	struct arena *arena; /* the result's */
	struct arena *keep;  /* variables, functions, menus: as long as the run */
	struct arena *life;  /* where variables go now: .keep, or a dry run's memory */
	struct arena *work[DEPTH_MOST + 50]; /* memory of a script, freed when it is done */
	size_t n_work;
	jmp_buf *exhausted;
	bool redhat;

	struct context *context;
	struct function *functions[CONTEXT_SLOTS];

	struct scope *scope;
	unsigned long loops, breaks;
	bool is_continue, returned;
	int status; /* $?; -1: not set yet */

	struct origin origin; /* of what runs now */
	const struct node *node;
	unsigned line; /* of the command that ran last */
	struct attempt *attempt;
	bool dry; /* an entry's commands run, not the config itself */
	struct loop *loop_devices;
	struct env_block block;  /* the last one read */
	struct catalogue catalogues[2]; /* of locale_dir and secondary_locale_dir */
	VEC(const char *) chain; /* config files whose menus are open, outermost first */
	VEC(const char *) path;  /* titles of the submenus that are open */
	VEC(const char *) path_id;

	struct {
		int64_t ms;
		bool verbose;
	} sleep; /* the last that a key would have ended */

	bool stop;  /* unwind: the run is over */
	bool shown; /* a configfile at top level showed its menu: that is the result */
	unsigned depth, nested;
	size_t steps, steps_most;
	struct tally *tally;
	const char *overrun; /* why the run was cut short */
};

/* A command's call. args[0 … n-1] come after its name. */
struct call {
	const char *name;
	char **args;
	size_t n;
	const struct part *block;
};

struct command {
	const char *name;
	int (*run)(struct interp *in, struct call *call);
};

/* commands.c: the table. NULL: no such command */
const struct command *command_find(const char *name);

/* env.c */
const char *env_get(struct interp *in, const char *name);
void env_set(struct interp *in, const char *name, const char *value);
void env_unset(struct interp *in, const char *name);
void env_export(struct interp *in, const char *name);
/* a new context with its own menu, which holds what is exported; or (@layer) shows all variables */
struct context *env_new(struct interp *in, bool layer);
struct function *function_find(struct interp *in, const char *name);
void function_define(struct interp *in, const char *name, struct node *body);

/* words.c */
struct words {
	VEC(char *) list;
	const struct part *block;
};
/* expand a command's words into @words, allocated from the work's arena */
void words_expand(struct interp *in, const struct word *word, struct words *words);
/* $"…": the template with its variables put in, appended to @out */
void words_template(struct interp *in, const char *template, struct text *out);
/* gettext.c: what a template of $"…" is in the language of $lang; itself if there is nothing */
const char *gettext_find(struct interp *in, const char *text);
/* is this \xHH, which Red Hat's GRUB leaves alone? */
bool is_hex_escape(const char *at);

/* glob.c: append what the pattern matches to @words; false if it is to stay as it is */
bool glob_expand(struct interp *in, const char *pattern, struct words *words);

/* exec.c */
void work_open(struct interp *in);
void work_close(struct interp *in);
static inline struct arena *scratch(const struct interp *in)
{
	return in->work[in->n_work - 1];
}
int exec_list(struct interp *in, const struct node *list);
/* run a source a unit at a time. A @strict one ends at its first syntax error. */
int exec_source(struct interp *in, const struct source *source, bool strict);
/* the name's command, function or assignment; what an entry's fixed commands run through */
int exec_words(struct interp *in, struct words *words);
/* note that work was done; false: it was too much, or the run is over */
bool count_steps(struct interp *in, size_t n);
/* note a problem at the command that runs now, once */
void complain(struct interp *in, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* options.c: GRUB's option parser (its lib/arg.c) */
enum { OPTION_VALUE = 1, OPTION_OPTIONAL = 2, OPTION_REPEATS = 4 };
struct option {
	const char *name;
	char letter;
	unsigned char flags;
};
#define OPTIONS_MOST 12
struct options {
	struct {
		bool set;
		const char *value;
	} at[OPTIONS_MOST];
	VEC(const char *) repeated; /* values of the first option that repeats */
	VEC(char *) rest;
};
/* @dashes: an unknown option is an argument. False: an error was noted */
bool options_parse(struct interp *in, struct call *call, const struct option *table, bool dashes,
		   struct options *options);

/* path.c: devices and paths */
struct place {
	struct volume *volume; /* NULL: not there */
	struct loop *loop;     /* set if it is in an image */
	const char *device;    /* as written, without parentheses */
	const char *path;      /* "" or as written after the device, below its subvolume */
};
/* where a path as written in a script leads. @want: note a device that is not there */
struct place path_find(struct interp *in, const char *written, bool want);
bool place_stat(const struct place *place, struct file_info *info);
/* of a script that is read from there; its path is allocated from the result's arena */
struct origin place_origin(struct interp *in, const struct place *place);
/* what an entry holds of a file; *@reason is set if it can't be found */
struct file_ref place_ref(struct interp *in, const char *written, const char **reason);
const char *device_name(struct interp *in, const struct volume *volume);

/* GRUB's strtoul; false: no digits, or too big */
bool number_parse(const char *text, int base, unsigned long *value, const char **end);

/* menu.c */
/* show the menu of the present context: its entries, default and timeout into reading->config */
void menu_show(struct interp *in);
/* list the entries of the present context's menu below the title @title */
void menu_show_below(struct interp *in, const char *title, const char *id);
/* a config that boots at once after a sleep that a key would have ended: have it ask for so long */
void menu_ask(struct interp *in);
struct menu *menu_new(struct arena *arena);
/* append an item, which the caller fills in, to the present menu */
struct item *menu_add(struct interp *in);

/* default.c: which item of a menu a variable names; n if none */
size_t default_index(const struct interp *in, const struct menu *menu, const char *value);
/* what is left of a default such as "Sub>Entry" for the submenu; NULL: nothing */
const char *default_rest(const char *value);

/* foreign.c: does a command such as legacy_source read another loader's menu? Read it, then */
bool foreign_is_meant(const char *command);
int foreign_run(struct interp *in, const char *command, const char *written);

/* commands, by file */
int cmd_test(struct interp *in, struct call *call);
int cmd_search(struct interp *in, struct call *call);
int cmd_search_by(struct interp *in, struct call *call);
int cmd_probe(struct interp *in, struct call *call);
int cmd_loopback(struct interp *in, struct call *call);
int cmd_load_env(struct interp *in, struct call *call);
int cmd_save_env(struct interp *in, struct call *call);
int cmd_list_env(struct interp *in, struct call *call);
int cmd_menuentry(struct interp *in, struct call *call);
int cmd_source(struct interp *in, struct call *call);
int cmd_configfile(struct interp *in, struct call *call);
int cmd_extract(struct interp *in, struct call *call);
int cmd_normal(struct interp *in, struct call *call);
int cmd_file(struct interp *in, struct call *call);
int cmd_look(struct interp *in, struct call *call);
int cmd_cat(struct interp *in, struct call *call);
int cmd_hwmatch(struct interp *in, struct call *call);
int cmd_cmp(struct interp *in, struct call *call);
int cmd_hashsum(struct interp *in, struct call *call);
int cmd_linux(struct interp *in, struct call *call);
int cmd_initrd(struct interp *in, struct call *call);
int cmd_devicetree(struct interp *in, struct call *call);
int cmd_multiboot(struct interp *in, struct call *call);
int cmd_module(struct interp *in, struct call *call);
int cmd_chainloader(struct interp *in, struct call *call);
int cmd_other_system(struct interp *in, struct call *call);
int cmd_boot(struct interp *in, struct call *call);
int cmd_leave(struct interp *in, struct call *call);
int cmd_password(struct interp *in, struct call *call);
int cmd_blscfg(struct interp *in, struct call *call);
int cmd_uki(struct interp *in, struct call *call);
int cmd_regexp(struct interp *in, struct call *call);
int cmd_time(struct interp *in, struct call *call);
int cmd_sleep(struct interp *in, struct call *call);
int cmd_tr(struct interp *in, struct call *call);
int cmd_smbios(struct interp *in, struct call *call);
int cmd_gptprio_next(struct interp *in, struct call *call);

#endif
