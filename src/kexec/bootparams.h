/* boot_params, the page that a Linux kernel on x86 is given (boot.rst; zero-page.rst). */
#ifndef KEXEC_BOOTPARAMS_H
#define KEXEC_BOOTPARAMS_H

#include <stdint.h>
#include <string.h>

#include "base/bytes.h"
#include "kexec/kexec.h"
#include "kexec/segments.h"

/* Where its fields are. Those from HDR on are also at these offsets in the file. */
enum {
	SCREEN_INFO = 0x000, /* 64 bytes */
	SCREEN_EXT_MEM_K = 0x002,
	SCREEN_IS_VGA = 0x00f,
	SCREEN_WIDTH = 0x012, /* and height, 16 bits each */
	SCREEN_FRAMEBUFFER = 0x018,
	SCREEN_COMMAND_LINE = 0x020, /* cl_magic and cl_offset, of protocol 2.01 and before */
	SCREEN_FRAMEBUFFER_HIGH = 0x03a,
	IST_INFO = 0x060, /* 16 bytes */
	RSDP = 0x070,
	EXT_RAMDISK_IMAGE = 0x0c0,
	EXT_RAMDISK_SIZE = 0x0c4,
	EXT_CMD_LINE_PTR = 0x0c8,
	EDID = 0x140, /* 128 bytes */
	EFI_SIGNATURE = 0x1c0,
	EFI_SYSTAB = 0x1c4,
	EFI_MEMDESC_SIZE = 0x1c8,
	EFI_MEMDESC_VERSION = 0x1cc,
	EFI_MEMMAP = 0x1d0,
	EFI_MEMMAP_SIZE = 0x1d4,
	EFI_SYSTAB_HIGH = 0x1d8,
	EFI_MEMMAP_HIGH = 0x1dc,
	ALT_MEM_K = 0x1e0,
	E820_ENTRIES = 0x1e8,
	EDD_ENTRIES = 0x1e9, /* and one byte for the MBR signatures */
	SECURE_BOOT = 0x1ec,
	HDR = 0x1f1,
	ROOT_FLAGS = 0x1f2,
	SYSSIZE = 0x1f4,
	BOOT_FLAG = 0x1fe,
	HDR_LENGTH = 0x201, /* the header ends at 0x202 plus this byte */
	HDR_MAGIC = 0x202,
	VERSION = 0x206,
	TYPE_OF_LOADER = 0x210,
	LOADFLAGS = 0x211,
	CODE32_START = 0x214,
	RAMDISK_IMAGE = 0x218,
	RAMDISK_SIZE = 0x21c,
	CMD_LINE_PTR = 0x228,
	INITRD_ADDR_MAX = 0x22c,
	KERNEL_ALIGNMENT = 0x230,
	RELOCATABLE_KERNEL = 0x234,
	XLOADFLAGS = 0x236,
	CMDLINE_SIZE = 0x238,
	HARDWARE_SUBARCH = 0x23c, /* 12 bytes with its data */
	SETUP_DATA = 0x250,
	PREF_ADDRESS = 0x258,
	INIT_SIZE = 0x260,
	HDR_END = 0x290,
	MBR_SIGNATURES = 0x290, /* 64 bytes */
	E820_TABLE = 0x2d0,     /* 128 entries of 20 bytes */
	EDD_BUFFER = 0xd00,     /* 492 bytes */
};

#define HDR_MAGIC_VALUE 0x53726448u /* "HdrS" */
#define BOOT_FLAG_VALUE 0xaa55

enum { LOADED_HIGH = 1 << 0 }; /* LOADFLAGS */

enum { /* XLOADFLAGS */
	XLF_KERNEL_64 = 1 << 0,
	XLF_CAN_BE_LOADED_ABOVE_4G = 1 << 1,
	XLF_EFI_KEXEC = 1 << 4,
	XLF_5LEVEL = 1 << 5,
};

enum { /* types of setup_data */
	SETUP_E820_EXT = 1,
	SETUP_DTB = 2,
	SETUP_PCI = 3,
	SETUP_EFI = 4,
	SETUP_APPLE_PROPERTIES = 5,
	SETUP_RNG_SEED = 9,
	SETUP_BATON = KEXEC_NOTE_TYPE, /* ours; Linux shows nodes that it does not know as they are */
};

/* What boot_params says of a kernel, and how to get there. */
struct handover {
	const uint8_t *header; /* of the kernel: HDR_END bytes, in its file's layout from HDR on */
	uint64_t ramdisk, ramdisk_size;
	uint64_t kernel;     /* address of its entry point */
	uint64_t start, end; /* the memory that it wants mapped one to one when it is entered */
	bool protected_mode; /* enter in 32-bit mode without paging; else in 64-bit mode */
	bool high;           /* may the page run lie above 4 GiB? */
};

/*
 * bootparams_build - add the last segment and set the entry point
 *
 * The segment is one run of pages: boot_params, command line, setup_data, EFI memory map, the
 * trampoline that enters the kernel, and the page tables for that (boot.rst, "64-bit boot
 * protocol"). Returns 0, or -errno and build->why.
 */
int bootparams_build(struct build *build, const struct handover *handover);

#endif
