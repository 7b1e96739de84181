/* Block devices as the model knows them: what the kernel says, and what libblkid found on them. */
#ifndef MODEL_DEVICE_H
#define MODEL_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* Who a block device is. Strings are NULL where there is nothing to say. */
struct identity {
	const char *name;      /* the kernel's: "sda1" */
	const char *disk;      /* the kernel's name of the whole disk; its own name if it is one */
	unsigned partition;    /* number in the partition table; 0: a whole disk */
	const char *scheme;    /* the partition table it is in: "gpt", "dos" */
	const char *type;      /* of the file system or container: "ext4", "LVM2_member" */
	const char *uuid, *label, *partuuid, *partlabel;
	const char *parttype; /* of its partition: a GPT type's UUID, or an MBR's "0xea" */
	uint64_t partflags;   /* of its partition: a GPT's attributes (UEFI 5.3.3), an MBR's active flag */
	const char *dm_name; /* device mapper's: "vg-lv" */
	const char *dm_uuid; /* of LVM: "LVM-", the ids of group and volume */
	const char *member;  /* the first of the devices that it is made of (the kernel's name), … */
	const char *ground;  /* … and what that is made of in the end */
	const char *model;   /* of the disk, for people */
	const char *path;    /* where it is in the machine: of sysfs, below /sys/devices */
	const char *grub;    /* GRUB's name of it, where that is given and not to be derived */
	uint64_t bytes;
	bool is_filesystem; /* something that can be mounted is on it */
	bool is_optical, is_usb;
};

/* identity_copy - a deep copy in another arena */
void identity_copy(struct arena *arena, struct identity *to, const struct identity *from);

#endif
