/*
 * The words of GRUB's script language: GRUB manual, "Shell-like scripting" — and where it says
 * nothing, what GRUB 2.06 does, whose lexer takes the longest of all that matches at a place.
 */
#include <string.h>

#include "base/text.h"
#include "config/grub/script.h"

static const char *const reserved[] = {
	[TOKEN_CASE] = "case", [TOKEN_DO] = "do",       [TOKEN_DONE] = "done",
	[TOKEN_ELIF] = "elif", [TOKEN_ELSE] = "else",   [TOKEN_ESAC] = "esac",
	[TOKEN_FI] = "fi",     [TOKEN_FOR] = "for",     [TOKEN_FUNCTION] = "function",
	[TOKEN_IF] = "if",     [TOKEN_IN] = "in",       [TOKEN_SELECT] = "select",
	[TOKEN_THEN] = "then", [TOKEN_UNTIL] = "until", [TOKEN_WHILE] = "while",
};

static bool is_name_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_name(char c)
{
	return is_name_start(c) || is_digit(c);
}

static bool is_special(char c)
{
	return c && strchr("?#*@", c);
}

struct source script_clean(struct arena *arena, struct origin origin, const char *bytes, size_t size)
{
	char *clean = arena_alloc(arena, size + 1), *to = clean;
	const char *end = bytes + size;

	for (const char *at = bytes; at < end;) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		char *line = to;
		bool ended = stop;

		if (!stop)
			stop = end;
		for (const char *c = at; c < stop && *c; c++)
			if (*c != '\r')
				*to++ = *c;
		if (to > line && *line == '#') {
			to = line;
			*to++ = '\0';
		} else if (ended) {
			*to++ = '\n';
		}
		at = stop + ended;
	}
	return (struct source){ .origin = origin, .at = clean, .end = to, .line = 1, .column = 1 };
}

struct source script_string(const char *text, struct origin origin, unsigned line, unsigned column)
{
	return (struct source){ .origin = origin,
				.at = text,
				.end = text + strlen(text),
				.line = line,
				.column = column,
				.string = true };
}

void lexer_start(struct lexer *lexer, const struct source *source)
{
	*lexer = (struct lexer){
		.source = *source, .at = source->at, .line_at = source->at, .line = source->line
	};
}

/* Moves on to @to and counts the lines on the way. */
static void advance(struct lexer *lexer, const char *to)
{
	for (const char *c = lexer->at; c < to; c++)
		if (*c == '\n' || *c == '\0') {
			lexer->line++;
			lexer->line_at = c + 1;
		}
	lexer->at = to;
}

void lexer_skip_line(struct lexer *lexer, const struct token *token)
{
	const char *end = lexer->source.end, *newline;

	if (token->kind == TOKEN_NEWLINE) {
		advance(lexer, token->end);
		return;
	}
	newline = memchr(token->end, '\n', (size_t)(end - token->end));
	advance(lexer, newline ? newline + 1 : end);
}

/* After the closing quote of a string that begins after @at; NULL if it has none. */
static const char *skip_string(const char *at, const char *end, char quote)
{
	for (; at < end; at++) {
		if (*at == quote)
			return at + 1;
		if (*at == '\\' && quote == '"')
			at++;
	}
	return NULL;
}

/* After the variable whose $ is at @at; @at itself if none is there. */
static const char *skip_variable(const char *at, const char *end)
{
	const char *c = at + 1;
	bool braces = c < end && *c == '{';

	c += braces;
	if (c >= end)
		return at;
	if (is_special(*c)) {
		c++;
	} else if (is_digit(*c)) {
		while (c < end && is_digit(*c))
			c++;
	} else if (is_name_start(*c)) {
		while (c < end && is_name(*c))
			c++;
	} else {
		return at;
	}
	if (!braces)
		return c;
	return c < end && *c == '}' ? c + 1 : at;
}

