#include "pager.h"

#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"
#include "language.h"
#include "title.h"

void pager_add(struct pager *pager, enum style style, const char *label, const char *format, ...)
{
	struct line *line = &vec_push(pager->arena, &pager->lines);
	va_list args;

	va_start(args, format);
	*line = (struct line){ .style = style,
			       .label = label ? arena_string(pager->arena, _(label)) : NULL,
			       .text = arena_vprint(pager->arena, _(format), args) };
	va_end(args);
	if (label && title_width(line->label, NULL, true) + 2 > pager->indent)
		pager->indent = title_width(line->label, NULL, true) + 2;
}

static int indent_of(const struct pager *pager, const struct screen *screen)
{
	return pager->indent > screen->columns / 2 ? screen->columns / 2 : pager->indent;
}

/* Columns for the text of a line; labels are in a column of their own, at the left. */
static int columns_of(const struct pager *pager, const struct screen *screen,
		      const struct line *line)
{
	return screen->columns - 2 - (line->label ? indent_of(pager, screen) : 0);
}

static size_t rows_of(const struct pager *pager, const struct screen *screen,
		      const struct line *line)
{
	int n = screen_wrap(screen, -1, 0, columns_of(pager, screen, line), 0, STYLE_PLAIN, line->text);

	return n ? (size_t)n : 1;
}

static size_t count_rows(const struct pager *pager, const struct screen *screen)
{
	size_t rows = 0;

	for (size_t i = 0; i < pager->lines.n; i++)
		rows += rows_of(pager, screen, &pager->lines.at[i]);
	return rows;
}

static bool is_choosable(const struct line *line)
{
	return line->label && *line->label;
}

static bool is_sought(const struct pager *pager, const struct line *line)
{
	const char *sought = pager->sought;

	return sought && *sought &&
	       (strcasestr(line->text, sought) || (line->label && strcasestr(line->label, sought)));
}

bool pager_seek(struct pager *pager, const struct screen *screen, int by)
{
	size_t row = 0, best = SIZE_MAX, from = pager->at;

	for (size_t i = 0; i < pager->lines.n; i++) {
		const struct line *line = &pager->lines.at[i];

		if (is_sought(pager, line) &&
		    (by < 0 ? row < from : best == SIZE_MAX && (row > from || (!by && row == from))))
			best = row;
		row += rows_of(pager, screen, line);
	}
	if (best == SIZE_MAX)
		return false;
	pager->at = best;
	pager_scroll(pager, (long)best - (long)pager->top);
	return true;
}

/* Both itself and the lines that belong to it, as far as they fit, are to be seen. */
static void show_chosen(struct pager *pager, const struct screen *screen, size_t chosen)
{
	size_t first = 0, end, i = 0;

	while (i < chosen)
		first += rows_of(pager, screen, &pager->lines.at[i++]);
	end = first;
	do
		end += rows_of(pager, screen, &pager->lines.at[i++]);
	while (i < pager->lines.n && !is_choosable(&pager->lines.at[i]));
	if (end > pager->top + pager->visible)
		pager->top = end - pager->visible;
	if (first < pager->top)
		pager->top = first;
}

void pager_choose(struct pager *pager, const struct screen *screen, long by)
{
	size_t chosen = pager->lines.n, i = 0;
	long step = by < 0 ? -1 : 1;

	while (i < pager->lines.n && !(is_choosable(&pager->lines.at[i]) &&
				       string_same(pager->lines.at[i].label, pager->chosen)))
		i++;
	for (i = i < pager->lines.n ? i : 0; i < pager->lines.n; i += (size_t)step) {
		if (!is_choosable(&pager->lines.at[i]))
			continue;
		chosen = i;
		if (!by)
			break;
		by -= step;
	}
	if (chosen == pager->lines.n)
		return;
	pager->chosen = pager->lines.at[chosen].label;
	show_chosen(pager, screen, chosen);
}

/* Rows of one line, those from @first to @last that are on the page; where the next line begins. */
static int draw_line(const struct pager *pager, const struct screen *screen, int y, int first,
		     int last, const struct line *line)
{
	int columns = columns_of(pager, screen, line), x = screen->columns - 1 - columns;
	bool chosen = is_choosable(line) && string_same(line->label, pager->chosen);
	enum style style = chosen || is_sought(pager, line) ? STYLE_SELECTED : line->style;
	const char *text = line->text;
	size_t n;

	if (line->label && y >= first && y < last)
		screen_text(screen, y, 1, x - 2, chosen ? STYLE_SELECTED : STYLE_STRONG, line->label);
	if (!*text)
		return y + 1;
	for (; (n = title_wrap(text, screen->unicode, columns)); text += n, y++)
		if (y >= first && y < last)
			screen_bytes(screen, y, x, columns, style, text,
				     text + n - (text[n - 1] == ' '));
	return y;
}

void pager_draw(struct pager *pager, const struct screen *screen, int y, int rows)
{
	int at;

	pager->visible = rows < 0 ? 0 : (size_t)rows;
	pager->rows = count_rows(pager, screen);
	pager_scroll(pager, pager->at_end ? (long)pager->rows : 0);
	at = y - (int)pager->top;
	for (size_t i = 0; i < pager->lines.n && at < y + rows; i++)
		at = draw_line(pager, screen, at, y, y + rows, &pager->lines.at[i]);
}

void pager_scroll(struct pager *pager, long rows)
{
	long most = pager->rows > pager->visible ? (long)(pager->rows - pager->visible) : 0;
	long top = (long)pager->top + rows;

	pager->top = (size_t)(top < 0 ? 0 : top > most ? most : top);
	if (rows)
		pager->at_end = (long)pager->top == most && most > 0;
}
