#include "disk/lvm.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <xz.h>

#include "base/bytes.h"
#include "base/text.h"
#include "disk/lvmtext.h"

#define SECTOR 512
#define LABEL_SECTORS 4                            /* in one of which the label is */
#define METADATA_MOST ((uint64_t)16 * 1024 * 1024) /* bytes of a group's text */
#define AREAS_MOST 8
#define SEGMENTS_MOST 65536
#define STRIPES_MOST 128
#define VOLUMES_MOST 1024

#define IGNORED 0x1 /* of a text: this disk keeps none, the group's others do */

static const char area_magic[16] = " LVM2 x[5A%r0N*>";

/* The label and the areas ----------------------------------------------------------------------------- */

static bool read_at(int fd, void *to, uint64_t size, uint64_t at)
{
	return at <= INT64_MAX && pread(fd, to, size, (off_t)at) == (ssize_t)size;
}

/* The usual CRC32, but begun with a number of LVM's own, and not inverted (lib/misc/crc.c). */
static uint32_t checksum(const void *bytes, size_t size)
{
	xz_crc32_init();
	return ~xz_crc32(bytes, size, ~0xf597a6cfu);
}

/* The text of an area is a ring: what is past its end goes on behind its header. */
static const char *read_text(struct arena *arena, int fd, uint64_t at, uint64_t size,
			     const unsigned char *place)
{
	uint64_t offset = get64(place), length = get64(place + 8), first;
	char *text;

	if (offset < SECTOR || offset >= size || length > METADATA_MOST ||
	    length > size - SECTOR || at > INT64_MAX - size)
		return NULL;
	text = arena_alloc(arena, length + 1);
	first = length < size - offset ? length : size - offset;
	if (!read_at(fd, text, first, at + offset) ||
	    !read_at(fd, text + first, length - first, at + SECTOR) ||
	    checksum(text, length) != get32(place + 16))
		return NULL;
	return text;
}

/*
 * An area: a header of one sector, which says where the text is (struct mda_header). Returns false if
 * it is damaged; *@text is NULL, too, if there is none on this disk.
 */
static bool read_area(struct arena *arena, int fd, uint64_t at, uint64_t size, const char **text)
{
	unsigned char header[SECTOR];
	const unsigned char *place = header + 40;

	if (size <= SECTOR || !read_at(fd, header, sizeof header, at) ||
	    memcmp(header + 4, area_magic, sizeof area_magic) != 0 ||
	    checksum(header + 4, sizeof header - 4) != get32(header) || get64(header + 24) != at)
		return false;
	if (!get64(place + 8) || get32(place + 20) & IGNORED)
		return true;
	*text = read_text(arena, fd, at, size, place);
	return *text;
}

static void copy_id(char to[LVM_ID + 1], const char *from)
{
	size_t n = 0;

	for (; *from && n < LVM_ID; from++)
		if (*from != '-')
			to[n++] = *from;
	to[n] = '\0';
}

/* The header: an id, a size, and two lists of areas (data, text), each ended by zeros. */
static bool read_header(struct arena *arena, struct lvm_pv *pv, int fd, const unsigned char *at,
			const unsigned char *end)
{
	unsigned list = 0;

	if (end - at < LVM_ID + 8)
		return false;
	memcpy(pv->id, at, LVM_ID);
	pv->id[LVM_ID] = '\0';
	for (at += LVM_ID + 8; list < 2 && end - at >= 16; at += 16) {
		uint64_t offset = get64(at), size = get64(at + 8);

		if (!offset)
			list++;
		else if (list == 1 && !pv->metadata)
			pv->is_damaged |= !read_area(arena, fd, offset, size, &pv->metadata);
	}
	pv->is_damaged &= !pv->metadata;
	return strlen(pv->id) == LVM_ID;
}

