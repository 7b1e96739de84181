/*
 * The settings, layer over layer: built in, the board's, those in the store, the command line's. A
 * store on a disk is read by that disk's probe, so these may come when the countdown has begun: then
 * all is decided anew, and nothing boots by itself before the disks that should carry them have answered
 * or had their time.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "boot/disk.h"
#include "boot/probe.h"
#include "disk/efivar.h"
#include "disk/mount.h"
#include "disk/sysfs.h"
#include "disk/volume.h"

#define BOARD "/settings" /* in the image: board/BOARD/settings */
#define SETTINGS_MEMORY ((size_t)4 * 1024 * 1024)
#define PLACE_MEMORY ((size_t)64 * 1024)
#define CHANGE_LIMIT_MS 15000
#define CHANGES_MOST 16 /* that disks may make by themselves */
#define PATIENCE_MS 5000 /* for disks that have not even said what they are */

static void complain(void *context, const char *text)
{
	boot_log(context, "%s", text);
}

static void keep_quiet(void *context, const char *text)
{
	(void)context, (void)text;
}

/* The layers -------------------------------------------------------------------------------------------- */

static void read_board(struct arena *arena, struct settings *settings, settings_complain *tell,
		       struct boot *boot)
{
	const struct identity none = { 0 };
	int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct volume *image = root < 0 ? NULL : volume_open_directory(arena, root, &none);
	char *bytes;
	size_t size;

	if (!image)
		return;
	if (volume_read(arena, image, BOARD, SETTINGS_STORE_MOST, &bytes, &size) == 0)
		settings_read(arena, settings, SETTINGS_BOARD, bytes, size, BOARD, tell, boot);
	volume_close(image);
}

/* All layers anew; @tell hears of what is wrong in those that never change. */
static void read_layers(struct boot *boot, struct arena *arena, struct settings *settings,
			const struct kept *kept, settings_complain *tell)
{
	const char *cmdline = sysfs_read(arena, "/proc/cmdline");

	settings_init(settings);
	settings->loader = boot->settings.loader;
	settings->bmc = boot->settings.bmc;
	read_board(arena, settings, tell, boot);
	if (kept->bytes)
		settings_read(arena, settings, SETTINGS_STORE, kept->bytes, kept->size, kept->where,
			      complain, boot);
	settings_parse(arena, settings, cmdline ? cmdline : "", tell, boot);
}

/*
 * Have the store say what @bytes say. What it said before is forgotten, so nobody may keep a string of
 * the settings; those that do are given the new ones. False: there is no memory for it.
 */
static bool take(struct boot *boot, const struct identity *place, const char *bytes, size_t size,
		 settings_complain *tell)
{
	struct arena *arena = arena_new(SETTINGS_MEMORY);
	struct settings settings;
	struct kept kept = { .size = size };
	jmp_buf exhausted;

	if (!arena)
		return false;
	if (setjmp(exhausted)) {
		arena_free(arena);
		return false;
	}
	arena_guard(arena, &exhausted);
	kept.arena = arena;
	kept.bytes = bytes ? arena_copy(arena, bytes, size) : NULL;
	if (place) {
		kept.place = arena_make(arena, struct identity);
		identity_copy(arena, kept.place, place);
	}
	kept.where = store_path(place, STORE_SETTINGS);
	if (place)
		kept.where = arena_print(arena, "%s:%s", place->name, kept.where);
	read_layers(boot, arena, &settings, &kept, tell);
	arena_guard(arena, NULL);
	boot->settings = settings;
	boot->view.status.language = settings.language;
	boot->view.status.lock = (enum lock_level)settings.lock;
	arena_free(boot->kept.arena);
	kept.changes = boot->kept.changes;
	kept.change = boot->kept.change;
	boot->kept = kept;
	boot->patience_ms = boot->started_ms + settings.wait_ms;
	return true;
}

