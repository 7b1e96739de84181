/* Probing: a child for each device tells what it holds, and PID 1 believes it only within bounds. */
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
#define IDENTITY_MOST 4096 /* bytes: many times what labels and names may have */
#define NOTE_MOST 1000 /* bytes, more is cut */
#define CONFIGS_MOST 500
/* Bytes of configs: of one device, when all together have more than that. Menus get them all at once. */
#define SHARE_MOST ((size_t)256 * 1024)
#define TOTAL_MOST (CHANNEL_QUEUE_MAX / 2)
#define TRIES_MOST 3   /* a probe that dies is started again so often: memory may have been short */
#define PROBLEMS_LOGGED 20 /* of one config: the log has room for more than one disk */
#define PROBES_MOST 4        /* at a time: more only get in the way of the one that matters, … */
#define PROBE_SLOW_MS 250    /* … but one that waits so long for its disk is in nobody's way, … */
#define PROBES_IN_ALL 64     /* … though each takes memory */
#define ALONE_MS 2000        /* that the load of a default whose time has come has for itself */

/* What a probe tells ----------------------------------------------------------------------------------- */

static bool is_beneath(const struct disk *disk)
{
	return disk->shown && assemble_is_beneath(disk->boot, &disk->shown->identity);
}

/* What is beneath an array is known well enough, but must be closed before the array can have it. */
bool disks_are_unknown(const struct boot *boot)
{
	for (const struct disk *disk = boot->disks; disk; disk = disk->next) {
		if (!disk->probe && !disk->waiting)
			continue;
		if (is_beneath(disk) ? disk->probe != NULL : disk->waiting || !disk->identified)
			return true;
	}
	return false;
}

static void answer(struct disk *disk, bool more)
{
	struct arena *arena = arena_new(DEVICE_MEMORY);
	struct text fields = TEXT(arena);
	jmp_buf exhausted;
	size_t n = 0;

	if (!arena) {
		child_stop(disk->probe);
		return;
	}
	if (setjmp(exhausted)) {
		arena_free(arena);
		child_stop(disk->probe);
		return;
	}
	arena_guard(arena, &exhausted);
	for (struct view_device *d = disk->boot->view.devices; d; d = d->next)
		n++;
	pack_number(&fields, more);
	pack_number(&fields, n);
	for (struct view_device *d = disk->boot->view.devices; d; d = d->next)
		identity_pack(&fields, &d->identity);
	disk->asked = false;
	child_send(disk->probe, PROBE_ANSWER, &fields);
	arena_free(arena);
}

/* Who asked is answered whenever somebody new is known, and at last when nobody is to be expected. */
static void answer_all(struct boot *boot, bool news)
{
	bool more = disks_are_unknown(boot);

	for (struct disk *disk = boot->disks; disk; disk = disk->next)
		if (disk->asked && disk->probe && (news || !more))
			answer(disk, news);
}

/* Does a config wait for a device of this kind? VOLUME_FILE and GRUB's names could mean any. */
static bool is_wanted(const struct view_device *by, const struct identity *identity)
{
	for (size_t c = 0; c < by->configs.n; c++)
		for (size_t w = 0; w < by->configs.at[c]->wanted.n; w++) {
			const struct wanted *wanted = &by->configs.at[c]->wanted.at[w];
			const char *have = wanted->key == VOLUME_UUID	     ? identity->uuid
					   : wanted->key == VOLUME_LABEL     ? identity->label
					   : wanted->key == VOLUME_PARTUUID  ? identity->partuuid
					   : wanted->key == VOLUME_PARTLABEL ? identity->partlabel
									     : wanted->value;

			if (have && strcasecmp(have, wanted->value) == 0)
				return true;
		}
	return false;
}

static void probe_those_who_wait(struct boot *boot, const struct identity *identity)
{
	for (struct disk *disk = boot->disks; disk; disk = disk->next) {
		disk->missed |= disk->probe != NULL;
		if (!disk->probe && disk->shown && disk->shown->state == PROBE_DONE &&
		    is_wanted(disk->shown, identity))
			disk->waiting = true;
	}
}

/* Has what a probe's configs sought, and did not find, come while it was running? */
static bool has_missed(const struct disk *disk)
{
	for (struct view_device *d = disk->boot->view.devices; d && disk->missed; d = d->next)
		if (d != disk->shown && is_wanted(disk->shown, &d->identity))
			return true;
	return false;
}

static bool is_same_identity(const struct identity *a, const struct identity *b)
{
	return string_same(a->type, b->type) && string_same(a->uuid, b->uuid) &&
	       string_same(a->label, b->label) && string_same(a->partuuid, b->partuuid) &&
	       string_same(a->partlabel, b->partlabel);
}

static bool is_twin(const struct disk *disk, const struct disk *of)
{
	return disk != of && !disk->gone && of->shown->identity.uuid &&
	       string_same(disk->shown->identity.uuid, of->shown->identity.uuid);
}

/* Another disk of a btrfs has come: what could not be mounted, or was sought on it, may be there now. */
static void probe_again(const struct disk *news)
{
	struct disk *twin = news->boot->disks;

	while (twin && !is_twin(twin, news))
		twin = twin->next;
	if (!twin || !string_same(news->shown->identity.type, "btrfs"))
		return;
	for (struct disk *disk = news->boot->disks; disk; disk = disk->next) {
		if (!is_twin(disk, news) && !(disk->shown && disk->shown->configs.n))
			continue;
		disk->again |= disk->probe != NULL;
		disk->waiting |= disk->probe == NULL;
	}
}

