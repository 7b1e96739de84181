/* The readers: one for each configuration format, and the table of them. */
#ifndef CONFIG_READER_H
#define CONFIG_READER_H

#include <stdarg.h>
#include <stdbool.h>

#include "base/arena.h"
#include "disk/volume.h"
#include "model/entry.h"

struct hardware;
struct script;

struct variable {
	const char *name, *value;
};

/* What a reader is to assume of the machine, and what the person asked for. */
struct reading_options {
	const char *platform;     /* as in $grub_platform: "pc", "efi", … */
	const char *arch;         /* uname(2)'s machine: "x86_64" */
	const char *prefix;       /* GRUB's $prefix (a path); NULL: the config's directory */
	const char *grub_variant; /* "upstream" or "redhat"; NULL: guessed from the tree */
	VEC(struct variable) set; /* variables to set and export before a config is read */
	/* the machine that is to boot, for a config that asks; NULL: it is not this one */
	const struct hardware *(*hardware)(struct arena *arena);
	bool any_file; /* kernels and initrds that are not there count as there */
	struct script *script; /* whose entry's commands are asked for, or to be others; NULL: none */
};

/* One reading of one configuration: all that a reader may use, and what it fills in. */
struct reading {
	struct arena *arena;      /* for the result, and for the work */
	struct volumes *volumes;
	struct volume *volume;    /* the one the config is on */
	const char *file;         /* the config: absolute path in it (may be a directory for bls) */
	const struct reading_options *options;
	struct config *config;    /* the result */
};

struct reader {
	const char *name; /* "grub2", "bls", "syslinux", … as in the corpus */
	/* where its configs lie on a volume, in the order in which its loader looks; NULL ends */
	const char *const *paths;
	/*
	 * claims - do a name and content look like this format? For a file that a person names.
	 *
	 * @bytes is NULL for a directory. With a @size of 0 it is asked for the name alone.
	 */
	bool (*claims)(const char *path, const char *bytes, size_t size);
	/*
	 * read - evaluate reading->file into reading->config
	 *
	 * Returns 0, however much was wrong in the file (that is in config.problems), or -errno if
	 * it could not be read at all.
	 */
	int (*read)(struct reading *reading);
};

/* readers - all of them, in the order in which they are tried on a volume; .name NULL ends */
extern const struct reader readers[];

/*
 * readers_scan - read every configuration on a volume
 *
 * @found is called for each config, complete with entry ids and file checks, in order of
 * precedence. Returns the number of configs.
 */
size_t readers_scan(struct arena *arena, struct volumes *volumes,
		    const struct reading_options *options,
		    void (*found)(void *context, struct config *config), void *context);

/*
 * readers_read - read the one configuration @file with the reader that its path and content call
 * for; NULL and *@error (-errno) if it can't be read or no reader claims it
 */
struct config *readers_read(struct arena *arena, struct volumes *volumes,
			    const struct reading_options *options, const char *file, int *error);

/* reading_problem - note a problem in the config at a line and column (from 1; 0: none) */
void reading_problem(struct reading *reading, const char *file, unsigned line, unsigned column,
		     const char *format, ...) __attribute__((format(printf, 5, 6)));

/*
 * reading_find - volumes_find() that notes a device that is not there in config.wanted
 */
struct volume *reading_find(struct reading *reading, enum volume_key key, const char *value);

/* reading_device - what to write into file_ref.device for a volume: NULL for the config's own */
const char *reading_device(const struct reading *reading, const struct volume *volume);

/* path_join - @path made absolute from @directory and cleaned of ".", ".." and double slashes */
char *path_join(struct arena *arena, const char *directory, const char *path);

/* path_directory - the directory part of an absolute path: "/" for "/x" */
char *path_directory(struct arena *arena, const char *path);

/* A line of a text of lines: bytes [at, end), without its line end (LF or CR LF). */
struct line {
	const char *at, *end;
	unsigned number; /* from 1 */
};

/* line_next - the line after @line in a text that ends at @end; start with {text, text, 0} … */
bool line_next(struct line *line, const char **cursor, const char *end);

#endif
