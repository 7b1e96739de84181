/* fstab(5) */
#include "config/fstab.h"

#include <string.h>

#include "base/text.h"
#include "config/value.h"

#define FSTAB_MOST ((size_t)256 * 1024)

/* Blanks in a field are written as octal escapes (fstab(5), fs_file). */
static char *unescape(char *field)
{
	char *out = field;

	for (const char *at = field; *at; at++) {
		if (at[0] == '\\' && at[1] >= '0' && at[1] <= '3' && at[2] >= '0' && at[2] <= '7' &&
		    at[3] >= '0' && at[3] <= '7') {
			*out++ = (char)((at[1] - '0') << 6 | (at[2] - '0') << 3 | (at[3] - '0'));
			at += 3;
		} else {
			*out++ = *at;
		}
	}
	*out = '\0';
	return field;
}

static const char *next_field(struct arena *arena, const char **cursor)
{
	char *field = value_word(arena, cursor);

	return field ? unescape(field) : "";
}

static void read_table(struct arena *arena, struct fstab *fstab, const struct volume *volume)
{
	char *bytes;
	size_t size;
	const char *cursor, *end;
	struct line line = { 0 };

	fstab->is_read = true;
	if (volume_read(arena, volume, "/etc/fstab", FSTAB_MOST, &bytes, &size))
		return;
	cursor = bytes;
	end = bytes + size;
	while (line_next(&line, &cursor, end)) {
		const char *text = value_trim(arena, line.at, line.end);
		struct fstab_line *fields;

		if (!*text || *text == '#')
			continue;
		fields = &vec_push(arena, &fstab->lines);
		fields->source = next_field(arena, &text);
		fields->directory = next_field(arena, &text);
		fields->type = next_field(arena, &text);
		fields->options = next_field(arena, &text);
	}
}

const struct fstab_line *fstab_find(struct arena *arena, struct fstab *fstab,
				    const struct volume *volume, const char *directory)
{
	if (!fstab->is_read)
		read_table(arena, fstab, volume);
	for (size_t i = fstab->lines.n; i > 0; i--)
		if (strcmp(fstab->lines.at[i - 1].directory, directory) == 0)
			return &fstab->lines.at[i - 1];
	return NULL;
}

struct volume *fstab_volume(struct reading *reading, const char *source)
{
	static const struct {
		const char *prefix;
		enum volume_key key;
	} kinds[] = {
		{ "UUID=", VOLUME_UUID },
		{ "LABEL=", VOLUME_LABEL },
		{ "PARTUUID=", VOLUME_PARTUUID },
		{ "PARTLABEL=", VOLUME_PARTLABEL },
		{ "/dev/disk/by-uuid/", VOLUME_UUID },
		{ "/dev/disk/by-label/", VOLUME_LABEL },
		{ "/dev/disk/by-partuuid/", VOLUME_PARTUUID },
		{ "/dev/disk/by-partlabel/", VOLUME_PARTLABEL },
		{ "/dev/mapper/", VOLUME_NAME },
		{ "/dev/", VOLUME_NAME },
	};

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (string_starts(source, kinds[i].prefix)) {
			const char *value = source + strlen(kinds[i].prefix);
			size_t n = strlen(value);

			if (n >= 2 && value[0] == '"' && value[n - 1] == '"')
				value = arena_copy(reading->arena, value + 1, n - 2);
			return reading_find(reading, kinds[i].key, value);
		}
	return NULL;
}

struct file_ref fstab_locate(struct reading *reading, struct fstab *fstab, const char *path)
{
	static const char *const mounts[] = { "/boot/efi", "/boot" };
	struct file_ref ref = { .path = path_join(reading->arena, "/", path) };

	if (volume_is_file(reading->volume, ref.path))
		return ref;
	for (size_t i = 0; i < sizeof mounts / sizeof *mounts; i++) {
		size_t n = strlen(mounts[i]);
		const struct fstab_line *line;
		const struct volume *volume;

		if (!string_starts(ref.path, mounts[i]) || ref.path[n] != '/')
			continue;
		line = fstab_find(reading->arena, fstab, reading->volume, mounts[i]);
		volume = line ? fstab_volume(reading, line->source) : NULL;
		if (!volume || !volume_is_file(volume, ref.path + n))
			continue;
		ref.path += n;
		ref.device = reading_device(reading, volume);
		return ref;
	}
	return ref;
}
