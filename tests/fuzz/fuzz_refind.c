#include "one_file.h"

/* Lines for kernels, and a refind.conf with what it includes, of the same bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const paths[] = { "/boot/refind_linux.conf", "/boot/vmlinuz-1",
					     "/boot/vmlinuz-2", "/boot/initrd.img-1", NULL };
	static const char *const menu[] = { "/EFI/refind/refind.conf", "/EFI/refind/more.conf",
					    "/boot/refind_linux.conf", "/boot/vmlinuz-1",
					    "/EFI/x/refind_linux.conf", NULL };

	fuzz_read(data, size, menu, "/EFI/refind/refind.conf", refind_read);
	return fuzz_read(data, size, paths, "/boot/refind_linux.conf", refind_read);
}
