/* A preflight of the hand-over: can this machine load and start another kernel, and as what? */
#ifndef CLI_DOCTOR_H
#define CLI_DOCTOR_H

#include <stdbool.h>

#include "base/arena.h"

/*
 * doctor_run - look at everything that a hand-over needs, and print a verdict on each
 *
 * Changes nothing. Returns the exit status: 1 if something is missing without which it won't work.
 */
int doctor_run(struct arena *arena, bool json);

#endif
