/* GRUB's script language: from text to a syntax tree. */
#ifndef CONFIG_GRUB_SCRIPT_H
#define CONFIG_GRUB_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

/* The file that a script came from. */
struct origin {
	const char *file;
	const char *device; /* the kernel's name of the device it is on; NULL: the config's own */
};

/* A stretch of script and where it came from. Each '\0' in it stands for a comment line dropped. */
struct source {
	struct origin origin;
	const char *at, *end;
	unsigned line, column; /* of the first byte, from 1 */
	bool string;           /* from a string or a block, not from a file */
};

/* What a word is glued from. */
enum part_kind {
	PART_TEXT,   /* unquoted: backslashes still in it, may have wildcards */
	PART_QUOTED, /* quoted: taken as it is; makes a word even when empty */
	PART_VAR,    /* $name: split at blanks, may have wildcards */
	PART_QVAR,   /* "$name" */
	PART_I18N,   /* $"…": a template with variables */
	PART_BLOCK,  /* { … }, the last word of a command */
};

struct part {
	struct part *next;
	enum part_kind kind;
	const char *text;
	struct source block;
};

struct word {
	struct word *next;
	struct part *parts; /* NULL: nothing, as of a backslash at a line's end */
};

enum node_kind { NODE_COMMAND, NODE_IF, NODE_FOR, NODE_WHILE, NODE_UNTIL };

struct node {
	enum node_kind kind;
	unsigned line, column;
	struct node *next;
	struct word *words; /* the command; what `for` goes through */
	const char *name;   /* of `for`'s variable */
	struct node *test, *body, *otherwise;
};

enum token_kind {
	TOKEN_END,
	TOKEN_NEWLINE,
	TOKEN_SEMICOLON,
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_WORD, /* with the parts in .parts */
	TOKEN_NAME, /* a word that could be a variable's name; one part */
	TOKEN_BAD,  /* what the grammar has no use for, or what ends too early */
	/* the reserved words; all may be arguments */
	TOKEN_CASE,
	TOKEN_DO,
	TOKEN_DONE,
	TOKEN_ELIF,
	TOKEN_ELSE,
	TOKEN_ESAC,
	TOKEN_FI,
	TOKEN_FOR,
	TOKEN_FUNCTION,
	TOKEN_IF,
	TOKEN_IN,
	TOKEN_SELECT,
	TOKEN_THEN,
	TOKEN_UNTIL,
	TOKEN_WHILE,
};

struct token {
	enum token_kind kind;
	const char *at, *end;
	unsigned line, column;
	struct part *parts;
};

struct lexer {
	struct source source;
	const char *at, *line_at; /* the next byte; the first of its line */
	unsigned line;
	bool cut; /* the last token was cut off by the end of the text */
	bool skims; /* tokens need no parts: only what is wrong is looked for */
};

/* lexer_start - begin at the start of @source */
void lexer_start(struct lexer *lexer, const struct source *source);

/* lexer_next - the next token; its parts are allocated from @arena */
struct token lexer_next(struct lexer *lexer, struct arena *arena);

/* lexer_skip_line - go to the line after the one in which @token, the last one read, ends */
void lexer_skip_line(struct lexer *lexer, const struct token *token);

/*
 * script_clean - the text of a file as GRUB's line reader gives it to the lexer
 *
 * CRs are dropped, a line ends at a NUL in it, and a line that begins with # is replaced by a
 * '\0', so that lines can still be counted.
 */
struct source script_clean(struct arena *arena, struct origin origin, const char *bytes, size_t size);

/* script_string - the source that a string makes, its problems to be reported at a place */
struct source script_string(const char *text, struct origin origin, unsigned line, unsigned column);

/* What a parser tells its owner. */
struct parser_hooks {
	void *context;
	/* a function was defined: GRUB does that as soon as it has read its end */
	void (*define)(void *context, const char *name, struct node *body);
	void (*problem)(void *context, unsigned line, unsigned column, const char *text);
};

struct parser {
	struct lexer lexer;
	struct arena *arena;   /* for the tree of a unit */
	struct arena *lasting; /* for functions */
	const struct parser_hooks *hooks;
	struct token token;
	unsigned depth;
	bool failed;
};

enum unit { UNIT_END, UNIT_PARSED, UNIT_FAILED };

/*
 * parser_unit - parse what GRUB parses at a time: one line, and on while a block or an if is open
 *
 * @list gets its commands (NULL: none). UNIT_FAILED: a syntax error was reported; the whole unit
 * is void, and the next begins on the line after the one with the error, as in GRUB.
 */
enum unit parser_unit(struct parser *parser, struct node **list);

#endif
