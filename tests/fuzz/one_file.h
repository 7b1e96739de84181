/* A volume in memory with the fuzzer's input as its files, and a reader run on it. */
#ifndef FUZZ_ONE_FILE_H
#define FUZZ_ONE_FILE_H

#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/hardware.h"
#include "config/formats.h"
#include "config/reader.h"
#include "disk/volume.h"

#define FUZZ_ARENA ((size_t)64 << 20) /* a reading that wants more ends by the arena's guard */
#define FUZZ_FILES 8

static const struct identity fuzz_identity = {
	.name = "sda1",
	.disk = "sda",
	.partition = 1,
	.scheme = "gpt",
	.uuid = "c0ffee00-0000-4000-8000-000000000001",
	.is_filesystem = true,
};

/* A machine whose strings may be asked for: one structure, of the system. */
static inline const struct hardware *fuzz_hardware(struct arena *arena)
{
	static const unsigned char table[] =
		"\x01\x1b\x01\x00\x01\x02\x00\x09\x00\x11\x22\x33\x44\x55\x66\x77"
		"\x88\x99\xaa\xbb\xcc\xdd\xee\xff\x06\x01\x02 A  b\0c\0";
	struct hardware *hardware = arena_make(arena, struct hardware);

	*hardware = (struct hardware){ table, sizeof table, "6PXL" };
	return hardware;
}

/*
 * fuzz_split - cut the input at lines "@@@@" into the files that @paths names
 *
 * Paths are used in their order, as many as there are parts.
 */
static inline void fuzz_split(const uint8_t *data, size_t size, const char *const *paths,
			      struct memory_file files[FUZZ_FILES + 1])
{
	static const char mark[] = "\n@@@@\n";
	size_t n = 0;

	for (; paths[n] && n < FUZZ_FILES; n++) {
		const uint8_t *end = paths[n + 1] ? memmem(data, size, mark, strlen(mark)) : NULL;
		size_t length = end ? (size_t)(end - data) : size;

		files[n] = (struct memory_file){ paths[n], data, length };
		if (!end) {
			n++;
			break;
		}
		data += length + strlen(mark);
		size -= length + strlen(mark);
	}
	files[n] = (struct memory_file){ NULL, NULL, 0 };
}

/* Everything of an entry is to be readable: the sanitizers say so if it isn't. */
static inline size_t fuzz_touch(const struct config *config)
{
	size_t sum = 0;

	for (size_t i = 0; i < config->entries.n; i++) {
		const struct entry *entry = config->entries.at[i];

		sum += strlen(entry->title) + strlen(entry->cmdline);
		for (size_t p = 0; p < entry->path.n; p++)
			sum += strlen(entry->path.at[p]);
		for (size_t f = 0; f < entry->initrds.n; f++)
			if (!entry->reason)
				sum += strlen(entry->initrds.at[f].path);
		if (entry_is_bootable(entry))
			sum += strlen(entry->kernel.path);
	}
	if (config->default_entry != NO_DEFAULT && config->default_entry >= config->entries.n)
		__builtin_trap();
	for (size_t i = 0; i < config->fallback.n; i++)
		if (config->fallback.at[i] >= config->entries.n)
			__builtin_trap();
	return sum;
}

/* fuzz_read - run a reader on @file of the input's files */
static inline int fuzz_read(const uint8_t *data, size_t size, const char *const *paths,
			    const char *file, int (*read)(struct reading *reading))
{
	struct arena *arena = arena_new(FUZZ_ARENA);
	struct memory_file files[FUZZ_FILES + 1];
	struct reading_options options = { .platform = "pc", .arch = "x86_64", .any_file = true,
					   .hardware = fuzz_hardware };
	struct volumes volumes;
	struct reading reading;
	jmp_buf exhausted;

	if (!arena)
		return 0;
	arena_guard(arena, &exhausted);
	if (!setjmp(exhausted)) {
		fuzz_split(data, size, paths, files);
		volumes_init(&volumes, arena, volume_open_memory(arena, files, &fuzz_identity));
		reading = (struct reading){
			.arena = arena,
			.volumes = &volumes,
			.volume = volumes_own(&volumes),
			.file = file,
			.options = &options,
			.config = config_new(arena, "fuzz", file),
		};
		if (read(&reading) == 0)
			fuzz_touch(reading.config);
	}
	arena_free(arena);
	return 0;
}

#endif
