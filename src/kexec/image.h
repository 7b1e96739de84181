/* Files as mapped bytes. */
#ifndef KEXEC_IMAGE_H
#define KEXEC_IMAGE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"

struct load_file;

/* The bytes of a file, or of a part of one; in the loader they are mapped, and read-only. */
struct image {
	const char *name; /* for messages */
	const uint8_t *bytes;
	size_t size;
};

/*
 * image_map - map files one after the other, each from a page of its own, zeros in between
 *
 * So any number of initrds is one image, and nothing is copied. @parts, unless NULL, gets the @n
 * images of the files in it. Returns 0; or -errno and *@why. image_unmap() of the whole ends it.
 */
int image_map(struct arena *arena, const struct load_file *files, size_t n, struct image *image,
	      struct image *parts, const char **why);

/*
 * image_read - read in all pages of what image_map() mapped
 *
 * It tells which file has the bad sector; without it, an access to the image would be a SIGBUS.
 * Returns 0, or -errno and *@why.
 */
int image_read(struct arena *arena, const struct load_file *files, size_t n,
	       const struct image *image, const char **why);

/*
 * image_read_ahead - have the disk work while the kernel copies what has already come
 *
 * A child asks for all of @n images, in this order, as fast as the disk delivers it. The kernel
 * would read ahead of a copy on its own, but only a little, so that disk and processor would take
 * turns. Returns the child's number, for image_end_read_ahead(); -1 if there is none, which is no
 * error. The child ends with its parent.
 */
pid_t image_read_ahead(const struct image *images, size_t n);
void image_end_read_ahead(pid_t pid);

/* image_unmap - give back what image_map() or unpack_image() mapped */
void image_unmap(struct image *image);

#endif
