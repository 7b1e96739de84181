#include "config/adv.h"

#include <endian.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"
#include "config/value.h"

#define MAGIC_HEAD 0x5a2d2fa5u
#define MAGIC_SUM 0xa3041767u /* of all 32-bit words between head and tail */
#define MAGIC_TAIL 0xdd28bf64u

/* Items in .data are a tag, a length and so many bytes; a tag of 0 ends them. */
struct adv {
	uint32_t head, sum;
	unsigned char data[500];
	uint32_t tail;
};

_Static_assert(sizeof(struct adv) == 512, "a sector");

bool adv_is_meant(const char *path, const char *name)
{
	return string_same(path_name(path), ADV_FILE) &&
	       (string_same(name, ADV_BOOT_ONCE) || string_same(name, ADV_MENU_SAVE));
}

static unsigned tag_of(const char *name)
{
	return string_same(name, ADV_BOOT_ONCE) ? 1 : 2;
}

static uint32_t sum_data(const struct adv *adv)
{
	uint32_t sum = 0, word;

	for (size_t i = 0; i < sizeof adv->data; i += sizeof word) {
		memcpy(&word, adv->data + i, sizeof word);
		sum += le32toh(word);
	}
	return sum;
}

/* The first copy that is whole: the other one may have been written to when the power went. */
static bool read_adv(const char *file, size_t size, struct adv *adv)
{
	for (size_t copies = size >= 2 * sizeof *adv ? 2 : 0; copies; copies--) {
		memcpy(adv, file + size - copies * sizeof *adv, sizeof *adv);
		if (le32toh(adv->head) == MAGIC_HEAD && le32toh(adv->tail) == MAGIC_TAIL &&
		    le32toh(adv->sum) + sum_data(adv) == MAGIC_SUM)
			return true;
	}
	return false;
}

/* Where the item of @tag begins, or the end of them; NULL: an item does not end. */
static unsigned char *find_item(struct adv *adv, unsigned tag)
{
	unsigned char *at = adv->data, *end = adv->data + sizeof adv->data;

	while (at < end && *at && *at != tag) {
		if (end - at < 2 || end - at - 2 < at[1])
			return NULL;
		at += 2 + at[1];
	}
	if (at < end && *at == tag && (end - at < 2 || end - at - 2 < at[1]))
		return NULL;
	return at;
}

const char *adv_get(struct arena *arena, const char *file, size_t size, const char *name)
{
	struct adv adv;
	const unsigned char *at = read_adv(file, size, &adv) ? find_item(&adv, tag_of(name)) : NULL;

	if (!at || at == adv.data + sizeof adv.data || *at != tag_of(name) || !at[1])
		return NULL;
	return arena_copy(arena, (const char *)at + 2, at[1]);
}

int adv_set(char *file, size_t size, const char *name, const char *value)
{
	size_t n = value ? strlen(value) : 0;
	unsigned char *at, *end;
	struct adv adv;

	if (!read_adv(file, size, &adv) || !(at = find_item(&adv, tag_of(name))))
		return -EINVAL;
	end = adv.data + sizeof adv.data;
	if (at < end && *at == tag_of(name)) { /* what follows closes up */
		size_t old = 2 + (size_t)at[1];

		memmove(at, at + old, (size_t)(end - at) - old);
		memset(end - old, 0, old);
	}
	at = find_item(&adv, 0);
	if (!at || n > 255 || (n && (size_t)(end - at) < n + 2))
		return at ? -ENOSPC : -EINVAL;
	if (n) {
		at[0] = (unsigned char)tag_of(name);
		at[1] = (unsigned char)n;
		memcpy(at + 2, value, n);
	}
	adv.sum = htole32(MAGIC_SUM - sum_data(&adv));
	for (size_t copies = 2; copies; copies--)
		memcpy(file + size - copies * sizeof adv, &adv, sizeof adv);
	return 0;
}
