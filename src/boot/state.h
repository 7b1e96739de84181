/* The state of PID 1: the only mutable state that is global, and only to src/boot. */
#ifndef BOOT_STATE_H
#define BOOT_STATE_H

#include "base/arena.h"
#include "boot/child.h"
#include "boot/loop.h"
#include "config/reader.h"
#include "model/lock.h"
#include "model/policy.h"
#include "model/settings.h"
#include "model/view.h"

struct disk;
struct load;
struct console;

/* What the store holds, and where it is: keeper.c's own. */
struct kept {
	struct arena *arena; /* of all this, and of the settings in force */
	const char *bytes;   /* NULL: nothing */
	size_t size;
	const char *where;      /* for people */
	struct identity *place; /* NULL: UEFI variables, or not known yet */
	unsigned changes;       /* that disks have made */
	struct child *change;   /* NULL: none is being written */
};

/* How PID 1's work ends. */
enum leave_how { LEAVE_NOT, LEAVE_JUMP, LEAVE_RESTART, LEAVE_POWEROFF };

struct boot {
	int loop;
	struct arena *arena; /* for what lives as long as PID 1 */
	struct settings settings; /* keeper.c's; its strings change with it */
	struct kept kept;
	const char *attempts; /* what the store says of earlier starts: model/attempts.h; NULL: nothing */
	struct reading_options options;
	struct children children;
	struct view view; /* the truth: devices in order of precedence, status, log */
	struct watch uevents, signals;
	struct disk *disks;
	struct console *consoles;

	/* the choice: see chooser.c */
	struct arena *choice_arena;   /* of the decision */
	struct arena *loading_arena;  /* of loading_id and what follows it */
	struct arena *failures_arena; /* NULL: there are none */
	struct arena *message_arena; /* of view.status.message */
	struct decision decision;
	struct failures failures;
	bool decided;    /* there is a default, and its countdown has begun or is held */
	bool held;       /* a person is there: nothing boots by itself */
	bool found_nothing; /* and said so */
	int64_t rescan_ms, rescan_delay_ms; /* then: when to look again, and how long after that */
	unsigned rescans;    /* so far, since the start or a person's request */
	int64_t arrived_ms;  /* when the last disk came; 0: none has */
	int64_t patience_ms; /* until then the default waits for what could outrank it */
	int64_t last_ms;     /* from then on no device that comes delays it; 0: it has not begun */
	bool painted;    /* a console has shown its first picture */
	bool counting;   /* the countdown's seconds run */
	bool chosen;     /* what is loaded is a person's choice, not the default */
	bool edited;     /* and has another command line than its entry */
	const char *loading_id;      /* what the loader loads, or has loaded; NULL: nothing */
	const char *loading_cmdline; /* as the kernel will get it */
	const char *loading_essence; /* what the entry said then: see entry_essence() */
	const struct entry *scripted; /* in its place, what a person's commands have made of it; or NULL */
	struct arena *scripted_arena;
	bool loaded;                 /* the kernel is ready to be jumped to */
	int64_t decided_ms;

	struct {
		enum leave_how how;
		size_t step;
		int64_t limit_ms; /* of the step */
	} leaving; /* leave.c's own */
	struct {
		int fd; /* -1: none */
		int seconds; /* that were asked for */
		int64_t every_ms, next_ms;
	} watchdog; /* watchdog.c's own */
	int64_t started_us;   /* CLOCK_BOOTTIME of the first step */
	int64_t started_ms;   /* and as clock_ms() */
	struct child *writer; /* writes.c's own; NULL: none is running */

	struct {
		struct child *child; /* NULL: none is running */
		bool due, final;     /* final: what is incomplete will stay so */
		bool lacks;          /* the child has told that something is incomplete */
		int64_t at_ms;
	} assembly; /* assemble.c's own */

	struct child *bmc; /* bmc.c's own; NULL: the management controller is not being asked */
	struct child *scripting; /* scripting.c's own; NULL: no commands are being read or run */

	/* auth.c's own */
	struct child *auth; /* NULL: no password is being checked */
	unsigned auth_failures; /* since the last that was right */

	/* loader.c's own */
	struct child *loader; /* NULL: none is running */
	struct load *load;
	const char *not_started; /* why it could not be, until chooser_tick() has seen it; NULL: it was */
};

