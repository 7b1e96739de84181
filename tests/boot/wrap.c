/*
 * /wrap of an extra initramfs, which the kernel runs instead of /init: makes trouble for baton and
 * becomes it, still as PID 1. What trouble, the kernel's command line says (trouble=NAME).
 */
#include <fcntl.h>
#include <glob.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char cmdline[4096];

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

/* Tell the kernel to announce all disks again. */
static void announce_disks(void)
{
	glob_t disks;

	if (glob("/sys/class/block/*/uevent", 0, NULL, &disks))
		return;
	for (size_t i = 0; i < disks.gl_pathc; i++) {
		int fd = open(disks.gl_pathv[i], O_WRONLY);

		if (write(fd, "change", 6) < 0)
			usleep(1000);
		close(fd);
	}
	globfree(&disks);
}

/* A random one of baton's children; 0: there is none. */
static pid_t pick_child(void)
{
	pid_t found = 0;
	glob_t processes;

	if (glob("/proc/[1-9]*/comm", 0, NULL, &processes))
		return 0;
	for (size_t i = 0, n = 0; i < processes.gl_pathc; i++) {
		char name[32] = "";
		FILE *file = fopen(processes.gl_pathv[i], "r");

		if (file && fgets(name, sizeof name, file) && !strncmp(name, "baton-", 6) &&
		    rand() % (int)++n == 0)
			found = atoi(processes.gl_pathv[i] + strlen("/proc/"));
		if (file)
			fclose(file);
	}
	globfree(&processes);
	return found;
}

/* One child at a time, at a random moment of its life; new ones are always being made. */
static void kill_one(void)
{
	if (fork())
		return;
	sleep(1);
	for (int i = 0; i < 500;) {
		announce_disks();
		usleep((useconds_t)(rand() % 15000));
		pid_t child = pick_child();

		i += child && kill(child, SIGKILL) == 0;
	}
	_exit(0);
}

/* Is this a child of baton's with the name that is next in @names? Then it is stopped. */
static int stop_if_next(pid_t pid, const char *names)
{
	char path[40], comm[32] = "";
	size_t n = strcspn(names, ", \n");
	FILE *file;

	snprintf(path, sizeof path, "/proc/%d/comm", (int)pid);
	file = fopen(path, "r");
	if (!file)
		return 0;
	if (!fgets(comm, sizeof comm, file))
		comm[0] = '\0';
	fclose(file);
	return !strncmp(comm, "baton-", 6) && !strncmp(comm + 6, names, n) && comm[6 + n] == '\n' &&
	       kill(pid, SIGSTOP) == 0;
}

/* Children of these names (stall=NAME,NAME) do not go on, from soon after their start. */
static void stall(void)
{
	const struct sched_param first = { .sched_priority = 1 };
	const char *names = strstr(cmdline, " stall=") + strlen(" stall=");
	pid_t last = 0;

	if (fork())
		return;
	sched_setscheduler(0, SCHED_FIFO, &first);
	while (*names && *names != ' ' && *names != '\n') {
		usleep(1000);
		for (pid_t pid = getpid() + 1; pid < getpid() + 500; pid++)
			if (pid != last && kill(pid, 0) == 0 && stop_if_next(pid, names)) {
				last = pid;
				names += strcspn(names, ", \n");
				names += *names == ',';
				break;
			}
	}
	_exit(0);
}

static void storm(void)
{
	if (fork())
		return;
	sleep(1);
	for (int i = 0; i < 5000; i++)
		announce_disks();
	_exit(0);
}

/* Enough for the menu, and not for all probes and the loader. */
static void few_descriptors(void)
{
	struct rlimit limit = { 10, 10 };

	setrlimit(RLIMIT_NOFILE, &limit);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		_exit(1);
	close(fd);
}

/* No process can be started: there are more threads of the kernel than that. */
static void no_processes(void)
{
	if (fork())
		return;
	sleep(1); /* until /proc is there again */
	write_file("/proc/sys/kernel/threads-max", "20");
	sleep(5);
	write_file("/proc/sys/kernel/threads-max", "4096");
	_exit(0);
}

static long available_kib(void)
{
	long kib = 0;
	char line[100];
	FILE *file = fopen("/proc/meminfo", "r");

	while (file && fgets(line, sizeof line, file) &&
	       sscanf(line, "MemAvailable: %ld", &kib) != 1)
		;
	if (file)
		fclose(file);
	return kib;
}