bool lvm_read(struct arena *arena, struct lvm_pv *pv, int fd)
{
	unsigned char sectors[LABEL_SECTORS * SECTOR];

	if (!read_at(fd, sectors, sizeof sectors, 0))
		return false;
	for (size_t i = 0; i < LABEL_SECTORS; i++) {
		const unsigned char *label = sectors + i * SECTOR;

		if (memcmp(label, "LABELONE", 8) == 0 && memcmp(label + 24, "LVM2 001", 8) == 0 &&
		    get64(label + 8) == i && get32(label + 20) < SECTOR &&
		    checksum(label + 20, SECTOR - 20) == get32(label + 16))
			return read_header(arena, pv, fd, label + get32(label + 20), label + SECTOR);
	}
	return false;
}

/* From the text to tables ----------------------------------------------------------------------------- */

struct group {
	struct arena *arena;
	const struct lvmtext *tree; /* the section of the group */
	char id[LVM_ID + 1];
	uint64_t extent; /* sectors */
	const struct lvm_pv *pvs;
	size_t n;
};

/* The disk that a group's text describes; NULL: it is not here. */
static const struct lvm_pv *find_pv(const struct group *group, const struct lvmtext *described)
{
	char id[LVM_ID + 1];

	/* One that was missing when the group was last changed has old data. */
	if (lvmtext_holds(lvmtext_find(described, "flags"), "MISSING"))
		return NULL;
	copy_id(id, lvmtext_string(described, "id"));
	for (size_t i = 0; i < group->n; i++)
		if (*id && strcmp(group->pvs[i].id, id) == 0)
			return &group->pvs[i];
	return NULL;
}

/* A number of extents in sectors; false: there is no such number. */
static bool extents(const struct group *group, const struct lvmtext *node, const char *name,
		    uint64_t *sectors)
{
	uint64_t n;

	return lvmtext_number(node, name, &n) &&
	       !__builtin_mul_overflow(n, group->extent, sectors) && *sectors <= INT64_MAX;
}

/* "stripes": a name of a physical volume and the first extent on it, for each. */
static const char *add_stripes(const struct group *group, struct lvm_volume *volume,
			       const struct lvmtext *segment, struct text *params, unsigned count)
{
	const struct lvmtext *item = lvmtext_items(lvmtext_find(segment, "stripes"));
	const struct lvmtext *all = lvmtext_find(group->tree, "physical_volumes");

	for (unsigned i = 0; i < count; i++, item = item->next->next) {
		const struct lvm_pv *pv;
		const struct lvmtext *described;
		uint64_t first, start;

		if (!item || !item->string || !item->next || item->next->string)
			return "its stripes are damaged";
		described = lvmtext_find(all, item->string);
		if (!described || !lvmtext_number(described, "pe_start", &start) ||
		    __builtin_mul_overflow(item->next->number, group->extent, &first) ||
		    __builtin_add_overflow(first, start, &first))
			return "its physical volumes are damaged";
		pv = find_pv(group, described);
		volume->lacks_disk |= !pv;
		text_print(params, "%s%s %" PRIu64, params->n ? " " : "", pv ? pv->number : "",
			   first);
	}
	return NULL;
}

static const char *add_segment(const struct group *group, struct lvm_volume *volume,
			       const struct lvmtext *node)
{
	struct lvm_segment segment = { .target = "linear" };
	struct text params = TEXT(group->arena);
	const char *type = lvmtext_string(node, "type"), *problem;
	uint64_t count, size;

	if (strcmp(type, "striped") != 0)
		return arena_print(group->arena, "it is of LVM's type \"%.40s\", which baton can't read",
				   type);
	if (!extents(group, node, "start_extent", &segment.start) ||
	    !extents(group, node, "extent_count", &segment.length) || !segment.length ||
	    !lvmtext_number(node, "stripe_count", &count) || !count || count > STRIPES_MOST)
		return "its segments are damaged";
	if (count > 1) {
		if (!lvmtext_number(node, "stripe_size", &size))
			return "its segments are damaged";
		segment.target = "striped";
		text_print(&params, "%" PRIu64 " %" PRIu64, count, size);
	}
	problem = add_stripes(group, volume, node, &params, (unsigned)count);
	segment.params = text_end(&params);
	vec_push(group->arena, &volume->segments) = segment;
	return problem;
}