/* After the word that begins at @at; @at if none does; NULL if the text ends within it. */
static const char *skip_word(const struct lexer *lexer, const char *at)
{
	const char *end = lexer->source.end, *next;

	while (at < end) {
		switch (*at) {
		case ' ':
		case '\t':
		case '\n':
		case '{':
		case '}':
		case '|':
		case '&':
		case ';':
		case '<':
		case '>':
			return at;
		case '\\':
			at += 2;
			/* a line that is to be continued, and is the last; a string has one more */
			if (at > end || (at == end && at[-1] == '\n' && !lexer->source.string))
				return NULL;
			break;
		case '\'':
		case '"':
			at = skip_string(at + 1, end, *at);
			if (!at)
				return NULL;
			break;
		case '$':
			if (at + 1 < end && at[1] == '"') {
				at = skip_string(at + 2, end, '"');
				if (!at)
					return NULL;
				break;
			}
			next = skip_variable(at, end);
			if (next == at)
				return at;
			at = next;
			break;
		default:
			at++;
		}
	}
	return at;
}

struct splitter {
	struct arena *arena;
	struct part **tail;
	struct text text;
};

static void emit(struct splitter *split, enum part_kind kind, bool even_empty)
{
	struct part *part;

	if (!split->text.n && !even_empty)
		return;
	part = arena_make(split->arena, struct part);
	part->kind = kind;
	part->text = arena_copy(split->arena, split->text.at, split->text.n);
	split->text.n = 0;
	*split->tail = part;
	split->tail = &part->next;
}

static const char *split_variable(struct splitter *split, const char *at, const char *end,
				  enum part_kind kind)
{
	const char *stop = skip_variable(at, end);
	bool braces = at[1] == '{';

	if (stop == at)
		return NULL;
	text_add(&split->text, at + 1 + braces, (size_t)(stop - at) - 1 - 2 * braces);
	emit(split, kind, true);
	return stop;
}

/* How many bytes at @at stand for themselves, in quotes or not: none of these, nor a '\0'. */
static size_t plain_run(const char *at, const char *end)
{
	const char *c = at;

	while (c < end && *c && *c != '\\' && *c != '\'' && *c != '"' && *c != '$')
		c++;
	return (size_t)(c - at);
}

static void add_char(struct splitter *split, char c)
{
	if (c) /* a dropped comment line */
		text_char(&split->text, c);
}

/* In double quotes the backslash quotes only $ " \ and the end of a line. */
static const char *split_quoted(struct splitter *split, const char *at, const char *end)
{
	bool first = true;

	while (at < end && *at != '"') {
		size_t n = plain_run(at, end);

		if (n) {
			text_add(&split->text, at, n);
			at += n;
		} else if (*at == '\\' && at + 1 < end && strchr("$\\\"\n", at[1])) {
			if (at[1] != '\n')
				add_char(split, at[1]);
			at += 2;
		} else if (*at == '$') {
			emit(split, PART_QUOTED, first);
			first = false;
			at = split_variable(split, at, end, PART_QVAR);
			if (!at)
				return NULL;
		} else {
			add_char(split, *at++);
		}
	}
	emit(split, PART_QUOTED, first);
	return at + 1;
}

/* $"…" keeps its backslashes, but for \" and the end of a line; what is left is a template. */
static const char *split_i18n(struct splitter *split, const char *at, const char *end)
{
	while (at < end && *at != '"') {
		if (*at == '\\' && at + 1 < end && strchr("\\\"\n", at[1])) {
			if (at[1] == '\\')
				text_string(&split->text, "\\\\");
			else if (at[1] == '"')
				text_char(&split->text, '"');
			at += 2;
		} else {
			add_char(split, *at++);
		}
	}
	emit(split, PART_I18N, true);
	return at + 1;
}

/* What is between single quotes; returns where it goes on behind them. */
static const char *split_single(struct splitter *split, const char *at, const char *end)
{
	while (at < end && *at != '\'') {
		size_t n = plain_run(at, end);

		if (n)
			text_add(&split->text, at, n);
		else
			add_char(split, *at++);
		at += n;
	}
	emit(split, PART_QUOTED, true);
	return at + 1;
}

