/*
 * Software RAID and LVM: what the members' disks say is put together, read-only, by a child. The
 * devices that come of it are heard of and probed like any disk.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "boot/disk.h"
#include "disk/dm.h"
#include "disk/lvm.h"
#include "disk/md.h"
#include "disk/sysfs.h"

#define ASSEMBLE_LIMIT_MS 20000
#define ASSEMBLE_MEMORY ((size_t)256 * 1024 * 1024)
#define SLOW_MS 1000   /* so long a disk that does not answer may keep the others' members waiting */
#define PATIENCE_MS 5000 /* that those wait that are not complete: disks may spin up one by one */
#define SAID_MOST 900 /* bytes of a line */

/* What the child tells PID 1. */
enum assemble_record {
	ASSEMBLE_SAID = 1, /* text, for the log */
	ASSEMBLE_LACKS,    /* some of it could be complete if more disks came */
};

/* What the child is to do, and what it knows. */
struct work {
	struct boot *boot;
	struct arena *arena;
	struct channel *channel;
	bool final; /* nothing more is expected: take what there is, and say what can't be had */
	VEC(const struct identity *) members;
	VEC(struct md_member) raid;
	VEC(struct lvm_pv) volumes;
};

static bool is_member(const struct identity *id)
{
	return string_same(id->type, "linux_raid_member") || string_same(id->type, "LVM2_member");
}

/* In the child ------------------------------------------------------------------------------------------ */

