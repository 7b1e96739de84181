#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/fv/fv.h"

#define DEPTH_MOST 8
#define VOLUME_AT  8 /* what volumes are aligned to in an image, at least */

/* Where a stream of sections is: its area, the file that it is the body of, and how deep. */
struct where {
	struct area *area;
	struct volume *volume; /* NULL: the stream is all of an area */
	size_t file;
	unsigned depth;
};

static const char *scan_volume(struct image *image, const struct where *where, size_t at, size_t n,
			       struct volume **found);

struct bytes file_body(const struct volume *volume, const struct file *file)
{
	return (struct bytes){ volume_bytes(volume) + file->at + file->header,
			       file->size - file->header };
}

static const char *scan_sections(struct image *image, const struct where *where,
				 struct bytes stream);

/* A packed section of a file's becomes an area of its own. */
static const char *scan_packed(struct image *image, const struct where *where, struct bytes stream,
			       const struct section *section)
{
	struct area **end = &image->areas, *area;
	struct where inside = { .depth = where->depth + 1 };
	const struct packing *packing;
	const char *why;
	size_t data;

	packing = packing_find(stream, section, &data);
	if (!packing)
		return NULL;
	area = arena_make(image->arena, struct area);
	*area = (struct area){ .packing = packing,
			       .volume = where->volume,
			       .file = where->file,
			       .section = section->at };
	why = packing->unpack(image->arena,
			      (struct bytes){ stream.at + section->at + data,
					      section->size - data },
			      &area->bytes);
	if (why)
		return arena_print(image->arena, "%s section: %s", packing->name, why);
	while (*end)
		end = &(*end)->next;
	*end = inside.area = area;
	return scan_sections(image, &inside, area->bytes);
}

static const char *scan_sections(struct image *image, const struct where *where,
				 struct bytes stream)
{
	struct section section = { 0 };
	struct volume *volume;
	const char *why = NULL;

	if (where->depth > DEPTH_MOST)
		return "sections are nested too deeply";
	while (!why && section_next(stream, &section)) {
		size_t body =
			(size_t)(stream.at - where->area->bytes.at) + section.at + section.header;

		if (section.type == SECTION_GUIDED)
			why = scan_packed(image, where, stream, &section);
		else if (section.type == SECTION_VOLUME)
			why = scan_volume(image, where, body, section.size - section.header,
					  &volume);
	}
	return why;
}

/* *@found is NULL if there is none. */
static const char *scan_volume(struct image *image, const struct where *where, size_t at, size_t n,
			       struct volume **found)
{
	struct volume **end = &image->volumes, *volume = arena_make(image->arena, struct volume);
	struct file file = { 0 };
	const char *why = NULL;

	*found = NULL;
	if (!volume_parse(volume, (struct bytes){ where->area->bytes.at + at, n }))
		return NULL;
	volume->area = where->area;
	volume->at = at;
	volume->outer = where->volume;
	volume->outer_file = where->file;
	while (*end)
		end = &(*end)->next;
	*end = *found = volume;
	while (!why && volume_next(volume, &file)) {
		struct where inside = { where->area, volume, file.at, where->depth + 1 };

		if (file_has_sections(file.type) && !file.deleted)
			why = scan_sections(image, &inside, file_body(volume, &file));
	}
	return why;
}

const char *image_open(struct image *image, struct arena *arena, struct bytes bytes)
{
	struct where where = { 0 };
	struct volume *volume;
	const char *why;

	*image = (struct image){ .arena = arena, .areas = arena_make(arena, struct area) };
	image->areas->bytes = bytes;
	where.area = image->areas;
	for (size_t at = 0; at < bytes.n; at += volume ? volume->n : VOLUME_AT) {
		why = scan_volume(image, &where, at, bytes.n - at, &volume);
		if (why)
			return why;
	}
	return image->volumes ? NULL : "there is no firmware volume in it";
}

/* Sealing -------------------------------------------------------------------------------------- */

static bool file_at(const struct volume *volume, size_t at, struct file *file)
{
	*file = (struct file){ 0 };
	while (volume_next(volume, file)) {
		if (file->at == at)
			return true;
	}
	return false;
}

/* Which also changes the files that the volume lies in. */
void image_changed(struct volume *volume)
{
	volume->area->changed = true;
	for (; volume->outer; volume = volume->outer)
		file_seal(volume_bytes(volume->outer) + volume->outer_file);
}

static bool lies_in(const struct volume *inner, const struct volume *volume, size_t file)
{
	return (inner->outer == volume && inner->outer_file == file) ||
	       (inner->area->volume == volume && inner->area->file == file) ||
	       (inner->outer && inner->outer->closed) ||
	       (inner->area->volume && inner->area->volume->closed);
}

const char *image_close(struct image *image, const struct volume *volume, const struct file *file)
{
	for (struct area *area = image->areas; area; area = area->next) {
		if (area->volume == volume && area->file == file->at && area->changed)
			return "what is packed in it has just been changed: that is another edit";
	}
	for (struct volume *inner = image->volumes; inner; inner = inner->next)
		inner->closed |= lies_in(inner, volume, file->at);
	return NULL;
}

