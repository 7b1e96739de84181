/* Device mapper: read-only devices made of parts of others. */
#ifndef DISK_DM_H
#define DISK_DM_H

#include "base/arena.h"
#include "disk/lvm.h"

/*
 * dm_start - make a volume's device, read-only
 *
 * Returns 0, -EBUSY if there is one of that name or UUID already, or -errno.
 */
int dm_start(struct arena *arena, const struct lvm_volume *volume);

#endif
