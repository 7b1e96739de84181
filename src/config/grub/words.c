/*
 * From the words of a script to the arguments of a command: variables, splitting, quoting.
 *
 * As in GRUB, a word is first put together in the form of a pattern, in which a backslash keeps
 * the next character from meaning anything; what comes from quotes gets backslashes for that.
 */
#include <stdlib.h>
#include <string.h>

#include "config/grub/interp.h"

/* No word of a real file comes near; a script that doubles a variable in a loop does. */
#define WORD_MOST ((size_t)256 * 1024)

#define BLANKS " \t\n\r"

struct builder {
	struct interp *in;
	struct words *words;
	struct text text;
	bool begun;     /* the word exists, even if it is empty */
	bool backslash; /* it has one */
	bool wild;      /* it may have * or ? that mean something */
};

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_hex_escape(const char *at)
{
	return at[0] == '\\' && at[1] == 'x' && is_hex(at[2]) && is_hex(at[3]);
}

static void put(struct builder *b, const char *text, size_t n)
{
	if (b->text.n + n <= WORD_MOST)
		text_add(&b->text, text, n);
	else
		b->in->overrun = "a word grows without end";
	b->begun = true;
}

/* How many of @n bytes mean nothing in a pattern. */
static size_t plain(const char *text, size_t n)
{
	size_t i = 0;

	while (i < n && text[i] != '\\' && text[i] != '*' && text[i] != '?')
		i++;
	return i;
}

static void put_unquoted(struct builder *b, const char *text)
{
	size_t n = strlen(text);

	b->backslash = b->backslash || memchr(text, '\\', n);
	b->wild = b->wild || memchr(text, '*', n) || memchr(text, '?', n);
	put(b, text, n);
}

/* A wildcard or backslash that quotes make itself. */
static void put_quoted_special(struct builder *b, const char *text, size_t n)
{
	b->backslash = true;
	if (!(b->in->redhat && n > 3 && is_hex_escape(text)))
		put(b, "\\", 1);
}

/* In an unquoted variable's value a backslash is itself, and keeps a wildcard from being one. */
static void put_value_special(struct builder *b, const char *text, size_t n)
{
	if (*text != '\\') {
		b->wild = true;
		return;
	}
	b->backslash = true;
	put(b, "\\\\", n > 1 && (text[1] == '?' || text[1] == '*') ? 2 : 1);
}

static void put_each(struct builder *b, const char *text, size_t n,
		     void (*put_special)(struct builder *b, const char *text, size_t n))
{
	b->begun = true;
	for (;;) {
		size_t run = plain(text, n);

		put(b, text, run);
		text += run;
		n -= run;
		if (!n)
			return;
		put_special(b, text, n);
		put(b, text++, 1);
		n--;
	}
}

static void put_quoted(struct builder *b, const char *text, size_t n)
{
	put_each(b, text, n, put_quoted_special);
}

static void put_value(struct builder *b, const char *text, size_t n)
{
	put_each(b, text, n, put_value_special);
}

static char *unescape(struct builder *b)
{
	char *text = arena_copy(scratch(b->in), b->text.at, b->text.n), *to = text;

	if (!b->backslash)
		return text;
	for (const char *from = text; *from;) {
		if (b->in->redhat && is_hex_escape(from)) {
			for (int i = 0; i < 4; i++)
				*to++ = *from++;
			continue;
		}
		if (*from == '\\' && from[1])
			from++;
		*to++ = *from++;
	}
	*to = '\0';
	return text;
}

static void end_word(struct builder *b)
{
	if (!b->begun)
		return;
	count_steps(b->in, b->text.n / 32); /* long words take time, too */
	if (!b->wild || !glob_expand(b->in, text_end(&b->text), b->words))
		vec_push(scratch(b->in), &b->words->list) = unescape(b);
	b->begun = b->backslash = b->wild = false;
	b->text.n = 0;
	if (b->text.at)
		b->text.at[0] = '\0';
}

/* An unquoted value: blanks within it end words, those around it vanish. */
static void split_value(struct builder *b, const char *value)
{
	value += strspn(value, BLANKS);
	while (*value) {
		size_t n = strcspn(value, BLANKS);

		put_value(b, value, n);
		value += n;
		value += strspn(value, BLANKS);
		if (*value)
			end_word(b);
	}
}

