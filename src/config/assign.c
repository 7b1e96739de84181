#include "config/assign.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "config/value.h"

int assign_open(struct assignments *a, struct reading *reading, const char *file)
{
	a->reading = reading;
	a->line = 1;
	return reading_load(reading, file, &a->cursor, &a->end);
}

static int peek(const struct assignments *a)
{
	return a->cursor < a->end ? (unsigned char)*a->cursor : -1;
}

static int take(struct assignments *a)
{
	int c = peek(a);

	if (c >= 0)
		a->cursor++;
	if (c == '\n')
		a->line++;
	return c;
}

static bool is_word_end(int c)
{
	return c < 0 || value_is_blank((char)c);
}

/* Blanks, also at line ends if @lines, and comments. */
static void skip(struct assignments *a, bool lines)
{
	for (int c; (c = peek(a)) >= 0; take(a)) {
		if (c == '\n' && !lines)
			return;
		if (c == '#' && lines)
			while (peek(a) >= 0 && peek(a) != '\n')
				take(a);
		else if (!value_is_blank((char)c))
			return;
	}
}

/* Until the closing quote. A backslash quotes; at the end of a line it joins it with the next. */
static const char *quoted(struct assignments *a)
{
	struct text text = TEXT(a->reading->arena);
	int quote = take(a), c;
	unsigned line = a->line;

	while ((c = peek(a)) >= 0 && c != '\n' && c != quote) {
		take(a);
		if (c == '\\' && quote == '"' && peek(a) >= 0) {
			c = take(a);
			if (c == '\r' && peek(a) == '\n')
				c = take(a);
			if (c == '\n')
				c = ' ';
		}
		text_char(&text, (char)c);
	}
	if (c == quote)
		take(a);
	else
		reading_problem(a->reading, a->reading->file, line, 1, "a quote is not closed");
	return text_end(&text);
}

static bool is_listed(const char *const *names, const char *name)
{
	for (; names && *names; names++)
		if (strcasecmp(*names, name) == 0)
			return true;
	return false;
}

/* To the end of the line, a comment left out, unless more assignments follow on it. */
static const char *rest_of_line(struct assignments *a)
{
	const char *begin = a->cursor, *at = begin, *word = begin;

	for (; at < a->end && *at != '\n'; at++) {
		if (at > begin && value_is_blank(at[-1]) && !value_is_blank(*at)) {
			if (*at == '#')
				break;
			word = at;
		}
		if (*at == '=' && word > begin)
			break; /* the word before it is a name */
	}
	if (at < a->end && *at == '=')
		at = begin + strcspn(begin, " \t\r\n");
	a->cursor = at;
	return value_trim(a->reading->arena, begin, at);
}

static const char *word(struct assignments *a, bool stop_at_equals)
{
	const char *begin = a->cursor;

	while (!is_word_end(peek(a)) && !(stop_at_equals && peek(a) == '='))
		take(a);
	return arena_copy(a->reading->arena, begin, (size_t)(a->cursor - begin));
}

bool assign_next(struct assignments *a, struct assignment *assignment)
{
	skip(a, true);
	while (peek(a) == '=') { /* a value without a name: nothing to make of it */
		reading_problem(a->reading, a->reading->file, a->line, 1, "\"=\" without a name");
		take(a);
		skip(a, true);
	}
	if (peek(a) < 0)
		return false;
	*assignment = (struct assignment){ .line = a->line };
	assignment->name = word(a, true);
	skip(a, false);
	if (peek(a) != '=')
		return true;
	take(a);
	skip(a, false);
	if (peek(a) == '"' || peek(a) == '\'')
		assignment->value = quoted(a);
	else if (is_listed(a->whole_line, assignment->name))
		assignment->value = rest_of_line(a);
	else
		assignment->value = word(a, false);
	return true;
}
