/*
 * GRUB's environment block: a file of fixed size that is changed in place (GRUB manual, "The GRUB
 * environment block"). Pure: bytes in, bytes out.
 */
#ifndef CONFIG_GRUB_ENVBLOCK_H
#define CONFIG_GRUB_ENVBLOCK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

#define ENVBLOCK_SIGNATURE "# GRUB Environment Block\n"

/* grub-editenv(1) makes them 1024 bytes; GRUB takes what there is. */
#define ENVBLOCK_MOST ((size_t)64 * 1024)

/* envblock_is_valid - do these bytes begin as a block does? */
bool envblock_is_valid(const char *block, size_t size);

/*
 * envblock_set - give a variable a value in a block of @size bytes, or with NULL remove it
 *
 * The other lines and their order stay; what is free at the end stays filled with "#". Returns 0;
 * -EINVAL if it is no block, or one that is damaged; -ENOSPC if the block has no room, and is as it
 * was: its size never changes. @arena holds work memory only.
 */
int envblock_set(struct arena *arena, char *block, size_t size, const char *name,
		 const char *value);

#endif
