/* LZ4 files, however malformed: never a byte outside of the buffer. */
#include <stdlib.h>

#include "kexec/unlz4.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t most, n;
	uint8_t *out;

	if (!unlz4_claims(data, size))
		return 0;
	most = unlz4_size(data, size);
	if (most > 1 << 20)
		most = 1 << 20;
	out = malloc(most);
	if (!out)
		return 0;
	n = most;
	if (unlz4(data, size, out, &n) == 0 && n > most)
		abort();
	free(out);
	return 0;
}
