/*
 * The translations of $"…": GNU gettext's binary catalogues (.mo), as GRUB finds and searches them.
 *
 * Follows the gettext manual, "The Format of GNU MO Files", and the GRUB manual, "lang",
 * "locale_dir", "secondary_locale_dir".
 */
#include <stdint.h>
#include <string.h>

#include "config/grub/interp.h"

#define CATALOGUE_MOST ((size_t)4 * 1024 * 1024)
#define MAGIC          0x950412deu
#define COUNT_AT       8  /* number of strings */
#define ORIGINALS_AT   12 /* offset of the table of originals: pairs of length and offset */
#define TRANSLATED_AT  16 /* … and of their translations */
#define HEADER_SIZE    20
#define PAIR_SIZE      8

static uint32_t number_at(const struct catalogue *c, size_t at)
{
	const unsigned char *b = (const unsigned char *)c->bytes + at;

	return b[0] | b[1] << 8 | b[2] << 16 | (uint32_t)b[3] << 24;
}

/* String @i of a table; NULL if any of it is beyond the file. */
static const char *string_at(const struct catalogue *c, size_t table_at, uint32_t i)
{
	uint64_t pair = number_at(c, table_at) + (uint64_t)i * PAIR_SIZE;
	uint32_t size, at;

	if (pair + PAIR_SIZE > c->size)
		return NULL;
	size = number_at(c, pair);
	at = number_at(c, pair + 4);
	if (at > c->size || size >= c->size - at || c->bytes[at + size])
		return NULL;
	return c->bytes + at;
}

/* The originals are sorted. */
static const char *look_up(const struct catalogue *c, const char *text)
{
	uint32_t low = 0, high = c->size ? number_at(c, COUNT_AT) : 0;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const char *original = string_at(c, ORIGINALS_AT, middle);
		int order = original ? strcmp(original, text) : 0;

		if (!original)
			return NULL;
		if (!order)
			return string_at(c, TRANSLATED_AT, middle);
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static bool open_file(struct interp *in, struct catalogue *c, const char *written)
{
	struct place place = path_find(in, written, false);
	char *bytes;
	size_t size;

	if (!place.volume || place.path[0] != '/' || !count_steps(in, 100) ||
	    volume_read(in->life, place.volume, place.path, CATALOGUE_MOST, &bytes, &size) ||
	    size < HEADER_SIZE)
		return false;
	c->bytes = bytes;
	c->size = size;
	if (number_at(c, 0) != MAGIC)
		c->size = 0;
	return c->size;
}

/* de_AT.mo, or else de.mo. What was opened, or not found, is remembered by its first name. */
static void open_catalogue(struct interp *in, struct catalogue *c, const char *directory,
			   const char *language)
{
	static const char *const suffixes[] = { "mo", "gmo" };
	size_t whole = strlen(language), short_ = strcspn(language, "_");
	const char *name = arena_print(scratch(in), "%s/%s", directory, language);

	if (c->name && strcmp(c->name, name) == 0)
		return;
	*c = (struct catalogue){ .name = arena_string(in->life, name) };
	for (size_t n = whole;; n = short_) {
		for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
			if (open_file(in, c, arena_print(scratch(in), "%s/%.*s.%s", directory,
							 (int)n, language, suffixes[i])))
				return;
		if (n == short_)
			return;
	}
}

const char *gettext_find(struct interp *in, const char *text)
{
	const char *language = env_get(in, "lang"), *prefix = env_get(in, "prefix");
	const char *directories[] = { env_get(in, "locale_dir"),
				      env_get(in, "secondary_locale_dir") };
	const char *found = NULL;

	if (!language || !*language || strlen(language) > 64 || !*text)
		return text;
	if ((!directories[0] || !*directories[0]) && prefix && *prefix)
		directories[0] = arena_print(scratch(in), "%s/locale", prefix);
	for (size_t i = 0; i < 2 && !found; i++) {
		if (!directories[i] || !*directories[i])
			continue;
		open_catalogue(in, &in->catalogues[i], directories[i], language);
		found = look_up(&in->catalogues[i], text);
	}
	return found ? found : text;
}
