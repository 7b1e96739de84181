/*
 * What happens when: the phases from the first look at the disks to the jump. Policy says which
 * entry is next; this says when it is loaded and started.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "boot/state.h"
#include "kexec/kexec.h"
#include "model/attempts.h"

#define CHOICE_MEMORY ((size_t)16 * 1024 * 1024)
#define LOADING_MEMORY ((size_t)64 * 1024 * 1024) /* many times what one record can hold */
#define PAINT_PATIENCE_MS 2000 /* the countdown does not wait longer for a console to be drawn */
#define RESCAN_FIRST_MS 5000
#define RESCAN_MOST_MS 60000
#define RESCANS_AT_END 3
#define QUIET_PART 3 /* a third of the wait is enough without a new disk */
#define FALLBACK_SHOWN_MS 3000 /* a failure stays to be read so long before the next is booted */

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* The choice ------------------------------------------------------------------------------------------- */

static bool all_settled(const struct boot *boot)
{
	for (struct view_device *d = boot->view.devices; d; d = d->next)
		if (!device_is_settled(boot, d))
			return false;
	return true;
}

static bool is_settled(const void *boot, const struct view_device *device)
{
	return device_is_settled(boot, device);
}

/*
 * Until when it is waited for what the settings name and could outrank the default. Once all disks
 * have answered and no other comes, it is more likely gone than late.
 */
static int64_t patience(const struct boot *boot)
{
	int64_t quiet = boot->arrived_ms + boot->settings.wait_ms / QUIET_PART;

	return quiet < boot->patience_ms && all_settled(boot) ? quiet : boot->patience_ms;
}

/*
 * Is the default beyond doubt, or has there been time enough for what could outrank it? A disk that
 * comes and goes, or one that never answers, can't delay it for ever.
 */
static bool is_certain(const struct boot *boot)
{
	return clock_ms() >= patience(boot) ||
	       !policy_may_change(&boot->view, &boot->settings, &boot->decision, is_settled, boot);
}

/* What has failed in this start, and what was started too often without success before. */
static void pass_over(const struct boot *boot, struct arena *arena, struct failures *passed)
{
	for (size_t i = 0; i < boot->failures.list.n; i++)
		vec_push(arena, &passed->list) = boot->failures.list.at[i];
	if (!boot->settings.attempts || !boot->attempts)
		return;
	for (const char *line = boot->attempts; *line; line += line[strcspn(line, "\n")] != 0) {
		const char *id = arena_copy(arena, line, strcspn(line, " \n"));
		unsigned count = attempts_count(boot->attempts, id);

		line += strcspn(line, "\n");
		if (count >= boot->settings.attempts)
			vec_push(arena, &passed->list) = (struct failure){
				id, arena_print(arena, "was started %u times and never confirmed", count)
			};
	}
}

/*
 * Entries come and go with their devices: boot->decision is good until the next device changes,
 * and what is kept for longer is kept by value.
 */
static void decide(struct boot *boot)
{
	struct failures passed = { 0 };
	struct arena *arena = arena_new(CHOICE_MEMORY);
	struct status *status = &boot->view.status;
	jmp_buf exhausted;

	if (!arena)
		return;
	status->default_id = status->default_why = NULL;
	if (setjmp(exhausted)) {
		boot->decision = (struct decision){ 0 };
		status->default_id = status->default_why = NULL;
		arena_free(arena);
		return;
	}
	arena_guard(arena, &exhausted);
	pass_over(boot, arena, &passed);
	policy_decide(arena, &boot->view, &boot->settings, &passed, &boot->decision);
	if (boot->decision.entry)
		status->default_id = arena_string(arena, boot->decision.entry->id);
	status->default_why = boot->decision.why; /* in the arena, too */
	arena_guard(arena, NULL);
	arena_free(boot->choice_arena);
	boot->choice_arena = arena;
}

static void forget_load(struct boot *boot)
{
	boot->loaded = false;
	boot->loading_id = boot->loading_cmdline = boot->loading_essence = NULL;
	boot->view.status.booting_id = NULL;
}

