#include <string.h>

#include "tools/fv/fv.h"
#include "tools/fv/number.h"

/* PI 3, 3.2.1: EFI_FIRMWARE_VOLUME_HEADER */
enum {
	VOLUME_FORMAT = 16,
	VOLUME_SIZE = 32,
	VOLUME_SIGNATURE = 40,
	VOLUME_ATTRIBUTES = 44,
	VOLUME_HEADER = 48,
	VOLUME_CHECKSUM = 50,
	VOLUME_EXTENDED = 52,
	VOLUME_REVISION = 55,
	VOLUME_BLOCKS = 56,
	VOLUME_FIXED = VOLUME_BLOCKS + 8, /* up to the end of the list of blocks, which is empty */
};

#define ERASED_IS_ONE   0x800   /* of the attributes */
#define MADE_ATTRIBUTES 0x4feff /* readable, writable, lockable, in memory, aligned to 16 */
#define MADE_BLOCK      0x1000
#define EXTENDED_SIZE   20 /* a name and the size of this header (PI 3, 3.2.2) */

/* PI 3, 3.2.3: EFI_FFS_FILE_HEADER, and its larger form in FFS 3 */
enum {
	FILE_SUM_HEADER = 16,
	FILE_SUM_BODY = 17,
	FILE_TYPE = 18,
	FILE_ATTRIBUTES = 19,
	FILE_SIZE = 20,
	FILE_STATE = 23,
	FILE_HEADER = 24,
	FILE_LARGE_SIZE = 24,
	FILE_LARGE_HEADER = 32,
};

#define IS_LARGE     0x01
#define ALIGN_MORE   0x02 /* the second row of powers */
#define HAS_CHECKSUM 0x40
#define NO_CHECKSUM  0xaa
#define LARGE_FROM   0xffffff

/* Bits of the state, set one after the other; in flash that is empty as ones, inverted. */
#define STATE_WHOLE   0x07 /* header begun, header valid, data valid */
#define STATE_DELETED 0x10
#define STATE_INVALID 0x20

static const struct guid ffs2 = { { 0x78, 0xe5, 0x8c, 0x8c, 0x3d, 0x8a, 0x1c, 0x4f, 0x99, 0x35,
				    0x89, 0x61, 0x85, 0xc3, 0x2d, 0xd3 } };
static const struct guid ffs3 = { { 0x7a, 0xc0, 0x73, 0x54, 0xcb, 0x3d, 0xca, 0x4d, 0xbd, 0x6f,
				    0x1e, 0x96, 0x89, 0xe7, 0x34, 0x9a } };

static uint8_t sum8(const uint8_t *at, size_t n)
{
	uint8_t sum = 0;

	while (n--)
		sum += *at++;
	return sum;
}

static uint16_t sum16(const uint8_t *at, size_t n)
{
	uint16_t sum = 0;

	for (; n >= 2; n -= 2, at += 2)
		sum += get16(at);
	return sum;
}

static size_t align(size_t n, size_t to)
{
	return (n + to - 1) & ~(to - 1);
}

/* Files ---------------------------------------------------------------------------------------- */

bool file_has_sections(uint8_t type)
{
	return type != 0 && type != FILE_RAW && type < 0xc0;
}

bool file_runs_in_place(uint8_t type)
{
	return type == FILE_SECURITY_CORE || type == FILE_PEI_CORE || type == FILE_PEIM ||
	       type == FILE_COMBINED_PEIM_DRIVER;
}

/* The state and the body's checksum do not count. */
static uint8_t sum_of_header(const uint8_t *file, size_t header)
{
	return (uint8_t)(sum8(file, header) - file[FILE_STATE] - file[FILE_SUM_BODY]);
}

static uint8_t sum_of_body(const uint8_t *file, size_t header, size_t size)
{
	return file[FILE_ATTRIBUTES] & HAS_CHECKSUM ? -sum8(file + header, size - header)
						    : NO_CHECKSUM;
}

