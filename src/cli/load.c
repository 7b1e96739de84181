#include "cli/load.h"

#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "kexec/kexec.h"

static const struct volume *find_volume(const struct engine *engine, const char *name)
{
	for (size_t i = 0; i < engine->volumes.n; i++)
		if (string_same(engine->volumes.at[i]->identity->name, name))
			return engine->volumes.at[i];
	return NULL;
}

static const char *open_file(const struct engine *engine, const struct file_ref *ref,
			     const struct view_device *device, struct load_file *file)
{
	const char *name = ref->device ? ref->device : device->identity.name;
	const struct volume *volume = find_volume(engine, name);

	if (!volume || ref->loop)
		return arena_print(engine->arena, "%s: it is on %s, which is not among the roots",
				   ref->path, ref->loop ? ref->loop : name);
	*file = (struct load_file){ .name = ref->path, .args = ref->args, .as = ref->name };
	file->fd = volume_open_file(volume, ref->path);
	if (file->fd >= 0)
		return NULL;
	return arena_print(engine->arena, "%s: open: %s", ref->path, strerror(-file->fd));
}

static void close_files(const struct load_order *order)
{
	if (order->kernel.fd >= 0)
		close(order->kernel.fd);
	for (size_t i = 0; i < order->initrds_n; i++)
		if (order->initrds[i].fd >= 0)
			close(order->initrds[i].fd);
}

const char *load_entry(struct engine *engine, const struct entry *entry,
		       const struct view_device *device)
{
	struct load_file *initrds = arena_array(engine->arena, entry->initrds.n, sizeof *initrds);
	struct load_order order = {
		.kernel.fd = -1,
		.initrds = initrds,
		.initrds_n = entry->initrds.n,
		.cmdline = entry_full_cmdline(engine->arena, entry),
		.multiboot = entry->kind == ENTRY_MULTIBOOT ? entry->version : 0,
	};
	const char *why;
	int error;

	if (!entry_is_bootable(entry))
		return entry->reason ? entry->reason : "it has no kernel";
	for (size_t i = 0; i < order.initrds_n; i++)
		initrds[i].fd = -1;
	why = open_file(engine, &entry->kernel, device, &order.kernel);
	for (size_t i = 0; i < order.initrds_n && !why; i++)
		why = open_file(engine, &entry->initrds.at[i], device, &initrds[i]);
	if (!why) {
		error = kexec_load_order(engine->arena, &order, &why);
		if (error && !why)
			why = strerror(-error);
		if (!error)
			why = NULL;
	}
	close_files(&order);
	return why;
}
