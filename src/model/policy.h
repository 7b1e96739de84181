/* The policy: which entry is the default, why, and when it boots. Pure: no I/O, no clock. */
#ifndef MODEL_POLICY_H
#define MODEL_POLICY_H

#include "model/settings.h"
#include "model/view.h"

/*
 * What a default has its authority from, the highest first. What the BMC asks for for good is no more
 * than an order of devices, before that of the settings.
 */
enum authority {
	BY_COMMAND_LINE, /* baton.boot= */
	BY_LOADER_ONCE,  /* LoaderEntryOneShot: bootctl set-oneshot, systemctl reboot --boot-loader-entry= */
	BY_BMC,          /* its boot device override, asked for once: model/bmc.h */
	BY_NEXT_ENTRY,   /* GRUB's next_entry (grub-reboot) on a disk that is built in */
	BY_SETTINGS,     /* baton.default=, the settings' pinned entry */
	BY_LOADER,       /* LoaderEntryPreferred, LoaderEntryDefault: bootctl set-default */
	BY_DEVICE,       /* the default of the first device in order that has one */
};

struct decision {
	struct view_device *device;
	struct config *config;
	struct entry *entry; /* NULL: nothing can be booted */
	const char *why;     /* "default because …", for people */
	enum authority authority;
	bool exact;          /* it was named by its id, which no other entry has */
	int64_t timeout_ms;  /* NO_TIMEOUT: wait for ever; else 24 hours at most */
	bool hidden; /* that time is its configuration's, which shows no menu unless somebody asks for it */
};

/* Entries that are passed over, and why, for people ("failed"). */
struct failure {
	const char *id, *why;
};

struct failures {
	VEC(struct failure) list;
};

/*
 * policy_decide - choose what boots next
 *
 * By authority, see above. From a device: for each of its configs its default, its fallbacks, the
 * other entries that boot the same system, and the rest in menu order, but for those that take a
 * password. The first that can be booted and is not among @failures is chosen. A name means an
 * entry's id, own id or title; in UEFI variables an id or the pattern of a BLS file's name. Strings
 * of the decision live in @arena, in the view or in the settings.
 */
void policy_decide(struct arena *arena, const struct view *view, const struct settings *settings,
		   const struct failures *failures, struct decision *decision);

/*
 * policy_may_change - could a device that is still being read, or still to come, bring a default of
 * higher authority than @decision?
 *
 * @is_settled tells whether a device's entries are all known. It is for the caller to wait for that
 * no longer than the settings say. A next_entry is not waited for: it counts if it is there in time.
 */
bool policy_may_change(const struct view *view, const struct settings *settings,
		       const struct decision *decision,
		       bool (*is_settled)(const void *context, const struct view_device *device),
		       const void *context);

/*
 * policy_before - does device @a come before @b in the order of precedence?
 *
 * That of the settings' first rule which they meet; then disks that are built in, then USB, then
 * optical ones; among equals the kernel's names in natural order (sda2 before sda10, sdz before
 * sdaa).
 */
bool policy_before(const struct settings *settings, const struct identity *a,
		   const struct identity *b);

#endif
