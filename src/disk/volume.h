/*
 * Volumes: file systems as the readers see them. A path is resolved inside its volume only, so
 * that neither ".." nor a symbolic link leads out (openat2(2), RESOLVE_IN_ROOT).
 */
#ifndef DISK_VOLUME_H
#define DISK_VOLUME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "model/device.h"

/* How configs name a device that they look for. */
enum volume_key {
	VOLUME_UUID,      /* of the file system, case ignored */
	VOLUME_LABEL,     /* of the file system */
	VOLUME_PARTUUID,  /* case ignored */
	VOLUME_PARTLABEL,
	VOLUME_NAME, /* the kernel's ("sda1") or device mapper's ("vg-lv") name */
	VOLUME_GRUB, /* GRUB's: "hd0,gpt2", "cd0", "lvm/vg-lv", … */
	VOLUME_FILE, /* the first one that holds a file of this path */
};

enum file_kind { FILE_REGULAR, FILE_DIRECTORY, FILE_OTHER };

struct file_info {
	enum file_kind kind;
	uint64_t size;   /* bytes */
	int64_t mtime;   /* seconds since 1970 */
};

struct volume {
	const struct identity *identity; /* never NULL */
	const struct volume_ops *ops;
	int root;                /* a directory's file descriptor; -1: files in memory */
	bool on_device;          /* it is mounted from /dev/NAME of its identity */
	const struct memory_file *memory;
	const char *subvolume;   /* btrfs: the path of its default subvolume; NULL: the top */
	struct remembered *remembered; /* what volume_stat() has found */
	VEC(const char *) assumed; /* regular files that count as there although they are not */
};

/*
 * volume_open_directory - a volume whose root is the directory @fd, which the volume then owns
 *
 * @identity must live as long as the arena. Never fails.
 */
struct volume *volume_open_directory(struct arena *arena, int fd, const struct identity *identity);

/* A file of a volume that has no disk (the fuzzer's and the unit tests'). Directories are implied. */
struct memory_file {
	const char *path; /* absolute; NULL ends the array */
	const void *bytes;
	size_t size;
};

/* volume_open_memory - a volume that holds @files, which must live as long as the arena */
struct volume *volume_open_memory(struct arena *arena, const struct memory_file *files,
				  const struct identity *identity);

/* volume_close - close its root directory; its memory goes with the arena */
void volume_close(struct volume *volume);

/*
 * volume_open_file - a read-only descriptor of a regular file
 *
 * Returns the descriptor, or -errno: -EISDIR for a directory, -EINVAL for what is neither; never
 * blocks on a fifo or device node. -ENOSYS on a volume in memory.
 */
int volume_open_file(const struct volume *volume, const char *path);

/*
 * volume_open_writable - a descriptor of a regular file of a volume of mount_writable(), to be
 * overwritten in place; as volume_open_file() otherwise
 */
int volume_open_writable(const struct volume *volume, const char *path);

/* volume_open_folder - a descriptor of a directory, for what is renamed in it; or -errno */
int volume_open_folder(const struct volume *volume, const char *path);

/*
 * volume_read - the bytes of a regular file, with a NUL after them
 *
 * Returns 0 and sets *@bytes and *@size; or -errno, -EFBIG if it is larger than @most bytes.
 */
int volume_read(struct arena *arena, const struct volume *volume, const char *path, size_t most,
		char **bytes, size_t *size);

/*
 * volume_open_blocks - a descriptor of a stretch of the volume's device, as GRUB names it without a
 * file: "512+1" is one sector (of 512 bytes) from the 512th on. It is where an environment block is
 * kept on btrfs, whose files GRUB can't write
 *
 * Sets *@offset and *@size, in bytes. Returns the descriptor, -EINVAL if @list is something else (or
 * of several parts), -EFBIG for more than @most bytes, -ENODEV if the volume has no device of its own;
 * or -errno.
 */
int volume_open_blocks(const struct volume *volume, const char *list, bool writable, size_t most,
		       off_t *offset, size_t *size);

