/*
 * What a server's management controller (BMC) has been told of the next start: "ipmitool chassis
 * bootdev", or its web page. IPMI 2.0, 28.13 and table 28-14: System Boot Options, parameter 5.
 */
#ifndef MODEL_BMC_H
#define MODEL_BMC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum bmc_wish {
	BMC_NOTHING,
	BMC_DISK,
	BMC_USB,     /* removable media, or media that the BMC itself offers: USB disks to the machine */
	BMC_OPTICAL,
	BMC_NETWORK, /* PXE */
	BMC_SETUP,   /* the firmware's */
	BMC_OTHER,   /* what no machine without a vendor's firmware has, as a partition for diagnosis */
};

struct bmc_request {
	enum bmc_wish wish;
	bool lasting; /* of all starts, until it is taken back; false: of this one */
};

#define BMC_CHASSIS 0x00 /* the commands' network function (table 5-1) */
#define BMC_SET_BOOT_OPTIONS 0x08
#define BMC_GET_BOOT_OPTIONS 0x09
#define BMC_ANSWER_MOST 64 /* bytes: more than the boot flags' answer has */

/* The requests' data: read the boot flags, and declare them void. */
extern const uint8_t bmc_get_flags[3], bmc_clear_flags[6];

/*
 * bmc_read - what an answer to BMC_GET_BOOT_OPTIONS with bmc_get_flags asks for
 *
 * @bytes begin with the completion code. What is no answer to that asks for nothing.
 */
struct bmc_request bmc_read(const uint8_t *bytes, size_t size);

/* bmc_name - what is asked for, for people: "a boot from CD or DVD" */
const char *bmc_name(enum bmc_wish wish);

#endif
