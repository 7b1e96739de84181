/* Linux as a bzImage (boot.rst): real mode setup, which we leave out, and the kernel proper. */
#include <errno.h>
#include <string.h>

#include "kexec/bootparams.h"
#include "kexec/segments.h"
#include "kexec/stranger.h"

#define SECTOR               512
#define ENTRY_64             0x200 /* from the load address (boot.rst, "64-bit boot protocol") */
#define PROTOCOL_SYSSIZE     0x204 /* all four bytes of syssize */
#define PROTOCOL_RELOCATABLE 0x205
#define PROTOCOL_ALIGNMENT   0x20a /* pref_address, init_size */
#define PROTOCOL_64          0x20c /* xloadflags */
#define LOAD_ADDRESS         MIB   /* of kernels that don't say where they prefer to be */
#define SLOTS                256   /* for the choice of a random place */

/* What the header says, with what old versions did not say yet filled in. */
struct bzimage {
	uint8_t header[HDR_END]; /* zero beyond its own end */
	uint16_t version, flags;
	bool relocatable, high, protected_mode;
	uint64_t initrd_max; /* first address that an initrd can't have */
	struct image kernel; /* the protected mode part */
	struct fit fit;
};

static bool bzimage_claims(const struct image *kernel)
{
	return kernel->size >= HDR_END && get16(kernel->bytes + BOOT_FLAG) == BOOT_FLAG_VALUE &&
	       get32(kernel->bytes + HDR_MAGIC) == HDR_MAGIC_VALUE;
}

static void read_header(const struct build *build, struct bzimage *bz)
{
	size_t end = HDR_MAGIC + build->kernel.bytes[HDR_LENGTH];

	if (end > HDR_END)
		end = HDR_END;
	memcpy(bz->header + HDR, build->kernel.bytes + HDR, end - HDR);
	bz->version = get16(bz->header + VERSION);
	if (bz->version >= PROTOCOL_64)
		bz->flags = get16(bz->header + XLOADFLAGS);
	bz->relocatable = bz->version >= PROTOCOL_RELOCATABLE && bz->header[RELOCATABLE_KERNEL];
	bz->initrd_max = bz->version >= 0x203 ? get32(bz->header + INITRD_ADDR_MAX) : 0x37ffffff;
	bz->initrd_max = (bz->initrd_max + 1) & ~(PAGE - 1);
}

/* The kernel proper begins after the boot sector and the setup sectors. */
static int find_kernel(struct build *build, struct bzimage *bz)
{
	size_t sectors = bz->header[HDR] ? bz->header[HDR] : 4; /* boot.rst, "setup_sects" */
	size_t setup = (sectors + 1) * SECTOR;
	uint64_t least = ENTRY_64 + 1, paragraphs = get32(bz->header + SYSSIZE);

	/* Of the last paragraph one byte is enough (memtest86+); a signature may follow it. */
	if (bz->version >= PROTOCOL_SYSSIZE && paragraphs * 16 > least + 15)
		least = paragraphs * 16 - 15;
	if (!(bz->header[LOADFLAGS] & LOADED_HIGH))
		return build_fail(build, ENOEXEC,
				  "a zImage, which loads below 640 KiB: such kernels "
				  "(before 1997) are not supported");
	if (bz->version < PROTOCOL_64 && stranger_in_disguise(&build->kernel))
		return build_fail(
			build, ENOEXEC,
			"not Linux but a program with a header like its (MEMDISK and iPXE "
			"have one): it needs the BIOS, so only GRUB or SYSLINUX starts it");
	if (build->kernel.size < setup + least)
		return build_fail(build, ENOEXEC,
				  "the file ends after %zu of at least %llu bytes: it is truncated",
				  build->kernel.size, (unsigned long long)(setup + least));
	bz->kernel = (struct image){ build->kernel.name, build->kernel.bytes + setup,
				     build->kernel.size - setup };
	return 0;
}

/*
 * The 64-bit entry wants a 64-bit kernel that copes with the page tables as they are. The 32-bit
 * entry switches them off first, and has everything below 4 GiB.
 */
static void choose_entry(const struct build *build, struct bzimage *bz)
{
	bz->protected_mode = !(bz->flags & XLF_KERNEL_64) ||
			     (build->machine->five_level && !(bz->flags & XLF_5LEVEL));
	bz->high = !bz->protected_mode && (bz->flags & XLF_CAN_BE_LOADED_ABOVE_4G);
}

