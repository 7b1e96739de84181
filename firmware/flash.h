/* What lies in the flash chip: volumes with names, files in them. It is read where it lies. */
#ifndef FIRMWARE_FLASH_H
#define FIRMWARE_FLASH_H

#include "firmware/uefi.h"

struct flash_bytes {
	const uint8_t *at;
	size_t n;
};

/* The first volume of that name, or NULL. */
const struct efi_volume *flash_volume(const struct efi_guid *name);

/* The content of the first section of a file; n is 0 if there is no such file, or no volume. */
struct flash_bytes flash_file(const struct efi_volume *volume, const struct efi_guid *name);

#endif
