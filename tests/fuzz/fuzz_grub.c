#include "one_file.h"

#include "config/grub/grub.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const paths[] = {
		"/boot/grub/grub.cfg",	 "/boot/grub/grubenv",	   "/boot/grub/custom.cfg",
		"/loader/entries/a-1-2.conf", "/loader/entries/a-1-10.conf", "/x.iso", "/boot/grub/locale/de.mo",
		"/EFI/Linux/a.efi", NULL,
	};

	return fuzz_read(data, size, paths, "/boot/grub/grub.cfg", grub_read);
}