static void load(struct boot *boot, const struct entry *entry, const struct view_device *device,
		 bool edited)
{
	struct arena *arena = arena_new(LOADING_MEMORY);

	forget_load(boot);
	boot->edited = edited;
	arena_free(boot->scripted_arena);
	boot->scripted_arena = NULL;
	boot->scripted = NULL;
	if (!arena) {
		loader_stop(boot);
		boot->not_started = "no memory is left for loading";
		return;
	}
	boot->loading_id = arena_string(arena, entry->id);
	boot->loading_essence = entry_essence(arena, entry, device->identity.name);
	boot->loading_cmdline = arena_string(arena, entry_full_cmdline(arena, entry));
	arena_free(boot->loading_arena);
	boot->loading_arena = arena;
	boot->view.status.booting_id = boot->loading_id;
	loader_start(boot, entry, device, boot->loading_cmdline);
}

/* Does the entry still say what it said when it was loaded? Its config may have been read again. */
static bool is_as_loaded(const struct boot *boot)
{
	struct view_device *device;
	struct entry *entry = view_find(&boot->view, boot->loading_id, &device);
	struct arena *arena = arena_new(LOADING_MEMORY);
	bool same = arena && entry &&
		    string_same(entry_essence(arena, entry, device->identity.name),
				boot->loading_essence);

	arena_free(arena);
	return same;
}

/* Is this entry, as its config says it, loaded or being loaded? */
static bool is_on_its_way(const struct boot *boot, const char *id)
{
	return string_same(id, boot->loading_id) && !boot->edited && is_as_loaded(boot) &&
	       (boot->loaded || boot->loader);
}

/* Begin with the default: load it while the countdown runs, so that its end costs only the jump. */
static void begin_default(struct boot *boot)
{
	struct status *status = &boot->view.status;
	bool locked;

	boot->decided = true;
	if (!status->failed)
		status->message = NULL; /* what it waited for is over */
	boot->decided_ms = clock_ms();
	if (!boot->last_ms)
		boot->last_ms = boot->decided_ms + later(boot->decision.timeout_ms, 0) +
				boot->settings.wait_ms;
	boot_trace(boot, "default");
	boot_log(boot, "default: \"%s\" because %s", boot->decision.entry->title,
		 boot->decision.why);
	/* As GRUB would, unless who set the machine up named it. */
	locked = boot->decision.entry->users && boot->decision.authority != BY_COMMAND_LINE &&
		 boot->decision.authority != BY_SETTINGS;
	if (locked)
		status_say(boot, false, "The default takes a password: choose it and log in.");
	if (boot->held || locked || boot->decision.timeout_ms < 0) {
		status_phase(boot, PHASE_MENU);
		return;
	}
	status->phase = PHASE_COUNTDOWN;
	status->hidden = boot->decision.hidden && !status->message;
	status->deadline_ms = boot->decided_ms + boot->decision.timeout_ms;
	boot->counting = boot->painted || boot->decision.timeout_ms == 0;
	boot->chosen = false;
	if (!is_on_its_way(boot, boot->decision.entry->id))
		load(boot, boot->decision.entry, boot->decision.device, false);
	status_send(boot);
}

static void default_is_gone(struct boot *boot)
{
	enum phase phase = boot->view.status.phase;

	if (phase == PHASE_COUNTDOWN || phase == PHASE_LOADING)
		boot->view.status.phase = PHASE_SCANNING;
	boot->decided = boot->view.status.hidden = false;
	forget_load(boot);
	loader_stop(boot);
	kexec_unload(); /* only to free its memory: nothing is jumped to that is not .loaded */
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
	boot->last_ms = 0; /* what comes from now on is something new, and has its whole countdown */
	begin_rescans(boot);
	status_say(boot, true, "%s", view_nothing_found);
}

/*
 * Devices that come and go have taken too long: what is on its way stays, unless it is gone itself.
 */
static bool is_final(const struct boot *boot)
{
	enum phase phase = boot->view.status.phase;

	return boot->last_ms && clock_ms() >= boot->last_ms && is_as_loaded(boot) &&
	       (phase == PHASE_COUNTDOWN || phase == PHASE_LOADING);
}

