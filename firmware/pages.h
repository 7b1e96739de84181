/* The part of the processor's page tables that the firmware's start-up code has left out. */
#ifndef FIRMWARE_PAGES_H
#define FIRMWARE_PAGES_H

#include "firmware/uefi.h"

/* Four levels of tables have 48 bits, and what is above half of that is not mapped to itself. */
#define PAGES_MOST_BITS 47

/*
 * Maps each address to itself that the processor can have and that is not mapped yet, in pages of
 * 2 MiB. To be called before any driver asks for memory that no driver had before: the DXE core
 * gives out only what is there. Without memory for the tables, they stay as they are.
 *
 * What it has mapped has no protection. So the driver of the processor (PI 1.7, volume 2, 12.3),
 * when it is there, is not asked to look for any, page by page, where only the caching changes.
 */
void pages_complete(struct efi_system_table *system);

#endif