void file_seal(uint8_t *file)
{
	size_t header = file[FILE_ATTRIBUTES] & IS_LARGE ? FILE_LARGE_HEADER : FILE_HEADER;
	size_t size =
		header == FILE_HEADER ? get24(file + FILE_SIZE) : get64(file + FILE_LARGE_SIZE);

	file[FILE_SUM_BODY] = sum_of_body(file, header, size);
	file[FILE_SUM_HEADER] = 0;
	file[FILE_SUM_HEADER] = -sum_of_header(file, header);
}

static void put_header(uint8_t *file, size_t size, uint8_t type, uint8_t attributes,
		       const struct guid *name)
{
	bool large = size >= LARGE_FROM;

	memcpy(file, name, GUID_SIZE);
	file[FILE_TYPE] = type;
	file[FILE_ATTRIBUTES] = large ? attributes | IS_LARGE : attributes & ~IS_LARGE;
	put24(file + FILE_SIZE, large ? 0 : (uint32_t)size);
	if (large)
		put64(file + FILE_LARGE_SIZE, size);
	file[FILE_STATE] = (uint8_t)~STATE_WHOLE;
	file_seal(file);
}

struct bytes file_make(struct arena *arena, uint8_t type, uint8_t attributes,
		       const struct guid *name, struct bytes body)
{
	bool large = body.n + FILE_HEADER >= LARGE_FROM;
	size_t header = large ? FILE_LARGE_HEADER : FILE_HEADER;
	struct bytes file = { arena_alloc(arena, header + body.n), header + body.n };

	if (body.n)
		memcpy(file.at + header, body.at, body.n);
	put_header(file.at, file.n, type, attributes, name);
	return file;
}

bool file_parse(struct bytes bytes, uint8_t erased, struct file *file)
{
	const uint8_t *at = bytes.at;
	uint8_t state;
	uint64_t size;

	if (bytes.n < FILE_HEADER)
		return false;
	state = at[FILE_STATE] ^ erased;
	file->header = FILE_HEADER;
	size = get24(at + FILE_SIZE);
	if (at[FILE_ATTRIBUTES] & IS_LARGE) {
		if (bytes.n < FILE_LARGE_HEADER)
			return false;
		file->header = FILE_LARGE_HEADER;
		size = get64(at + FILE_LARGE_SIZE);
	}
	if (size < file->header || size > bytes.n || (state & STATE_WHOLE) != STATE_WHOLE)
		return false;
	if (sum_of_header(at, file->header) != 0)
		return false;
	file->size = size;
	memcpy(&file->name, at, GUID_SIZE);
	file->type = at[FILE_TYPE];
	file->attributes = at[FILE_ATTRIBUTES];
	file->deleted = state & (STATE_DELETED | STATE_INVALID);
	file->damaged = at[FILE_SUM_BODY] != sum_of_body(at, file->header, size);
	return true;
}

/* PI 3, 2.1.4.2 and table 3-4: how the body, not the header, is to be aligned in the volume. */
static size_t alignment(uint8_t attributes)
{
	static const unsigned few[] = { 0, 4, 7, 9, 10, 12, 15, 16 };
	unsigned row = attributes >> 3 & 7;

	return (size_t)1 << (attributes & ALIGN_MORE ? 17 + row : few[row]);
}

/* Volumes -------------------------------------------------------------------------------------- */

bool volume_parse(struct volume *volume, struct bytes bytes)
{
	const uint8_t *at = bytes.at;
	size_t header, extended;

	if (bytes.n < VOLUME_FIXED || memcmp(at + VOLUME_SIGNATURE, "_FVH", 4) != 0)
		return false;
	header = get16(at + VOLUME_HEADER);
	extended = get16(at + VOLUME_EXTENDED);
	if (header < VOLUME_FIXED || header > bytes.n || sum16(at, header))
		return false;
	if (get64(at + VOLUME_SIZE) < header || get64(at + VOLUME_SIZE) > bytes.n)
		return false;
	*volume = (struct volume){ .n = get64(at + VOLUME_SIZE), .first = header };
	memcpy(&volume->format, at + VOLUME_FORMAT, GUID_SIZE);
	volume->erased = get32(at + VOLUME_ATTRIBUTES) & ERASED_IS_ONE ? 0xff : 0;
	volume->large = guid_same(&volume->format, &ffs3);
	volume->has_files = volume->large || guid_same(&volume->format, &ffs2);
	if (extended) {
		if (extended < header || extended + EXTENDED_SIZE > volume->n)
			return false;
		memcpy(&volume->name, at + extended, GUID_SIZE);
		volume->named = true;
		volume->first = extended + get32(at + extended + GUID_SIZE);
	}
	volume->first = align(volume->first, 8);
	return volume->first <= volume->n;
}

