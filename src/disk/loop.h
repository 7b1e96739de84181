/* Image files as block devices. */
#ifndef DISK_LOOP_H
#define DISK_LOOP_H

#include <stdint.h>

#include "base/arena.h"

/*
 * loop_attach - make a block device of an image file, read-only
 *
 * @image: an open descriptor of it, which may be closed afterwards. @start and @size: the part of
 * it to show, in bytes; 0 and 0: all. The device goes when its last user closes it: the caller keeps the
 * returned descriptor open until what it needs is mounted or read. Returns the descriptor and
 * sets *@name ("loop0"); or -errno.
 */
int loop_attach(struct arena *arena, int image, uint64_t start, uint64_t size, const char **name);

#endif
