/* What the parts of the devices share: devices.c, who is there; probing.c and findings.c, what they hold. */
#ifndef BOOT_DISK_H
#define BOOT_DISK_H

#include "boot/probe.h"
#include "boot/state.h"
#include "disk/store.h"

#define TRIES_MOST 3 /* a probe that dies is started again so often: memory may have been short */
#define DEVICE_MEMORY ((size_t)64 * 1024 * 1024) /* entries of one device, in PID 1 */

/* What a probe has told of one item of the store on its device. */
struct found_item {
	bool told; /* there is one, or a place for it */
	int error; /* ENOENT, or why it could not be read */
	const char *bytes;
	size_t size;
};

/* What PID 1 knows of a device beside what it shows. */
struct disk {
	struct boot *boot;
	const char *name;
	struct view_device *shown; /* in the view */
	struct view_device *next_view; /* what the running probe has told so far */
	struct child *probe;
	struct probe_order *order; /* of the running probe, in next_view's arena */
	int64_t started_ms; /* of the latest probe */
	bool identified; /* by the latest probe */
	bool waiting;    /* for its turn to be probed */
	bool asked;      /* its probe waits for an answer about other devices */
	bool gone;       /* pulled out while its probe was running */
	bool again;      /* changed while its probe was running */
	bool missed;     /* others have been identified while its probe was running */
	unsigned tries;  /* in a row that ended by a signal */
	size_t bytes, next_bytes; /* of the configs that are shown, and of those that were told so far */
	struct found_item store[STORE_ITEMS], next_store[STORE_ITEMS]; /* of the latest probe, and of
									 * the running one */
	pid_t stuck;     /* a probe that could not be killed; 0: none */
	struct disk *next;
};

/* keeper_found - the probe of a device has ended, and has told this of each item of a store on it */
void keeper_found(struct boot *boot, const struct identity *identity,
		  const struct found_item *items);

/* probe_order_make - what a probe of @identity is told; it borrows from the view, for a child's copy of it */
void probe_order_make(struct arena *arena, const struct boot *boot, const struct identity *identity,
		      struct probe_order *order);

/* disk_new_view - a device to be filled and shown, with an arena of its own; NULL: no memory */
struct view_device *disk_new_view(const struct identity *identity);

/* disk_show - put it into the view at its place, instead of what was shown for the disk before */
void disk_show(struct disk *disk, struct view_device *device);

/* disk_free - forget a disk that is shown no more */
void disk_free(struct disk *disk);

/* disk_is_beneath - is what it holds offered from an array that it is a member of? See assemble_is_beneath(). */
bool disk_is_beneath(const struct disk *disk);

/* disks_are_unknown - are there any that have not been identified, and may yet be? */
bool disks_are_unknown(const struct boot *boot);

/*
 * findings_record - take a record from a disk's probe, into what is shown once that has ended
 *
 * As struct child_kind's .record; @disk is the struct disk. False: it makes no sense, or is too much.
 */
bool findings_record(void *disk, uint32_t type, struct fields *fields);

/*
 * findings_answer - answer those probes that wait for other devices
 *
 * @news: there is one more. Without, only if no more may come: then they are told that.
 */
void findings_answer(struct boot *boot, bool news);

/* findings_missed - has what its configs sought, and did not find, come while its probe was running? */
bool findings_missed(const struct disk *disk);

/* assemble_note - a disk has been identified: if it is a member of something, put that together */
void assemble_note(struct boot *boot, const struct identity *identity);

/* assemble_is_due - may something that this disk is a member of still come? */
bool assemble_is_due(const struct boot *boot, const struct identity *identity);

/*
 * assemble_is_beneath - is it a partition that is seen because its whole disk is a member of an array?
 *
 * True as long as that may come or is there: a mirror whose superblock is at its end looks like a disk of
 * its own, and what is on it is offered from the array, once. The probes of such partitions wait.
 */
bool assemble_is_beneath(const struct boot *boot, const struct identity *identity);

/* probes_start - start those probes that have waited and may run now; true: one could not be started */
bool probes_start(struct boot *boot);

#endif
