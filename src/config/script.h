/*
 * The commands of one entry of a GRUB configuration, as GRUB's own editor has them: read, changed by a
 * person, and run again in the place of the old ones, with all that the configuration has set.
 */
#ifndef CONFIG_SCRIPT_H
#define CONFIG_SCRIPT_H

#include "config/reader.h"

struct script {
	const char *file;  /* of the configuration */
	size_t index;      /* of the entry in it, … */
	const char *title; /* … and what it said when it was read: a configuration may have changed since */
	unsigned line;
	const char *text;  /* commands in place of its own; NULL: its own */
	/* told by the reader: its own, without the indentation, from a line of the configuration on */
	const char *own;
	unsigned own_line;
};

/* script_of - that of an entry of @config; @text: see .text. It borrows from them */
struct script script_of(const struct config *config, const struct entry *entry, const char *text);

/* script_read - find .own and .own_line; NULL, or why that can't be, for people */
const char *script_read(struct arena *arena, struct volumes *volumes,
			const struct reading_options *options, struct script *script);

/*
 * script_run - the entry that .text makes of it
 *
 * NULL: what is wrong says *@why, for people, with file and line. What was already wrong with its own
 * commands is no reason: GRUB goes on after that, too.
 */
struct entry *script_run(struct arena *arena, struct volumes *volumes,
			 const struct reading_options *options, struct script *script,
			 const char **why);

/*
 * script_show - the bytes of a block of GRUB's language for a person
 *
 * Without the lines that are empty before its first one, by which *@line grows, and after its last;
 * less indented, and with blanks for tabs at the beginning of lines. Lines end as GRUB has them: with
 * a NUL where a comment was.
 */
const char *script_show(struct arena *arena, const char *at, const char *end, unsigned *line);

#endif
