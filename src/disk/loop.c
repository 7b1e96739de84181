#include "disk/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define TRIES 16 /* others may take the device that was free a moment ago */

static int attach(const char *path, int image, uint64_t start, uint64_t size)
{
	struct loop_config config = {
		.fd = (unsigned)image,
		.info.lo_flags = LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR,
		.info.lo_offset = start,
		.info.lo_sizelimit = size,
	};
	int fd = open(path, O_RDONLY | O_CLOEXEC), error;

	if (fd < 0)
		return -errno;
	if (ioctl(fd, LOOP_CONFIGURE, &config) == 0)
		return fd;
	error = errno;
	close(fd);
	return -error;
}

int loop_attach(struct arena *arena, int image, uint64_t start, uint64_t size, const char **name)
{
	int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	int fd = -EBUSY;

	if (control < 0)
		return -errno;
	for (int i = 0; i < TRIES && fd == -EBUSY; i++) {
		int number = ioctl(control, LOOP_CTL_GET_FREE);

		if (number < 0) {
			fd = -errno;
			break;
		}
		*name = arena_print(arena, "loop%d", number);
		fd = attach(arena_print(arena, "/dev/%s", *name), image, start, size);
	}
	close(control);
	return fd;
}
