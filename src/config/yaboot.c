/*
 * yaboot.conf of PowerPC machines.
 *
 * Follows yaboot.conf(5). Values without quotes that hold blanks end at the first blank for yaboot;
 * petitboot, which reads these files too, takes a label to the end of the line, and so do we.
 */
#include "config/formats.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "config/images.h"
#include "config/value.h"

#define SUSE_DIRECTORY "/suseboot/" /* where its media have yaboot, config and kernels */

/*
 * "partition" counts from 1 on the disk "device", an Open Firmware path: what the config's own
 * disk is, for want of a way to look it up. A file is where it says, if that can be told.
 */
static struct file_ref locate(struct images *images, const char *name)
{
	const char *partition = images_either(images->image.partition, images->global.partition);
	const struct volumes *volumes = images->reading->volumes;
	const struct identity *own = images->reading->volume->identity;
	const char *comma = strchr(name, ',');
	struct file_ref ref;
	int64_t number;

	if (comma && comma[1] == '/') /* "hd:3,/vmlinux" */
		name = comma + 1;
	else if (name[0] != '/' && string_starts(images->reading->file, SUSE_DIRECTORY))
		name = arena_print(images->arena, SUSE_DIRECTORY "%s", name);
	ref = fstab_locate(images->reading, &images->fstab, name);
	if (ref.device || !partition || !value_number(partition, &number) || !own->disk)
		return ref;
	for (size_t i = 0; i < volumes->n && number != (int64_t)own->partition; i++)
		if (string_same(volumes->at[i].disk, own->disk) &&
		    (int64_t)volumes->at[i].partition == number)
			ref.device = volumes->at[i].name;
	return ref;
}

static void finish_image(struct images *images)
{
	if (images->entry)
		images_finish(images, locate);
}

static void set_timeout(struct reading *reading, const struct assignment *a)
{
	int64_t tenths;

	if (value_number(a->value, &tenths) && tenths >= 0)
		reading_set_timeout(reading, tenths, 10);
	else
		reading_problem(reading, reading->file, a->line, 1, "timeout is no number: \"%s\"",
				a->value);
}

/* "image", and for machines of one width "image[32bit]" and "image[64bit]" */
static bool is_image(const char *name)
{
	return strncasecmp(name, "image", 5) == 0 && (!name[5] || name[5] == '[');
}

static void assign(struct images *images, const struct assignment *a)
{
	if (is_image(a->name)) {
		finish_image(images);
		images_begin(images, a);
	} else if (strcasecmp(a->name, "label") == 0 && images->entry) {
		images->entry->title = images->entry->own_id = a->value;
	} else if (strcasecmp(a->name, "default") == 0) {
		images->default_label = a->value;
	} else if (strcasecmp(a->name, "timeout") == 0) {
		set_timeout(images->reading, a);
	} else {
		images_set(images, a);
	}
}

int yaboot_read(struct reading *reading)
{
	static const char *const whole_line[] = { "label", "default", NULL };
	static const struct image_word words[] = {
		IMAGE_WORD("root", root),        IMAGE_WORD("append", append),
		IMAGE_WORD("initrd", initrd),    IMAGE_WORD("ramdisk", initrd),
		IMAGE_WORD("initrd-size", size), IMAGE_WORD("partition", partition),
		IMAGE_WORD("literal", literal),  { NULL, 0 },
	};
	struct images images = {
		.reading = reading, .arena = reading->arena, .words = words, .compare = strcmp
	};
	struct assignments assignments = { .whole_line = whole_line };
	struct assignment a;
	int error = assign_open(&assignments, reading, reading->file);

	if (error)
		return error;
	while (assign_next(&assignments, &a))
		if (a.value)
			assign(&images, &a);
		else
			images_flag(&images, a.name);
	finish_image(&images);
	images_default(&images);
	return 0;
}

bool yaboot_claims(const char *path, const char *bytes, size_t size)
{
	(void)size;
	return bytes && (path_name_is(path, "yaboot.conf") || path_name_is(path, "yaboot.cnf"));
}
