#include "disk/lvm.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
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
#define TREE_MOST ((size_t)64 * 1024 * 1024)       /* bytes of what is made of that: of some 6 MB */
#define VOLUMES_MOST 1024                          /* of a group */
#define MIRRORS_MOST 10 /* that LVM makes */

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
static bool read_header(struct arena *arena, struct lvm_pv *pv, const unsigned char *at,
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
			pv->is_damaged |= !read_area(arena, pv->fd, offset, size, &pv->metadata);
	}
	pv->is_damaged &= !pv->metadata;
	return strlen(pv->id) == LVM_ID;
}

bool lvm_read(struct arena *arena, struct lvm_pv *pv)
{
	unsigned char sectors[LABEL_SECTORS * SECTOR];

	if (!read_at(pv->fd, sectors, sizeof sectors, 0))
		return false;
	for (size_t i = 0; i < LABEL_SECTORS; i++) {
		const unsigned char *label = sectors + i * SECTOR;

		if (memcmp(label, "LABELONE", 8) == 0 && memcmp(label + 24, "LVM2 001", 8) == 0 &&
		    get64(label + 8) == i && get32(label + 20) < SECTOR &&
		    checksum(label + 20, SECTOR - 20) == get32(label + 16))
			return read_header(arena, pv, label + get32(label + 20), label + SECTOR);
	}
	return false;
}

/* From the text to tables ----------------------------------------------------------------------------- */