uint8_t *volume_bytes(const struct volume *volume)
{
	return volume->area->bytes.at + volume->at;
}

bool volume_next(const struct volume *volume, struct file *file)
{
	size_t at = file->size ? align(file->at + file->size, 8) : volume->first;

	*file = (struct file){ .at = at < volume->n ? at : volume->n };
	if (!volume->has_files)
		return false;
	return file_parse((struct bytes){ volume_bytes(volume) + file->at, volume->n - file->at },
			  volume->erased, file);
}

static bool is_free(const struct file *file)
{
	return file->type == FILE_PAD || file->deleted;
}

bool volume_is_sound(const struct volume *volume)
{
	const uint8_t *bytes = volume_bytes(volume);
	struct file file = { 0 };

	while (volume_next(volume, &file)) {
		if (file.damaged && !is_free(&file))
			return false;
	}
	for (size_t at = file.at; at < volume->n; at++) {
		if (bytes[at] != volume->erased)
			return false;
	}
	return true;
}

/* Free runs: pad files, deleted files and empty flash in a row --------------------------------- */

struct run {
	size_t from, to;
};

/* The first run that begins at @run->to or later. The end of the volume is an empty run's end. */
static bool next_run(const struct volume *volume, struct run *run)
{
	struct file file = { 0 };
	size_t from = run->to;
	bool inside = false, more;

	do {
		more = volume_next(volume, &file);
		if (file.at < from)
			continue;
		if (!inside && (!more || is_free(&file)))
			run->from = file.at, inside = true;
		if (inside && more && !is_free(&file)) {
			run->to = file.at;
			return true;
		}
	} while (more);
	run->to = volume->n;
	return inside && run->from < run->to;
}

void volume_room(const struct volume *volume, size_t *all, size_t *longest)
{
	struct run run = { 0, 0 };

	*all = *longest = 0;
	while (next_run(volume, &run)) {
		*all += run.to - run.from;
		if (run.to - run.from > *longest)
			*longest = run.to - run.from;
	}
}

static const struct guid no_name = { { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
				       0xff, 0xff, 0xff, 0xff, 0xff, 0xff } };

/* Between files, a pad file; at the volume's end, empty flash. */
static void clear(struct volume *volume, size_t from, size_t to)
{
	uint8_t *bytes = volume_bytes(volume);

	memset(bytes + from, volume->erased, to - from);
	if (from == to || to == volume->n)
		return;
	put_header(bytes + from, to - from, FILE_PAD, 0, &no_name);
	bytes[from + FILE_STATE] = STATE_WHOLE ^ volume->erased;
}

static bool is_gap(size_t n, bool at_end)
{
	return n == 0 || n >= FILE_HEADER || at_end;
}

/* Where in the run a file goes; -1 if it doesn't fit. */
static size_t place(const struct volume *volume, const struct run *run, const struct file *file)
{
	size_t to = alignment(file->attributes);

	for (size_t at = run->from; at <= run->to && file->size <= run->to - at; at += 8) {
		size_t end = align(at + file->size, 8);

		if ((at + file->header) % to || !is_gap(at - run->from, false))
			continue;
		if (end > run->to)
			end = run->to;
		if (is_gap(run->to - end, run->to == volume->n))
			return at;
	}
	return (size_t)-1;
}

static bool put(struct volume *volume, const struct run *run, struct bytes bytes)
{
	struct file file;
	size_t at, end;

	if (!file_parse(bytes, 0xff, &file) || (file.attributes & IS_LARGE && !volume->large))
		return false;
	at = place(volume, run, &file);
	if (at == (size_t)-1)
		return false;
	end = align(at + file.size, 8);
	if (end > volume->n)
		end = volume->n;
	clear(volume, run->from, at);
	clear(volume, end, run->to);
	memset(volume_bytes(volume) + at, volume->erased, end - at);
	memcpy(volume_bytes(volume) + at, bytes.at, file.size);
	volume_bytes(volume)[at + FILE_STATE] = STATE_WHOLE ^ volume->erased;
	return true;
}