/* Names of a group and a volume in one: a dash in them is doubled, one dash is between them. */
static const char *join_names(struct arena *arena, const char *group, const char *volume)
{
	struct text text = TEXT(arena);

	for (const char *at = group; *at; at++)
		text_print(&text, *at == '-' ? "--" : "%c", *at);
	text_char(&text, '-');
	for (const char *at = volume; *at; at++)
		text_print(&text, *at == '-' ? "--" : "%c", *at);
	return text_end(&text);
}

static void add_volume(const struct group *group, const struct lvmtext *node,
		       struct lvm_volumes *volumes)
{
	struct lvm_volume volume = { .name = join_names(group->arena, group->tree->name, node->name) };
	char id[LVM_ID + 1];

	if (!lvmtext_holds(lvmtext_find(node, "status"), "VISIBLE"))
		return; /* a part of another one */
	copy_id(id, lvmtext_string(node, "id"));
	volume.uuid = arena_print(group->arena, "LVM-%s%s", group->id, id);
	for (const struct lvmtext *child = node->child; child && !volume.problem; child = child->next)
		if (string_starts(child->name, "segment") && child->child &&
		    volume.segments.n < SEGMENTS_MOST)
			volume.problem = add_segment(group, &volume, child);
	if (!volume.problem && volume.lacks_disk)
		volume.problem = "a disk of its group is missing";
	else
		volume.lacks_disk = false;
	if (!volume.problem && (!volume.segments.n || strlen(volume.name) > 127))
		volume.problem = "it is empty, or its name is too long";
	vec_push(group->arena, &volumes->list) = volume;
}

/* The section that describes the group: the first of the text. */
static bool open_group(struct group *group, const char *metadata)
{
	group->tree = metadata ? lvmtext_parse(group->arena, metadata) : NULL;
	while (group->tree && !group->tree->child)
		group->tree = group->tree->next;
	if (!group->tree || !lvmtext_number(group->tree, "extent_size", &group->extent) ||
	    !group->extent)
		return false;
	copy_id(group->id, lvmtext_string(group->tree, "id"));
	return strlen(group->id) == LVM_ID;
}

static uint64_t age(const struct group *group)
{
	uint64_t number;

	return lvmtext_number(group->tree, "seqno", &number) ? number : 0;
}

/* Has another of the physical volumes the same metadata (and comes before), or newer? */
static bool is_outdated(const struct group *groups, size_t n, size_t i)
{
	for (size_t j = 0; j < n; j++)
		if (j != i && groups[j].tree && strcmp(groups[j].id, groups[i].id) == 0 &&
		    (age(&groups[j]) > age(&groups[i]) ||
		     (j < i && age(&groups[j]) == age(&groups[i]))))
			return true;
	return false;
}

/* Mostly all physical volumes of a group have the same text, of which one is enough. */
static bool is_copy(const struct lvm_pv *pvs, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (string_same(pvs[i].metadata, pvs[j].metadata))
			return true;
	return false;
}

void lvm_find(struct arena *arena, struct lvm_volumes *volumes, const struct lvm_pv *pvs, size_t n)
{
	struct group *groups = arena_array(arena, n, sizeof *groups);

	*volumes = (struct lvm_volumes){ 0 };
	for (size_t i = 0; i < n; i++) {
		groups[i] = (struct group){ .arena = arena, .pvs = pvs, .n = n };
		if (is_copy(pvs, i) || !open_group(&groups[i], pvs[i].metadata))
			groups[i].tree = NULL;
	}
	for (size_t i = 0; i < n; i++) {
		const struct lvmtext *node;

		if (!groups[i].tree || is_outdated(groups, n, i) ||
		    lvmtext_holds(lvmtext_find(groups[i].tree, "status"), "EXPORTED"))
			continue;
		node = lvmtext_find(groups[i].tree, "logical_volumes");
		for (node = node ? node->child : NULL; node && volumes->list.n < VOLUMES_MOST;
		     node = node->next)
			if (node->child)
				add_volume(&groups[i], node, volumes);
	}
}
