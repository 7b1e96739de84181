/*
 * LVM2, read-only: the volumes that the metadata on physical volumes describes, as tables for the
 * kernel's device mapper. Nothing is ever written to a physical volume.
 *
 * Follows lvm.conf(5) for the syntax, and the label, header and text areas as lvm2's
 * doc/ and lib/format_text describe them.
 */
#ifndef DISK_LVM_H
#define DISK_LVM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

#define LVM_ID 32 /* characters of a UUID, without its dashes */

struct lvm_pv {
	const char *device;   /* its name, for a person */
	const char *number;   /* the device as device mapper takes it: "8:1" */
	int fd;               /* open for reading, and the caller's */
	char id[LVM_ID + 1];
	const char *metadata; /* of its volume group; NULL: it has none, … */
	bool is_damaged;      /* … or none whose checksums are right */
};

/*
 * lvm_read - read the label and the metadata of a physical volume
 *
 * Its device is open already. Of two areas with metadata, the first whose checksums are right counts.
 * Returns false if it is no physical volume, or its label is damaged.
 */
bool lvm_read(struct arena *arena, struct lvm_pv *pv);

/* A part of a volume, in sectors of 512 bytes. */
struct lvm_segment {
	uint64_t start, length;
	const char *target; /* of device mapper: "linear", "striped" */
	const char *params;
};

struct lvm_volume {
	const char *name; /* device mapper's: "vg-lv", a dash in either is doubled */
	const char *uuid; /* "LVM-" and the ids of group and volume */
	VEC(struct lvm_segment) segments;
	const char *problem; /* why it can't be had; NULL: it can */
	bool lacks_disk;     /* the problem is a physical volume that is not among those given */
	bool lacks_mirror;   /* no problem, but one of its mirrors, maybe a newer one, is not */
};

/* What is done with each volume, at once. Its strings live as long as the arena of lvm_find(). */
typedef void lvm_found(void *context, const struct lvm_volume *volume);

/*
 * lvm_find - the visible volumes of all groups that the @n physical volumes describe
 *
 * Of a volume that is mirrored (raid1), one mirror is taken: what device mapper has noted beside it
 * is read to know which is good. A text that is damaged is found as a volume, of the physical volume's
 * name, with that problem.
 *
 * Groups come in the order of their texts' lengths: one that was made to take forever, or all of
 * @arena, which then is exhausted, does so after the others were found.
 */
void lvm_find(struct arena *arena, const struct lvm_pv *pvs, size_t n, lvm_found *found,
	      void *context);

#endif
