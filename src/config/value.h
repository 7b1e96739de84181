/* What the readers of line-based formats share: values, and the parts of an entry. */
#ifndef CONFIG_VALUE_H
#define CONFIG_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "config/reader.h"

#define CONFIG_FILE_MOST ((size_t)16 * 1024 * 1024) /* bytes of one config file */
#define CONFIG_ENTRIES_MOST 20000                   /* entries of one config */

/* value_is_blank - is @c a blank or a control character? */
static inline bool value_is_blank(char c)
{
	return (unsigned char)c <= ' ';
}

/* value_trim - a copy of [@at, @end) without blanks at both ends */
char *value_trim(struct arena *arena, const char *at, const char *end);

/*
 * value_squeeze - a copy of a command line without blanks at its ends and with single blanks
 * between its words; what stands in double quotes is left as it is
 */
char *value_squeeze(struct arena *arena, const char *text);

/* value_join - two command lines with one blank between them; either may be "" or NULL */
char *value_join(struct arena *arena, const char *a, const char *b);

/* value_word - the next word at *@cursor, which it moves past it; NULL at the end */
char *value_word(struct arena *arena, const char **cursor);

/* value_rest - *@cursor without blanks before it */
static inline const char *value_rest(const char *cursor)
{
	while (*cursor && value_is_blank(*cursor))
		cursor++;
	return cursor;
}

/* value_number - a whole decimal number, blanks around it allowed; false if it is anything else */
bool value_number(const char *text, int64_t *value);

/* value_leading_number - the number at the start of a text as atoi(3) sees it, clipped; 0 if none */
int64_t value_leading_number(const char *text);

/* path_name - the last part of a path */
const char *path_name(const char *path);

/* path_name_is - is the last part of @path @name, case ignored? */
bool path_name_is(const char *path, const char *name);

/* path_is_url - does it name a file on the network ("http://…", "tftp://…")? */
bool path_is_url(const char *path);

/* entry_add_initrd - append an initrd of the config's own device */
void entry_add_initrd(struct arena *arena, struct entry *entry, const char *path);

/*
 * entry_add_initrds - append every initrd of a list separated by commas, each made absolute from
 * @directory
 */
void entry_add_initrds(struct arena *arena, struct entry *entry, const char *directory,
		       const char *list);

/* entry_refuse - note why an entry can't be booted, unless that is known already */
void entry_refuse(struct arena *arena, struct entry *entry, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * reading_load - the whole of a config file of the reading's volume
 *
 * A UTF-8 byte order mark is left out. Returns 0 or -errno, and notes the problem.
 */
int reading_load(struct reading *reading, const char *path, const char **bytes, const char **end);

/*
 * reading_is_full - has a config as many entries, @n, as it may have? Notes it as a problem, once.
 */
bool reading_is_full(struct reading *reading, size_t n);

/* reading_set_timeout - seconds times @scale (1, 10 for tenths), clipped to a day */
void reading_set_timeout(struct reading *reading, int64_t value, int scale);

#endif
