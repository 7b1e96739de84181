/* The probe of one block device: a child that identifies it, mounts it and reads its configs. */
#ifndef BOOT_PROBE_H
#define BOOT_PROBE_H

#include "base/channel.h"
#include "config/script.h"

#define PROBE_CONFIGS_MOST (RECORD_MAX / 2) /* bytes of all PROBE_CONFIG records of one device */

/* Records from a probe to PID 1. */
enum probe_record {
	PROBE_IDENTITY = 1, /* identity: what the device is */
	PROBE_CONFIG,       /* a config that was found and read */
	PROBE_NOTE,         /* ok (1 or 0), text: what was found, or why nothing could be */
	PROBE_STORE,        /* a store_item, an errno, and the item's bytes if that is 0 */
	PROBE_ASK,          /* are there more devices than I know of? PROBE_ANSWER follows */
	PROBE_SCRIPT,       /* the commands that were asked for, and their line */
};

/* And from PID 1 to the probe: whether more may still come, and the identities of all devices. */
#define PROBE_ANSWER 1

/*
 * With a script, an order is for that alone: to tell its commands (PROBE_SCRIPT) or, where there are
 * others for it, the entry that they make (PROBE_CONFIG with nothing but that), or why not.
 */
struct probe_order {
	struct script *script; /* NULL: none */
	struct identity identity;         /* what sysfs says of the device */
	const struct identity *known;     /* identities of all devices that are known so far */
	size_t known_n;
	const struct reading_options *options;
	bool may_store; /* may it hold the settings? */
};

/*
 * probe_let_write - let a device be written to, from which its probe has kept the kernel
 *
 * Before mount_writable(), which tells if it is in vain.
 */
void probe_let_write(struct arena *arena, const struct identity *identity);

/* probe_run - the child: returns its exit status */
int probe_run(const struct probe_order *order, struct channel *channel);

#endif
