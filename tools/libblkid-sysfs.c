/*
 * What libblkid asks sysfs for, in place of util-linux' lib/path.c and lib/sysfs.c and of
 * libblkid's devno.c, which take 18 KB with what of the C library only they use.
 *
 * Every block device has a folder /sys/dev/block/MAJOR:MINOR, a link to its place in the tree of
 * devices: that of a partition lies in its disk's. A file in it is an attribute of one line.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "blkidP.h"
#include "sysfs.h"

#define LINE 4096 /* the kernel gives a page at most */

static int open_device(dev_t device)
{
	char path[64];

	snprintf(path, sizeof path, "/sys/dev/block/%u:%u", major(device), minor(device));
	return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

struct path_cxt *ul_new_sysfs_path(dev_t device, struct path_cxt *parent, const char *prefix)
{
	struct path_cxt *path = calloc(1, sizeof *path);

	(void)parent;
	(void)prefix;
	if (!path)
		return NULL;
	path->dir_fd = open_device(device);
	if (path->dir_fd >= 0)
		return path;
	free(path);
	return NULL;
}

void ul_unref_path(struct path_cxt *path)
{
	if (path)
		close(path->dir_fd);
	free(path);
}

/* Into `text`, without the end of the last line. Returns its length, or -1. */
static ssize_t read_attribute(int folder, const char *name, char text[LINE])
{
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, LINE - 1);

	if (fd >= 0)
		close(fd);
	if (n > 0 && text[n - 1] == '\n')
		n--;
	if (n >= 0)
		text[n] = '\0';
	return n;
}

int ul_path_read_string(struct path_cxt *path, char **string, const char *name)
{
	char text[LINE];
	ssize_t n = read_attribute(path->dir_fd, name, text);

	*string = n < 0 ? NULL : strdup(text);
	return *string ? (int)n : -1;
}

int ul_path_read_u64(struct path_cxt *path, uint64_t *number, const char *name)
{
	char text[LINE], *end;

	if (read_attribute(path->dir_fd, name, text) <= 0)
		return -1;
	*number = strtoull(text, &end, 10);
	return *end ? -1 : 0;
}

/* MAJOR:MINOR */
static int read_number(int folder, const char *name, dev_t *number)
{
	char text[LINE], *end;
	unsigned long first;

	if (read_attribute(folder, name, text) <= 0)
		return -1;
	first = strtoul(text, &end, 10);
	if (*end != ':')
		return -1;
	*number = makedev(first, strtoul(end + 1, NULL, 10));
	return 0;
}

/* A partition that kpartx(8) has made with the device mapper lies on one other device, its disk. */
static int read_slave(int device, dev_t *disk)
{
	char name[LINE];
	int fd = openat(device, "slaves", O_RDONLY | O_DIRECTORY | O_CLOEXEC), result = -1;
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *at;

	while (folder && result < 0 && (at = readdir(folder))) {
		snprintf(name, sizeof name, "slaves/%s/dev", at->d_name);
		if (at->d_name[0] != '.')
			result = read_number(device, name, disk);
	}
	if (folder)
		closedir(folder);
	else if (fd >= 0)
		close(fd);
	return result;
}

/* The disk's name is asked for by nobody here. */
int blkid_devno_to_wholedisk(dev_t device, char *name, size_t size, dev_t *disk)
{
	char text[LINE];
	int folder = open_device(device), result = 0;

	(void)name;
	(void)size;
	if (folder < 0)
		return -1;
	*disk = device;
	if (read_attribute(folder, "partition", text) > 0)
		result = read_number(folder, "../dev", disk);
	else if (read_attribute(folder, "dm/uuid", text) > 0 && strncasecmp(text, "part", 4) == 0)
		read_slave(folder, disk);
	close(folder);
	return result;
}

/* uevent's lines are NAME=VALUE; devtmpfs and udev name the node after DEVNAME. */
char *blkid_devno_to_devname(dev_t device)
{
	char text[LINE], *name, *path = NULL;
	int folder = open_device(device);
	ssize_t n = folder < 0 ? -1 : read_attribute(folder, "uevent", text);

	if (folder >= 0)
		close(folder);
	if (n <= 0 || !(name = strstr(text, "DEVNAME=")))
		return NULL;
	name += strlen("DEVNAME=");
	name[strcspn(name, "\n")] = '\0';
	return asprintf(&path, "/dev/%s", name) < 0 ? NULL : path;
}

/* LVM's own, below its volumes, are LVM-UUID-WHAT; Stratis' say so. */
int sysfs_devno_is_dm_private(dev_t device, char **uuid)
{
	char text[LINE];
	int folder = open_device(device);
	ssize_t n = folder < 0 ? -1 : read_attribute(folder, "dm/uuid", text);
	const char *last;

	if (folder >= 0)
		close(folder);
	if (n <= 0)
		return 0;
	*uuid = strdup(text);
	last = strncmp(text, "LVM-", 4) == 0 ? strrchr(text + 4, '-') : NULL;
	return (last && last[1]) || strncmp(text, "stratis-1-private", 17) == 0;
}

/* UBI's character devices, which baton does not look at. */
char *sysfs_chrdev_devno_to_devname(dev_t device, char *name, size_t size)
{
	(void)device;
	(void)name;
	(void)size;
	return NULL;
}
