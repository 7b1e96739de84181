/*
 * The grammar of GRUB's scripts. GRUB parses a line at a time, and goes on to further lines only
 * while something is open; a syntax error voids that unit and nothing else. All of this matters
 * for what is left of a broken file, so it is kept here.
 */
#include "config/grub/script.h"

#include "base/text.h"

/* Deeper than any real file; it bounds the stack. */
#define MOST_DEPTH 200

static struct node *parse_commands(struct parser *parser, bool *delimited);

static void next(struct parser *parser)
{
	if (!parser->failed)
		parser->token = lexer_next(&parser->lexer, parser->arena);
}

static void fail(struct parser *parser, const char *text)
{
	if (!parser->failed)
		parser->hooks->problem(parser->hooks->context, parser->token.line,
				       parser->token.column, text);
	parser->failed = true;
}

static const char *token_text(struct parser *parser)
{
	const struct token *token = &parser->token;
	size_t n = (size_t)(token->end - token->at);

	if (token->kind == TOKEN_END)
		return "the file ends within a block or statement";
	if (parser->lexer.cut)
		return "the file ends within a quoted string or a continued line";
	if (token->kind == TOKEN_NEWLINE)
		return "syntax error: the line ends too early";
	if (*token->at == '$')
		return "syntax error: a $ that is no variable; write \\$";
	return arena_print(parser->arena, "syntax error at \"%.*s\"", (int)(n > 40 ? 40 : n),
			   token->at);
}

static void unexpected(struct parser *parser)
{
	if (!parser->failed)
		fail(parser, token_text(parser));
}

/* The token must be @kind; goes on to the next. */
static void expect(struct parser *parser, enum token_kind kind)
{
	if (parser->token.kind != kind)
		unexpected(parser);
	next(parser);
}

static bool is_argument(enum token_kind kind)
{
	return kind == TOKEN_WORD || kind == TOKEN_NAME || kind >= TOKEN_CASE;
}

static bool starts_command(enum token_kind kind)
{
	return kind == TOKEN_WORD || kind == TOKEN_NAME || kind == TOKEN_IF || kind == TOKEN_FOR ||
	       kind == TOKEN_WHILE || kind == TOKEN_UNTIL;
}

static struct node *new_node(struct parser *parser, enum node_kind kind)
{
	struct node *node = arena_make(parser->arena, struct node);

	node->kind = kind;
	node->line = parser->token.line;
	node->column = parser->token.column;
	return node;
}

static struct word **parse_arguments(struct parser *parser, struct word **tail)
{
	while (!parser->failed && is_argument(parser->token.kind)) {
		struct word *word = arena_make(parser->arena, struct word);

		word->parts = parser->token.parts;
		*tail = word;
		tail = &word->next;
		next(parser);
	}
	return tail;
}

/* Only its end, and whether it is sound: what it says is parsed when it is run. */
static struct word *parse_block(struct parser *parser)
{
	struct word *word = arena_make(parser->arena, struct word);
	struct part *part = arena_make(parser->arena, struct part);
	bool delimited, skims = parser->lexer.skims;

	word->parts = part;
	part->kind = PART_BLOCK;
	part->block = (struct source){ .origin = parser->lexer.source.origin,
				       .at = parser->token.end,
				       .line = parser->token.line,
				       .column = parser->token.column + 1,
				       .string = true };
	parser->lexer.skims = true;
	next(parser);
	parse_commands(parser, &delimited);
	parser->lexer.skims = skims;
	part->block.end = parser->token.at;
	expect(parser, TOKEN_CLOSE);
	return word;
}

static struct node *parse_simple(struct parser *parser)
{
	struct node *node = new_node(parser, NODE_COMMAND);
	struct word **tail = parse_arguments(parser, &node->words);

	if (!parser->failed && parser->token.kind == TOKEN_OPEN)
		*tail = parse_block(parser);
	return node;
}

/* What stands between two reserved words: commands, the last ended by ; or a line's end. */
static struct node *parse_delimited(struct parser *parser)
{
	bool delimited = false;
	struct node *list = parse_commands(parser, &delimited);

	if (!delimited)
		unexpected(parser);
	return list;
}

static struct node *parse_if(struct parser *parser)
{
	struct node *first = new_node(parser, NODE_IF), *node = first;

	for (;;) {
		next(parser);
		node->test = parse_delimited(parser);
		expect(parser, TOKEN_THEN);
		node->body = parse_delimited(parser);
		if (parser->failed || parser->token.kind != TOKEN_ELIF)
			break;
		node->otherwise = new_node(parser, NODE_IF);
		node = node->otherwise;
	}
	if (parser->token.kind == TOKEN_ELSE) {
		next(parser);
		node->otherwise = parse_delimited(parser);
	}
	expect(parser, TOKEN_FI);
	return first;
}

