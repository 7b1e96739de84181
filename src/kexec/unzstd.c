#include "kexec/unzstd.h"

#include <errno.h>
#include <zstd.h>

#include "kexec/bootparams.h"

bool unzstd_claims(const uint8_t *bytes, size_t size)
{
	return size > 4 && get32(bytes) == ZSTD_MAGICNUMBER;
}

int unzstd(const uint8_t *bytes, size_t size, uint8_t *out, size_t *room)
{
	/* The window is what has already come out, so that no file can ask for more memory. */
	ZSTD_DCtx *decoder = ZSTD_createDCtx();
	size_t n;

	if (!decoder)
		return -ENOMEM;
	n = ZSTD_decompressDCtx(decoder, out, *room, bytes, size);
	ZSTD_freeDCtx(decoder);
	if (ZSTD_isError(n))
		return -EBADMSG;
	*room = n;
	return 0;
}
