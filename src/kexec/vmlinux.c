/*
 * Linux as an ELF file, vmlinux: the kernel proper, without what unpacks and moves a bzImage. It is
 * entered at startup_64 as a bzImage's 64-bit part enters it, with boot_params in %rsi
 * (arch/x86/kernel/head_64.S).
 */
#include <errno.h>
#include <string.h>

#include "kexec/bootparams.h"
#include "kexec/program.h"
#include "kexec/segments.h"

#define MOVED_BY 0x200000 /* it fits its page tables to any place, in steps of a large page */

static bool vmlinux_claims(const struct image *kernel)
{
	return program_is_elf(kernel, 64);
}

/* FreeBSD's kernel, for one, looks the same; and nothing starts like this that is not a kernel. */
static bool is_linux(const struct image *kernel, const struct program *program)
{
	static const char banner[] = "Linux version ";

	return program->high_half && program->entry >= program->start &&
	       program->entry < program->end &&
	       memmem(kernel->bytes, kernel->size, banner, sizeof banner - 1);
}

/* The header that a bzImage would have: what the kernel itself, not its setup code, reads of it. */
static void make_header(uint8_t *header)
{
	header[ROOT_FLAGS] = 1; /* the root file system is read-only at first, as with a bzImage */
	put32(header + BOOT_FLAG, BOOT_FLAG_VALUE);
	header[HDR_LENGTH] = HDR_END - HDR_MAGIC;
	put32(header + HDR_MAGIC, HDR_MAGIC_VALUE);
	put32(header + VERSION, 0x20f);
	put32(header + RELOCATABLE_KERNEL,
	      1 | (XLF_KERNEL_64 | XLF_CAN_BE_LOADED_ABOVE_4G | XLF_EFI_KEXEC) << 16);
	put32(header + CMDLINE_SIZE, 2047); /* COMMAND_LINE_SIZE */
}

static int place_kernel(struct build *build, const struct program *program, uint64_t *moved)
{
	uint64_t start = program->start & ~(uint64_t)(MOVED_BY - 1), at;
	struct fit fit = { page_up(program->end) - start, MOVED_BY, MIB, 4 * GIB };

	if (!segments_take(build, &fit, &at))
		return build_fail(build, ENOMEM,
				  "no room for a kernel of %llu MiB in one piece below 4 GiB",
				  (unsigned long long)(fit.size >> 20) + 1);
	*moved = at - start;
	return program_load(build, program, *moved);
}

static int vmlinux_build(struct build *build)
{
	uint8_t header[HDR_END] = { 0 };
	struct handover handover = { .header = header, .high = true };
	struct program program;
	uint64_t moved;
	int error = program_read_elf(build, &program, 4 * GIB);

	if (error)
		return error;
	if (!is_linux(&build->kernel, &program))
		return build_fail(build, ENOEXEC, "an ELF program, but not a Linux kernel");
	/* Only its code, not its file, says whether it copes with them; a bzImage has a flag. */
	if (build->machine->five_level)
		return build_fail(build, ENOEXEC,
				  "a vmlinux, which may not run with five levels of page tables: "
				  "start the running kernel with no5lvl, or use the bzImage");
	make_header(header);
	error = place_kernel(build, &program, &moved);
	if (!error)
		error = segments_place_initrds(build, 4 * GIB, true, &handover.ramdisk,
					       &handover.ramdisk_size);
	if (error)
		return error;
	handover.kernel = program.entry + moved;
	handover.start = program.start + moved;
	handover.end = program.end + moved;
	return bootparams_build(build, &handover);
}

const struct format format_vmlinux = { "vmlinux", vmlinux_claims, vmlinux_build };