bool image_cut(struct image *image, struct volume *volume)
{
	struct area *area = volume->area;
	struct section section = { 0 };
	size_t at = volume->at, behind = at + volume->n;
	struct bytes whole = area->bytes;

	while (area->packing && section_next(whole, &section)) {
		if (section.type != SECTION_VOLUME || section.at + section.header != at ||
		    section.at + section.size != behind || !volume_cut(volume))
			continue;
		area->bytes = section_splice(image->arena, whole, &section,
					     (struct bytes){ whole.at + at, volume->n });
		/* Those behind it have come nearer, each as its section begins. */
		for (struct volume *other = image->volumes; other; other = other->next) {
			if (other->area == area && other->at > at)
				other->at -= whole.n - area->bytes.n;
		}
		image_changed(volume);
		return true;
	}
	return false;
}

/* Is there more in an area's file than the area? That could not follow it to another place. */
static bool has_company(const struct image *image, const struct area *area)
{
	for (const struct area *other = image->areas; other; other = other->next) {
		if (other != area && other->volume == area->volume && other->file == area->file)
			return true;
	}
	for (const struct volume *other = image->volumes; other; other = other->next) {
		if (other->outer == area->volume && other->outer_file == area->file)
			return true;
	}
	return false;
}

static const char *seal(struct image *image, struct area *area)
{
	struct bytes body, packed, section_body, file_bytes;
	struct section section = { 0 };
	struct file file;
	const char *why;
	size_t data, header;

	if (!area->volume || !file_at(area->volume, area->file, &file))
		return "what is packed twice can be read, not changed";
	body = file_body(area->volume, &file);
	while (section_next(body, &section) && section.at != area->section)
		;
	assert(section.at == area->section);
	packing_find(body, &section, &data);
	why = area->packing->pack(image->arena, area->bytes, &packed);
	if (why)
		return why;
	header = data - section.header;
	section_body =
		(struct bytes){ arena_alloc(image->arena, header + packed.n), header + packed.n };
	memcpy(section_body.at, body.at + section.at + section.header, header);
	memcpy(section_body.at + header, packed.at, packed.n);
	body = section_splice(image->arena, body, &section, section_body);
	file_bytes = file_make(image->arena, file.type, file.attributes, &file.name, body);
	if (!volume_replace(area->volume, &file, file_bytes, has_company(image, area)))
		return arena_print(image->arena,
				   "packed, it takes %zu bytes, and so much is not free",
				   file_bytes.n);
	image_changed(area->volume);
	return NULL;
}

/* The last one that was found is in no other; from there back to the image itself. */
const char *image_seal(struct image *image)
{
	struct area *last = NULL;
	const char *why;

	while (last != image->areas) {
		struct area *area = image->areas;

		while (area->next != last)
			area = area->next;
		last = area;
		if (!area->changed || !area->packing)
			continue;
		why = seal(image, area);
		if (why)
			return why;
	}
	return NULL;
}

/* Names ---------------------------------------------------------------------------------------- */

const char *image_volume(const struct image *image, const char *name, struct volume **found)
{
	struct guid guid;
	char *end;
	size_t at = strtoull(name, &end, 0);
	bool by_name = guid_parse(name, &guid), by_place = !by_name && *name && !*end;

	*found = NULL;
	for (struct volume *volume = image->volumes; volume; volume = volume->next) {
		if (volume->closed)
			continue;
		if (!(by_name && volume->named && guid_same(&guid, &volume->name)) &&
		    !(by_place && volume->area == image->areas && volume->at == at))
			continue;
		if (*found)
			return arena_print(image->arena, "%s: two volumes have this name", name);
		*found = volume;
	}
	return *found ? NULL : arena_print(image->arena, "%s: no such volume", name);
}

const char *file_title(struct arena *arena, const struct volume *volume, const struct file *file)
{
	const char *title = NULL;

	if (file_has_sections(file->type))
		title = section_name(arena, file_body(volume, file));
	return title ? title : "";
}

static bool is_called(struct arena *arena, const struct volume *volume, const struct file *file,
		      const char *name)
{
	struct guid guid;

	if (file->type == FILE_PAD || file->deleted)
		return false;
	if (guid_parse(name, &guid))
		return guid_same(&guid, &file->name);
	return *name && strcmp(file_title(arena, volume, file), name) == 0;
}

const char *image_file(const struct image *image, const char *name, struct volume **volume,
		       struct file *file)
{
	const char *slash = strchr(name, '/'), *why;
	struct volume *only = NULL;
	struct file at;

	if (slash) {
		why = image_volume(image, arena_copy(image->arena, name, (size_t)(slash - name)),
				   &only);
		if (why)
			return why;
		name = slash + 1;
	}
	*volume = NULL;
	for (struct volume *in = only ? only : image->volumes; in; in = only ? NULL : in->next) {
		for (at = (struct file){ 0 }; !in->closed && volume_next(in, &at);) {
			if (!is_called(image->arena, in, &at, name))
				continue;
			if (*volume)
				return arena_print(image->arena, "%s: two files have this name",
						   name);
			*volume = in;
			*file = at;
		}
	}
	return *volume ? NULL : arena_print(image->arena, "%s: no such file", name);
}
