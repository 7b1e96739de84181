/* A shell on this console, where the image carries one. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "page.h"

#define SHELL "/bin/sh"

/* Root's powers are those that a locked configuration keeps from people. */
static bool any_lock(const struct view *view)
{
	for (const struct view_device *d = view->devices; d; d = d->next)
		for (size_t c = 0; c < d->configs.n; c++)
			if (d->configs.at[c]->locked)
				return true;
	return false;
}

static void run_shell(int terminal)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (int fd = 0; fd < 3; fd++)
		dup2(terminal, fd);
	execl(SHELL, SHELL, "-i", (char *)NULL);
	_exit(127);
}

void shell_run(struct menu *menu)
{
	int status;
	pid_t pid;

	if (access(SHELL, X_OK)) {
		menu->notice = "This image carries no shell.";
		return;
	}
	if (menu->view.status.lock >= LOCK_SHELL) {
		menu->notice = "Locked: the settings of this machine let nobody do that.";
		return;
	}
	if (any_lock(&menu->view)) {
		menu->notice = "Locked: a configuration of this machine has superusers.";
		return;
	}
	screen_suspend(&menu->screen);
	pid = fork();
	if (pid == 0)
		run_shell(menu->screen.fd);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	screen_resume(&menu->screen);
	if (pid < 0)
		menu->notice = "No process can be started for a shell.";
}