bool volume_add(struct volume *volume, struct bytes file)
{
	struct run run = { 0, 0 };

	while (next_run(volume, &run)) {
		if (put(volume, &run, file))
			return true;
	}
	return false;
}

void volume_remove(struct volume *volume, const struct file *file)
{
	struct run run = { 0, 0 };

	volume_bytes(volume)[file->at + FILE_TYPE] = FILE_PAD;
	file_seal(volume_bytes(volume) + file->at);
	while (next_run(volume, &run)) {
		if (run.from <= file->at && file->at < run.to) {
			clear(volume, run.from, run.to);
			return;
		}
	}
}

/* How far the free bytes reach that begin where a file ends. */
static size_t free_up_to(const struct volume *volume, size_t at)
{
	struct run run = { at, at };

	if (at >= volume->n)
		return volume->n;
	return next_run(volume, &run) && run.from == at ? run.to : at;
}

bool volume_replace(struct volume *volume, const struct file *old, struct bytes file, bool stays)
{
	struct run own = { old->at, free_up_to(volume, align(old->at + old->size, 8)) };

	if (put(volume, &own, file))
		return true;
	if (stays || file_runs_in_place(old->type) || !volume_add(volume, file))
		return false;
	volume_remove(volume, old);
	return true;
}

struct bytes volume_copy(struct arena *arena, const struct volume *volume, const struct file *file)
{
	struct bytes copy = { arena_alloc(arena, file->size), file->size };

	memcpy(copy.at, volume_bytes(volume) + file->at, copy.n);
	copy.at[FILE_STATE] ^= volume->erased ^ 0xff;
	return copy;
}

bool volume_cut(struct volume *volume)
{
	uint8_t *bytes = volume_bytes(volume);
	uint32_t block = get32(bytes + VOLUME_BLOCKS + 4);
	struct file file = { 0 };
	size_t size;

	while (volume_next(volume, &file))
		;
	if (!block || get64(bytes + VOLUME_BLOCKS + 8))
		return false;
	size = (file.at + block - 1) / block * block;
	if (size >= volume->n)
		return false;
	volume->n = size;
	put64(bytes + VOLUME_SIZE, size);
	put32(bytes + VOLUME_BLOCKS, (uint32_t)(size / block));
	put16(bytes + VOLUME_CHECKSUM, 0);
	put16(bytes + VOLUME_CHECKSUM, (uint16_t)-sum16(bytes, get16(bytes + VOLUME_HEADER)));
	return true;
}

/* The name lies in a pad file: there are readers, as OVMF's SEC, who expect files there already. */
struct bytes volume_make(struct arena *arena, size_t size, const struct guid *name)
{
	struct bytes made = { arena_alloc(arena, size), size };
	size_t header = VOLUME_BLOCKS + 16; /* one row of blocks, and the row that ends the list */
	size_t extended = header + FILE_HEADER;

	memset(made.at, 0xff, size);
	memset(made.at, 0, header);
	memcpy(made.at + VOLUME_FORMAT, &ffs2, GUID_SIZE);
	put64(made.at + VOLUME_SIZE, size);
	memcpy(made.at + VOLUME_SIGNATURE, "_FVH", 4);
	put32(made.at + VOLUME_ATTRIBUTES, MADE_ATTRIBUTES);
	put16(made.at + VOLUME_HEADER, (uint16_t)header);
	put16(made.at + VOLUME_EXTENDED, (uint16_t)extended);
	made.at[VOLUME_REVISION] = 2;
	put32(made.at + VOLUME_BLOCKS, (uint32_t)(size / MADE_BLOCK));
	put32(made.at + VOLUME_BLOCKS + 4, MADE_BLOCK);
	put16(made.at + VOLUME_CHECKSUM, (uint16_t)-sum16(made.at, header));
	put_header(made.at + header, FILE_HEADER + EXTENDED_SIZE, FILE_PAD, 0, &no_name);
	memcpy(made.at + extended, name, GUID_SIZE);
	put32(made.at + extended + GUID_SIZE, EXTENDED_SIZE);
	return made;
}
