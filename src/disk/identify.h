/* What is on a block device, by its magic numbers (libblkid). Reads the disk: for children only. */
#ifndef DISK_IDENTIFY_H
#define DISK_IDENTIFY_H

#include <sys/types.h>

#include "base/arena.h"
#include "model/device.h"

/*
 * identify - fill in type, UUID, label and partition details of the device open at @fd
 *
 * Returns 0, also when nothing is on it that is known (type is NULL then); -EUCLEAN when it has
 * the marks of several file systems; or -errno.
 */
int identify(struct arena *arena, int fd, struct identity *identity);

/*
 * identify_explain - for a person: what a device of libblkid's @type is, if it is no file system that
 * baton reads, and what to do to boot from it; NULL: nothing is known of it
 */
const char *identify_explain(const char *type);

/* A partition as the table in front of it says; the identity has what is on the whole. */
struct partition {
	struct identity identity; /* number, scheme, UUID and label of the partition; no name */
	uint64_t start;           /* in bytes */
};

/*
 * identify_partitions - the partition table at the beginning of a disk or an image of one
 *
 * Returns the number of partitions, 0 if there is no table, and sets *@partitions; or -errno.
 */
ssize_t identify_partitions(struct arena *arena, int fd, struct partition **partitions);

#endif
