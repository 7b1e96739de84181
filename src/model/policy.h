/* The policy: which entry is the default, why, and when it boots. Pure: no I/O, no clock. */
#ifndef MODEL_POLICY_H
#define MODEL_POLICY_H

#include "model/settings.h"
#include "model/view.h"

struct decision {
	struct view_device *device;
	struct config *config;
	struct entry *entry; /* NULL: nothing can be booted */
	const char *why;     /* "default because …", for people */
	bool named;          /* settings name it, so that nothing can outrank it */
	int64_t timeout_ms;  /* NO_TIMEOUT: wait for ever; else 24 hours at most */
	enum timeout_style timeout_style;
};

/* Entries that were tried and failed, by id. */
struct failures {
	VEC(const char *) ids;
};

/*
 * policy_decide - choose what boots next
 *
 * Candidates, in this order: the entry that settings name (id, own id or title); then for each
 * config, in the view's order of devices: its default, its fallbacks, and its other entries in
 * menu order, but for those that take a password. The first that can be booted and is not among
 * @failures is chosen. Strings of the decision live in @arena or in the view.
 */
void policy_decide(struct arena *arena, const struct view *view, const struct settings *settings,
		   const struct failures *failures, struct decision *decision);

/*
 * policy_before - does device @a come before @b in the order of precedence?
 *
 * Disks that are built in come first, then USB, then optical ones; among equals the kernel's
 * names in natural order (sda2 before sda10, sdz before sdaa).
 */
bool policy_before(const struct identity *a, const struct identity *b);

#endif
