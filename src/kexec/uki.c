/*
 * Unified Kernel Images (UAPI specification 5): an EFI program whose sections are a kernel, its
 * initrd and its command line. Microsoft's PE format, "COFF File Header" and "Section Table".
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "kexec/bootparams.h"
#include "kexec/segments.h"

#define PE_OFFSET    0x3c
#define COFF_SIZE    24 /* with the signature before it */
#define SECTION_SIZE 40
#define SECTION_NAME 8

/* The bytes of a section in the file; false: there is none, or it is not within the file. */
static bool find_section(const struct image *file, const char *name, struct image *section)
{
	char padded[SECTION_NAME + 1] = "";
	size_t pe, n, table;

	if (file->size < PE_OFFSET + 4 || memcmp(file->bytes, "MZ", 2) != 0)
		return false;
	pe = get32(file->bytes + PE_OFFSET);
	if (pe > file->size || file->size - pe < COFF_SIZE ||
	    memcmp(file->bytes + pe, "PE\0", 4) != 0)
		return false;
	n = get16(file->bytes + pe + 6);
	table = pe + COFF_SIZE + get16(file->bytes + pe + 20);
	if (table > file->size || (file->size - table) / SECTION_SIZE < n)
		return false;
	strncpy(padded, name, SECTION_NAME);
	for (size_t i = 0; i < n; i++) {
		const uint8_t *header = file->bytes + table + i * SECTION_SIZE;
		size_t virtual = get32(header + 8), raw = get32(header + 16);
		size_t at = get32(header + 20), size = virtual < raw ? virtual : raw;

		if (memcmp(header, padded, SECTION_NAME) != 0)
			continue;
		if (at > file->size || size > file->size - at)
			return false;
		*section = (struct image){ file->name, file->bytes + at, size };
		return true;
	}
	return false;
}

static bool uki_claims(const struct image *kernel)
{
	struct image section;

	return find_section(kernel, ".linux", &section);
}

/* The command line in it, for an entry that has none of its own: one line, without its end. */
static const char *uki_cmdline(struct build *build)
{
	struct image section;
	size_t size;

	if (*build->cmdline || !find_section(&build->kernel, ".cmdline", &section))
		return build->cmdline;
	size = strnlen((const char *)section.bytes, section.size);
	while (size && strchr(" \t\r\n", section.bytes[size - 1]))
		size--;
	return arena_copy(build->arena, section.bytes, size);
}

static int uki_build(struct build *build)
{
	static const char *const order[] = { ".ucode", ".initrd" }; /* microcode comes first */
	struct image uki = build->kernel, section;
	VEC(struct image) initrds = { 0 };
	int error;

	for (size_t i = 0; i < sizeof order / sizeof *order; i++)
		if (find_section(&uki, order[i], &section) && section.size)
			vec_push(build->arena, &initrds) = section;
	for (size_t i = 0; i < build->initrds.n; i++)
		vec_push(build->arena, &initrds) = build->initrds.at[i];
	memcpy(&build->initrds, &initrds, sizeof initrds);
	build->cmdline = uki_cmdline(build);
	find_section(&uki, ".linux", &build->kernel);
	if (!format_bzimage.claims(&build->kernel))
		return build_fail(
			build, ENOEXEC,
			"a unified kernel image, but its .linux section is not a bzImage");
	error = format_bzimage.build(build);
	build->kernel = uki; /* the caller's, who unmaps it */
	return error;
}

const struct format format_uki = { "unified kernel image", uki_claims, uki_build };
