/*
 * PID 1 of a running system on whose ESP an administrator installs baton: PARTUUID VERB [FILE]
 *
 * The ESP is /dev/vda1, and udev would have made a link to it. Says which boot entries there are, before and
 * after, with their order, and switches off.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define VARIABLES "/sys/firmware/efi/efivars"

static void mount_at(const char *device, const char *type, const char *where)
{
	mkdir(where, 0755);
	if (mount(device, where, type, 0, NULL) < 0)
		perror(where);
}

/* Partitions appear when somebody has opened their disk. */
static void mount_esp(const char *partuuid)
{
	char link[128];

	close(open("/dev/vda", O_RDONLY));
	for (int i = 0; access("/dev/vda1", F_OK) < 0 && i < 300; i++)
		usleep(100000);
	mkdir("/dev/disk", 0755);
	mkdir("/dev/disk/by-partuuid", 0755);
	snprintf(link, sizeof link, "/dev/disk/by-partuuid/%s", partuuid);
	if (symlink("/dev/vda1", link) < 0)
		perror(link);
	mkdir("/boot", 0755);
	mount_at("/dev/vda1", "vfat", "/boot/efi");
}

/* BootOrder's numbers: four bytes of attributes come first. */
static void print_order(const char *when)
{
	unsigned char bytes[256];
	int file = open(VARIABLES "/BootOrder-8be4df61-93ca-11d2-aa0d-00e098032b8c", O_RDONLY);
	ssize_t n = file < 0 ? 0 : read(file, bytes, sizeof bytes);

	printf("%s order", when);
	for (ssize_t i = 4; i + 1 < n; i += 2)
		printf(" %04X", bytes[i] | bytes[i + 1] << 8);
	printf(".\n");
	if (file >= 0)
		close(file);
}

static void print_entries(const char *when)
{
	DIR *folder = opendir(VARIABLES);
	struct dirent *file;
	int n = 0;

	while (folder && (file = readdir(folder)))
		n += !strncmp(file->d_name, "Boot0", 5);
	printf("%s %d entries\n", when, n);
	if (folder)
		closedir(folder);
	print_order(when);
}

int main(int argc, char **argv)
{
	int status = -1;

	/* OVMF says behind all words where the initrd is. */
	if (argc > 1 && !strncmp(argv[argc - 1], "initrd=", 7))
		argv[--argc] = NULL;
	mount_at("devtmpfs", "devtmpfs", "/dev");
	mount_at("proc", "proc", "/proc");
	mount_at("sysfs", "sysfs", "/sys");
	if (argc < 3 || !freopen("/dev/ttyS0", "w", stdout) || dup2(STDOUT_FILENO, STDERR_FILENO) < 0)
		return 1;
	mount_at("efivarfs", "efivarfs", VARIABLES);
	mount_esp(argv[1]);
	print_entries("BEFORE");
	fflush(stdout);
	if (fork() == 0) {
		argv[1] = "baton";
		execv("/init", argv + 1);
		_exit(127);
	}
	wait(&status);
	print_entries("AFTER");
	if (umount("/boot/efi") < 0)
		perror("/boot/efi");
	printf("INSTALL STATUS %d\n", WEXITSTATUS(status));
	fflush(stdout);
	tcdrain(STDOUT_FILENO);
	reboot(RB_POWER_OFF);
	return 0;
}
