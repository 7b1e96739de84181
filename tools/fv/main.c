/*
 * fv: looks into firmware volumes, and changes what is in them.
 *
 * It is a tool for people who make images: it reads all of a file, and writes all of it, or
 * nothing.
 */
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/fv/fv.h"

#define MEMORY ((size_t)2 << 30)

static int usage(void)
{
	fprintf(stderr,
		"usage: fv list IMAGE\n"
		"       fv extract IMAGE FILE OUT [SECTION]   without SECTION, the file with its header\n"
		"       fv create IMAGE SIZE GUID             an empty volume\n"
		"       fv edit IMAGE [EDIT]                  without EDIT, one a line from standard input\n"
		"FILE: a GUID or a name, VOLUME/ before it if need be. VOLUME: a GUID, or 0xOFFSET.\n"
		"EDIT:\n%s",
		edit_usage);
	return 2;
}

/* Nobody finds half an image under its name. */
static const char *write_file(struct arena *arena, const char *path, struct bytes bytes)
{
	const char *part = arena_print(arena, "%s.part", path);
	FILE *file = fopen(part, "wb");
	bool good;

	if (!file)
		return arena_print(arena, "%s: %s", part, strerror(errno));
	good = fwrite(bytes.at, 1, bytes.n, file) == bytes.n;
	good = good && !fflush(file) && !fsync(fileno(file));
	good = !fclose(file) && good;
	if (good && rename(part, path) == 0)
		return NULL;
	unlink(part);
	return arena_print(arena, "%s: can't be written: %s", path, strerror(errno));
}

static const char *open_image(struct image *image, struct arena *arena, const char *path)
{
	struct bytes bytes;
	const char *why = edit_read(arena, path, &bytes);

	if (why)
		return why;
	why = image_open(image, arena, bytes);
	return why ? arena_print(arena, "%s: %s", path, why) : NULL;
}

/* list ----------------------------------------------------------------------------------------- */

static const char *const file_types[] = {
	[FILE_RAW] = "raw",
	[FILE_FREEFORM] = "freeform",
	[FILE_SECURITY_CORE] = "sec",
	[FILE_PEI_CORE] = "pei-core",
	[FILE_DXE_CORE] = "dxe-core",
	[FILE_PEIM] = "peim",
	[FILE_DRIVER] = "driver",
	[FILE_COMBINED_PEIM_DRIVER] = "peim+driver",
	[FILE_APPLICATION] = "application",
	[FILE_VOLUME_IMAGE] = "volume",
};

static void list_file(struct arena *arena, const struct volume *volume, const struct file *file)
{
	const char *type = NULL;
	char guid[GUID_TEXT], number[8];

	if (file->type < sizeof file_types / sizeof *file_types)
		type = file_types[file->type];
	if (!type) {
		snprintf(number, sizeof number, "0x%02x", file->type);
		type = file->type == FILE_PAD ? "pad" : number;
	}
	printf("  %#10zx %9zu  %-11s %s %s\n", file->at, file->size,
	       file->deleted   ? "deleted"
	       : file->damaged ? "DAMAGED"
			       : type,
	       guid_print(&file->name, guid), file_title(arena, volume, file));
}

static void list_volume(struct image *image, const struct volume *volume)
{
	struct file file = { 0 };
	char guid[GUID_TEXT];
	size_t all, longest;

	volume_room(volume, &all, &longest);
	printf("volume %s at %#zx",
	       volume->named ? guid_print(&volume->name, guid) : "without a name", volume->at);
	if (volume->area->packing)
		printf(" in %s", volume->area->packing->name);
	printf(", %zu bytes", volume->n);
	if (!volume->has_files)
		printf(", format %s\n", guid_print(&volume->format, guid));
	else
		printf(", %zu free, %zu in one place%s\n", all, longest,
		       volume_is_sound(volume) ? "" : ", DAMAGED");
	while (volume_next(volume, &file)) {
		if (file.type != FILE_PAD)
			list_file(image->arena, volume, &file);
	}
}

static const char *run_list(struct arena *arena, char **words, int n)
{
	struct image image;
	const char *why = open_image(&image, arena, words[0]);

	(void)n;
	for (struct volume *volume = why ? NULL : image.volumes; volume; volume = volume->next)
		list_volume(&image, volume);
	return why;
}

