/* `baton install` and `baton uninstall`: on the ESP of a server that runs, beside what is there. */
#ifndef CLI_INSTALL_H
#define CLI_INSTALL_H

#include "base/arena.h"

/*
 * install_run - copy the EFI program @file to the ESP and make it the first boot entry
 *
 * @root is where the system's files are, "" for the one that runs. As `efibootmgr --create` does
 * it: the lowest free number, in front of the boot order (UEFI 2.10, 3.1). An entry that it made
 * before is used again. Prints what it did, or why it can't; returns the exit status.
 */
int install_run(struct arena *arena, const char *root, const char *file);

/* install_undo - remove the entry and the file again; returns the exit status */
int install_undo(struct arena *arena, const char *root);

#endif
