#include "boot/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

#define RECORD_MEMORY (RECORD_MAX + (size_t)64 * 1024)
#define KILL_GRACE_MS 1000
#define CHILD_CHANNEL 3 /* the child's only descriptor beside stdin, stdout and stderr */

struct child {
	const struct child_kind *kind;
	void *context;
	struct children *owner;
	pid_t pid;
	struct channel channel;
	struct watch watch;
	int64_t deadline_ms; /* 0: none */
	bool killed, watched;
	struct child *next;
};

/* In the child ---------------------------------------------------------------------------------------- */

static void limit_memory(size_t bytes)
{
	struct rlimit limit = { bytes, bytes };

	if (bytes)
		prlimit(0, RLIMIT_AS, &limit, NULL);
}

static _Noreturn void run_child(const struct child_kind *kind, void *context, int fd)
{
	struct channel channel;
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, kind->name);
	if (fd != CHILD_CHANNEL)
		dup3(fd, CHILD_CHANNEL, O_CLOEXEC);
	syscall(SYS_close_range, CHILD_CHANNEL + 1, ~0U, 0);
	limit_memory(kind->memory_limit);
	channel_open(&channel, CHILD_CHANNEL);
	_exit(kind->run(context, &channel));
}

/* In PID 1 -------------------------------------------------------------------------------------------- */

void children_offer(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, "1000", 4) < 0) {
		/* nothing to be done: then they are as likely to be taken as any */
	}
	close(fd);
}

void child_stop(struct child *child)
{
	if (child->killed)
		return;
	child->killed = true;
	child->deadline_ms = clock_ms() + KILL_GRACE_MS;
	kill(child->pid, SIGKILL);
}

static void unwatch(struct child *child)
{
	if (child->watched)
		loop_remove(child->owner->loop, &child->watch);
	child->watched = false;
}

/* Take one record. False when there is none, or nothing more is to be expected. */
static bool receive_one(struct child *child)
{
	struct arena *arena = arena_new(RECORD_MEMORY * 4);
	struct fields fields;
	uint32_t type;
	jmp_buf exhausted;
	bool fine = false;
	int result;

	if (!arena)
		return false;
	if (setjmp(exhausted)) {
		arena_free(arena);
		child_stop(child);
		return false;
	}
	arena_guard(arena, &exhausted);
	result = channel_receive(&child->channel, arena, &type, &fields);
	if (result == 1)
		fine = child->kind->record(child->context, type, &fields) && !fields.bad;
	arena_free(arena);
	if (result == 1 && !fine)
		child_stop(child);
	if (result == -EPIPE)
		unwatch(child);
	else if (result < 0)
		child_stop(child);
	return fine;
}

static void channel_ready(void *context, uint32_t events)
{
	struct child *child = context;

	if (events & EPOLLOUT) {
		if (channel_flush(&child->channel) == 0 && !channel_pending(&child->channel))
			loop_change(child->owner->loop, &child->watch, EPOLLIN);
	}
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		receive_one(child);
}

static struct child *child_new(struct children *children, const struct child_kind *kind,
			       void *context, int fd)
{
	struct child *child = calloc(1, sizeof *child);

	if (!child)
		return NULL;
	child->kind = kind;
	child->context = context;
	child->owner = children;
	channel_open(&child->channel, fd);
	child->watch = (struct watch){ .fd = fd, .ready = channel_ready, .context = child };
	if (kind->limit_ms)
		child->deadline_ms = clock_ms() + kind->limit_ms;
	return child;
}

struct child *child_start(struct children *children, const struct child_kind *kind, void *context)
{
	int fds[2], error = channel_pair(fds);
	struct child *child;

	if (error) {
		errno = -error;
		return NULL;
	}
	child = child_new(children, kind, context, fds[0]);
	if (child)
		child->watched = loop_add(children->loop, &child->watch, EPOLLIN) == 0;
	if (child && child->watched)
		child->pid = fork();
	if (!child || !child->watched || child->pid < 0) {
		error = errno;
		close(fds[0]);
		close(fds[1]);
		free(child);
		errno = error;
		return NULL;
	}
	if (child->pid == 0)
		run_child(kind, context, fds[1]);
	close(fds[1]);
	child->next = children->first;
	children->first = child;
	return child;
}

pid_t child_pid(const struct child *child)
{
	return child->pid;
}

void child_send(struct child *child, uint32_t type, const struct text *fields)
{
	int error = channel_send(&child->channel, type, fields);

	if (error && error != -EPIPE)
		child_stop(child);
	else if (channel_pending(&child->channel) && child->watched)
		loop_change(child->owner->loop, &child->watch, EPOLLIN | EPOLLOUT);
}

static void child_end(struct child *child, int status)
{
	struct child **at = &child->owner->first;

	child->killed = true; /* never again: it has been waited for, so its number is free */
	while (receive_one(child))
		;
	unwatch(child);
	while (*at != child)
		at = &(*at)->next;
	*at = child->next;
	channel_close(&child->channel);
	child->kind->ended(child->context, status);
	free(child);
}

bool children_reap(struct children *children)
{
	pid_t pid;
	int status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (struct child *child = children->first; child; child = child->next)
			if (child->pid == pid) {
				child_end(child, status);
				return true;
			}
	return false;
}

void children_expire(struct children *children)
{
	int64_t now = clock_ms();

	for (struct child *child = children->first, *next; child; child = next) {
		next = child->next;
		if (!child->deadline_ms || child->deadline_ms > now)
			continue;
		if (!child->killed) {
			child_stop(child);
			continue;
		}
		child_end(child, -1);
		return; /* ended() may have changed the list: the rest is due at once, next turn */
	}
}

int64_t children_deadline(const struct children *children)
{
	int64_t deadline = -1;

	for (const struct child *child = children->first; child; child = child->next)
		if (child->deadline_ms && (deadline < 0 || child->deadline_ms < deadline))
			deadline = child->deadline_ms;
	return deadline;
}
