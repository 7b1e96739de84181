#include "boot/loop.h"

#include <errno.h>
#include <limits.h>
#include <sys/epoll.h>

#include "base/clock.h"

int loop_open(void)
{
	int loop = epoll_create1(EPOLL_CLOEXEC);

	return loop < 0 ? -errno : loop;
}

static int control(int loop, int operation, struct watch *watch, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = watch };

	return epoll_ctl(loop, operation, watch->fd, &event) < 0 ? -errno : 0;
}

int loop_add(int loop, struct watch *watch, uint32_t events)
{
	return control(loop, EPOLL_CTL_ADD, watch, events);
}

int loop_change(int loop, struct watch *watch, uint32_t events)
{
	return control(loop, EPOLL_CTL_MOD, watch, events);
}

void loop_remove(int loop, struct watch *watch)
{
	control(loop, EPOLL_CTL_DEL, watch, 0);
}

void loop_turn(int loop, int64_t deadline_ms)
{
	struct epoll_event event;
	int64_t left = deadline_ms < 0 ? -1 : deadline_ms - clock_ms();

	if (deadline_ms >= 0 && left < 0)
		left = 0;
	if (epoll_wait(loop, &event, 1, left > INT_MAX ? INT_MAX : (int)left) == 1) {
		struct watch *watch = event.data.ptr;

		watch->ready(watch->context, event.events);
	}
}
