/* GRUB 2's configuration language: the reader "grub2". */
#ifndef CONFIG_GRUB_GRUB_H
#define CONFIG_GRUB_GRUB_H

#include <stdbool.h>
#include <stddef.h>

struct reading;

/*
 * grub_claims - does a file look like a GRUB 2 script?
 *
 * By its name (grub.cfg, loopback.cfg, custom.cfg, …), or by commands at the start of lines that no
 * other format has. @bytes need not end in a NUL.
 */
bool grub_claims(const char *path, const char *bytes, size_t size);

/*
 * grub_read - run reading->file as GRUB 2 would, up to its menu, and each entry's commands dry
 *
 * Follows the GRUB manual, "Writing full configuration files directly", and where that is silent
 * the behaviour of GRUB 2.06. Returns 0, or -errno if the file can't be read.
 */
int grub_read(struct reading *reading);

#endif
