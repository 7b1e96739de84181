/* Messages to this machine's management controller, through the kernel (driver-api/ipmi.rst). */
#ifndef DISK_IPMI_H
#define DISK_IPMI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ipmi_is_there - has the kernel found a controller? */
bool ipmi_is_there(void);

/* ipmi_open - a descriptor for ipmi_ask(), or -errno */
int ipmi_open(void);

/*
 * ipmi_ask - send a command and wait for its answer
 *
 * @function: the network function, without the logical unit, which is the BMC's own. The answer's
 * bytes, the completion code first, go to @answer, @room at most. It may take @limit_ms. Returns
 * their number, or -errno; -ETIMEDOUT: there was none.
 */
int ipmi_ask(int fd, uint8_t function, uint8_t command, const void *data, size_t size,
	     uint8_t *answer, size_t room, int limit_ms);

#endif
