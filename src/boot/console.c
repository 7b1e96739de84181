/* The consoles: which there are, and one menu child for each, started again when it ends. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "boot/spcr.h"
#include "boot/state.h"
#include "disk/sysfs.h"
#include "menus/menu.h"

#define RESTART_FIRST_MS 100
#define RESTART_MOST_MS 60000
#define LIVED_MS 10000 /* a menu that lived so long has not failed at its start */
#define DEVICE_MEMORY ((size_t)64 * 1024 * 1024)

struct console {
	struct boot *boot;
	const char *name, *term; /* "ttyS0"; NULL: by the device */
	speed_t speed; /* of a serial port that the kernel does not use; 0: as it is */
	struct child *menu;
	int64_t started_ms, restart_ms; /* restart_ms: when it is to be started again; -1: never */
	int64_t delay_ms;
	struct console *next;
};

/* The kernel sets the speed of its own consoles only. */
static void set_speed(int fd, speed_t speed)
{
	struct termios modes;

	if (!speed || tcgetattr(fd, &modes) < 0)
		return;
	cfsetispeed(&modes, speed);
	cfsetospeed(&modes, speed);
	tcsetattr(fd, TCSANOW, &modes);
}

/* In the child: the console becomes its controlling terminal, so that it hears of new sizes. */
static int run_menu(void *context, struct channel *channel)
{
	struct console *console = context;
	char path[64];
	int fd, flags, error;

	snprintf(path, sizeof path, "/dev/%s", console->name);
	setsid();
	fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK); /* don't wait for a modem's carrier */
	if (fd < 0)
		return errno;
	ioctl(fd, TIOCSCTTY, 1);
	flags = fcntl(fd, F_GETFL);
	fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
	set_speed(fd, console->speed);
	error = menu_run(fd, console->term, channel);
	return -error;
}

static bool menu_record(void *context, uint32_t type, struct fields *fields)
{
	struct console *console = context;
	struct request request;

	request_unpack(type, fields, &request);
	if (!fields->bad)
		requests_take(console->boot, &request);
	return !fields->bad;
}

static void log_menu_end(const struct console *console, int status)
{
	if (status == CHILD_LEFT)
		boot_log(console->boot, "%s: its menu can't even be killed", console->name);
	else if (WIFEXITED(status))
		boot_log(console->boot, "%s: its menu ended: %s", console->name,
			 strerror(WEXITSTATUS(status)));
	else
		boot_log(console->boot, "%s: its menu was ended by signal %d", console->name,
			 WTERMSIG(status));
}

static void menu_ended(void *context, int status)
{
	struct console *console = context;
	int64_t now = clock_ms();

	console->menu = NULL;
	if (status == 0 && console->restart_ms < 0)
		return; /* it was told to */
	if (now - console->started_ms > LIVED_MS)
		console->delay_ms = RESTART_FIRST_MS;
	console->restart_ms = now + console->delay_ms;
	if (console->delay_ms == RESTART_FIRST_MS)
		log_menu_end(console, status);
	console->delay_ms = console->delay_ms * 2 > RESTART_MOST_MS ? RESTART_MOST_MS
								    : console->delay_ms * 2;
}

static const struct child_kind menu_kind = {
	.name = "baton-menu",
	.run = run_menu,
	.record = menu_record,
	.ended = menu_ended,
};

/* To one menu or, if that is NULL, to all. */
static void send_device(struct boot *boot, struct child *menu, const struct view_device *device,
			const char *before)
{
	struct arena *arena = arena_new(DEVICE_MEMORY);
	struct text fields = TEXT(arena);
	jmp_buf exhausted;

	if (!arena)
		return;
	if (setjmp(exhausted) == 0) {
		arena_guard(arena, &exhausted);
		view_device_pack(&fields, device, before);
		if (menu)
			child_send(menu, VIEW_DEVICE, &fields);
		else
			consoles_send(boot, VIEW_DEVICE, &fields);
	}
	arena_free(arena);
}

void consoles_show(struct boot *boot, const struct view_device *device)
{
	send_device(boot, NULL, device, device->next ? device->next->identity.name : NULL);
}

/* A menu that has just been started is told all there is. */
static void send_all(struct console *console)
{
	struct boot *boot = console->boot;
	struct arena *arena = arena_new(DEVICE_MEMORY); /* of the log and the status, which are short */
	struct text fields = TEXT(arena);

	if (!arena)
		return;
	for (const struct view_device *d = boot->view.devices; d; d = d->next)
		send_device(boot, console->menu, d, NULL); /* each behind the one before */
	for (size_t i = 0; i < boot->view.log.n; i++) {
		text_cut(&fields, 0);
		pack_string(&fields, boot->view.log.at[i]);
		child_send(console->menu, VIEW_LOG, &fields);
	}
	text_cut(&fields, 0);
	view_settings_pack(&fields, &boot->settings);
	child_send(console->menu, VIEW_SETTINGS, &fields);
	text_cut(&fields, 0);
	view_status_pack(&fields, &boot->view.status);
	child_send(console->menu, VIEW_STATUS, &fields);
	arena_free(arena);
}

