#include "disk/dm.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/text.h"

/* What every call begins with; the table follows it (Documentation/admin-guide/device-mapper). */
static void begin(struct text *call, const struct lvm_volume *volume, uint32_t flags)
{
	struct dm_ioctl header = {
		.version = { DM_VERSION_MAJOR },
		.data_start = sizeof header,
		.flags = flags,
	};

	snprintf(header.name, sizeof header.name, "%s", volume->name);
	text_add(call, &header, sizeof header);
}

static int finish(int fd, unsigned long request, struct text *call)
{
	struct dm_ioctl *header = (struct dm_ioctl *)call->at;

	header->data_size = (uint32_t)call->n;
	return ioctl(fd, request, header) ? -errno : 0;
}

static void add_target(struct text *call, const struct lvm_segment *segment)
{
	static const char padding[8];
	size_t size = strlen(segment->params) + 1, pad = -size % sizeof padding;
	struct dm_target_spec spec = {
		.sector_start = segment->start,
		.length = segment->length,
		.next = (uint32_t)(sizeof spec + size + pad),
	};

	snprintf(spec.target_type, sizeof spec.target_type, "%s", segment->target);
	text_add(call, &spec, sizeof spec);
	text_add(call, segment->params, size);
	text_add(call, padding, pad);
}

static int create(struct arena *arena, int fd, const struct lvm_volume *volume)
{
	struct text call = TEXT(arena);

	begin(&call, volume, 0);
	snprintf(((struct dm_ioctl *)call.at)->uuid, DM_UUID_LEN, "%s", volume->uuid);
	return finish(fd, DM_DEV_CREATE, &call);
}

static int load(struct arena *arena, int fd, const struct lvm_volume *volume)
{
	struct text call = TEXT(arena);

	begin(&call, volume, DM_READONLY_FLAG);
	((struct dm_ioctl *)call.at)->target_count = (uint32_t)volume->segments.n;
	for (size_t i = 0; i < volume->segments.n; i++)
		add_target(&call, &volume->segments.at[i]);
	return finish(fd, DM_TABLE_LOAD, &call);
}

/* Without more than its header: "resume" is DM_DEV_SUSPEND without the flag that asks for that. */
static int request(struct arena *arena, int fd, const struct lvm_volume *volume, unsigned long what)
{
	struct text call = TEXT(arena);

	begin(&call, volume, 0);
	return finish(fd, what, &call);
}

int dm_start(struct arena *arena, const struct lvm_volume *volume)
{
	int fd = open("/dev/mapper/control", O_RDWR | O_CLOEXEC), error;

	if (fd < 0)
		return -errno;
	error = create(arena, fd, volume);
	if (!error) {
		error = load(arena, fd, volume);
		if (!error)
			error = request(arena, fd, volume, DM_DEV_SUSPEND);
		if (error)
			request(arena, fd, volume, DM_DEV_REMOVE);
	}
	close(fd);
	return error;
}
