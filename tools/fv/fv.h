/*
 * Firmware volumes (UEFI Platform Initialization 1.7, volume 3; its sections are cited as "PI 3,
 * x").
 *
 * An image is read whole. Nothing in it ever moves: what runs in place was linked to its address,
 * and what finds a volume knows where to look. A file that goes leaves a pad file, and a new one
 * takes the room of pad files, or that behind the last file. Only a compressed section changes its
 * size.
 *
 * Functions that can fail return NULL, or why not, for a person; the text lives in the image's
 * arena.
 */
#ifndef FV_H
#define FV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct bytes {
	uint8_t *at;
	size_t n;
};

/* guid.c --------------------------------------------------------------------------------------- */

#define GUID_SIZE 16
#define GUID_TEXT 37 /* with the NUL */

struct guid {
	uint8_t bytes[GUID_SIZE];
};

/* guid_parse - read "FC510EE7-FFDC-11D4-BD41-0080C73C8881", in either case; false if it is none */
bool guid_parse(const char *text, struct guid *guid);

/* guid_print - the same, written; returns @text */
const char *guid_print(const struct guid *guid, char text[GUID_TEXT]);

bool guid_same(const struct guid *a, const struct guid *b);

/* volume.c: what lies in a volume, and putting files there
 * ----------------------------------------- */

/* PI 3, 2.1.4.1 and table 3-3: those that have a name here */
enum file_type {
	FILE_RAW = 0x01,
	FILE_FREEFORM = 0x02,
	FILE_SECURITY_CORE = 0x03,
	FILE_PEI_CORE = 0x04,
	FILE_DXE_CORE = 0x05,
	FILE_PEIM = 0x06,
	FILE_DRIVER = 0x07,
	FILE_COMBINED_PEIM_DRIVER = 0x08,
	FILE_APPLICATION = 0x09,
	FILE_VOLUME_IMAGE = 0x0b,
	FILE_PAD = 0xf0,
};

struct file {
	size_t at;           /* in the volume */
	size_t header, size; /* of the header, of all */
	struct guid name;
	uint8_t type, attributes;
	bool deleted;
	bool damaged; /* is the body's checksum wrong? */
};

struct volume {
	struct volume *next;
	struct area *area;    /* whose bytes it is in, */
	size_t at, n;         /* and where */
	struct volume *outer; /* if it lies in a file of another volume as it is: that volume, */
	size_t outer_file;    /* and where the file is in it */
	struct guid format, name;
	bool named;
	size_t first;   /* where the first file may be */
	uint8_t erased; /* value of a byte of empty flash */
	bool has_files; /* is the format one whose files we know? */
	bool large;     /* may a file be 16 MiB and more? */
	bool closed;    /* see image_close() */
};

/*
 * volume_parse - check the header at the start of @bytes, and fill in all of @volume that it tells
 *
 * PI 3, 3.2.1. Returns false if no volume begins here, or not all of it is there.
 */
bool volume_parse(struct volume *volume, struct bytes bytes);

/* volume_bytes - the volume's own bytes, as they are now */
uint8_t *volume_bytes(const struct volume *volume);

/*
 * volume_next - the file behind @file; the first if its size is 0
 *
 * Pad files and deleted files are files, too. Returns false at the end, where @file->at is how far
 * the files go; what lies there is empty, unless volume_is_sound() says otherwise.
 */
bool volume_next(const struct volume *volume, struct file *file);

/* volume_is_sound - are all files whole and undamaged, up to the free room behind the last? */
bool volume_is_sound(const struct volume *volume);

/* volume_room - bytes that no file uses, pad files included, and the longest run of them */
void volume_room(const struct volume *volume, size_t *all, size_t *longest);

/* volume_remove - leave a pad file where this one was, joined with those around it */
void volume_remove(struct volume *volume, const struct file *file);

/*
 * volume_add - put a whole file where there is room for it, aligned as its header asks
 *
 * Returns false if no run of free bytes is long enough.
 */
bool volume_add(struct volume *volume, struct bytes file);

/*
 * volume_replace - put a whole file in the place of another one, or, unless it @stays, elsewhere
 *
 * One that runs in place (PI) keeps its address. Returns false, with nothing changed, if there is
 * no room.
 */
bool volume_replace(struct volume *volume, const struct file *old, struct bytes file, bool stays);

/* volume_copy - a file's bytes, as volume_add() takes them; they stay as they are */
struct bytes volume_copy(struct arena *arena, const struct volume *volume, const struct file *file);

/*
 * volume_cut - make the volume end with the block in which its last file does
 *
 * Its header says so then, and @volume->n. Returns false, with nothing changed, if its list of
 * blocks has more than one row.
 */
bool volume_cut(struct volume *volume);

/* volume_make - an empty volume of so many bytes, with a name; the format is FFS 2 */
struct bytes volume_make(struct arena *arena, size_t size, const struct guid *name);

/* file_make - a file of this type, name and body, with its checksums; may need a large volume */
struct bytes file_make(struct arena *arena, uint8_t type, uint8_t attributes,
		       const struct guid *name, struct bytes body);

