#include "boot/boot.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hardware.h"
#include "base/text.h"
#include "boot/state.h"

#define MEMORY ((size_t)64 * 1024 * 1024)
#define LOG_MEMORY ((size_t)1024 * 1024)
#define LOG_MOST 400   /* lines */
#define LINE_MOST 1000 /* bytes: what a disk made longer is cut */
#define SYSLOG_CONSOLE_LEVEL 8
#define ONLY_EMERGENCIES 1

/* What the kernel offers as file systems, and where it belongs. */
static const struct {
	const char *type, *target;
} mounts[] = {
	{ "devtmpfs", "/dev" },
	{ "proc", "/proc" },
	{ "sysfs", "/sys" },
	{ "efivarfs", "/sys/firmware/efi/efivars" }, /* there on UEFI machines only */
};

static void mount_all(void)
{
	for (size_t i = 0; i < sizeof mounts / sizeof *mounts; i++) {
		mkdir(mounts[i].target, 0755);
		mount(mounts[i].type, mounts[i].target, mounts[i].type,
		      MS_NOSUID | MS_NOEXEC, NULL);
	}
}

/* Descriptors 0 to 2 are never anything else, so that a stray message harms nobody. */
static void close_standard_files(void)
{
	int fd = open("/dev/null", O_RDWR);

	for (int i = 0; i < 3; i++)
		dup2(fd, i);
	if (fd > 2)
		close(fd);
}

/* Log ------------------------------------------------------------------------------------------------- */

/* The log view keeps the last lines; when there are too many, the older half goes. */
static const char *keep_line(struct view *view, const char *line)
{
	struct arena *old = view->log_arena;

	if (!old || view->log.n >= LOG_MOST || arena_used(old) > LOG_MEMORY / 2) {
		struct arena *arena = arena_new(LOG_MEMORY);
		size_t n = view->log.n;
		const char **lines = view->log.at;

		if (!arena)
			return NULL;
		view->log_arena = arena;
		view->log.at = NULL;
		view->log.n = view->log.room = 0;
		for (size_t i = n / 2; i < n; i++)
			vec_push(arena, &view->log) = arena_string(arena, lines[i]);
		arena_free(old);
	}
	return vec_push(view->log_arena, &view->log) = arena_string(view->log_arena, line);
}

void boot_log(struct boot *boot, const char *format, ...)
{
	struct arena *arena = arena_new(LOG_MEMORY);
	struct text fields = TEXT(arena);
	char line[LINE_MOST];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof line, format, args);
	va_end(args);
	if (arena && keep_line(&boot->view, line)) {
		pack_string(&fields, line);
		consoles_send(boot, VIEW_LOG, &fields);
	}
	arena_free(arena);
}

void boot_trace(struct boot *boot, const char *what)
{
	struct timespec now;
	char line[80];

	if (!boot->settings.trace)
		return;
	clock_gettime(CLOCK_BOOTTIME, &now);
	snprintf(line, sizeof line, "\r\nbaton: trace %lld.%06ld %s\r\n", (long long)now.tv_sec,
		 now.tv_nsec / 1000, what);
	consoles_say(boot, line);
}

/* Signals ------------------------------------------------------------------------------------------- */

static void signals_ready(void *context, uint32_t events)
{
	struct boot *boot = context;
	struct signalfd_siginfo info;

	(void)events;
	if (read(boot->signals.fd, &info, sizeof info) == sizeof info &&
	    children_reap(&boot->children))
		raise(SIGCHLD); /* the next one's turn comes after what else is due */
}

/* Ctrl-Alt-Del is none of them: the kernel restarts the machine by itself, whatever we do. */
static int signals_open(struct boot *boot)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_SETMASK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return -errno;
	boot->signals = (struct watch){ .fd = fd, .ready = signals_ready, .context = boot };
	return loop_add(boot->loop, &boot->signals, EPOLLIN);
}

/* --------------------------------------------------------------------------------------------------- */

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void start(struct boot *boot)
{
	int error;

	boot->started_us = now_us();
	boot->loop = loop_open();
	if (boot->loop < 0)
		rescue("the kernel gives it no event loop (epoll_create1).");
	boot->children.loop = boot->loop;
	error = signals_open(boot);
	if (error)
		rescue("the kernel gives it no signals (signalfd).");
	keeper_open(boot);
	bmc_ask(boot);
	loadervars_forget(boot);
	boot->options.platform = access("/sys/firmware/efi", F_OK) == 0 ? "efi" : "pc";
	boot->options.arch = "x86_64";
	boot->options.hardware = hardware_read;
	watchdog_open(boot);
	boot->view.status.can_firmware = firmware_has_setup();
	consoles_open(boot);
	boot_trace(boot, "start");
	/* before the menus start: while the disks are waited for, those have the processor */
	error = devices_open(boot);
	if (error)
		boot_log(boot, "new disks won't be noticed: uevents: %s", strerror(-error));
}

static int64_t sooner(int64_t a, int64_t b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

_Noreturn void boot_main(void)
{
	static struct boot boot = { .watchdog.fd = -1 };

	mount_all();
	rescue_prepare();
	klogctl(SYSLOG_CONSOLE_LEVEL, NULL, ONLY_EMERGENCIES); /* the consoles are ours now */
	close_standard_files();
	children_offer();
	boot.arena = arena_new(MEMORY);
	if (!boot.arena)
		rescue("the machine has no memory left.");
	start(&boot);
	for (;;) {
		int64_t deadline = chooser_tick(&boot);

		deadline = sooner(deadline, leave_tick(&boot));
		deadline = sooner(deadline, watchdog_tick(&boot));
		deadline = sooner(deadline, consoles_restart(&boot));
		deadline = sooner(deadline, devices_tick(&boot));
		deadline = sooner(deadline, assemble_tick(&boot));
		children_expire(&boot.children);
		deadline = sooner(deadline, children_deadline(&boot.children));
		loop_turn(boot.loop, deadline);
	}
}
