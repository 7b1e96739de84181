#include "model/view.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "model/pack.h"

#define DEVICE_MEMORY ((size_t)64 * 1024 * 1024) /* of one device's entries, at most */
#define LOG_MOST 500                             /* lines that a menu keeps */

void view_device_pack(struct text *fields, const struct view_device *device, const char *before)
{
	size_t shown = 0;

	pack_string(fields, before);
	identity_pack(fields, &device->identity);
	pack_number(fields, device->state);
	pack_string(fields, device->note);
	for (size_t i = 0; i < device->configs.n; i++)
		shown += !device->configs.at[i]->duplicate;
	pack_number(fields, shown);
	for (size_t i = 0; i < device->configs.n; i++)
		if (!device->configs.at[i]->duplicate)
			config_pack(fields, device->configs.at[i], false);
}

static const struct shape status_shape = { sizeof(struct status), (const struct member[]){
#define M(kind, name, ...) MEMBER(kind, struct status, name, __VA_ARGS__)
	M(NUMBER, phase, .below = PHASE_BOOTING + 1),
	M(NUMBER, deadline_ms),
	M(STRING, default_id),
	M(STRING, default_why),
	M(STRING, booting_id),
	M(STRING, message),
	M(NUMBER, failed, .below = 2),
	M(STRING, language),
	M(STRING, way),
	M(STRING, way_multiboot),
	M(STRING, consoles),
	M(NUMBER, lock, .below = LOCK_SETTINGS + 1),
	M(NUMBER, can_firmware, .below = 2),
	M(NUMBER, is_guest, .below = 2),
	M(NUMBER, hidden, .below = 2),
	{ .kind = END },
#undef M
} };

void view_status_pack(struct text *fields, const struct status *status)
{
	pack_struct(fields, &status_shape, status, false);
}

static struct view_device **find_device(struct view *view, const char *name)
{
	struct view_device **at = &view->devices;

	while (*at && !string_same((*at)->identity.name, name))
		at = &(*at)->next;
	return at;
}

static void remove_device(struct view *view, const char *name)
{
	struct view_device **at = find_device(view, name), *gone = *at;

	if (!gone)
		return;
	*at = gone->next;
	arena_free(gone->arena);
}

/* The device lives in the arena that its record was received into. */
static int apply_device(struct view *view, struct fields *fields)
{
	struct view_device *device = arena_make(fields->arena, struct view_device), **at;
	const char *before = unpack_string(fields);

	identity_unpack(fields, &device->identity);
	device->state = (enum probe_state)unpack_below(fields, PROBE_FAILED + 1);
	device->note = unpack_string(fields);
	UNPACK_LIST(fields, &device->configs, config_unpack(fields));
	if (fields->bad)
		return -EBADMSG;
	device->arena = fields->arena;
	remove_device(view, device->identity.name);
	at = find_device(view, before);
	device->next = *at;
	*at = device;
	return 1;
}

static int apply_status(struct view *view, struct fields *fields)
{
	struct status status = { 0 };

	unpack_struct(fields, &status_shape, &status);
	if (fields->bad)
		return -EBADMSG;
	arena_free(view->status_arena);
	view->status_arena = fields->arena;
	view->status = status;
	return 1;
}

void view_script_pack(struct text *fields, const struct view_script *script)
{
	pack_string(fields, script->id);
	pack_string(fields, script->text);
	pack_string(fields, script->why);
	pack_number(fields, script->line);
}

static int apply_script(struct view *view, struct fields *fields)
{
	struct view_script script = { .id = unpack_text(fields) };

	script.text = unpack_string(fields);
	script.why = unpack_string(fields);
	script.line = (unsigned)unpack_below(fields, UINT32_MAX);
	if (fields->bad)
		return -EBADMSG;
	arena_free(view->script_arena);
	view->script_arena = fields->arena;
	view->script = script;
	view->scripts++;
	return 1;
}

void view_settings_pack(struct text *fields, const struct settings *settings)
{
	struct text value = TEXT(fields->arena);

	pack_number(fields, SETTINGS_COUNT);
	for (size_t i = 0; i < SETTINGS_COUNT; i++) {
		text_cut(&value, 0);
		settings_show(&value, settings, &settings_table[i]);
		pack_string(fields, text_end(&value));
		pack_number(fields, settings->source[i]);
	}
}

static struct view_setting setting_unpack(struct fields *fields)
{
	struct view_setting setting;

	setting.value = unpack_text(fields);
	setting.source = (enum settings_source)unpack_below(fields, SETTINGS_CMDLINE + 1);
	return setting;
}

