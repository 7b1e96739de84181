#include "disk/md.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/text.h"
#include "disk/sysfs.h"

#define MAGIC 0xa92b4efc
#define SECTOR 512
#define DISKS_MOST 384  /* that a superblock of version 1 has room for in 1 KB */
#define NAME_MOST 28    /* characters of an array's name in its device's name */
#define NUMBERS_FROM 127 /* for arrays without a name, downwards, as mdadm counts them */

/* Features (version 1) that an array can be read with, and of single members. */
#define BITMAP 0x1
#define RECOVERING 0x2
#define BAD_BLOCKS 0x8
#define REPLACEMENT 0x10
#define PPL 0xc00
#define RAID0_LAYOUT 0x1000
#define FINE (BITMAP | RECOVERING | BAD_BLOCKS | REPLACEMENT | PPL | RAID0_LAYOUT)

/* Version 0.90: words of the superblock, of a row of its table of disks, and bits of both. */
enum {
	OLD_MAJOR = 1, OLD_MINOR = 2, OLD_UUID = 5, OLD_LEVEL = 7, OLD_SIZE = 8, OLD_DISKS = 10,
	OLD_NUMBER = 11, OLD_UUID_REST = 13, OLD_STATE = 33, OLD_ACTIVE = 34, OLD_SUM = 38,
	OLD_EVENTS = 39, OLD_CHECKED = 41, OLD_RESYNC = 43, OLD_LAYOUT = 64, OLD_CHUNK = 65,
	OLD_THIS = 992, OLD_THIS_SLOT = 3, OLD_THIS_STATE = 4,
};
#define OLD_CLEAN 0x1
#define OLD_ACTIVE_SYNC 0x6
#define OLD_RESERVED (64 * 1024) /* bytes at the end, in which the superblock is the first */

/* The sum of all words but the one that holds it, folded once. */
static uint32_t checksum(const unsigned char *bytes, size_t size, size_t sum_at)
{
	uint64_t sum = 0;

	for (size_t i = 0; i + 4 <= size; i += 4)
		sum += i == sum_at ? 0 : get32(bytes + i);
	if (size % 4) /* a list of two-byte roles may end in the middle of a word */
		sum += get32(bytes + size - 2) & 0xffff;
	return (uint32_t)sum + (uint32_t)(sum >> 32);
}

static const char *find_problem(const struct md_member *member, uint32_t features)
{
	static const int levels[] = { 0, 1, 4, 5, 6, 10 };

	if (features & ~(uint32_t)FINE)
		return "it is being reshaped, has a journal or belongs to a cluster";
	for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
		if (member->level == levels[i])
			return NULL;
	return "baton can't read RAID of its level";
}

static uint64_t old_place(uint64_t size)
{
	return size < 2 * OLD_RESERVED ? 0 : size / OLD_RESERVED * OLD_RESERVED - OLD_RESERVED;
}

static bool parse_old(struct md_member *member, const unsigned char *bytes, uint64_t at,
		      uint64_t size)
{
	const unsigned char *this_disk = bytes + 4 * OLD_THIS;

#define WORD(i) get32(bytes + 4 * (i))
	if (WORD(OLD_MAJOR) != 0 || !at || at != old_place(size) ||
	    checksum(bytes, MD_SUPERBLOCK, 4 * OLD_SUM) != WORD(OLD_SUM))
		return false;
	for (int i = 0; i < 4; i++) { /* mdadm's and GRUB's order of these bytes */
		uint32_t word = WORD(i ? OLD_UUID_REST + i - 1 : OLD_UUID);

		for (int byte = 0; byte < 4; byte++)
			member->uuid[4 * i + byte] = (unsigned char)(word >> (24 - 8 * byte));
	}
	if (WORD(OLD_NUMBER) < 1000)
		snprintf(member->name, sizeof member->name, "%u", WORD(OLD_NUMBER));
	member->level = (int)WORD(OLD_LEVEL);
	member->layout = WORD(OLD_LAYOUT);
	member->chunk = WORD(OLD_CHUNK) / SECTOR;
	member->disks = WORD(OLD_DISKS);
	member->active = WORD(OLD_ACTIVE);
	member->size = member->level > 0 ? (uint64_t)WORD(OLD_SIZE) * 2 : 0;
	member->sectors = at / SECTOR;
	member->events = get64(bytes + 4 * OLD_EVENTS);
	if (WORD(OLD_STATE) & OLD_CLEAN)
		member->resync = UINT64_MAX;
	else if (member->events == get64(bytes + 4 * OLD_CHECKED))
		member->resync = WORD(OLD_RESYNC);
	member->slot = -1;
	if ((get32(this_disk + 4 * OLD_THIS_STATE) & OLD_ACTIVE_SYNC) == OLD_ACTIVE_SYNC)
		member->slot = (int)get32(this_disk + 4 * OLD_THIS_SLOT);
	member->problem = find_problem(member, WORD(OLD_MINOR) == 90 ? 0 : ~0u);
	return true;
#undef WORD
}

