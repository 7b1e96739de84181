/*
 * The hardware watchdog (Documentation/watchdog/watchdog-api.rst): fed by the loop and by nothing
 * else, so that it resets a machine whose PID 1 stands still, crashes or is stuck in the kernel.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/watchdog.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "boot/state.h"

#define DEVICE "/dev/watchdog"
#define FED_PER_TIMEOUT 4

static void stop(struct boot *boot)
{
	int disable = WDIOS_DISABLECARD;

	if (ioctl(boot->watchdog.fd, WDIOC_SETOPTIONS, &disable) ||
	    write(boot->watchdog.fd, "V", 1) != 1)
		boot_log(boot, "the watchdog can't be stopped: %s: the system has to feed it",
			 strerror(errno));
	close(boot->watchdog.fd);
	boot->watchdog.fd = -1;
}

/* Returns the seconds that it has now: it may not be able to wait for so long, and keeps what it can. */
static int set_timeout(struct boot *boot, int seconds)
{
	boot->watchdog.seconds = seconds;
	if (ioctl(boot->watchdog.fd, WDIOC_SETTIMEOUT, &seconds) &&
	    ioctl(boot->watchdog.fd, WDIOC_GETTIMEOUT, &seconds))
		seconds = FED_PER_TIMEOUT;
	return seconds;
}

void watchdog_open(struct boot *boot)
{
	int seconds = (int)(boot->settings.watchdog_ms / 1000);
	bool runs = boot->watchdog.fd >= 0;

	if (runs && seconds == boot->watchdog.seconds)
		return;
	if (runs && !seconds)
		stop(boot);
	if (!runs && seconds)
		boot->watchdog.fd = open(DEVICE, O_WRONLY | O_CLOEXEC);
	if (boot->watchdog.fd < 0)
		return; /* most machines have none, or no driver for it here */
	seconds = set_timeout(boot, seconds);
	boot->watchdog.every_ms = seconds * (int64_t)1000 / FED_PER_TIMEOUT;
	boot->watchdog.next_ms = clock_ms();
	boot_log(boot, "the watchdog resets the machine if baton stands still for %d s", seconds);
}

int64_t watchdog_tick(struct boot *boot)
{
	if (boot->watchdog.fd < 0)
		return -1;
	if (clock_ms() >= boot->watchdog.next_ms) {
		ioctl(boot->watchdog.fd, WDIOC_KEEPALIVE, 0);
		boot->watchdog.next_ms = clock_ms() + boot->watchdog.every_ms;
	}
	return boot->watchdog.next_ms;
}

void watchdog_release(struct boot *boot)
{
	int keep = (int)(boot->settings.watchdog_keep_ms / 1000);

	if (boot->watchdog.fd < 0)
		return;
	if (boot->leaving.how == LEAVE_JUMP && !keep) {
		stop(boot);
		return;
	}
	if (boot->leaving.how == LEAVE_JUMP)
		set_timeout(boot, keep);
	/* What hangs in the kernel's own way out, a reboot or power-off, too, is cut short by it. */
	ioctl(boot->watchdog.fd, WDIOC_KEEPALIVE, 0);
}
