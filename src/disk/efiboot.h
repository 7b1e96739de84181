/* UEFI's boot options: the variables Boot####, BootOrder and BootNext (UEFI 2.10, 3.1.3 and 3.3). */
#ifndef DISK_EFIBOOT_H
#define DISK_EFIBOOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* efiboot_is_network - is this value of a Boot#### variable one that is active and leads to a network? */
bool efiboot_is_network(const uint8_t *option, size_t size);

/*
 * efiboot_ask_network - have the next start, and only that, boot from the network: by the first such
 * option in the firmware's order
 *
 * Returns 0; -ENOENT: there is no such option; or -errno of efivar_write().
 */
int efiboot_ask_network(struct arena *arena);

#endif
