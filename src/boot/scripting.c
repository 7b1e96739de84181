/*
 * The commands of an entry, for GRUB-like editing: a child with the powers and limits of a probe reads
 * them, and evaluates what a person has made of them (see config/script.h).
 */
#include <errno.h>
#include <setjmp.h>
#include <string.h>

#include "base/text.h"
#include "boot/disk.h"
#include "model/pack.h"

#define SCRIPT_MEMORY ((size_t)64 * 1024 * 1024)
#define SCRIPT_LIMIT_MS 20000
#define SCRIPT_ADDRESS_SPACE ((size_t)512 * 1024 * 1024)

struct scripting {
	struct boot *boot;
	struct arena *arena;
	struct probe_order order;
	struct script script;
	const char *id;
	bool runs; /* commands of a person are evaluated */
	bool told; /* to the menus, what has come of it */
};

static void tell(struct scripting *scripting, const char *text, unsigned line, const char *why)
{
	struct arena *arena = arena_new(SCRIPT_MEMORY);
	struct text fields = TEXT(arena);

	scripting->told = true;
	if (!arena)
		return;
	view_script_pack(&fields, &(struct view_script){ scripting->id, text, why, line });
	consoles_send(scripting->boot, VIEW_SCRIPT, &fields);
	arena_free(arena);
}

/* The entry stays until another one is loaded: what booting it writes is to be found in it. */
static bool boot_entry(struct scripting *scripting, struct fields *fields)
{
	struct boot *boot = scripting->boot;
	struct arena *arena = arena_new(SCRIPT_MEMORY), *record = fields->arena;
	size_t size = (size_t)(fields->end - fields->at);
	struct view_device *device;
	struct config *config;
	struct entry *entry;
	jmp_buf exhausted;

	if (!arena || setjmp(exhausted)) {
		arena_free(arena);
		return false;
	}
	arena_guard(arena, &exhausted);
	fields->at = arena_copy(arena, fields->at, size);
	fields->end = fields->at + size;
	fields->arena = arena;
	config = config_unpack(fields);
	fields->arena = record;
	arena_guard(arena, NULL);
	if (!config || config->entries.n != 1 || !entry_is_bootable(config->entries.at[0]) ||
	    !view_find(&boot->view, scripting->id, &device)) {
		arena_free(arena);
		return false;
	}
	entry = config->entries.at[0];
	entry->id = arena_string(arena, scripting->id);
	tell(scripting, NULL, 0, NULL);
	chooser_boot(boot, entry, device, true);
	boot->scripted = entry;
	boot->scripted_arena = arena;
	return true;
}

static bool take_record(struct scripting *scripting, uint32_t type, struct fields *fields)
{
	const char *text;

	switch (type) {
	case PROBE_SCRIPT:
		text = unpack_text(fields);
		tell(scripting, text, (unsigned)unpack_below(fields, UINT32_MAX), NULL);
		return !fields->bad;
	case PROBE_CONFIG:
		return scripting->runs && boot_entry(scripting, fields);
	case PROBE_NOTE:
		unpack_below(fields, 2);
		text = unpack_string(fields);
		tell(scripting, NULL, 0, text ? text : "there is no file system on it any more");
		return !fields->bad;
	}
	return true; /* what it tells of the device is known */
}

static bool script_record(void *context, uint32_t type, struct fields *fields)
{
	struct scripting *scripting = context;

	if (scripting->told || scripting->boot->leaving.how != LEAVE_NOT)
		return true;
	return take_record(scripting, type, fields);
}

static void script_ended(void *context, int status)
{
	struct scripting *scripting = context;

	scripting->boot->scripting = NULL;
	if (!scripting->told)
		tell(scripting, NULL, 0,
		     status ? "its reader was ended: the disk does not answer, or it takes too much"
			    : "its reader ended without a word");
	arena_free(scripting->arena);
}

static int run_script(void *context, struct channel *channel)
{
	const struct scripting *scripting = context;

	return probe_run(&scripting->order, channel);
}

static const struct child_kind script_kind = {
	.name = "baton-script",
	.run = run_script,
	.record = script_record,
	.ended = script_ended,
	.limit_ms = SCRIPT_LIMIT_MS,
	.memory_limit = SCRIPT_ADDRESS_SPACE,
};

/* What the child needs. It has a copy of the view, of which this borrows, and PID 1 does not look. */
static struct scripting *prepare(struct boot *boot, struct arena *arena, const struct request *request,
				 const struct entry *entry, const struct view_device *device)
{
	struct scripting *scripting = arena_make(arena, struct scripting);

	*scripting = (struct scripting){
		.boot = boot,
		.arena = arena,
		.id = arena_string(arena, request->id),
		.runs = request->text != NULL,
		.script = script_of(view_config(device, entry), entry,
				    arena_string(arena, request->text)),
	};
	probe_order_make(arena, boot, &device->identity, &scripting->order);
	scripting->order.script = &scripting->script;
	return scripting;
}

static void fail(struct boot *boot, const struct request *request, const char *why)
{
	struct scripting none = { .boot = boot, .id = request->id ? request->id : "" };

	tell(&none, NULL, 0, why);
}

void scripting_start(struct boot *boot, const struct request *request)
{
	struct view_device *device;
	const struct entry *entry = view_find(&boot->view, request->id, &device);
	struct arena *arena;
	struct scripting *scripting;
	jmp_buf exhausted;

	if (!entry || boot->scripting) {
		fail(boot, request, entry ? "another one is being read: try again in a moment"
					  : "it is gone with its disk");
		return;
	}
	arena = arena_new(SCRIPT_MEMORY);
	if (!arena || setjmp(exhausted)) {
		arena_free(arena);
		fail(boot, request, "there is no memory left for that");
		return;
	}
	arena_guard(arena, &exhausted);
	scripting = prepare(boot, arena, request, entry, device);
	arena_guard(arena, NULL);
	boot->scripting = child_start(&boot->children, &script_kind, scripting);
	if (boot->scripting)
		return;
	fail(boot, request, "no process can be started to read it: fork failed");
	arena_free(arena);
}
