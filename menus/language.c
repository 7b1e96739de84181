#include "language.h"

#include <linux/kd.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <wchar.h>

#include "base/text.h"
#include "base/unxz.h"

/*
 * All catalogues, compressed by the Makefile, see messages.S: what there is in English, a line each; then for each
 * language a line with "@" and its name, and the same lines in that language, in the same order.
 */
extern const uint8_t messages[], messages_end[];

#define CATALOGUES_MOST ((size_t)128 * 1024) /* bytes, of which only those that are used take memory */

static struct {
	char *name;
	bool unicode;
	char *text; /* what follows is in it. NULL: English */
	const char *english, *other; /* strings, of which that many belong together */
	size_t n;
} language;

/* What stands for other letters where there is only ASCII. */
static const struct {
	char letter[5], ascii[3];
} plain[] = {
	{ "ä", "ae" }, { "ö", "oe" }, { "ü", "ue" }, { "Ä", "Ae" }, { "Ö", "Oe" }, { "Ü", "Ue" }, { "ß", "ss" },
	{ "à", "a" },  { "ç", "c" },  { "è", "e" },  { "é", "e" },  { "ê", "e" },  { "É", "E" },  { "î", "i" },
	{ "ô", "o" },  { "ù", "u" },  { "û", "u" },
	{ "«\u00a0", "\"" }, { "\u00a0»", "\"" }, /* French, with its blanks, which don't break */
	{ "«", "\"" },  { "»", "\"" },
};

/* In place, for it gets no longer; false: it has letters that nothing stands for. */
static bool make_plain(char *text)
{
	char *to = text;

	while (*text) {
		size_t i = 0;

		while (i < sizeof plain / sizeof *plain && !string_starts(text, plain[i].letter))
			i++;
		if (i < sizeof plain / sizeof *plain) {
			to = mempcpy(to, plain[i].ascii, strlen(plain[i].ascii));
			text += strlen(plain[i].letter);
		} else if (*text & 0x80) {
			return false;
		} else {
			*to++ = *text++;
		}
	}
	*to = '\0';
	return true;
}

/* Makes strings of lines; how many these are. */
static size_t split(char *lines)
{
	size_t n = 0;

	for (; (lines = strchr(lines, '\n')); n++)
		*lines++ = '\0';
	return n;
}

/* The catalogue of @name becomes the language's, if there is one that the terminal can show. */
static void read_catalogue(const char *name)
{
	size_t n = strcspn(name, "_.@"), room = CATALOGUES_MOST;
	char *text = calloc(1, room + 1), *at, *end;

	if (!text || !n || unxz(messages, (size_t)(messages_end - messages), (uint8_t *)text, &room) < 0)
		goto none;
	for (at = text; (at = strstr(at, "\n@")); at += 2)
		if (strncmp(at + 2, name, n) == 0 && at[2 + n] == '\n')
			break;
	if (!at)
		goto none;
	at += 2 + n + 1;
	end = strstr(at, "\n@");
	if (end)
		end[1] = '\0';
	strstr(text, "\n@")[1] = '\0';
	if (!language.unicode && !make_plain(at))
		goto none;
	language.text = text;
	language.english = text;
	language.other = at;
	language.n = split(text);
	split(at);
	return;
none:
	free(text);
}

static void forget_catalogue(void)
{
	free(language.text);
	language.text = NULL;
	language.n = 0;
}

/* The VT's font, as a list of what it has (ioctl_console(2)). */
static bool has_letters(int terminal)
{
	struct unipair pairs[4096];
	struct unimapdesc map = { .entry_ct = sizeof pairs / sizeof *pairs, .entries = pairs };
	const char *at = language.other;
	mbstate_t state = { 0 };
	wchar_t letter;

	if (ioctl(terminal, GIO_UNIMAP, &map) < 0)
		return true; /* no VT: what is at the other end has a better font */
	for (size_t line = 0; line < language.n;) {
		size_t n = mbrtowc(&letter, at, 4, &state);
		unsigned i = 0;

		if (n > 4)
			return false;
		at += n ? n : 1;
		line += !n;
		while (letter > 0x7e && i < map.entry_ct && pairs[i].unicode != letter)
			i++;
		if (letter > 0x7e && i == map.entry_ct)
			return false;
	}
	return true;
}

