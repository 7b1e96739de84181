/*
 * When PID 1 itself is at its end: the kernel would panic if it ended, so it stays, says what
 * happened on every console and offers what needs nothing of the rest of the program. All of this
 * runs in signal handlers, too: system calls only, no memory is allocated.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/reboot.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "boot/state.h"

#define CONSOLES_MOST 16
#define NAME_MOST 40
#define END_TRIES 40
#define END_US 25000
#define SYNC_MS 5000
#define RETRY_MS 60000 /* so long nobody presses a key: then the machine is left alone to itself */

static char consoles[CONSOLES_MOST][NAME_MOST];
static size_t consoles_n;
static char signal_stack[16 * 1024];

void rescue_console(const char *name)
{
	if (consoles_n == CONSOLES_MOST || strlen(name) + sizeof "/dev/" > NAME_MOST)
		return;
	strcpy(consoles[consoles_n], "/dev/");
	strcat(consoles[consoles_n++], name);
}

static void say(const struct pollfd *fds, const char *text)
{
	for (size_t i = 0; i < consoles_n; i++)
		if (fds[i].fd >= 0 && write(fds[i].fd, text, strlen(text)) < 0) {
			/* a console that takes nothing can't be told */
		}
}

/* Keys arrive one by one, and the screen is whatever the menu left. */
static void open_console(struct pollfd *fd, const char *path)
{
	struct termios tty;

	fd->events = POLLIN;
	fd->fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (fd->fd < 0 || tcgetattr(fd->fd, &tty))
		return;
	tty.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	tty.c_oflag |= OPOST | ONLCR;
	tcsetattr(fd->fd, TCSANOW, &tty); /* no waiting for output that a stuck console never takes */
	tcflush(fd->fd, TCIFLUSH);	  /* what was typed was for the menu */
}

/* A menu that ends hangs up its console for all, so wait until they have. */
static void end_children(void)
{
	kill(-1, SIGKILL);
	for (int i = 0; i < END_TRIES && waitpid(-1, NULL, WNOHANG) >= 0; i++)
		usleep(END_US);
}

static void act(const struct pollfd *fds, char key)
{
	char *const argv[] = { "/init", NULL };
	char *const environment[] = { NULL };

	switch (key) {
	case 'r':
		say(fds, "retrying\n");
		execve("/proc/self/exe", argv, environment);
		say(fds, "That failed.\n");
		break;
	case 'b':
		sync_disks(SYNC_MS);
		reboot(LINUX_REBOOT_CMD_RESTART);
		say(fds, "That failed.\n");
		break;
	case 'p':
		sync_disks(SYNC_MS);
		reboot(LINUX_REBOOT_CMD_POWER_OFF);
		say(fds, "That failed.\n");
		break;
	}
}

/* @alone: nobody may be there, so that after a while it is to be tried again anyway. */
static _Noreturn void go_on(const char *what, bool alone)
{
	struct pollfd fds[CONSOLES_MOST];
	sigset_t none;

	end_children();
	syscall(SYS_close_range, 0, ~0U, 0); /* there may be none left for the consoles */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (consoles_n == 0)
		rescue_console("console");
	for (size_t i = 0; i < consoles_n; i++)
		open_console(&fds[i], consoles[i]);
	say(fds, "\033[0m\033[999;1H\nbaton can't go on: ");
	say(fds, what);
	say(fds, "\nPress  r  to start it again,  b  to reboot,  p  to power off.\n");
	if (alone)
		say(fds, "It starts again by itself in a minute without a key.\n");
	for (;;) {
		if (poll(fds, consoles_n, alone ? RETRY_MS : -1) == 0)
			act(fds, 'r');
		for (size_t i = 0; i < consoles_n; i++) {
			char key;

			if (fds[i].fd < 0 || !fds[i].revents)
				continue;
			if (read(fds[i].fd, &key, 1) == 1)
				act(fds, key);
			else if (fds[i].revents & (POLLHUP | POLLERR | POLLNVAL))
				fds[i].fd = -1;
		}
	}
}

void rescue(const char *what)
{
	go_on(what, true);
}

void rescue_person(const char *what)
{
	go_on(what, false);
}

static void fatal(int sig)
{
	switch (sig) {
	case SIGABRT:
		rescue("it met a state that must not be (SIGABRT); please report it.");
	case SIGSEGV:
		rescue("it reached for memory that is not its own (SIGSEGV); please report it.");
	default:
		rescue("it crashed; please report it.");
	}
}

void rescue_prepare(void)
{
	static const int fatals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS };
	stack_t stack = { .ss_sp = signal_stack, .ss_size = sizeof signal_stack };
	struct sigaction action = { .sa_handler = fatal, .sa_flags = SA_ONSTACK | SA_NODEFER };

	sigaltstack(&stack, NULL);
	for (size_t i = 0; i < sizeof fatals / sizeof *fatals; i++)
		sigaction(fatals[i], &action, NULL);
}
