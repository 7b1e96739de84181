/*
 * What baton keeps from one start to the next: in UEFI variables or, where the firmware has none, in
 * files of a partition labelled BATON or of an EFI system partition.
 */
#ifndef DISK_STORE_H
#define DISK_STORE_H

#include "base/arena.h"
#include "disk/volume.h"

enum store_item {
	STORE_SETTINGS, /* BatonSettings, baton.conf */
	STORE_ATTEMPTS, /* BatonAttempts, attempts: see model/attempts.h */
	STORE_ITEMS,
};

/* store_has_label - is this a partition that is there for it? */
bool store_has_label(const struct identity *identity);

/* store_may_be_on - could there be a store on this file system? False until it is identified. */
bool store_may_be_on(const struct identity *identity);

/* store_has_place - is that so of a file system that may have one, now that it can be looked at? */
bool store_has_place(const struct volume *volume);

/* store_path - the path of an item's file on a file system, or the name of its variable (NULL) */
const char *store_path(const struct identity *identity, enum store_item item);

/*
 * store_read - the bytes of an item, with a NUL behind them
 *
 * @volume NULL: of a UEFI variable. Returns 0; -ENOENT: there is none; or -errno, -EFBIG if it is
 * larger than SETTINGS_STORE_MOST.
 */
int store_read(struct arena *arena, const struct volume *volume, enum store_item item, char **bytes,
	       size_t *size);

/*
 * store_write - give an item these bytes; none (@size 0) remove it
 *
 * @volume is one of mount_writable(), or NULL: a UEFI variable. Whenever the power fails, a later
 * store_read() has the old or the new bytes. Returns 0 or -errno.
 */
int store_write(struct arena *arena, const struct volume *volume, enum store_item item,
		const void *bytes, size_t size);

/*
 * store_replace - give a file in the open @folder of a writable volume these bytes, or make it
 *
 * Whenever the power fails, the name leads to the old or the new bytes, or to none if it is new.
 * Returns 0 once they are on the disk, or -errno.
 */
int store_replace(int folder, const char *name, const void *bytes, size_t size);

#endif
