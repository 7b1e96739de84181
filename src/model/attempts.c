#include "model/attempts.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

#define LINES_MOST 32
#define COUNT_MOST 1000

/* Is this line of that entry? */
static bool is_of(const char *line, const char *id)
{
	size_t n = strlen(id);

	return strncmp(line, id, n) == 0 && line[n] == ' ';
}

static const char *next_line(const char *line)
{
	line += strcspn(line, "\n");
	return *line ? line + 1 : line;
}

unsigned attempts_count(const char *text, const char *id)
{
	for (const char *line = text; *line; line = next_line(line)) {
		unsigned long count;
		char *end;

		if (!is_of(line, id))
			continue;
		count = strtoul(line + strlen(id) + 1, &end, 10);
		return *end == '\n' && count <= COUNT_MOST ? (unsigned)count : 0;
	}
	return 0;
}

static void copy_others(const char *text, const char *id, size_t skip, struct text *to)
{
	for (const char *line = text; *line; line = next_line(line)) {
		size_t n = strcspn(line, "\n");

		if (is_of(line, id) || (skip && skip--))
			continue;
		text_add(to, line, n);
		text_char(to, '\n');
	}
}

void attempts_started(const char *text, const char *id, struct text *started)
{
	unsigned count = attempts_count(text, id);
	size_t lines = 0;

	for (const char *line = text; *line; line = next_line(line))
		lines += !is_of(line, id);
	copy_others(text, id, lines >= LINES_MOST ? lines - LINES_MOST + 1 : 0, started);
	text_print(started, "%s %u\n", id, count < COUNT_MOST ? count + 1 : count);
}

void attempts_confirmed(const char *text, const char *id, struct text *confirmed)
{
	const char *last = text;

	for (const char *line = text; *line; line = next_line(line))
		last = line;
	if (!id)
		id = arena_copy(confirmed->arena, last, strcspn(last, " \n"));
	copy_others(text, id, 0, confirmed);
}