/* Somebody whom the kernel would not take has the memory, all but 12 MB of it, for a while. */
static void hog(void)
{
	if (fork())
		return;
	sleep(1);
	write_file("/proc/self/oom_score_adj", "-1000");
	for (int i = 0; i < 20000; i++) {
		while (available_kib() > 12 * 1024)
			memset(malloc(1 << 20), 1, 1 << 20);
		usleep(1000);
	}
	_exit(0);
}

/* PID 1 stands still: nothing but a debugger can make it do so. */
static void stop(void)
{
	if (fork())
		return;
	sleep(3);
	ptrace(PTRACE_SEIZE, 1, 0, 0);
	ptrace(PTRACE_INTERRUPT, 1, 0, 0);
	for (;;)
		pause();
}

static void write_variable(const char *name, const char *value, size_t size)
{
	char path[200], bytes[200] = { 7 }; /* non-volatile, boot and run time */
	int fd;

	snprintf(path, sizeof path, "/sys/firmware/efi/efivars/%s", name);
	memcpy(bytes + 4, value, size);
	fd = open(path, O_WRONLY | O_CREAT, 0644);
	if (fd < 0 || write(fd, bytes, size + 4) != (ssize_t)size + 4)
		_exit(1); /* the kernel says so, loudly */
	close(fd);
}

/* An administrator's command, before the firmware's disks are read for the same purpose. */
static void run_baton(char *const words[])
{
	int status = 0;

	if (fork() == 0) {
		execv("/init", words);
		_exit(127);
	}
	wait(&status);
	if (status)
		_exit(1); /* the kernel says so, loudly */
}

/*
 * UEFI variables: a pinned default in the store, and an entry and a time-out for once, as bootctl and
 * systemctl would ask for them.
 */
static void ask(void)
{
	static char *const words[] = { "baton", "settings", "set", "default", "Entry Second", NULL };
	static const char once[] = "t\0h\0i\0r\0d\0.\0c\0o\0n\0f\0\0";
	static const char timeout[] = "0\0\0";

	mkdir("/sys", 0755);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	mount("efivarfs", "/sys/firmware/efi/efivars", "efivarfs", 0, NULL);
	write_variable("LoaderEntryOneShot-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f", once, sizeof once);
	write_variable("LoaderConfigTimeoutOneShot-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f", timeout,
		       sizeof timeout);
	run_baton(words);
}

/* The firmware knows a network card, and would boot from it after all else. */
static void offer_network(void)
{
	static const char option[] = "\1\0\0\0\x29\0N\0\0\0"	       /* active, "N" */
				     "\3\x0b\x25\0" "0123456789abcdef" /* a MAC address, */
				     "0123456789abcdef" "\1" "\x7f\xff\4";
	static const char order[] = { 7, 0 };

	mkdir("/sys", 0755);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	mount("efivarfs", "/sys/firmware/efi/efivars", "efivarfs", 0, NULL);
	write_variable("Boot0007-8be4df61-93ca-11d2-aa0d-00e098032b8c", option, sizeof option);
	write_variable("BootOrder-8be4df61-93ca-11d2-aa0d-00e098032b8c", order, sizeof order);
}

static void prepare_disks(void)
{
	mkdir("/sys", 0755);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	for (int i = 0; i < 100 && access("/dev/vdb1", F_OK); i++) {
		close(open("/dev/vdb", O_RDONLY)); /* which makes the kernel look for partitions */
		usleep(100000);
	}
}

static void keep(void)
{
	static char *const words[] = { "baton", "settings", "set", "default", "Entry Second", NULL };

	prepare_disks();
	run_baton(words);
}

/* The system that was booted last has come up. */
static void confirm(void)
{
	static char *const words[] = { "baton", "confirm", NULL };

	prepare_disks();
	run_baton(words);
}

static const struct {
	const char *word;
	void (*make)(void);
} troubles[] = {
	{ "trouble=no-descriptors", no_descriptors },
	{ "trouble=crash", crash },
	{ "trouble=kill-children", kill_children },
	{ "trouble=kill-one", kill_one },
	{ "trouble=storm", storm },
	{ "trouble=stall", stall },
	{ "trouble=stop", stop },
	{ "trouble=few-descriptors", few_descriptors },
	{ "trouble=no-processes", no_processes },
	{ "trouble=hog", hog },
	{ "trouble=ask", ask },
	{ "trouble=keep", keep },
	{ "trouble=confirm", confirm },
	{ "trouble=offer-network", offer_network },
};

int main(void)
{
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
