#include "kexec/stranger.h"

#include <string.h>

#include "base/text.h"
#include "kexec/bootparams.h"

/* boot.rst, "kernel_version": where to find its string, counted from the other */
#define KERNEL_VERSION      0x20e
#define KERNEL_VERSION_BASE 0x200

/* By the bytes at an offset; what is surer comes first. */
static const struct {
	uint16_t at;
	uint8_t size;
	const char *bytes, *name;
} strangers[] = {
#define MAGIC(text) sizeof text - 1, text
	{ 56, MAGIC("ARM\x64"), "a kernel for arm64, not for this processor" },
	{ 56, MAGIC("RSC\x05"), "a kernel for RISC-V, not for this processor" },
	{ 36, MAGIC("\x18\x28\x6f\x01"), "a kernel for ARM, not for this processor" },
	/* LINUX_PE_MAGIC: x86's has it, too */
	{ 56, MAGIC("\xcd\x23\x82\x81"), "what is left of one, or one for another processor" },
	{ 0, MAGIC("\177ELF"), "an ELF program for another processor" },
	{ 0, MAGIC("070701"), "an initrd (cpio)" },
	{ 0, MAGIC("MZ"),
	  "an EFI program without a Linux kernel in it: only firmware can start it" },
	{ 0, MAGIC("\x1f\x8b"), "a file that is in gzip twice, or cut off: unpack it (gunzip)" },
	{ 0, MAGIC("BZh"), "a file in bzip2: unpack it (bunzip2)" },
	{ 0, MAGIC("\x5d\0\0"), "a file in LZMA: unpack it (unlzma)" },
	{ 0, MAGIC("\x89LZO"), "a file in LZO: unpack it (lzop -d)" },
	{ 0, MAGIC("\x27\x05\x19\x56"), "an image for U-Boot: name the kernel that is in it" },
	{ 0, MAGIC("#!"), "a script" },
	{ 0, MAGIC("<"), "a web page: its download failed" },
	{ 0x8001, MAGIC("CD001"), "a CD's image: name the kernel that is in it" },
	{ 510, MAGIC("\x55\xaa"), "a boot sector: only a BIOS can start it" },
#undef MAGIC
};

const char *stranger_name(const struct image *file)
{
	for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++)
		if (file->size >= (size_t)strangers[i].at + strangers[i].size &&
		    memcmp(file->bytes + strangers[i].at, strangers[i].bytes, strangers[i].size) ==
			    0)
			return strangers[i].name;
	return NULL;
}

bool stranger_in_disguise(const struct image *kernel)
{
	size_t at = get16(kernel->bytes + KERNEL_VERSION) + KERNEL_VERSION_BASE, n;
	const char *text = (const char *)kernel->bytes + at;

	if (at == KERNEL_VERSION_BASE || at >= kernel->size)
		return true;
	/* 6.1.0-56-amd64 (user@host) #1 SMP … */
	n = strnlen(text, kernel->size - at);
	return !memchr(text, '@', n) && !memchr(text, '#', n);
}
