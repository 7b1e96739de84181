/*
 * SYSLINUX's auxiliary data vector: two copies of 512 bytes at the end of ldlinux.sys, in which
 * `extlinux --once=` and MENU SAVE leave a label (core/adv.inc, libinstaller/setadv.c of SYSLINUX 6.04).
 * Pure: bytes in, bytes out.
 */
#ifndef CONFIG_ADV_H
#define CONFIG_ADV_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

#define ADV_FILE "ldlinux.sys"
#define ADV_FILE_MOST ((size_t)1024 * 1024) /* bytes of that file; it has 70,000 */

/* The names of what it holds, as an entry's writes have them. */
#define ADV_BOOT_ONCE "boot-once" /* a command, as typed at the prompt "boot:" */
#define ADV_MENU_SAVE "menu-save" /* the label that was chosen last */

/*
 * adv_is_meant - is what is saved under @name in the file @path for a vector?
 *
 * By its name, too: a script of GRUB's may name any file for its own variables.
 */
bool adv_is_meant(const char *path, const char *name);

/* adv_get - what the vector at the end of @file holds under @name; NULL: nothing, or there is none */
const char *adv_get(struct arena *arena, const char *file, size_t size, const char *name);

/*
 * adv_set - put @value there, or with NULL remove what is there
 *
 * Returns 0; -EINVAL if there is no vector or it is damaged, -ENOSPC if the value does not fit: then
 * the file is as it was. Only its last 1024 bytes change.
 */
int adv_set(char *file, size_t size, const char *name, const char *value);

#endif
