#include "cli/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "disk/efivar.h"
#include "disk/identify.h"
#include "disk/mount.h"
#include "disk/sysfs.h"

static int fail(const char *name, const char *what, int error)
{
	fprintf(stderr, "baton: %s: %s: %s\n", name, what, strerror(error));
	return 1;
}

static int open_root(struct engine *engine, struct root *root, struct place *place)
{
	int fd = open(root->path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return fail(root->path, "open", errno);
	place->volume = volume_open_directory(engine->arena, fd, &root->identity);
	return 0;
}

/* Partitions ---------------------------------------------------------------------------------------------- */

struct candidates {
	struct arena *arena;
	VEC(const struct identity *) list; /* in the order in which they count */
	int error;                         /* why one could not be read; 0: all could */
};

static void add_candidate(struct candidates *candidates, const struct identity *identity)
{
	static const struct settings no_rules;
	size_t i = candidates->list.n;

	vec_push(candidates->arena, &candidates->list) = identity;
	for (; i && policy_before(&no_rules, identity, candidates->list.at[i - 1]); i--)
		candidates->list.at[i] = candidates->list.at[i - 1];
	candidates->list.at[i] = identity;
}

static void look_at(void *context, const char *name)
{
	struct candidates *candidates = context;
	struct arena *arena = candidates->arena;
	struct identity *identity = arena_make(arena, struct identity);
	int fd;

	if (string_starts(name, "loop") || sysfs_identity(arena, name, identity))
		return;
	fd = open(arena_print(arena, "/dev/%s", name), O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		candidates->error = errno;
		return;
	}
	if (identify(arena, fd, identity) == 0 && store_may_be_on(identity))
		add_candidate(candidates, identity);
	close(fd);
}

/* The system may have mounted it for writing, and then it can't be mounted in another way. */
static struct volume *mount_either(struct arena *arena, const struct identity *identity, bool writable)
{
	const char *why;
	struct volume *volume = writable ? NULL : mount_device(arena, identity, &why);

	return volume ? volume : mount_writable(arena, identity, &why);
}

/* With the label; else with the item on it; else with a place for it. */
static struct volume *try_candidate(struct arena *arena, const struct identity *identity, int round,
				    enum store_item item, bool writable)
{
	struct volume *volume;
	bool fits = round == 0;

	if (store_has_label(identity) != (round == 0))
		return NULL;
	volume = mount_either(arena, identity, writable);
	if (!volume)
		return NULL;
	if (round == 1)
		fits = volume_is_file(volume, store_path(identity, item));
	if (round == 2)
		fits = store_has_place(volume);
	if (fits)
		return volume;
	volume_close(volume);
	return NULL;
}

static int find_partition(struct engine *engine, enum store_item item, bool writable,
			  struct place *place)
{
	struct candidates candidates = { .arena = engine->arena };

	sysfs_each(look_at, &candidates);
	for (int round = 0; round < 3; round++)
		for (size_t i = 0; i < candidates.list.n; i++) {
			place->volume = try_candidate(engine->arena, candidates.list.at[i], round, item,
						      writable);
			if (place->volume)
				return 0;
		}
	if (candidates.error)
		return fail("the disks", "open", candidates.error);
	fputs("baton: there is no place for it on this machine: no UEFI variables, no partition labelled "
	      "BATON, no EFI system partition\n", stderr);
	return 1;
}

/* ----------------------------------------------------------------------------------------------------------- */

int place_find(struct engine *engine, enum store_item item, bool writable, struct place *place)
{
	int status = 0;

	*place = (struct place){ .volume = NULL };
	if (engine->roots.n)
		status = open_root(engine, &engine->roots.at[0], place);
	else if (!efivar_are_there())
		status = find_partition(engine, item, writable, place);
	if (status)
		return status;
	place->name = store_path(place->volume ? place->volume->identity : NULL, item);
	if (place->volume)
		place->name = arena_print(engine->arena, "%s:%s", place->volume->identity->name,
					  place->name);
	return 0;
}

int place_read(struct engine *engine, const struct place *place, enum store_item item, char **bytes,
	       size_t *size)
{
	int error = store_read(engine->arena, place->volume, item, bytes, size);

	if (!error)
		return 0;
	*bytes = "";
	*size = 0;
	return error == -ENOENT ? 0 : fail(place->name, "read", -error);
}

int place_write(struct engine *engine, const struct place *place, enum store_item item,
		const struct text *bytes)
{
	int error = store_write(engine->arena, place->volume, item, bytes->at, bytes->n);

	return error ? fail(place->name, "write", -error) : 0;
}
