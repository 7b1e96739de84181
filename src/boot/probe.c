#include "boot/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "disk/identify.h"
#include "disk/mount.h"
#include "disk/store.h"
#include "disk/sysfs.h"
#include "model/pack.h"

#define PROBE_MEMORY ((size_t)128 * 1024 * 1024) /* for one device's configs and their entries */
#define ANSWER_MS 5000 /* that a probe waits, in all, for others to know who they are */
#define DEVICES_MOST 65536

struct probe {
	struct arena *arena;
	struct channel *channel;
	const struct probe_order *order;
	struct identity *own;
	size_t configs, entries, bytes; /* that were sent */
	int64_t patience_ms;
	bool asked; /* and PID 1 has not answered yet */
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

static struct volume *open_image(struct volumes *volumes, const struct volume *host,
				 const char *path)
{
	const char *why;

	return mount_image(volumes->arena, host, path, &why);
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

struct siblings {
	struct volumes *volumes;
	VEC(struct identity) at;
};

static void add_sibling(void *context, const char *name)
{
	struct siblings *siblings = context;
	struct volumes *volumes = siblings->volumes;
	struct probe *probe = volumes->context;
	struct identity identity;
	int fd;

	if (sysfs_identity(volumes->arena, name, &identity) || !identity.partition ||
	    !string_same(identity.disk, probe->own->disk))
		return;
	fd = open(arena_print(volumes->arena, "/dev/%s", name), O_RDONLY | O_CLOEXEC);
	if (fd < 0 || identify(volumes->arena, fd, &identity))
		identity.is_filesystem = false;
	if (fd >= 0)
		close(fd);
	vec_push(volumes->arena, &siblings->at) = identity;
}

/* A menu may be on two partitions: the probe looks at the other by itself, so it need not wait. */
static void know_disk(struct volumes *volumes)
{
	struct probe *probe = volumes->context;
	struct siblings siblings = { .volumes = volumes };

	sysfs_each(add_sibling, &siblings);
	for (size_t i = 1; i < volumes->n; i++)
		if (!volumes->at[i].partition ||
		    !string_same(volumes->at[i].disk, probe->own->disk))
			vec_push(volumes->arena, &siblings.at) = volumes->at[i];
	set_table(volumes, siblings.at.at, siblings.at.n);
}

/*
 * PID 1's answer. A disk that hangs keeps it away for long, so patience is for the whole probe: a
 * config may ask for many devices that are not there.
 */
static bool await_answer(struct probe *probe, struct fields *fields)
{
	int64_t begin = clock_ms(), left;
	uint32_t type;
	int result;

	if (!probe->asked)
		send_fields(probe, PROBE_ASK, NULL);
	probe->asked = true;
	while ((result = channel_receive(probe->channel, probe->arena, &type, fields)) == 0) {
		left = probe->patience_ms - (clock_ms() - begin);
		if (left <= 0 || channel_wait(probe->channel, (int)left) <= 0) {
			probe->patience_ms = 0;
			return false;
		}
	}
	probe->patience_ms -= clock_ms() - begin;
	probe->asked = false;
	return result == 1;
}

/* A device is not among those known when this probe was started: have more come since? */
static bool await_more(struct volumes *volumes, enum volume_key key, const char *value)
{
	struct probe *probe = volumes->context;
	struct fields fields;
	struct identity *at;
	bool more;
	size_t n;

	(void)key, (void)value;
	if (!await_answer(probe, &fields))
		return false;
	more = unpack_below(&fields, 2);
	n = unpack_below(&fields, DEVICES_MOST);
	at = arena_array(probe->arena, n, sizeof *at);
	for (size_t i = 0; i < n; i++)
		identity_unpack(&fields, &at[i]);
	if (fields.bad)
		return false;
	set_table(volumes, at, n);
	volumes->know_disk = know_disk; /* PID 1 may not have heard of all partitions yet */
	return more;
}

/* --------------------------------------------------------------------------------------------------- */

/* A config that is too large costs its own entries, and a line that says so. */
static void send_config(void *context, struct config *config)
{
	struct probe *probe = context;
	struct text fields = TEXT(probe->arena);

	config_pack(&fields, config, true);
	if (probe->bytes + fields.n > PROBE_CONFIGS_MOST) {
		struct config *instead = config_new(probe->arena, config->format, config->file);

		config_problem(probe->arena, instead, config->file, 0, 0,
			       "its %zu entries are left out: this disk has more than baton can hold",
			       config->entries.n);
		text_cut(&fields, 0);
		config_pack(&fields, instead, true);
		config = instead;
	}
	probe->configs++;
	probe->entries += config->entries.n;
	probe->bytes += fields.n;
	send_fields(probe, PROBE_CONFIG, &fields);
}

/* The kernel's ext4 notes in the superblock that it met an error, also where it is mounted read-only. */
static void keep_from_writing(const struct identity *own, int device)
{
	int read_only = 1;

	if (own->type && string_starts(own->type, "ext"))
		ioctl(device, BLKROSET, &read_only); /* if that fails, it is only mounted so */
}

void probe_let_write(struct arena *arena, const struct identity *identity)
{
	int fd = open(arena_print(arena, "/dev/%s", identity->name),
		      O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int read_only = 0;

	if (fd < 0)
		return; /* the mount will say why */
	ioctl(fd, BLKROSET, &read_only);
	close(fd);
}

static const char *explain(const struct identity *own)
{
	const char *meaning = identify_explain(own->type);

	return meaning ? meaning : own->type ? "not a file system" : NULL;
}

/* Of a btrfs that can't be mounted as others are missing, the kernel forgets those that it knew. */
static void announce(struct probe *probe)
{
	if (!string_same(probe->own->type, "btrfs") || !probe->own->uuid)
		return;
	mount_announce(probe->arena, probe->own);
	for (size_t i = 0; i < probe->order->known_n; i++)
		if (string_same(probe->order->known[i].uuid, probe->own->uuid))
			mount_announce(probe->arena, &probe->order->known[i]);
}

/* False: there is nothing to go on with, and PID 1 has been told. */
static bool identify_own(struct probe *probe)
{
	const char *path = arena_print(probe->arena, "/dev/%s", probe->own->name);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), error = -errno;
	struct text fields = TEXT(probe->arena);

	if (fd >= 0) {
		error = identify(probe->arena, fd, probe->own);
		if (!error)
			keep_from_writing(probe->own, fd);
		announce(probe);
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
						    fd < 0 ? "open" : "read", path, string_error(-error)));
	else if (!probe->own->is_filesystem)
		send_note(probe, true, explain(probe->own));
	return !error && probe->own->is_filesystem;
}

static void send_item(struct probe *probe, const struct volume *own, enum store_item item)
{
	struct text fields = TEXT(probe->arena);
	char *bytes;
	size_t size;
	int error = store_read(probe->arena, own, item, &bytes, &size);

	pack_number(&fields, item);
	pack_number(&fields, (uint64_t)-error);
	if (!error)
		text_add(&fields, bytes, size);
	send_fields(probe, PROBE_STORE, &fields);
}

static void read_store(struct probe *probe, const struct volume *own)
{
	if (!probe->order->may_store || !store_may_be_on(probe->own) || !store_has_place(own))
		return;
	for (enum store_item item = 0; item < STORE_ITEMS; item++)
		send_item(probe, own, item);
}

static void run_script(struct probe *probe, struct volumes *volumes)
{
	struct script *script = probe->order->script;
	struct config *config = config_new(probe->arena, "", script->file);
	struct text fields = TEXT(probe->arena);
	const char *why = NULL;
	struct entry *entry = script_run(probe->arena, volumes, probe->order->options, script, &why);

	if (!entry) {
		send_note(probe, false, why);
		return;
	}
	vec_push(probe->arena, &config->entries) = entry;
	config->default_entry = NO_DEFAULT;
	config_pack(&fields, config, false);
	send_fields(probe, PROBE_CONFIG, &fields);
}

static void answer_script(struct probe *probe, struct volumes *volumes)
{
	struct script *script = probe->order->script;
	struct text fields = TEXT(probe->arena);
	const char *why;

	if (script->text) {
		run_script(probe, volumes);
		return;
	}
	why = script_read(probe->arena, volumes, probe->order->options, script);
	if (why) {
		send_note(probe, false, why);
		return;
	}
	pack_string(&fields, script->own);
	pack_number(&fields, script->own_line);
	send_fields(probe, PROBE_SCRIPT, &fields);
}

/* A btrfs on several disks is offered once, from the first of them: which is it? NULL: this one. */
static const char *other_btrfs(struct probe *probe)
{
	const char *first = NULL;

	if (string_same(probe->own->type, "btrfs") && probe->own->uuid)
		first = sysfs_btrfs_first(probe->arena, probe->own->uuid);
	return string_same(first, probe->own->name) ? NULL : first;
}

static void read_configs(struct probe *probe)
{
	struct volumes volumes;
	struct volume *own;
	const char *why, *other;

	own = mount_device(probe->arena, probe->own, &why);
	if (!own) {
		send_note(probe, false, why);
		return;
	}
	other = other_btrfs(probe);
	if (other) {
		send_note(probe, true, arena_print(probe->arena, "a part of the btrfs on %s", other));
		return;
	}
	read_store(probe, own);
	volumes_init(&volumes, probe->arena, own);
	volumes.context = probe;
	volumes.open = open_other;
	volumes.await = await_more;
	volumes.image = open_image;
	volumes.know_disk = know_disk;
	set_table(&volumes, probe->order->known, probe->order->known_n);
	if (probe->order->script) {
		answer_script(probe, &volumes);
		return;
	}
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
		.patience_ms = order->script ? 0 : ANSWER_MS,
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