void keeper_open(struct boot *boot)
{
	size_t size = 0;
	char *bytes = NULL;

	boot->started_ms = clock_ms();
	settings_init(&boot->settings);
	if (efivar_are_there())
		loadervars_read(boot->arena, &boot->settings);
	if (!take(boot, NULL, NULL, 0, complain))
		return;
	if (boot->settings.store != STORE_NONE && efivar_are_there() &&
	    store_read(boot->arena, NULL, STORE_SETTINGS, &bytes, &size) == 0)
		take(boot, NULL, bytes, size, keep_quiet);
	if (boot->settings.attempts && efivar_are_there() &&
	    store_read(boot->arena, NULL, STORE_ATTEMPTS, &bytes, &size) == 0)
		boot->attempts = bytes;
}

/* What others have made of the settings follows them. */
static void settings_changed(struct boot *boot)
{
	watchdog_open(boot);
	devices_sort(boot);
	consoles_open(boot);
	consoles_configure(boot);
	chooser_settings_changed(boot);
}

/* On disks ---------------------------------------------------------------------------------------------- */

static bool is_removable(const struct identity *identity)
{
	struct arena *arena = arena_new(PLACE_MEMORY);
	bool removable = true;
	const char *text;

	if (!arena)
		return removable;
	text = sysfs_read(arena, arena_print(arena, "/sys/class/block/%s/removable",
					     identity->disk ? identity->disk : identity->name));
	removable = text && *text == '1';
	arena_free(arena);
	return removable;
}

bool keeper_may_use(const struct boot *boot, const struct identity *identity)
{
	if (boot->settings.store == STORE_NONE || efivar_are_there())
		return false;
	return boot->settings.store == STORE_ANY ||
	       (!identity->is_usb && !identity->is_optical && !is_removable(identity));
}

/* Of several the first counts, in an order that none of them can change. */
static bool outranks(const struct boot *boot, const struct identity *identity)
{
	static const struct settings no_rules;
	const struct identity *place = boot->kept.place;

	return !place || string_same(place->name, identity->name) ||
	       policy_before(&no_rules, identity, place);
}

/* Is this the store? Says so if it is another one than that which is. */
static bool is_store(struct boot *boot, const struct identity *identity, const char *path)
{
	if (!keeper_may_use(boot, identity))
		return false;
	if (outranks(boot, identity))
		return true;
	boot_log(boot, "%s:%s: ignored, as the settings are in %s", identity->name, path,
		 boot->kept.where);
	return false;
}

static void found_settings(struct boot *boot, const struct identity *identity,
			   const struct found_item *found)
{
	const struct kept *kept = &boot->kept;
	const char *path = store_path(identity, STORE_SETTINGS);
	bool is_ours = kept->place && string_same(kept->place->name, identity->name);

	if ((found->error == ENOENT && !is_ours) || !is_store(boot, identity, path))
		return;
	if (found->error && found->error != ENOENT) {
		boot_log(boot, "%s:%s: read: %s: no settings are taken from it", identity->name, path,
			 strerror(found->error));
		return;
	}
	if (is_ours && kept->size == found->size && kept->bytes &&
	    memcmp(kept->bytes, found->bytes, found->size) == 0)
		return;
	if (boot->kept.changes++ >= CHANGES_MOST) {
		boot_log(boot, "%s:%s: ignored, as it changes again and again", identity->name, path);
		return;
	}
	if (take(boot, identity, found->error ? NULL : found->bytes, found->size, keep_quiet))
		settings_changed(boot);
}

void keeper_found(struct boot *boot, const struct identity *identity,
		  const struct found_item *items)
{
	const struct found_item *attempts = &items[STORE_ATTEMPTS];

	if (items[STORE_SETTINGS].told)
		found_settings(boot, identity, &items[STORE_SETTINGS]);
	if (attempts->told && !attempts->error && !boot->attempts && keeper_may_use(boot, identity) &&
	    outranks(boot, identity)) {
		boot->attempts = arena_copy(boot->arena, attempts->bytes, attempts->size);
		chooser_settings_changed(boot);
	}
}

