#include "one_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const paths[] = { "/etc/kboot.conf", NULL };

	return fuzz_read(data, size, paths, "/etc/kboot.conf", kboot_read);
}
