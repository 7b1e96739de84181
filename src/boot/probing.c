/* Probing: a child for each device, some at a time, in the order in which they may be booted. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/text.h"
#include "boot/disk.h"
#include "model/pack.h"

#define PROBE_LIMIT_MS 20000
#define PROBE_ADDRESS_SPACE ((size_t)512 * 1024 * 1024)
#define PROBLEMS_LOGGED 20 /* of one config: the log has room for more than one disk */
#define PROBES_MOST 4        /* at a time: more only get in the way of the one that matters, … */
#define PROBE_SLOW_MS 250    /* … but one that waits so long for its disk is in nobody's way, … */
#define PROBES_IN_ALL 64     /* … though each takes memory */
#define ALONE_MS 2000        /* that the load of a default whose time has come has for itself */

static const char *probe_failure(int status)
{
	if (status == CHILD_LEFT)
		return "does not answer; its probe can't even be killed";
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return "did not answer in time, or took too much memory";
	if (WIFSIGNALED(status))
		return "its probe crashed: the file system or a config on it is damaged in a way "
		       "that baton does not survive; please report it";
	return NULL;
}

static void log_end(struct disk *disk)
{
	const struct view_device *device = disk->shown;

	if (device->state == PROBE_FAILED)
		boot_log(disk->boot, "%s: %s", disk->name, device->note ? device->note : "failed");
	for (size_t c = 0; c < device->configs.n; c++) {
		const struct config *config = device->configs.at[c];

		boot_log(disk->boot, "%s: %s: %zu entries", disk->name, config->file,
			 config->entries.n);
		for (size_t p = 0; p < config->problems.n && p < PROBLEMS_LOGGED; p++)
			boot_log(disk->boot, "%s: %s:%u:%u: %s", disk->name,
				 config->problems.at[p].file, config->problems.at[p].line,
				 config->problems.at[p].column, config->problems.at[p].text);
		if (config->problems.n > PROBLEMS_LOGGED)
			boot_log(disk->boot, "%s: %s: and %zu more problems", disk->name, config->file,
				 config->problems.n - PROBLEMS_LOGGED);
	}
}

/* A probe that was killed early, and not by us, may fare better another time. */
static bool worth_another_try(struct disk *disk, int status)
{
	bool killed = status != -1 && WIFSIGNALED(status) &&
		      clock_ms() - disk->started_ms < PROBE_LIMIT_MS;

	if (killed && ++disk->tries < TRIES_MOST)
		return true;
	disk->tries = 0;
	return false;
}

static void probe_is_done(struct disk *disk, struct view_device *device, int status)
{
	const char *failure = probe_failure(status);

	if (failure || device->state == PROBE_RUNNING) {
		device->state = PROBE_FAILED;
		device->note = failure ? failure : "its probe ended without a word";
	}
	disk->bytes = disk->next_bytes;
	disk->next_bytes = 0;
	memcpy(disk->store, disk->next_store, sizeof disk->store);
	disk_show(disk, device);
	log_end(disk);
	keeper_found(disk->boot, &device->identity, disk->store);
	disk->waiting |= disk->again || findings_missed(disk);
	disk->again = false;
}

static void probe_ended(void *context, int status)
{
	struct disk *disk = context;
	struct view_device *device = disk->next_view;
	struct boot *boot = disk->boot;

	devices_hear(boot); /* the partitions that it has found are not to seem absent for a moment */
	disk->stuck = status == CHILD_LEFT ? child_pid(disk->probe) : 0;
	disk->probe = NULL;
	disk->next_view = NULL;
	disk->asked = false;
	if (disk->gone) {
		arena_free(device->arena);
		disk_free(disk);
	} else if (worth_another_try(disk, status)) {
		arena_free(device->arena);
		disk->waiting = true;
	} else {
		probe_is_done(disk, device, status);
	}
	findings_answer(boot, false);
	probes_start(boot);
	chooser_update(boot);
}

static int run_probe(void *context, struct channel *channel)
{
	struct disk *disk = context;

	return probe_run(disk->order, channel);
}

static const struct child_kind probe_kind = {
	.name = "baton-probe",
	.run = run_probe,
	.record = findings_record,
	.ended = probe_ended,
	.limit_ms = PROBE_LIMIT_MS,
	.memory_limit = PROBE_ADDRESS_SPACE,
};

void probe_order_make(struct arena *arena, const struct boot *boot, const struct identity *identity,
		      struct probe_order *order)
{
	struct identity *known;
	size_t n = 0;

	for (const struct view_device *d = boot->view.devices; d; d = d->next)
		n++;
	known = arena_array(arena, n, sizeof *known);
	*order = (struct probe_order){
		.identity = *identity, .known = known, .known_n = n, .options = &boot->options
	};
	for (const struct view_device *d = boot->view.devices; d; d = d->next)
		*known++ = d->identity;
}

