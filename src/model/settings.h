/*
 * Settings: what baton assumes, overridden by the board, by the store and by baton.* words of the
 * kernel's command line. settings_table is all there is to know of them: parsing, `baton settings`,
 * the settings screen and the man page's table follow it.
 */
#ifndef MODEL_SETTINGS_H
#define MODEL_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"
#include "model/bmc.h"
#include "model/device.h"

/* Who has said it; a later one overrides an earlier one. */
enum settings_source { SETTINGS_BUILT_IN, SETTINGS_BOARD, SETTINGS_STORE, SETTINGS_CMDLINE };

/* How a rule of "devices" tells the devices that it means. */
enum device_key {
	DEVICE_DISK, /* built in, neither USB nor optical */
	DEVICE_USB,
	DEVICE_OPTICAL,
	DEVICE_NAME, /* the kernel's, of the partition or of its disk */
	DEVICE_LABEL,
	DEVICE_UUID,
	DEVICE_PARTLABEL,
	DEVICE_PARTUUID,
	DEVICE_PATH, /* a part of where it is in the machine: "0000:00:1f.2", "ata1" */
};

struct device_rule {
	enum device_key key;
	const char *value; /* NULL for the first three */
};

enum at_end { AT_END_RESCAN, AT_END_REBOOT, AT_END_POWEROFF, AT_END_NETWORK };

/* Each locks what those before it lock, too. */
enum lock_level { LOCK_NOTHING, LOCK_SHELL, LOCK_EDIT, LOCK_SETTINGS };

/* Where settings may be kept. */
enum store_use { STORE_BUILT_IN, STORE_ANY, STORE_NONE };

#define TIMEOUT_OF_CONFIG (-2)
#define SETTINGS_COUNT 15

struct settings {
	VEC(const char *) consoles; /* "ttyS0", "tty1", "ttyS1:vt100": a device below /dev, TERM */
	VEC(struct device_rule) devices;
	const char *boot;      /* for this start only; NULL: none */
	const char *standard;  /* the pinned default; NULL: none */
	int64_t timeout_ms;    /* -1: wait for ever; TIMEOUT_OF_CONFIG */
	int64_t wait_ms;       /* for what settings name, and for disks that could outrank the default */
	int64_t at_end;        /* enum at_end */
	int64_t watchdog_ms;   /* 0: leave it alone */
	int64_t watchdog_keep_ms; /* the next kernel has to feed it by then; 0: it is stopped before */
	int64_t efi_variables; /* tell the system through them, as systemd-boot does */
	const char *language;  /* "de"; NULL: English */
	int64_t lock;          /* enum lock_level */
	int64_t trace;         /* write the way of a boot to the consoles */
	int64_t store;         /* enum store_use */
	int64_t attempts;      /* starts without a confirmation that an entry has; 0: any number */
	unsigned char source[SETTINGS_COUNT]; /* enum settings_source, by row of the table */

	/*
	 * What the running system has asked of the next start in UEFI variables (systemd's Boot Loader
	 * Interface, bootctl(1)). NULL and TIMEOUT_OF_CONFIG: nothing.
	 */
	struct {
		const char *once, *preferred, *standard, *last;
		int64_t timeout_once_ms, timeout_ms;
	} loader;
	struct bmc_request bmc; /* what the management controller asks for */
};

enum setting_kind {
	SETTING_TEXT,
	SETTING_SECONDS, /* in ms */
	SETTING_NUMBER,
	SETTING_CHOICE, /* .choices, separated by "|" */
	SETTING_CONSOLES,
	SETTING_DEVICES,
};

struct setting {
	const char *name;  /* "timeout": baton.timeout=, and timeout= in the store */
	const char *form;  /* of a value, for people; of a choice, what may be chosen */
	const char *text;  /* what it does, one or two sentences */
	const char *usual; /* the built-in value, for people */
	enum setting_kind kind;
	size_t offset;       /* of its field in struct settings */
	int64_t least, most; /* of a number, in its own unit */
	bool firm;           /* for the command line and the board only, not for a store */
};

extern const struct setting settings_table[SETTINGS_COUNT];

/*
 * settings_loader_timeout - what LoaderConfigTimeout or (@once) LoaderConfigTimeoutOneShot says, in ms
 *
 * -1: the menu waits for ever; of one start only, whose request is for the menu, 0 says that, too.
 * What makes no sense, or NULL, is TIMEOUT_OF_CONFIG.
 */
int64_t settings_loader_timeout(const char *text, bool once);

/* settings_init - what is built in */
void settings_init(struct settings *settings);

/*
 * settings_set - give a setting the value that @text means; consoles are added
 *
 * Returns 0; -ENOENT: there is no setting @name; -EINVAL: that is no value for it. Strings are kept,
 * not copied.
 */
int settings_set(struct arena *arena, struct settings *settings, enum settings_source source,
		 const char *name, const char *text);

/* settings_show - append the value of a row of the table as settings_set() takes it */
void settings_show(struct text *text, const struct settings *settings, const struct setting *row);

/* settings_find - the row of a name, or NULL */
const struct setting *settings_find(const char *name);

typedef void settings_complain(void *context, const char *text);

/*
 * settings_parse - take the settings in a kernel command line: baton.NAME=VALUE words, and
 * console=NAME[,OPTIONS] as the kernel would open it
 *
 * Quotes group, as for the kernel. Unknown baton.* words and bad values are told to @complain and
 * ignored.
 */
void settings_parse(struct arena *arena, struct settings *settings, const char *cmdline,
		    settings_complain *complain, void *context);

#define SETTINGS_STORE_MOST ((size_t)8192) /* bytes */

/*
 * settings_read - take the settings in the text of a store: lines NAME=VALUE, comments after "#"
 *
 * @where names it in complaints. What is no text at all is ignored as a whole; else unknown names,
 * bad values and, in a store, what is not for it are ignored line by line. A store can't loosen the
 * lock that is set before it is read.
 */
void settings_read(struct arena *arena, struct settings *settings, enum settings_source source,
		   const char *bytes, size_t size, const char *where, settings_complain *complain,
		   void *context);

/*
 * settings_edit - the text of a store, where a setting is to have another value
 *
 * Without @value the setting is left out, without @name all are. Other lines stay as they are.
 * Returns NULL and the new text in *@edited; or why that can't be, for people.
 */
const char *settings_edit(struct arena *arena, const char *bytes, size_t size, const char *name,
			  const char *value, struct text *edited);

#endif
