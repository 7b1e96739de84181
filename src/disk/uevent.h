/* The kernel's own announcements that devices come and go (NETLINK_KOBJECT_UEVENT). */
#ifndef DISK_UEVENT_H
#define DISK_UEVENT_H

enum uevent_action { UEVENT_ADD, UEVENT_REMOVE, UEVENT_CHANGE };

/* uevent_open - a non-blocking socket that receives them; or -errno */
int uevent_open(void);

/*
 * uevent_receive - call @block for the events of block devices that are waiting, some hundred at most
 *
 * Returns 0; or -ENOBUFS when events were lost, so that sysfs must be listed anew; or -errno.
 */
int uevent_receive(int fd, void (*block)(void *context, enum uevent_action action, const char *name),
		   void *context);

#endif
