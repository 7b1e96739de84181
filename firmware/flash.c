#include "firmware/flash.h"

/* Where a PC's flash chip ends, how much of it chipsets decode, how volumes are aligned. */
#define FLASH_END    0x100000000
#define FLASH_MOST   0x1000000
#define VOLUME_ALIGN 0x1000

#define FILE_ALIGN 8

static const struct efi_volume_name *name_of(const struct efi_volume *volume)
{
	return (const void *)((const uint8_t *)volume + volume->extended_at);
}

static bool is_called(const struct efi_volume *volume, uint64_t most, const struct efi_guid *name)
{
	const char *signature = "_FVH";

	for (size_t i = 0; i < sizeof volume->signature; i++) {
		if (volume->signature[i] != signature[i])
			return false;
	}
	if (volume->size > most || volume->extended_at < sizeof *volume)
		return false;
	return efi_same(&name_of(volume)->name, name);
}

const struct efi_volume *flash_volume(const struct efi_guid *name)
{
	for (uint64_t at = FLASH_END - FLASH_MOST; at < FLASH_END; at += VOLUME_ALIGN) {
		const struct efi_volume *volume = (const void *)at;

		if (is_called(volume, FLASH_END - at, name))
			return volume;
	}
	return NULL;
}

static size_t read_size(const uint8_t size[3])
{
	return size[0] | (size_t)size[1] << 8 | (size_t)size[2] << 16;
}

struct flash_bytes flash_file(const struct efi_volume *volume, const struct efi_guid *name)
{
	const uint8_t *start = (const uint8_t *)volume;
	size_t at, size, least = sizeof(struct efi_file) + sizeof(struct efi_section);

	if (!volume)
		return (struct flash_bytes){ NULL, 0 };
	at = volume->extended_at + (size_t)name_of(volume)->size;
	for (; at < volume->size - least; at += size) {
		const struct efi_file *file;
		const struct efi_section *section;

		at = (at + FILE_ALIGN - 1) & ~(size_t)(FILE_ALIGN - 1);
		file = (const void *)(start + at);
		section = (const void *)(file + 1);
		size = read_size(file->size);
		if (size < least || size > volume->size - at) /* the room behind the last one */
			break;
		if (efi_same(&file->name, name) &&
		    read_size(section->size) <= size - sizeof *file &&
		    read_size(section->size) > sizeof *section)
			return (struct flash_bytes){ (const uint8_t *)(section + 1),
						     read_size(section->size) - sizeof *section };
	}
	return (struct flash_bytes){ NULL, 0 };
}