/* Without the host's name before it, and of letters that a device's name may have. */
static void set_name(struct md_member *member, const unsigned char *name)
{
	const unsigned char *colon = memchr(name, ':', 32), *at = colon ? colon + 1 : name;
	size_t n = 0;

	for (; at < name + 32 && *at && n < NAME_MOST; at++)
		member->name[n++] = *at > ' ' && *at < 0x7f && *at != '/' && *at != '!' ? (char)*at : '_';
}

/* The slots that working members have: each slot counts once, though a replacement may share it. */
static unsigned count_active(const unsigned char *roles, unsigned n, unsigned disks)
{
	bool seen[DISKS_MOST] = { false };
	unsigned active = 0;

	for (unsigned i = 0; i < n; i++) {
		unsigned role = roles[2 * i] | (unsigned)roles[2 * i + 1] << 8;

		if (role < disks && !seen[role])
			active++;
		if (role < disks)
			seen[role] = true;
	}
	return active;
}

static bool parse_new(struct md_member *member, const unsigned char *bytes, uint64_t at,
		      uint64_t size)
{
	uint32_t features = get32(bytes + 8), n = get32(bytes + 220), number = get32(bytes + 160);
	unsigned role = 0xffff;

	if (get32(bytes + 4) != 1 || get64(bytes + 144) != at / SECTOR || n > DISKS_MOST ||
	    checksum(bytes, 256 + 2 * (size_t)n, 216) != get32(bytes + 216))
		return false;
	memcpy(member->uuid, bytes + 16, sizeof member->uuid);
	set_name(member, bytes + 32);
	member->level = (int)get32(bytes + 72);
	member->layout = get32(bytes + 76);
	member->size = get64(bytes + 80);
	member->chunk = get32(bytes + 88);
	member->disks = get32(bytes + 92);
	member->start = get64(bytes + 128);
	member->sectors = get64(bytes + 136);
	member->events = get64(bytes + 200);
	member->resync = get64(bytes + 208);
	if (member->disks > DISKS_MOST || member->start > size / SECTOR ||
	    member->sectors > size / SECTOR - member->start || member->size > member->sectors)
		return false;
	member->active = count_active(bytes + 256, n, member->disks);
	if (number < n)
		role = bytes[256 + 2 * number] | (unsigned)bytes[257 + 2 * number] << 8;
	/* One that is being filled, or has blocks known to be wrong, is as good as missing. */
	member->slot = role < member->disks && !(features & (RECOVERING | BAD_BLOCKS | REPLACEMENT))
			       ? (int)role : -1;
	member->problem = find_problem(member, features);
	return true;
}

bool md_parse(struct md_member *member, const unsigned char bytes[MD_SUPERBLOCK], uint64_t at,
	      uint64_t size)
{
	const char *device = member->device;
	bool found;

	*member = (struct md_member){ .device = device };
	if (get32(bytes) != MAGIC)
		return false;
	found = get32(bytes + 4) == 0 ? parse_old(member, bytes, at, size)
				      : parse_new(member, bytes, at, size);
	return found && member->disks > 0 && member->disks <= DISKS_MOST &&
	       member->slot < (int)member->disks;
}

bool md_read(struct md_member *member, int fd, uint64_t size)
{
	/* versions 1.1, 1.2, 1.0, 0.90 */
	const uint64_t places[] = { 0, 4096, (size / SECTOR - 16) / 8 * 8 * SECTOR, old_place(size) };

	if (size < 64 * 1024)
		return false;
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		unsigned char bytes[MD_SUPERBLOCK];

		if (pread(fd, bytes, sizeof bytes, (off_t)places[i]) == (ssize_t)sizeof bytes &&
		    md_parse(member, bytes, places[i], size))
			return true;
	}
	return false;
}

/* Arrays --------------------------------------------------------------------------------------------- */

bool md_is_same(const struct md_member *a, const struct md_member *b)
{
	return memcmp(a->uuid, b->uuid, sizeof a->uuid) == 0;
}

/* md(4): a member that missed one update was there when the array was last written. */
static bool is_usable(const struct md_member *member, const struct md_member *first)
{
	return member->slot >= 0 && md_is_same(member, first) && member->level == first->level &&
	       member->disks == first->disks && member->events + 1 >= first->events;
}

