#include "one_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const paths[] = { "/etc/zipl.conf", "/boot/parmfile", NULL };

	return fuzz_read(data, size, paths, "/etc/zipl.conf", zipl_read);
}
