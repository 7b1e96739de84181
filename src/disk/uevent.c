#include "disk/uevent.h"

#include <errno.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"

#define KERNEL_GROUP 1
#define MOST_AT_ONCE 256 /* events: in a storm that does not end, the caller has other things to do */
#define BUFFER (1 << 20) /* bytes: a storm of a thousand events before we are asked again */

int uevent_open(void)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = KERNEL_GROUP };
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
			NETLINK_KOBJECT_UEVENT);
	int size = BUFFER;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
	if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0) {
		int error = errno;

		close(fd);
		return -error;
	}
	return fd;
}

/* An event is "ACTION@PATH", then NAME=VALUE strings, each ended by a NUL. */
static const char *value_of(const char *event, size_t n, const char *name)
{
	for (const char *at = event; at < event + n; at += strlen(at) + 1)
		if (string_starts(at, name))
			return at + strlen(name);
	return NULL;
}

static int action_of(const char *text)
{
	static const char *const names[] = {
		[UEVENT_ADD] = "add",
		[UEVENT_REMOVE] = "remove",
		[UEVENT_CHANGE] = "change",
	};

	for (int i = 0; i < (int)(sizeof names / sizeof *names); i++)
		if (text && strcmp(text, names[i]) == 0)
			return i;
	return -1;
}

int uevent_receive(int fd, void (*block)(void *context, enum uevent_action action, const char *name),
		   void *context)
{
	char event[8192]; /* the kernel's UEVENT_BUFFER_SIZE is 2048 */

	for (int i = 0; i < MOST_AT_ONCE; i++) {
		struct sockaddr_nl from;
		socklen_t size = sizeof from;
		ssize_t n = recvfrom(fd, event, sizeof event - 1, 0, (struct sockaddr *)&from, &size);
		const char *subsystem, *name;
		int action;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		if (from.nl_pid != 0)
			continue; /* not the kernel's */
		event[n] = '\0';
		subsystem = value_of(event, (size_t)n, "SUBSYSTEM=");
		name = value_of(event, (size_t)n, "DEVNAME=");
		action = action_of(value_of(event, (size_t)n, "ACTION="));
		if (subsystem && strcmp(subsystem, "block") == 0 && name && action >= 0)
			block(context, (enum uevent_action)action, name);
	}
	return 0;
}
