/* Regular expressions, as GRUB's command of that name takes them. */
#ifndef CONFIG_GRUB_REGEXP_H
#define CONFIG_GRUB_REGEXP_H

#include <stdbool.h>
#include <stddef.h>

#define REGEXP_PATTERN_MOST 256	 /* bytes */
#define REGEXP_TEXT_MOST    4096 /* bytes */
#define REGEXP_GROUPS_MOST  (REGEXP_PATTERN_MOST / 2 + 1)

/* Where a group of the pattern, in (), last matched; the whole match is group 0. */
struct regexp_group {
	size_t at, end; /* bytes from the start of the text */
	bool matched;
};

/*
 * regexp_match - find the leftmost of the longest places in @text that fit @pattern
 *
 * An extended regular expression of POSIX.1-2017, XBD chapter 9, with what GNU adds (\w \W \s \S \b \B \< \> \` \'
 * and \1 to \9), of bytes, in the C locale: the language of regcomp(3) with REG_EXTENDED in the GNU C library, which
 * is what GRUB has. Groups get what they get there: of several ways to the longest match, the first alternative, and
 * as many repetitions as there can be.
 *
 * @groups gets REGEXP_GROUPS_MOST groups; those that the pattern doesn't have have not matched.
 *
 * Takes time and memory of no more than a fixed multiple of the lengths' product. Returns 1 for a match, 0 for none,
 * -EINVAL if @pattern is none, -E2BIG if pattern or text are too long, or if what the pattern repeats is, -ENOMEM.
 */
int regexp_match(const char *pattern, const char *text, struct regexp_group *groups);

#endif
