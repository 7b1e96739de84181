#include "cli/load.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "kexec/kexec.h"

static const struct volume *find_volume(const struct engine *engine, const char *name)
{
	for (size_t i = 0; i < engine->volumes.n; i++)
		if (string_same(engine->volumes.at[i]->identity->name, name))
			return engine->volumes.at[i];
	return NULL;
}

static int open_file(const struct engine *engine, const struct file_ref *ref,
		     const struct view_device *device, struct load_file *file)
{
	const char *name = ref->device ? ref->device : device->identity.name;
	const struct volume *volume = find_volume(engine, name);

	if (!volume || ref->loop) {
		fprintf(stderr, "baton: %s: it is on %s, which is not among the roots\n", ref->path,
			ref->loop ? ref->loop : name);
		return -1;
	}
	*file = (struct load_file){ .name = ref->path, .args = ref->args, .as = ref->name };
	file->fd = volume_open_file(volume, ref->path);
	if (file->fd >= 0)
		return 0;
	fprintf(stderr, "baton: %s: open: %s\n", ref->path, strerror(-file->fd));
	return -1;
}

int load_entry(struct engine *engine, const struct entry *entry, const struct view_device *device)
{
	struct load_file *initrds = arena_array(engine->arena, entry->initrds.n, sizeof *initrds);
	struct load_order order = {
		.initrds = initrds,
		.initrds_n = entry->initrds.n,
		.cmdline = entry_full_cmdline(engine->arena, entry),
		.multiboot = entry->kind == ENTRY_MULTIBOOT ? entry->version : 0,
	};
	const char *why;
	int error;

	if (!entry_is_bootable(entry)) {
		fprintf(stderr, "baton: it can't be booted: %s\n",
			entry->reason ? entry->reason : "it has no kernel");
		return 1;
	}
	error = open_file(engine, &entry->kernel, device, &order.kernel);
	for (size_t i = 0; i < order.initrds_n && !error; i++)
		error = open_file(engine, &entry->initrds.at[i], device, &initrds[i]);
	if (error)
		return 1;
	error = kexec_load_order(engine->arena, &order, &why);
	if (error) {
		fprintf(stderr, "baton: %s\n", why ? why : strerror(-error));
		return 1;
	}
	puts("It is loaded: \"systemctl kexec\" ends this system and starts it.");
	return 0;
}
