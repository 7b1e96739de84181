#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "tools/fv/fv.h"

const char edit_usage[] =
	"	remove FILE…\n"
	"	keep VOLUME FILE…               removes all other drivers and applications\n"
	"	add VOLUME FFS-FILE             as \"extract\" wrote it\n"
	"	add VOLUME KIND GUID NAME DATA  KIND: driver, peim, application, freeform or raw\n"
	"	replace FILE SECTION DATA       the content of one of its sections\n"
	"	move VOLUME VOLUME              all drivers and applications, and what orders them\n"
	"	cut VOLUME                      of a packed one, the room behind its last file\n";

const char *edit_read(struct arena *arena, const char *path, struct bytes *bytes)
{
	FILE *file = fopen(path, "rb");
	struct stat status;
	const char *why = NULL;

	if (!file)
		return arena_print(arena, "%s: %s", path, strerror(errno));
	if (fstat(fileno(file), &status) < 0 || !S_ISREG(status.st_mode)) {
		why = arena_print(arena, "%s: it is no file", path);
	} else {
		*bytes = (struct bytes){ arena_alloc(arena, (size_t)status.st_size + 1),
					 (size_t)status.st_size };
		if (fread(bytes->at, 1, bytes->n, file) != bytes->n)
			why = arena_print(arena, "%s: can't be read", path);
	}
	fclose(file);
	return why;
}

/* An edit of a volume whose files can't all be found could write over them. */
static const char *check(struct image *image, const struct volume *volume)
{
	char text[GUID_TEXT];

	if (volume_is_sound(volume))
		return NULL;
	return arena_print(image->arena,
			   "volume %s: it has a format that is not known, or is damaged",
			   volume->named ? guid_print(&volume->name, text) : "without a name");
}

static const char *close_file(struct image *image, const struct volume *volume,
			      const struct file *file)
{
	const char *why = image_close(image, volume, file);
	char text[GUID_TEXT];

	return why ? arena_print(image->arena, "%s: %s", guid_print(&file->name, text), why) : NULL;
}

static const char *remove_one(struct image *image, const char *name)
{
	struct volume *volume;
	struct file file;
	const char *why = image_file(image, name, &volume, &file);

	if (!why)
		why = check(image, volume);
	if (!why)
		why = close_file(image, volume, &file);
	if (why)
		return why;
	volume_remove(volume, &file);
	image_changed(volume);
	return NULL;
}

static const char *run_remove(struct image *image, char *const *words, size_t n)
{
	const char *why = NULL;

	for (size_t i = 0; i < n && !why; i++)
		why = remove_one(image, words[i]);
	return why;
}

static bool is_named(struct image *image, const struct volume *volume, const struct file *file,
		     char *const *words, size_t n)
{
	const char *title = file_title(image->arena, volume, file);
	struct guid guid;

	for (size_t i = 0; i < n; i++) {
		if (guid_parse(words[i], &guid) ? guid_same(&guid, &file->name)
						: strcmp(title, words[i]) == 0)
			return true;
	}
	return false;
}

/* From the start each time: a pad file behind one that goes becomes part of its pad file. */
static bool next_unnamed(struct image *image, const struct volume *volume, struct file *file,
			 char *const *words, size_t n)
{
	*file = (struct file){ 0 };
	while (volume_next(volume, file)) {
		if ((file->type == FILE_DRIVER || file->type == FILE_APPLICATION) &&
		    !file->deleted && !is_named(image, volume, file, words, n))
			return true;
	}
	return false;
}

/* A name that is not there is an error, not a wish: it may be misspelt. */
static const char *run_keep(struct image *image, char *const *words, size_t n)
{
	struct volume *volume, *other;
	struct file file = { 0 };
	const char *why = image_volume(image, words[0], &volume);

	if (!why)
		why = check(image, volume);
	for (size_t i = 1; i < n && !why; i++) {
		why = image_file(image, arena_print(image->arena, "%s/%s", words[0], words[i]),
				 &other, &file);
	}
	if (why)
		return why;
	while (!why && next_unnamed(image, volume, &file, words + 1, n - 1)) {
		why = close_file(image, volume, &file);
		if (!why)
			volume_remove(volume, &file);
	}
	image_changed(volume);
	return why;
}

