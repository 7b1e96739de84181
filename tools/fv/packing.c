/* What packs sections: LZMA as EDK II does it, and the checksum that the specification has. */
#include <lzma.h>
#include <string.h>

#include "tools/fv/fv.h"
#include "tools/fv/number.h"

/* PI 3, 3.2.5.7: EFI_GUID_DEFINED_SECTION, behind the common header */
enum {
	GUIDED_DATA = 16, /* offset of the data, from the section's start */
	GUIDED_HEADER = 20,
};

/* The .lzma format: 5 bytes of properties, 8 of size, the stream. */
#define LZMA_SIZE_AT  5
#define LZMA_HEADER   13
#define UNPACKED_MOST ((size_t)256 << 20)

/* The header asks for up to 4 GiB of dictionary; none above the content's size is of use. */
#define UNPACKING_MOST (UNPACKED_MOST + (1 << 20))

static const char *unpack_lzma(struct arena *arena, struct bytes packed, struct bytes *content)
{
	lzma_stream stream = LZMA_STREAM_INIT;
	lzma_ret result;

	if (packed.n < LZMA_HEADER || get64(packed.at + LZMA_SIZE_AT) > UNPACKED_MOST)
		return "its size is not there, or above 256 MiB";
	content->n = get64(packed.at + LZMA_SIZE_AT);
	content->at = arena_alloc(arena, content->n + 1);
	if (lzma_alone_decoder(&stream, UNPACKING_MOST))
		return "no memory for LZMA";
	stream.next_in = packed.at;
	stream.avail_in = packed.n;
	stream.next_out = content->at;
	stream.avail_out = content->n;
	do
		result = lzma_code(&stream, LZMA_FINISH);
	while (result == LZMA_OK && stream.avail_out);
	content->n -= stream.avail_out;
	lzma_end(&stream);
	if (result == LZMA_MEMLIMIT_ERROR)
		return "its LZMA dictionary is above 256 MiB";
	return stream.avail_out ? "its LZMA data are damaged" : NULL;
}

/* liblzma leaves the size open and marks the end; EDK II's decoder wants to know the size. */
static const char *pack_lzma(struct arena *arena, struct bytes content, struct bytes *packed)
{
	lzma_stream stream = LZMA_STREAM_INIT;
	lzma_options_lzma options;
	lzma_ret result;

	lzma_lzma_preset(&options, 9);
	while (options.dict_size > LZMA_DICT_SIZE_MIN && options.dict_size / 2 >= content.n)
		options.dict_size /= 2;
	packed->n = lzma_stream_buffer_bound(content.n);
	packed->at = arena_alloc(arena, packed->n);
	if (lzma_alone_encoder(&stream, &options))
		return "no memory for LZMA";
	stream.next_in = content.at;
	stream.avail_in = content.n;
	stream.next_out = packed->at;
	stream.avail_out = packed->n;
	do
		result = lzma_code(&stream, LZMA_FINISH);
	while (result == LZMA_OK);
	packed->n -= stream.avail_out;
	lzma_end(&stream);
	if (result != LZMA_STREAM_END)
		return "LZMA fails";
	put64(packed->at + LZMA_SIZE_AT, content.n);
	return NULL;
}

/* PI 3, 3.2.5.7.3: four bytes of checksum, and the content as it is. */
static const char *unpack_crc32(struct arena *arena, struct bytes packed, struct bytes *content)
{
	(void)arena;
	if (packed.n < 4 || lzma_crc32(packed.at + 4, packed.n - 4, 0) != get32(packed.at))
		return "its checksum is wrong";
	*content = (struct bytes){ packed.at + 4, packed.n - 4 };
	return NULL;
}

static const char *pack_crc32(struct arena *arena, struct bytes content, struct bytes *packed)
{
	*packed = (struct bytes){ arena_alloc(arena, content.n + 4), content.n + 4 };
	put32(packed->at, lzma_crc32(content.at, content.n, 0));
	memcpy(packed->at + 4, content.at, content.n);
	return NULL;
}

static const struct packing packings[] = {
	{ "LZMA",
	  { { 0x98, 0x58, 0x4e, 0xee, 0x14, 0x39, 0x59, 0x42, 0x9d, 0x6e, 0xdc, 0x7b, 0xd7, 0x94,
	      0x03, 0xcf } },
	  unpack_lzma,
	  pack_lzma },
	{ "CRC32",
	  { { 0xb0, 0xcd, 0x1b, 0xfc, 0x31, 0x7d, 0xaa, 0x49, 0x93, 0x6a, 0xa4, 0x60, 0x0d, 0x9d,
	      0xd0, 0x83 } },
	  unpack_crc32,
	  pack_crc32 },
};

const struct packing *packing_find(struct bytes stream, const struct section *section, size_t *data)
{
	const uint8_t *header = stream.at + section->at + section->header;

	if (section->type != SECTION_GUIDED || section->size - section->header < GUIDED_HEADER)
		return NULL;
	*data = get16(header + GUIDED_DATA);
	if (*data < section->header + GUIDED_HEADER || *data > section->size)
		return NULL;
	for (size_t i = 0; i < sizeof packings / sizeof *packings; i++) {
		if (memcmp(header, packings[i].guid.bytes, GUID_SIZE) == 0)
			return &packings[i];
	}
	return NULL;
}
