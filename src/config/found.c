/*
 * Kernels that no config names: the last resort for a disk whose loader kept its menu elsewhere.
 *
 * What stands in for a config is the system's own fstab(5), which says where its root is.
 */
#include "config/formats.h"

#include <string.h>

#include "base/text.h"
#include "config/fstab.h"
#include "config/kernels.h"
#include "config/value.h"

#define RELEASE_MOST ((size_t)64 * 1024)
#define KERNELS_MOST 64

/* What the kernels are to be told of the system on this disk. */
struct system {
	const char *root; /* "root=UUID=… rootflags=… ro"; NULL: not known */
	const char *name; /* of the system, or NULL */
};

static bool has_system(const struct volume *volume)
{
	return volume_is_file(volume, "/etc/os-release") ||
	       volume_is_file(volume, "/usr/lib/os-release");
}

static const char *read_name(struct arena *arena, const struct volume *volume)
{
	static const char key[] = "PRETTY_NAME=";
	struct line line = { 0 };
	const char *cursor;
	char *bytes;
	size_t size;

	if (volume_read(arena, volume, "/etc/os-release", RELEASE_MOST, &bytes, &size) &&
	    volume_read(arena, volume, "/usr/lib/os-release", RELEASE_MOST, &bytes, &size))
		return NULL;
	cursor = bytes;
	while (line_next(&line, &cursor, bytes + size)) {
		char *value = value_trim(arena, line.at, line.end);

		if (!string_starts(value, key))
			continue;
		value += strlen(key);
		if (*value == '"' || *value == '\'')
			return arena_copy(arena, value + 1,
					  strcspn(value + 1, *value == '"' ? "\"" : "'"));
		return value;
	}
	return NULL;
}

/* root= as fstab has it, with the subvolume that is the root. */
static const char *root_from_fstab(struct arena *arena, const struct volume *volume)
{
	struct fstab fstab = { 0 };
	const struct fstab_line *line = fstab_find(arena, &fstab, volume, "/");
	const char *options, *subvolume;

	if (!line || !*line->source)
		return NULL;
	options = line->options;
	subvolume = strstr(options, "subvol=");
	if (!subvolume)
		return arena_print(arena, "root=%s ro", line->source);
	return arena_print(arena, "root=%s rootflags=%.*s ro", line->source,
			   (int)strcspn(subvolume, ","), subvolume);
}

/* A system's root file system by what identifies it. */
static const char *root_from_identity(struct arena *arena, const struct identity *identity)
{
	if (identity->uuid)
		return arena_print(arena, "root=UUID=%s ro", identity->uuid);
	if (identity->partuuid)
		return arena_print(arena, "root=PARTUUID=%s ro", identity->partuuid);
	return NULL;
}

/* Does a system's fstab mount this volume at /boot? */
static bool mounts_here(struct reading *reading, const struct volume *volume)
{
	struct fstab fstab = { 0 };
	const struct fstab_line *line = fstab_find(reading->arena, &fstab, volume, "/boot");

	return line && fstab_volume(reading, line->source) == reading->volume;
}

static void describe(struct arena *arena, struct system *system, const struct volume *volume)
{
	system->root = root_from_fstab(arena, volume);
	if (!system->root)
		system->root = root_from_identity(arena, volume->identity);
	system->name = read_name(arena, volume);
}

/* The system on this volume; else the one that mounts it; else the only other on the same disk. */
static struct system find_system(struct reading *reading)
{
	struct volumes *volumes = reading->volumes;
	const struct volume *candidate = NULL;
	struct system system = { 0 };
	unsigned candidates = 0;

	if (has_system(reading->volume)) {
		describe(reading->arena, &system, reading->volume);
		return system;
	}
	for (size_t i = 0; i < volumes->n; i++) {
		const struct volume *volume = NULL;

		if (i != volumes->own && volumes->at[i].is_filesystem)
			volume = volumes_get(volumes, i);
		if (!volume || !has_system(volume))
			continue;
		if (mounts_here(reading, volume)) {
			describe(reading->arena, &system, volume);
			return system;
		}
		if (string_same(volume->identity->disk, reading->volume->identity->disk)) {
			candidate = volume;
			candidates++;
		}
	}
	if (candidates == 1)
		describe(reading->arena, &system, candidate);
	return system;
}

int found_read(struct reading *reading)
{
	struct arena *arena = reading->arena;
	struct file_info info;
	struct kernel *kernels;
	struct system system;
	size_t n;
	int error = volume_stat(reading->volume, reading->file, &info);

	if (error)
		return error;
	n = kernels_find(arena, reading->volume, reading->file, &kernels);
	if (!n)
		return 0;
	system = find_system(reading);
	for (size_t i = 0; i < n && i < KERNELS_MOST; i++) {
		struct entry *entry;

		entry = config_add(arena, reading->config,
				   system.name ? arena_print(arena, "%s (%s)", kernels[i].name,
							     system.name)
					       : kernels[i].name);
		entry->own_id = kernels[i].name;
		entry->found = true;
		entry->kernel.path = path_join(arena, reading->file, kernels[i].name);
		if (kernels[i].initrd)
			entry_add_initrd(arena, entry,
					 path_join(arena, reading->file, kernels[i].initrd));
		if (system.root)
			entry->cmdline = system.root;
		else
			entry_refuse(arena, entry,
				     "found without a config, and no fstab says what its root is");
	}
	reading->config->default_entry = 0;
	reading->config->default_why = "the newest kernel; there is no config";
	return 0;
}

bool found_claims(const char *path, const char *bytes, size_t size)
{
	(void)path, (void)size;
	return !bytes; /* a directory that no other reader wanted */
}
