/*
 * Between the parts of the SYSLINUX reader: syslinux.c reads files into labels and menus by the
 * directives of syslinux_directive.c; syslinux_entry.c says what a label boots, with the modules of
 * syslinux_module.c; syslinux_default.c finds the first screen and its default.
 */
#ifndef CONFIG_SYSLINUX_H
#define CONFIG_SYSLINUX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/reader.h"

/* The loaders that read this language. What they make of it differs in a few places. */
enum syslinux_variant {
	SYSLINUX_DISK, /* SYSLINUX, and EXTLINUX on a PC */
	SYSLINUX_ISO,
	SYSLINUX_PXE,
	SYSLINUX_UBOOT, /* U-Boot, lk2nd, …: extlinux.conf with device trees, no BOOT_IMAGE= */
};

/* What a label's kernel-like directive names (syslinux.cfg(5), "Kernel-like directives"). */
enum syslinux_type {
	SYSLINUX_KERNEL, /* by the file's extension */
	SYSLINUX_LINUX,
	SYSLINUX_BOOT, /* boot sectors and programs for the firmware: BOOT, BSS, PXE, FDIMAGE, COMBOOT */
	SYSLINUX_COM32,
	SYSLINUX_CONFIG,
	SYSLINUX_LOCALBOOT,
	SYSLINUX_MENU, /* MENU GOTO, EXIT, QUIT, HELP: moves about in the menu */
};

struct syslinux_menu {
	struct syslinux_menu *parent;
	unsigned depth; /* 0: the root */
	const char *tag;
	const char *label; /* MENU LABEL, else MENU TITLE, else the tag; NULL: not said yet */
	const char *title;
	const char *password; /* of the way into it */
	int64_t timeout; /* tenths of a second; 0: none */
	bool save;       /* MENU SAVE, for its labels */
	struct syslinux_label *first, *chosen;          /* labels: the first, and MENU DEFAULT */
	struct syslinux_menu *first_menu, *chosen_menu; /* or submenus in these places */
};

struct syslinux_label {
	const char *name;  /* after LABEL */
	const char *title; /* MENU LABEL, with its caret; NULL: the name */
	enum syslinux_type type;
	const char *directive; /* in upper case, for messages */
	const char *kernel, *append, *initrd, *devicetree, *overlays, *password;
	bool hidden, disabled, chosen;
	bool save;       /* MENU SAVE: whoever chooses it makes it the default */
	unsigned sysappend;
	int indent; /* blanks before the title */
	const char *file;
	unsigned line;
	struct syslinux_menu *menu;
	struct entry *entry; /* made of it; NULL: none (yet) */
};

/* One file and what it includes: everything works as if the files had been put together. */
struct syslinux {
	struct reading *reading;
	struct arena *arena;
	enum syslinux_variant variant;
	const char *file; /* the main file */
	const char *cwd;  /* what relative names start from */

	struct syslinux_menu *root, *menu, *start;
	unsigned flattened; /* menus that are open, but too deep to be menus of their own */
	VEC(struct syslinux_label *) labels; /* in reading order */
	struct syslinux_label *label;        /* the one being read, or NULL */

	const char *append, *default_command, *ontimeout, *onerror, *ui, *master_password;
	bool no_implicit, hidden, shiftkey, prompt;
	bool saves;     /* there was a MENU SAVE */
	bool has_ui;    /* there was a UI directive */
	bool has_menu;  /* a MENU directive before or between the labels */
	bool is_opened; /* by "menu.c32 FILE…": the menu is on the screen already */
	int64_t total_timeout;
	unsigned sysappend;
	unsigned files;     /* that were read, all in all, */
	size_t bytes;       /* and what was in them */
	const struct hardware *hardware; /* once it was asked for */
	bool complained;    /* of what SYSAPPEND can't add */
	unsigned redirects; /* labels that were looked up for another one's sake */
};

