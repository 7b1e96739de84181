/* The loader: from the files of an entry to a kernel that is ready to be jumped to. */
#ifndef KEXEC_KEXEC_H
#define KEXEC_KEXEC_H

#include <stddef.h>

#include "base/arena.h"

/* A file to load: an open descriptor (the caller's) and the name to use in messages. */
struct load_file {
	int fd;
	const char *name;
	const char *args; /* a multiboot module's command line, else NULL */
	const char *as; /* of an initrd: its path in the initramfs (newc_wrap()), or ":.initrd" or
			 * ":.ucode" for that section of it, an addon of a unified kernel image; of
			 * a kernel: "@N" for profile N of a unified kernel image; else NULL */
};

/*
 * The type of the node in boot_params' setup_data list (boot.rst) that holds a text for the system that
 * is loaded, of KEXEC_NOTE_MOST bytes at most. The system finds it in
 * /sys/kernel/boot_params/setup_data/N/data.
 */
#define KEXEC_NOTE_TYPE 0x4e544142 /* "BATN" */
#define KEXEC_NOTE_MOST ((size_t)8192)

struct load_order {
	struct load_file kernel;
	const struct load_file *initrds; /* in load order */
	size_t initrds_n;
	const char *cmdline; /* complete, with BOOT_IMAGE= */
	unsigned multiboot;  /* version, 0: a Linux kernel */
	const char *note;    /* for the system that is loaded; NULL: none. kexec_file_load() drops it */
};

/*
 * kexec_load_order - build the segments of a kernel and load them with kexec_load(2)
 *
 * Zero copy: the files are mapped and their pages passed to the kernel. Where the running kernel
 * does not permit that, kexec_file_load(2) is tried. Returns 0; or -errno and *@why, a text for a
 * person: which file or call failed, what it means and what to do. When @arena is exhausted, its
 * guard leaves the files mapped: use a process, or an arena, of its own.
 */
int kexec_load_order(struct arena *arena, const struct load_order *order, const char **why);

/* kexec_profile - which profile of a unified kernel image the file's .as means; 0 by default */
unsigned kexec_profile(const struct load_file *kernel);

/* kexec_early - how many of the initrds, the first, are microcode: before what an image has */
size_t kexec_early(const struct load_order *order);

/* kexec_unload - forget a loaded kernel; 0 or -errno */
int kexec_unload(void);

/* kexec_is_loaded - is a kernel loaded? */
int kexec_is_loaded(void);

/* kexec_jump - start the loaded kernel; returns only on failure, with -errno */
int kexec_jump(void);

#endif
