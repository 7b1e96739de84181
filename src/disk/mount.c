#include "disk/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/text.h"
#include "disk/identify.h"
#include "disk/loop.h"

#define BUSY_TRIES 50 /* who reads it, as a probe that has just ended, may be gone in a moment */
#define BUSY_US 20000
#define SUBVOLUMES_MOST 4096 /* snapshots among which the default subvolume is sought */

/* musl 1.2.3 and glibc 2.35 have no wrappers for these. */
static int fs_open(const char *type)
{
	return (int)syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);
}

static int fs_config(int fd, unsigned command, const char *key, const char *value)
{
	return (int)syscall(SYS_fsconfig, fd, command, key, value, 0);
}

static int fs_mount(int fd, unsigned attributes)
{
	return (int)syscall(SYS_fsmount, fd, FSMOUNT_CLOEXEC, attributes);
}

/*
 * By libblkid's type: the driver, what keeps it from writing when it is only read, and what it takes
 * anyway to read what is fine for a boot. Paths in btrfs configs count from the top-level subvolume,
 * which is 5. Where there is no journal, names are written in the order in which they change: else a
 * power cut could take the old name of what is renamed, and not leave the new one.
 */
static const struct driver {
	const char *type, *driver;
	const char *unchanged; /* "key" or "key=value", as the others; NULL: none */
	const char *option;
	const char *written; /* when it is written */
} drivers[] = {
	{ "ext2", "ext4", NULL, NULL, "dirsync" },
	{ "ext3", "ext4", "noload", NULL, NULL },
	{ "ext4", "ext4", "noload", NULL, NULL },
	{ "xfs", "xfs", "norecovery", "nouuid", NULL },
	{ "btrfs", "btrfs", "rescue=nologreplay", "subvolid=5", NULL },
	{ "f2fs", "f2fs", "disable_roll_forward", NULL, NULL },
	{ "vfat", "vfat", NULL, "utf8", "dirsync" },
	{ "iso9660", "iso9660", NULL, NULL, NULL },
	{ "squashfs", "squashfs", NULL, NULL, NULL },
	{ "erofs", "erofs", NULL, NULL, NULL },
};

static const struct driver *find_driver(const char *type)
{
	for (size_t i = 0; i < sizeof drivers / sizeof *drivers; i++)
		if (string_same(drivers[i].type, type))
			return &drivers[i];
	return NULL;
}

/* The file system's own words ("e ext4: …") wait in the descriptor of its configuration. */
static const char *explain(struct arena *arena, int fd, const char *call, int error)
{
	char message[512];
	ssize_t n = read(fd, message, sizeof message - 1);

	errno = error;
	if (n > 2) {
		message[n] = '\0';
		message[strcspn(message, "\n")] = '\0';
		return arena_print(arena, "%s: %s (%s)", call, string_error(error), message + 2);
	}
	return arena_print(arena, "%s: %s", call, string_error(error));
}

static int set_option(struct arena *arena, int fd, const char *option)
{
	size_t n;

	if (!option)
		return 0;
	n = strcspn(option, "=");
	if (!option[n])
		return fs_config(fd, FSCONFIG_SET_FLAG, option, NULL);
	return fs_config(fd, FSCONFIG_SET_STRING, arena_copy(arena, option, n), option + n + 1);
}

/* Returns the descriptor of the mount's root, or -1 and *why. */
static int mount_with(struct arena *arena, int fd, const struct driver *driver, const char *device,
		      bool writable, const char **why)
{
	unsigned attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
	int root;

	if (fs_config(fd, FSCONFIG_SET_STRING, "source", device) ||
	    set_option(arena, fd, driver->option) ||
	    set_option(arena, fd, writable ? "rw" : "ro") ||
	    set_option(arena, fd, writable ? driver->written : driver->unchanged)) {
		*why = explain(arena, fd, "fsconfig", errno);
		return -1;
	}
	if (fs_config(fd, FSCONFIG_CMD_CREATE, NULL, NULL)) {
		*why = explain(arena, fd, "mount", errno);
		return -1;
	}
	root = fs_mount(fd, attributes | (writable ? 0 : MOUNT_ATTR_RDONLY));
	if (root < 0)
		*why = explain(arena, fd, "fsmount", errno);
	return root;
}

