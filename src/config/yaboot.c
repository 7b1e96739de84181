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
#include "config/assign.h"
#include "config/fstab.h"
#include "config/value.h"

/* What may be said for all images, or for one. */
struct options {
	const char *root, *append, *initrd, *initrd_size, *partition, *device, *literal;
	const char *access;
};

struct yaboot {
	struct reading *reading;
	struct arena *arena;
	struct fstab fstab;
	struct options global, image;
	struct entry *entry;
	const char *kernel;
	const char *default_label;
};

static const char *either(const char *image, const char *global)
{
	return image ? image : global;
}

/*
 * "partition" counts from 1 on the disk "device", an Open Firmware path: what the config's own
 * disk is, for want of a way to look it up. A file is where it says, if that can be told.
 */
static struct file_ref locate(struct yaboot *yaboot, const char *name)
{
	const char *partition = either(yaboot->image.partition, yaboot->global.partition);
	const struct volumes *volumes = yaboot->reading->volumes;
	const struct identity *own = yaboot->reading->volume->identity;
	const char *comma = strchr(name, ',');
	struct file_ref ref;
	int64_t number;

	if (comma && comma[1] == '/') /* "hd:3,/vmlinux" */
		name = comma + 1;
	ref = fstab_locate(yaboot->reading, &yaboot->fstab, name);
	if (ref.device || !partition || !value_number(partition, &number) || !own->disk)
		return ref;
	for (size_t i = 0; i < volumes->n && number != (int64_t)own->partition; i++)
		if (string_same(volumes->at[i].disk, own->disk) &&
		    (int64_t)volumes->at[i].partition == number)
			ref.device = volumes->at[i].name;
	return ref;
}

static const char *make_cmdline(struct yaboot *yaboot)
{
	const struct options *image = &yaboot->image, *global = &yaboot->global;
	const char *root = either(image->root, global->root);
	const char *size = either(image->initrd_size, global->initrd_size);
	const char *line = "";

	if (image->literal)
		return value_squeeze(yaboot->arena, image->literal);
	if (root)
		line = arena_print(yaboot->arena, "root=%s", root);
	line = value_join(yaboot->arena, line, either(image->access, global->access));
	if (size)
		line = value_join(yaboot->arena, line,
				  arena_print(yaboot->arena, "ramdisk_size=%s", size));
	line = value_join(yaboot->arena, line, either(image->append, global->append));
	return value_squeeze(yaboot->arena, line);
}

static void finish_image(struct yaboot *yaboot)
{
	const char *initrd = either(yaboot->image.initrd, yaboot->global.initrd);
	struct entry *entry = yaboot->entry;

	if (!entry)
		return;
	if (!entry->own_id)
		entry->title = entry->own_id = path_name(yaboot->kernel);
	entry->cmdline = make_cmdline(yaboot);
	entry->kernel = locate(yaboot, yaboot->kernel);
	if (initrd && *initrd)
		vec_push(yaboot->arena, &entry->initrds) = locate(yaboot, initrd);
	yaboot->entry = NULL;
}

static void begin_image(struct yaboot *yaboot, const struct assignment *a)
{
	finish_image(yaboot);
	if (reading_is_full(yaboot->reading, yaboot->reading->config->entries.n))
		return;
	yaboot->image = (struct options){ 0 };
	yaboot->kernel = a->value;
	yaboot->entry = config_add(yaboot->arena, yaboot->reading->config, "");
	yaboot->entry->line = a->line;
}

static const struct {
	const char *name;
	size_t offset;
} texts[] = {
	{ "root", offsetof(struct options, root) },
	{ "append", offsetof(struct options, append) },
	{ "initrd", offsetof(struct options, initrd) },
	{ "ramdisk", offsetof(struct options, initrd) },
	{ "initrd-size", offsetof(struct options, initrd_size) },
	{ "partition", offsetof(struct options, partition) },
	{ "device", offsetof(struct options, device) },
	{ "literal", offsetof(struct options, literal) },
};

static void set_text(struct yaboot *yaboot, const struct assignment *a)
{
	struct options *options = yaboot->entry ? &yaboot->image : &yaboot->global;

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (strcasecmp(a->name, texts[i].name) == 0)
			*(const char **)((char *)options + texts[i].offset) = a->value;
}

static void set_timeout(struct yaboot *yaboot, const struct assignment *a)
{
	int64_t tenths;

	if (value_number(a->value, &tenths) && tenths >= 0)
		reading_set_timeout(yaboot->reading, tenths, 10);
	else
		reading_problem(yaboot->reading, yaboot->reading->file, a->line, 1,
				"timeout is no number: \"%s\"", a->value);
}

static void set_flag(struct yaboot *yaboot, const char *name)
{
	struct options *options = yaboot->entry ? &yaboot->image : &yaboot->global;

	if (strcasecmp(name, "read-only") == 0)
		options->access = "ro";
	else if (strcasecmp(name, "read-write") == 0)
		options->access = "rw";
}

/* "image", and for machines of one width "image[32bit]" and "image[64bit]" */
static bool is_image(const char *name)
{
	return strncasecmp(name, "image", 5) == 0 && (!name[5] || name[5] == '[');
}

static void assign(struct yaboot *yaboot, const struct assignment *a)
{
	if (is_image(a->name))
		begin_image(yaboot, a);
	else if (strcasecmp(a->name, "label") == 0 && yaboot->entry)
		yaboot->entry->title = yaboot->entry->own_id = a->value;
	else if (strcasecmp(a->name, "default") == 0)
		yaboot->default_label = a->value;
	else if (strcasecmp(a->name, "timeout") == 0)
		set_timeout(yaboot, a);
	else
		set_text(yaboot, a);
}

static void choose_default(struct yaboot *yaboot)
{
	struct config *config = yaboot->reading->config;

	if (!config->entries.n)
		return;
	config->default_entry = 0;
	config->default_why = "the first image";
	for (size_t i = 0; yaboot->default_label && i < config->entries.n; i++)
		if (strcmp(config->entries.at[i]->own_id, yaboot->default_label) == 0) {
			config->default_entry = i;
			config->default_why =
				arena_print(yaboot->arena, "default=%s", yaboot->default_label);
			return;
		}
	if (yaboot->default_label)
		reading_problem(yaboot->reading, yaboot->reading->file, 0, 0,
				"default=%s: there is no such label", yaboot->default_label);
}

int yaboot_read(struct reading *reading)
{
	static const char *const whole_line[] = { "label", "default", NULL };
	struct yaboot yaboot = { .reading = reading, .arena = reading->arena };
	struct assignments assignments = { .whole_line = whole_line };
	struct assignment a;
	int error = assign_open(&assignments, reading, reading->file);

	if (error)
		return error;
	while (assign_next(&assignments, &a))
		if (a.value)
			assign(&yaboot, &a);
		else
			set_flag(&yaboot, a.name);
	finish_image(&yaboot);
	choose_default(&yaboot);
	return 0;
}

bool yaboot_claims(const char *path, const char *bytes, size_t size)
{
	(void)size;
	return bytes && path_name_is(path, "yaboot.conf");
}
