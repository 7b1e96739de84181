/*
 * The menus of other loaders in GRUB's: legacy_source, syslinux_configfile and their kin read a
 * file with the reader that its format has, and its entries become entries of the present menu.
 *
 * Follows the GRUB manual, "legacy_source", "syslinux_source" and what comes after them. GRUB turns
 * such a file into a script; what the script would load is what the reader says.
 */
#include <string.h>

#include "config/formats.h"
#include "config/grub/interp.h"

static const struct {
	const char *name; /* how the commands for it begin, after "extract_" */
	const char *format;
	int (*read)(struct reading *reading);
} formats[] = {
	{ "legacy_", "grub-legacy", grub_legacy_read },
	{ "syslinux_", "syslinux", syslinux_read },
};

bool foreign_is_meant(const char *command)
{
	if (string_starts(command, "extract_"))
		command += strlen("extract_");
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
		if (string_starts(command, formats[i].name))
			return true;
	return false;
}

/* A file that the reader found on the file's own volume: where GRUB finds it, by the same device. */
static void locate(struct interp *in, const char *device, struct file_ref *ref, struct entry *entry)
{
	struct file_ref found;

	if (!ref->path || ref->device || ref->loop)
		return;
	found = place_ref(in, arena_print(scratch(in), "(%s)%s", device, ref->path),
			  &entry->reason);
	ref->path = found.path;
	ref->device = found.device;
	ref->loop = found.loop;
}

static void add_item(struct interp *in, const struct place *place, struct entry *entry)
{
	const char *device = place->device;
	struct item *item = menu_add(in);

	locate(in, device, &entry->kernel, entry);
	for (size_t i = 0; i < entry->initrds.n; i++)
		locate(in, device, &entry->initrds.at[i], entry);
	locate(in, device, &entry->devicetree, entry);
	entry->config_device = place_origin(in, place).device;
	item->title = item->id = arena_string(in->life, entry->title);
	item->line = entry->line;
	item->hidden = entry->hidden;
	item->ready = entry;
}

/* What the file says for the whole menu is said to the present one. */
static void take_settings(struct interp *in, const struct config *config, size_t before)
{
	if (config->default_entry != NO_DEFAULT)
		env_set(in, "default",
			arena_print(scratch(in), "%zu", before + config->default_entry));
	if (config->timeout_ms >= 0)
		env_set(in, "timeout",
			arena_print(scratch(in), "%lld", (long long)config->timeout_ms / 1000));
}

static void take_notes(struct interp *in, const struct config *from)
{
	struct config *to = in->reading->config;

	for (size_t i = 0; i < from->wanted.n; i++)
		vec_push(in->arena, &to->wanted) = from->wanted.at[i];
	for (size_t i = 0; i < from->users.n; i++)
		vec_push(in->arena, &to->users) = from->users.at[i];
	for (size_t i = 0; i < from->problems.n && !in->dry; i++)
		vec_push(in->arena, &to->problems) = from->problems.at[i];
}

int foreign_run(struct interp *in, const char *command, const char *written)
{
	struct place place = path_find(in, written, true);
	struct reading reading = *in->reading;
	size_t before = in->context->menu->n, i = 0;
	bool extracts = string_starts(command, "extract_");

	if (!place.volume || place.path[0] != '/')
		return FILE_NOT_FOUND;
	if (extracts)
		command += strlen("extract_");
	while (!string_starts(command, formats[i].name))
		i++;
	reading.volume = place.volume;
	reading.file = path_join(in->arena, "/", place.path);
	reading.config = config_new(in->arena, formats[i].format, reading.file);
	if (formats[i].read(&reading))
		return FILE_NOT_FOUND;
	take_notes(in, reading.config);
	for (size_t e = 0; e < reading.config->entries.n && in->context->menu->n < ENTRIES_MOST; e++)
		add_item(in, &place, reading.config->entries.at[e]);
	if (!extracts)
		take_settings(in, reading.config, before);
	return OK;
}
