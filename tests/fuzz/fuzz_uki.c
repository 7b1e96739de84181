#include "one_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const paths[] = { "/EFI/Linux/a.efi",
					     "/EFI/Linux/a.efi.extra.d/b.addon.efi", NULL };

	return fuzz_read(data, size, paths, "/EFI/Linux", uki_read);
}
