#include "model/bmc.h"

#define BOOT_FLAGS 5 /* the parameter, table 28-14 */
#define VERSION 1

const uint8_t bmc_get_flags[3] = { BOOT_FLAGS, 0, 0 }; /* no set, no block: there is only one */
const uint8_t bmc_clear_flags[6] = { BOOT_FLAGS }; /* not valid, for no device */

/* Of an answer (28.13), and of the parameter's first two bytes. */
enum { COMPLETION, PARAMETER_VERSION, PARAMETER, FLAGS, DEVICE, LEAST };
enum { LOCKED = 0x80, VALID = 0x80, LASTING = 0x40 };

/* By boot device selector, bits 5 to 2 of the second byte. */
static const enum bmc_wish wishes[16] = {
	[0x0] = BMC_NOTHING,
	[0x1] = BMC_NETWORK,
	[0x2] = BMC_DISK,
	[0x3] = BMC_DISK, /* in "safe mode", which no system here has */
	[0x4] = BMC_OTHER,
	[0x5] = BMC_OPTICAL,
	[0x6] = BMC_SETUP,
	[0x7] = BMC_USB,
	[0x8] = BMC_OPTICAL,
	[0x9] = BMC_USB,
	[0xa] = BMC_OTHER,
	[0xb] = BMC_USB,
	[0xc] = BMC_OTHER,
	[0xd] = BMC_OTHER,
	[0xe] = BMC_OTHER,
	[0xf] = BMC_USB,
};

struct bmc_request bmc_read(const uint8_t *bytes, size_t size)
{
	struct bmc_request request = { 0 };

	if (size < LEAST || bytes[COMPLETION] || (bytes[PARAMETER_VERSION] & 0xf) != VERSION ||
	    (bytes[PARAMETER] & ~LOCKED) != BOOT_FLAGS || (bytes[PARAMETER] & LOCKED) ||
	    !(bytes[FLAGS] & VALID))
		return request;
	request.wish = wishes[bytes[DEVICE] >> 2 & 0xf];
	request.lasting = bytes[FLAGS] & LASTING;
	return request;
}

const char *bmc_name(enum bmc_wish wish)
{
	static const char *const names[] = {
		[BMC_NOTHING] = "nothing",
		[BMC_DISK] = "a boot from disk",
		[BMC_USB] = "a boot from removable or remote media",
		[BMC_OPTICAL] = "a boot from CD or DVD",
		[BMC_NETWORK] = "a boot from the network",
		[BMC_SETUP] = "the firmware's setup",
		[BMC_OTHER] = "a boot from what is not known here",
	};

	return names[wish];
}
