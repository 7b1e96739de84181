/*
 * What LILO and yaboot have in common: images with options of their own, which may also be said
 * for all of them, before the first.
 */
#ifndef CONFIG_IMAGES_H
#define CONFIG_IMAGES_H

#include "config/assign.h"
#include "config/fstab.h"
#include "config/reader.h"

/* What may be said for all images, or for one. */
struct image_options {
	const char *root, *append, *initrd, *literal, *password;
	const char *access;    /* "ro" or "rw" */
	const char *size;      /* of the RAM disk */
	const char *partition; /* that holds the files */
	bool restricted;
};

/* A word of the config, and the place of its value in struct image_options. */
struct image_word {
	const char *name; /* NULL ends a list */
	size_t offset;
};

#define IMAGE_WORD(name_, member) { (name_), offsetof(struct image_options, member) }

/* A second name of an image. */
struct image_alias {
	const char *name;
	const struct entry *entry;
};

struct images {
	struct reading *reading;
	struct arena *arena;
	const struct image_word *words;
	int (*compare)(const char *a, const char *b); /* of labels */
	struct fstab fstab;
	struct image_options global, image;
	struct entry *entry; /* the one being read; NULL: still the global part */
	const char *kernel;
	const char *add_append; /* LILO's addappend */
	const char *default_label;
	VEC(struct image_alias) aliases;
};

/* images_current - the options that are being said: of the image, or of all */
struct image_options *images_current(struct images *images);

/* images_set - take a value that one of the words names */
void images_set(struct images *images, const struct assignment *a);

/* images_flag - take "read-only" or "read-write"; false: it is another word */
bool images_flag(struct images *images, const char *name);

/* images_begin - begin an image, whose kernel is the value; false: there are too many */
bool images_begin(struct images *images, const struct assignment *a);

/* images_cmdline - "root=… ro ramdisk_size=… append": LILO's order, the root as it is written */
const char *images_cmdline(struct images *images);

/*
 * images_finish - give the image its name, if it has none, its command line, kernel and initrd, which
 * @locate finds; an image that is not a kernel keeps its kind
 */
void images_finish(struct images *images,
		   struct file_ref (*locate)(struct images *images, const char *name));

/* images_default - the default is the image of that label, else the first */
void images_default(struct images *images);

/* images_either - what an image says, or what is said for all */
static inline const char *images_either(const char *image, const char *global)
{
	return image ? image : global;
}

#endif