/* Does the board or the command line say where settings are? Then they are waited for everywhere. */
static bool is_store_named(const struct boot *boot)
{
	return boot->settings.source[settings_find("store") - settings_table] != SETTINGS_BUILT_IN;
}

/* May this disk hold settings that have not come yet, and is it worth the wait? */
static bool is_waited_for(const struct boot *boot, const struct disk *disk,
			  const struct view_device *booted)
{
	const struct identity *identity = &disk->shown->identity;

	if (disk->gone || !(disk->probe || disk->waiting) ||
	    (disk->identified && !store_may_be_on(identity)) || !keeper_may_use(boot, identity))
		return false;
	if (store_has_label(identity))
		return true;
	return clock_ms() < boot->started_ms + PATIENCE_MS &&
	       (is_store_named(boot) ||
		(booted && string_same(identity->disk, booted->identity.disk)));
}

bool keeper_is_settled(const struct boot *boot)
{
	struct view_device *booted = NULL;

	if (boot->settings.store == STORE_NONE || efivar_are_there() ||
	    clock_ms() >= boot->patience_ms)
		return true;
	view_find(&boot->view, boot->loading_id, &booted);
	for (const struct disk *disk = boot->disks; disk; disk = disk->next)
		if (is_waited_for(boot, disk, booted))
			return false;
	return true;
}

int64_t keeper_tick(const struct boot *boot)
{
	int64_t quick = boot->started_ms + PATIENCE_MS;

	return clock_ms() < quick ? quick : boot->patience_ms;
}

/* A change ---------------------------------------------------------------------------------------------- */

enum change_record { CHANGE_FAILED = 1, CHANGE_DONE };

struct change {
	struct boot *boot;
	struct arena *arena;
	const char *name, *value;
	const struct identity *place; /* NULL: UEFI variables */
	bool told;
};

static const char *write_to(struct change *change, const struct volume *volume, struct text *edited)
{
	char *bytes = "";
	size_t size = 0;
	int error = store_read(change->arena, volume, STORE_SETTINGS, &bytes, &size);
	const char *why;

	if (error && error != -ENOENT && error != -EFBIG)
		return arena_print(change->arena, "read: %s", strerror(-error));
	why = settings_edit(change->arena, bytes, error ? 0 : size, change->name, change->value, edited);
	if (why)
		return why;
	error = store_write(change->arena, volume, STORE_SETTINGS, text_end(edited), edited->n);
	return error ? arena_print(change->arena, "write: %s", strerror(-error)) : NULL;
}

/* Returns NULL and the store's new text, or why there is none. */
static const char *carry_out(struct change *change, struct text *edited)
{
	struct volume *volume;
	const char *why;

	if (!change->place)
		return write_to(change, NULL, edited);
	probe_let_write(change->arena, change->place);
	volume = mount_writable(change->arena, change->place, &why);
	if (!volume)
		return why;
	why = write_to(change, volume, edited);
	volume_close(volume);
	return why;
}

static int run_change(void *context, struct channel *channel)
{
	struct change *change = context;
	struct text edited = TEXT(change->arena), failure = TEXT(change->arena);
	const char *why;
	jmp_buf exhausted;

	if (setjmp(exhausted))
		return ENOMEM;
	arena_guard(change->arena, &exhausted);
	why = carry_out(change, &edited);
	pack_string(&failure, why);
	channel_send(channel, why ? CHANGE_FAILED : CHANGE_DONE, why ? &failure : &edited);
	return channel_drain(channel) ? EIO : 0;
}

