/* The terminal as a grid of cells: curses, set up for a console that may be anything. */
#ifndef MENUS_SCREEN_H
#define MENUS_SCREEN_H

#include <stdbool.h>
#include <stdint.h>

/* What text means; how that looks depends on what the terminal can. */
enum style {
	STYLE_PLAIN,
	STYLE_STRONG,
	STYLE_FAINT,
	STYLE_SELECTED,
	STYLE_HEADING,
	STYLE_ALERT,
	STYLES,
};

struct screen {
	int fd;
	int rows, columns;
	bool unicode;   /* the terminal showed that it decodes UTF-8 */
	unsigned asked; /* answers of it that are still to come */
	unsigned attributes[STYLES];
	int flags; /* of the descriptor, as found; -1: unknown */
	void *curses, *in, *out;
};

/*
 * screen_type - the terminal type to use on a console
 *
 * @term if curses knows it; or one that goes with the device. NULL: only the line menu will do.
 */
const char *screen_type(int terminal, const char *term);

/*
 * screen_open - take over the terminal
 *
 * Raw mode, nothing echoed, screen cleared with the first screen_show(). Asks the terminal how
 * large it is and whether it decodes UTF-8; the answers come as input, to screen_report().
 * Returns 0, or -errno (-ENOTSUP: curses can't drive this type).
 */
int screen_open(struct screen *screen, int terminal, const char *type);

/* screen_suspend, screen_resume - lend the terminal to another program */
void screen_suspend(struct screen *screen);
void screen_resume(struct screen *screen);

/* screen_close - give the terminal back: modes as found, cursor on, at the start of the last line
 */
void screen_close(struct screen *screen);

/* screen_ask - ask size and encoding again: another terminal may have been plugged in */
void screen_ask(struct screen *screen);

/* screen_report - an answer: the cursor is at @row, @column; true if anything changed */
bool screen_report(struct screen *screen, uint32_t row, uint32_t column);

/* screen_resize - follow the size that the kernel knows, if it does; true if it changed */
bool screen_resize(struct screen *screen);

/* screen_begin - an empty screen to draw on */
void screen_begin(void);

/* screen_show - send what differs from what the terminal shows, and put its cursor there */
void screen_show(struct screen *screen, int y, int x, bool cursor);

/* screen_repaint - what the terminal shows is not known any more: send all with the next show */
void screen_repaint(void);

/* screen_unsent - bytes that have not left the kernel's buffer yet */
int screen_unsent(const struct screen *screen);

/*
 * screen_text - draw untrusted text at a place
 *
 * At most @columns columns; what does not fit ends in "...". Returns the columns used.
 */
int screen_text(const struct screen *screen, int y, int x, int columns, enum style style,
		const char *text);

/* screen_bytes - the same for the text up to @end; NULL: all */
int screen_bytes(const struct screen *screen, int y, int x, int columns, enum style style,
		 const char *text, const char *end);

/* screen_wrap - the same over at most @rows rows; returns how many the whole text would take */
int screen_wrap(const struct screen *screen, int y, int x, int columns, int rows, enum style style,
		const char *text);

/* screen_print - the same, formatted as by printf(3); long texts are cut at 1023 bytes */
int screen_print(const struct screen *screen, int y, int x, int columns, enum style style,
		 const char *format, ...) __attribute__((format(printf, 6, 7)));

/* screen_fill - paint @columns blanks in a style */
void screen_fill(const struct screen *screen, int y, int x, int columns, enum style style);

/* screen_rule - a horizontal line across the screen */
void screen_rule(const struct screen *screen, int y);

/* screen_mark - a marker before a line: one column */
enum mark { MARK_CLOSED, MARK_OPEN, MARK_SELECTED };
void screen_mark(const struct screen *screen, int y, int x, enum style style, enum mark mark);

#endif