static void say(struct work *work, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(struct work *work, const char *format, ...)
{
	struct text fields = TEXT(work->arena);
	va_list args;

	va_start(args, format);
	pack_string(&fields, arena_vprint(work->arena, format, args));
	va_end(args);
	channel_send(work->channel, ASSEMBLE_SAID, &fields);
	channel_drain(work->channel);
}

static void lack(struct work *work)
{
	channel_send(work->channel, ASSEMBLE_LACKS, NULL);
	channel_drain(work->channel);
}

static bool is_partition(const struct work *work, const char *device)
{
	for (size_t i = 0; i < work->members.n; i++)
		if (string_same(work->members.at[i]->name, device))
			return work->members.at[i]->partition;
	return false;
}

static void note_holder(void *context, const char *name)
{
	*(const char **)context = name;
}

static bool is_held(const char *device)
{
	const char *holder = NULL;

	sysfs_each_in(device, "holders", note_holder, &holder);
	return holder != NULL;
}

static void read_member(struct work *work, const struct identity *id)
{
	struct md_member member = { .device = id->name };
	struct lvm_pv pv = { .device = id->name };
	int fd = open(arena_print(work->arena, "/dev/%s", id->name), O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (string_same(id->type, "LVM2_member")) {
		pv.number = sysfs_read(work->arena, arena_print(work->arena, "/sys/class/block/%s/dev",
								id->name));
		pv.fd = fd;
		if (pv.number && lvm_read(work->arena, &pv))
			vec_push(work->arena, &work->volumes) = pv;
		if (!*pv.id || pv.is_damaged)
			say(work, "LVM on %s: its %s is damaged, a checksum is wrong; other disks of "
				  "its group may have a good one", id->name,
			    *pv.id ? "metadata" : "label");
		return; /* it stays open, for what else is on it */
	}
	if (md_read(&member, fd, id->bytes))
		vec_push(work->arena, &work->raid) = member;
	close(fd);
}

/*
 * A mirror can be read without its array, as GRUB would: by device mapper, as a part of its disk. Of one that
 * is a whole disk, but for its end, the kernel shows the partitions.
 */
static void run_mirror(struct work *work, const struct md_array *array)
{
	const struct md_member *mirror = array->members.n ? array->members.at[0] : NULL;
	struct lvm_volume volume = { .uuid = "" };
	struct lvm_segment part = { .target = "linear" };
	const char *number;

	if (!mirror || mirror->level != 1 || (!mirror->start && !is_partition(work, mirror->device)))
		return;
	number = sysfs_read(work->arena,
			    arena_print(work->arena, "/sys/class/block/%s/dev", mirror->device));
	part.length = mirror->size ? mirror->size : mirror->sectors;
	part.params = arena_print(work->arena, "%s %" PRIu64, number ? number : "", mirror->start);
	vec_push(work->arena, &volume.segments) = part;
	volume.name = arena_print(work->arena, "mirror-%s", mirror->device);
	if (dm_start(work->arena, &volume) == 0)
		say(work, "%s: what was last on %s of RAID1 \"%s\", without the array", volume.name,
		    mirror->device, mirror->name);
}

static void run_array(struct work *work, const struct md_array *array)
{
	const struct md_member *first = array->first;
	const char *name, *problem = first->problem;

	if (problem) {
		say(work, "RAID \"%s\" on %s: %s", first->name, first->device, problem);
		run_mirror(work, array);
		return;
	}
	problem = md_start(work->arena, array, &name);
	if (problem) {
		say(work, "RAID \"%s\" on %s: can't be started: %s", first->name, first->device,
		    problem);
		run_mirror(work, array);
	} else if (array->members.n < first->disks) {
		say(work, "%s: RAID%d \"%s\" is read from %zu of its %u disks", name, first->level,
		    first->name, array->members.n, first->disks);
	} else {
		say(work, "%s: RAID%d \"%s\" of %u disks", name, first->level, first->name,
		    first->disks);
	}
}

static void say_lack(struct work *work, const struct md_array *array)
{
	const struct md_member *first = array->first;

	say(work,
	    "RAID \"%s\" on %s: %zu of its %u disks are here and up to date, and RAID%d takes %u to be read",
	    first->name, first->device, array->members.n, first->disks, first->level, md_needs(array));
}

/*
 * Of the members from @i on, those of one array. It need not be waited for more of them than it had
 * when it was last written.
 */
static void assemble_array(struct work *work, size_t i)
{
	struct md_array array;
	bool enough;

	for (size_t j = 0; j < work->raid.n; j++)
		if (md_is_same(&work->raid.at[i], &work->raid.at[j]) &&
		    (j < i || is_held(work->raid.at[j].device)))
			return; /* done, or running */
	md_collect(work->arena, &array, &work->raid.at[i], work->raid.n - i);
	enough = array.members.n >= md_needs(&array) || array.first->problem;
	if (enough && (work->final || array.members.n >= array.first->active)) {
		run_array(work, &array);
	} else if (work->final) {
		say_lack(work, &array);
	} else {
		lack(work);
	}
}

static void start_volume(void *context, const struct lvm_volume *volume)
{
	struct work *work = context;
	int error;

	if ((volume->lacks_disk || volume->lacks_mirror) && !work->final) {
		lack(work);
	} else if (volume->problem) {
		say(work, "LVM %s: %s", volume->name, volume->problem);
	} else {
		error = dm_start(work->arena, volume);
		if (!error)
			say(work, volume->lacks_mirror ? "LVM %s: found, without one of its mirrors"
						       : "LVM %s: found", volume->name);
		else if (error != -EBUSY) /* it is there already */
			say(work, "LVM %s: device mapper: %s", volume->name, strerror(-error));
	}
}

static int run_assemble(void *context, struct channel *channel)
{
	struct work *work = context;
	jmp_buf exhausted;

	work->channel = channel;
	if (setjmp(exhausted))
		return ENOMEM;
	arena_guard(work->arena, &exhausted);
	for (size_t i = 0; i < work->members.n; i++)
		read_member(work, work->members.at[i]);
	for (size_t i = 0; i < work->raid.n; i++)
		assemble_array(work, i);
	lvm_find(work->arena, work->volumes.at, work->volumes.n, start_volume, work);
	return 0;
}

/* In PID 1 ---------------------------------------------------------------------------------------------- */

static bool assemble_record(void *context, uint32_t type, struct fields *fields)
{
	struct work *work = context;
	const char *text;

	if (type == ASSEMBLE_LACKS) {
		work->boot->assembly.lacks = true;
		return true;
	}
	text = unpack_text(fields);
	if (type != ASSEMBLE_SAID || fields->bad)
		return false;
	for (size_t i = 0; i < work->boot->view.log.n; i++)
		if (strncmp(work->boot->view.log.at[i], text, SAID_MOST) == 0)
			return true; /* by an earlier one, of what has not changed since */
	boot_log(work->boot, "%.*s", SAID_MOST, text);
	return true;
}

static void assemble_ended(void *context, int status)
{
	struct work *work = context;
	struct boot *boot = work->boot;

	if (status)
		boot_log(boot, "RAID and LVM: %s",
			 status == CHILD_LEFT ? "a disk does not answer" : "what is on the disks is damaged");
	boot->assembly.child = NULL;
	if (boot->assembly.lacks && !boot->assembly.final && !boot->assembly.due) {
		boot->assembly.due = boot->assembly.final = true;
		boot->assembly.at_ms = clock_ms() + PATIENCE_MS;
	}
	arena_free(work->arena);
	devices_hear(boot); /* of what has come of it, before anyone thinks that it is nothing */
	probes_start(boot);
	chooser_update(boot);
}

static const struct child_kind assemble_kind = {
	.name = "baton-assemble",
	.run = run_assemble,
	.record = assemble_record,
	.ended = assemble_ended,
	.limit_ms = ASSEMBLE_LIMIT_MS,
	.memory_limit = 2 * ASSEMBLE_MEMORY,
};

static void start(struct boot *boot)
{
	struct arena *arena = arena_new(ASSEMBLE_MEMORY);
	struct work *work;
	jmp_buf exhausted;

	boot->assembly.due = false;
	boot->assembly.lacks = false;
	if (!arena || setjmp(exhausted)) {
		arena_free(arena);
		return;
	}
	arena_guard(arena, &exhausted);
	work = arena_make(arena, struct work);
	*work = (struct work){ .boot = boot, .arena = arena, .final = boot->assembly.final };
	for (struct view_device *d = boot->view.devices; d; d = d->next)
		if (is_member(&d->identity)) {
			struct identity *copy = arena_make(arena, struct identity);

			identity_copy(arena, copy, &d->identity);
			vec_push(arena, &work->members) = copy;
		}
	arena_guard(arena, NULL);
	boot->assembly.child = child_start(&boot->children, &assemble_kind, work);
	if (boot->assembly.child)
		return;
	boot_log(boot, "RAID and LVM: fork: %s", strerror(errno));
	arena_free(arena);
}

void assemble_note(struct boot *boot, const struct identity *identity)
{
	if (!is_member(identity))
		return;
	boot->assembly.due = true;
	boot->assembly.final = false;
	boot->assembly.at_ms = clock_ms() + SLOW_MS;
}

bool assemble_is_due(const struct boot *boot, const struct identity *identity)
{
	return (boot->assembly.due || boot->assembly.child) && is_member(identity);
}

bool assemble_is_beneath(const struct boot *boot, const struct identity *identity)
{
	const struct view_device *whole = boot->view.devices;

	while (whole && !string_same(whole->identity.name, identity->disk))
		whole = whole->next;
	return identity->partition && whole &&
	       string_same(whole->identity.type, "linux_raid_member") &&
	       (assemble_is_due(boot, &whole->identity) || is_held(whole->identity.name));
}

int64_t assemble_tick(struct boot *boot)
{
	if (!boot->assembly.due || boot->assembly.child || boot->leaving.how != LEAVE_NOT)
		return -1;
	if (clock_ms() < boot->assembly.at_ms && (boot->assembly.final || disks_are_unknown(boot)))
		return boot->assembly.at_ms;
	start(boot);
	return -1;
}