/* "$@" is a word for each argument, "$*" one word; unquoted, both are split, blank ones vanish. */
static void put_all_arguments(struct builder *b, bool quoted, bool joined)
{
	const struct scope *scope = b->in->scope;
	bool some = false;

	for (size_t i = 0; i < scope->n; i++) {
		const char *value = scope->args[i];

		if (!quoted && !value[strspn(value, BLANKS)])
			continue;
		if (some && quoted && joined)
			put(b, " ", 1);
		else if (some)
			end_word(b);
		some = true;
		if (quoted)
			put_quoted(b, value, strlen(value));
		else
			split_value(b, value);
	}
}

static void put_variable(struct builder *b, const char *name, bool quoted)
{
	const struct scope *scope = b->in->scope;
	const char *value = NULL;

	if (*name == '*' || *name == '@') {
		if (scope)
			put_all_arguments(b, quoted, *name == '*');
		return;
	}
	if (*name == '#' && scope) {
		value = arena_print(scratch(b->in), "%zu", scope->n);
	} else if (*name == '?') {
		if (b->in->status >= 0)
			value = arena_print(scratch(b->in), "%d", b->in->status);
	} else if (*name >= '0' && *name <= '9') {
		unsigned long number;

		if (scope && number_parse(name, 10, &number, NULL) && number && number <= scope->n)
			value = scope->args[number - 1];
	} else {
		value = env_get(b->in, name);
	}
	if (!value)
		return;
	if (quoted)
		put_quoted(b, value, strlen(value));
	else
		split_value(b, value);
}

static const char *template_variable(struct interp *in, const char *name, size_t n)
{
	char *copy = arena_copy(scratch(in), name, n);

	if (strcmp(copy, "#") == 0 && in->scope)
		return arena_print(scratch(in), "%zu", in->scope->n);
	if (strcmp(copy, "?") == 0)
		return arena_print(scratch(in), "%d", in->status < 0 ? 0 : in->status);
	return env_get(in, copy);
}

/* The length of the variable's name at @at (after the $), in *@n; false if there is none. */
static bool template_name(const char **at, size_t *n)
{
	const char *c = *at;

	if (*c == '{') {
		const char *close = strchr(c, '}');

		*at = c + 1;
		*n = close ? (size_t)(close - c) - 1 : 0;
		return close;
	}
	*n = strspn(c, "0123456789");
	if (!*n)
		*n = strspn(c, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");
	if (!*n)
		*n = *c == '?' || *c == '#';
	return *n;
}

void words_template(struct interp *in, const char *template, struct text *out)
{
	for (const char *at = template; *at;) {
		size_t n;

		if (*at == '\\') {
			if (at[1] != '$' && at[1] != '\\')
				text_char(out, '\\');
			else
				text_char(out, *++at);
			at++;
		} else if (*at == '$') {
			const char *name = at + 1;
			const char *value;

			if (!template_name(&name, &n)) {
				text_char(out, *at++);
				continue;
			}
			value = template_variable(in, name, n);
			if (value)
				text_string(out, value);
			at = name + n + (at[1] == '{');
		} else {
			text_char(out, *at++);
		}
	}
}

static void put_template(struct builder *b, const char *template)
{
	struct text out = TEXT(scratch(b->in));

	words_template(b->in, gettext_find(b->in, template), &out);
	put_quoted(b, text_end(&out), out.n);
}

/* Only a menu's commands need the block itself; for others it is a word like any. */
static void put_block(struct builder *b, const struct part *part)
{
	b->words->block = part;
	b->begun = true;
	if (b->words->list.n && (strcmp(b->words->list.at[0], "menuentry") == 0 ||
				 strcmp(b->words->list.at[0], "submenu") == 0 ||
				 strcmp(b->words->list.at[0], "hiddenentry") == 0))
		return;
	put(b, "{", 1);
	for (const char *c = part->block.at; c < part->block.end; c++)
		if (*c) /* else a dropped comment line */
			put_quoted(b, c, 1);
	put(b, "}", 1);
}

static void put_part(struct builder *b, const struct part *part)
{
	switch (part->kind) {
	case PART_TEXT:
		put_unquoted(b, part->text);
		break;
	case PART_QUOTED:
		put_quoted(b, part->text, strlen(part->text));
		break;
	case PART_VAR:
	case PART_QVAR:
		put_variable(b, part->text, part->kind == PART_QVAR);
		break;
	case PART_I18N:
		put_template(b, part->text);
		break;
	case PART_BLOCK:
		put_block(b, part);
		break;
	}
}

void words_expand(struct interp *in, const struct word *word, struct words *words)
{
	struct builder b = { .in = in, .words = words, .text = TEXT(scratch(in)) };

	*words = (struct words){ 0 };
	for (; word; word = word->next) {
		for (const struct part *part = word->parts; part; part = part->next)
			put_part(&b, part);
		end_word(&b);
	}
}
