#include "one_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const paths[] = { "/boot/syslinux/syslinux.cfg", "/boot/syslinux/a.cfg",
					     "/b.cfg", NULL };

	return fuzz_read(data, size, paths, "/boot/syslinux/syslinux.cfg", syslinux_read);
}
