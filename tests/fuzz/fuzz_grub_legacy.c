#include "one_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const paths[] = { "/boot/grub/menu.lst", "/boot/grub/default", NULL };

	return fuzz_read(data, size, paths, "/boot/grub/menu.lst", grub_legacy_read);
}
