/*
 * What terminfo says of the terminal that curses has open. Apart from screen.c, because the names
 * that <term.h> defines, "columns" and "lines" among them, are those of everything else.
 */
#ifndef MENUS_TERMINAL_H
#define MENUS_TERMINAL_H

#include <stdbool.h>

/* Whether the cursor stays in the last column until one more character comes (xenl). */
bool terminal_wraps_late(void);

/* Whether a region of it can be scrolled alone (csr). */
bool terminal_has_regions(void);

#endif
