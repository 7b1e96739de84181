/*
 * U-Boot's boot.scr: a script for a shell that has the board's memory and buses in its hands. It is
 * named, so that nobody wonders where the system went, and not run.
 */
#include "config/formats.h"

#include <errno.h>

#include "base/text.h"
#include "config/value.h"

int uboot_read(struct reading *reading)
{
	struct entry *entry;

	if (!volume_is_file(reading->volume, reading->file))
		return -ENOENT;
	entry = config_add(reading->arena, reading->config,
			   arena_print(reading->arena, "U-Boot script %s", path_name(reading->file)));
	entry->own_id = path_name(reading->file);
	entry->kind = ENTRY_NONE;
	entry_refuse(reading->arena, entry, "%s is a script for U-Boot, which is not run here",
		     reading->file);
	return 0;
}

bool uboot_claims(const char *path, const char *bytes, size_t size)
{
	(void)size;
	return bytes && (path_name_is(path, "boot.scr") || path_name_is(path, "boot.scr.uimg"));
}
