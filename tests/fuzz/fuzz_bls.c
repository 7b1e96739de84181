#include "one_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const paths[] = {
		"/loader/loader.conf",      "/loader/entries/a.conf", "/loader/entries/b+3-1.conf",
		"/loader/entries/b+0.conf", "/grub2/grubenv",         NULL
	};

	return fuzz_read(data, size, paths, "/loader/loader.conf", bls_read);
}
