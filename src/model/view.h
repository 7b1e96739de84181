/*
 * What the consoles see: the view, which PID 1 keeps and every menu child copies, and the requests
 * that a menu sends back. One shared truth: menus never decide anything by themselves.
 */
#ifndef MODEL_VIEW_H
#define MODEL_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/channel.h"
#include "model/device.h"
#include "model/entry.h"
#include "model/settings.h"

/* Records from PID 1 to a menu. */
enum view_record {
	VIEW_DEVICE = 1, /* a device and all its configs: new, or in place of the one of that name */
	VIEW_GONE,       /* a device was pulled out: its name */
	VIEW_STATUS,     /* struct status */
	VIEW_LOG,        /* one line of baton's own log */
	VIEW_SETTINGS,   /* values and sources, by row of settings_table */
	VIEW_SCRIPT,     /* struct view_script */
	VIEW_QUIT,       /* restore the terminal and end: the machine is about to be handed over */
};

/* Records from a menu to PID 1. */
enum view_request {
	REQUEST_HOLD = 1, /* a key was pressed: stop the countdown */
	REQUEST_PAINTED,  /* the first paint has left the wire: the countdown may start */
	REQUEST_BOOT,     /* .id, .text, .user, .password */
	REQUEST_RESCAN,
	REQUEST_REBOOT,
	REQUEST_POWEROFF,
	REQUEST_FIRMWARE, /* reboot into the firmware's setup */
	REQUEST_LEAVE,    /* end the menu, where status.is_guest */
	REQUEST_SET,      /* keep a setting: its name in .id, its value in .text; NULL forgets it */
	REQUEST_SCRIPT,   /* show the commands of the entry .id: VIEW_SCRIPT answers */
	REQUEST_RUN,      /* boot what the commands .text make of it; VIEW_SCRIPT says why not, or that */
};

struct request {
	enum view_request what;
	const char *id;   /* of the entry; NULL: none, or a kernel by its path. Of REQUEST_SET: see there */
	const char *text; /* what to boot instead, this time: see model/edit.h; NULL: the entry as it is */
	const char *user, *password; /* who asks for what is locked; NULL: nobody in particular */
};

enum probe_state {
	PROBE_WAITING, /* not looked at yet */
	PROBE_RUNNING,
	PROBE_DONE,
	PROBE_FAILED, /* note says why */
};

struct view_device {
	struct identity identity;
	enum probe_state state;
	const char *note; /* what was found there, or why nothing; may be NULL */
	VEC(struct config *) configs;
	unsigned clone;      /* how many devices before it have the same name: view_number_clones() */
	bool numbered;       /* its ids have room for such a number */
	struct arena *arena; /* owns all of the above */
	struct view_device *next;
};

enum phase {
	PHASE_SCANNING,  /* disks are still being read; no default yet */
	PHASE_COUNTDOWN, /* the default boots at deadline_ms */
	PHASE_MENU,      /* waiting for a person */
	PHASE_LOADING,   /* an entry is being loaded */
	PHASE_BOOTING,   /* the jump is next */
};

struct status {
	enum phase phase;
	int64_t deadline_ms;    /* CLOCK_MONOTONIC; of the countdown */
	const char *default_id; /* NULL: none */
	const char *default_why;
	const char *booting_id; /* the entry being loaded or booted; NULL: none */
	const char *message;    /* the latest thing a person should know (a failure and its reason) */
	bool failed;            /* message is a failure */
	const char *language; /* "de": see menus/language.h; NULL: English */
	const char *way, *way_multiboot; /* how Linux and other kernels are loaded here; NULL: not known */
	const char *consoles;   /* names of all that have a menu; NULL: none is PID 1's */
	enum lock_level lock;   /* what settings keep from everyone */
	bool can_firmware;      /* REQUEST_FIRMWARE would work */
	bool is_guest;          /* in a terminal of a running system, which baton does not own */
	bool hidden; /* the default boots by itself, and its configuration has the menu hidden until a key */
};

struct view_setting {
	const char *value; /* "": none */
	enum settings_source source;
};

/* An entry's commands, as its configuration has them. All menus get the answer to one's request. */
struct view_script {
	const char *id;   /* of the entry */
	const char *text; /* NULL: they can't be had or run, and .why says so; if that is NULL, they run */
	const char *why;
	unsigned line; /* of the configuration: its first */
};

/* The whole of what can be shown. Devices are in menu order: the order of precedence. */
struct view {
	struct view_device *devices;
	struct status status;
	struct arena *status_arena; /* owns the strings of status */
	VEC(const char *) log;      /* oldest first */
	struct arena *log_arena;
	VEC(struct view_setting) settings;
	struct arena *settings_arena;
	struct view_script script; /* the latest */
	struct arena *script_arena;
	unsigned scripts; /* how many there were */
	bool quit; /* VIEW_QUIT came */
};

/* view_device_pack - a VIEW_DEVICE record's fields; @before: name of the device after it, or NULL */
void view_device_pack(struct text *fields, const struct view_device *device, const char *before);

/* view_script_pack - a VIEW_SCRIPT record's fields */
void view_script_pack(struct text *fields, const struct view_script *script);

/* view_settings_pack - a VIEW_SETTINGS record's fields */
void view_settings_pack(struct text *fields, const struct settings *settings);

/* view_status_pack - a VIEW_STATUS record's fields */
void view_status_pack(struct text *fields, const struct status *status);

/*
 * view_receive - take all records that are there and apply them
 *
 * Returns 1 if anything changed, 0 if not, or -errno: -EPIPE when PID 1 is gone, -EBADMSG when a
 * record makes no sense.
 */
int view_receive(struct view *view, struct channel *channel);

/* view_free - free all devices and strings */
void view_free(struct view *view);

/*
 * view_find_duplicates - set config.duplicate where it is due
 *
 * A stub on the EFI system partition leads GRUB to the config on the boot partition, which is then
 * found twice. The config whose kernels are on the other device is the duplicate, if entry by
 * entry both are the same. @changed, if not NULL, is told each device for which that is news.
 */
void view_find_duplicates(struct view *view,
			  void (*changed)(void *context, struct view_device *device), void *context);

/*
 * view_number_clones - make ids unique where devices are copies of each other
 *
 * Mirrors and copies of disks have the same UUIDs, so their entries the same ids. From the second
 * such device on, in the view's order, they get "-1", "-2", … at their end. @changed is told as by
 * view_find_duplicates().
 */
void view_number_clones(struct view *view,
			void (*changed)(void *context, struct view_device *device), void *context);

/* What PID 1 says when it has found nothing, and menus where they have nothing to show. */
extern const char view_nothing_found[];

/* view_find - the entry of an id, or NULL; its device in *@device if that is not NULL */
struct entry *view_find(const struct view *view, const char *id, struct view_device **device);

/* view_config - the configuration of @device that an entry is of, or NULL */
const struct config *view_config(const struct view_device *device, const struct entry *entry);

/* request_send - send a request to PID 1; 0 or -errno of channel_send() */
int request_send(struct channel *channel, const struct request *request);

/* request_unpack - a request from its record's type and fields; strings go to the fields' arena */
void request_unpack(uint32_t type, struct fields *fields, struct request *request);

#endif
