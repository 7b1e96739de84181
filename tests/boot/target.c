/*
 * The smallest target: /init of the initramfs that the boot tests and the benchmark boot into.
 *
 * Says on the console that it is up, with which command line, and which of the initrds it was given:
 * each brings a file /initrd-NAME. Then powers off.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

static void print_command_line(void)
{
	char text[4096];
	FILE *file = fopen("/proc/cmdline", "r");

	if (file && fgets(text, sizeof(text), file))
		printf("TARGET CMDLINE %s", text);
	if (file)
		fclose(file);
}

static void print_initrds(void)
{
	DIR *root = opendir("/");
	struct dirent *file;

	while (root && (file = readdir(root)))
		if (!strncmp(file->d_name, "initrd-", 7))
			printf("TARGET INITRD %s\n", file->d_name + 7);
	if (root)
		closedir(root);
}

int main(void)
{
	/* The kernel opens /dev/console for init only if the initramfs contains the node. */
	mkdir("/dev", 0755);
	mkdir("/proc", 0755);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	mount("proc", "/proc", "proc", 0, NULL);
	if (freopen("/dev/console", "w", stdout)) {
		printf("\nTARGET UP\n");
		print_command_line();
		print_initrds();
		printf("TARGET END\n");
		fflush(stdout);
		tcdrain(STDOUT_FILENO);
	}
	reboot(RB_POWER_OFF);
	return 0;
}
