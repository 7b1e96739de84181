/* What UEFI firmware can be asked for at the next start: its setup (UEFI 2.10, 8.5.4), the network (3.3). */
#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "boot/state.h"
#include "disk/efiboot.h"
#include "disk/efivar.h"

#define MEMORY ((size_t)32 * 1024 * 1024) /* each of 256 options is read into a large buffer */
#define BOOT_TO_FW_UI 1

/* Run what takes memory; what that gives back, or -ENOMEM. */
static int run(int (*ask)(struct arena *arena))
{
	struct arena *arena = arena_new(MEMORY);
	jmp_buf exhausted;
	int result = -ENOMEM;

	if (arena && !setjmp(exhausted)) {
		arena_guard(arena, &exhausted);
		result = ask(arena);
	}
	arena_free(arena);
	return result;
}

/* OsIndications, or what is supported of it; 0: there is none. */
static uint64_t indications(struct arena *arena, const char *name)
{
	size_t size = 0;
	const char *value = efivar_read(arena, name, &size);

	return value && size == 8 ? get64((const uint8_t *)value) : 0;
}

static int has_setup(struct arena *arena)
{
	return indications(arena, EFIVAR_GLOBAL("OsIndicationsSupported")) & BOOT_TO_FW_UI;
}

static int ask_setup(struct arena *arena)
{
	uint8_t wish[8];

	put64(wish, indications(arena, EFIVAR_GLOBAL("OsIndications")) | BOOT_TO_FW_UI);
	return efivar_write(arena, EFIVAR_GLOBAL("OsIndications"), wish, sizeof wish);
}

bool firmware_has_setup(void)
{
	return run(has_setup) > 0;
}

int firmware_ask_setup(void)
{
	return efivar_are_there() ? run(ask_setup) : -EOPNOTSUPP;
}

int firmware_ask_network(void)
{
	return efivar_are_there() ? run(efiboot_ask_network) : -EOPNOTSUPP;
}

const char *firmware_explain(int error)
{
	return error == -EOPNOTSUPP ? "this machine's firmware is not UEFI"
	       : error == -ENOENT   ? "the firmware has no such boot option"
				    : strerror(-error);
}