struct group {
	struct arena *arena;
	const struct lvm_pv *from;  /* which has its text */
	size_t size;                /* of that */
	struct arena *trees;        /* what was made of it */
	const struct lvmtext *tree; /* the section of the group; NULL: the text is none, or a copy */
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

/* An item of "stripes": the name of a physical volume (*@pv is NULL if that is not here), an extent on it. */
static const char *find_place(const struct group *group, const struct lvmtext *item,
			      const struct lvm_pv **pv, uint64_t *sector)
{
	const struct lvmtext *described;
	uint64_t start;

	if (!item || !item->string || !item->next || item->next->string)
		return "its stripes are damaged";
	described = lvmtext_find(lvmtext_find(group->tree, "physical_volumes"), item->string);
	if (!described || !lvmtext_number(described, "pe_start", &start) ||
	    __builtin_mul_overflow(item->next->number, group->extent, sector) ||
	    __builtin_add_overflow(*sector, start, sector))
		return "its physical volumes are damaged";
	*pv = find_pv(group, described);
	return NULL;
}

static const char *add_stripes(const struct group *group, struct lvm_volume *volume,
			       const struct lvmtext *segment, struct text *params, unsigned count)
{
	const struct lvmtext *item = lvmtext_items(lvmtext_find(segment, "stripes"));

	for (unsigned i = 0; i < count; i++, item = item->next->next) {
		const struct lvm_pv *pv;
		uint64_t first;
		const char *problem = find_place(group, item, &pv, &first);

		if (problem)
			return problem;
		volume->lacks_disk |= !pv;
		text_print(params, "%s%s %" PRIu64, params->n ? " " : "", pv ? pv->number : "",
			   first);
	}
	return NULL;
}

static const char *add_striped(const struct group *group, struct lvm_volume *volume,
			       const struct lvmtext *node)
{
	struct lvm_segment segment = { .target = "linear" };
	struct text params = TEXT(group->arena);
	const char *problem;
	uint64_t count, size;

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

/* The segments of a volume that are all of this type: each is added by @add, the first problem is told. */
static const char *add_segments(const struct group *group, struct lvm_volume *volume,
				const struct lvmtext *node,
				const char *(*add)(const struct group *, struct lvm_volume *,
						   const struct lvmtext *))
{
	const char *problem = NULL;

	for (const struct lvmtext *child = node->child; child && !problem; child = child->next)
		if (string_starts(child->name, "segment") && child->child &&
		    volume->segments.n < SEGMENTS_MOST)
			problem = add(group, volume, child);
	return problem;
}

/* Mirrors: each is a volume of its own, and has another one beside it for what is known of it ----------- */

struct mirror {
	struct lvm_volume volume;
	bool is_good;
	uint64_t events, failed; /* failed: bits of those that this one knew to be bad */
};

/* What device mapper has written beside it: struct dm_raid_superblock in the kernel's dm-raid.c. */
static bool read_state(const struct group *group, const struct lvmtext *beside, struct mirror *mirror)
{
	const struct lvmtext *segment = beside ? lvmtext_find(beside, "segment1") : NULL;
	const struct lvm_pv *pv;
	unsigned char state[64];
	uint64_t at;

	if (find_place(group, lvmtext_items(lvmtext_find(segment, "stripes")), &pv, &at) || !pv ||
	    __builtin_mul_overflow(at, (uint64_t)SECTOR, &at) ||
	    !read_at(pv->fd, state, sizeof state, at) || memcmp(state, "DmRd", 4) != 0)
		return false;
	mirror->events = get64(state + 16);
	mirror->failed = get64(state + 24);
	return get64(state + 32) == UINT64_MAX; /* else it is being filled */
}

static const char *add_plain(const struct group *group, struct lvm_volume *volume,
			     const struct lvmtext *node)
{
	return strcmp(lvmtext_string(node, "type"), "striped") == 0 ? add_striped(group, volume, node)
								     : "";
}

/* A mirror that missed writes is no good. As with md, one update may be missing. */
static const struct mirror *choose(const struct mirror *mirrors, size_t n)
{
	const struct mirror *newest = NULL;

	for (size_t i = 0; i < n; i++)
		if (mirrors[i].is_good && (!newest || mirrors[i].events > newest->events))
			newest = &mirrors[i];
	for (size_t i = 0; newest && i < n; i++)
		if (mirrors[i].is_good && mirrors[i].events + 1 >= newest->events &&
		    !(newest->failed >> i & 1))
			return &mirrors[i];
	return NULL;
}

static const char *add_mirrored(const struct group *group, struct lvm_volume *volume,
				const struct lvmtext *node)
{
	const struct lvmtext *volumes = lvmtext_find(group->tree, "logical_volumes");
	const struct lvmtext *item = lvmtext_items(lvmtext_find(node, "raids"));
	struct mirror mirrors[MIRRORS_MOST] = { 0 };
	const struct mirror *best;
	size_t n = 0;

	if (volume->segments.n)
		return "its segments are damaged"; /* there is one of this type, alone */
	for (; item && item->next && n < MIRRORS_MOST; item = item->next->next, n++) {
		const struct lvmtext *beside = lvmtext_find(volumes, item->string ? item->string : "");
		const char *name = item->next->string;
		const struct lvmtext *data = name ? lvmtext_find(volumes, name) : NULL;

		mirrors[n].is_good =
			data && !add_segments(group, &mirrors[n].volume, data, add_plain) &&
			!mirrors[n].volume.lacks_disk && read_state(group, beside, &mirrors[n]);
		volume->lacks_mirror |= mirrors[n].volume.lacks_disk;
	}
	best = choose(mirrors, n);
	if (best)
		volume->segments = best->volume.segments;
	else
		volume->lacks_disk = volume->lacks_mirror;
	return best || volume->lacks_disk ? NULL : "none of its mirrors is known to be good";
}

#define MOVE_BOOT "put /boot on a linear, striped or raid1 volume, or on a partition"
#define UNCACHE "`lvconvert --uncache` makes it one that can"

/* The types of segments: those that can be read by their names, all others by what these begin with. */
static const struct type {
	const char *name;
	const char *(*add)(const struct group *, struct lvm_volume *, const struct lvmtext *);
	const char *what, *remedy; /* it is, if it can't be read */
} types[] = {
	{ "striped", add_striped, NULL, NULL },
	{ "raid1", add_mirrored, NULL, NULL },
	{ "raid", NULL, "RAID of LVM's own", MOVE_BOOT },
	{ "thin", NULL, "thinly provisioned", MOVE_BOOT },
	{ "cache", NULL, "cached", UNCACHE },
	{ "writecache", NULL, "cached", UNCACHE },
	{ "mirror", NULL, "a mirror of the old kind", "`lvconvert --type raid1` makes it one that can" },
	{ "vdo", NULL, "deduplicated", MOVE_BOOT },
};

static const struct type *find_type(const char *name)
{
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (types[i].add ? strcmp(name, types[i].name) == 0
				 : string_starts(name, types[i].name))
			return &types[i];
	return NULL;
}

static const char *add_segment(const struct group *group, struct lvm_volume *volume,
			       const struct lvmtext *node)
{
	const char *name = lvmtext_string(node, "type");
	const struct type *type = find_type(name);

	if (type && type->add)
		return type->add(group, volume, node);
	return arena_print(group->arena,
			   "it is %s (LVM's type \"%.40s\"), which baton can't read: %s",
			   type ? type->what : "of a kind that is new", name,
			   type ? type->remedy : MOVE_BOOT);
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

static struct lvm_volume make_volume(const struct group *group, const struct lvmtext *node)
{
	struct lvm_volume volume = { .name = join_names(group->arena, group->tree->name, node->name) };
	const char *store = lvmtext_string(lvmtext_find(node, "segment1"), "cow_store");
	char id[LVM_ID + 1];

	copy_id(id, lvmtext_string(node, "id"));
	volume.uuid = arena_print(group->arena, "LVM-%s%s", group->id, id);
	if (*store) { /* this is what ties a snapshot, which is invisible, to its origin */
		volume.name = join_names(group->arena, group->tree->name, store);
		volume.problem = "it is a snapshot, and baton can only read its origin";
	} else {
		volume.problem = add_segments(group, &volume, node, add_segment);
	}
	if (!volume.problem && volume.lacks_disk)
		volume.problem = "a disk of its group is missing";
	else
		volume.lacks_disk = false;
	if (!volume.problem && (!volume.segments.n || strlen(volume.name) > 127))
		volume.problem = "it is empty, or its name is too long";
	return volume;
}

/* The section that describes the group: the first of the text. */
static bool find_group(struct group *group)
{
	group->tree = lvmtext_parse(group->trees, group->from->metadata);
	while (group->tree && !group->tree->child)
		group->tree = group->tree->next;
	if (!group->tree || !lvmtext_number(group->tree, "extent_size", &group->extent) ||
	    !group->extent)
		return false;
	copy_id(group->id, lvmtext_string(group->tree, "id"));
	return strlen(group->id) == LVM_ID;
}

/* In memory of its own: whatever is on one disk, the others' texts can be read, too. */
static bool open_group(struct group *group)
{
	jmp_buf exhausted;

	group->trees = arena_new(TREE_MOST);
	if (group->trees && !setjmp(exhausted)) {
		arena_guard(group->trees, &exhausted);
		if (find_group(group)) {
			arena_guard(group->trees, NULL);
			return true;
		}
	}
	arena_free(group->trees);
	group->trees = NULL;
	group->tree = NULL;
	return false;
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
static bool is_copy(const struct group *groups, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (groups[j].size == groups[i].size &&
		    string_same(groups[j].from->metadata, groups[i].from->metadata))
			return true;
	return false;
}

static int compare_sizes(const void *a, const void *b)
{
	const struct group *one = a, *other = b;

	return (one->size > other->size) - (one->size < other->size);
}

static void find_volumes(const struct group *group, lvm_found *found, void *context)
{
	const struct lvmtext *node = lvmtext_find(group->tree, "logical_volumes");
	size_t n = 0;

	for (node = node ? node->child : NULL; node && n < VOLUMES_MOST; node = node->next) {
		struct lvm_volume volume;

		if (!lvmtext_holds(lvmtext_find(node, "status"), "VISIBLE"))
			continue; /* a part of another one */
		volume = make_volume(group, node);
		found(context, &volume);
		n++;
	}
}

void lvm_find(struct arena *arena, const struct lvm_pv *pvs, size_t n, lvm_found *found,
	      void *context)
{
	struct group *groups = arena_array(arena, n, sizeof *groups);

	for (size_t i = 0; i < n; i++)
		groups[i] = (struct group){
			.arena = arena, .from = &pvs[i], .pvs = pvs, .n = n,
			.size = pvs[i].metadata ? strlen(pvs[i].metadata) : 0,
		};
	/* What takes long or much is large: it comes after all that is not. */
	qsort(groups, n, sizeof *groups, compare_sizes);
	for (size_t i = 0; i < n; i++) {
		const struct lvm_volume none = {
			.name = groups[i].from->device,
			.problem = "its metadata is damaged, or larger than any that LVM makes"
		};

		if (groups[i].size && !is_copy(groups, i) && !open_group(&groups[i]))
			found(context, &none);
	}
	for (size_t i = 0; i < n; i++)
		if (groups[i].tree && !is_outdated(groups, n, i) &&
		    !lvmtext_holds(lvmtext_find(groups[i].tree, "status"), "EXPORTED"))
			find_volumes(&groups[i], found, context);
	for (size_t i = 0; i < n; i++)
		arena_free(groups[i].trees);
}
