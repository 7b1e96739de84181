#include "disk/ipmi.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ipmi.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"

#define DEVICE "/dev/ipmi0"

bool ipmi_is_there(void)
{
	return access(DEVICE, F_OK) == 0;
}

int ipmi_open(void)
{
	int fd = open(DEVICE, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int send_request(int fd, long id, uint8_t function, uint8_t command, const void *data,
			size_t size)
{
	struct ipmi_system_interface_addr bmc = {
		.addr_type = IPMI_SYSTEM_INTERFACE_ADDR_TYPE, .channel = IPMI_BMC_CHANNEL
	};
	struct ipmi_req request = {
		.addr = (unsigned char *)&bmc,
		.addr_len = sizeof bmc,
		.msgid = id,
		.msg = { .netfn = function, .cmd = command, .data = (unsigned char *)data,
			 .data_len = (unsigned short)size },
	};

	return ioctl(fd, IPMICTL_SEND_COMMAND, &request) < 0 ? -errno : 0;
}

/* One message: the answer's length if it is that, -EAGAIN if it is another one. */
static int receive(int fd, long id, uint8_t *answer, size_t room)
{
	struct ipmi_addr from;
	struct ipmi_recv message = {
		.addr = (unsigned char *)&from,
		.addr_len = sizeof from,
		.msg = { .data = answer, .data_len = (unsigned short)room },
	};

	if (ioctl(fd, IPMICTL_RECEIVE_MSG_TRUNC, &message) < 0 && errno != EMSGSIZE)
		return -errno;
	if (message.recv_type != IPMI_RESPONSE_RECV_TYPE || message.msgid != id)
		return -EAGAIN;
	return message.msg.data_len;
}

int ipmi_ask(int fd, uint8_t function, uint8_t command, const void *data, size_t size,
	     uint8_t *answer, size_t room, int limit_ms)
{
	int64_t deadline = clock_ms() + limit_ms;
	struct pollfd waiting = { .fd = fd, .events = POLLIN };
	int result = send_request(fd, command, function, command, data, size);

	if (result < 0)
		return result;
	do {
		int64_t left = deadline - clock_ms();

		if (left <= 0 || poll(&waiting, 1, (int)left) == 0)
			return -ETIMEDOUT;
		result = receive(fd, command, answer, room);
	} while (result == -EAGAIN || result == -EINTR);
	return result;
}
