/*
 * /init of a machine whose disks have each lost their power at another moment: mounts one after the other
 * as the next start would, which replays the journal, tells what the environment block in it says, and
 * powers off. What the disks are called (-device serial=) is told with it.
 */
#include <fcntl.h>
#include <glob.h>
#include <linux/btrfs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

/* The disks are copies, which btrfs would take for one. */
static void forget_other_disks(void)
{
	struct btrfs_ioctl_vol_args all = { 0 };
	int fd = open("/dev/btrfs-control", O_RDWR);

	if (fd < 0 || ioctl(fd, BTRFS_IOC_FORGET_DEV, &all) < 0)
		perror("/dev/btrfs-control");
	close(fd);
}

static int mount_any(const char *device)
{
	static const char *const types[] = { "ext4", "xfs", "btrfs" };

	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (mount(device, "/mnt", types[i], 0, NULL) == 0)
			return 0;
	return -1;
}

static void print_block(const char *device)
{
	char block[1025] = "";
	FILE *file;

	forget_other_disks();
	if (mount_any(device) < 0) {
		printf(" can't be mounted\n");
		return;
	}
	file = fopen("/mnt/boot/grub/grubenv", "r");
	if (file && fread(block, 1, sizeof block - 1, file) > 0)
		for (char *at = block; *at; at++)
			putchar(*at == '\n' ? '|' : *at);
	putchar('\n');
	if (file)
		fclose(file);
	if (umount("/mnt"))
		perror("umount");
}

static void replay_all(void)
{
	glob_t disks;

	if (glob("/sys/block/vd*/serial", 0, NULL, &disks))
		return;
	for (size_t i = 0; i < disks.gl_pathc; i++) {
		char device[64], serial[64] = "";
		const char *name = disks.gl_pathv[i] + strlen("/sys/block/");
		FILE *file = fopen(disks.gl_pathv[i], "r");

		if (!file || !fgets(serial, sizeof serial, file))
			continue;
		fclose(file);
		snprintf(device, sizeof device, "/dev/%.*s", (int)strcspn(name, "/"), name);
		printf("REPLAY %.*s:", (int)strcspn(serial, "\n"), serial);
		print_block(device);
	}
}

int main(void)
{
	mkdir("/dev", 0755);
	mkdir("/sys", 0755);
	mkdir("/mnt", 0755);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	if (freopen("/dev/ttyS0", "w", stdout) && freopen("/dev/ttyS0", "w", stderr)) {
		replay_all();
		printf("REPLAY END\n");
		fflush(stdout);
		tcdrain(STDOUT_FILENO);
	}
	sync();
	reboot(RB_POWER_OFF);
	return 0;
}