/* volume_read_blocks - the bytes of such a stretch; 0 or -errno. In memory it is a file of that name */
int volume_read_blocks(struct arena *arena, const struct volume *volume, const char *list,
		       size_t most, char **bytes, size_t *size);

/*
 * volume_stat - what a path is, symbolic links followed; 0 or -errno
 *
 * Answers are remembered: a menu names the same few files over and over, and a volume that is read
 * does not change.
 */
int volume_stat(const struct volume *volume, const char *path, struct file_info *info);

/* volume_is_file - is there a regular file of this path (assumed ones included)? */
bool volume_is_file(const struct volume *volume, const char *path);

/*
 * volume_list - the names in a directory, in directory order, without "." and ".."
 *
 * Returns the number of names and sets *@names; or -errno. At most @most names are read.
 */
ssize_t volume_list(struct arena *arena, const struct volume *volume, const char *path, size_t most,
		    const char ***names);

/* An image file, and the file system in it; NULL: it can't be had. */
struct image_volume {
	const struct volume *host;
	const char *path;
	struct volume *volume;
};

/*
 * The volumes of a machine, as a reader may ask for them: its own, and all others, which are
 * mounted when they are first needed.
 */
struct volumes {
	const struct identity *at; /* every device that is known now */
	size_t n, own;             /* own: index of the volume that the config is on */
	struct volume **mounted;   /* those opened so far, by index; NULL: not yet, or failed */
	/* mount device @i; NULL if it can't be */
	struct volume *(*open)(struct volumes *volumes, size_t i);
	/* wait for a device that may still be coming; false: nothing new. May extend at[]. */
	bool (*await)(struct volumes *volumes, enum volume_key key, const char *value);
	/* identify every partition of the own disk in at[]; NULL: they are */
	void (*know_disk)(struct volumes *volumes);
	/* mount an image file of a volume as a volume of its own; NULL if it can't be */
	struct volume *(*image)(struct volumes *volumes, const struct volume *host, const char *path);
	VEC(struct image_volume) images; /* those that were asked for */
	bool settled;             /* await has said that nothing more comes */
	struct arena *arena;
	void *context;       /* the owner's */
	bool any;            /* an unknown UUID or label means the own volume (--any-uuid) */
};

/* volumes_init - only @own exists, nothing more will come; the callbacks may be set afterwards */
void volumes_init(struct volumes *volumes, struct arena *arena, struct volume *own);

/* volumes_own - the volume that the config is on */
struct volume *volumes_own(struct volumes *volumes);

/* volumes_get - the volume of index @i, mounted if need be; NULL if it can't be */
struct volume *volumes_get(struct volumes *volumes, size_t i);

/* volumes_know_disk - have all partitions of the own disk in at[], whatever others do */
void volumes_know_disk(struct volumes *volumes);

/*
 * volumes_image - the volume in an image file of @host, mounted when it is first asked for; NULL if
 * it can't be, or if a config asks for more of them than anyone has
 */
struct volume *volumes_image(struct volumes *volumes, const struct volume *host, const char *path);

/*
 * volumes_find - the volume that a config means; the own one if it matches, else the first
 *
 * A miss waits for devices that may still be coming. Returns NULL when there is none: the caller
 * notes it in config.wanted.
 */
struct volume *volumes_find(struct volumes *volumes, enum volume_key key, const char *value);

/*
 * volumes_index - like volumes_find() without mounting: the index, or -1
 *
 * VOLUME_FILE can't be asked for.
 */
ssize_t volumes_index(struct volumes *volumes, enum volume_key key, const char *value);

/*
 * volumes_grub_name - GRUB's name of device @i, without parentheses: "hd0,gpt2"
 *
 * Disks are numbered in the order of the table, the own disk first (GRUB manual, "Naming
 * convention"; the firmware's boot disk is hd0). Optical drives are cd0…
 */
const char *volumes_grub_name(struct arena *arena, const struct volumes *volumes, size_t i);

#endif