/*
 * What a file waits for. A driver that doesn't say it waits for all protocols of PI (PI 2, 10.9):
 * for nothing is TRUE, END (10.7). Before there is memory, a PEIM runs where it lies, which these
 * are not linked for: it waits for memory, PUSH EFI_PEI_MEMORY_DISCOVERED_PPI, END.
 */
static uint8_t for_nothing[] = { 0x06, 0x08 };
static uint8_t for_memory[] = { 0x02, 0x3d, 0x64, 0x94, 0xf8, 0x49, 0xc4, 0xd1, 0x42,
				0x8e, 0xa8, 0x85, 0xbd, 0xd8, 0xc6, 0x5b, 0xde, 0x08 };

static const struct kind {
	const char *name;
	uint8_t type, section; /* 0: the body is the data */
	uint8_t waits;         /* section */
	struct bytes for_what;
} kinds[] = {
	{ "driver",
	  FILE_DRIVER,
	  SECTION_PE32,
	  SECTION_DXE_DEPEX,
	  { for_nothing, sizeof for_nothing } },
	{ "peim", FILE_PEIM, SECTION_PE32, SECTION_PEI_DEPEX, { for_memory, sizeof for_memory } },
	{ "application", FILE_APPLICATION, SECTION_PE32, 0, { NULL, 0 } },
	{ "freeform", FILE_FREEFORM, SECTION_RAW, 0, { NULL, 0 } },
	{ "raw", FILE_RAW, 0, 0, { NULL, 0 } },
};

/* Sections: what it waits for, the data, the name. */
static struct bytes make_file(struct arena *arena, const struct kind *kind, const struct guid *guid,
			      const char *name, struct bytes data)
{
	struct bytes body = { NULL, 0 }, title = { NULL, 2 * strlen(name) + 2 };

	if (!kind->section)
		return file_make(arena, kind->type, 0, guid, data);
	if (kind->waits)
		section_append(arena, &body, kind->waits, kind->for_what);
	section_append(arena, &body, kind->section, data);
	title.at = arena_alloc(arena, title.n);
	for (size_t i = 0; name[i]; i++)
		title.at[2 * i] = (uint8_t)name[i];
	section_append(arena, &body, SECTION_UI, title);
	return file_make(arena, kind->type, 0, guid, body);
}

static const char *find_kind(struct image *image, const char *name, const struct kind **kind)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		*kind = &kinds[i];
		if (strcmp(kinds[i].name, name) == 0)
			return NULL;
	}
	return arena_print(image->arena, "%s: not a kind of file", name);
}

/* The bytes of the file that the words behind VOLUME describe. */
static const char *describe(struct image *image, char *const *words, size_t n, struct bytes *file)
{
	const struct kind *kind;
	struct file parsed;
	struct guid guid;
	struct bytes data;
	const char *why = edit_read(image->arena, words[n - 1], &data);

	if (why)
		return why;
	*file = data;
	if (n == 1)
		return file_parse(data, 0xff, &parsed) && parsed.size == data.n && !parsed.damaged
			       ? NULL
			       : arena_print(image->arena, "%s: not a file of a firmware volume",
					     words[0]);
	if (n != 4)
		return "add takes two or five arguments";
	why = find_kind(image, words[0], &kind);
	if (why)
		return why;
	if (!guid_parse(words[1], &guid))
		return arena_print(image->arena, "%s: not a GUID", words[1]);
	*file = make_file(image->arena, kind, &guid, words[2], data);
	return NULL;
}

static const char *run_add(struct image *image, char *const *words, size_t n)
{
	struct volume *volume;
	struct bytes file;
	size_t all, longest;
	const char *why = image_volume(image, words[0], &volume);

	if (!why)
		why = check(image, volume);
	if (!why)
		why = describe(image, words + 1, n - 1, &file);
	if (why)
		return why;
	if (!volume_add(volume, file)) {
		volume_room(volume, &all, &longest);
		return arena_print(image->arena,
				   "%s: %zu bytes, and the longest free room in %s has %zu",
				   words[n - 1], file.n, words[0], longest);
	}
	image_changed(volume);
	return NULL;
}

