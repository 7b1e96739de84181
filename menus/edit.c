#include "edit.h"

#include <string.h>

#include "input.h"
#include "title.h"

void edit_open(struct edit *edit, struct arena *arena, const char *text)
{
	*edit = (struct edit){ .arena = arena, .text = TEXT(arena) };
	text_string(&edit->text, text);
	edit->original = arena_string(arena, text);
	edit->killed = "";
	edit->at = edit->text.n;
}

const char *edit_text(struct edit *edit)
{
	return text_end(&edit->text);
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

static size_t word_left(const struct edit *edit, size_t at)
{
	while (at > 0 && edit->text.at[at - 1] == ' ')
		at--;
	while (at > 0 && edit->text.at[at - 1] != ' ')
		at--;
	return at;
}

static size_t word_right(const struct edit *edit, size_t at)
{
	while (at < edit->text.n && edit->text.at[at] == ' ')
		at++;
	while (at < edit->text.n && edit->text.at[at] != ' ')
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

static void erase_between(struct edit *edit, size_t from, size_t to)
{
	if (from == to)
		return;
	remember(edit);
	memmove(edit->text.at + from, edit->text.at + to, edit->text.n - to + 1);
	edit->text.n -= to - from;
	edit->at = from;
}

static void cut(struct edit *edit, size_t from, size_t to)
{
	if (from == to)
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

/* By a screen row: as many characters on as fit into one. */
static void move_rows(struct edit *edit, int columns, bool down)
{
	for (int i = 0; i < columns; i++)
		edit->at = down ? next(edit, edit->at) : previous(edit, edit->at);
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
		edit->at = 0;
		return true;
	case INPUT_END:
	case CONTROL('E'):
		edit->at = edit->text.n;
		return true;
	case INPUT_UP:
	case CONTROL('P'):
	case INPUT_DOWN:
	case CONTROL('N'):
		move_rows(edit, columns, key == INPUT_DOWN || key == CONTROL('N'));
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
		cut(edit, edit->at, edit->text.n);
		return true;
	case CONTROL('U'):
		cut(edit, 0, edit->at);
		return true;
	case CONTROL('W'):
	case INPUT_ALT | INPUT_BACKSPACE:
		cut(edit, word_left(edit, edit->at), edit->at);
		return true;
	case INPUT_ALT | 'd':
		cut(edit, edit->at, word_right(edit, edit->at));
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

/*
 * Fills each row to its end, wherever words end: an editor shows every blank where it is. Without
 * @rows it only finds the cursor: its row in the text is returned, its column put into *@x.
 */
static int lay_out(const struct edit *edit, const struct screen *screen, int y, int rows, int *x)
{
	int columns = screen->columns - 2, row = 0, column = 0, cursor = 0;
	const char *text = edit->text.at;

	for (size_t at = 0, end;; at = end) {
		int width = 1; /* of the cursor behind the end */

		end = next(edit, at);
		if (end > at)
			width = title_width(text + at, text + end, screen->unicode);
		if (column + width > columns) {
			column = 0;
			row++;
		}
		if (at == edit->at) {
			cursor = row;
			*x = 1 + column;
		}
		if (end == at)
			return cursor;
		if (row >= (int)edit->top && row < (int)edit->top + rows)
			screen_bytes(screen, y + row - (int)edit->top, 1 + column, width,
				     STYLE_PLAIN, text + at, text + end);
		column += width;
	}
}

void edit_draw(struct edit *edit, const struct screen *screen, int y, int rows, int *cursor_y,
	       int *cursor_x)
{
	int row = lay_out(edit, screen, y, 0, cursor_x);

	if (row < (int)edit->top)
		edit->top = (size_t)row;
	if (row >= (int)edit->top + rows)
		edit->top = (size_t)(row - rows + 1);
	lay_out(edit, screen, y, rows, cursor_x);
	*cursor_y = y + row - (int)edit->top;
}
