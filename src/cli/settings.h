/* `baton settings`: what is in the store of this machine. */
#ifndef CLI_SETTINGS_H
#define CLI_SETTINGS_H

#include "base/arena.h"

/*
 * settings_run - [get [NAME] | set NAME VALUE | reset [NAME]], as the words after the verb
 *
 * The store is a UEFI variable. Prints what it finds or why it can't; returns the exit status.
 */
int settings_run(struct arena *arena, int argc, char **argv);

#endif