/* Where the parser stands in one file. */
struct syslinux_source {
	const char *file;
	const char *cursor, *end;
	struct line line;
	unsigned depth; /* of includes, from 1 */
};

/* syslinux_line - carry out the directive in a file's current line */
void syslinux_line(struct syslinux *syslinux, struct syslinux_source *source);

/* syslinux_include - read a file as if its lines stood here */
void syslinux_include(struct syslinux *syslinux, const char *file, unsigned depth);

/* syslinux_begin_label - begin a label; the one before it, if any, is complete then */
void syslinux_begin_label(struct syslinux *syslinux, struct syslinux_source *source,
			  const char *name);
void syslinux_end_label(struct syslinux *syslinux);

/* syslinux_begin_menu - go into a new submenu, and back out of it */
void syslinux_begin_menu(struct syslinux *syslinux, const char *tag);
void syslinux_end_menu(struct syslinux *syslinux);

/*
 * syslinux_parse - read @file (and all that it includes) into a new state
 *
 * @cwd is what relative names start from; NULL: the loader's own rule for this path.
 * Returns NULL if the file can't be read.
 */
struct syslinux *syslinux_parse(struct reading *reading, enum syslinux_variant variant,
				const char *file, const char *cwd);

/* syslinux_parse_more - read another file into the state, as "menu.c32 FILE…" does */
void syslinux_parse_more(struct syslinux *syslinux, const char *file);

/* syslinux_find - the label that the first word of a command names, or NULL */
struct syslinux_label *syslinux_find(struct syslinux *syslinux, const char *command);

/* syslinux_path - a name as the loader would resolve it: absolute, or a URL as it is */
const char *syslinux_path(struct syslinux *syslinux, const char *name);

/* What an entry boots: a label's, or that of a command such as "DEFAULT vmlinuz root=…". */
struct syslinux_command {
	enum syslinux_type type;
	const char *directive, *kernel, *args, *initrd;
};

/* syslinux_make - turn an entry into what a command boots, or say why that can't be */
void syslinux_make(struct syslinux *syslinux, struct entry *entry, struct syslinux_command command);

/* syslinux_make_label - the same for a label, with more words for the command line, or NULL */
void syslinux_make_label(struct syslinux *syslinux, struct entry *entry,
			 const struct syslinux_label *label, const char *more);

/* syslinux_make_linux - the same for a kernel: .kernel, .args and .initrd count */
void syslinux_make_linux(struct syslinux *syslinux, struct entry *entry,
			 struct syslinux_command command);

/* syslinux_file - syslinux_path() of a file of an entry, which is refused if it is out of reach */
const char *syslinux_file(struct syslinux *syslinux, struct entry *entry, const char *what,
			  const char *name);

/* syslinux_sysappend - what SYSAPPEND's bits add to a command, "" if nothing */
const char *syslinux_sysappend(struct syslinux *syslinux, unsigned mask);

/* syslinux_add_entry - add the entry of a label to the config */
void syslinux_add_entry(struct syslinux *syslinux, struct syslinux_label *label);

/* syslinux_lock - add a user with a password, as GRUB has them */
void syslinux_lock(struct syslinux *syslinux, const char *name, const char *password, bool super);

/* syslinux_run_module - turn an entry into what a COM32 module does: .kernel is its name */
void syslinux_run_module(struct syslinux *syslinux, struct entry *entry,
			 struct syslinux_command command);

/* syslinux_is_module - is a file, by its name, a module that has a meaning for us? */
bool syslinux_is_module(const char *path);

/* syslinux_is_menu - does a command start a menu module ("vesamenu.c32 FILE…")? */
bool syslinux_is_menu(struct syslinux *syslinux, const char *command);

/* syslinux_which_system - the command that "whichsys.c32 ARGS" chooses for this loader */
const char *syslinux_which_system(struct syslinux *syslinux, const char *args);

/* syslinux_finish - turn labels into entries of the reading's config; choose the default */
void syslinux_finish(struct syslinux *syslinux);

#endif
