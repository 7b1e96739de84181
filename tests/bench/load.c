/*
 * /init of the guest that measures how long loading takes: each command line of /commands, in turn, so
 * that all find the same machine; once to have the files in the cache, and then ROUNDS times. Prints
 * "LOAD NAME MICROSECONDS KIB" for each, the second for the most memory it had, or "LOAD NAME failed".
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 5

static long long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000LL + time.tv_nsec / 1000;
}

/* Runs a line of words; what it says goes to the console only if it fails. */
static void run(char *line, int warm)
{
	char *name = strtok(line, " "), *words[32];
	int n = 0, status, null;
	struct rusage usage;
	long long start;
	pid_t pid;

	while (n < 31 && (words[n] = strtok(NULL, " ")))
		n++;
	words[n] = NULL;
	start = now();
	pid = fork();
	if (pid == 0) {
		null = open("/dev/null", O_WRONLY);
		dup2(null, STDOUT_FILENO);
		execv(words[0], words);
		_exit(127);
	}
	wait4(pid, &status, 0, &usage);
	if (status)
		printf("LOAD %s failed\n", name);
	else if (warm)
		printf("LOAD %s %lld %ld\n", name, now() - start, usage.ru_maxrss);
	fflush(stdout);
	syscall(SYS_kexec_load, 0UL, 0UL, NULL, 0UL); /* each starts with nothing loaded */
}

int main(void)
{
	char line[4096];

	mkdir("/dev", 0755);
	mkdir("/proc", 0755);
	mkdir("/sys", 0755);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	mount("proc", "/proc", "proc", 0, NULL);
	mkdir("/disk", 0755);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	close(open("/dev/vda", O_RDONLY)); /* has its partitions looked for */
	mount("/dev/vda1", "/disk", "ext4", MS_RDONLY, NULL);
	if (!freopen("/dev/ttyS0", "w", stdout) || dup2(STDOUT_FILENO, STDERR_FILENO) < 0)
		return 1;
	for (int i = 0; i <= ROUNDS; i++) {
		FILE *commands = fopen("/commands", "r");

		while (commands && fgets(line, sizeof line, commands)) {
			line[strcspn(line, "\n")] = '\0';
			run(line, i > 0);
		}
		if (commands)
			fclose(commands);
	}
	printf("LOAD END\n");
	fflush(stdout);
	for (;;)
		pause();
}
