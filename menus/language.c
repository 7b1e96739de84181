#include "language.h"

#include <linux/kd.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <wchar.h>

#include "base/gunzip.h"
#include "base/text.h"

/*
 * All catalogues, one after the other, compressed by the Makefile, see messages.S: a line with "@" and the language,
 * then pairs of lines: English, and after a tab what stands for it.
 */
extern const uint8_t messages[], messages_end[];

static struct {
	char *name, *lines; /* NULL: English. The lines are strings; after the last an empty one */
} language;

/* The catalogue of @name as strings, to be freed; NULL: there is none. */
static char *read_catalogue(const char *name)
{
	size_t packed = (size_t)(messages_end - messages), size = gunzip_size(messages, packed);
	size_t n = strcspn(name, "_.@");
	char *text = calloc(1, size + 2), *at, *end;

	if (!text || gunzip(messages, packed, (uint8_t *)text) < 0)
		goto none;
	for (at = text; (at = strchr(at, '@')); at++)
		if ((at == text || at[-1] == '\n') && strncmp(at + 1, name, n) == 0 && at[1 + n] == '\n')
			break;
	if (!at || !n)
		goto none;
	at += n + 2;
	end = strstr(at, "\n@");
	n = end ? (size_t)(end - at) : strlen(at) - 1; /* without the last line break */
	memmove(text, at, n);
	memset(text + n, 0, 2);
	for (at = text; (at = strchr(at, '\n')); at++)
		*at = '\0';
	return text;
none:
	free(text);
	return NULL;
}

/* The VT's font, as a list of what it has (ioctl_console(2)). */
static bool has_letters(int terminal, const char *lines)
{
	struct unipair pairs[4096];
	struct unimapdesc map = { .entry_ct = sizeof pairs / sizeof *pairs, .entries = pairs };
	mbstate_t state = { 0 };
	wchar_t letter;
	size_t n;

	if (ioctl(terminal, GIO_UNIMAP, &map) < 0)
		return true; /* no VT: what is at the other end has a better font */
	for (const char *at = lines; *at || at[1]; at += n ? n : 1) {
		unsigned i = 0;

		n = mbrtowc(&letter, at, 4, &state);
		if (n > 4)
			return false;
		while (letter > 0x7e && i < map.entry_ct && pairs[i].unicode != letter)
			i++;
		if (letter > 0x7e && i == map.entry_ct)
			return false;
	}
	return true;
}

bool language_choose(const char *name, bool unicode, int terminal)
{
	char *lines = NULL;

	if (!unicode)
		name = NULL;
	if (name == language.name || (name && language.name && strcmp(name, language.name) == 0))
		return false;
	if (name)
		lines = read_catalogue(name);
	if (lines && !has_letters(terminal, lines)) {
		free(lines);
		lines = NULL;
	}
	free(language.name);
	free(language.lines);
	language.name = name ? strdup(name) : NULL;
	language.lines = lines;
	return true;
}

const char *language_of(const char *english)
{
	const char *line = language.lines;

	while (line && *line) {
		const char *other = line + strlen(line) + 1;

		if (strcmp(line, english) == 0 && *other == '\t')
			return other + 1;
		line = other + strlen(other) + 1;
	}
	return english;
}

#define PARTS_MOST	4
#define SENTENCE_MOST	1000 /* bytes: longer ones are no sentences of ours, or full of names from a disk */
#define LITERAL_LEAST	8    /* a template that begins with its part fits too much unless this follows */

/* A piece of a sentence that a template fits. */
struct part {
	const char *at;
	size_t n;
	bool is_name;
};

static bool is_distinct(const char *template)
{
	return *template != '%' || strcspn(template + 2, "%") >= LITERAL_LEAST;
}

/* Is @text what @template says, with something for each %s? That is put into @parts. */
static bool fits(const char *text, const char *template, struct part *parts)
{
	for (size_t i = 0;; i++) {
		size_t n = strcspn(template, "%");
		bool is_name = n && template[n - 1] == '"';
		const char *next;

		if (strncmp(text, template, n) != 0)
			return false;
		text += n;
		template += n;
		if (!*template)
			return !*text;
		if (i == PARTS_MOST || strncmp(template, "%s", 2) != 0)
			return false;
		template += 2;
		n = strcspn(template, "%");
		if (template[n]) /* or else it is the end, which may be in the part, too */
			next = n ? memmem(text, strlen(text), template, n) : text + strlen(text);
		else
			next = strlen(text) < n ? NULL : text + strlen(text) - n;
		if (!next)
			return false;
		parts[i] = (struct part){ text, (size_t)(next - text), is_name };
		text = next;
	}
}

static const char *fill(struct arena *arena, const char *template, const struct part *part)
{
	struct text text = TEXT(arena);

	for (const char *at; (at = strstr(template, "%s")); template = at + 2, part++) {
		const char *own = arena_copy(arena, part->at, part->n);

		text_add(&text, template, (size_t)(at - template));
		text_string(&text, part->is_name ? own : language_sentence(arena, own));
	}
	text_string(&text, template);
	return text_end(&text);
}

const char *language_sentence(struct arena *arena, const char *english)
{
	const char *line = language.lines, *colon;
	struct part parts[PARTS_MOST];

	if (!line || strlen(english) > SENTENCE_MOST)
		return english;
	while (*line) {
		const char *other = line + strlen(line) + 1;

		if (*other == '\t' && is_distinct(line) && fits(english, line, parts))
			return fill(arena, other + 1, parts);
		line = other + strlen(other) + 1;
	}
	colon = strstr(english, ": ");
	if (!colon)
		return english;
	return arena_print(arena, "%.*s%s", (int)(colon + 2 - english), english,
			   language_sentence(arena, colon + 2));
}