/* Where the program of a file begins; 0 if there is none in it. */
static size_t program_at(struct bytes body)
{
	struct section section;

	return section_find(body, SECTION_TE, &section) ||
			       section_find(body, SECTION_PE32, &section)
		       ? section.at + section.header
		       : 0;
}

static const char *run_replace(struct image *image, char *const *words, size_t n)
{
	int type = section_type(words[1]);
	struct bytes data, old, body;
	struct section section;
	struct volume *volume;
	struct file file;
	const char *why = image_file(image, words[0], &volume, &file);

	(void)n;
	if (!why)
		why = check(image, volume);
	if (!why)
		why = edit_read(image->arena, words[2], &data);
	if (why)
		return why;
	old = file_body(volume, &file);
	if (type < 0 || !file_has_sections(file.type) ||
	    !section_find(old, (uint8_t)type, &section))
		return arena_print(image->arena, "%s: it has no section %s", words[0], words[1]);
	body = section_splice(image->arena, old, &section, data);
	if (file_runs_in_place(file.type) && program_at(body) != program_at(old))
		return arena_print(image->arena,
				   "%s: its program runs where it lies, and would move", words[0]);
	why = close_file(image, volume, &file);
	if (why)
		return why;
	body = file_make(image->arena, file.type, file.attributes, &file.name, body);
	if (!volume_replace(volume, &file, body, false))
		return arena_print(image->arena, "%s: %zu bytes then, and so much is not free",
				   words[0], body.n);
	image_changed(volume);
	return NULL;
}

/* Freeform files say which drivers come first (PI 2, 10.3), and what there is to read for them. */
static bool next_movable(const struct volume *volume, struct file *file)
{
	*file = (struct file){ 0 };
	while (volume_next(volume, file)) {
		if (!file->deleted &&
		    (file->type == FILE_DRIVER || file->type == FILE_APPLICATION ||
		     file->type == FILE_FREEFORM))
			return true;
	}
	return false;
}

static const char *run_move(struct image *image, char *const *words, size_t n)
{
	struct volume *from, *to;
	struct file file;
	const char *why = image_volume(image, words[0], &from);

	(void)n;
	if (!why)
		why = image_volume(image, words[1], &to);
	if (!why)
		why = check(image, from);
	if (!why)
		why = check(image, to);
	if (why)
		return why;
	if (from == to)
		return "move: both volumes are the same";
	while (next_movable(from, &file)) {
		why = close_file(image, from, &file);
		if (why)
			return why;
		if (!volume_add(to, volume_copy(image->arena, from, &file)))
			return arena_print(image->arena, "%s: not enough room for what is in %s",
					   words[1], words[0]);
		volume_remove(from, &file);
	}
	image_changed(from);
	image_changed(to);
	return NULL;
}

static const char *run_cut(struct image *image, char *const *words, size_t n)
{
	struct volume *volume;
	const char *why = image_volume(image, words[0], &volume);

	(void)n;
	if (!why)
		why = check(image, volume);
	if (why || image_cut(image, volume))
		return why;
	return arena_print(image->arena, "%s: it does not lie packed by itself, or has no room",
			   words[0]);
}

static const struct {
	const char *name;
	size_t least, most;
	const char *(*run)(struct image *image, char *const *words, size_t n);
} edits[] = {
	{ "remove", 1, SIZE_MAX, run_remove },
	{ "keep", 1, SIZE_MAX, run_keep },
	{ "add", 2, 5, run_add },
	{ "replace", 3, 3, run_replace },
	{ "move", 2, 2, run_move },
	{ "cut", 1, 1, run_cut },
};

const char *edit_run(struct image *image, char *const *words, size_t n)
{
	for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
		if (strcmp(edits[i].name, words[0]) != 0)
			continue;
		if (n - 1 < edits[i].least || n - 1 > edits[i].most)
			break;
		return edits[i].run(image, words + 1, n - 1);
	}
	return arena_print(image->arena, "%s: not an edit, or not its arguments; there are:\n%s",
			   words[0], edit_usage);
}
