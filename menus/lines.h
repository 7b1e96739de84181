/*
 * What the parts of the line menu share: lines.c has the terminal, commands.c what is said on it,
 * lines_edit.c its editor.
 */
#ifndef MENUS_LINES_H
#define MENUS_LINES_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <termios.h>

#include "base/channel.h"
#include "input.h"
#include "list.h"
#include "model/view.h"

enum asking {
	ASK_COMMAND,
	ASK_EDIT,   /* a command line, which is then booted */
	ASK_EDITOR, /* what to do with the lines of the editor */
	ASK_LINE,   /* one of them */
	ASK_CONFIRM,
	ASK_USER,
	ASK_PASSWORD,
};

struct lines {
	int terminal;
	struct channel *channel;
	struct view view;
	struct list list;
	struct input input;
	struct termios found; /* the terminal's modes, if it is one */
	bool is_terminal;
	struct arena *arena;       /* of the numbers, and of a command being typed */
	VEC(const char *) numbers; /* ids of the entries as they were printed last */
	struct text typed;
	enum asking asking;
	const char *subject; /* id of the entry being edited; NULL: a kernel by its path */
	const char *edited;  /* the editor's text */
	bool edits_script;   /* which is that of an entry's commands */
	size_t number;	     /* of the line that is typed… */
	bool is_new;	     /* …and comes before that of this number */
	const char *awaited; /* id of the entry whose commands were asked for or are run; NULL: none */
	unsigned scripts;    /* of .view.scripts, those that were seen */
	enum view_request question;
	struct request asked; /* that waits for the login; in .arena */
	struct status told; /* what was printed of the status; its strings are not used */
	const char *message;
	int64_t second;     /* that was printed of the countdown; -1: none yet; 0: it was stopped */
	size_t listed;      /* entries in the view when they were printed last */
	int64_t changed_ms; /* when the view changed; 0: the list is printed */
	int64_t input_ms;
	jmp_buf exhausted;
};

/* lines_ask - send a request to PID 1, once somebody has logged in if that is what it takes */
void lines_ask(struct lines *lines, const struct request *request);

/* lines_request - send a request to PID 1; see struct request */
void lines_request(struct lines *lines, enum view_request what, const char *id, const char *text);

/* lines_put - print our own text */
void lines_put(struct lines *lines, const char *text);

/* lines_safe - print untrusted text, as printable ASCII */
void lines_safe(struct lines *lines, const char *text);

/* lines_line - print a line: untrusted text between our own */
void lines_line(struct lines *lines, const char *before, const char *text, const char *after);

/* lines_tell - print a line that PID 1, a reader or the loader has put together, in the language */
void lines_tell(struct lines *lines, const char *english);

/* lines_list - print the entries, numbered anew */
void lines_list(struct lines *lines);

/* lines_edit_entry - edit an entry's kernel, initrds and command line */
void lines_edit_entry(struct lines *lines, const struct entry *entry);

/* lines_edit_path - the same of a kernel by its path, which may be "" */
void lines_edit_path(struct lines *lines, const char *path);

/* lines_take_script - commands that were asked for may have come, or what is wrong with them; true: they have */
bool lines_take_script(struct lines *lines);

/* lines_edit_command, lines_edit_line - what was typed for the editor: a command; a line */
void lines_edit_command(struct lines *lines, const char *command);
void lines_edit_line(struct lines *lines, const char *text);

/* lines_lend - give the terminal to a shell until that ends; false: it can't be started */
bool lines_lend(struct lines *lines);

/* lines_command - do what was typed */
void lines_command(struct lines *lines, const char *command);

#endif
