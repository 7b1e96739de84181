#include "screen.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/text.h"
#include "terminal.h"
#include "title.h"

/*
 * Where is the cursor after one character of three bytes at the left edge, and where is it when
 * sent to the far corner? (ECMA-48 8.3.35, Device Status Report; the answer is ESC [ row ; column
 * R.) ESC 7, ESC 8 (DEC): the cursor's place is kept. A terminal that does not know the questions
 * shows them for a moment, until the screen is cleared.
 */
static const char question[] = "\0337\r\xe2\x94\x80\033[6n\r   \033[999;999H\033[6n\0338";
#define ANSWERS 2

/*
 * Scroll the whole screen, whatever size it has: curses sets a region of the size that it knows,
 * and the next system would be left in it. (DECSTBM also moves the cursor.)
 */
static const char whole_screen[] = "\0337\033[r\0338";

/* Smaller than this nothing can be drawn, larger than this nothing is. */
#define ROWS_LEAST    3
#define COLUMNS_LEAST 12
#define ROWS_MOST     500
#define COLUMNS_MOST  1000

/* Types without a description of their own, by how they begin, and what will do for them. */
static const char *const similar[][2] = {
	{ "tmux", "screen" }, { "screen", "screen" }, { "xterm", "xterm-256color" },
	{ "rxvt", "screen" }, { "vt102", "vt100" },   { "vt", "vt220" },
};

const char *screen_type(int terminal, const char *term)
{
	char path[64];

	if (!isatty(terminal))
		return NULL;
	if (!term || !*term) {
		if (ttyname_r(terminal, path, sizeof path) != 0)
			return "vt220";
		/* tty0, tty1, …: the kernel's own; all else has a terminal behind a wire. */
		return string_starts(path, "/dev/tty") && path[8] >= '0' && path[8] <= '9'
			       ? "linux"
			       : "vt220";
	}
	return strcmp(term, "dumb") == 0 || strcmp(term, "unknown") == 0 ? NULL : term;
}

static void set_size(struct screen *screen, int rows, int columns)
{
	screen->rows = rows < ROWS_LEAST ? ROWS_LEAST : rows > ROWS_MOST ? ROWS_MOST : rows;
	screen->columns = columns < COLUMNS_LEAST  ? COLUMNS_LEAST
			  : columns > COLUMNS_MOST ? COLUMNS_MOST
						   : columns;
	resize_term(screen->rows, screen->columns);
	screen_repaint(); /* what the terminal made of its text is its own affair */
	/*
	 * Where such a terminal says that the cursor goes behind the last column is not where its
	 * emulators put it; so that column stays empty.
	 */
	if (!terminal_wraps_late())
		screen->columns--;
}

static bool size_of_kernel(const struct screen *screen, struct winsize *size)
{
	return ioctl(screen->fd, TIOCGWINSZ, size) == 0 && size->ws_row && size->ws_col;
}

bool screen_resize(struct screen *screen)
{
	struct winsize size;

	if (!size_of_kernel(screen, &size) || (size.ws_row == LINES && size.ws_col == COLS))
		return false;
	set_size(screen, size.ws_row, size.ws_col);
	return true;
}

/* Colour is only an addition to what bold and reverse say; the palette is left as it is. */
static void choose_attributes(struct screen *screen)
{
	unsigned *attributes = screen->attributes;

	attributes[STYLE_STRONG] = attributes[STYLE_HEADING] = A_BOLD;
	attributes[STYLE_FAINT] = termattrs() & A_DIM ? A_DIM : A_NORMAL;
	attributes[STYLE_SELECTED] = A_REVERSE;
	attributes[STYLE_ALERT] = A_BOLD;
	if (!has_colors())
		return;
	start_color();
	use_default_colors();
	init_pair(1, COLOR_RED, -1);
	init_pair(2, COLOR_CYAN, -1);
	attributes[STYLE_ALERT] = A_BOLD | COLOR_PAIR(1);
	attributes[STYLE_HEADING] = A_BOLD | COLOR_PAIR(2);
}

/* An own descriptor, which fclose() may close. */
static FILE *open_stream(int terminal, const char *mode)
{
	int fd = fcntl(terminal, F_DUPFD_CLOEXEC, 3);
	FILE *stream = fd < 0 ? NULL : fdopen(fd, mode);

	if (fd >= 0 && !stream)
		close(fd);
	return stream;
}

/* Past curses. A terminal that knows no regions (ansi) is not told of them. */
static void transmit(const struct screen *screen, const char *bytes)
{
	if (bytes == whole_screen && !terminal_has_regions())
		return;
	fputs(bytes, screen->out);
	fflush(screen->out);
}

int screen_open(struct screen *screen, int terminal, const char *type)
{
	struct winsize size;

	*screen = (struct screen){ .fd = terminal };
	/* curses does not know descriptors that don't block: it would spin on a stuck console. */
	screen->flags = fcntl(terminal, F_GETFL);
	if (screen->flags >= 0)
		fcntl(terminal, F_SETFL, screen->flags & ~O_NONBLOCK);
	screen->in = open_stream(terminal, "r");
	screen->out = open_stream(terminal, "w");
	if (!screen->in || !screen->out)
		goto fail;
	use_env(FALSE);   /* LINES and COLUMNS say nothing about a console… */
	use_tioctl(TRUE); /* …and terminfo's "linux" has no size to fall back to */
	screen->curses = newterm(type, screen->out, screen->in);
	for (size_t i = 0; i < sizeof similar / sizeof *similar && !screen->curses; i++)
		if (string_starts(type, similar[i][0]))
			screen->curses = newterm(similar[i][1], screen->out, screen->in);
	if (!screen->curses)
		screen->curses = newterm("vt100", screen->out, screen->in);
	if (!screen->curses)
		goto fail;
	raw();
	noecho();
	nonl();
	typeahead(-1); /* a full screen is small; half of one is not legible */
	leaveok(stdscr, FALSE);
	curs_set(0);
	choose_attributes(screen);
	if (size_of_kernel(screen, &size))
		set_size(screen, size.ws_row, size.ws_col);
	else
		set_size(screen, 24, 80);
	refresh(); /* curses sets the terminal up */
	transmit(screen, whole_screen);
	screen_ask(screen);
	screen_repaint();
	return 0;
fail:
	if (screen->in)
		fclose(screen->in);
	if (screen->out)
		fclose(screen->out);
	return -ENOTSUP;
}

