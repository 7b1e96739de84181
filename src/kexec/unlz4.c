#include "kexec/unlz4.h"

#include <errno.h>
#include <lz4.h>
#include <string.h>
#include <xxhash.h>

#include "kexec/bootparams.h"

#define FRAME_MAGIC  0x184d2204u
#define LEGACY_MAGIC 0x184c2102u
#define LEGACY_BLOCK ((size_t)8 << 20)
#define RATIO        255 /* LZ4 shrinks to no less than a 255th */
#define WINDOW       65536
#define UNCOMPRESSED 0x80000000u /* in a block's size */

enum { /* a frame's FLG byte */
       FLAG_DICTIONARY = 1 << 0,
       FLAG_RESERVED = 1 << 1,
       FLAG_CHECKSUM = 1 << 2,
       FLAG_SIZE = 1 << 3,
       FLAG_BLOCK_CHECKSUM = 1 << 4,
};

struct stream {
	const uint8_t *at, *end;
	uint8_t *out; /* NULL: only count what it would be */
	size_t n, room;
	size_t block; /* bytes that a block can hold */
	uint8_t flags;
};

static bool take32(struct stream *stream, uint32_t *number)
{
	if (stream->end - stream->at < 4)
		return false;
	*number = get32(stream->at);
	stream->at += 4;
	return true;
}

/* A block can refer to the last 64 KiB before it, unless a flag says that it does not. */
static bool take_block(struct stream *stream, uint32_t size)
{
	size_t bytes = size & ~UNCOMPRESSED, room = stream->room - stream->n, window = stream->n;
	int got;

	if (bytes > (size_t)(stream->end - stream->at) || bytes > LZ4_MAX_INPUT_SIZE)
		return false;
	if (!stream->out) { /* counting */
		size_t most = size & UNCOMPRESSED ? bytes : bytes * RATIO;

		stream->n += most < stream->block ? most : stream->block;
		stream->at += bytes;
		return true;
	}
	if (room > stream->block)
		room = stream->block;
	if (size & UNCOMPRESSED) {
		if (bytes > room)
			return false;
		memcpy(stream->out + stream->n, stream->at, bytes);
		got = (int)bytes;
	} else {
		if (window > WINDOW)
			window = WINDOW;
		got = LZ4_decompress_safe_usingDict((const char *)stream->at,
						    (char *)stream->out + stream->n, (int)bytes,
						    (int)room,
						    (const char *)stream->out + stream->n - window,
						    (int)window);
	}
	if (got < 0)
		return false;
	stream->n += (size_t)got;
	stream->at += bytes;
	return true;
}

/* Blocks up to the end of the file. */
static bool take_legacy(struct stream *stream)
{
	uint32_t size;

	stream->block = LEGACY_BLOCK;
	while (stream->at < stream->end)
		if (!take32(stream, &size) || size & UNCOMPRESSED || !take_block(stream, size))
			return false;
	return true;
}

static bool take_descriptor(struct stream *stream, uint64_t *content)
{
	const uint8_t *start = stream->at;
	size_t size;

	if (stream->end - start < 2)
		return false;
	stream->flags = start[0];
	/* Only with version 01 the rest is as we know it; blocks have 64 KiB, 256 KiB, 1 or 4 MiB
	 */
	if (start[0] >> 6 != 1 || start[0] & (FLAG_DICTIONARY | FLAG_RESERVED) || start[1] & 0x8f ||
	    start[1] >> 4 < 4)
		return false;
	stream->block = (size_t)1 << (8 + 2 * (start[1] >> 4));
	size = start[0] & FLAG_SIZE ? 10 : 2;
	if ((size_t)(stream->end - start) < size + 1 ||
	    start[size] != (uint8_t)(XXH32(start, size, 0) >> 8))
		return false;
	*content = start[0] & FLAG_SIZE ? get64(start + 2) : UINT64_MAX;
	stream->at += size + 1;
	return true;
}

static bool take_frame(struct stream *stream)
{
	uint64_t content;
	uint32_t size, sum;

	if (!take_descriptor(stream, &content))
		return false;
	for (;;) {
		const uint8_t *block;

		if (!take32(stream, &size))
			return false;
		if (size == 0)
			break;
		block = stream->at;
		if (!take_block(stream, size))
			return false;
		if (stream->flags & FLAG_BLOCK_CHECKSUM &&
		    (!take32(stream, &sum) || sum != XXH32(block, size & ~UNCOMPRESSED, 0)))
			return false;
	}
	if (stream->flags & FLAG_CHECKSUM &&
	    (!take32(stream, &sum) || (stream->out && sum != XXH32(stream->out, stream->n, 0))))
		return false;
	if (stream->out && content != UINT64_MAX && stream->n != content)
		return false;
	return stream->at == stream->end;
}

static bool take_file(struct stream *stream)
{
	uint32_t magic;

	if (!take32(stream, &magic))
		return false;
	return magic == LEGACY_MAGIC ? take_legacy(stream) : take_frame(stream);
}

bool unlz4_claims(const uint8_t *bytes, size_t size)
{
	return size > 8 && (get32(bytes) == FRAME_MAGIC || get32(bytes) == LEGACY_MAGIC);
}

size_t unlz4_size(const uint8_t *bytes, size_t size)
{
	struct stream stream = { .at = bytes, .end = bytes + size };

	return take_file(&stream) ? stream.n : 0;
}

int unlz4(const uint8_t *bytes, size_t size, uint8_t *out, size_t *room)
{
	struct stream stream = { .at = bytes, .end = bytes + size, .out = out, .room = *room };

	if (!take_file(&stream))
		return -EBADMSG;
	*room = stream.n;
	return 0;
}
