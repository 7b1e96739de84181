/* For the tests of the readers: a config in memory, read, and what to expect of its entries. */
#ifndef UNIT_READING_H
#define UNIT_READING_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "config/formats.h"
#include "config/reader.h"

static const struct identity disk = {
	.name = "sda1",
	.disk = "sda",
	.partition = 1,
	.scheme = "dos",
	.uuid = "1234-ABCD",
	.is_filesystem = true,
};

static struct arena *arena;

static int make_arena(void **state)
{
	(void)state;
	arena = arena_new((size_t)256 << 20);
	return arena ? 0 : -1;
}

static int drop_arena(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

/* A file with a string in it. */
#define FILE_OF(path_, text_) { .path = (path_), .bytes = (text_), .size = sizeof(text_) - 1 }
#define NO_MORE_FILES { .path = NULL }

/* Read @file of @files on a machine of @arch; kernels need not be there. */
static inline struct config *read_on(const char *arch, const struct memory_file *files,
				     const char *file)
{
	static struct volumes volumes;
	struct reading_options options = { .platform = "pc", .arch = arch, .any_file = true };
	struct config *config;
	int error;

	volumes_init(&volumes, arena, volume_open_memory(arena, files, &disk));
	config = readers_read(arena, &volumes, &options, file, &error);
	assert_non_null(config);
	return config;
}

/* Read one text under the name @path. */
static inline struct config *read_text(const char *path, const char *text)
{
	struct memory_file *files = arena_array(arena, 2, sizeof *files);

	files[0] = (struct memory_file){ .path = path, .bytes = text, .size = strlen(text) };
	return read_on("x86_64", files, path);
}

static inline const struct entry *entry_at(const struct config *config, size_t i)
{
	assert_in_range(i, 0, config->entries.n ? config->entries.n - 1 : 0);
	assert_int_not_equal(config->entries.n, 0);
	return config->entries.at[i];
}

/* An entry that boots Linux: kernel, initrds in one string with blanks between, command line. */
static inline void assert_linux(const struct entry *entry, const char *title, const char *kernel,
				const char *initrds, const char *cmdline)
{
	char list[1024] = "";

	assert_string_equal(entry->title, title);
	assert_null(entry->reason);
	assert_int_equal(entry->kind, ENTRY_LINUX);
	assert_string_equal(entry->kernel.path, kernel);
	for (size_t i = 0; i < entry->initrds.n; i++) {
		if (i)
			strcat(list, " ");
		assert_in_range(strlen(list) + strlen(entry->initrds.at[i].path), 0, 1000);
		strcat(list, entry->initrds.at[i].path);
	}
	assert_string_equal(list, initrds);
	assert_string_equal(entry->cmdline, cmdline);
}

/* An entry that can't be booted, with a reason that says @part. */
static inline void assert_refused(const struct entry *entry, const char *title, const char *part)
{
	assert_string_equal(entry->title, title);
	assert_false(entry_is_bootable(entry));
	assert_non_null(entry->reason);
	assert_non_null(strstr(entry->reason, part));
}

static inline void assert_default(const struct config *config, const char *title)
{
	assert_in_range(config->default_entry, 0, config->entries.n - 1);
	assert_string_equal(config->entries.at[config->default_entry]->title, title);
	assert_non_null(config->default_why);
}

#define READER_TEST(test) cmocka_unit_test_setup_teardown(test, make_arena, drop_arena)

#endif
