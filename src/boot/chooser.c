/*
 * What happens when: the phases from the first look at the disks to the jump. Policy says which
 * entry is next; this says when it is loaded and started, and what a person's request changes.
 */
#include <errno.h>
#include <linux/reboot.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "boot/state.h"
#include "kexec/kexec.h"

#define CHOICE_MEMORY ((size_t)16 * 1024 * 1024)
#define PAINT_PATIENCE_MS 2000 /* the countdown does not wait longer for a console to be drawn */
#define RESCAN_FIRST_MS 5000
#define RESCAN_MOST_MS 60000
#define FALLBACK_SHOWN_MS 3000 /* a failure stays to be read so long before the next is booted */

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* Status ----------------------------------------------------------------------------------------------- */

void chooser_status(struct boot *boot)
{
	struct arena *arena = arena_new(CHOICE_MEMORY);
	struct text fields = TEXT(arena);

	if (!arena)
		return;
	view_status_pack(&fields, &boot->view.status);
	consoles_send(boot, VIEW_STATUS, &fields);
	arena_free(arena);
}

static void set_phase(struct boot *boot, enum phase phase)
{
	boot->view.status.phase = phase;
	chooser_status(boot);
}

static void set_message(struct boot *boot, bool failed, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void set_message(struct boot *boot, bool failed, const char *format, ...)
{
	struct status *status = &boot->view.status;
	struct arena *arena = arena_new(CHOICE_MEMORY);
	va_list args;

	if (!arena)
		return;
	va_start(args, format);
	status->message = arena_vprint(arena, format, args);
	va_end(args);
	status->failed = failed;
	arena_free(boot->message_arena);
	boot->message_arena = arena;
	boot_log(boot, "%s", status->message);
}

/* The choice ------------------------------------------------------------------------------------------- */

/* Is the default beyond doubt: has every device that could outrank it been read? */
static bool is_certain(const struct boot *boot)
{
	for (struct view_device *d = boot->view.devices; d; d = d->next) {
		if (!device_is_settled(boot, d))
			return false;
		if (d == boot->decision.device)
			return true;
	}
	return true;
}

static bool all_settled(const struct boot *boot)
{
	for (struct view_device *d = boot->view.devices; d; d = d->next)
		if (!device_is_settled(boot, d))
			return false;
	return true;
}

/*
 * Entries come and go with their devices: boot->decision is good until the next device changes,
 * and what is kept for longer is kept by value.
 */
static void decide(struct boot *boot)
{
	struct arena *arena = arena_new(CHOICE_MEMORY);
	struct status *status = &boot->view.status;
	jmp_buf exhausted;

	if (!arena)
		return;
	if (setjmp(exhausted)) {
		boot->decision = (struct decision){ 0 };
		arena_free(arena);
		return;
	}
	arena_guard(arena, &exhausted);
	policy_decide(arena, &boot->view, &boot->settings, &boot->failures, &boot->decision);
	status->default_id = boot->decision.entry
				     ? arena_string(arena, boot->decision.entry->id)
				     : NULL;
	status->default_why = arena_string(arena, boot->decision.why);
	arena_guard(arena, NULL);
	arena_free(boot->choice_arena);
	boot->choice_arena = arena;
}

static void load(struct boot *boot, const struct entry *entry, const struct view_device *device,
		 const char *cmdline)
{
	struct arena *arena = arena_new(CHOICE_MEMORY);

	boot->loaded = false;
	boot->edited = cmdline != NULL;
	if (!arena) {
		chooser_loaded(boot, "no memory is left for loading");
		return;
	}
	boot->loading_id = arena_string(arena, entry->id);
	boot->loading_cmdline =
		cmdline ? arena_print(arena, "%s%s%s", entry->boot_image ? entry->boot_image : "",
				      entry->boot_image && *cmdline ? " " : "", cmdline)
			: arena_string(arena, entry_full_cmdline(arena, entry));
	arena_free(boot->loading_arena);
	boot->loading_arena = arena;
	boot->view.status.booting_id = boot->loading_id;
	loader_start(boot, entry, device, boot->loading_cmdline);
}

/* Begin with the default: load it while the countdown runs, so that its end costs only the jump. */
static void begin_default(struct boot *boot)
{
	struct status *status = &boot->view.status;

	boot->decided = true;
	boot->decided_ms = clock_ms();
	boot_log(boot, "default: \"%s\" because %s", boot->decision.entry->title,
		 boot->decision.why);
	if (boot->held || boot->decision.timeout_ms < 0) {
		set_phase(boot, PHASE_MENU);
		return;
	}
	status->phase = PHASE_COUNTDOWN;
	status->deadline_ms = boot->decided_ms + boot->decision.timeout_ms;
	boot->counting = boot->painted || boot->decision.timeout_ms == 0;
	load(boot, boot->decision.entry, boot->decision.device, NULL);
	chooser_status(boot);
}

static void default_is_gone(struct boot *boot)
{
	if (boot->view.status.phase == PHASE_COUNTDOWN)
		boot->view.status.phase = PHASE_SCANNING;
	boot->decided = false;
	boot->loaded = false;
	boot->loading_id = NULL;
	boot->view.status.booting_id = NULL;
	loader_stop(boot);
	kexec_unload();
}

/* Nothing can be booted: look again now and then, less and less often. */
static void begin_rescans(struct boot *boot)
{
	boot->found_nothing = true;
	if (!boot->rescan_delay_ms)
		boot->rescan_delay_ms = RESCAN_FIRST_MS;
	boot->rescan_ms = clock_ms() + boot->rescan_delay_ms;
}

/* Say once that there is nothing, until there is something. */
static void nothing_found(struct boot *boot)
{
	if (boot->found_nothing)
		return;
	begin_rescans(boot);
	set_message(boot, true, "No system that can be booted was found on the disks. Attach one, or "
				"press r to look again.");
}

void chooser_update(struct boot *boot)
{
	struct status *status = &boot->view.status;
	char was[32] = "";

	if (status->phase == PHASE_BOOTING || (status->phase == PHASE_LOADING && boot->held))
		return;
	if (status->default_id)
		snprintf(was, sizeof was, "%s", status->default_id);
	decide(boot);
	if (boot->decided && (!boot->decision.entry || strcmp(was, boot->decision.entry->id)))
		default_is_gone(boot); /* or one that outranks it has come */
	if (boot->decision.entry && boot->found_nothing) {
		boot->found_nothing = false;
		status->message = NULL;
	}
	if (!boot->decided && boot->decision.entry && is_certain(boot))
		begin_default(boot);
	else if (!boot->decision.entry && all_settled(boot))
		nothing_found(boot);
	chooser_status(boot);
}

/* Loading and jumping --------------------------------------------------------------------------------- */

static void jump(struct boot *boot)
{
	const struct entry *entry = view_find(&boot->view, boot->loading_id, NULL);
	int error;

	set_phase(boot, PHASE_BOOTING);
	boot_trace(boot, "jump");
	consoles_quit(boot);
	sync();
	error = kexec_jump();
	/* still here: the machine lives, so tell why and show the menu again */
	boot->loaded = false;
	boot->held = true;
	consoles_open(boot);
	set_message(boot, true, "\"%s\" was loaded, but the jump to it failed: %s",
		    entry ? entry->title : "the system", strerror(-error));
	set_phase(boot, PHASE_MENU);
}

/* The entry can't be loaded: what next depends on whether a person chose it. */
static void load_failed(struct boot *boot, const char *why)
{
	const struct entry *entry = view_find(&boot->view, boot->loading_id, NULL);
	bool chosen = boot->view.status.phase == PHASE_LOADING && boot->held;
	int64_t deadline = boot->view.status.deadline_ms;

	set_message(boot, true, "\"%s\" can't be booted: %s", entry ? entry->title : "it", why);
	boot->view.status.booting_id = NULL;
	if (chosen) {
		boot->loading_id = NULL;
		decide(boot); /* devices may have changed while it was loading */
		set_phase(boot, PHASE_MENU);
		return;
	}
	vec_push(boot->arena, &boot->failures.ids) = arena_string(boot->arena, boot->loading_id);
	boot->loading_id = NULL;
	boot->decided = false;
	boot->view.status.phase = PHASE_SCANNING;
	decide(boot);
	if (boot->decision.entry && is_certain(boot)) {
		boot->decision.timeout_ms = later(deadline - clock_ms(), FALLBACK_SHOWN_MS);
		begin_default(boot);
		return;
	}
	if (!boot->decision.entry)
		begin_rescans(boot);
	set_phase(boot, PHASE_MENU);
}

void chooser_loaded(struct boot *boot, const char *why)
{
	if (why) {
		load_failed(boot, why);
		return;
	}
	boot->loaded = true;
	boot_trace(boot, "loaded");
	if (boot->view.status.phase == PHASE_LOADING)
		jump(boot);
}

/* The person or the clock says now. */
static void boot_now(struct boot *boot)
{
	if (boot->loaded)
		jump(boot);
	else
		set_phase(boot, PHASE_LOADING);
}

/* Requests -------------------------------------------------------------------------------------------- */

static void hold(struct boot *boot)
{
	boot->held = true;
	if (boot->view.status.phase == PHASE_COUNTDOWN)
		set_phase(boot, PHASE_MENU);
}

static void request_boot(struct boot *boot, const char *id, const char *cmdline)
{
	struct view_device *device;
	struct entry *entry = view_find(&boot->view, id, &device);
	bool ready = !cmdline && string_same(id, boot->loading_id) && !boot->edited;

	if (boot->view.status.phase == PHASE_BOOTING)
		return;
	boot->held = true;
	if (!entry || !entry_is_bootable(entry)) {
		set_message(boot, true, "%s: %s", entry ? entry->title : "This entry",
			    !entry ? "it is gone with its disk"
			    : entry->reason ? entry->reason : "not something that kexec can start");
		set_phase(boot, PHASE_MENU);
		return;
	}
	if (ready && (boot->loaded || boot->loader)) {
		boot_now(boot);
		return;
	}
	set_message(boot, false, "Loading \"%s\"", entry->title);
	set_phase(boot, PHASE_LOADING);
	load(boot, entry, device, cmdline);
}

static _Noreturn void leave(struct boot *boot, int how)
{
	consoles_quit(boot);
	sync();
	reboot(how);
	rescue(how == LINUX_REBOOT_CMD_POWER_OFF ? "The machine can't be powered off."
						 : "The machine can't be rebooted.");
}

static void request_firmware(struct boot *boot)
{
	int error = firmware_ask_setup();

	if (!error)
		leave(boot, LINUX_REBOOT_CMD_RESTART);
	set_message(boot, true, "The firmware can't be asked for its setup: OsIndications: %s",
		    strerror(-error));
	chooser_status(boot);
}

void chooser_request(struct boot *boot, enum view_request request, const char *id,
		     const char *cmdline)
{
	switch (request) {
	case REQUEST_HOLD:
		hold(boot);
		return;
	case REQUEST_PAINTED:
		if (!boot->painted)
			boot_trace(boot, "menu");
		boot->painted = true;
		return;
	case REQUEST_BOOT:
		request_boot(boot, id, cmdline);
		return;
	case REQUEST_RESCAN:
		boot->failures.ids.n = 0;
		boot->found_nothing = false;
		boot->view.status.message = NULL;
		devices_rescan(boot);
		chooser_update(boot);
		return;
	case REQUEST_REBOOT:
		leave(boot, LINUX_REBOOT_CMD_RESTART);
		return;
	case REQUEST_POWEROFF:
		leave(boot, LINUX_REBOOT_CMD_POWER_OFF);
		return;
	case REQUEST_FIRMWARE:
		request_firmware(boot);
		return;
	}
}

/* Time ------------------------------------------------------------------------------------------------ */

/* With nothing to boot, disks are read anew now and then: one may only have been slow. */
static int64_t rescan_tick(struct boot *boot)
{
	if (!boot->found_nothing || boot->held || !all_settled(boot))
		return -1;
	if (clock_ms() < boot->rescan_ms)
		return boot->rescan_ms;
	boot->rescan_delay_ms *= 2;
	if (boot->rescan_delay_ms > RESCAN_MOST_MS)
		boot->rescan_delay_ms = RESCAN_MOST_MS;
	boot->rescan_ms = clock_ms() + boot->rescan_delay_ms;
	boot->failures.ids.n = 0; /* what could not be loaded may be whole now */
	devices_rescan(boot);
	return boot->rescan_ms;
}

int64_t chooser_tick(struct boot *boot)
{
	struct status *status = &boot->view.status;
	int64_t now = clock_ms(), patience = boot->decided_ms + PAINT_PATIENCE_MS;

	if (status->phase != PHASE_COUNTDOWN)
		return rescan_tick(boot);
	if (!boot->counting) {
		if (!boot->painted && now < patience)
			return patience;
		boot->counting = true; /* seconds that nobody could see don't count */
		status->deadline_ms += now - boot->decided_ms;
		chooser_status(boot);
	}
	if (now < status->deadline_ms)
		return status->deadline_ms;
	boot_now(boot);
	return -1;
}
