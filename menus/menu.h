/* The menu of one console. */
#ifndef MENUS_MENU_H
#define MENUS_MENU_H

#include "base/channel.h"

/*
 * menu_run - show the view on a terminal until VIEW_QUIT
 *
 * @terminal: an open descriptor of the console, which is in charge of nothing else; @term: the
 * terminal's type as in $TERM, or NULL to choose one by the device. @channel leads to PID 1.
 * Runs in a process of its own. Returns 0 after VIEW_QUIT, with the terminal as it was found; or
 * -errno (-EPIPE: PID 1 is gone; -EIO: the terminal is).
 */
int menu_run(int terminal, const char *term, struct channel *channel);

#endif
