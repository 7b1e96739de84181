/*
 * Between the parts of the reader of boot partitions in systemd-boot's way: bls_entry.c reads one
 * entry of type 1, uki.c images (type 2), and bls.c makes the menu of both.
 */
#ifndef CONFIG_BLS_H
#define CONFIG_BLS_H

#include <stdbool.h>
#include <stdint.h>

#include "config/reader.h"

/* An entry file, or a profile of an image, as far as the menu's order needs it. */
struct bls_item {
	const char *name; /* of the file, without boot counter */
	const char *key;  /* the name in small letters: what the order goes by */
	int profile;      /* of an image */
	const char *id;   /* the name, "@N" behind it for profile N */
	const char *title, *version, *sort_key, *machine_id;
	const char *file;
	const struct volume *volume; /* that the file is on */
	int64_t left, done; /* boot counter; left -1: none */
	struct entry *entry;
};

struct bls {
	struct reading *reading;
	struct arena *arena;
	struct volume *volume; /* whose entries are being read; the reading's own comes first */
	const char *directory; /* the root of the boot partition: what holds loader/ and EFI/ */
	VEC(struct bls_item *) items;
	const char *default_pattern, *preferred_pattern;
	int64_t timeout; /* seconds, or below 0 what bls.c says */
	char *env;       /* GRUB's environment block, for Red Hat's variables; NULL: none */
	bool env_read;
};

/*
 * bls_next_key - the next line that holds a key, and its value ("" if there is none)
 *
 * Lines are a key, blanks, a value, which quotes may surround; those that begin with "#" are
 * comments.
 */
bool bls_next_key(struct arena *arena, struct line *line, const char **cursor, const char *end,
		  const char **key, const char **value);

/* bls_lower - in small letters, as systemd-boot has ids before it compares them */
char *bls_lower(struct arena *arena, const char *text);

/* bls_read_counter - take the boot counter ("+LEFT-DONE") out of a file's name */
void bls_read_counter(struct arena *arena, struct bls_item *item, const char *name);

/* bls_count - have a start of @entry counted in the file's name, if that has a counter */
void bls_count(struct arena *arena, const struct bls_item *item, struct entry *entry);

/* bls_read_entry - read an entry of type 1 into bls->items, unless it is not for this machine */
void bls_read_entry(struct bls *bls, const char *directory, const char *name);

/*
 * bls_read_images - read the unified kernel images at @path, a directory or one image, into a
 * config of their own; 0 or -errno
 */
int bls_read_images(struct reading *reading, const char *path);

#endif
