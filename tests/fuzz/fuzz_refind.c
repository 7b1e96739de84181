#include "one_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const paths[] = { "/boot/refind_linux.conf", "/boot/vmlinuz-1",
					     "/boot/vmlinuz-2", "/boot/initrd.img-1", NULL };

	return fuzz_read(data, size, paths, "/boot/refind_linux.conf", refind_read);
}
