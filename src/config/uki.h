/* Unified kernel images, for the readers that come across them. */
#ifndef CONFIG_UKI_H
#define CONFIG_UKI_H

#include <stdbool.h>

#include "config/reader.h"

/* What a menu shows of an image, and sorts by. Strings may be NULL. */
struct uki {
	const char *title, *version, *sort_key;
	const char *cmdline; /* of .cmdline; never NULL */
	const char *added;   /* to any command line, by the addons; never NULL */
	VEC(struct file_ref) parts; /* addons' microcode and initrds, then companion files, in load order */
	const char *profile_id, *profile_title;
	int profile;         /* number of this profile; -1: the image has none */
};

#define UKI_PROFILES_MOST 64

/*
 * uki_open - read what a unified kernel image says about itself
 *
 * Fills in @profiles, of UKI_PROFILES_MOST, and returns their number, at least 1; 0 if @path is no
 * such image; -errno if it can't be read. @directory is the root of its boot partition, where the
 * addons for all images are.
 */
int uki_open(struct reading *reading, const char *directory, const char *path,
	     struct uki *profiles);

/*
 * uki_make_entry - turn an entry into one that boots a profile of an image
 *
 * @options, unless NULL or empty, take the place of the image's own command line. The kernel's file is the image; kernel.name is "@N" for profile N of an image with several. The
 * loader takes .linux, .initrd, .ucode and .dtb out of the image.
 */
void uki_make_entry(struct arena *arena, struct entry *entry, const char *path,
		    const struct uki *profile, const char *options);

/*
 * uki_take - have an entry boot its EFI program, entry->kernel, if that is a unified kernel image
 *
 * A loader would start it through the firmware. entry->cmdline is what it would be given: unless it
 * is empty, it takes the place of the image's own command line (systemd-stub(7)). Returns false,
 * with the entry as it was, if the program is none or is not there.
 */
bool uki_take(struct reading *reading, struct entry *entry);

#endif
