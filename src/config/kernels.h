/* Kernels by their names in a directory, and the initrds that go with them. */
#ifndef CONFIG_KERNELS_H
#define CONFIG_KERNELS_H

#include "config/reader.h"

struct kernel {
	const char *name;    /* of the file */
	const char *version; /* the part behind "vmlinuz-"; "" for a plain "vmlinuz" */
	const char *initrd;  /* the file that goes with it, in the same directory, or NULL */
};

/*
 * kernels_find - the kernels in a directory, newest first; rescue kernels last
 *
 * Returns their number, 0 if the directory can't be read; sets *@kernels.
 */
size_t kernels_find(struct arena *arena, const struct volume *volume, const char *directory,
		    struct kernel **kernels);

#endif