void screen_close(struct screen *screen)
{
	curs_set(1);
	endwin();
	transmit(screen, whole_screen);
	delscreen(screen->curses);
	/* An answer that comes too late is not for whoever reads this terminal next. */
	tcflush(screen->fd, TCIFLUSH);
	fclose(screen->in);
	fclose(screen->out);
	if (screen->flags >= 0)
		fcntl(screen->fd, F_SETFL, screen->flags);
}

void screen_suspend(struct screen *screen)
{
	curs_set(1);
	endwin();
	transmit(screen, whole_screen);
}

void screen_resume(struct screen *screen)
{
	refresh(); /* curses takes its modes up again */
	screen_resize(screen);
	screen_ask(screen);
	screen_repaint();
}

void screen_ask(struct screen *screen)
{
	screen->asked = ANSWERS;
	transmit(screen, question);
}

bool screen_report(struct screen *screen, uint32_t row, uint32_t column)
{
	struct winsize size;
	bool unicode = column == 2;

	if (screen->asked == 0)
		return false;
	if (screen->asked-- == ANSWERS) {
		if (unicode == screen->unicode)
			return false;
		screen->unicode = unicode;
		return true;
	}
	/* Where the kernel knows the size itself (a VT, a pseudo-terminal), it is the better
	 * witness. */
	if (size_of_kernel(screen, &size) || ((int)row == LINES && (int)column == COLS))
		return false;
	set_size(screen, (int)row, (int)column);
	return true;
}

void screen_begin(void)
{
	erase();
}

void screen_show(struct screen *screen, int y, int x, bool cursor)
{
	(void)screen;
	curs_set(cursor);
	move(y, x);
	refresh();
}

void screen_repaint(void)
{
	clearok(curscr, TRUE);
}

int screen_unsent(const struct screen *screen)
{
	int bytes = 0;

	return ioctl(screen->fd, TIOCOUTQ, &bytes) < 0 ? 0 : bytes;
}

int screen_bytes(const struct screen *screen, int y, int x, int columns, enum style style,
		 const char *text, const char *end)
{
	struct title title = TITLE(text, screen->unicode);
	int room = screen->columns - x < columns ? screen->columns - x : columns;
	int used = 0, cut_x = x;
	struct glyph glyph;

	if (y < 0 || y >= screen->rows || room <= 0)
		return 0;
	title.end = end;
	attrset((int)screen->attributes[style]);
	move(y, x);
	while (title_next(&title, &glyph)) {
		if (used + glyph.columns > room) {
			int dots = room < 3 ? room : 3;

			/* Blanks first: half of a wide character must not stay. */
			mvhline(y, cut_x, ' ', x + room - cut_x);
			mvaddnwstr(y, cut_x, L"...", dots);
			used = cut_x - x + dots;
			break;
		}
		addwstr(glyph.text);
		used += glyph.columns;
		if (used <= room - 3)
			cut_x = x + used;
	}
	attrset(A_NORMAL);
	return used;
}

int screen_text(const struct screen *screen, int y, int x, int columns, enum style style,
		const char *text)
{
	return screen_bytes(screen, y, x, columns, style, text, NULL);
}

int screen_print(const struct screen *screen, int y, int x, int columns, enum style style,
		 const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	return screen_text(screen, y, x, columns, style, text);
}

int screen_wrap(const struct screen *screen, int y, int x, int columns, int rows, enum style style,
		const char *text)
{
	int used = 0;
	size_t n;

	for (; (n = title_wrap(text, screen->unicode, columns)); text += n) {
		const char *end = text + n;

		if (++used > rows)
			continue;
		if (used == rows) /* the last one shows that there is more */
			end = NULL;
		else if (end[-1] == ' ')
			end--;
		screen_bytes(screen, y + used - 1, x, columns, style, text, end);
	}
	return used;
}

void screen_fill(const struct screen *screen, int y, int x, int columns, enum style style)
{
	if (y < 0 || y >= screen->rows || columns <= 0)
		return;
	attrset((int)screen->attributes[style]);
	mvhline(y, x, ' ', columns);
	attrset(A_NORMAL);
}

/*
 * In characters of the terminal's own encoding; switching to DEC's line-drawing set would be
 * shorter, but terminals that decode UTF-8 are free to ignore it, and some do.
 */
void screen_rule(const struct screen *screen, int y)
{
	cchar_t line;

	if (y < 0 || y >= screen->rows)
		return;
	setcchar(&line, screen->unicode ? L"\u2500" : L"-", A_NORMAL, 0, NULL);
	mvhline_set(y, 0, &line, screen->columns);
}

/* Those of code page 437, which the VGA text console's font has. */
void screen_mark(const struct screen *screen, int y, int x, enum style style, enum mark mark)
{
	static const char *const unicode[] = { "\u25ba", "\u25bc", ">" };
	static const char *const ascii[] = { "+", "-", ">" };

	screen_text(screen, y, x, 1, style, screen->unicode ? unicode[mark] : ascii[mark]);
}
