/* Comparing versions (UAPI.10, Version Format Specification). */
#ifndef CONFIG_VERSION_H
#define CONFIG_VERSION_H

/*
 * version_compare - below 0, 0 or above 0 as @a is lower than, equal to, or higher than @b
 *
 * NULL is the same as "".
 */
int version_compare(const char *a, const char *b);

#endif
