/* Devices and entries in words. */
#include <string.h>

#include "language.h"
#include "page.h"

const char *describe_size(struct arena *arena, uint64_t bytes)
{
	static const char *const units[] = { "bytes", "kB", "MB", "GB", "TB", "PB" };
	unsigned unit = 0;
	uint64_t tenths; /* of the unit */

	while (bytes >= 1000000 && unit < 4) {
		bytes /= 1000;
		unit++;
	}
	if (bytes < 1000)
		return arena_print(arena, "%u %s", (unsigned)bytes, _(units[unit]));
	tenths = (bytes + 50) / 100;
	if (tenths >= 100)
		return arena_print(arena, "%u %s", (unsigned)(tenths + 5) / 10, _(units[unit + 1]));
	return arena_print(arena, "%u.%u %s", (unsigned)tenths / 10, (unsigned)tenths % 10,
			   _(units[unit + 1]));
}

const char *describe_device(struct arena *arena, const struct identity *id)
{
	struct text text = TEXT(arena);

	text_string(&text, id->dm_name ? id->dm_name : id->name);
	if (id->label || id->partlabel)
		text_print(&text, " \"%s\"", id->label ? id->label : id->partlabel);
	if (id->type)
		text_print(&text, ", %s", id->type);
	if (id->bytes)
		text_print(&text, ", %s", describe_size(arena, id->bytes));
	if (id->model)
		text_print(&text, ", %s", _(id->model));
	if (id->is_usb)
		text_string(&text, ", USB");
	if (id->is_optical)
		text_string(&text, ", CD/DVD");
	return text_end(&text);
}

static const char *count_initrds(struct arena *arena, size_t n)
{
	if (n == 0)
		return _("no initrd");
	return n == 1 ? _("1 initrd") : arena_print(arena, _("%zu initrds"), n);
}

const char *describe_entry(struct arena *arena, const struct view_device *device,
			   const struct entry *entry)
{
	const char *on = entry->kernel.device ? entry->kernel.device : device->identity.name;
	struct text text = TEXT(arena);

	if (entry->reason)
		return arena_print(arena, _("Can't be booted: %s"),
				   language_sentence(arena, entry->reason));
	switch (entry->kind) {
	case ENTRY_REBOOT:
		return _("Reboots the machine");
	case ENTRY_POWEROFF:
		return _("Powers the machine off");
	case ENTRY_FIRMWARE:
		return _("Reboots into the firmware's setup");
	default:
		break;
	}
	if (!entry->kernel.path)
		return "";
	text_print(&text, "%s:%s", on, entry->kernel.path);
	if (entry->kind == ENTRY_LINUX)
		text_print(&text, ", %s", count_initrds(arena, entry->initrds.n));
	if (*entry->cmdline)
		text_print(&text, ", %s", entry->cmdline);
	return text_end(&text);
}
