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
	boot->watchdog.seconds = seconds;
	/* It may not be able to wait for so long: then it keeps, and tells, what it can. */
	if (ioctl(boot->watchdog.fd, WDIOC_SETTIMEOUT, &seconds) &&
	    ioctl(boot->watchdog.fd, WDIOC_GETTIMEOUT, &seconds))
		seconds = FED_PER_TIMEOUT;
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
	if (boot->watchdog.fd < 0)
		return;
	ioctl(boot->watchdog.fd, WDIOC_KEEPALIVE, 0);
	if (boot->settings.watchdog_keep || boot->leaving.how != LEAVE_JUMP)
		return; /* a reboot or power-off that hangs is cut short by it */
	stop(boot);
}
