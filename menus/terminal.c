#include "terminal.h"

#include <curses.h>
#include <term.h>

bool terminal_wraps_late(void)
{
	return eat_newline_glitch;
}

bool terminal_has_regions(void)
{
	return change_scroll_region != NULL;
}
