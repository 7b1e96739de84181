/* What the line menu's two halves share: lines.c has the terminal, commands.c what is said on it.
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

enum asking { ASK_COMMAND, ASK_EDIT, ASK_CONFIRM, ASK_USER, ASK_PASSWORD };

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
	const char *subject; /* id of the entry being edited */
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

/* lines_boot - ask PID 1 to boot an entry; @text: see struct request. Asks for a login, if it takes one */
void lines_boot(struct lines *lines, const struct entry *entry, const char *text);

/* lines_request - send a request to PID 1; see struct request */
void lines_request(struct lines *lines, enum view_request what, const char *id, const char *text);

/* lines_put - print our own text */
void lines_put(struct lines *lines, const char *text);

/* lines_safe - print untrusted text, as printable ASCII */
void lines_safe(struct lines *lines, const char *text);

/* lines_line - print a line: untrusted text between our own */
void lines_line(struct lines *lines, const char *before, const char *text, const char *after);

/* lines_list - print the entries, numbered anew */
void lines_list(struct lines *lines);

/* lines_command - do what was typed */
void lines_command(struct lines *lines, const char *command);

#endif
