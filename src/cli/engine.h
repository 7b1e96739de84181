/* The engine behind the verbs: options and roots from the command line to a view. */
#ifndef CLI_ENGINE_H
#define CLI_ENGINE_H

#include <stdbool.h>

#include "base/arena.h"
#include "config/reader.h"
#include "model/policy.h"
#include "model/view.h"

struct root {
	const char *path; /* a directory, a block device or an image file */
	struct identity identity;
};

struct engine {
	struct arena *arena;
	struct reading_options options;
	VEC(struct root) roots;        /* none: the running system's "/" */
	VEC(struct volume *) volumes; /* of the roots, once engine_run() has opened them */
	VEC(const char *) assumed;
	const char *config; /* read just this file; NULL: whatever is found */
	bool json, any_uuid, last_boot;
	struct view view;
	struct decision decision;
};

/*
 * engine_options - take options and roots from argv
 *
 * Returns the index of the first argument that is none, or -1 after an error was printed.
 */
int engine_options(struct engine *engine, int argc, char **argv);

/*
 * engine_run - read the configs of all roots into the view and decide
 *
 * May be run again with another engine->config. Returns 0, or -1 after a message.
 */
int engine_run(struct engine *engine);

/* engine_volumes - what readers get: all volumes of the view's devices, @own the place of theirs in it */
void engine_volumes(struct engine *engine, struct volumes *volumes, size_t own);

/* engine_list - print the view, as text or JSON */
void engine_list(const struct engine *engine);

/* engine_print_problems - "file:line:column: text" for each problem; how many there were */
size_t engine_print_problems(const struct engine *engine);

/* engine_show - print all that is known of one entry */
void engine_show(const struct engine *engine, const struct entry *entry,
		 const struct view_device *device);

#endif
