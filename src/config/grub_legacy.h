/* Between the parts of the GRUB Legacy reader: lines and default, and the commands in the lines. */
#ifndef CONFIG_GRUB_LEGACY_H
#define CONFIG_GRUB_LEGACY_H

#include <stdbool.h>
#include <stdint.h>

#include "config/reader.h"

#define FALLBACKS_MOST 64
#define NO_NUMBER (-1)

struct grub_legacy {
	struct reading *reading;
	struct arena *arena;
	struct entry *entry; /* the one being read; NULL: still before the first title */
	unsigned line;
	unsigned commands; /* of the entry, so far */

	/* of the current entry: what "root" is, and a disk that "map" makes of an image file */
	struct file_ref root;
	const char *root_missing; /* the device that root names, and that is not there; or NULL */
	const char *mapped;       /* the made-up disk: "0xff" */
	struct file_ref image;

	VEC(struct variable) variables; /* GRUB4DOS's; the latest of a name counts */
	size_t common_variables;        /* of them, those that were set before the first title */

	int64_t default_number; /* NO_NUMBER: none */
	bool default_saved;
	const char *saved_file;
	int64_t fallbacks[FALLBACKS_MOST];
	unsigned fallback_count;
	const char *password; /* what locked entries ask for; NULL: nothing is locked */
};

/* grub_legacy_run - carry out one line: a command and its arguments */
void grub_legacy_run(struct grub_legacy *grub, const char *line);

/* grub_legacy_end_entry - the entry being read, if any, is complete */
void grub_legacy_end_entry(struct grub_legacy *grub);

#endif
