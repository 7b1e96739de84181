#include "one_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const paths[] = { "/etc/yaboot.conf", "/etc/fstab", NULL };

	return fuzz_read(data, size, paths, "/etc/yaboot.conf", yaboot_read);
}
