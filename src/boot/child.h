/* Children of PID 1: one process for each piece of work that touches a disk or a console. */
#ifndef BOOT_CHILD_H
#define BOOT_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/channel.h"
#include "boot/loop.h"

struct child;

#define CHILD_LEFT (-1)
#define CHILD_STALLED (-2) /* it was killed because it stood still */

struct child_kind {
	const char *name; /* of the process, as ps would show it */
	/* what the child does; returns its exit status, 0 for success */
	int (*run)(void *context, struct channel *channel);
	/* a record came from it; false: it makes no sense, so the child is killed */
	bool (*record)(void *context, uint32_t type, struct fields *fields);
	/*
	 * it is gone: @status as of waitpid(2); CHILD_STALLED; or CHILD_LEFT if it was left behind
	 * because not even SIGKILL ended it (it waits for a dead disk). All its records have been
	 * told before.
	 */
	void (*ended)(void *context, int status);
	int64_t limit_ms;    /* it is killed after so long; 0: it may run for ever */
	int64_t stall_ms;    /* it is killed once it has stood still for so long; 0: it may */
	size_t memory_limit; /* bytes of address space; 0: none */
};

struct children {
	int loop;
	struct child *first;
};

/*
 * children_offer - when memory runs out, the kernel is to take a child, which can be started again
 *
 * What is written of PID 1 is inherited by its children; itself it is never taken.
 */
void children_offer(void);

/*
 * child_start - fork a child of a kind
 *
 * Returns it, or NULL with errno set. It belongs to @children and is freed after ended().
 */
struct child *child_start(struct children *children, const struct child_kind *kind, void *context);

/* child_send - send a record; a child that does not listen is killed */
void child_send(struct child *child, uint32_t type, const struct text *fields);

/* child_pid - its process; good until ended() returns, and beyond it if that was told CHILD_LEFT */
pid_t child_pid(const struct child *child);

/* child_stop - kill it; ended() is told later */
void child_stop(struct child *child);

/*
 * children_reap - collect one that has ended, and orphans; call it on SIGCHLD
 *
 * One at a time: where children end faster than PID 1 takes in what they told, nobody else would have a
 * turn. True: one was, and more may have ended.
 */
bool children_reap(struct children *children);

/* children_expire - kill those past their limit or at a standstill, leave behind those that won't die */
void children_expire(struct children *children);

/* children_deadline - when children_expire() is due next (CLOCK_MONOTONIC, ms); -1: never */
int64_t children_deadline(const struct children *children);

#endif
