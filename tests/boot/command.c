/*
 * /init of a running system on which an administrator uses baton: the words of its own arguments are run as
 * a command, what that says and its status go to the console, and what it has loaded is started.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define KEXEC 0x45584543 /* LINUX_REBOOT_CMD_KEXEC */

static void mount_at(const char *type, const char *where)
{
	mkdir(where, 0755);
	mount(type, where, type, 0, NULL);
}

int main(int argc, char **argv)
{
	int status = -1;

	mount_at("devtmpfs", "/dev");
	mount_at("proc", "/proc");
	mount_at("sysfs", "/sys");
	mount_at("securityfs", "/sys/kernel/security");
	if (argc < 2 || !freopen("/dev/ttyS0", "w", stdout) || dup2(STDOUT_FILENO, STDERR_FILENO) < 0)
		return 1;
	if (fork() == 0) {
		execv(argv[1], argv + 1);
		_exit(127);
	}
	wait(&status);
	printf("COMMAND STATUS %d\n", WEXITSTATUS(status));
	fflush(stdout);
	syscall(SYS_reboot, 0xfee1dead, 672274793, KEXEC, NULL);
	printf("COMMAND END\n");
	fflush(stdout);
	for (;;)
		pause();
}
