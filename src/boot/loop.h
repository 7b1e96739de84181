/* The event loop of PID 1. */
#ifndef BOOT_LOOP_H
#define BOOT_LOOP_H

#include <stdint.h>

/* A descriptor and who is told when it is ready (EPOLL… bits in @events). */
struct watch {
	int fd;
	void (*ready)(void *context, uint32_t events);
	void *context;
};

/* loop_open - the loop's descriptor, or -errno */
int loop_open(void);

/* loop_add, loop_change, loop_remove - watch a descriptor for @events; 0 or -errno */
int loop_add(int loop, struct watch *watch, uint32_t events);
int loop_change(int loop, struct watch *watch, uint32_t events);
void loop_remove(int loop, struct watch *watch);

/*
 * loop_turn - wait for one event, until @deadline_ms (CLOCK_MONOTONIC; -1: for ever), and tell it
 *
 * One at a time, so that a watch may be removed by anyone at any moment.
 */
void loop_turn(int loop, int64_t deadline_ms);

#endif