static struct probe_order *new_order(struct disk *disk)
{
	struct arena *arena = disk->next_view->arena;
	struct probe_order *order = arena_make(arena, struct probe_order);

	probe_order_make(arena, disk->boot, &disk->next_view->identity, order);
	order->may_store = keeper_may_use(disk->boot, &order->identity);
	return order;
}

/* Each probe of a disk that hangs would stay for ever, so there is one at most. */
static bool is_stuck(struct disk *disk)
{
	if (disk->stuck && kill(disk->stuck, 0))
		disk->stuck = 0;
	return disk->stuck;
}

/* False: it can't be. With @others running it goes on to wait: one's end may leave room for it. */
static bool start_probe(struct disk *disk, bool others)
{
	disk->waiting = false;
	if (is_stuck(disk))
		return false;
	disk->next_bytes = 0;
	memset(disk->next_store, 0, sizeof disk->next_store);
	disk->identified = false;
	disk->missed = false;
	disk->started_ms = clock_ms();
	disk->next_view = disk_new_view(&disk->shown->identity);
	if (!disk->next_view)
		return false;
	disk->next_view->state = PROBE_RUNNING;
	disk->order = new_order(disk);
	disk->probe = child_start(&disk->boot->children, &probe_kind, disk);
	if (!disk->probe) {
		if (!others)
			boot_log(disk->boot, "%s: can't start its probe: %s", disk->name,
				 strerror(errno));
		arena_free(disk->next_view->arena);
		disk->next_view = NULL;
		disk->waiting = others;
		if (others)
			return true;
		disk->shown->state = PROBE_FAILED;
		disk->shown->note = "its probe could not be started";
		return false;
	}
	disk->shown->state = PROBE_RUNNING;
	return true;
}

static struct disk *disk_of(struct boot *boot, const struct view_device *device)
{
	struct disk *disk = boot->disks;

	while (disk && disk->shown != device)
		disk = disk->next;
	return disk;
}

/* The countdown is over and the default only has to be loaded: who else would use the processor waits. */
static bool is_booting(const struct boot *boot)
{
	return boot->view.status.phase == PHASE_LOADING && !boot->chosen &&
	       clock_ms() < boot->decided_ms + ALONE_MS;
}

/* Those who wait beneath an array that is there are done: true if there are any. */
static bool show_beneath(struct boot *boot)
{
	bool any = false;

	for (struct disk *disk = boot->disks; disk; disk = disk->next) {
		struct view_device *device;

		if (!disk->waiting || disk->probe || !disk_is_beneath(disk) || boot->assembly.due ||
		    boot->assembly.child)
			continue;
		device = disk_new_view(&disk->shown->identity);
		if (!device)
			continue;
		device->state = PROBE_DONE;
		device->note = "seen on one disk of a RAID array, which has the same partition";
		disk->waiting = false;
		disk_show(disk, device);
		any = true;
	}
	return any;
}

/*
 * In order of precedence: what may become the default is read first. True: some could not even be
 * started, so that nobody else will tell the chooser.
 */
bool probes_start(struct boot *boot)
{
	int64_t now = clock_ms();
	size_t all = 0, busy = 0;
	bool failed = false;

	if (boot->leaving.how != LEAVE_NOT || is_booting(boot))
		return false;
	failed = show_beneath(boot);
	for (struct disk *disk = boot->disks; disk; disk = disk->next) {
		all += disk->probe != NULL;
		busy += disk->probe && !disk->asked && now - disk->started_ms < PROBE_SLOW_MS;
	}
	for (struct view_device *d = boot->view.devices; d; d = d->next) {
		struct disk *disk = disk_of(boot, d);

		if (busy >= PROBES_MOST || all >= PROBES_IN_ALL)
			break;
		if (!disk || !disk->waiting || disk->probe || disk_is_beneath(disk))
			continue;
		failed |= !start_probe(disk, all > 0);
		if (disk->waiting)
			break;
		all++;
		busy++;
	}
	return failed;
}

void probes_stop(struct boot *boot)
{
	for (struct disk *disk = boot->disks; disk; disk = disk->next)
		if (disk->probe)
			child_stop(disk->probe);
}

bool probes_are_stopped(const struct boot *boot)
{
	for (const struct disk *disk = boot->disks; disk; disk = disk->next)
		if (disk->probe)
			return false;
	return true;
}

int64_t devices_tick(struct boot *boot)
{
	int64_t next = -1;

	if (boot->leaving.how != LEAVE_NOT)
		return -1;
	if (probes_start(boot))
		chooser_update(boot);
	for (struct disk *disk = boot->disks; disk; disk = disk->next)
		if (disk->waiting && !disk->probe)
			next = clock_ms() + PROBE_SLOW_MS;
	return next;
}
