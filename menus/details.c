/* All that is known about an entry, before it is booted. */
#include "language.h"
#include "page.h"

static const char *const kinds[] = {
	[ENTRY_LINUX] = "Linux kernel",
	[ENTRY_MULTIBOOT] = "Multiboot kernel",
	[ENTRY_EFI] = "EFI program or boot sector",
	[ENTRY_REBOOT] = "Reboots the machine",
	[ENTRY_POWEROFF] = "Powers the machine off",
	[ENTRY_FIRMWARE] = "Reboots into the firmware's setup",
	[ENTRY_NONE] = "nothing that can be booted",
};

static void add_file(struct pager *pager, const struct view_device *device, const char *label,
		     const struct file_ref *file)
{
	const char *on = file->device ? file->device : device->identity.name;

	if (!file->path)
		return;
	pager_add(pager, file->bytes == FILE_MISSING ? STYLE_ALERT : STYLE_PLAIN, label,
		  "%s:%s%s%s%s%s%s%s%s%s", on, file->path, file->loop ? _(" in the image ") : "",
		  file->loop ? file->loop : "", file->name ? _(" as ") : "",
		  file->name ? file->name : "", file->args ? " " : "", file->args ? file->args : "",
		  file->bytes && file->bytes != FILE_MISSING ? ", " : "",
		  file->bytes == FILE_MISSING ? _(", which is not there")
		  : file->bytes		      ? describe_size(pager->arena, file->bytes)
					      : "");
}

static void add_writes(struct pager *pager, const struct view_device *device,
		       const struct env_write *at, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct file_ref *file = &at[i].file;
		const char *on = file->device ? file->device : device->identity.name;

		if (at[i].value)
			pager_add(pager, STYLE_PLAIN, "Will write", "%s=%s to %s:%s", at[i].name,
				  at[i].value, on, file->path ? file->path : "");
		else
			pager_add(pager, STYLE_PLAIN, "Will remove", "%s from %s:%s", at[i].name,
				  on, file->path ? file->path : "");
	}
}

static void add_place(struct pager *pager, const struct view_device *device,
		      const struct entry *entry)
{
	const char *on = entry->config_device ? entry->config_device : device->identity.name;

	if (entry->line)
		pager_add(pager, STYLE_PLAIN, "Defined in", "%s:%s, line %u (%s)", on,
			  entry->config, entry->line, entry->format);
	else
		pager_add(pager, STYLE_PLAIN, "Defined in", "%s:%s (%s)", on, entry->config,
			  entry->format);
}

static void add_entry(struct menu *menu, const struct view_device *device,
		      const struct entry *entry)
{
	struct pager *pager = &menu->pager;
	const struct status *status = &menu->view.status;
	const struct config *config = view_config(device, entry);
	const char *way = entry->kind == ENTRY_LINUX ? status->way : status->way_multiboot;
	const char *cmdline = entry_full_cmdline(menu->arena, entry);
	bool is_default = string_same(entry->id, status->default_id);

	pager_add(pager, STYLE_STRONG, "Title", "%s", entry->title);
	for (size_t i = entry->path.n; i-- > 0;)
		pager_add(pager, STYLE_PLAIN, "In submenu", "%s", entry->path.at[i]);
	if (entry->reason)
		pager_add(pager, STYLE_ALERT, "Not bootable", "%s",
			  language_sentence(menu->arena, entry->reason));
	pager_add(pager, STYLE_PLAIN, "Is a", "%s", _(kinds[entry->kind]));
	pager_add(pager, STYLE_PLAIN, "On", "%s", describe_device(menu->arena, &device->identity));
	pager_add(pager, STYLE_PLAIN, NULL, "%s", "");
	add_file(pager, device, "Kernel", &entry->kernel);
	for (size_t i = 0; i < entry->initrds.n; i++)
		add_file(pager, device, entry->kind == ENTRY_MULTIBOOT ? "Module" : "Initrd",
			 &entry->initrds.at[i]);
	add_file(pager, device, "Device tree", &entry->devicetree);
	if (entry->kernel.path && *cmdline)
		pager_add(pager, STYLE_PLAIN, "Command line", "%s", cmdline);
	if (entry_is_bootable(entry))
		pager_add(pager, STYLE_PLAIN, "Loaded by", "%s", way ? language_sentence(menu->arena, way) : "kexec");
	add_writes(pager, device, entry->writes.at, entry->writes.n);
	if (config)
		add_writes(pager, device, config->writes.at, config->writes.n);
	if (entry->counted)
		pager_add(pager, STYLE_PLAIN, "Will rename", "%s to %s", entry->counted,
			  entry->counted_as);
	pager_add(pager, STYLE_PLAIN, NULL, "%s", "");
	add_place(pager, device, entry);
	pager_add(pager, STYLE_PLAIN, "Id", "%s%s%s", entry->id, entry->own_id ? ", " : "",
		  entry->own_id ? entry->own_id : "");
	if (is_default)
		pager_add(pager, STYLE_PLAIN, "Default", "%s",
			  status->default_why ? language_sentence(menu->arena, status->default_why)
					      : _("yes"));
	if (entry->hotkey)
		pager_add(pager, STYLE_PLAIN, "Hotkey", "%s", entry->hotkey);
	if (entry->users)
		pager_add(pager, STYLE_PLAIN, "Locked", "only superusers%s%s",
			  *entry->users ? _(" and ") : "", entry->users);
}

void details_fill(struct menu *menu)
{
	struct view_device *device;
	const struct entry *entry = view_find(&menu->view, menu->subject, &device);

	if (entry)
		add_entry(menu, device, entry);
	else
		pager_add(&menu->pager, STYLE_ALERT, NULL,
			  "This entry is gone: its disk was removed, or was read again.");
}

void details_open(struct menu *menu)
{
	const struct row *row = list_row(&menu->list);

	if (!row)
		return;
	menu_open(menu, PAGE_DETAILS);
	menu->subject = arena_string(menu->arena, row->entry->id);
	details_fill(menu);
}