/* The other verbs ------------------------------------------------------------------------------ */

static const char *run_extract(struct arena *arena, char **words, int n)
{
	struct section section;
	struct volume *volume;
	struct image image;
	struct bytes bytes;
	struct file file;
	int type = n == 4 ? section_type(words[3]) : 0;
	const char *why = open_image(&image, arena, words[0]);

	if (!why)
		why = image_file(&image, words[1], &volume, &file);
	if (why)
		return why;
	bytes = (struct bytes){ volume_bytes(volume) + file.at, file.size };
	if (n == 4) {
		bytes = file_body(volume, &file);
		if (type < 0 || !section_find(bytes, (uint8_t)type, &section))
			return arena_print(arena, "%s: it has no section %s", words[1], words[3]);
		bytes.at += section.at + section.header;
		bytes.n = section.size - section.header;
	}
	return write_file(arena, words[2], bytes);
}

static const char *run_create(struct arena *arena, char **words, int n)
{
	struct guid guid;
	char *end;
	size_t size = strtoull(words[1], &end, 0);

	(void)n;
	if (*end || size < 4096 || size > (size_t)1 << 30 || size % 4096)
		return arena_print(arena, "%s: not a multiple of 4096 bytes up to 1 GiB", words[1]);
	if (!guid_parse(words[2], &guid))
		return arena_print(arena, "%s: not a GUID", words[2]);
	return write_file(arena, words[0], volume_make(arena, size, &guid));
}

/* One edit a line. It goes on in lines that begin with a blank; behind # is a comment. */
static const char *edit_by_lines(struct image *image)
{
	VEC(char *) edit = { NULL, 0, 0 };
	const char *why = NULL;
	char *line = NULL, *rest, *word;
	size_t size = 0;

	while (!why && getline(&line, &size, stdin) > 0) {
		line[strcspn(line, "#\n")] = '\0';
		word = strtok_r(line, " \t", &rest);
		if (word == line && edit.n) {
			why = edit_run(image, edit.at, edit.n);
			edit.n = 0;
		}
		for (; word; word = strtok_r(NULL, " \t", &rest))
			vec_push(image->arena, &edit) = arena_string(image->arena, word);
	}
	free(line);
	return why || !edit.n ? why : edit_run(image, edit.at, edit.n);
}

static const char *run_edit(struct arena *arena, char **words, int n)
{
	struct image image;
	const char *why = open_image(&image, arena, words[0]);

	if (!why)
		why = n > 1 ? edit_run(&image, words + 1, (size_t)n - 1) : edit_by_lines(&image);
	if (!why)
		why = image_seal(&image);
	return why ? why : write_file(arena, words[0], image.areas->bytes);
}

static const struct {
	const char *name;
	int least, most;
	const char *(*run)(struct arena *arena, char **words, int n);
} verbs[] = {
	{ "list", 1, 1, run_list },
	{ "extract", 3, 4, run_extract },
	{ "create", 3, 3, run_create },
	{ "edit", 1, INT_MAX, run_edit },
};

#define N_VERBS (sizeof verbs / sizeof *verbs)

/* In a function of its own, so that longjmp() finds no variables that have changed. */
static const char *run(struct arena *arena, size_t verb, char **words, int n)
{
	jmp_buf exhausted;

	if (setjmp(exhausted))
		return "the memory is not enough";
	arena_guard(arena, &exhausted);
	return verbs[verb].run(arena, words, n);
}

int main(int argc, char **argv)
{
	struct arena *arena;
	const char *why;
	size_t verb = 0;

	while (argc > 1 && verb < N_VERBS && strcmp(verbs[verb].name, argv[1]) != 0)
		verb++;
	if (argc < 2 || verb == N_VERBS || argc - 2 < verbs[verb].least ||
	    argc - 2 > verbs[verb].most)
		return usage();
	arena = arena_new(MEMORY);
	why = arena ? run(arena, verb, argv + 2, argc - 2) : "the memory is not enough";
	if (why)
		fprintf(stderr, "fv: %s\n", why);
	arena_free(arena);
	return why ? 1 : 0;
}
