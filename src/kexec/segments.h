/* From files, a machine and a command line to segments: pure, without a system call. */
#ifndef KEXEC_SEGMENTS_H
#define KEXEC_SEGMENTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "kexec/image.h"
#include "kexec/layout.h"
#include "kexec/machine.h"

#define SEGMENTS_MAX 16 /* KEXEC_SEGMENT_MAX of the kernel */

/* The kernel's struct kexec_segment. */
struct segment {
	const void *bytes;
	size_t size; /* what follows it in memory up to .room is zeroed */
	uint64_t address;
	uint64_t room; /* whole pages */
};

struct build {
	struct arena *arena;
	const struct machine *machine;
	struct image kernel;
	struct image early;             /* of a unified kernel image: what comes before its initrds */
	VEC(struct image) initrds;      /* in load order; of multiboot: the modules */
	const char *const *module_args; /* of multiboot: a string or NULL for each module */
	const char *cmdline;
	const char *note;   /* for the system that is loaded: see KEXEC_NOTE_TYPE; NULL: none */
	unsigned profile;   /* of a unified kernel image */
	unsigned multiboot; /* the version that the kernel must have; 0: any kernel */

	struct ranges holes; /* where there is still room */
	struct segment segments[SEGMENTS_MAX];
	size_t segments_n;
	uint64_t entry; /* physical address to jump to */
	const char *why;
};

/* One kernel format. */
struct format {
	const char *name;
	bool (*claims)(const struct image *kernel);
	int (*build)(struct build *build); /* 0, or -errno and build->why */
};

extern const struct format format_bzimage;    /* Linux, boot.rst */
extern const struct format format_vmlinux;    /* Linux, as the ELF file that a bzImage unpacks */
extern const struct format format_uki;        /* Unified Kernel Image, UAPI specification 5 */
extern const struct format format_multiboot1; /* hypervisors and other kernels: Xen */
extern const struct format format_multiboot2;

/*
 * segments_build - lay out the kernel, and fill in .segments and .entry
 *
 * The caller sets all above .holes. Returns 0; or -errno, and build->why says what is wrong with
 * which file, and what to do. Segments point into the images and into the arena.
 */
int segments_build(struct build *build);

/* uki_section - a section of an addon; false: it has none of that name, or is cut off */
bool uki_section(const struct image *addon, const char *name, struct image *section);

/*
 * uki_take_apart - the parts of build->kernel, a unified kernel image, for build->profile
 *
 * *@kernel gets its Linux. Its initrds are put before those in build->initrds, and its command line
 * is taken if there is none yet. Returns 0, or -errno and build->why.
 */
int uki_take_apart(struct build *build, struct image *kernel);

/*
 * segments_add - have @size bytes put at @address, in @room bytes of memory, which are rounded up
 * to pages; 0, or -errno and build->why
 */
int segments_add(struct build *build, const void *bytes, size_t size, uint64_t address,
		 uint64_t room);

/* segments_take - the best place in the holes that are left; false if there is none */
bool segments_take(struct build *build, const struct fit *fit, uint64_t *address);

/*
 * segments_place_initrds - find room for all initrds, one after the other, and add them
 *
 * Below @max, or (@high) above 4 GiB if there is no room below. *@size is from the first one's
 * first byte to the last one's last; 0: there are none. Returns 0, or -errno and build->why.
 */
int segments_place_initrds(struct build *build, uint64_t max, bool high, uint64_t *address,
			   uint64_t *size);

/* build_fail - set build->why to a text that begins with the kernel's name; returns -@error */
int build_fail(struct build *build, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
