/* Devices, numbers and paths as scripts write them: GRUB manual, "Naming convention". */
#include <string.h>

#include "config/grub/interp.h"

bool number_parse(const char *text, int base, unsigned long *value, const char **end)
{
	unsigned long digit, number = 0;
	bool found = false, fits = true;

	while (*text == ' ' || *text == '\t' || *text == '\n' || *text == '\r')
		text++;
	if (text[0] == '0' && text[1] == 'x' && (base == 0 || base == 16)) {
		base = 16;
		text += 2;
	} else if (text[0] == '0' && base == 0 && text[1] >= '0' && text[1] <= '7') {
		base = 8;
	}
	if (base == 0)
		base = 10;
	for (; *text; text++) {
		char c = *text >= 'A' && *text <= 'Z' ? (char)(*text + 32) : *text;

		if (c >= '0' && c <= '9')
			digit = (unsigned long)(c - '0');
		else if (c >= 'a' && c <= 'z')
			digit = (unsigned long)(c - 'a') + 10;
		else
			break;
		if (digit >= (unsigned long)base)
			break;
		found = true;
		if (__builtin_mul_overflow(number, (unsigned long)base, &number) ||
		    __builtin_add_overflow(number, digit, &number)) {
			number = ~0ul;
			fits = false;
			break;
		}
	}
	*value = found ? number : 0;
	if (end)
		*end = text;
	return found && fits;
}

const char *device_name(struct interp *in, const struct volume *volume)
{
	struct volumes *volumes = in->reading->volumes;

	for (const struct loop *loop = in->loop_devices; loop; loop = loop->next)
		if (loop->volume == volume)
			return loop->name;
	for (size_t i = 0; i < volumes->n; i++)
		if (volumes->mounted[i] == volume)
			return volumes_grub_name(scratch(in), volumes, i);
	return volumes_grub_name(scratch(in), volumes, volumes->own);
}

static struct loop *find_loop(struct interp *in, const char *name)
{
	for (struct loop *loop = in->loop_devices; loop; loop = loop->next)
		if (strcmp(loop->name, name) == 0)
			return loop->removed ? NULL : loop;
	return NULL;
}

/* An image is attached only when something looks into it. */
static struct volume *loop_volume(struct interp *in, struct loop *loop)
{
	if (!loop->volume && loop->host)
		loop->volume = volumes_image(in->reading->volumes, loop->host, loop->path);
	return loop->volume;
}

static struct volume *find_device(struct interp *in, const char *name, bool want)
{
	struct volumes *volumes = in->reading->volumes;
	ssize_t i = volumes_index(volumes, VOLUME_GRUB, name);

	if (i >= 0)
		return volumes_get(volumes, (size_t)i);
	return want ? reading_find(in->reading, VOLUME_GRUB, name) : NULL;
}

/*
 * SUSE's GRUB counts paths on btrfs from $btrfs_subvol, or from the default subvolume, if
 * $btrfs_relative_path says so. Others count from the top.
 */
static const char *in_subvolume(struct interp *in, const struct volume *volume, const char *path)
{
	const char *relative = env_get(in, "btrfs_relative_path");
	const char *subvolume = env_get(in, "btrfs_subvol");

	if (!volume || *path != '/' || !string_same(volume->identity->type, "btrfs") || !relative ||
	    (*relative != 'y' && *relative != '1'))
		return path;
	if (!subvolume || !*subvolume)
		subvolume = volume->subvolume ? volume->subvolume : "";
	return path_join(scratch(in), "/", arena_print(scratch(in), "%s%s", subvolume, path));
}

struct place path_find(struct interp *in, const char *written, bool want)
{
	struct place place = { .path = written };
	const char *close = strchr(written, ')');

	if (written[0] == '(' && close) {
		place.device = arena_copy(scratch(in), written + 1, (size_t)(close - written) - 1);
		place.path = close + 1;
	}
	if (!place.device || !*place.device)
		place.device = env_get(in, "root");
	if (!place.device || !*place.device) {
		place.device = "";
		return place;
	}
	place.loop = find_loop(in, place.device);
	if (place.loop)
		place.volume = loop_volume(in, place.loop);
	else
		place.volume = find_device(in, place.device, want);
	place.path = in_subvolume(in, place.volume, place.path);
	return place;
}

bool place_stat(const struct place *place, struct file_info *info)
{
	const char *path = place->path;

	if (!place->volume)
		return false;
	if (!*path)
		path = "/";
	if (*path != '/')
		return false;
	if (volume_stat(place->volume, path, info) == 0)
		return true;
	if (!volume_is_file(place->volume, path))
		return false;
	*info = (struct file_info){ .kind = FILE_REGULAR, .size = 1 };
	return true;
}

struct origin place_origin(struct interp *in, const struct place *place)
{
	const struct volume *volume = place->loop ? place->loop->host : place->volume;

	return (struct origin){
		.file = arena_string(in->arena, place->path),
		.device = volume ? reading_device(in->reading, volume) : NULL,
	};
}

static bool is_relaxed(const struct interp *in)
{
	return in->reading->options->any_file;
}

struct file_ref place_ref(struct interp *in, const char *written, const char **reason)
{
	struct arena *arena = in->arena;
	struct place place = path_find(in, written, !is_relaxed(in));
	struct file_ref ref = { .path = arena_string(arena, written) };

	if (place.loop) {
		ref.path = arena_string(arena, place.path);
		ref.loop = place.loop->path;
		if (place.loop->host)
			ref.device = reading_device(in->reading, place.loop->host);
		else if (!is_relaxed(in) && !*reason)
			*reason = arena_print(arena, "%s: the device of the image %s is not there",
					      written, place.loop->written);
	} else if (!place.volume) {
		if (!is_relaxed(in) && !*reason)
			*reason = arena_print(arena, "%s: the device (%s) is %s", written, place.device,
					      string_starts(place.device, "crypto")
						      ? "encrypted, and baton asks for no keys"
						      : "not there");
	} else if (place.path[0] == '/') {
		ref.path = path_join(arena, "/", place.path);
		ref.device = reading_device(in->reading, place.volume);
	} else if (!is_relaxed(in) && !*reason) {
		*reason = arena_print(arena,
				      "%s: a name without / at its start is a list of blocks to "
				      "GRUB, not a file",
				      written);
	}
	return ref;
}
