/* What a boot configuration offers: entries, the default among them, and what was wrong. */
#ifndef MODEL_ENTRY_H
#define MODEL_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* A file that an entry names. Everything but the path may be NULL. */
struct file_ref {
	const char *path;   /* absolute, from the root of its file system */
	const char *device; /* the kernel's name ("sda2") of its device; NULL: the config's own */
	const char *loop;   /* the file is inside this image file of the device (GRUB's loopback) */
	const char *name;   /* an initrd that is to appear under this name (GRUB's newc:NAME:PATH) */
	const char *args;   /* a multiboot module's command line */
	uint64_t bytes;     /* its size; 0: not known; FILE_MISSING: there is no such file */
};

#define FILE_MISSING UINT64_MAX

enum entry_kind {
	ENTRY_LINUX,     /* kernel, initrds, command line */
	ENTRY_MULTIBOOT, /* kernel, modules, command line (Xen, …); .version says 1 or 2 */
	ENTRY_EFI,       /* kernel names an EFI program or a boot sector to chain to */
	ENTRY_REBOOT,
	ENTRY_POWEROFF,
	ENTRY_FIRMWARE, /* enter the firmware's setup */
	ENTRY_NONE,     /* anything else: a submenu shown as an entry, local boot, a missing command */
};

/* One variable to be written to an environment block when an entry is booted (GRUB's save_env). */
struct env_write {
	struct file_ref file;
	const char *name, *value; /* value NULL: the variable is removed */
};

struct entry {
	const char *id;    /* stable from boot to boot: see config_name_ids() */
	const char *title; /* as the loader would show it; raw bytes of the config */
	const char *own_id;        /* the config's own name for it (--id, label, file name), or NULL */
	VEC(const char *) path;    /* titles of the submenus around it, outermost first */
	VEC(const char *) path_id; /* their own ids, or their titles where they have none */
	const char *format;        /* the reader's name */
	const char *config;        /* the file that defines it */
	const char *config_device; /* the kernel's name of that file's device; NULL: the menu's */
	unsigned line;             /* in that file, from 1; 0 if it has none */

	enum entry_kind kind;
	unsigned version; /* of multiboot */
	struct file_ref kernel;
	VEC(struct file_ref) initrds; /* in load order; of multiboot: the modules */
	const char *cmdline;          /* exactly the loader's string without boot_image; never NULL */
	const char *boot_image; /* "BOOT_IMAGE=…", which the loader puts first; NULL: none */
	struct file_ref devicetree;

	const char *reason;  /* why it can't be booted; NULL: it can */
	const char *hotkey;  /* as the config names it, or NULL */
	const char *users;   /* who may boot it: "" any superuser, "a b" these too; NULL: anyone */
	VEC(struct env_write) writes;
	const char *counted;    /* the file whose name counts its starts (UAPI.1, "Boot counting"); … */
	const char *counted_as; /* … and its path once this one is counted; both NULL: none */
	bool bad;    /* by that counter: it was started as often as it may, and never came up */
	bool hidden; /* may be booted by name or default, but is not listed */
	bool found;  /* no config named it: a kernel found on the disk */
};

enum timeout_style { TIMEOUT_MENU, TIMEOUT_COUNTDOWN, TIMEOUT_HIDDEN };

struct problem {
	const char *file, *text;
	unsigned line, column; /* from 1; 0: not known */
};

/* A device that a config asked for and that is not there: read again when it comes. */
struct wanted {
	int key; /* enum volume_key */
	const char *value;
};

/* GRUB's users: who may do what an entry does not leave open to anyone. */
struct user {
	const char *name;
	const char *password; /* plain, or NULL */
	const char *pbkdf2;   /* "grub.pbkdf2.sha512.…", or NULL */
	bool super;
};

#define ENTRY_ID_MOST 32 /* bytes of an id, its NUL and what view_number_clones() adds included */
#define NO_DEFAULT SIZE_MAX
#define NO_TIMEOUT (-1)

/* What one configuration says. */
struct config {
	const char *format, *file;
	const char *includes; /* a device (the kernel's name) whose BLS entries these stand for; or NULL */
	VEC(struct entry *) entries; /* in menu order, submenus flattened depth first */
	size_t default_entry;        /* index into entries, or NO_DEFAULT */
	const char *default_why;     /* what follows "default because"; NULL: no default */
	VEC(size_t) fallback;        /* what the config tries when the default fails, in order */
	int64_t timeout_ms;          /* NO_TIMEOUT: wait for ever */
	int64_t asks_ms;             /* of a timeout of 0: so long its loader was to be stopped before */
	enum timeout_style timeout_style;
	bool at_once;                /* its loader asks nobody: without a timeout it boots at once */
	bool saves;                  /* its default is what was booted last, if the firmware's variables say it */
	VEC(struct env_write) writes; /* due when anything of this config is booted */
	VEC(struct problem) problems;
	VEC(struct wanted) wanted;
	VEC(struct user) users; /* empty: no locks */
	bool locked;            /* superusers are set: editing needs one of them */
	bool duplicate;         /* another device's config is the same list: see view_find_duplicates() */
};

/* config_new - an empty config of @format, read from @file, which waits for ever */
struct config *config_new(struct arena *arena, const char *format, const char *file);

/*
 * config_add - append an entry to a config: kind ENTRY_LINUX, the config's format and file, empty
 * command line; the caller fills in the rest
 */
struct entry *config_add(struct arena *arena, struct config *config, const char *title);

/* config_problem - note what is wrong at a place of a file (line and column from 1, 0: none) */
void config_problem(struct arena *arena, struct config *config, const char *file, unsigned line,
		    unsigned column, const char *format, ...)
	__attribute__((format(printf, 6, 7)));

/*
 * config_name_ids - give every entry its id, unique in the config
 *
 * An id is 16 hex digits of a hash of what stays the same from boot to boot: @device (a file
 * system UUID, or whatever names the device best), config file, submenu path, the entry's own id
 * or title, and a counter among those that agree in all of these.
 */
void config_name_ids(struct arena *arena, struct config *config, const char *device);

/* entry_is_bootable - can it be started by kexec? */
static inline bool entry_is_bootable(const struct entry *entry)
{
	return !entry->reason && (entry->kind == ENTRY_LINUX || entry->kind == ENTRY_MULTIBOOT);
}

/*
 * entry_same - would both start the same thing? @a_device and @b_device: the kernel's names of the
 * devices that their configs are on. Titles don't matter: two loaders may name one system.
 */
bool entry_same(const struct entry *a, const char *a_device, const struct entry *b,
		const char *b_device);

/*
 * entry_essence - what an entry starts, as a string: equal strings start the same thing
 *
 * @device: the kernel's name of the device that its config is on. A config may be read again at any
 * time, and an entry keep its id but name other files.
 */
const char *entry_essence(struct arena *arena, const struct entry *entry, const char *device);

/* entry_full_cmdline - what the kernel gets: boot_image and cmdline, joined by a blank */
const char *entry_full_cmdline(struct arena *arena, const struct entry *entry);

#endif
