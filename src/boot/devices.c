/* The devices: sysfs and uevents say which there are; each has its place in the view. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/clock.h"
#include "base/text.h"
#include "boot/disk.h"
#include "disk/sysfs.h"
#include "disk/uevent.h"

/* The view ------------------------------------------------------------------------------------------- */

struct view_device *disk_new_view(const struct identity *identity)
{
	struct arena *arena = arena_new(DEVICE_MEMORY);
	struct view_device *device;
	jmp_buf exhausted;

	if (!arena)
		return NULL;
	if (setjmp(exhausted)) {
		arena_free(arena);
		return NULL;
	}
	arena_guard(arena, &exhausted);
	device = arena_make(arena, struct view_device);
	device->arena = arena;
	identity_copy(arena, &device->identity, identity);
	arena_guard(arena, NULL);
	return device;
}

static void device_changed(void *context, struct view_device *device)
{
	consoles_show(context, device);
}

/* What devices are to each other, whenever one came or went. */
static void compare_devices(struct boot *boot)
{
	view_number_clones(&boot->view, device_changed, boot);
	view_find_duplicates(&boot->view, device_changed, boot);
}

static void insert(struct boot *boot, struct view_device *device)
{
	struct view_device **at = &boot->view.devices;

	while (*at && !policy_before(&boot->settings, &device->identity, &(*at)->identity))
		at = &(*at)->next;
	device->next = *at;
	*at = device;
}

void devices_sort(struct boot *boot)
{
	struct view_device *device = boot->view.devices, *next;

	boot->view.devices = NULL;
	for (; device; device = next) {
		next = device->next;
		insert(boot, device);
	}
	compare_devices(boot);
}

void disk_show(struct disk *disk, struct view_device *device)
{
	struct view_device **at = &disk->boot->view.devices;

	while (*at && *at != disk->shown)
		at = &(*at)->next;
	if (*at && disk->shown) {
		*at = disk->shown->next;
		arena_free(disk->shown->arena);
	}
	disk->shown = device;
	insert(disk->boot, device);
	compare_devices(disk->boot);
	consoles_show(disk->boot, device);
}

static void disk_hide(struct disk *disk)
{
	struct view_device **at = &disk->boot->view.devices;
	struct arena *arena = arena_new(4096 + strlen(disk->name));

	while (*at && *at != disk->shown)
		at = &(*at)->next;
	if (*at)
		*at = (*at)->next;
	if (arena) {
		struct text fields = TEXT(arena);

		pack_string(&fields, disk->name);
		consoles_send(disk->boot, VIEW_GONE, &fields);
	}
	arena_free(arena);
	arena_free(disk->shown->arena);
	disk->shown = NULL;
	compare_devices(disk->boot);
}

void disk_free(struct disk *disk)
{
	struct disk **at = &disk->boot->disks;

	while (*at != disk)
		at = &(*at)->next;
	*at = disk->next;
	free((char *)disk->name);
	free(disk);
}

/* Devices come and go -------------------------------------------------------------------------------- */

static struct disk *find_disk(struct boot *boot, const char *name)
{
	struct disk *disk = boot->disks;

	while (disk && (disk->gone || strcmp(disk->name, name)))
		disk = disk->next;
	return disk;
}

static struct disk *new_disk(struct boot *boot, const struct identity *identity)
{
	struct disk *disk = calloc(1, sizeof *disk), **last = &boot->disks;
	struct view_device *device = disk_new_view(identity);

	if (disk && device)
		disk->name = strdup(identity->name);
	if (!disk || !device || !disk->name) {
		arena_free(device ? device->arena : NULL);
		free(disk);
		return NULL;
	}
	disk->boot = boot;
	while (*last)
		last = &(*last)->next;
	*last = disk;
	device->state = PROBE_WAITING;
	boot->arrived_ms = clock_ms();
	disk_show(disk, device);
	return disk;
}

static void device_is_gone(struct boot *boot, const char *name)
{
	struct disk *disk = find_disk(boot, name);

	if (!disk)
		return;
	boot_log(boot, "%s: removed", name);
	disk_hide(disk);
	if (disk->probe) {
		disk->gone = true;
		child_stop(disk->probe);
	} else {
		disk_free(disk);
	}
	chooser_update(boot);
}

/* A device is new or has other contents. Partitions are devices of their own. */
static void device_is_there(struct boot *boot, const char *name)
{
	struct arena *arena;
	struct disk *disk = find_disk(boot, name);
	struct identity identity;
	int error;

	if (string_starts(name, "loop"))
		return; /* an image that a probe or a load has attached for itself */
	arena = arena_new(64 * 1024);
	if (!arena)
		return;
	error = sysfs_identity(arena, name, &identity);
	if (!error && !disk)
		disk = new_disk(boot, &identity);
	arena_free(arena);
	if (error)
		device_is_gone(boot, name); /* its medium was taken out */
	if (error || !disk)
		return;
	if (disk->probe)
		disk->again = true;
	else
		disk->waiting = true;
}

static void device_found(void *context, const char *name)
{
	device_is_there(context, name);
}

static void device_event(void *context, enum uevent_action action, const char *name)
{
	if (action == UEVENT_REMOVE)
		device_is_gone(context, name);
	else
		device_is_there(context, name);
}

/* Those whose removal was not heard of, in a storm of events. */
static void drop_vanished(struct boot *boot)
{
	for (struct disk *disk = boot->disks, *next; disk; disk = next) {
		next = disk->next;
		if (!disk->gone && !sysfs_is_there(disk->name))
			device_is_gone(boot, disk->name);
	}
}

static void list_devices(struct boot *boot)
{
	int error = sysfs_each(device_found, boot);

	drop_vanished(boot);
	if (error)
		boot_log(boot, "can't list the block devices in /sys/class/block: %s",
			 strerror(-error));
	probes_start(boot);
}

void devices_hear(struct boot *boot)
{
	if (uevent_receive(boot->uevents.fd, device_event, boot) == -ENOBUFS)
		list_devices(boot); /* a storm: some were lost, so look for ourselves */
}

static void uevents_ready(void *context, uint32_t events)
{
	struct boot *boot = context;

	(void)events;
	devices_hear(boot);
	if (probes_start(boot))
		chooser_update(boot);
}

int devices_open(struct boot *boot)
{
	int fd = uevent_open();

	if (fd < 0)
		return fd;
	boot->uevents = (struct watch){ .fd = fd, .ready = uevents_ready, .context = boot };
	loop_add(boot->loop, &boot->uevents, EPOLLIN);
	list_devices(boot);
	chooser_update(boot);
	return 0;
}

void devices_rescan(struct boot *boot)
{
	for (struct disk *disk = boot->disks; disk; disk = disk->next) {
		if (disk->probe)
			disk->again = true;
		else
			disk->waiting = true;
	}
	list_devices(boot);
}

bool device_is_settled(const struct boot *boot, const struct view_device *device)
{
	for (const struct disk *disk = boot->disks; disk; disk = disk->next)
		if (disk->shown == device)
			return !disk->probe && !disk->waiting &&
			       !assemble_is_due(boot, &device->identity);
	return true;
}