/* How much memory the kernel takes, and where it may be. */
static int find_limits(struct build *build, struct bzimage *bz)
{
	uint64_t size = bz->kernel.size, align = PAGE, preferred = LOAD_ADDRESS;

	if (bz->version >= PROTOCOL_ALIGNMENT) {
		if (size < get32(bz->header + INIT_SIZE))
			size = get32(bz->header + INIT_SIZE);
		preferred = get64(bz->header + PREF_ADDRESS);
	} else {
		size = size * 4 + 16 * MIB; /* a kernel of that age unpacks to about three times */
	}
	if (bz->relocatable)
		align = get32(bz->header + KERNEL_ALIGNMENT);
	if (align < PAGE)
		align = PAGE;
	if ((align & (align - 1)) || preferred > PHYSICAL_END || preferred % PAGE)
		return build_fail(
			build, ENOEXEC,
			"its header is damaged (alignment 0x%llx, preferred address 0x%llx)",
			(unsigned long long)align, (unsigned long long)preferred);
	bz->fit = (struct fit){ page_up(size), align, preferred, 4 * GIB };
	if (!bz->relocatable)
		bz->fit.max = preferred + bz->fit.size;
	return 0;
}

/*
 * A kernel that gets EFI's map does not choose a random place for itself, because the map we can
 * give it has only the runtime regions: we choose for it. Only among the highest places: see
 * layout_take().
 */
static uint64_t choose_slot(const struct build *build, const struct bzimage *bz,
			    const struct fit *fit)
{
	uint64_t slots;

	if (!bz->relocatable || !build->machine->efi.runtime || !(bz->flags & XLF_EFI_KEXEC))
		return 0;
	slots = layout_count(&build->holes, fit);
	return slots ? build->machine->dice % (slots < SLOTS ? slots : SLOTS) : 0;
}

/*
 * A kernel unpacks itself within init_size. Nothing but its file is loaded there, but nothing that
 * is needed may be there either: not the page tables that are in use, unless we bring our own.
 */
static uint64_t room(const struct build *build, const struct bzimage *bz)
{
	return build->machine->encrypted && !bz->protected_mode ? bz->fit.size : bz->kernel.size;
}

static int place_kernel(struct build *build, struct bzimage *bz, uint64_t *address)
{
	struct fit low = bz->fit;
	bool found;

	if (low.max > build->machine->ceiling)
		low.max = build->machine->ceiling;
	found = layout_take(build->arena, &build->holes, &low, choose_slot(build, bz, &low),
			    address) ||
		layout_take(build->arena, &build->holes, &bz->fit, choose_slot(build, bz, &bz->fit),
			    address);
	if (!found && bz->relocatable && bz->high) {
		bz->fit.max = PHYSICAL_END;
		found = layout_take(build->arena, &build->holes, &bz->fit, 0, address);
	}
	if (found)
		return segments_add(build, bz->kernel.bytes, bz->kernel.size, *address,
				    room(build, bz));
	if (!bz->relocatable)
		return build_fail(
			build, EADDRNOTAVAIL,
			"not a relocatable kernel, and its place, %llu MiB at 0x%llx, is not "
			"free RAM on this machine",
			(unsigned long long)(bz->fit.size >> 20) + 1,
			(unsigned long long)bz->fit.min);
	return build_fail(build, ENOMEM, "no room for a kernel of %llu MiB in one piece%s",
			  (unsigned long long)(bz->fit.size >> 20) + 1,
			  bz->high ? "" : " below 4 GiB");
}

static int bzimage_build(struct build *build)
{
	struct bzimage bz = { .version = 0 };
	struct handover handover = { .header = bz.header };
	int error;

	read_header(build, &bz);
	choose_entry(build, &bz);
	error = find_kernel(build, &bz);
	if (!error)
		error = find_limits(build, &bz);
	if (!error)
		error = place_kernel(build, &bz, &handover.kernel);
	if (error)
		return error;
	error = segments_place_initrds(build, bz.initrd_max, bz.high, &handover.ramdisk,
				       &handover.ramdisk_size);
	if (error)
		return error;
	put32(bz.header + CODE32_START, (uint32_t)handover.kernel);
	handover.start = handover.kernel;
	handover.end = handover.start + bz.fit.size;
	handover.high = bz.high;
	handover.protected_mode = bz.protected_mode;
	if (!bz.protected_mode)
		handover.kernel += ENTRY_64;
	return bootparams_build(build, &handover);
}

const struct format format_bzimage = { "bzImage", bzimage_claims, bzimage_build };
