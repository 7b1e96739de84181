/* gzip files, however malformed: never a byte outside of the buffer that their trailer asks for. */
#include <stdlib.h>

#include "base/gunzip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *out;

	if (!gunzip_claims(data, size) || gunzip_size(data, size) > 1 << 20)
		return 0;
	out = malloc(gunzip_size(data, size));
	if (!out)
		return 0;
	gunzip(data, size, out);
	free(out);
	return 0;
}
