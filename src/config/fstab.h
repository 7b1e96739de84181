/* /etc/fstab: which file system is where, in the system that a config belongs to. */
#ifndef CONFIG_FSTAB_H
#define CONFIG_FSTAB_H

#include <stdbool.h>

#include "config/reader.h"

struct fstab_line {
	const char *source, *directory, *type, *options;
};

/* A file system table, read when it is first asked. Start with zeros. */
struct fstab {
	bool is_read;
	VEC(struct fstab_line) lines;
};

/* fstab_find - the last line of a volume's /etc/fstab that mounts at @directory, or NULL */
const struct fstab_line *fstab_find(struct arena *arena, struct fstab *fstab,
				    const struct volume *volume, const char *directory);

/* fstab_volume - the volume that a source ("UUID=…", "LABEL=…", "/dev/sda1") means, or NULL */
struct volume *fstab_volume(struct reading *reading, const char *source);

/*
 * fstab_locate - where a file of the running system lies: on the reading's volume, or, if it is
 * not there, on the one that fstab mounts at /boot or /boot/efi
 */
struct file_ref fstab_locate(struct reading *reading, struct fstab *fstab, const char *path);

#endif
