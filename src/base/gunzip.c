#include "base/gunzip.h"

#include <errno.h>
#include <limits.h>
#include <zlib.h>

#include "base/bytes.h"

#define LEAST 18 /* bytes of header and trailer */
#define GZIP  16 /* for inflateInit2(): with gzip's header and trailer, not zlib's */

bool gunzip_claims(const uint8_t *bytes, size_t size)
{
	return size > LEAST && bytes[0] == 0x1f && bytes[1] == 0x8b && bytes[2] == Z_DEFLATED;
}

size_t gunzip_size(const uint8_t *bytes, size_t size)
{
	return get32(bytes + size - 4);
}

int gunzip(const uint8_t *bytes, size_t size, uint8_t *out)
{
	z_stream stream = {
		.next_in = (uint8_t *)bytes,
		.avail_in = (unsigned)size,
		.next_out = out,
		.avail_out = (unsigned)gunzip_size(bytes, size),
	};
	int result;

	if (size > UINT_MAX)
		return -EBADMSG;
	if (inflateInit2(&stream, GZIP + MAX_WBITS) != Z_OK)
		return -ENOMEM;
	result = inflate(&stream, Z_FINISH);
	inflateEnd(&stream);
	if (result != Z_STREAM_END || stream.avail_in || stream.avail_out)
		return -EBADMSG;
	return 0;
}