/* file_parse - check that @bytes begin with a whole file; @erased is the volume's */
bool file_parse(struct bytes bytes, uint8_t erased, struct file *file);

/* file_seal - give a file whose body has changed its checksum again (PI 3, 3.2.3) */
void file_seal(uint8_t *file);

/* file_runs_in_place - does the processor run it where it lies? (PI 1, before there is memory) */
bool file_runs_in_place(uint8_t type);

/* file_has_sections - PI 3, 2.1.4: not the body of raw and pad files, nor of a vendor's own types
 */
bool file_has_sections(uint8_t type);

/* section.c: what a file is made of, and what is packed in it
 * -------------------------------------- */

/* PI 3, 2.1.5.1 and 3.2.4 */
enum section_type {
	SECTION_GUIDED = 0x02,
	SECTION_PE32 = 0x10,
	SECTION_TE = 0x12,
	SECTION_DXE_DEPEX = 0x13,
	SECTION_UI = 0x15,
	SECTION_VOLUME = 0x17,
	SECTION_RAW = 0x19,
	SECTION_PEI_DEPEX = 0x1b,
};

struct section {
	size_t at, header, size; /* in the stream; of the header, of all */
	uint8_t type;
};

/* section_next - the section behind @section, the first if its size is 0; false at the end */
bool section_next(struct bytes stream, struct section *section);

/* section_find - the first section of a type; false if there is none */
bool section_find(struct bytes stream, uint8_t type, struct section *section);

/* section_name - what the user interface section of a file says, as ASCII; NULL if there is none */
const char *section_name(struct arena *arena, struct bytes stream);

/* section_type - a type by its name in "fv extract", or as a number; -1 if it is none */
int section_type(const char *name);

/* section_type_name - the reverse; NULL for a type without a name */
const char *section_type_name(uint8_t type);

/* section_append - grow a stream by a section, aligned; @stream->at moves */
void section_append(struct arena *arena, struct bytes *stream, uint8_t type, struct bytes body);

/* section_splice - a copy of a stream with another body in one of its sections */
struct bytes section_splice(struct arena *arena, struct bytes stream, const struct section *old,
			    struct bytes body);

/* How a section's content is packed (PI 3, 3.2.5.7): what is inside, out, and in again. */
struct packing {
	const char *name;
	struct guid guid;
	const char *(*unpack)(struct arena *arena, struct bytes packed, struct bytes *content);
	const char *(*pack)(struct arena *arena, struct bytes content, struct bytes *packed);
};

/* packing_find - the packing of a GUID defined section, and where its data begin; NULL: not known
 */
const struct packing *packing_find(struct bytes stream, const struct section *section,
				   size_t *data);

/* image.c: all of a flash image
 * -------------------------------------------------------------------- */

/* Bytes with volumes in them: the image's own, or what was packed into a section of a file. */
struct area {
	struct area *next; /* made after this one */
	struct bytes bytes;
	const struct packing *packing; /* NULL: the image's own */
	struct volume *volume;         /* in which it is packed, */
	size_t file, section; /* in which file, and in which of its sections (in the body) */
	bool changed;
};

struct image {
	struct arena *arena;
	struct area *areas;     /* the image's own first */
	struct volume *volumes; /* outer ones before those in them */
};

/* image_open - find all volumes in these bytes, which stay in use, and unpack what is packed */
const char *image_open(struct image *image, struct arena *arena, struct bytes bytes);

/* image_seal - pack what has changed again; the image's own bytes are then complete */
const char *image_seal(struct image *image);

/* image_volume - a volume by its name (a GUID) or its offset in the image (0x…) */
const char *image_volume(const struct image *image, const char *name, struct volume **volume);

/*
 * image_file - a file by its GUID or the name in its user interface section, in any volume
 *
 * VOLUME/FILE looks in that volume only. Two that fit are an error.
 */
const char *image_file(const struct image *image, const char *name, struct volume **volume,
		       struct file *file);

/*
 * image_close - note that a file is about to go, or to be another: volumes in it are not found then
 *
 * Fails, and does nothing, if what is packed in it has been changed: that would be lost.
 */
const char *image_close(struct image *image, const struct volume *volume, const struct file *file);

/* image_changed - note that a file of this volume is another one now */
void image_changed(struct volume *volume);

/*
 * image_cut - give up the room behind a volume's last file, where it lies packed by itself
 *
 * Elsewhere, others know where it ends: nothing happens, and the result is false. What unpacks it
 * must not count on its size.
 */
bool image_cut(struct image *image, struct volume *volume);

/* file_body - a file without its header */
struct bytes file_body(const struct volume *volume, const struct file *file);

/* file_title - the name in its user interface section, or "" */
const char *file_title(struct arena *arena, const struct volume *volume, const struct file *file);

/* edit.c: what changes an image
 * -------------------------------------------------------------------- */

/* edit_run - carry one edit out: {verb, argument…}; see edit_usage */
const char *edit_run(struct image *image, char *const *words, size_t n);

/* edit_usage - the edits and their arguments, one a line */
extern const char edit_usage[];

/* edit_read - a file's content; NULL and errno */
const char *edit_read(struct arena *arena, const char *path, struct bytes *bytes);

#endif