/* It has turned out that a disk is a member of an array: its partitions are not to be read by themselves. */
static void leave_partitions(const struct disk *whole)
{
	for (struct disk *disk = whole->boot->disks; disk; disk = disk->next)
		if (!disk->gone && is_beneath(disk) &&
		    string_same(disk->shown->identity.disk, whole->name)) {
			disk->waiting = true;
			if (disk->probe)
				child_stop(disk->probe);
		}
}

static bool record_identity(struct disk *disk, struct fields *fields)
{
	struct identity identity;
	bool news;

	if (disk->identified || fields->end - fields->at > IDENTITY_MOST)
		return false;
	identity_unpack(fields, &identity);
	if (fields->bad || !string_same(identity.name, disk->name))
		return false;
	news = !is_same_identity(&identity, &disk->shown->identity);
	identity_copy(disk->next_view->arena, &disk->next_view->identity, &identity);
	identity_copy(disk->shown->arena, &disk->shown->identity, &identity);
	disk->identified = true;
	if (news) /* else two that miss the same device would wake each other for ever */
		probe_those_who_wait(disk->boot, &identity);
	if (news) {
		assemble_note(disk->boot, &identity);
		leave_partitions(disk);
		probe_again(disk);
	}
	answer_all(disk->boot, true);
	return true;
}

/* No disk may take the menus' and PID 1's memory for itself, and none is without its share. */
static bool has_room(const struct disk *disk, size_t size)
{
	size_t mine = disk->next_bytes + size, all = mine;

	for (const struct disk *d = disk->boot->disks; d; d = d->next)
		all += d == disk ? 0 : d->bytes + d->next_bytes;
	return mine <= PROBE_CONFIGS_MOST && (mine <= SHARE_MOST || all <= TOTAL_MOST);
}

/* In place of a config for which there is no room: what it is, and that its entries are not here. */
static bool leave_out(struct disk *disk, struct fields *fields)
{
	struct arena *arena = disk->next_view->arena;
	const char *format = unpack_text(fields), *file = unpack_text(fields);
	struct config *config = config_new(arena, arena_print(arena, "%.40s", format),
					   arena_print(arena, "%.300s", file));

	config_problem(arena, config, config->file, 0, 0,
		       "its entries are left out: the disks have more than baton can hold");
	vec_push(arena, &disk->next_view->configs) = config;
	return !fields->bad;
}

static bool record_config(struct disk *disk, struct fields *fields)
{
	struct arena *record = fields->arena;
	size_t size = (size_t)(fields->end - fields->at);
	struct config *config;

	if (disk->next_view->configs.n >= CONFIGS_MOST)
		return false;
	if (!has_room(disk, size))
		return leave_out(disk, fields);
	disk->next_bytes += size;
	/* strings stay in the record, so the record must stay with the device */
	fields->arena = disk->next_view->arena;
	fields->at = arena_copy(fields->arena, fields->at, size);
	fields->end = fields->at + size;
	config = config_unpack(fields);
	fields->arena = record;
	if (config)
		vec_push(disk->next_view->arena, &disk->next_view->configs) = config;
	return config != NULL;
}

static bool record_note(struct disk *disk, struct fields *fields)
{
	bool ok = unpack_below(fields, 2);
	const char *text = unpack_string(fields);

	disk->next_view->state = ok ? PROBE_DONE : PROBE_FAILED;
	disk->next_view->note = text ? arena_print(disk->next_view->arena, "%.*s", NOTE_MOST, text)
				     : NULL;
	return !fields->bad;
}

static bool record_store(struct disk *disk, struct fields *fields)
{
	struct found_item *item = &disk->next_store[unpack_below(fields, STORE_ITEMS)];
	uint64_t error = unpack_below(fields, 4096);
	size_t size = (size_t)(fields->end - fields->at);

	if (fields->bad || item->told || size > SETTINGS_STORE_MOST)
		return false;
	*item = (struct found_item){ .told = true, .error = (int)error, .size = size };
	item->bytes = arena_copy(disk->next_view->arena, fields->at, size);
	return true;
}

static bool take_record(struct disk *disk, uint32_t type, struct fields *fields)
{
	switch (type) {
	case PROBE_IDENTITY:
		return record_identity(disk, fields);
	case PROBE_CONFIG:
		return record_config(disk, fields);
	case PROBE_STORE:
		return record_store(disk, fields);
	case PROBE_NOTE:
		return record_note(disk, fields);
	case PROBE_ASK:
		disk->asked = true;
		answer_all(disk->boot, false);
		probes_start(disk->boot); /* others in the place of this one, which only waits */
		return true;
	}
	return false;
}

static bool probe_record(void *context, uint32_t type, struct fields *fields)
{
	struct disk *disk = context;
	jmp_buf exhausted;
	bool fine;

	if (disk->gone)
		return true; /* last words */
	if (setjmp(exhausted)) {
		arena_guard(disk->next_view->arena, NULL);
		arena_guard(disk->shown->arena, NULL);
		disk->tries = TRIES_MOST;
		return false;
	}
	arena_guard(disk->next_view->arena, &exhausted);
	arena_guard(disk->shown->arena, &exhausted);
	fine = take_record(disk, type, fields);
	arena_guard(disk->next_view->arena, NULL);
	arena_guard(disk->shown->arena, NULL);
	if (!fine)
		disk->tries = TRIES_MOST; /* it would tell the same again */
	return fine;
}

/* Probing -------------------------------------------------------------------------------------------- */

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
	disk->waiting |= disk->again || has_missed(disk);
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
	answer_all(boot, false);
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
	.record = probe_record,
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

		if (!disk->waiting || disk->probe || !is_beneath(disk) || boot->assembly.due ||
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
		if (!disk || !disk->waiting || disk->probe || is_beneath(disk))
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
