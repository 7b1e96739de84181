/* The menu that systemd-boot makes of a boot partition, shared by the readers of types 1 and 2. */
#ifndef CONFIG_BLS_H
#define CONFIG_BLS_H

struct reading;

/*
 * bls_read_images - read the unified kernel images at @path, a directory or one image, into a
 * config of their own; 0 or -errno
 */
int bls_read_images(struct reading *reading, const char *path);

#endif