/* boot_log - a line for the log view and, where it matters, for the person in front of the menu */
void boot_log(struct boot *boot, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* boot_trace - a time stamp on the consoles, if settings ask for it */
void boot_trace(struct boot *boot, const char *what);

/* devices.c, probing.c, findings.c: the devices ------------------------------------------------------------------ */

/* devices_open - follow uevents, list what is there, start probing; 0 or -errno */
int devices_open(struct boot *boot);

/* devices_sort - bring the view into the order of the settings, which have changed */
void devices_sort(struct boot *boot);

/* devices_rescan - probe everything anew */
void devices_rescan(struct boot *boot);

/* devices_hear - what the kernel has told of devices since the last turn of the loop */
void devices_hear(struct boot *boot);

/* devices_tick - start the probes that have waited for others; the next time (ms), -1: none waits */
int64_t devices_tick(struct boot *boot);

/* probes_stop - kill all probes; none is started while boot->leaving says so */
void probes_stop(struct boot *boot);
bool probes_are_stopped(const struct boot *boot);

/* device_is_settled - has its probe ended (or never started)? */
bool device_is_settled(const struct boot *boot, const struct view_device *device);

/* assemble_tick - put RAID and LVM together when it is time; the next time (ms), -1: never */
int64_t assemble_tick(struct boot *boot);

/* console.c: one menu child for each console --------------------------------------------------------- */

/* consoles_open - find the consoles; consoles_restart() starts their menus */
void consoles_open(struct boot *boot);

/* consoles_send - a record to every menu */
void consoles_send(struct boot *boot, enum view_record type, const struct text *fields);

/* consoles_show - show a device of the view to every menu, new or in place of what it was */
void consoles_show(struct boot *boot, const struct view_device *device);

/* consoles_configure - show the settings, and all devices in their order, to every menu */
void consoles_configure(struct boot *boot);

/* consoles_say - text straight onto every console, where no menu is (any more) */
void consoles_say(const struct boot *boot, const char *text);

/* consoles_quit - tell the menus to restore their terminals and end */
void consoles_quit(struct boot *boot);
bool consoles_are_quiet(const struct boot *boot); /* have they? */

/* consoles_end - kill those that have not: their terminals are stuck */
void consoles_end(struct boot *boot);

/* consoles_restart - start the menus that have ended, when it is time; the next time, -1: none */
int64_t consoles_restart(struct boot *boot);

/* chooser.c: what happens when ------------------------------------------------------------------------ */

/* chooser_update - devices have changed: look for a default anew */
void chooser_update(struct boot *boot);

/* chooser_settings_changed - decide anew what they say of the default and its countdown */
void chooser_settings_changed(struct boot *boot);

/* chooser_tick - do what is due; returns when to be called again (ms, CLOCK_MONOTONIC), -1: never */
int64_t chooser_tick(struct boot *boot);

/* chooser_hold - a person is there: stop the countdown, and boot nothing that nobody asks for */
void chooser_hold(struct boot *boot);

/* chooser_boot - boot what a person chose, at once if it is loaded already; @edited: for this once */
void chooser_boot(struct boot *boot, const struct entry *entry, const struct view_device *device,
		  bool edited);

/* chooser_rescan - forget what failed and look at all disks anew */
void chooser_rescan(struct boot *boot);

/* chooser_jump_failed - the machine lives on after kexec_jump(), which gave @error (-errno) */
void chooser_jump_failed(struct boot *boot, int error);

/* status.c: what every menu shows of it ----------------------------------------------------------------- */

/* status_send - boot->view.status has changed: show it */
void status_send(struct boot *boot);

/* status_phase - enter a phase, and show it */
void status_phase(struct boot *boot, enum phase phase);

/* status_say - set the message, with the next status_send() shown, and log it; @failed: as a failure */
void status_say(struct boot *boot, bool failed, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* scripting.c ------------------------------------------------------------------------------------------ */

/* scripting_start - answer a REQUEST_SCRIPT or REQUEST_RUN of someone who may; the menus are told */
void scripting_start(struct boot *boot, const struct request *request);

/* requests.c -------------------------------------------------------------------------------------------- */

/* requests_take - a menu asks for something */
void requests_take(struct boot *boot, const struct request *request);

/* requests_authenticated - the password that came with a request was checked */
void requests_authenticated(struct boot *boot, const struct request *request, bool right);

/* keeper.c: the settings ------------------------------------------------------------------------------- */

/* keeper_open - the settings as far as they are known without a disk, into boot->settings */
void keeper_open(struct boot *boot);

/*
 * keeper_change - have a setting kept in the store, and follow it from now on
 *
 * @name and @value as settings_edit() takes them: without a value it is forgotten. A child writes
 * it; the status tells how that ended, or why it can't be.
 */
void keeper_change(struct boot *boot, const char *name, const char *value);

/* keeper_may_use - is this a device whose file system may hold the store? */
bool keeper_may_use(const struct boot *boot, const struct identity *identity);

/* keeper_place - where the first settings of a machine without UEFI variables would be; NULL: nowhere */
const struct identity *keeper_place(const struct boot *boot);

/* keeper_is_settled - may something boot by itself, or could a disk still bring settings? */
bool keeper_is_settled(const struct boot *boot);

/* keeper_tick - if not: when it may at the latest (ms) */
int64_t keeper_tick(const struct boot *boot);

/* leave.c ----------------------------------------------------------------------------------------------- */

/* leave - begin what ends in the jump, a reboot or power-off; boot->leaving says so from now on */
void leave(struct boot *boot, enum leave_how how);

/*
 * leave_at_end - the same as the settings want it (at-end), since nothing can be booted; false: that
 * can't be done, and the status says why
 */
bool leave_at_end(struct boot *boot);

/* leave_tick - go on with it; when to be called again (ms, CLOCK_MONOTONIC), -1: nothing is begun */
int64_t leave_tick(struct boot *boot);

/* loadervars.c ------------------------------------------------------------------------------------------ */

/* loadervars_read - what the system has asked of this start, into settings->loader */
void loadervars_read(struct arena *arena, struct settings *settings);

/* loadervars_forget - have a child take back what was asked for this start only */
void loadervars_forget(struct boot *boot);

/*
 * loadervars_write - the same, if that has not been done, and tell the system what is booted, as far as
 * the settings allow; in a child: firmware may take its time. 0, or some errors' bits
 */
int loadervars_write(struct arena *arena, const struct boot *boot, const struct entry *entry,
		     const struct view_device *device);

/* watchdog.c -------------------------------------------------------------------------------------------- */

/* watchdog_open - have the hardware watchdog, if there is one, do what the settings want */
void watchdog_open(struct boot *boot);

/* watchdog_tick - feed it when it is time; when to be called again (ms, CLOCK_MONOTONIC), -1: never */
int64_t watchdog_tick(struct boot *boot);

/* watchdog_release - before the jump stop it, unless the settings leave it to the next kernel, which has so long */
void watchdog_release(struct boot *boot);

/* writes.c ---------------------------------------------------------------------------------------------- */

/* writes_are_due - would the loader of what is loaded have written something to a disk? */
bool writes_are_due(const struct boot *boot);

/* writes_begin - have a child write that; what fails is logged, and is no reason not to boot */
void writes_begin(struct boot *boot);
bool writes_are_done(const struct boot *boot);

/* auth.c ------------------------------------------------------------------------------------------------ */

/*
 * auth_start - check the user and password of a request; requests_authenticated() is told
 *
 * Returns NULL, or why that can't be done.
 */
const char *auth_start(struct boot *boot, const struct request *request,
		       const struct attempt *attempt);

/* auth_delay - how many seconds the next answer is held back, because of the failures before */
unsigned auth_delay(const struct boot *boot);

/* loader.c ---------------------------------------------------------------------------------------------- */

/*
 * loader_start - load an entry in a child; chooser_loaded() is told the end
 *
 * A load that is under way is stopped first. What can't even be started is told by the next
 * chooser_tick(), not from within: else the next candidate would be started in there, and so on.
 */
void loader_start(struct boot *boot, const struct entry *entry, const struct view_device *device,
		  const char *cmdline); /* the complete command line */

/* loader_stop - end a load that is under way; chooser_loaded() is not told */
void loader_stop(struct boot *boot);

/* chooser_loaded - the loader has ended; @why NULL: it is loaded, else why not */
void chooser_loaded(struct boot *boot, const char *why);

/* note.c -------------------------------------------------------------------------------------------------- */

/*
 * note_write - what baton has done so far, for the system that is about to be loaded
 *
 * Text of KEXEC_NOTE_MOST bytes at most, which `baton log --last-boot` prints there.
 */
const char *note_write(struct arena *arena, const struct boot *boot, const struct entry *entry,
		       const struct view_device *device);

/* firmware.c ------------------------------------------------------------------------------------------- */

/* firmware_has_setup - can the machine be rebooted into its firmware's setup? */
bool firmware_has_setup(void);

/* firmware_ask_setup - have the next start lead there; 0 or -errno */
int firmware_ask_setup(void);

/*
 * firmware_ask_network - have the next start boot from the network: 0; -EOPNOTSUPP: this is no UEFI
 * machine; -ENOENT: it has no boot option for that; or another -errno
 */
int firmware_ask_network(void);

/* firmware_explain - such an error, for people */
const char *firmware_explain(int error);

/* bmc.c ------------------------------------------------------------------------------------------------ */

/* bmc_ask - ask the management controller, if the kernel knows one, what is to be booted */
void bmc_ask(struct boot *boot);

/* bmc_is_settled - has it answered, or had its time? Else bmc_tick(), when that is over (ms) */
bool bmc_is_settled(const struct boot *boot);
int64_t bmc_tick(const struct boot *boot);

/* sync.c ------------------------------------------------------------------------------------------------ */

/*
 * sync_disks - have everything written that is to be, for @limit_ms at most
 *
 * A disk that does not answer would hold up sync(2) for ever, also while another child only tries to
 * mount it; so a child calls it, which is left behind then.
 */
void sync_disks(int limit_ms);

/* rescue.c: when PID 1 itself is at its end ------------------------------------------------------------- */

/*
 * rescue - say so on every console and offer retry, reboot and power off; never returns
 *
 * Without a key for a minute it tries again: most machines have nobody in front of them.
 */
_Noreturn void rescue(const char *what);

/* rescue_person - the same where a person has just asked for something: it waits for ever */
_Noreturn void rescue_person(const char *what);

/* rescue_prepare - have fatal signals lead to rescue() */
void rescue_prepare(void);

/* rescue_console - name a console ("ttyS0") that rescue() should talk to */
void rescue_console(const char *name);

#endif
