/* What is on a block device, by its magic numbers (libblkid). Reads the disk: for children only. */
#ifndef DISK_IDENTIFY_H
#define DISK_IDENTIFY_H

#include "base/arena.h"
#include "model/device.h"

/*
 * identify - fill in type, UUID, label and partition details of the device open at @fd
 *
 * Returns 0, also when nothing is on it that is known (type is NULL then); -EUCLEAN when it has
 * the marks of several file systems; or -errno.
 */
int identify(struct arena *arena, int fd, struct identity *identity);

#endif
