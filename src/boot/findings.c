/* What probes tell PID 1, which believes it only within bounds, and what it answers. */
#include <string.h>

#include "base/text.h"
#include "boot/disk.h"
#include "model/pack.h"

#define IDENTITY_MOST 4096 /* bytes: many times what labels and names may have */
#define NOTE_MOST 1000 /* bytes, more is cut */
#define CONFIGS_MOST 500
/* Bytes of configs: of one device, when all together have more than that. Menus get them all at once. */
#define SHARE_MOST ((size_t)256 * 1024)
#define TOTAL_MOST (CHANNEL_QUEUE_MAX / 2)

bool disk_is_beneath(const struct disk *disk)
{
	return disk->shown && assemble_is_beneath(disk->boot, &disk->shown->identity);
}

/* What is beneath an array is known well enough, but must be closed before the array can have it. */
bool disks_are_unknown(const struct boot *boot)
{
	for (const struct disk *disk = boot->disks; disk; disk = disk->next) {
		if (!disk->probe && !disk->waiting)
			continue;
		if (disk_is_beneath(disk) ? disk->probe != NULL : disk->waiting || !disk->identified)
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
void findings_answer(struct boot *boot, bool news)
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
bool findings_missed(const struct disk *disk)
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
		if (!disk->gone && disk_is_beneath(disk) &&
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
	if (news) { /* else two that miss the same device would wake each other for ever */
		probe_those_who_wait(disk->boot, &identity);
		assemble_note(disk->boot, &identity);
		leave_partitions(disk);
		probe_again(disk);
	}
	findings_answer(disk->boot, true);
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
		findings_answer(disk->boot, false);
		probes_start(disk->boot); /* others in the place of this one, which only waits */
		return true;
	}
	return false;
}

bool findings_record(void *context, uint32_t type, struct fields *fields)
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
