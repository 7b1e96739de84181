/*
 * The way out: what has to happen before the jump, a reboot or power-off, step by step. Each step is
 * begun, has so long to come to its end, and is then left behind; the loop turns all the while.
 */
#include <linux/reboot.h>
#include <string.h>
#include <sys/reboot.h>

#include "base/clock.h"
#include "boot/state.h"
#include "kexec/kexec.h"

#define SYNC_MOST_MS 5000

static void begin_writes(struct boot *boot)
{
	if (boot->leaving.how == LEAVE_JUMP)
		writes_begin(boot);
}

/* They read what nobody asks for any more. */
static void end_probes(struct boot *boot)
{
	if (boot->leaving.how == LEAVE_JUMP)
		probes_stop(boot);
}

/* Only what is to be written has to wait for their mounts, which keep others from being writable. */
static bool probes_are_out_of_the_way(const struct boot *boot)
{
	return !writes_are_due(boot) || probes_are_stopped(boot);
}

static void end_load(struct boot *boot)
{
	if (boot->leaving.how != LEAVE_JUMP)
		loader_stop(boot);
}

static void synchronize(struct boot *boot)
{
	(void)boot;
	sync_disks(SYNC_MOST_MS);
}

static bool is_done(const struct boot *boot)
{
	(void)boot;
	return true;
}

static const struct step {
	void (*begin)(struct boot *boot);
	bool (*is_done)(const struct boot *boot);
	int64_t limit_ms; /* beside a child's own limit and the second that its end may take */
} steps[] = {
	{ end_load, is_done, 0 },
	{ end_probes, probes_are_out_of_the_way, 2000 },
	{ begin_writes, writes_are_done, 15000 },
	{ consoles_quit, consoles_are_quiet, 500 },
	{ consoles_end, is_done, 0 },
	{ synchronize, is_done, 0 },
	{ watchdog_release, is_done, 0 },
};

#define STEPS (sizeof steps / sizeof *steps)

static void begin_step(struct boot *boot, size_t step)
{
	boot->leaving.step = step;
	if (step == STEPS)
		return;
	boot->leaving.limit_ms = clock_ms() + steps[step].limit_ms;
	steps[step].begin(boot);
}

void leave(struct boot *boot, enum leave_how how)
{
	boot->leaving.how = how;
	begin_step(boot, 0);
}

bool leave_at_end(struct boot *boot)
{
	bool network = boot->settings.at_end == AT_END_NETWORK;
	int error = network ? firmware_ask_network() : 0;

	if (error) {
		status_say(boot, true, "Nothing can be booted, nor can the network be asked for: %s",
			   firmware_explain(error));
		status_send(boot);
		return false;
	}
	boot_log(boot, "nothing can be booted: as the settings say, the machine ends");
	leave(boot, boot->settings.at_end == AT_END_POWEROFF ? LEAVE_POWEROFF : LEAVE_RESTART);
	return true;
}

static void go(struct boot *boot)
{
	enum leave_how how = boot->leaving.how;

	boot->leaving.how = LEAVE_NOT;
	switch (how) {
	case LEAVE_JUMP:
		chooser_jump_failed(boot, kexec_jump());
		return;
	case LEAVE_RESTART:
		reboot(LINUX_REBOOT_CMD_RESTART);
		rescue_person("the machine can't be rebooted.");
	case LEAVE_POWEROFF:
		reboot(LINUX_REBOOT_CMD_POWER_OFF);
		rescue_person("the machine can't be powered off.");
	case LEAVE_NOT:
		return;
	}
}

int64_t leave_tick(struct boot *boot)
{
	if (boot->leaving.how == LEAVE_NOT)
		return -1;
	while (boot->leaving.step < STEPS) {
		const struct step *step = &steps[boot->leaving.step];

		if (!step->is_done(boot) && clock_ms() < boot->leaving.limit_ms)
			return boot->leaving.limit_ms;
		begin_step(boot, boot->leaving.step + 1);
	}
	go(boot);
	return clock_ms(); /* still here: the jump failed, and another entry may be on its way */
}
