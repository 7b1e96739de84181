/* The boot menu in a terminal of a running system. */
#ifndef CLI_MENU_H
#define CLI_MENU_H

#include "cli/engine.h"

/*
 * menu_on_system - show the menu of what the roots offer
 *
 * What a person chooses there is loaded as by `baton load`; the jump to it is asked about, and left
 * to systemctl(1). Returns the exit status, after a message.
 */
int menu_on_system(struct engine *engine);

#endif
