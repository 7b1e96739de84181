/* Variables of UEFI firmware, through efivarfs (Documentation/filesystems/efivarfs.rst). */
#ifndef DISK_EFIVAR_H
#define DISK_EFIVAR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

/* Names as files: those of systemd's Boot Loader Interface, and baton's own. */
#define EFIVAR_GLOBAL(name) name "-8be4df61-93ca-11d2-aa0d-00e098032b8c" /* UEFI 2.10, 3.3 */
#define EFIVAR_LOADER(name) name "-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"
#define EFIVAR_BATON(name) name "-b9c5f8a2-6d1e-4b0e-9f0b-2f2d1c6a7e53"

/* A name with a path is a file that stands for a variable, of a system that does not run. */

/* efivar_are_there - is this a machine with UEFI variables? */
bool efivar_are_there(void);

/* efivar_read - the bytes of a variable, with a NUL behind them; NULL and errno */
char *efivar_read(struct arena *arena, const char *name, size_t *size);

/*
 * efivar_write - give a variable these bytes, kept over power-off; nothing (@size 0) removes it
 *
 * Flash wears, so one that has them already is not written. Returns 0 or -errno.
 */
int efivar_write(struct arena *arena, const char *name, const void *bytes, size_t size);

/* efivar_text - a variable that holds UTF-16, as UTF-8; NULL: there is none, or it is no text */
char *efivar_text(struct arena *arena, const char *name);

/* efivar_encode - UTF-8 as UTF-16 with its NUL; the size in bytes in *@size. Bad bytes become "?". */
char *efivar_encode(struct arena *arena, const char *text, size_t *size);

#endif