/* The default is there, but something that would outrank it may be coming: say what keeps it. */
static void wait_for_better(struct boot *boot)
{
	if (all_settled(boot) && !boot->view.status.message)
		status_say(boot, false, "Waiting up to %lld s for what the settings name",
			   (long long)(later(patience(boot) - clock_ms(), 0) / 1000 + 1));
}

void chooser_update(struct boot *boot)
{
	struct status *status = &boot->view.status;
	char was[ENTRY_ID_MOST] = "";

	/* Once a person has chosen, boot->decision is made anew only if that fails. */
	if (boot->leaving.how != LEAVE_NOT || (status->phase == PHASE_LOADING && boot->chosen) ||
	    is_final(boot))
		return;
	if (status->default_id)
		snprintf(was, sizeof was, "%s", status->default_id);
	decide(boot);
	if (boot->decided && (!boot->decision.entry || strcmp(was, boot->decision.entry->id) ||
			      (boot->loading_id && !is_as_loaded(boot))))
		default_is_gone(boot); /* or is another one, or one that outranks it has come */
	if (boot->decision.entry && boot->found_nothing) {
		boot->found_nothing = false;
		status->message = NULL;
	}
	if (boot->last_ms && boot->decision.timeout_ms > 0)
		boot->decision.timeout_ms =
			sooner(boot->decision.timeout_ms, later(boot->last_ms - clock_ms(), 0));
	if (!boot->decided && boot->decision.entry && is_certain(boot))
		begin_default(boot);
	else if (!boot->decided && boot->decision.entry)
		wait_for_better(boot);
	else if (!boot->decision.entry && all_settled(boot))
		nothing_found(boot);
	status_send(boot);
}

void chooser_settings_changed(struct boot *boot)
{
	struct status *status = &boot->view.status;

	if (boot->decided && !boot->held &&
	    (status->phase == PHASE_COUNTDOWN || status->phase == PHASE_MENU)) {
		boot->decided = status->hidden = false;
		boot->last_ms = 0;
		status->phase = PHASE_SCANNING;
	}
	chooser_update(boot);
}

/* Loading and jumping --------------------------------------------------------------------------------- */

static void forget_failures(struct boot *boot)
{
	arena_free(boot->failures_arena);
	boot->failures_arena = NULL;
	boot->failures = (struct failures){ 0 };
	boot->attempts = ""; /* also of those that a disk tells anew */
}

/* False: there is no memory to remember it, so it would be tried again and again. */
static bool remember_failure(struct boot *boot, const char *id)
{
	if (!boot->failures_arena)
		boot->failures_arena = arena_new(CHOICE_MEMORY);
	if (!boot->failures_arena)
		return false;
	vec_push(boot->failures_arena, &boot->failures.list) =
		(struct failure){ arena_string(boot->failures_arena, id), "failed" };
	return true;
}

/* The default can't be started: count down to the next candidate, or look for one now and then. */
static void try_next(struct boot *boot, const char *failed_id)
{
	int64_t deadline = boot->view.status.deadline_ms;
	bool remembered = remember_failure(boot, failed_id);

	boot->decided = boot->view.status.hidden = false;
	boot->view.status.phase = PHASE_SCANNING;
	decide(boot);
	if (remembered && boot->decision.entry && is_certain(boot)) {
		boot->decision.timeout_ms = later(deadline - clock_ms(), FALLBACK_SHOWN_MS);
		begin_default(boot);
		return;
	}
	if (!remembered)
		boot->decision = (struct decision){ 0 };
	if (!boot->decision.entry)
		begin_rescans(boot);
	status_phase(boot, boot->held ? PHASE_MENU : PHASE_SCANNING); /* it may yet find something */
}

/* The entry can't be started: what next depends on whether a person chose it. */
static void load_failed(struct boot *boot, const char *why)
{
	const struct entry *entry = view_find(&boot->view, boot->loading_id, NULL);
	char id[ENTRY_ID_MOST];

	status_say(boot, true, "\"%.100s\" can't be booted: %s", entry ? entry->title : "It", why);
	snprintf(id, sizeof id, "%s", boot->loading_id ? boot->loading_id : "");
	forget_load(boot);
	if (!boot->chosen) {
		try_next(boot, id);
		return;
	}
	decide(boot); /* devices may have changed while it was loading */
	status_phase(boot, PHASE_MENU);
}

