#include "title.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* RFC 3629; a length of 0 says that @bytes begin with no valid character. */
static size_t decode(const unsigned char *bytes, uint32_t *character)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t length = bytes[0] < 0x80   ? 1
			: bytes[0] < 0xc0 ? 0
			: bytes[0] < 0xe0 ? 2
			: bytes[0] < 0xf0 ? 3
			: bytes[0] < 0xf8 ? 4
					  : 0;
	uint32_t c = bytes[0];

	if (length == 0)
		return 0;
	if (length > 1)
		c &= 0x7fu >> length;
	for (size_t i = 1; i < length; i++) {
		if ((bytes[i] & 0xc0) != 0x80) /* the end of the string, too */
			return 0;
		c = c << 6 | (bytes[i] & 0x3f);
	}
	if (c < least[length] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return 0;
	*character = c;
	return length;
}

/* Characters without a width of their own that could make a line lie about what it says. */
static bool is_deceptive(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{ 0xad, 0xad },     { 0x61c, 0x61c },   { 0x115f, 0x1160 }, { 0x180b, 0x180f },
		{ 0x200b, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f }, { 0x3164, 0x3164 },
		{ 0xfe00, 0xfe0f }, { 0xfeff, 0xfeff }, { 0xfff0, 0xfffb }, { 0xe0000, 0xe0fff },
	};

	for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

/* A combining character belongs to the one before it; too many would paint over other lines. */
#define COMBINING_MAX 2

/* An escape is ASCII: its bytes are its characters. */
static void spell(struct glyph *glyph, const char *format, unsigned value)
{
	char text[GLYPH_MAX];

	snprintf(text, sizeof text, format, value);
	for (size_t i = 0; text[i]; i++)
		glyph->text[i] = text[i];
}

bool title_next(struct title *title, struct glyph *glyph)
{
	uint32_t c = 0;
	size_t length;
	int width;

	if (!*title->at || (title->end && title->at >= title->end))
		return false;
	memset(glyph->text, 0, sizeof glyph->text);
	length = decode((const unsigned char *)title->at, &c);
	width = length == 0 ? -1 : wcwidth((wchar_t)c);
	title->combining = width == 0 ? title->combining + 1 : 0;

	if (length == 0)
		spell(glyph, "\\x%02x", (unsigned char)*title->at);
	else if (c < 0x20 || c == 0x7f)
		spell(glyph, "^%c", c ^ 0x40);
	else if (width < 0 || is_deceptive(c) ||
		 (width == 0 && (!title->unicode || title->combining > COMBINING_MAX)))
		spell(glyph, "\\u%04x", c);
	else
		glyph->text[0] = c < 0x7f || title->unicode ? (wchar_t)c : L'?';

	glyph->columns = glyph->text[1] ? (int)wcslen(glyph->text) : wcwidth(glyph->text[0]);
	title->at += length ? length : 1;
	return true;
}

int title_width(const char *text, const char *end, bool unicode)
{
	struct title title = TITLE(text, unicode);
	struct glyph glyph;
	int width = 0;

	title.end = end;
	while (title_next(&title, &glyph))
		width += glyph.columns;
	return width;
}

size_t title_wrap(const char *text, bool unicode, int columns)
{
	struct title title = TITLE(text, unicode);
	const char *at = text, *blank = NULL;
	struct glyph glyph;
	int width = 0;

	for (; title_next(&title, &glyph); at = title.at) {
		width += glyph.columns;
		if (*at == ' ')
			blank = title.at; /* it may hang over the edge */
		else if (width > columns)
			return (size_t)((blank ? blank : at > text ? at : title.at) - text);
	}
	return (size_t)(at - text);
}
