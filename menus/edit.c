#include "edit.h"

#include <string.h>

#include "input.h"
#include "language.h"
#include "title.h"

void edit_open(struct edit *edit, struct arena *arena, const char *text, const char *const *labels)
{
	*edit = (struct edit){ .arena = arena, .text = TEXT(arena), .labels = labels };
	for (int i = 0; labels && i < 3; i++) {
		int width = title_width(_(labels[i]), NULL, true) + 2;

		edit->indent = width > edit->indent ? width : edit->indent;
	}
	text_string(&edit->text, text);
	edit->original = arena_string(arena, text);
	edit->killed = "";
	edit->at = edit->text.n;
}

const char *edit_text(struct edit *edit)
{
	return text_end(&edit->text);
}

size_t edit_lines(const struct edit *edit)
{
	size_t n = 1;

	for (size_t i = 0; i < edit->text.n; i++)
		n += edit->text.at[i] == '\n';
	return n;
}

/* Characters ----------------------------------------------------------------------------------- */

/* Where the character after @at ends, together with what combines with it. */
static size_t next(const struct edit *edit, size_t at)
{
	struct title title = TITLE(edit->text.at + at, true);
	struct glyph glyph;

	if (!title_next(&title, &glyph))
		return at;
	for (;;) {
		struct title after = title;

		if (!title_next(&after, &glyph) || glyph.columns > 0)
			return (size_t)(title.at - edit->text.at);
		title = after;
	}
}

/* From the start: bytes that are no UTF-8 can only be counted forwards. Lines are short. */
static size_t previous(const struct edit *edit, size_t at)
{
	size_t before = 0;

	for (size_t i = 0; i < at; i = next(edit, i))
		before = i;
	return before;
}

static bool is_blank(const struct edit *edit, size_t at)
{
	return edit->text.at[at] == ' ' || edit->text.at[at] == '\n' || edit->text.at[at] == '\t';
}

static size_t word_left(const struct edit *edit, size_t at)
{
	while (at > 0 && is_blank(edit, at - 1))
		at--;
	while (at > 0 && !is_blank(edit, at - 1))
		at--;
	return at;
}

static size_t word_right(const struct edit *edit, size_t at)
{
	while (at < edit->text.n && is_blank(edit, at))
		at++;
	while (at < edit->text.n && !is_blank(edit, at))
		at++;
	return at;
}

static size_t line_begin(const struct edit *edit, size_t at)
{
	while (at > 0 && edit->text.at[at - 1] != '\n')
		at--;
	return at;
}

static size_t line_end(const struct edit *edit, size_t at)
{
	while (at < edit->text.n && edit->text.at[at] != '\n')
		at++;
	return at;
}

/* Changes -------------------------------------------------------------------------------------- */

static void remember(struct edit *edit)
{
	struct edit_state *state = &vec_push(edit->arena, &edit->undo);

	state->text = arena_copy(edit->arena, edit_text(edit), edit->text.n);
	state->at = edit->at;
}

static void restore(struct edit *edit, const char *text, size_t at)
{
	text_cut(&edit->text, 0);
	text_string(&edit->text, text);
	edit->at = at;
}

static void undo(struct edit *edit)
{
	struct edit_state state;

	if (edit->undo.n == 0)
		return;
	state = edit->undo.at[--edit->undo.n];
	restore(edit, state.text, state.at);
}

/* Back to the beginning; it can be undone like any change. */
static void revert(struct edit *edit)
{
	remember(edit);
	restore(edit, edit->original, strlen(edit->original));
}

static void insert(struct edit *edit, const char *bytes, size_t n)
{
	const char *tail =
		arena_copy(edit->arena, edit->text.at + edit->at, edit->text.n - edit->at);
	size_t tail_n = edit->text.n - edit->at;

	edit->text.n = edit->at;
	text_add(&edit->text, bytes, n);
	edit->at = edit->text.n;
	text_add(&edit->text, tail, tail_n);
}

