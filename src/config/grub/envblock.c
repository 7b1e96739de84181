#include "config/grub/envblock.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"

#define SIGNATURE_SIZE (sizeof ENVBLOCK_SIGNATURE - 1)
#define PADDING '#'

bool envblock_is_valid(const char *block, size_t size)
{
	return size >= SIGNATURE_SIZE && memcmp(block, ENVBLOCK_SIGNATURE, SIGNATURE_SIZE) == 0;
}

/* Where the line at @at ends, its newline included; a backslash hides what follows. NULL: nowhere. */
static const char *line_end(const char *at, const char *end)
{
	while (at < end && *at != '\n')
		at += *at == '\\' ? 2 : 1;
	return at < end ? at + 1 : NULL;
}

static void add_line(struct text *text, const char *name, const char *value)
{
	text_string(text, name);
	text_char(text, '=');
	for (; *value; value++) {
		if (*value == '\\' || *value == '\n')
			text_char(text, '\\');
		text_char(text, *value);
	}
	text_char(text, '\n');
}

int envblock_set(struct arena *arena, char *block, size_t size, const char *name, const char *value)
{
	struct text text = TEXT(arena);
	const char *at = block + SIGNATURE_SIZE, *end = block + size, *next;
	size_t n = strlen(name);

	if (!envblock_is_valid(block, size))
		return -EINVAL;
	while (end > at && end[-1] == PADDING)
		end--;
	text_string(&text, ENVBLOCK_SIGNATURE);
	for (; at < end; at = next) {
		next = line_end(at, end);
		if (!next)
			return -EINVAL; /* GRUB takes such a block for broken, too */
		if ((size_t)(next - at) <= n || memcmp(at, name, n) || at[n] != '=') {
			text_add(&text, at, (size_t)(next - at));
			continue;
		}
		if (value)
			add_line(&text, name, value);
		value = NULL; /* a second line of that name is never read */
	}
	if (value)
		add_line(&text, name, value);
	if (text.n > size)
		return -ENOSPC;
	memset(block, PADDING, size);
	memcpy(block, text.at, text.n);
	return 0;
}
