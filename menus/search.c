/* Searching: in the list, which then shows only what is sought, and in pages that are texts. */
#include "page.h"

#define SOUGHT_MOST 200 /* bytes */

/* In the list ---------------------------------------------------------------------------------- */

void search_apply(struct menu *menu)
{
	menu->list.search = menu->search.n ? text_end(&menu->search) : NULL;
	if (list_build(&menu->list, &menu->view) < 0)
		menu->notice = "There is no memory left for the list.";
}

void search_open(struct menu *menu)
{
	menu->page = PAGE_SEARCH;
}

void search_type(struct menu *menu, uint32_t key)
{
	/* Titles are looked through byte by byte; ASCII finds nearly all of them. */
	if (key < 0x20 || key > 0x7e || menu->search.n > SOUGHT_MOST)
		return;
	text_char(&menu->search, (char)key);
	search_apply(menu);
}

void search_rub_out(struct menu *menu)
{
	if (menu->search.n)
		text_cut(&menu->search, menu->search.n - 1);
	search_apply(menu);
}

void search_stop(struct menu *menu)
{
	if (menu->list.search) {
		text_cut(&menu->search, 0);
		search_apply(menu);
	}
}

void search_close(struct menu *menu)
{
	search_stop(menu);
	menu->page = PAGE_LIST;
}

/* In texts ------------------------------------------------------------------------------------- */

void seek_open(struct menu *menu)
{
	text_cut(&menu->sought, 0);
	menu->pager.at = menu->pager.top;
	menu->seeking = true;
}

static void seek_by(struct menu *menu, int by)
{
	menu->pager.sought = text_end(&menu->sought);
	if (*menu->pager.sought && !pager_seek(&menu->pager, &menu->screen, by))
		menu->notice = "Nothing more of that is found in this direction.";
}

void seek_next(struct menu *menu)
{
	seek_by(menu, 1);
}

void seek_last(struct menu *menu)
{
	seek_by(menu, -1);
}

bool seek_type(struct menu *menu, uint32_t key)
{
	struct text *sought = &menu->sought;

	if (key == INPUT_ESCAPE || key == CONTROL('C') || key == CONTROL('G'))
		text_cut(sought, 0);
	if (key == INPUT_ESCAPE || key == CONTROL('C') || key == CONTROL('G') || key == INPUT_ENTER)
		menu->seeking = false;
	else if (key == INPUT_BACKSPACE && sought->n)
		text_cut(sought, sought->n - 1);
	else if (key >= 0x20 && key <= 0x7e && sought->n < SOUGHT_MOST)
		text_char(sought, (char)key);
	else
		return false;
	seek_by(menu, 0);
	return true;
}
