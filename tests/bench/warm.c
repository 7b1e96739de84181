/*
 * /warm of an extra initramfs, which the kernel runs instead of /init: reads a disk's kernel and initrd
 * into the page cache, says how long reading them takes from there, and becomes baton, still as PID 1.
 * The mount stays, and with it what was read: baton mounts the same file system again.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static void read_file(const char *path)
{
	static char buffer[128 * 1024]; /* cat's */
	int fd = open(path, O_RDONLY);

	while (fd >= 0 && read(fd, buffer, sizeof buffer) > 0)
		continue;
	close(fd);
}

static long read_all(void)
{
	struct timespec from, to;

	clock_gettime(CLOCK_MONOTONIC, &from);
	read_file("/warm-disk/vmlinuz");
	read_file("/warm-disk/initrd");
	read_file("/warm-disk/boot/grub/grub.cfg");
	clock_gettime(CLOCK_MONOTONIC, &to);
	return (to.tv_sec - from.tv_sec) * 1000000 + (to.tv_nsec - from.tv_nsec) / 1000;
}

int main(void)
{
	FILE *console;

	mkdir("/dev", 0755);
	mkdir("/warm-disk", 0755);
	mount("dev", "/dev", "devtmpfs", 0, NULL);
	close(open("/dev/vda", O_RDONLY)); /* has its partitions looked for */
	for (int i = 0; i < 100 && mount("/dev/vda1", "/warm-disk", "ext4", MS_RDONLY, "noload"); i++)
		usleep(20000);
	read_all();
	console = fopen("/dev/ttyS0", "w");
	if (console) {
		fprintf(console, "WARM %ld\r\n", read_all());
		fclose(console);
	}
	umount2("/dev", MNT_DETACH);
	execl("/init", "/init", (char *)NULL);
	return 1;
}
