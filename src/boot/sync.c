#include <sys/wait.h>
#include <unistd.h>

#include "boot/state.h"

#define STEP_US 500

/* _Fork() and what follows it here may be called in a signal handler: rescue() does. */
void sync_disks(int limit_ms)
{
	pid_t pid = _Fork();

	if (pid == 0) {
		sync();
		_exit(0);
	}
	for (int us = 0; pid > 0 && us / 1000 < limit_ms; us += STEP_US) {
		if (waitpid(pid, NULL, WNOHANG))
			return;
		usleep(STEP_US);
	}
}
