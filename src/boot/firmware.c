/* What UEFI firmware can be asked for at the next start: its setup (UEFI 2.10, 8.5.4), the network (3.3). */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "boot/state.h"
#include "disk/efiboot.h"
#include "disk/efivar.h"

#define VARIABLE(name) "/sys/firmware/efi/efivars/" EFIVAR_GLOBAL(name)
#define BOOT_MEMORY ((size_t)32 * 1024 * 1024) /* each of 256 options is read into a large buffer */
#define BOOT_TO_FW_UI 1

/* As efivarfs has it: the attributes come before the value. */
struct __attribute__((packed)) indications {
	uint32_t attributes;
	uint64_t value;
};

#define KEPT_FOR_BOOT_AND_RUNTIME 7 /* non-volatile, boot service and run-time access */

static bool read_variable(const char *path, struct indications *variable)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, variable, sizeof *variable);
	close(fd);
	return n == sizeof *variable;
}

bool firmware_has_setup(void)
{
	struct indications supported;

	return read_variable(VARIABLE("OsIndicationsSupported"), &supported) &&
	       (supported.value & BOOT_TO_FW_UI);
}

int firmware_ask_setup(void)
{
	struct indications wish = { 0 };
	int fd, error = 0;

	read_variable(VARIABLE("OsIndications"), &wish);
	wish.attributes = KEPT_FOR_BOOT_AND_RUNTIME;
	wish.value |= BOOT_TO_FW_UI;
	fd = open(VARIABLE("OsIndications"), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	if (write(fd, &wish, sizeof wish) != sizeof wish)
		error = errno ? -errno : -EIO;
	close(fd);
	return error;
}

static int ask_network(struct arena *arena)
{
	jmp_buf exhausted;

	if (setjmp(exhausted))
		return -ENOMEM;
	arena_guard(arena, &exhausted);
	return efiboot_ask_network(arena);
}

int firmware_ask_network(void)
{
	struct arena *arena;
	int error;

	if (!efivar_are_there())
		return -EOPNOTSUPP;
	arena = arena_new(BOOT_MEMORY);
	error = arena ? ask_network(arena) : -ENOMEM;
	arena_free(arena);
	return error;
}

const char *firmware_explain(int error)
{
	return error == -EOPNOTSUPP ? "this machine's firmware is not UEFI"
	       : error == -ENOENT   ? "the firmware has no such boot option"
				    : strerror(-error);
}