/* May these bytes go? In a form a line break goes only where that joins nothing. */
static bool may_go(const struct edit *edit, size_t from, size_t to)
{
	size_t at = line_end(edit, from), next = at + 1;

	if (from == to)
		return false;
	if (!edit->labels || at >= to)
		return true;
	return to == next && from == at && edit_lines(edit) > 2 &&
	       (line_begin(edit, at) == at || line_end(edit, next) == next);
}

static void erase_between(struct edit *edit, size_t from, size_t to)
{
	if (!may_go(edit, from, to))
		return;
	remember(edit);
	memmove(edit->text.at + from, edit->text.at + to, edit->text.n - to + 1);
	edit->text.n -= to - from;
	edit->at = from;
}

static void cut(struct edit *edit, size_t from, size_t to)
{
	if (!may_go(edit, from, to))
		return;
	edit->killed = arena_copy(edit->arena, edit->text.at + from, to - from);
	erase_between(edit, from, to);
}

static void yank(struct edit *edit)
{
	remember(edit);
	insert(edit, edit->killed, strlen(edit->killed));
}

static void type(struct edit *edit, uint32_t c, bool begins)
{
	char bytes[4];
	size_t n = 0;

	if (begins)
		remember(edit);
	if (c < 0x80) {
		bytes[n++] = (char)c;
	} else {
		unsigned more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;

		bytes[n++] = (char)(0xff00 >> (more + 1) | c >> 6 * more);
		while (more--)
			bytes[n++] = (char)(0x80 | (c >> 6 * more & 0x3f));
	}
	insert(edit, bytes, n);
}

/* Keys ----------------------------------------------------------------------------------------- */

/* Walking over the text as it is laid out: each position, the one behind the end included. */
struct walk {
	const struct edit *edit;
	int columns;  /* of the screen that the text may fill */
	bool unicode; /* as the terminal has it */
	size_t at, end;
	size_t line;
	int row, column, width;
};

/* Fills each row to its end, wherever words end: an editor shows every blank where it is. */
static bool walk_next(struct walk *walk)
{
	const char *text = walk->edit->text.at;
	bool started = walk->width > 0, broken = started && text[walk->at] == '\n';

	if (started && walk->end == walk->at)
		return false;
	if (broken)
		walk->line++;
	walk->at = walk->end;
	walk->column += walk->width;
	walk->end = next(walk->edit, walk->at);
	walk->width = 1; /* of the cursor behind the end of a line */
	if (walk->end > walk->at && text[walk->at] != '\n')
		walk->width = title_width(text + walk->at, text + walk->end, walk->unicode);
	if (!broken && walk->column + walk->width <= walk->columns)
		return true;
	walk->column = 0;
	walk->row++;
	return true;
}

static struct walk walk_over(const struct edit *edit, int columns, bool unicode)
{
	columns -= edit->indent;
	return (struct walk){ .edit = edit, .columns = columns > 2 ? columns : 2, .unicode = unicode };
}

/* By a screen row, to where the cursor is then or the row ends before it. */
static void move_rows(struct edit *edit, int columns, int by)
{
	struct walk walk = walk_over(edit, columns, true), cursor;

	while (walk_next(&walk) && walk.at != edit->at)
		;
	cursor = walk;
	walk = walk_over(edit, columns, true);
	while (walk_next(&walk))
		if (walk.row == cursor.row + by && walk.column <= cursor.column)
			edit->at = walk.at;
}

static bool move_key(struct edit *edit, uint32_t key, int columns)
{
	switch (key) {
	case INPUT_LEFT:
	case CONTROL('B'):
		edit->at = previous(edit, edit->at);
		return true;
	case INPUT_RIGHT:
	case CONTROL('F'):
		edit->at = next(edit, edit->at);
		return true;
	case INPUT_WORD_LEFT:
		edit->at = word_left(edit, edit->at);
		return true;
	case INPUT_WORD_RIGHT:
		edit->at = word_right(edit, edit->at);
		return true;
	case INPUT_HOME:
	case CONTROL('A'):
		edit->at = line_begin(edit, edit->at);
		return true;
	case INPUT_END:
	case CONTROL('E'):
		edit->at = line_end(edit, edit->at);
		return true;
	case INPUT_UP:
	case CONTROL('P'):
		move_rows(edit, columns, -1);
		return true;
	case INPUT_DOWN:
	case CONTROL('N'):
		move_rows(edit, columns, 1);
		return true;
	case '\t': /* the next field */
		edit->at = line_end(edit, edit->at);
		if (edit->at < edit->text.n)
			edit->at = line_end(edit, edit->at + 1);
		else
			edit->at = line_end(edit, 0);
		return true;
	}
	return false;
}

