/* `baton log --last-boot`: what baton did when it booted this system. */
#ifndef CLI_LOG_H
#define CLI_LOG_H

#include "base/arena.h"

/* log_last_boot - print it, or why it is not known; the exit status */
int log_last_boot(struct arena *arena);

#endif
