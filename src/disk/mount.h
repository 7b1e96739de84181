/* Mounting, read-only and without replaying a journal: nothing on a disk is changed by looking. */
#ifndef DISK_MOUNT_H
#define DISK_MOUNT_H

#include "base/arena.h"
#include "disk/volume.h"

/*
 * mount_announce - tell the kernel of a disk with btrfs, which may be on several
 *
 * Those that are known are found when one of them is mounted. It keeps nothing of one that is alone.
 */
void mount_announce(struct arena *arena, const struct identity *identity);

/*
 * mount_device - mount the file system of a device, attached to no directory
 *
 * The mount belongs to the descriptor of its root (fsmount(2)) and is gone when that is closed:
 * there is nothing to unmount, whatever happens to the process. Returns the volume, or NULL and
 * *@why: which call failed, and what the file system itself said.
 */
struct volume *mount_device(struct arena *arena, const struct identity *identity, const char **why);

/*
 * mount_writable - mount it for writing: its journal is replayed, which makes it consistent first
 *
 * Fails with EBUSY if it stays mounted read-only by anyone for a second. Closing the volume writes
 * everything and unmounts. Returns the volume, or NULL, *@why and errno.
 */
struct volume *mount_writable(struct arena *arena, const struct identity *identity,
			      const char **why);

/*
 * mount_image - mount the file system in an image file of another volume: a live system's ISO
 *
 * Returns the volume, or NULL and *@why.
 */
struct volume *mount_image(struct arena *arena, const struct volume *host, const char *path,
			   const char **why);

#endif
