/* Configs made of "NAME = VALUE" and lone words, with quotes and # comments: LILO, yaboot, zipl. */
#ifndef CONFIG_ASSIGN_H
#define CONFIG_ASSIGN_H

#include <stdbool.h>

#include "config/reader.h"

struct assignment {
	const char *name;
	const char *value; /* without its quotes; NULL: a lone word, such as "read-only" */
	unsigned line;
};

struct assignments {
	struct reading *reading;
	const char *cursor, *end;
	unsigned line;
	/* names whose values without quotes go on to the end of the line; NULL ends; may be NULL */
	const char *const *whole_line;
};

/* assign_open - begin to read a file; 0 or -errno, which is a problem noted already */
int assign_open(struct assignments *assignments, struct reading *reading, const char *file);

/* assign_next - the next one; false at the end of the file */
bool assign_next(struct assignments *assignments, struct assignment *assignment);

#endif