/* The variable's name of `for`, the name of a function. */
static const char *parse_name(struct parser *parser)
{
	const char *name = "";

	if (parser->token.kind == TOKEN_NAME && parser->token.parts)
		name = parser->token.parts->text;
	expect(parser, TOKEN_NAME);
	return name;
}

static void skip_newlines(struct parser *parser)
{
	while (!parser->failed && parser->token.kind == TOKEN_NEWLINE)
		next(parser);
}

static void parse_delimiters(struct parser *parser)
{
	if (parser->token.kind != TOKEN_SEMICOLON && parser->token.kind != TOKEN_NEWLINE)
		unexpected(parser);
	next(parser);
	skip_newlines(parser);
}

static struct node *parse_for(struct parser *parser)
{
	struct node *node = new_node(parser, NODE_FOR);

	next(parser);
	node->name = parse_name(parser);
	expect(parser, TOKEN_IN);
	parse_arguments(parser, &node->words);
	parse_delimiters(parser);
	expect(parser, TOKEN_DO);
	node->body = parse_delimited(parser);
	expect(parser, TOKEN_DONE);
	return node;
}

static struct node *parse_loop(struct parser *parser, enum node_kind kind)
{
	struct node *node = new_node(parser, kind);

	next(parser);
	node->test = parse_delimited(parser);
	expect(parser, TOKEN_DO);
	node->body = parse_delimited(parser);
	expect(parser, TOKEN_DONE);
	return node;
}

static struct node *parse_command(struct parser *parser)
{
	struct node *node = NULL;

	if (++parser->depth > MOST_DEPTH)
		fail(parser, "blocks are nested too deeply");
	if (parser->failed)
		return NULL;
	switch (parser->token.kind) {
	case TOKEN_WORD:
	case TOKEN_NAME:
		node = parse_simple(parser);
		break;
	case TOKEN_IF:
		node = parse_if(parser);
		break;
	case TOKEN_FOR:
		node = parse_for(parser);
		break;
	case TOKEN_WHILE:
		node = parse_loop(parser, NODE_WHILE);
		break;
	case TOKEN_UNTIL:
		node = parse_loop(parser, NODE_UNTIL);
		break;
	default:
		unexpected(parser);
	}
	parser->depth--;
	return node;
}

/* One command or more; @delimited says whether the last was ended by ; or a line's end. */
static struct node *parse_commands(struct parser *parser, bool *delimited)
{
	struct node *list = NULL, **tail = &list;

	skip_newlines(parser);
	do {
		*tail = parse_command(parser);
		*delimited = false;
		if (parser->failed)
			return NULL;
		tail = &(*tail)->next;
		if (parser->token.kind == TOKEN_SEMICOLON || parser->token.kind == TOKEN_NEWLINE) {
			parse_delimiters(parser);
			*delimited = true;
		}
	} while (*delimited && starts_command(parser->token.kind));
	return list;
}

static void parse_function(struct parser *parser)
{
	struct arena *arena = parser->arena;
	struct node *body;
	const char *name;

	parser->arena = parser->lasting;
	next(parser);
	name = parse_name(parser);
	skip_newlines(parser);
	expect(parser, TOKEN_OPEN);
	body = parse_delimited(parser);
	if (parser->token.kind != TOKEN_CLOSE)
		unexpected(parser);
	if (!parser->failed)
		parser->hooks->define(parser->hooks->context, name, body);
	parser->arena = arena;
	next(parser);
}

static void parse_line(struct parser *parser, struct node **list)
{
	struct node **tail = list;

	while (!parser->failed && parser->token.kind != TOKEN_NEWLINE &&
	       parser->token.kind != TOKEN_END) {
		if (parser->token.kind == TOKEN_FUNCTION) {
			parse_function(parser);
		} else {
			*tail = parse_command(parser);
			if (*tail)
				tail = &(*tail)->next;
		}
		if (parser->failed)
			break;
		if (parser->token.kind == TOKEN_SEMICOLON)
			next(parser);
		else if (parser->token.kind != TOKEN_NEWLINE && parser->token.kind != TOKEN_END)
			unexpected(parser);
	}
}

enum unit parser_unit(struct parser *parser, struct node **list)
{
	*list = NULL;
	parser->failed = parser->lexer.skims = false;
	parser->depth = 0;
	next(parser);
	if (parser->token.kind == TOKEN_END)
		return UNIT_END;
	parse_line(parser, list);
	if (!parser->failed)
		return UNIT_PARSED;
	*list = NULL;
	lexer_skip_line(&parser->lexer, &parser->token);
	return UNIT_FAILED;
}
