/* A preflight of the hand-over: can this machine load and start another kernel, and as what? */
#ifndef CLI_DOCTOR_H
#define CLI_DOCTOR_H

#include <stdbool.h>
#include <stdio.h>

#include "base/arena.h"
#include "kexec/machine.h"
#include "kexec/way.h"

struct doctor {
	struct arena *arena;
	const char *root; /* in front of the paths, as in machine_read() */
	struct kexec_facts facts;
	bool loaded; /* a kernel is */
	struct machine machine;
	int error; /* of machine_read(), and why */
	const char *why;
};

/*
 * doctor_run - look at everything that a hand-over needs, and print a verdict on each
 *
 * Changes nothing. Returns the exit status: 1 if something is missing without which it won't work.
 */
int doctor_run(struct arena *arena, bool json);

/* doctor_print - the verdicts on what was found, as doctor_run() prints and returns them */
int doctor_print(const struct doctor *doctor, bool json, FILE *out);

#endif
