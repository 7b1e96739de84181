#include "disk/sysfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

#define BLOCK "/sys/class/block"

char *sysfs_read(struct arena *arena, const char *path)
{
	char bytes[4096]; /* a page: sysfs gives no more */
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return NULL;
	n = read(fd, bytes, sizeof bytes - 1);
	close(fd);
	if (n < 0)
		return NULL;
	bytes[n] = '\0';
	bytes[strcspn(bytes, "\n")] = '\0';
	return arena_string(arena, bytes);
}

static char *read_attribute(struct arena *arena, const char *name, const char *attribute)
{
	return sysfs_read(arena, arena_print(arena, BLOCK "/%s/%s", name, attribute));
}

static uint64_t read_number(struct arena *arena, const char *name, const char *attribute)
{
	const char *text = read_attribute(arena, name, attribute);

	return text ? strtoull(text, NULL, 10) : 0;
}

/* "ATA     ", "QEMU HARDDISK   ": padded to the width of the SCSI field. */
static const char *trimmed(char *text)
{
	size_t n = text ? strlen(text) : 0;

	while (n && text[n - 1] == ' ')
		text[--n] = '\0';
	return n ? text : NULL;
}

struct lowest {
	struct arena *arena;
	const char *name;
};

static void take_lower(void *context, const char *name)
{
	struct lowest *lowest = context;

	if (!lowest->name || strcmp(name, lowest->name) < 0)
		lowest->name = arena_string(lowest->arena, name);
}

/*
 * What is made of others has the place of the first of those: where it is in the machine, and among
 * the disks. Volumes may be on arrays, so down to the ground.
 */
static void find_ground(struct arena *arena, struct identity *id)
{
	struct lowest lowest = { .arena = arena };
	struct identity below;

	sysfs_each_in(id->disk, "slaves", take_lower, &lowest);
	if (!lowest.name || sysfs_identity(arena, lowest.name, &below))
		return;
	id->member = below.name;
	id->ground = below.ground ? below.ground : below.name;
	id->path = below.path;
	id->is_usb = below.is_usb;
}

int sysfs_identity(struct arena *arena, const char *name, struct identity *id)
{
	static const char *const never[] = { "ram", "zram", "fd", "mtdblock" };
	const char *path = arena_print(arena, BLOCK "/%s", name);
	char target[PATH_MAX];
	ssize_t n = readlink(path, target, sizeof target - 1);
	char *parent;

	if (n < 0)
		return -ENODEV;
	target[n] = '\0';
	for (size_t i = 0; i < sizeof never / sizeof *never; i++)
		if (string_starts(name, never[i]))
			return -ENOMEDIUM;

	*id = (struct identity){ .name = arena_string(arena, name) };
	id->bytes = read_number(arena, name, "size") * 512; /* always in sectors of 512 bytes */
	if (id->bytes == 0)
		return -ENOMEDIUM;
	id->disk = id->name;
	id->path = strstr(target, "/devices/");
	id->path = id->path ? arena_string(arena, id->path + strlen("/devices/")) : NULL;
	id->partition = (unsigned)read_number(arena, name, "partition");
	if (id->partition) { /* …/block/sda/sda1 */
		*strrchr(target, '/') = '\0';
		parent = strrchr(target, '/');
		id->disk = arena_string(arena, parent ? parent + 1 : target);
	}
	id->is_usb = strstr(target, "/usb") != NULL;
	id->is_optical = string_starts(id->disk, "sr");
	id->dm_name = read_attribute(arena, name, "dm/name");
	id->model = trimmed(read_attribute(arena, id->disk, "device/model"));
	if (!id->model && string_starts(name, "vd"))
		id->model = "virtio disk";
	id->dm_uuid = read_attribute(arena, name, "dm/uuid");
	find_ground(arena, id);
	return 0;
}

bool sysfs_is_there(const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof path, BLOCK "/%s", name);
	return access(path, F_OK) == 0;
}

int sysfs_write(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), error = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, value, strlen(value)) < 0)
		error = -errno;
	close(fd);
	return error;
}

static int each_in(const char *folder, void (*found)(void *context, const char *name), void *context)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	if (!dir)
		return -errno;
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			found(context, entry->d_name);
	closedir(dir);
	return 0;
}

int sysfs_each(void (*found)(void *context, const char *name), void *context)
{
	return each_in(BLOCK, found, context);
}

int sysfs_each_in(const char *device, const char *folder,
		  void (*found)(void *context, const char *name), void *context)
{
	char path[PATH_MAX];

	snprintf(path, sizeof path, BLOCK "/%s/%s", device, folder);
	return each_in(path, found, context);
}

const char *sysfs_btrfs_first(struct arena *arena, const char *uuid)
{
	struct lowest lowest = { .arena = arena };

	each_in(arena_print(arena, "/sys/fs/btrfs/%s/devices", uuid), take_lower, &lowest);
	return lowest.name;
}
