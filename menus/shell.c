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
	execv(SHELL, (char *[]){ SHELL, "-i", NULL });
	_exit(127);
}

const char *shell_refused(const struct view *view)
{
	if (access(SHELL, X_OK))
		return "This image carries no shell.";
	if (view->status.lock >= LOCK_SHELL)
		return "Locked: the settings of this machine let nobody do that.";
	if (any_lock(view))
		return "Locked: a configuration of this machine has superusers.";
	return NULL;
}

bool shell_start(int terminal)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		run_shell(terminal);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return pid > 0;
}

void shell_run(struct menu *menu)
{
	menu->notice = shell_refused(&menu->view);
	if (menu->notice)
		return;
	screen_suspend(&menu->screen);
	if (!shell_start(menu->screen.fd))
		menu->notice = "No process can be started for a shell.";
	screen_resume(&menu->screen);
}