static int mount_root(struct arena *arena, const struct driver *driver,
		      const struct identity *identity, bool writable, const char **why)
{
	int fd = fs_open(driver->driver), root;

	if (fd < 0) {
		*why = arena_print(arena, "fsopen %s: %s", driver->driver, string_error(errno));
		return -1;
	}
	root = mount_with(arena, fd, driver, arena_print(arena, "/dev/%s", identity->name), writable,
			  why);
	if (root < 0 && errno == ENOENT && strcmp(driver->driver, "btrfs") == 0)
		*why = "mount: this btrfs is on several disks, and one of them is missing";
	close(fd); /* which leaves errno as it is */
	return root;
}

/*
 * The path of btrfs's default subvolume, from which SUSE's GRUB counts: what a mount without an
 * option shows. Subvolumes are told by their device numbers; it is sought where SUSE's installer
 * and snapper put it, and at the top. NULL: it is the top itself, or somewhere else.
 */
static const char *find_subvolume(struct arena *arena, const struct volume *top)
{
	static const struct driver plain = { .driver = "btrfs", .unchanged = "rescue=nologreplay" };
	static const char *const places[][2] = {
		{ "", "" }, { "/@/.snapshots", "/snapshot" }, { "/.snapshots", "/snapshot" },
	};
	const char *why, **names;
	int root = mount_root(arena, &plain, top->identity, false, &why);
	struct stat wanted, at;

	if (root < 0)
		return NULL;
	if (fstat(root, &wanted) || fstat(top->root, &at) || at.st_dev == wanted.st_dev)
		wanted.st_dev = 0;
	close(root);
	for (size_t i = 0; wanted.st_dev && i < sizeof places / sizeof *places; i++) {
		const char *directory = *places[i][0] ? places[i][0] : "/";
		ssize_t n = volume_list(arena, top, directory, SUBVOLUMES_MOST, &names);

		for (ssize_t j = 0; j < n; j++) {
			const char *path = arena_print(arena, "%s/%s%s", places[i][0], names[j],
						       places[i][1]);

			if (fstatat(top->root, path + 1, &at, AT_SYMLINK_NOFOLLOW) == 0 &&
			    at.st_dev == wanted.st_dev)
				return path;
		}
	}
	return NULL;
}

static struct volume *open_device(struct arena *arena, const struct identity *identity,
				  bool writable, const char **why)
{
	const struct driver *driver = find_driver(identity->type);
	struct volume *volume;
	const char *meaning = identify_explain(identity->type);
	int root;

	if (!driver) {
		*why = arena_print(arena, "%s is not a file system that baton reads",
				   identity->type ? identity->type : "this");
		if (meaning)
			*why = arena_print(arena, "%s: %s", *why, meaning);
		return NULL;
	}
	root = mount_root(arena, driver, identity, writable, why);
	if (root < 0)
		return NULL;
	volume = volume_open_directory(arena, root, identity);
	volume->on_device = true;
	return volume;
}

void mount_announce(struct arena *arena, const struct identity *identity)
{
	struct btrfs_ioctl_vol_args args = { 0 };
	int fd = open("/dev/btrfs-control", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return; /* a kernel without btrfs */
	snprintf(args.name, sizeof args.name, "%s", arena_print(arena, "/dev/%s", identity->name));
	ioctl(fd, BTRFS_IOC_SCAN_DEV, &args);
	close(fd);
}

struct volume *mount_device(struct arena *arena, const struct identity *identity, const char **why)
{
	struct volume *volume = open_device(arena, identity, false, why);

	if (volume && string_same(identity->type, "btrfs"))
		volume->subvolume = find_subvolume(arena, volume);
	return volume;
}

struct volume *mount_writable(struct arena *arena, const struct identity *identity,
			      const char **why)
{
	struct volume *volume;

	for (int i = 0; !(volume = open_device(arena, identity, true, why)) && errno == EBUSY &&
			i < BUSY_TRIES; i++)
		usleep(BUSY_US);
	return volume;
}

struct volume *mount_image(struct arena *arena, const struct volume *host, const char *path,
			   const char **why)
{
	struct identity *identity = arena_make(arena, struct identity);
	struct volume *volume = NULL;
	int image = volume_open_file(host, path), device, error;

	if (image < 0) {
		*why = string_error(-image);
		return NULL;
	}
	device = loop_attach(arena, image, 0, 0, &identity->name);
	close(image);
	if (device < 0) {
		*why = arena_print(arena, "loop device: %s", string_error(-device));
		return NULL;
	}
	error = identify(arena, device, identity);
	*why = arena_print(arena, "reading it: %s", string_error(-error));
	if (!error)
		volume = mount_device(arena, identity, why);
	close(device); /* the mount keeps it */
	return volume;
}