static void jump(struct boot *boot)
{
	status_phase(boot, PHASE_BOOTING);
	boot_trace(boot, "jump");
	leave(boot, LEAVE_JUMP);
}

void chooser_jump_failed(struct boot *boot, int error)
{
	char why[100];

	snprintf(why, sizeof why, "it was loaded, but the jump to it failed: reboot: %s",
		 strerror(-error));
	consoles_open(boot);
	watchdog_open(boot);
	devices_rescan(boot); /* probes were stopped half-way */
	load_failed(boot, why);
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
		status_phase(boot, PHASE_LOADING);
}

/* What a person asks for ------------------------------------------------------------------------------ */

void chooser_hold(struct boot *boot)
{
	enum phase phase = boot->view.status.phase;
	bool by_itself = phase == PHASE_COUNTDOWN || (phase == PHASE_LOADING && !boot->chosen);

	boot->held = true;
	boot->view.status.hidden = false;
	status_phase(boot, by_itself ? PHASE_MENU : phase);
}

void chooser_boot(struct boot *boot, const struct entry *entry, const struct view_device *device,
		  bool edited)
{
	boot->chosen = true;
	if (!edited && is_on_its_way(boot, entry->id)) {
		boot_now(boot);
		return;
	}
	status_say(boot, false, "Loading \"%.100s\"",
		   *entry->title ? entry->title : entry->kernel.path);
	status_phase(boot, PHASE_LOADING);
	load(boot, entry, device, edited);
}

void chooser_rescan(struct boot *boot)
{
	forget_failures(boot);
	boot->rescans = 0;
	boot->found_nothing = false;
	boot->view.status.message = NULL;
	devices_rescan(boot);
	chooser_update(boot);
}

/* Time ------------------------------------------------------------------------------------------------ */

/* With nothing to boot, disks are read anew now and then: one may only have been slow. */
static int64_t rescan_tick(struct boot *boot)
{
	if (!boot->found_nothing || boot->held || !all_settled(boot))
		return -1;
	if (clock_ms() < boot->rescan_ms)
		return boot->rescan_ms;
	if (boot->settings.at_end != AT_END_RESCAN && boot->rescans++ >= RESCANS_AT_END &&
	    leave_at_end(boot))
		return -1;
	boot->rescan_delay_ms *= 2;
	if (boot->rescan_delay_ms > RESCAN_MOST_MS)
		boot->rescan_delay_ms = RESCAN_MOST_MS;
	boot->rescan_ms = clock_ms() + boot->rescan_delay_ms;
	forget_failures(boot); /* what could not be loaded may be whole now */
	devices_rescan(boot);
	return boot->rescan_ms;
}

static int64_t countdown_tick(struct boot *boot)
{
	struct status *status = &boot->view.status;
	int64_t now = clock_ms(), patience = boot->decided_ms + PAINT_PATIENCE_MS;

	if (!boot->counting) {
		if (!boot->painted && now < patience)
			return patience;
		boot->counting = true; /* seconds that nobody could see don't count */
		status->deadline_ms += now - boot->decided_ms;
		status_send(boot);
	}
	if (now < status->deadline_ms)
		return status->deadline_ms;
	if (!keeper_is_settled(boot))
		return keeper_tick(boot);
	if (!bmc_is_settled(boot))
		return bmc_tick(boot);
	boot_now(boot);
	return now; /* it may have failed, and the next countdown begun */
}

/* The time for what could outrank the default is over. */
static int64_t patience_tick(struct boot *boot)
{
	if (clock_ms() < patience(boot))
		return patience(boot);
	chooser_update(boot);
	return boot->decided ? clock_ms() : -1;
}

int64_t chooser_tick(struct boot *boot)
{
	const char *why = boot->not_started;
	int64_t next;

	if (boot->leaving.how != LEAVE_NOT)
		return -1;
	boot->not_started = NULL;
	if (why)
		chooser_loaded(boot, why);
	next = boot->view.status.phase == PHASE_COUNTDOWN ? countdown_tick(boot)
	       : !boot->decided && boot->decision.entry	  ? patience_tick(boot)
							  : rescan_tick(boot);
	return boot->not_started ? clock_ms() : next;
}
