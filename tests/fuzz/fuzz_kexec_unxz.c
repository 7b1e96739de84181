/* xz files, however malformed: never a byte outside of the buffer. */
#include <stdlib.h>

#include "base/unxz.h"

#define ROOM (1 << 18)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t n = ROOM;
	uint8_t *out;

	if (!unxz_claims(data, size))
		return 0;
	out = malloc(ROOM);
	if (!out)
		return 0;
	if (unxz(data, size, out, &n) == 0 && n > ROOM)
		abort();
	free(out);
	return 0;
}
