/* The volumes of a machine: how a config's reader gets from a name to a file system. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "disk/volume.h"

#define IMAGES_MOST 64 /* ISO files that one device's configs may have mounted */

void volumes_init(struct volumes *volumes, struct arena *arena, struct volume *own)
{
	*volumes = (struct volumes){ .arena = arena, .at = own->identity, .n = 1 };
	volumes->mounted = arena_array(arena, 1, sizeof(struct volume *));
	volumes->mounted[0] = own;
}

struct volume *volumes_own(struct volumes *volumes)
{
	return volumes->mounted[volumes->own];
}

struct volume *volumes_get(struct volumes *volumes, size_t i)
{
	if (i >= volumes->n)
		return NULL;
	if (!volumes->mounted[i] && volumes->open && volumes->at[i].is_filesystem)
		volumes->mounted[i] = volumes->open(volumes, i);
	return volumes->mounted[i];
}

void volumes_know_disk(struct volumes *volumes)
{
	if (volumes->know_disk)
		volumes->know_disk(volumes);
	volumes->know_disk = NULL;
}

struct volume *volumes_image(struct volumes *volumes, const struct volume *host, const char *path)
{
	struct image_volume *image;

	for (size_t i = 0; i < volumes->images.n; i++) {
		image = &volumes->images.at[i];
		if (image->host == host && strcmp(image->path, path) == 0)
			return image->volume;
	}
	if (!volumes->image || volumes->images.n >= IMAGES_MOST)
		return NULL;
	image = &vec_push(volumes->arena, &volumes->images);
	*image = (struct image_volume){ .host = host, .path = arena_string(volumes->arena, path) };
	image->volume = volumes->image(volumes, host, image->path);
	return image->volume;
}

/* GRUB's names -------------------------------------------------------------------------------------- */

static bool is_array(const struct identity *id)
{
	return id->disk && string_starts(id->disk, "md");
}

/* A disk as the firmware counts them. */
static bool is_whole_disk(const struct identity *id)
{
	return id->disk && strcmp(id->disk, id->name) == 0 && !id->dm_name && !is_array(id);
}

/* The number of a disk among those of its kind, the own disk counted first. */
static unsigned disk_number(const struct volumes *volumes, const struct identity *disk)
{
	const struct identity *own = &volumes->at[volumes->own];
	unsigned number = 0;

	if (string_same(disk->disk, own->disk))
		return 0;
	if (own->is_optical == disk->is_optical)
		number++;
	for (const struct identity *id = volumes->at; id < volumes->at + volumes->n; id++) {
		if (id->disk && strcmp(id->disk, disk->disk) == 0)
			break;
		if (is_whole_disk(id) && id->is_optical == disk->is_optical &&
		    !string_same(id->disk, own->disk))
			number++;
	}
	return number;
}

const char *volumes_grub_name(struct arena *arena, const struct volumes *volumes, size_t i)
{
	const struct identity *id = &volumes->at[i];
	const char *disk;

	if (id->grub)
		return id->grub;
	if (id->dm_name)
		return arena_print(arena, "lvm/%s", id->dm_name);
	if (!id->disk)
		return id->name;
	if (is_array(id)) /* md0, or, of those that have only names, md_boot */
		disk = arena_print(arena, "md/%s", id->disk + (id->disk[2] == '_' ? 3 : 2));
	else
		disk = arena_print(arena, "%s%u", id->is_optical ? "cd" : "hd",
				   disk_number(volumes, id));
	if (!id->partition)
		return disk;
	return arena_print(arena, "%s,%s%u", disk, string_same(id->scheme, "gpt") ? "gpt" : "msdos",
			   id->partition);
}

/*
 * "hd0,1", "hd0,gpt1" and "hd0,msdos1" name the same partition unless the table is of the other
 * kind. Whitespace and case are significant to GRUB, so they are here.
 */
static bool grub_name_means(const char *asked, const char *name)
{
	const char *comma = strchr(asked, ','), *name_comma = strchr(name, ',');

	if (strcmp(asked, name) == 0)
		return true;
	if (!comma || !name_comma || comma - asked != name_comma - name ||
	    strncmp(asked, name, (size_t)(comma - asked)))
		return false;
	return isdigit((unsigned char)comma[1]) &&
	       strcmp(comma + 1, name_comma + 1 + strcspn(name_comma + 1, "0123456789")) == 0;
}

