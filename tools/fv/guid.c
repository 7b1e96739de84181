#include <stdio.h>
#include <string.h>

#include "tools/fv/fv.h"

/* The first three are written as numbers, so their bytes are in reverse (UEFI, appendix A). */
static const uint8_t order[GUID_SIZE] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };

static bool is_dash(size_t digits)
{
	return digits == 8 || digits == 12 || digits == 16 || digits == 20;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool guid_parse(const char *text, struct guid *guid)
{
	for (size_t i = 0; i < GUID_SIZE; i++) {
		if (is_dash(2 * i) && *text++ != '-')
			return false;
		if (digit(text[0]) < 0 || digit(text[1]) < 0)
			return false;
		guid->bytes[order[i]] = (uint8_t)(digit(text[0]) << 4 | digit(text[1]));
		text += 2;
	}
	return !*text;
}

const char *guid_print(const struct guid *guid, char text[GUID_TEXT])
{
	char *at = text;

	for (size_t i = 0; i < GUID_SIZE; i++)
		at += sprintf(at, is_dash(2 * i) ? "-%02X" : "%02X", guid->bytes[order[i]]);
	return text;
}

bool guid_same(const struct guid *a, const struct guid *b)
{
	return memcmp(a->bytes, b->bytes, GUID_SIZE) == 0;
}