static int apply_settings(struct view *view, struct fields *fields)
{
	struct view got = { .settings_arena = fields->arena };

	UNPACK_LIST(fields, &got.settings, setting_unpack(fields));
	if (fields->bad)
		return -EBADMSG;
	arena_free(view->settings_arena);
	view->settings.at = got.settings.at;
	view->settings.n = got.settings.n;
	view->settings_arena = got.settings_arena;
	return 1;
}

/* Lines are few and short; when there are too many, the older half goes with its arena. */
static int apply_log(struct view *view, struct fields *fields)
{
	const char *line = unpack_text(fields);
	struct arena *arena = view->log_arena;
	size_t first = 0, n = view->log.n;
	const char **old = view->log.at;

	if (fields->bad)
		return -EBADMSG;
	if (!arena || n >= LOG_MOST) {
		first = n / 2;
		view->log_arena = arena_new(DEVICE_MEMORY);
		if (!view->log_arena) {
			view->log_arena = arena;
			return -ENOMEM;
		}
		view->log.at = NULL;
		view->log.n = view->log.room = 0;
		for (size_t i = first; i < n; i++)
			vec_push(view->log_arena, &view->log) = arena_string(view->log_arena, old[i]);
		arena_free(arena);
	}
	vec_push(view->log_arena, &view->log) = arena_string(view->log_arena, line);
	return 0;
}

static int apply(struct view *view, uint32_t type, struct fields *fields)
{
	const char *name;

	switch (type) {
	case VIEW_DEVICE:
		return apply_device(view, fields);
	case VIEW_STATUS:
		return apply_status(view, fields);
	case VIEW_GONE:
		name = unpack_text(fields);
		if (fields->bad)
			return -EBADMSG;
		remove_device(view, name);
		return 0;
	case VIEW_LOG:
		return apply_log(view, fields);
	case VIEW_SETTINGS:
		return apply_settings(view, fields);
	case VIEW_SCRIPT:
		return apply_script(view, fields);
	case VIEW_QUIT:
		view->quit = true;
		return 0;
	}
	return -EBADMSG;
}

/* Take one record: 1 if there was one, 0 if not, or -errno. */
static int receive_one(struct view *view, struct channel *channel)
{
	struct arena *arena = arena_new(DEVICE_MEMORY);
	struct fields fields;
	uint32_t type;
	jmp_buf exhausted;
	int result;

	if (!arena)
		return -ENOMEM;
	if (setjmp(exhausted)) {
		arena_free(arena);
		return -ENOMEM;
	}
	arena_guard(arena, &exhausted);
	result = channel_receive(channel, arena, &type, &fields);
	if (result <= 0) {
		arena_free(arena);
		return result;
	}
	result = apply(view, type, &fields);
	arena_guard(arena, NULL);
	if (result <= 0) /* nobody kept it */
		arena_free(arena);
	return result < 0 ? result : 1;
}

int view_receive(struct view *view, struct channel *channel)
{
	int changed = 0;

	for (;;) {
		int result = receive_one(view, channel);

		if (result <= 0)
			return result ? result : changed;
		changed = 1;
	}
}

void view_free(struct view *view)
{
	while (view->devices)
		remove_device(view, view->devices->identity.name);
	arena_free(view->status_arena);
	arena_free(view->log_arena);
	arena_free(view->settings_arena);
	arena_free(view->script_arena);
	*view = (struct view){ 0 };
}

static bool is_elsewhere(const struct view_device *device, const struct config *config)
{
	for (size_t i = 0; i < config->entries.n; i++) {
		const char *kernel = config->entries.at[i]->kernel.device;

		if (kernel && !string_same(kernel, device->identity.name))
			return true;
	}
	return false;
}

static bool same_list(const struct config *a, const char *a_device, const struct config *b,
		      const char *b_device)
{
	if (a->entries.n != b->entries.n)
		return false;
	for (size_t i = 0; i < a->entries.n; i++) {
		const struct entry *one = a->entries.at[i], *other = b->entries.at[i];

		if (!entry_same(one, a_device, other, b_device) &&
		    (one->kernel.path || other->kernel.path || !string_same(one->title, other->title)))
			return false;
	}
	return true;
}

/*
 * Is it the extended boot loader partition's part of a menu that an EFI system partition shows whole:
 * systemd-boot's, of entries and images, or GRUB's, of entries (blscfg)?
 */
static bool is_included(const struct view *view, const struct view_device *device,
			const struct config *config)
{
	bool entries = string_same(config->format, "bls");

	if (!entries && !string_same(config->format, "uki"))
		return false;
	for (const struct view_device *d = view->devices; d; d = d->next)
		for (size_t c = 0; d != device && c < d->configs.n; c++)
			if (d->configs.at[c]->includes &&
			    (entries || string_same(d->configs.at[c]->format, "bls")) &&
			    string_same(d->configs.at[c]->includes, device->identity.name))
				return true;
	return false;
}

