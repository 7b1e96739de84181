/*
 * /init of a system that stays: the kernel's modules in /modules are loaded in the order of their names, the root
 * file system is mounted as root=DEVICE in the environment says, and its own init goes on.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void load_modules(void)
{
	struct dirent **files;
	int n = scandir("/modules", &files, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		char path[512];
		int fd;

		snprintf(path, sizeof path, "/modules/%s", files[i]->d_name);
		fd = open(path, O_RDONLY);
		if (*files[i]->d_name != '.' && syscall(SYS_finit_module, fd, "", 0))
			perror(path);
		close(fd);
	}
}

int main(void)
{
	const char *root = getenv("ROOT");

	mkdir("/dev", 0755);
	mkdir("/root", 0755);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	if (!freopen("/dev/console", "w", stdout) || !freopen("/dev/console", "w", stderr))
		return 1;
	load_modules();
	for (int i = 0; root && i < 100 && mount(root, "/root", "ext4", 0, NULL); i++)
		usleep(100000);
	printf("DOM0 UP\n");
	fflush(stdout);
	if (chdir("/root") || mount(".", "/", NULL, MS_MOVE, NULL) || chroot("."))
		perror("/root");
	execl("/sbin/init", "init", (char *)NULL);
	perror("/sbin/init");
	for (;;)
		pause();
}