/* Whatever divides them, which GRUB leaves out of some and has in others. */
static bool uuid_same(const char *a, const char *b)
{
	for (;; a++, b++) {
		a += strspn(a, "-:/");
		b += strspn(b, "-:/");
		if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
			return false;
		if (!*a)
			return true;
	}
}

/* "mduuid/UUID", "mduuid/UUID,gpt2": the members of an array have its UUID. */
static bool is_array_of(const struct volumes *volumes, const struct identity *id, const char *asked)
{
	size_t n = strcspn(asked, ",");
	const char *comma = strchr(volumes_grub_name(volumes->arena, volumes, (size_t)(id - volumes->at)), ',');

	if (!is_array(id) || !id->member || !grub_name_means(asked + n, comma ? comma : ""))
		return false;
	for (size_t i = 0; i < volumes->n; i++)
		if (string_same(volumes->at[i].name, id->member))
			return volumes->at[i].uuid &&
			       uuid_same(arena_copy(volumes->arena, asked, n),
					 volumes->at[i].uuid);
	return false;
}

static bool means_grub(const struct volumes *volumes, size_t i, const char *asked)
{
	const struct identity *id = &volumes->at[i];

	if (string_starts(asked, "mduuid/"))
		return is_array_of(volumes, id, asked + strlen("mduuid/"));
	if (string_starts(asked, "lvmid/"))
		return id->dm_uuid && string_starts(id->dm_uuid, "LVM-") &&
		       uuid_same(asked + strlen("lvmid/"), id->dm_uuid + strlen("LVM-"));
	return grub_name_means(asked, volumes_grub_name(volumes->arena, volumes, i));
}

/* -------------------------------------------------------------------------------------------------- */

static bool same_ignoring_case(const char *a, const char *b)
{
	return a && strcasecmp(a, b) == 0;
}

static bool means(const struct volumes *volumes, size_t i, enum volume_key key, const char *value)
{
	const struct identity *id = &volumes->at[i];

	switch (key) {
	case VOLUME_UUID:
		return same_ignoring_case(id->uuid, value);
	case VOLUME_LABEL:
		return string_same(id->label, value);
	case VOLUME_PARTUUID:
		return same_ignoring_case(id->partuuid, value);
	case VOLUME_PARTLABEL:
		return string_same(id->partlabel, value);
	case VOLUME_NAME:
		return string_same(id->name, value) || string_same(id->dm_name, value);
	case VOLUME_GRUB:
		return means_grub(volumes, i, value);
	case VOLUME_FILE:
		break;
	}
	return false;
}

static ssize_t index_now(const struct volumes *volumes, enum volume_key key, const char *value)
{
	if (means(volumes, volumes->own, key, value))
		return (ssize_t)volumes->own;
	for (size_t i = 0; i < volumes->n; i++)
		if (means(volumes, i, key, value))
			return (ssize_t)i;
	return -1;
}

/* Once is enough: a device that comes after that has its config read again. */
static bool more_came(struct volumes *volumes, enum volume_key key, const char *value)
{
	if (!volumes->settled)
		volumes->settled = !volumes->await || !volumes->await(volumes, key, value);
	return !volumes->settled;
}

ssize_t volumes_index(struct volumes *volumes, enum volume_key key, const char *value)
{
	ssize_t i;

	while ((i = index_now(volumes, key, value)) < 0 && more_came(volumes, key, value))
		;
	if (i < 0 && volumes->any && key != VOLUME_FILE && key != VOLUME_GRUB)
		return (ssize_t)volumes->own;
	return i;
}

static struct volume *find_file(struct volumes *volumes, const char *path)
{
	struct volume *own = volumes_own(volumes);

	if (volume_is_file(own, path))
		return own;
	for (size_t i = 0; i < volumes->n; i++) {
		struct volume *volume = i == volumes->own ? NULL : volumes_get(volumes, i);

		if (volume && volume_is_file(volume, path))
			return volume;
	}
	return NULL;
}

struct volume *volumes_find(struct volumes *volumes, enum volume_key key, const char *value)
{
	ssize_t i;

	if (key == VOLUME_FILE) {
		struct volume *volume;

		while (!(volume = find_file(volumes, value)) && more_came(volumes, key, value))
			;
		return volume;
	}
	i = volumes_index(volumes, key, value);
	return i < 0 ? NULL : volumes_get(volumes, (size_t)i);
}
