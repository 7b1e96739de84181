/*
 * Linux' software RAID, read-only: what the superblocks of its members say, and how the kernel is
 * told of an array without ever looking at a superblock itself.
 *
 * Follows linux/raid/md_p.h and Documentation/admin-guide/md.rst. The kernel's own assembly would
 * write to the members, however read-only the array is to be: it updates a write-intent bitmap when
 * it loads it. An array without metadata has nothing to be written.
 */
#ifndef DISK_MD_H
#define DISK_MD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

#define MD_SUPERBLOCK 4096 /* bytes, at most */

/* What the superblock of one member says. Sizes and offsets are in sectors of 512 bytes. */
struct md_member {
	const char *device;   /* the kernel's name: "sda1" */
	unsigned char uuid[16]; /* of the array */
	char name[33];        /* of the array, without its host: "boot"; or "" */
	int level;
	unsigned layout, chunk; /* chunk in sectors */
	unsigned disks;       /* that the array has when it is whole … */
	unsigned active;      /* … and that this member knew to be working */
	uint64_t size;        /* of what each member contributes; 0: all that it has */
	uint64_t start, sectors; /* of the data on this member */
	uint64_t events;      /* a member that has fewer than the others is out of date */
	uint64_t resync;      /* the members are known to agree up to here; UINT64_MAX: wholly */
	int slot;             /* in the array; -1: it holds no data that could be used */
	const char *problem;  /* why this array can't be read; NULL: it can */
};

/*
 * md_parse - the superblock in @bytes, that was found @at bytes from the start of a device of @size
 * bytes; false: there is none, or it belongs somewhere else, or it is damaged
 */
bool md_parse(struct md_member *member, const unsigned char bytes[MD_SUPERBLOCK], uint64_t at,
	      uint64_t size);

/* md_read - find and parse the superblock of a device of @size bytes; false: there is none */
bool md_read(struct md_member *member, int fd, uint64_t size);

struct md_array {
	const struct md_member *first; /* the most recent: what it says is how the array is */
	VEC(const struct md_member *) members; /* by slot, without those that are missing or stale */
};

/*
 * md_collect - the array that @members[0] of @n belongs to, out of all that belong to it
 *
 * Of two that claim one slot (two paths to one disk) the first is taken.
 */
void md_collect(struct arena *arena, struct md_array *array, const struct md_member *members,
		size_t n);

/* md_needs - the fewest disks that an array's content can be read from */
unsigned md_needs(const struct md_array *array);

/* md_is_same - do two members belong to one array? */
bool md_is_same(const struct md_member *a, const struct md_member *b);

/*
 * md_start - have the kernel make the array's device, read-only
 *
 * Returns NULL and sets *@name ("md0"); or what went wrong, as text.
 */
const char *md_start(struct arena *arena, const struct md_array *array, const char **name);

#endif