static bool change_key(struct edit *edit, uint32_t key)
{
	switch (key) {
	case INPUT_BACKSPACE:
		erase_between(edit, previous(edit, edit->at), edit->at);
		return true;
	case INPUT_DELETE:
	case CONTROL('D'):
		erase_between(edit, edit->at, next(edit, edit->at));
		return true;
	case CONTROL('K'):
		cut(edit, edit->at, line_end(edit, edit->at));
		return true;
	case CONTROL('U'):
		cut(edit, line_begin(edit, edit->at), edit->at);
		return true;
	case CONTROL('W'):
	case INPUT_ALT | INPUT_BACKSPACE:
		cut(edit, word_left(edit, edit->at), edit->at);
		return true;
	case INPUT_ALT | 'd':
	case INPUT_WORD_DELETE:
		cut(edit, edit->at, word_right(edit, edit->at));
		return true;
	case CONTROL('O'):
		remember(edit);
		insert(edit, "\n", 1);
		return true;
	case CONTROL('Y'):
		yank(edit);
		return true;
	case CONTROL('Z'):
	case CONTROL('_'):
		undo(edit);
		return true;
	case CONTROL('R'):
		revert(edit);
		return true;
	}
	return false;
}

bool edit_key(struct edit *edit, uint32_t key, int columns)
{
	bool typing = edit->typing;

	edit->typing = false;
	if (move_key(edit, key, columns) || change_key(edit, key))
		return true;
	if (key < 0x20 || key == 0x7f || key > 0x10ffff)
		return false;
	type(edit, key, !typing);
	edit->typing = true;
	return true;
}

/* Drawing -------------------------------------------------------------------------------------- */

static const char *label_of(const struct edit *edit, size_t line, size_t lines)
{
	return edit->labels[line == 0 ? 0 : line + 1 == lines ? 2 : 1];
}

static void draw_place(const struct walk *walk, const struct screen *screen, int y, size_t lines)
{
	const struct edit *edit = walk->edit;
	const char *text = edit->text.at;
	bool begins = walk->column == 0 && (walk->at == 0 || text[walk->at - 1] == '\n');

	if (begins && edit->labels)
		screen_text(screen, y, 1, edit->indent - 1, STYLE_STRONG,
			    _(label_of(edit, walk->line, lines)));
	else if (begins && edit->first)
		screen_print(screen, y, 1, edit->indent - 1, STYLE_FAINT, "%zu",
			     edit->first + walk->line);
	if (edit->secret && walk->line + 1 == lines && walk->end > walk->at)
		screen_text(screen, y, 1 + edit->indent + walk->column, 1, STYLE_PLAIN, "*");
	else if (walk->end > walk->at && text[walk->at] != '\n')
		screen_bytes(screen, y, 1 + edit->indent + walk->column, walk->width, STYLE_PLAIN,
			     text + walk->at, text + walk->end);
}

void edit_draw(struct edit *edit, const struct screen *screen, int y, int rows, int *cursor_y,
	       int *cursor_x)
{
	struct walk walk = walk_over(edit, screen->columns - 2, screen->unicode);
	size_t lines = edit_lines(edit);

	while (walk_next(&walk) && walk.at != edit->at)
		;
	if (walk.row < (int)edit->top)
		edit->top = (size_t)walk.row;
	if (walk.row >= (int)edit->top + rows)
		edit->top = (size_t)(walk.row - rows + 1);
	*cursor_x = 1 + edit->indent + walk.column;
	*cursor_y = y + walk.row - (int)edit->top;
	walk = walk_over(edit, screen->columns - 2, screen->unicode);
	while (walk_next(&walk))
		if (walk.row >= (int)edit->top && walk.row < (int)edit->top + rows)
			draw_place(&walk, screen, y + walk.row - (int)edit->top, lines);
}
