/* Comparing versions: by UAPI.10, Version Format Specification, and as RPM does. */
#ifndef CONFIG_VERSION_H
#define CONFIG_VERSION_H

#include <stddef.h>

/*
 * version_compare - below 0, 0 or above 0 as @a is lower than, equal to, or higher than @b
 *
 * NULL is the same as "".
 */
int version_compare(const char *a, const char *b);

/* version_compare_rpm - the same as RPM sees it (rpm-version(7)), by which Red Hat's GRUB sorts */
int version_compare_rpm(const char *a, const char *b);

/*
 * version_common - how many bytes both begin with, up to the end of a number or word in them
 *
 * A comparison may begin there: of a thousand ids that are sorted, most have most in common.
 */
size_t version_common(const char *a, const char *b);

#endif
