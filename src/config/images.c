#include "config/images.h"

#include <string.h>
#include <strings.h>

#include "config/value.h"

struct image_options *images_current(struct images *images)
{
	return images->entry ? &images->image : &images->global;
}

void images_set(struct images *images, const struct assignment *a)
{
	for (const struct image_word *word = images->words; word->name; word++)
		if (strcasecmp(a->name, word->name) == 0)
			*(const char **)((char *)images_current(images) + word->offset) = a->value;
}

bool images_flag(struct images *images, const char *name)
{
	bool is_rw = strcasecmp(name, "read-write") == 0;

	if (!is_rw && strcasecmp(name, "read-only") != 0)
		return false;
	images_current(images)->access = is_rw ? "rw" : "ro";
	return true;
}

bool images_begin(struct images *images, const struct assignment *a)
{
	images->entry = NULL;
	if (reading_is_full(images->reading, images->reading->config->entries.n))
		return false;
	images->image = (struct image_options){ 0 };
	images->add_append = NULL;
	images->kernel = a->value;
	images->entry = config_add(images->arena, images->reading->config, "");
	images->entry->line = a->line;
	return true;
}

const char *images_cmdline(struct images *images)
{
	const struct image_options *image = &images->image, *global = &images->global;
	const char *root = images_either(image->root, global->root);
	const char *size = images_either(image->size, global->size);
	const char *line = "";

	if (image->literal)
		return value_squeeze(images->arena, image->literal);
	if (root)
		line = arena_print(images->arena, "root=%s", root);
	line = value_join(images->arena, line, images_either(image->access, global->access));
	if (size)
		line = value_join(images->arena, line,
				  arena_print(images->arena, "ramdisk_size=%s", size));
	line = value_join(images->arena, line, images_either(image->append, global->append));
	line = value_join(images->arena, line, images->add_append);
	return value_squeeze(images->arena, line);
}

void images_finish(struct images *images,
		   struct file_ref (*locate)(struct images *images, const char *name))
{
	const char *initrd = images_either(images->image.initrd, images->global.initrd);
	struct entry *entry = images->entry;

	if (!entry->own_id)
		entry->title = entry->own_id = path_name(images->kernel);
	if (entry->kind != ENTRY_LINUX)
		return;
	entry->cmdline = images_cmdline(images);
	entry->kernel = locate(images, images->kernel);
	if (initrd && *initrd)
		vec_push(images->arena, &entry->initrds) = locate(images, initrd);
}

/* The image that has the label as a second name; NULL: none. */
static const struct entry *find_alias(const struct images *images, const char *label)
{
	for (size_t i = 0; label && i < images->aliases.n; i++)
		if (images->compare(images->aliases.at[i].name, label) == 0)
			return images->aliases.at[i].entry;
	return NULL;
}

void images_default(struct images *images)
{
	struct config *config = images->reading->config;
	const char *label = images->default_label;
	const struct entry *alias = find_alias(images, label);

	if (!config->entries.n)
		return;
	config->default_entry = 0;
	config->default_why = "the first image";
	for (size_t i = 0; label && i < config->entries.n; i++)
		if (config->entries.at[i] == alias ||
		    images->compare(config->entries.at[i]->own_id, label) == 0) {
			config->default_entry = i;
			config->default_why = arena_print(images->arena, "default=%s", label);
			return;
		}
	if (label)
		reading_problem(images->reading, images->reading->file, 0, 0,
				"default=%s: there is no such label", label);
}
