/* What the booted system can read of this start: `baton log --last-boot`. */
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/text.h"
#include "boot/state.h"
#include "kexec/kexec.h"

#define LINE_MOST 300 /* bytes of one line of the log */

static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void add_time(struct text *note, const char *what, long long ms)
{
	text_print(note, "%4lld.%03lld s  %s\n", ms / 1000, ms % 1000, what);
}

/* Of the log, the last lines that there is room for: the choice and what led to it. */
static void add_log(struct text *note, const struct view *view)
{
	size_t first = view->log.n, room = KEXEC_NOTE_MOST - LINE_MOST;

	while (first && note->n + strnlen(view->log.at[first - 1], LINE_MOST) < room) {
		first--;
		room -= strnlen(view->log.at[first], LINE_MOST) + 1;
	}
	for (size_t i = first; i < view->log.n; i++)
		text_print(note, "%.*s\n", LINE_MOST, view->log.at[i]);
}

const char *note_write(struct arena *arena, const struct boot *boot, const struct entry *entry,
		       const struct view_device *device)
{
	struct text note = TEXT(arena);
	long long now = now_ms(), started = boot->started_us / 1000;

	text_print(&note, "booted \"%.200s\", %s, of %.100s\n", entry->title, entry->id,
		   device->identity.name);
	text_print(&note, "because %.600s\n", boot->chosen ? "a person chose it"
					       : boot->decision.why ? boot->decision.why : "-");
	add_time(&note, "after its kernel's start, baton began", started);
	if (boot->decided_ms)
		add_time(&note, "the default was known", started + boot->decided_ms - boot->started_ms);
	add_time(&note, "this system was loaded, to be started when the countdown ends", now);
	add_log(&note, &boot->view);
	return text_end(&note);
}
