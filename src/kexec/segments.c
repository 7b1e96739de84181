#include "kexec/segments.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "kexec/bootparams.h"
#include "kexec/stranger.h"

#define DAMAGED "the file is damaged or not a kernel"

static const struct format *const formats[] = { &format_uki, &format_bzimage, &format_multiboot2,
						&format_multiboot1, &format_vmlinux };

static int unknown(struct build *build)
{
	const char *name = stranger_name(&build->kernel);

	if (build->kernel.size == 0)
		return build_fail(build, ENOEXEC, "the file is empty");
	if (name)
		return build_fail(build, ENOEXEC, "not a Linux kernel but %s", name);
	return build_fail(build, ENOEXEC,
			  "not a Linux kernel (no HdrS signature at 0x202): " DAMAGED);
}

/* Multiboot kernels are started as what the entry says that they are: many are of both versions. */
static int build_multiboot(struct build *build)
{
	const struct format *format =
		build->multiboot == 1 ? &format_multiboot1 : &format_multiboot2;

	if (format->claims(&build->kernel))
		return format->build(build);
	return build_fail(build, ENOEXEC,
			  "not a %s kernel (there is no such header at the start of the file)",
			  format->name);
}

int segments_build(struct build *build)
{
	build->holes = (struct ranges){ 0 };
	build->segments_n = 0;
	for (size_t i = 0; i < build->machine->holes.n; i++)
		vec_push(build->arena, &build->holes) = build->machine->holes.at[i];
	if (build->multiboot)
		return build_multiboot(build);
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
		if (formats[i]->claims(&build->kernel))
			return formats[i]->build(build);
	return unknown(build);
}

bool segments_take(struct build *build, const struct fit *fit, uint64_t *address)
{
	struct fit low = *fit;

	if (low.max > build->machine->ceiling)
		low.max = build->machine->ceiling;
	return layout_take(build->arena, &build->holes, &low, 0, address) ||
	       layout_take(build->arena, &build->holes, fit, 0, address);
}

int segments_add(struct build *build, const void *bytes, size_t size, uint64_t address,
		 uint64_t room)
{
	if (build->segments_n == SEGMENTS_MAX)
		return build_fail(build, E2BIG,
				  "more than the %d pieces that a kernel can be loaded in",
				  SEGMENTS_MAX);
	for (size_t i = 0; i < build->segments_n; i++) {
		const struct segment *other = &build->segments[i];

		if (address < other->address + other->room &&
		    other->address < address + page_up(room))
			return build_fail(build, ENOEXEC,
					  "two parts of it want the same memory: " DAMAGED);
	}
	build->segments[build->segments_n++] =
		(struct segment){ bytes, size, address, page_up(room) };
	return 0;
}

/*
 * A kernel that EFI started looks for an initrd in a table of the firmware when boot_params names
 * none, and there it would find ours, the firmware kernel's. Zeros are an empty initrd.
 */
static void shield_from_stale_initrd(struct build *build)
{
	static const uint8_t zeros[512];

	if (build->initrds.n == 0 && get32(build->machine->params + EFI_SIGNATURE))
		vec_push(build->arena, &build->initrds) =
			(struct image){ build->kernel.name, zeros, sizeof zeros };
}

int segments_place_initrds(struct build *build, uint64_t max, bool high, uint64_t *address,
			   uint64_t *size)
{
	struct fit fit = { 0, PAGE, MIB, max };
	uint64_t at = 0;
	int error = 0;

	shield_from_stale_initrd(build);
	*address = *size = 0;
	for (size_t i = 0; i < build->initrds.n; i++) {
		*size = fit.size + build->initrds.at[i].size;
		fit.size += page_up(build->initrds.at[i].size);
	}
	if (*size == 0)
		return 0;
	if (!segments_take(build, &fit, &at)) {
		fit.max = PHYSICAL_END;
		if (!high || !segments_take(build, &fit, &at))
			return build_fail(
				build, ENOMEM,
				"no room for %llu MiB of initrds in one piece below %llu MiB",
				(unsigned long long)(fit.size >> 20) + 1,
				(unsigned long long)(high ? PHYSICAL_END : max) >> 20);
	}
	*address = at;
	for (size_t i = 0; i < build->initrds.n && !error; i++) {
		const struct image *initrd = &build->initrds.at[i];

		if (initrd->size)
			error = segments_add(build, initrd->bytes, initrd->size, at, initrd->size);
		at += page_up(initrd->size);
	}
	return error;
}

int build_fail(struct build *build, int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	build->why = arena_print(build->arena, "%s: %s", build->kernel.name,
				 arena_vprint(build->arena, format, args));
	va_end(args);
	return -error;
}
