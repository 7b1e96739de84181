/* The UEFI firmware's own setup, asked for at the next start (UEFI 2.10, 8.5.4: OsIndications). */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "boot/state.h"

#define VARIABLE(name) "/sys/firmware/efi/efivars/" name "-8be4df61-93ca-11d2-aa0d-00e098032b8c"
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
