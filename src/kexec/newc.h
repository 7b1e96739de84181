/* Initrds that are no archives yet: a file that is to appear in the initramfs under a given name.
 */
#ifndef KEXEC_NEWC_H
#define KEXEC_NEWC_H

#include "base/text.h"
#include "kexec/kexec.h"

/*
 * newc_begin, newc_end - what comes before and after @size bytes of a file, for an archive of it
 *
 * They are appended to @text. The archive holds the directories of @path, too, and its end mark.
 * Returns 0, or -EINVAL or -EFBIG: the path or the size is none for this format.
 * Format: the kernel's driver-api/early-userspace/buffer-format.rst, "newc".
 */
int newc_begin(struct text *text, const char *path, size_t size);
void newc_end(struct text *text, size_t size);

/*
 * newc_wrap_all - replace the initrds of an order that have a name (.as) by archives of them, and
 * those that are a section of an addon by that
 *
 * The archives are in memory. Returns 0, or -errno and *@why; newc_unwrap_all() either way, with
 * the order as it was before.
 */
int newc_wrap_all(struct arena *arena, struct load_order *order, const char **why);
void newc_unwrap_all(const struct load_order *original, const struct load_order *order);

#endif