/* The parts of the word [at, end); false if a string in it has a $ that is no variable. */
static bool split_word(struct arena *arena, const char *at, const char *end, struct part **parts)
{
	struct splitter split = { .arena = arena, .tail = parts, .text = TEXT(arena) };

	*parts = NULL;
	while (at && at < end) {
		size_t n = plain_run(at, end);

		if (n) {
			text_add(&split.text, at, n);
			at += n;
			continue;
		}
		switch (*at) {
		case '\\':
			if (at + 1 < end && at[1] != '\n')
				text_add(&split.text, at, 2);
			at += 2;
			break;
		case '\'':
			emit(&split, PART_TEXT, false);
			at = split_single(&split, at + 1, end);
			break;
		case '"':
			emit(&split, PART_TEXT, false);
			at = split_quoted(&split, at + 1, end);
			break;
		case '$':
			if (at[1] == '"') {
				/* GRUB takes what stands before it for a template, too */
				emit(&split, PART_I18N, false);
				at = split_i18n(&split, at + 2, end);
				break;
			}
			emit(&split, PART_TEXT, false);
			at = split_variable(&split, at, end, PART_VAR);
			break;
		default:
			add_char(&split, *at++);
		}
	}
	emit(&split, PART_TEXT, false);
	return at;
}

/* Could split_word() find something wrong with a word? In double quotes a $ must be a variable's. */
static bool is_doubtful(const char *at, const char *end)
{
	size_t n = (size_t)(end - at);

	return memchr(at, '"', n) && memchr(at, '$', n);
}

static enum token_kind classify(const char *at, const char *end)
{
	size_t n = (size_t)(end - at);

	/* [[ and ]] are reserved, for nothing */
	if (n == 2 && (memcmp(at, "[[", 2) == 0 || memcmp(at, "]]", 2) == 0))
		return TOKEN_BAD;
	if (!is_name_start(*at))
		return TOKEN_WORD;
	for (const char *c = at; c < end; c++)
		if (!is_name(*c))
			return TOKEN_WORD;
	for (int i = TOKEN_CASE; i <= TOKEN_WHILE; i++)
		if (strlen(reserved[i]) == n && memcmp(reserved[i], at, n) == 0)
			return i;
	return TOKEN_NAME;
}

/* Blanks, dropped lines and comments. */
static void skip_blanks(struct lexer *lexer)
{
	const char *end = lexer->source.end;

	for (;;) {
		const char *at = lexer->at, *newline;

		while (at < end && (*at == ' ' || *at == '\t' || *at == '\0'))
			at++;
		advance(lexer, at);
		if (at == end || *at != '#')
			return;
		newline = memchr(at, '\n', (size_t)(end - at));
		advance(lexer, newline ? newline : end);
	}
}

static enum token_kind punctuation(struct lexer *lexer, const char **at)
{
	const char *end = lexer->source.end;
	char c = *(*at)++;

	switch (c) {
	case '\n':
		return TOKEN_NEWLINE;
	case '{':
		return TOKEN_OPEN;
	case '}':
		return TOKEN_CLOSE;
	case ';':
		if (*at == end || **at != ';')
			return TOKEN_SEMICOLON;
		break;
	case '|':
	case '&':
		break;
	default:
		return TOKEN_BAD;
	}
	if (*at < end && **at == c)
		(*at)++;
	return TOKEN_BAD;
}

struct token lexer_next(struct lexer *lexer, struct arena *arena)
{
	struct token token = { .kind = TOKEN_END };
	const char *end = lexer->source.end, *stop;

	skip_blanks(lexer);
	token.at = token.end = lexer->at;
	token.line = lexer->line;
	token.column = (unsigned)(lexer->at - lexer->line_at) + 1;
	if (lexer->line == lexer->source.line)
		token.column += lexer->source.column - 1;
	if (lexer->at == end)
		return token;
	stop = skip_word(lexer, lexer->at);
	if (!stop) {
		lexer->cut = true;
		token.kind = TOKEN_BAD;
		token.end = end;
	} else if (stop == lexer->at) {
		token.end = stop;
		token.kind = punctuation(lexer, &token.end);
	} else {
		token.end = stop;
		token.kind = classify(lexer->at, stop);
		if ((!lexer->skims || is_doubtful(lexer->at, stop)) &&
		    !split_word(arena, lexer->at, stop, &token.parts))
			token.kind = TOKEN_BAD;
	}
	advance(lexer, token.end);
	return token;
}
