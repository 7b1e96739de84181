/* `baton settings`: what is in the store of this machine. */
#ifndef CLI_SETTINGS_H
#define CLI_SETTINGS_H

#include "cli/engine.h"

/*
 * settings_run - [get [NAME] | set NAME VALUE | reset [NAME]], as the words after the verb
 *
 * Prints what it finds or why it can't; returns the exit status.
 */
int settings_run(struct engine *engine, int argc, char **argv);

#endif
