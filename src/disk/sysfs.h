/* What the kernel says of its block devices, without touching the disks themselves. */
#ifndef DISK_SYSFS_H
#define DISK_SYSFS_H

#include "base/arena.h"
#include "model/device.h"

/*
 * sysfs_identity - what /sys/class/block says of one device
 *
 * Returns 0; -ENODEV when there is no such device; -ENOMEDIUM when it is none that could hold a
 * system: an empty drive or loop device, a RAM disk, a floppy drive.
 */
int sysfs_identity(struct arena *arena, const char *name, struct identity *identity);

/* sysfs_is_there - does the kernel still list a device of this name? */
bool sysfs_is_there(const char *name);

/* sysfs_each - call @found with the name of each block device there is now; 0 or -errno */
int sysfs_each(void (*found)(void *context, const char *name), void *context);

/* sysfs_write - write a value to a file there; 0 or -errno */
int sysfs_write(const char *path, const char *value);

/*
 * sysfs_each_in - call @found with the name of each thing in a device's folder: "holders", which use
 * it, "slaves", of which it is made; 0 or -errno
 */
int sysfs_each_in(const char *device, const char *folder,
		  void (*found)(void *context, const char *name), void *context);

/*
 * sysfs_read - the first line of a small file, without its line end; NULL if it can't be read
 *
 * For sysfs and procfs, where reading does not wait for hardware.
 */
char *sysfs_read(struct arena *arena, const char *path);

/* sysfs_btrfs_first - the first, by its name, of the devices of a btrfs that is mounted; NULL: it isn't */
const char *sysfs_btrfs_first(struct arena *arena, const char *uuid);

#endif