void md_collect(struct arena *arena, struct md_array *array, const struct md_member *members,
		size_t n)
{
	*array = (struct md_array){ .first = &members[0] };
	for (size_t i = 1; i < n; i++)
		if (md_is_same(&members[i], &members[0]) &&
		    members[i].events > array->first->events)
			array->first = &members[i];
	for (unsigned slot = 0; slot < array->first->disks; slot++)
		for (size_t i = 0; i < n; i++)
			if (is_usable(&members[i], array->first) && members[i].slot == (int)slot) {
				vec_push(arena, &array->members) = &members[i];
				break;
			}
}

/* Of RAID10 it depends on which are missing: the kernel knows. */
unsigned md_needs(const struct md_array *array)
{
	unsigned disks = array->first->disks;

	switch (array->first->level) {
	case 0:
		return disks;
	case 4:
	case 5:
		return disks > 1 ? disks - 1 : 1;
	case 6:
		return disks > 2 ? disks - 2 : 1;
	}
	return 1;
}

/*
 * Where the members may disagree, the kernel reads the first of the mirrors. Parity that may be wrong it
 * refuses to use, and a disk is missing if that is needed; what can be wrong is what was just being
 * written when the power failed.
 */
static bool may_disagree(const struct md_array *array)
{
	int level = array->first->level;

	if (array->first->resync == UINT64_MAX)
		return false;
	return level < 4 || level == 10 || array->members.n == array->first->disks;
}

/* Starting --------------------------------------------------------------------------------------------- */

struct starting {
	struct arena *arena;
	const char *folder; /* of the array, in sysfs */
	const char *problem;
};

static void set(struct starting *starting, const char *attribute, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void set(struct starting *starting, const char *attribute, const char *format, ...)
{
	const char *path, *value;
	va_list args;
	int error;

	if (starting->problem)
		return;
	va_start(args, format);
	value = arena_vprint(starting->arena, format, args);
	va_end(args);
	path = arena_print(starting->arena, "%s/%s", starting->folder, attribute);
	error = sysfs_write(path, value);
	if (error)
		starting->problem = arena_print(starting->arena, "%s < %s: %s", path, value,
						strerror(-error));
}

static const char *level_name(struct arena *arena, int level)
{
	return arena_print(arena, "raid%d", level);
}

/* A device of the array's own name, or, if there is one of it, of a number that is free. */
static const char *make_device(struct arena *arena, const struct md_member *first)
{
	static const char control[] = "/sys/module/md_mod/parameters/new_array";
	bool is_number = first->name[0] && strspn(first->name, "0123456789") == strlen(first->name);
	const char *name = arena_print(arena, is_number ? "md%s" : "md_%s", first->name);

	if (first->name[0] && !sysfs_is_there(name) && sysfs_write(control, name) == 0)
		return name;
	for (unsigned number = NUMBERS_FROM; number > 0; number--) {
		name = arena_print(arena, "md%u", number);
		if (!sysfs_is_there(name) && sysfs_write(control, name) == 0)
			return name;
	}
	return NULL;
}

static void add_member(struct starting *starting, const struct md_member *member)
{
	struct arena *arena = starting->arena;
	const char *number = sysfs_read(
		arena, arena_print(arena, "/sys/class/block/%s/dev", member->device));
	const char *folder = arena_print(arena, "dev-%s", member->device);

	set(starting, "new_dev", "%s", number ? number : "");
	set(starting, arena_print(arena, "%s/offset", folder), "%" PRIu64, member->start);
	set(starting, arena_print(arena, "%s/size", folder), "%" PRIu64, member->sectors / 2);
	set(starting, arena_print(arena, "%s/slot", folder), "%d", member->slot);
}

const char *md_start(struct arena *arena, const struct md_array *array, const char **name)
{
	const struct md_member *first = array->first;
	struct starting starting = { .arena = arena };

	*name = make_device(arena, first);
	if (!*name)
		return "the kernel makes no device for it";
	starting.folder = arena_print(arena, "/sys/class/block/%s/md", *name);
	set(&starting, "metadata_version", "none");
	set(&starting, "level", "%s", level_name(arena, first->level));
	set(&starting, "raid_disks", "%u", first->disks);
	set(&starting, "layout", "%u", first->layout);
	set(&starting, "chunk_size", "%" PRIu64, (uint64_t)first->chunk * SECTOR);
	if (first->size)
		set(&starting, "component_size", "%" PRIu64, first->size / 2);
	if (may_disagree(array))
		set(&starting, "resync_start", "%" PRIu64, first->resync);
	else
		set(&starting, "resync_start", "none");
	for (size_t i = 0; i < array->members.n; i++)
		add_member(&starting, array->members.at[i]);
	set(&starting, "array_state", "readonly");
	if (starting.problem)
		sysfs_write(arena_print(arena, "%s/array_state", starting.folder), "clear");
	return starting.problem;
}