static bool is_duplicate(const struct view *view, const struct view_device *device,
			 const struct config *config)
{
	if (is_included(view, device, config))
		return true;
	if (!is_elsewhere(device, config))
		return false;
	for (const struct view_device *d = view->devices; d; d = d->next)
		for (size_t c = 0; d != device && c < d->configs.n; c++)
			if (!is_elsewhere(d, d->configs.at[c]) &&
			    !is_included(view, d, d->configs.at[c]) &&
			    same_list(config, device->identity.name, d->configs.at[c],
				      d->identity.name))
				return true;
	return false;
}

void view_find_duplicates(struct view *view,
			  void (*changed)(void *context, struct view_device *device), void *context)
{
	for (struct view_device *d = view->devices; d; d = d->next) {
		bool news = false;

		for (size_t c = 0; c < d->configs.n; c++) {
			bool was = d->configs.at[c]->duplicate;

			d->configs.at[c]->duplicate = is_duplicate(view, d, d->configs.at[c]);
			news |= was != d->configs.at[c]->duplicate;
		}
		if (news && changed)
			changed(context, d);
	}
}

/* What ids are made of: see config_name_ids(), and who calls it. */
static const char *lasting_name(const struct identity *id)
{
	return id->uuid ? id->uuid : id->partuuid ? id->partuuid : id->name;
}

static void number_entry(const struct view_device *device, struct entry *entry)
{
	char number[12] = "";
	size_t most = ENTRY_ID_MOST - sizeof number, plain = strcspn(entry->id, "-");
	int n = (int)(plain < most ? plain : most);
	char *id = (char *)entry->id; /* with room from an earlier time: disks may come and go often */

	if (device->clone)
		snprintf(number, sizeof number, "-%u", device->clone);
	if (!device->numbered)
		id = arena_print(device->arena, "%.*s%*s", n, entry->id, (int)sizeof number, "");
	strcpy(id + n, number);
	entry->id = id;
}

static void number_entries(struct view_device *device)
{
	for (size_t c = 0; c < device->configs.n; c++)
		for (size_t e = 0; e < device->configs.at[c]->entries.n; e++)
			number_entry(device, device->configs.at[c]->entries.at[e]);
	device->numbered = true;
}

void view_number_clones(struct view *view,
			void (*changed)(void *context, struct view_device *device), void *context)
{
	for (struct view_device *d = view->devices; d; d = d->next) {
		unsigned clone = 0;

		for (const struct view_device *before = view->devices; before != d; before = before->next)
			clone += string_same(lasting_name(&before->identity), lasting_name(&d->identity));
		if (clone == d->clone)
			continue;
		d->clone = clone;
		number_entries(d);
		if (changed)
			changed(context, d);
	}
}

const char view_nothing_found[] = "No system that can be booted was found on the disks.";

struct entry *view_find(const struct view *view, const char *id, struct view_device **device)
{
	for (struct view_device *d = view->devices; d && id; d = d->next)
		for (size_t c = 0; c < d->configs.n; c++)
			for (size_t e = 0; e < d->configs.at[c]->entries.n; e++) {
				struct entry *entry = d->configs.at[c]->entries.at[e];

				if (!string_same(entry->id, id))
					continue;
				if (device)
					*device = d;
				return entry;
			}
	return NULL;
}

const struct config *view_config(const struct view_device *device, const struct entry *entry)
{
	for (size_t c = 0; c < device->configs.n; c++)
		for (size_t e = 0; e < device->configs.at[c]->entries.n; e++)
			if (device->configs.at[c]->entries.at[e] == entry)
				return device->configs.at[c];
	return NULL;
}

int request_send(struct channel *channel, const struct request *request)
{
	struct arena *arena = arena_new(RECORD_MAX);
	struct text fields = TEXT(arena);
	int error;

	if (!arena)
		return -ENOMEM;
	pack_string(&fields, request->id);
	pack_string(&fields, request->text);
	pack_string(&fields, request->user);
	pack_string(&fields, request->password);
	error = channel_send(channel, request->what, &fields);
	arena_free(arena);
	return error;
}

void request_unpack(uint32_t type, struct fields *fields, struct request *request)
{
	request->what = (enum view_request)type;
	request->id = unpack_string(fields);
	request->text = unpack_string(fields);
	request->user = unpack_string(fields);
	request->password = unpack_string(fields);
}
