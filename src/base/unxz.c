#include "base/unxz.h"

#include <errno.h>
#include <string.h>
#include <xz.h>

#define MAGIC  \
	"\xfd" \
	"7zXZ" /* and its terminating zero */

bool unxz_claims(const uint8_t *bytes, size_t size)
{
	return size > sizeof MAGIC && memcmp(bytes, MAGIC, sizeof MAGIC) == 0;
}

int unxz(const uint8_t *bytes, size_t size, uint8_t *out, size_t *room)
{
	struct xz_buf buffer = { .in = bytes, .in_size = size, .out = out, .out_size = *room };
	struct xz_dec *decoder = xz_dec_init(XZ_SINGLE, 0);
	enum xz_ret result;

	if (!decoder)
		return -ENOMEM;
	xz_crc32_init();
	result = xz_dec_run(decoder, &buffer);
	xz_dec_end(decoder);
	if (result == XZ_OPTIONS_ERROR)
		return -EOPNOTSUPP;
	if (result != XZ_STREAM_END || buffer.in_pos != size)
		return -EBADMSG;
	*room = buffer.out_pos;
	return 0;
}
