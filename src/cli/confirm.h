/* `baton confirm`: a system says that it has come up. */
#ifndef CLI_CONFIRM_H
#define CLI_CONFIRM_H

#include "cli/engine.h"

/* confirm_run - forget the starts of an entry, @id NULL: of the one started last; the exit status */
int confirm_run(struct engine *engine, const char *id);

#endif
