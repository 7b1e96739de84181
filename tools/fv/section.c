#include <stdlib.h>
#include <string.h>

#include "tools/fv/fv.h"
#include "tools/fv/number.h"

/* PI 3, 3.2.4: a size of 24 bits, the type; if the size is all ones, 32 bits more of it. */
#define HEADER       4
#define HEADER_LARGE 8
#define LARGE_FROM   0xffffff
#define ALIGNMENT    4

static const struct {
	uint8_t type;
	const char *name;
} names[] = {
	{ 0x01, "compression" }, { SECTION_GUIDED, "guided" }, { SECTION_PE32, "pe32" },
	{ 0x11, "pic" },         { SECTION_TE, "te" },         { SECTION_DXE_DEPEX, "depex" },
	{ 0x14, "version" },     { SECTION_UI, "ui" },         { SECTION_VOLUME, "volume" },
	{ 0x18, "subtype" },     { SECTION_RAW, "raw" },       { SECTION_PEI_DEPEX, "pei-depex" },
	{ 0x1c, "mm-depex" },
};

#define N_NAMES (sizeof names / sizeof *names)

int section_type(const char *name)
{
	char *end;
	unsigned long number;

	for (size_t i = 0; i < N_NAMES; i++) {
		if (strcmp(names[i].name, name) == 0)
			return names[i].type;
	}
	number = strtoul(name, &end, 0);
	return *name && !*end && number > 0 && number < 0x100 ? (int)number : -1;
}

const char *section_type_name(uint8_t type)
{
	for (size_t i = 0; i < N_NAMES; i++) {
		if (names[i].type == type)
			return names[i].name;
	}
	return NULL;
}

static size_t aligned(size_t n)
{
	return (n + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
}

bool section_next(struct bytes stream, struct section *section)
{
	size_t at = section->size ? aligned(section->at + section->size) : 0;

	if (at > stream.n || stream.n - at < HEADER)
		return false;
	*section = (struct section){ at, HEADER, get24(stream.at + at), stream.at[at + 3] };
	if (section->size == LARGE_FROM) {
		if (stream.n - at < HEADER_LARGE)
			return false;
		section->header = HEADER_LARGE;
		section->size = get32(stream.at + at + HEADER);
	}
	return section->size >= section->header && section->size <= stream.n - at;
}

bool section_find(struct bytes stream, uint8_t type, struct section *section)
{
	*section = (struct section){ 0 };
	while (section_next(stream, section)) {
		if (section->type == type)
			return true;
	}
	return false;
}

const char *section_name(struct arena *arena, struct bytes stream)
{
	struct section section;
	const uint8_t *at;
	size_t n;
	char *name;

	if (!section_find(stream, SECTION_UI, &section))
		return NULL;
	at = stream.at + section.at + section.header;
	n = (section.size - section.header) / 2;
	name = arena_alloc(arena, n + 1);
	for (size_t i = 0; i < n && get16(at + 2 * i); i++)
		name[i] = at[2 * i + 1] || at[2 * i] < 0x21 || at[2 * i] > 0x7e ? '?'
										: (char)at[2 * i];
	return name;
}

/* Behind the section, up to where the next one would begin, zeros. */
static uint8_t *put_section(uint8_t *at, uint8_t type, struct bytes body)
{
	size_t header = body.n + HEADER >= LARGE_FROM ? HEADER_LARGE : HEADER;

	put24(at, header == HEADER ? (uint32_t)(header + body.n) : LARGE_FROM);
	at[3] = type;
	if (header == HEADER_LARGE)
		put32(at + HEADER, (uint32_t)(header + body.n));
	if (body.n)
		memcpy(at + header, body.at, body.n);
	return at + header + body.n;
}

void section_append(struct arena *arena, struct bytes *stream, uint8_t type, struct bytes body)
{
	size_t before = aligned(stream->n);
	uint8_t *at = arena_alloc(arena, before + HEADER_LARGE + body.n);

	if (stream->n)
		memcpy(at, stream->at, stream->n);
	stream->at = at;
	stream->n = (size_t)(put_section(at + before, type, body) - at);
}

struct bytes section_splice(struct arena *arena, struct bytes stream, const struct section *old,
			    struct bytes body)
{
	struct bytes made = { stream.at, old->at };
	size_t behind = aligned(old->at + old->size), from;

	section_append(arena, &made, old->type, body);
	if (behind >= stream.n)
		return made;
	from = made.n;
	made.n = aligned(made.n) + stream.n - behind;
	made.at = memcpy(arena_alloc(arena, made.n), made.at, from);
	memcpy(made.at + aligned(from), stream.at + behind, stream.n - behind);
	return made;
}