static bool change_record(void *context, uint32_t type, struct fields *fields)
{
	struct change *change = context;
	struct boot *boot = change->boot;
	size_t size = (size_t)(fields->end - fields->at);
	const char *where = store_path(change->place, STORE_SETTINGS);

	if (change->told || (type != CHANGE_FAILED && type != CHANGE_DONE) || size > SETTINGS_STORE_MOST)
		return false;
	change->told = true;
	if (type == CHANGE_FAILED) {
		status_say(boot, true, "The setting is not kept in %.100s: %.300s", where,
			   unpack_text(fields));
		return true;
	}
	if (take(boot, change->place, fields->at, size, keep_quiet))
		settings_changed(boot); /* which may begin with another default, and has its own to say then */
	status_say(boot, false, "The setting is kept in %.100s.", where);
	return true;
}

static void change_ended(void *context, int status)
{
	struct change *change = context;

	change->boot->kept.change = NULL;
	if (!change->told)
		status_say(change->boot, true, "The setting is not kept: %s",
			   status == CHILD_LEFT ? "the disk does not answer" : "the writer has failed");
	status_send(change->boot);
	arena_free(change->arena);
}

static const struct child_kind change_kind = {
	.name = "baton-settings",
	.run = run_change,
	.record = change_record,
	.ended = change_ended,
	.limit_ms = CHANGE_LIMIT_MS,
};

const struct identity *keeper_place(const struct boot *boot)
{
	if (boot->kept.place)
		return boot->kept.place;
	for (int label = 1; label >= 0; label--)
		for (const struct disk *disk = boot->disks; disk; disk = disk->next)
			if (disk->store[STORE_SETTINGS].told && store_has_label(&disk->shown->identity) == label &&
			    keeper_may_use(boot, &disk->shown->identity))
				return &disk->shown->identity;
	return NULL;
}

static const char *start_change(struct boot *boot, struct change *change, const char *name,
				const char *value, const struct identity *place)
{
	struct text edited = TEXT(change->arena);
	struct identity *copy = NULL;
	const char *why;

	why = settings_edit(change->arena, "", 0, name, value, &edited);
	if (why)
		return why; /* of the arena, but is told before that is freed */
	if (place) {
		copy = arena_make(change->arena, struct identity);
		identity_copy(change->arena, copy, place);
	}
	change->boot = boot;
	change->place = copy;
	change->name = arena_string(change->arena, name);
	change->value = arena_string(change->arena, value);
	boot->kept.change = child_start(&boot->children, &change_kind, change);
	return boot->kept.change ? NULL : "no process can be started to write them";
}

/* Returns NULL once it is under way, or why it is not. */
static const char *change_guarded(struct boot *boot, struct arena *arena, const char *name,
				  const char *value, const struct identity *place)
{
	struct change *change;
	jmp_buf exhausted;
	const char *why;

	if (!arena || setjmp(exhausted))
		return "there is no memory left for that";
	arena_guard(arena, &exhausted);
	change = arena_make(arena, struct change);
	change->arena = arena;
	why = start_change(boot, change, name, value, place);
	arena_guard(arena, NULL);
	return why;
}

/* Returns NULL, or why no setting can be changed now. */
static const char *refuse(const struct boot *boot, const struct identity *place)
{
	if (boot->settings.lock >= LOCK_SETTINGS)
		return "the settings of this machine let nobody change them";
	if (boot->settings.store == STORE_NONE || (!place && !efivar_are_there()))
		return "there is no place for it: no UEFI variables, no partition labelled BATON";
	if (boot->kept.change || boot->leaving.how != LEAVE_NOT)
		return "something else is under way";
	return NULL;
}

void keeper_change(struct boot *boot, const char *name, const char *value)
{
	const struct identity *place = efivar_are_there() ? NULL : keeper_place(boot);
	struct arena *arena = arena_new(SETTINGS_MEMORY);
	const char *why = refuse(boot, place);

	if (!why)
		why = change_guarded(boot, arena, name, value, place);
	if (!why)
		return;
	status_say(boot, true, "The setting is not kept: %.300s", why);
	status_send(boot);
	arena_free(arena);
}
