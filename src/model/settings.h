/* Settings: the board's defaults, overridden by baton.* words of the kernel's command line. */
#ifndef MODEL_SETTINGS_H
#define MODEL_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

/* Linux's longest command line is 2048 bytes, so these bounds can't be met by an honest one. */
struct settings {
	VEC(const char *) consoles; /* "ttyS0", "tty1", "ttyS1:vt100": a device below /dev, TERM */
	int64_t timeout_ms;         /* instead of the config's; -2: the config's own */
	const char *boot;           /* baton.boot=: an entry's id or title that outranks all defaults */
	bool trace;                 /* write time stamps of the way of a boot to the consoles */
};

#define TIMEOUT_OF_CONFIG (-2)

/*
 * settings_parse - the settings in a kernel command line
 *
 * baton.console=NAME[:TERM] (repeatable), baton.timeout=SECONDS (-1: wait for ever),
 * baton.boot=ID, baton.trace. console=NAME[,OPTIONS] words add a console, too, as the kernel
 * would open it. Unknown baton.* words and bad values are told to @complain and ignored.
 */
void settings_parse(struct arena *arena, struct settings *settings, const char *cmdline,
		    void (*complain)(void *context, const char *text), void *context);

#endif
