#include "disk/lvmtext.h"

#include <string.h>

#include "base/text.h"

#define DEPTH_MOST 8

struct parser {
	struct arena *arena;
	const char *at;
	unsigned depth;
	bool bad;
};

static void skip_blanks(struct parser *parser)
{
	for (;;) {
		parser->at += strspn(parser->at, " \t\r\n");
		if (*parser->at != '#')
			return;
		parser->at += strcspn(parser->at, "\n");
	}
}

/* Is the next thing this character? Then go past it. */
static bool takes(struct parser *parser, char c)
{
	skip_blanks(parser);
	if (*parser->at != c)
		return false;
	parser->at++;
	return true;
}

static const char *read_string(struct parser *parser)
{
	struct text text = TEXT(parser->arena);

	while (*parser->at && *parser->at != '"') {
		if (*parser->at == '\\' && parser->at[1])
			parser->at++;
		text_char(&text, *parser->at++);
	}
	parser->bad |= !takes(parser, '"');
	return text_end(&text);
}

/* Numbers that matter here are whole; a sign or a fraction leaves the value 0, which is refused. */
static uint64_t read_number(struct parser *parser)
{
	size_t n = strspn(parser->at, "0123456789+-."), digits = strspn(parser->at, "0123456789");
	uint64_t number = 0;

	parser->bad |= n == 0;
	for (size_t i = 0; digits == n && i < n; i++)
		if (__builtin_mul_overflow(number, 10u, &number) ||
		    __builtin_add_overflow(number, (unsigned)(parser->at[i] - '0'), &number))
			parser->bad = true;
	parser->at += n;
	return number;
}

static struct lvmtext *read_list(struct parser *parser);

static void read_value(struct parser *parser, struct lvmtext *node)
{
	if (takes(parser, '"'))
		node->string = read_string(parser);
	else if (takes(parser, '['))
		node->child = read_list(parser);
	else
		node->number = read_number(parser);
}

static struct lvmtext *read_list(struct parser *parser)
{
	struct lvmtext *first = NULL, **last = &first;

	if (++parser->depth > DEPTH_MOST)
		parser->bad = true;
	while (!parser->bad && !takes(parser, ']')) {
		*last = arena_make(parser->arena, struct lvmtext);
		(*last)->name = "";
		read_value(parser, *last);
		last = &(*last)->next;
		takes(parser, ',');
	}
	parser->depth--;
	return first;
}

/* All nodes up to the end of the section, or, of the outermost, of the text. */
static struct lvmtext *read_section(struct parser *parser)
{
	static const char name[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+-/";
	struct lvmtext *first = NULL, **last = &first;

	if (++parser->depth > DEPTH_MOST)
		parser->bad = true;
	while (!parser->bad && !takes(parser, parser->depth > 1 ? '}' : '\0')) {
		size_t n = strspn(parser->at, name);

		*last = arena_make(parser->arena, struct lvmtext);
		(*last)->name = arena_copy(parser->arena, parser->at, n);
		parser->at += n;
		if (takes(parser, '{'))
			(*last)->child = read_section(parser);
		else if (takes(parser, '='))
			read_value(parser, *last);
		else
			parser->bad = true;
		parser->bad |= n == 0;
		last = &(*last)->next;
	}
	parser->depth--;
	return first;
}

struct lvmtext *lvmtext_parse(struct arena *arena, const char *text)
{
	struct parser parser = { .arena = arena, .at = text };
	struct lvmtext *first = read_section(&parser);

	return parser.bad ? NULL : first;
}

const struct lvmtext *lvmtext_find(const struct lvmtext *section, const char *name)
{
	const struct lvmtext *node = section ? section->child : NULL;

	while (node && strcmp(node->name, name) != 0)
		node = node->next;
	return node;
}

const char *lvmtext_string(const struct lvmtext *section, const char *name)
{
	const struct lvmtext *node = lvmtext_find(section, name);

	return node && node->string ? node->string : "";
}

bool lvmtext_number(const struct lvmtext *section, const char *name, uint64_t *number)
{
	const struct lvmtext *node = lvmtext_find(section, name);

	if (!node || node->string || node->child)
		return false;
	*number = node->number;
	return true;
}

bool lvmtext_holds(const struct lvmtext *list, const char *string)
{
	for (const struct lvmtext *item = lvmtext_items(list); item; item = item->next)
		if (string_same(item->string, string))
			return true;
	return false;
}
