/* What every menu shows of PID 1's work: the phase, and one message. */
#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"
#include "boot/state.h"
#include "kexec/way.h"

#define STATUS_MEMORY ((size_t)16 * 1024 * 1024)
#define MESSAGE_MOST 1000 /* bytes: what a disk made longer is cut */

void status_send(struct boot *boot)
{
	struct arena *arena = arena_new(STATUS_MEMORY);
	struct text fields = TEXT(arena);

	if (!arena)
		return;
	view_status_pack(&fields, &boot->view.status);
	consoles_send(boot, VIEW_STATUS, &fields);
	arena_free(arena);
}

/* Asking the kernel takes longer than drawing the menu does, so only when there is a person. */
static void learn_ways(struct boot *boot)
{
	struct status *status = &boot->view.status;

	if (status->way)
		return;
	status->way = kexec_way(boot->arena, true);
	status->way_multiboot = kexec_way(boot->arena, false);
}

void status_phase(struct boot *boot, enum phase phase)
{
	if (phase == PHASE_MENU || boot->held)
		learn_ways(boot);
	boot->view.status.phase = phase;
	status_send(boot);
}

void status_say(struct boot *boot, bool failed, const char *format, ...)
{
	struct status *status = &boot->view.status;
	struct arena *arena = arena_new(STATUS_MEMORY);
	char message[MESSAGE_MOST];
	va_list args;

	if (!arena)
		return;
	va_start(args, format);
	vsnprintf(message, sizeof message, format, args);
	va_end(args);
	status->message = arena_string(arena, message);
	status->failed = failed;
	arena_free(boot->message_arena);
	boot->message_arena = arena;
	boot_log(boot, "%s", status->message);
}