static void start_menu(struct console *console)
{
	console->started_ms = clock_ms();
	console->restart_ms = 0;
	console->menu = child_start(&console->boot->children, &menu_kind, console);
	if (console->menu)
		send_all(console);
	else
		console->restart_ms = console->started_ms + RESTART_MOST_MS;
}

/* The console of @spec, "NAME[:TERM]", if it is a new one; else NULL. */
static struct console *add_console(struct boot *boot, const char *spec)
{
	struct console **last = &boot->consoles, *console;
	size_t n = strcspn(spec, ":");

	for (; *last; last = &(*last)->next)
		if (strlen((*last)->name) == n && strncmp((*last)->name, spec, n) == 0)
			return NULL;
	console = arena_make(boot->arena, struct console);
	console->boot = boot;
	console->name = arena_copy(boot->arena, spec, n);
	console->term = spec[n] ? arena_string(boot->arena, spec + n + 1) : NULL;
	console->delay_ms = RESTART_FIRST_MS;
	*last = console;
	rescue_console(console->name);
	return console;
}

/* The kernel's list, "tty0 ttyS0", is that of its command line. */
static void add_active(struct boot *boot)
{
	char *active = sysfs_read(boot->arena, "/sys/class/tty/console/active"), *save;

	for (char *name = active ? strtok_r(active, " ", &save) : NULL; name;
	     name = strtok_r(NULL, " ", &save))
		add_console(boot, strcmp(name, "tty0") ? name : "tty1");
}

/* Where the firmware has its console, people expect the menu. */
static void add_firmwares(struct boot *boot)
{
	struct spcr spcr;
	const char *name = spcr_console(boot->arena, &spcr);
	struct console *console = name ? add_console(boot, name) : NULL;

	if (!console)
		return;
	console->speed = spcr_speed(spcr.baud);
	boot_log(boot, "%s: the firmware's console (ACPI SPCR)", name);
}

/* All their names, for people. */
static const char *list_consoles(struct boot *boot)
{
	struct text text = TEXT(boot->arena);

	for (const struct console *console = boot->consoles; console; console = console->next)
		text_print(&text, "%s%s", text.n ? " " : "", console->name);
	return text_end(&text);
}

void consoles_open(struct boot *boot)
{
	for (size_t i = 0; i < boot->settings.consoles.n; i++)
		add_console(boot, boot->settings.consoles.at[i]);
	add_active(boot);
	add_firmwares(boot);
	boot->view.status.consoles = list_consoles(boot);
	for (struct console *console = boot->consoles; console; console = console->next)
		console->restart_ms = 0; /* also where a menu's end is under way: see consoles_quit() */
}

void consoles_send(struct boot *boot, enum view_record type, const struct text *fields)
{
	for (struct console *console = boot->consoles; console; console = console->next)
		if (console->menu)
			child_send(console->menu, type, fields);
}

void consoles_configure(struct boot *boot)
{
	struct arena *arena = arena_new(DEVICE_MEMORY);
	struct text fields = TEXT(arena);

	if (!arena)
		return;
	view_settings_pack(&fields, &boot->settings);
	consoles_send(boot, VIEW_SETTINGS, &fields);
	arena_free(arena);
	for (const struct view_device *d = boot->view.devices; d; d = d->next)
		send_device(boot, NULL, d, NULL); /* each behind the one before */
}

void consoles_say(const struct boot *boot, const char *text)
{
	for (const struct console *console = boot->consoles; console; console = console->next) {
		char path[64];
		int fd;

		snprintf(path, sizeof path, "/dev/%s", console->name);
		fd = open(path, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (write(fd, text, strlen(text)) < 0) {
			/* a console that takes nothing now can't be told */
		}
		close(fd);
	}
}

bool consoles_are_quiet(const struct boot *boot)
{
	for (const struct console *console = boot->consoles; console; console = console->next)
		if (console->menu)
			return false;
	return true;
}

void consoles_quit(struct boot *boot)
{
	for (struct console *console = boot->consoles; console; console = console->next)
		console->restart_ms = -1;
	consoles_send(boot, VIEW_QUIT, NULL);
}

void consoles_end(struct boot *boot)
{
	for (struct console *console = boot->consoles; console; console = console->next)
		if (console->menu)
			child_stop(console->menu);
}

int64_t consoles_restart(struct boot *boot)
{
	int64_t next = -1, now = clock_ms();

	for (struct console *console = boot->consoles; console; console = console->next) {
		if (console->menu || console->restart_ms < 0)
			continue;
		if (console->restart_ms <= now)
			start_menu(console);
		else if (next < 0 || console->restart_ms < next)
			next = console->restart_ms;
	}
	return next;
}
