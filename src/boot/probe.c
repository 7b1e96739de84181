#include "boot/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "disk/identify.h"
#include "disk/mount.h"
#include "model/view.h"

#define PROBE_MEMORY ((size_t)128 * 1024 * 1024) /* for one device's configs and their entries */
#define ANSWER_MS 5000 /* PID 1 answers at once, or when the other probes know who they are */
#define DEVICES_MOST 65536

struct probe {
	struct arena *arena;
	struct channel *channel;
	const struct probe_order *order;
	struct identity *own;
	size_t configs, entries;
};

static void send_fields(struct probe *probe, enum probe_record type, const struct text *fields)
{
	channel_send(probe->channel, type, fields);
	channel_drain(probe->channel);
}

static void send_note(struct probe *probe, bool ok, const char *text)
{
	struct text fields = TEXT(probe->arena);

	pack_number(&fields, ok);
	pack_string(&fields, text);
	send_fields(probe, PROBE_NOTE, &fields);
}

/* The machine's other devices ------------------------------------------------------------------------ */

static struct volume *open_other(struct volumes *volumes, size_t i)
{
	const char *why;

	return mount_device(volumes->arena, &volumes->at[i], &why);
}

/* Put the probe's own device and the others that are known into the table. */
static void set_table(struct volumes *volumes, const struct identity *at, size_t n)
{
	struct probe *probe = volumes->context;
	struct identity *table = arena_array(volumes->arena, n + 1, sizeof *table);
	struct volume **mounted = arena_array(volumes->arena, n + 1, sizeof *mounted);
	size_t used = 0;

	table[used] = *probe->own;
	mounted[used++] = volumes_own(volumes);
	for (size_t i = 0; i < n; i++) {
		if (string_same(at[i].name, probe->own->name))
			continue;
		for (size_t old = 1; old < volumes->n; old++)
			if (string_same(volumes->at[old].name, at[i].name))
				mounted[used] = volumes->mounted[old];
		table[used++] = at[i];
	}
	volumes->at = table;
	volumes->mounted = mounted;
	volumes->n = used;
	volumes->own = 0;
}

/* A device is not among those known when this probe was started: have more come since? */
static bool await_more(struct volumes *volumes, enum volume_key key, const char *value)
{
	struct probe *probe = volumes->context;
	struct fields fields;
	struct identity *at;
	uint32_t type;
	bool more;
	size_t n;

	(void)key, (void)value;
	send_fields(probe, PROBE_ASK, NULL);
	if (channel_wait(probe->channel, ANSWER_MS) <= 0 ||
	    channel_receive(probe->channel, probe->arena, &type, &fields) != 1)
		return false;
	more = unpack_below(&fields, 2);
	n = unpack_below(&fields, DEVICES_MOST);
	at = arena_array(probe->arena, n, sizeof *at);
	for (size_t i = 0; i < n; i++)
		identity_unpack(&fields, &at[i]);
	if (fields.bad)
		return false;
	set_table(volumes, at, n);
	return more;
}

/* --------------------------------------------------------------------------------------------------- */

static void send_config(void *context, struct config *config)
{
	struct probe *probe = context;
	struct text fields = TEXT(probe->arena);

	probe->configs++;
	probe->entries += config->entries.n;
	config_pack(&fields, config);
	if (fields.n <= RECORD_MAX)
		send_fields(probe, PROBE_CONFIG, &fields);
	else
		send_note(probe, false,
			  arena_print(probe->arena, "%s: its %zu entries are more than fit in memory",
				      config->file, config->entries.n));
}

/* False: there is nothing to go on with, and PID 1 has been told. */
static bool identify_own(struct probe *probe)
{
	const char *path = arena_print(probe->arena, "/dev/%s", probe->own->name);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), error = -errno;
	struct text fields = TEXT(probe->arena);

	if (fd >= 0) {
		error = identify(probe->arena, fd, probe->own);
		close(fd);
	}
	identity_pack(&fields, probe->own);
	send_fields(probe, PROBE_IDENTITY, &fields);
	if (error == -ENOMEDIUM)
		send_note(probe, true, "no medium in the drive");
	else if (error == -EUCLEAN)
		send_note(probe, false, "it has the marks of several file systems");
	else if (error)
		send_note(probe, false, arena_print(probe->arena, "%s %s: %s",
						    fd < 0 ? "open" : "read", path, strerror(-error)));
	else if (!probe->own->is_filesystem)
		send_note(probe, true, probe->own->type ? "not a file system" : NULL);
	return !error && probe->own->is_filesystem;
}

static void read_configs(struct probe *probe)
{
	struct volumes volumes;
	struct volume *own;
	const char *why;

	own = mount_device(probe->arena, probe->own, &why);
	if (!own) {
		send_note(probe, false, why);
		return;
	}
	volumes_init(&volumes, probe->arena, own);
	volumes.context = probe;
	volumes.open = open_other;
	volumes.await = await_more;
	set_table(&volumes, probe->order->known, probe->order->known_n);
	readers_scan(probe->arena, &volumes, probe->order->options, send_config, probe);
	send_note(probe, true, probe->configs ? arena_print(probe->arena, "%zu entries", probe->entries)
					      : "no boot configuration");
}

int probe_run(const struct probe_order *order, struct channel *channel)
{
	struct identity own = order->identity;
	struct probe probe = {
		.arena = arena_new(PROBE_MEMORY),
		.channel = channel,
		.order = order,
		.own = &own,
	};
	jmp_buf exhausted;

	if (!probe.arena)
		return 1;
	if (setjmp(exhausted))
		return 1; /* PID 1 says so: the memory to do it is here no more */
	arena_guard(probe.arena, &exhausted);
	if (identify_own(&probe))
		read_configs(&probe);
	return 0;
}
