/* Loading an entry on the running system. */
#ifndef CLI_LOAD_H
#define CLI_LOAD_H

#include "cli/engine.h"

/*
 * load_entry - load an entry's kernel, to be started by the next "systemctl kexec"
 *
 * Its side effects (boot counting, save_env) are not carried out. Returns NULL, or why it is not
 * loaded, for a person, in the engine's arena.
 */
const char *load_entry(struct engine *engine, const struct entry *entry,
		       const struct view_device *device);

#endif
