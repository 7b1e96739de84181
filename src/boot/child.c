#include "boot/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
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
#define STALL_LOOKS 9   /* at a child, while it may stand still */
#define PROC_STATUS 4096 /* bytes: more than /proc/PID/status has */

struct child {
	const struct child_kind *kind;
	void *context;
	struct children *owner;
	pid_t pid;
	struct channel channel;
	struct watch watch;
	int64_t deadline_ms; /* 0: none */
	struct {
		int64_t since_ms, look_ms; /* it stands still, or seemed to; look again */
		unsigned long long sleeps; /* that it had begun by then */
	} stall;
	bool killed, stalled, watched;
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
	child->stall.since_ms = clock_ms();
	child->stall.look_ms = child->stall.since_ms + kind->stall_ms / STALL_LOOKS;
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
	child->kind->ended(child->context, child->stalled && status > 0 ? CHILD_STALLED : status);
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

/* A number of /proc/PID/status, by what is in front of it; 0: there is none. */
static unsigned long long number_after(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at ? strtoull(at + strlen(name), NULL, 10) : 0;
}

/*
 * Is it still in the sleep that it was in? Whoever waits for one block after the other sleeps for each
 * anew, and the kernel counts that (proc_pid_status(5)), wherever the child is: in a read, a page
 * fault, kexec_load(2) or mount(2). Nothing of the child's memory is touched, so this never waits.
 */
static bool stands_still(struct child *child)
{
	char path[64], text[PROC_STATUS];
	unsigned long long sleeps;
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof path, "/proc/%d/status", (int)child->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, text, sizeof text - 1);
		close(fd);
	}
	if (n < 0)
		return false; /* not known: then the limit has to do */
	text[n] = '\0';
	sleeps = number_after(text, "\nvoluntary_ctxt_switches:");
	if (sleeps == child->stall.sleeps && !strstr(text, "\nState:\tR"))
		return true;
	child->stall.sleeps = sleeps;
	return false;
}

static void watch_for_stall(struct child *child, int64_t now)
{
	if (!child->kind->stall_ms || child->killed || now < child->stall.look_ms)
		return;
	child->stall.look_ms = now + child->kind->stall_ms / STALL_LOOKS;
	if (!stands_still(child)) {
		child->stall.since_ms = now;
	} else if (now - child->stall.since_ms >= child->kind->stall_ms) {
		child->stalled = true;
		child_stop(child);
	}
}

void children_expire(struct children *children)
{
	int64_t now = clock_ms();

	for (struct child *child = children->first, *next; child; child = next) {
		next = child->next;
		watch_for_stall(child, now);
		if (!child->deadline_ms || child->deadline_ms > now)
			continue;
		if (!child->killed) {
			child_stop(child);
			continue;
		}
		child_end(child, CHILD_LEFT);
		return; /* ended() may have changed the list: the rest is due at once, next turn */
	}
}

int64_t children_deadline(const struct children *children)
{
	int64_t deadline = -1;

	for (const struct child *child = children->first; child; child = child->next) {
		if (child->deadline_ms && (deadline < 0 || child->deadline_ms < deadline))
			deadline = child->deadline_ms;
		if (child->kind->stall_ms && !child->killed &&
		    (deadline < 0 || child->stall.look_ms < deadline))
			deadline = child->stall.look_ms;
	}
	return deadline;
}
