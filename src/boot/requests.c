/* What the menus ask for: every request is checked here, whatever the menu that sent it allows. */
#include <setjmp.h>
#include <string.h>

#include "base/text.h"
#include "boot/state.h"
#include "model/edit.h"

#define REQUEST_MEMORY ((size_t)64 * 1024 * 1024) /* many times what one record can hold */

/* The entry that an edited text asks for, and its device; NULL: none, and *@why says so. */
static struct entry *find_edited(const struct boot *boot, struct arena *arena,
				 const struct entry *entry, const char *text,
				 struct view_device **device, const char **why)
{
	struct entry *edited =
		entry_edited(arena, entry, entry ? (*device)->identity.name : NULL, text, why);

	if (!edited || entry)
		return edited;
	for (*device = boot->view.devices; *device; *device = (*device)->next)
		if (string_same((*device)->identity.name, edited->kernel.device))
			return edited;
	*why = arena_print(arena, "there is no disk called %s", edited->kernel.device);
	return NULL;
}

/* Boot what a request asks for, by someone who may. Returns NULL, or why not. */
static const char *boot_found(struct boot *boot, struct arena *arena, const struct request *request,
			      struct entry *entry, struct view_device *device)
{
	const char *why =
		entry && entry->reason ? entry->reason : "not something that kexec can start";

	if (request->text)
		entry = find_edited(boot, arena, entry, request->text, &device, &why);
	if (!entry || !entry_is_bootable(entry))
		return why;
	chooser_boot(boot, entry, device, request->text != NULL);
	return NULL;
}

/* May it be done now? False: never, and *@why says so; or once the password is found to be right. */
static bool is_allowed(struct boot *boot, const struct request *request, bool authenticated,
		       const char **why)
{
	struct attempt attempt = lock_of_request(&boot->view, request);

	*why = NULL;
	if (!attempt.config || authenticated)
		return true;
	if (!lock_has_key(&attempt))
		*why = "it is locked, and none of the passwords of its configuration opens it here";
	else if (!request->password)
		*why = "it is locked: it takes a password of its configuration";
	else
		*why = auth_start(boot, request, &attempt);
	if (!*why) {
		status_say(boot, false, "The password is being checked ...");
		status_send(boot);
	}
	return false;
}

static const char *boot_asked(struct boot *boot, struct arena *arena, const struct request *request,
			      bool authenticated)
{
	struct view_device *device = NULL;
	struct entry *entry = view_find(&boot->view, request->id, &device);
	const char *why;

	if (!entry && (request->id || !request->text))
		return "it is gone with its disk";
	if (request->text && boot->settings.lock >= LOCK_EDIT)
		return "the settings of this machine let nobody edit";
	if (!is_allowed(boot, request, authenticated, &why))
		return why;
	return boot_found(boot, arena, request, entry, device);
}

static const char *boot_guarded(struct boot *boot, struct arena *arena,
				const struct request *request, bool authenticated)
{
	jmp_buf exhausted;

	if (!arena || setjmp(exhausted))
		return "there is no memory left for that";
	arena_guard(arena, &exhausted);
	return boot_asked(boot, arena, request, authenticated);
}

static void request_boot(struct boot *boot, const struct request *request, bool authenticated)
{
	struct arena *arena = arena_new(REQUEST_MEMORY);
	const struct entry *entry;
	const char *why;

	chooser_hold(boot);
	why = boot_guarded(boot, arena, request, authenticated);
	if (why) {
		entry = view_find(&boot->view, request->id, NULL);
		status_say(boot, true, "\"%.100s\" is not booted: %s", entry ? entry->title : "It", why);
		status_phase(boot, PHASE_MENU);
	}
	arena_free(arena);
}

static void request_set(struct boot *boot, const struct request *request, bool authenticated)
{
	const char *why;

	if (!request->id)
		return;
	if (is_allowed(boot, request, authenticated, &why)) {
		keeper_change(boot, request->id, request->text);
		return;
	}
	if (!why)
		return;
	status_say(boot, true, "The setting is not kept: %s", why);
	status_send(boot);
}

static void request_script(struct boot *boot, const struct request *request, bool authenticated)
{
	const char *why;

	chooser_hold(boot);
	if (boot->settings.lock >= LOCK_EDIT) {
		status_say(boot, true, "The settings of this machine let nobody edit.");
	} else if (is_allowed(boot, request, authenticated, &why)) {
		scripting_start(boot, request);
		return;
	} else if (why) {
		status_say(boot, true, "Its commands are not shown: %s", why);
	}
	status_send(boot);
}

/* Of a REQUEST_RUN, and only that, the commands are there. */
static bool is_script(const struct request *request)
{
	return request->id && (request->what == REQUEST_SCRIPT ? !request->text
			       : request->what == REQUEST_RUN && request->text);
}

/* What may take a password; nothing else is ever authenticated. */
static void carry_out(struct boot *boot, const struct request *request, bool authenticated)
{
	if (request->what == REQUEST_BOOT)
		request_boot(boot, request, authenticated);
	else if (request->what == REQUEST_SET)
		request_set(boot, request, authenticated);
	else if (is_script(request))
		request_script(boot, request, authenticated);
}

void requests_authenticated(struct boot *boot, const struct request *request, bool right)
{
	if (boot->leaving.how != LEAVE_NOT)
		return;
	if (right) {
		carry_out(boot, request, true);
		return;
	}
	status_say(boot, true, "Wrong user or password. The next answer takes %u s.",
		   auth_delay(boot));
	status_send(boot);
}

static void request_firmware(struct boot *boot)
{
	int error = firmware_ask_setup();

	if (!error) {
		leave(boot, LEAVE_RESTART);
		return;
	}
	status_say(boot, true, "The firmware can't be asked for its setup: OsIndications: %s",
		   strerror(-error));
	status_send(boot);
}

void requests_take(struct boot *boot, const struct request *request)
{
	if (boot->leaving.how != LEAVE_NOT)
		return;
	switch (request->what) {
	case REQUEST_HOLD:
		chooser_hold(boot);
		return;
	case REQUEST_PAINTED:
		if (!boot->painted)
			boot_trace(boot, "menu");
		boot->painted = true;
		return;
	case REQUEST_BOOT:
	case REQUEST_SET:
	case REQUEST_SCRIPT:
	case REQUEST_RUN:
		carry_out(boot, request, false);
		return;
	case REQUEST_RESCAN:
		chooser_rescan(boot);
		return;
	case REQUEST_REBOOT:
		leave(boot, LEAVE_RESTART);
		return;
	case REQUEST_POWEROFF:
		leave(boot, LEAVE_POWEROFF);
		return;
	case REQUEST_FIRMWARE:
		request_firmware(boot);
		return;
	case REQUEST_LEAVE:
		return; /* there is nowhere to go from here */
	}
}