bool language_choose(const char *name, bool unicode, int terminal)
{
	if (unicode == language.unicode && string_same(name, language.name))
		return false;
	free(language.name);
	forget_catalogue();
	language.name = name ? strdup(name) : NULL;
	language.unicode = unicode;
	if (name)
		read_catalogue(name);
	if (unicode && language.n && !has_letters(terminal))
		forget_catalogue();
	return true;
}

const char *language_of(const char *english)
{
	const char *line = language.english, *other = language.other;

	for (size_t i = 0; i < language.n; i++) {
		if (strcmp(line, english) == 0)
			return other;
		line += strlen(line) + 1;
		other += strlen(other) + 1;
	}
	return english;
}

#define PARTS_MOST	6
#define DEPTH_MOST	8    /* sentences in sentences: more are none of ours, but made on a disk */
#define SENTENCE_MOST	1000 /* bytes: longer ones are no sentences of ours, or full of names from a disk */
#define LITERAL_LEAST	8    /* a template that begins with its part fits too much without so much of its own */

/* A piece of a sentence that a template fits. */
struct part {
	const char *at;
	size_t n;
	bool is_name;
};

static bool is_distinct(const char *template)
{
	const char *at = template;

	if (*at != '%')
		return true;
	while (*at && strcspn(at + 2, "%") < LITERAL_LEAST)
		at += 2 + strcspn(at + 2, "%");
	return *at;
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

static const char *translate(struct arena *arena, const char *english, unsigned depth);

static const char *fill(struct arena *arena, const char *template, const struct part *part, unsigned depth)
{
	struct text text = TEXT(arena);

	for (const char *at; (at = strstr(template, "%s")); template = at + 2, part++) {
		const char *own = arena_copy(arena, part->at, part->n);

		text_add(&text, template, (size_t)(at - template));
		text_string(&text, part->is_name ? own : translate(arena, own, depth));
	}
	text_string(&text, template);
	return text_end(&text);
}

static const char *part_of(struct arena *arena, const char *from, const char *to)
{
	return arena_copy(arena, from, (size_t)(to - from));
}

static const char *last_of(const char *text, const char *what)
{
	const char *last = NULL;

	while ((text = strstr(text, what)))
		last = text++;
	return last;
}

/* What a template that fits all of it makes of a sentence; or NULL. */
static const char *fitting(struct arena *arena, const char *english, unsigned depth)
{
	const char *line = language.english, *other = language.other;
	struct part parts[PARTS_MOST];

	for (size_t i = 0; i < language.n; i++) {
		if (is_distinct(line) && fits(english, line, parts))
			return fill(arena, other, parts, depth);
		line += strlen(line) + 1;
		other += strlen(other) + 1;
	}
	return NULL;
}

/* Of the whole, or of WHAT (WHY), or of FILE: WHAT, each of which may be made of others. */
static const char *translate(struct arena *arena, const char *english, unsigned depth)
{
	const char *whole, *before, *colon, *why;

	if (!depth--)
		return english;
	whole = fitting(arena, english, depth);
	if (whole)
		return whole;
	colon = strstr(english, ": ");
	why = string_ends(english, ")") ? last_of(english, " (") : NULL;
	before = why ? part_of(arena, english, why) : NULL;
	whole = why ? fitting(arena, before, depth) : NULL;
	if (why && (whole || !colon || colon > why))
		return arena_print(arena, "%s (%s)", whole ? whole : translate(arena, before, depth),
				   translate(arena, part_of(arena, why + 2, strchr(why, '\0') - 1), depth));
	if (!colon)
		return english;
	/* before it, a word is the name of a file or a call, and more are a sentence */
	before = part_of(arena, english, colon);
	return arena_print(arena, "%s: %s", strchr(before, ' ') ? translate(arena, before, depth) : before,
			   translate(arena, colon + 2, depth));
}

const char *language_sentence(struct arena *arena, const char *english)
{
	return language.n && strlen(english) <= SENTENCE_MOST ? translate(arena, english, DEPTH_MOST) : english;
}
