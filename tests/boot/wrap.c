/*
 * /wrap of an extra initramfs, which the kernel runs instead of /init: makes trouble for baton and
 * becomes it, still as PID 1. What trouble, the kernel's command line says (trouble=NAME).
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* Not one descriptor can be opened: the event loop can't either. */
static void no_descriptors(void)
{
	struct rlimit limit = { 3, 3 };

	setrlimit(RLIMIT_NOFILE, &limit);
}

static void crash(void)
{
	if (fork())
		return;
	sleep(3);
	kill(1, SIGSEGV);
	_exit(0);
}

/* Whoever is there is killed, again and again: probes, menus, loaders; then there is peace. */
static void kill_children(void)
{
	if (fork())
		return;
	setpriority(PRIO_PROCESS, 0, -20);
	for (int i = 0; i < 100; i++) {
		usleep(50000);
		kill(-1, SIGKILL); /* all but PID 1 and the caller */
	}
	_exit(0);
}

static const struct {
	const char *word;
	void (*make)(void);
} troubles[] = {
	{ "trouble=no-descriptors", no_descriptors },
	{ "trouble=crash", crash },
	{ "trouble=kill-children", kill_children },
};

int main(void)
{
	char cmdline[4096] = "";
	FILE *file;

	mkdir("/proc", 0755);
	mount("proc", "/proc", "proc", 0, NULL);
	file = fopen("/proc/cmdline", "r");
	if (!file || !fgets(cmdline, sizeof cmdline, file))
		return 1;
	fclose(file);
	umount("/proc");
	for (size_t i = 0; i < sizeof troubles / sizeof *troubles; i++)
		if (strstr(cmdline, troubles[i].word))
			troubles[i].make();
	execl("/init", "/init", (char *)NULL);
	return 1;
}
