#include "one_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const paths[] = { "/boot/limine.conf", NULL };

	return fuzz_read(data, size, paths, "/boot/limine.conf", limine_read);
}
