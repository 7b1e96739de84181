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

/* The section table; NULL: this is no PE file, or a damaged one. */
static const uint8_t *find_table(const struct image *file, size_t *n)
{
	size_t pe, table;

	if (file->size < PE_OFFSET + 4 || memcmp(file->bytes, "MZ", 2) != 0)
		return NULL;
	pe = get32(file->bytes + PE_OFFSET);
	if (pe > file->size || file->size - pe < COFF_SIZE ||
	    memcmp(file->bytes + pe, "PE\0", 4) != 0)
		return NULL;
	*n = get16(file->bytes + pe + 6);
	table = pe + COFF_SIZE + get16(file->bytes + pe + 20);
	if (table > file->size || (file->size - table) / SECTION_SIZE < *n)
		return NULL;
	return file->bytes + table;
}

enum presence { ABSENT, PRESENT, CUT_OFF };

/*
 * The bytes of the section that counts for a profile: its own, else the base's, which come before
 * the first .profile ("Multi-Profile UKIs").
 */
static enum presence find_section(const struct image *file, const char *name, int profile,
				  struct image *section)
{
	char padded[SECTION_NAME + 1] = "";
	const uint8_t *found = NULL, *row;
	size_t n, at, size;
	int current = -1;

	row = find_table(file, &n);
	if (!row)
		return ABSENT;
	strncpy(padded, name, SECTION_NAME);
	for (; n; n--, row += SECTION_SIZE) {
		if (memcmp(row, ".profile", SECTION_NAME) == 0)
			current++;
		if (memcmp(row, padded, SECTION_NAME) == 0 &&
		    ((current == -1 && !found) || current == profile))
			found = row;
	}
	if (!found)
		return ABSENT;
	size = get32(found + 8); /* VirtualSize: without the padding that SizeOfRawData has */
	if (size > get32(found + 16))
		size = get32(found + 16);
	at = get32(found + 20);
	if (at > file->size || size > file->size - at)
		return CUT_OFF;
	*section = (struct image){ file->name, file->bytes + at, size };
	return PRESENT;
}

static bool has_profile(const struct image *file, unsigned profile)
{
	const uint8_t *row;
	size_t n, profiles = 0;

	row = find_table(file, &n);
	for (; row && n; n--, row += SECTION_SIZE)
		profiles += memcmp(row, ".profile", SECTION_NAME) == 0;
	return profile == 0 || profile < profiles;
}

static bool uki_claims(const struct image *kernel)
{
	struct image section;

	return find_section(kernel, ".linux", 0, &section) != ABSENT;
}

/* A part of the image, empty if there is none. */
static int take_section(struct build *build, const char *name, struct image *section)
{
	*section = (struct image){ 0 };
	if (find_section(&build->kernel, name, (int)build->profile, section) == CUT_OFF)
		return build_fail(build, ENOEXEC,
				  "a unified kernel image that ends within its %s section: the "
				  "file is truncated",
				  name);
	return 0;
}

/* The command line in it, for an entry that has none of its own: one line, without its end. */
static int take_cmdline(struct build *build)
{
	struct image section;
	size_t size;
	int error;

	if (*build->cmdline)
		return 0;
	error = take_section(build, ".cmdline", &section);
	if (error || !section.size)
		return error;
	size = strnlen((const char *)section.bytes, section.size);
	while (size && strchr(" \t\r\n", section.bytes[size - 1]))
		size--;
	build->cmdline = arena_copy(build->arena, section.bytes, size);
	return 0;
}

/* Those of the image come before those of the entry, and the microcode before all, addons' first. */
static int take_initrds(struct build *build)
{
	static const char *const order[] = { ".ucode", ".initrd" };
	VEC(struct image) initrds = { 0 };
	struct image section;

	if (build->early.size)
		vec_push(build->arena, &initrds) = build->early;
	for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
		int error = take_section(build, order[i], &section);

		if (error)
			return error;
		if (section.size)
			vec_push(build->arena, &initrds) = section;
	}
	for (size_t i = 0; i < build->initrds.n; i++)
		vec_push(build->arena, &initrds) = build->initrds.at[i];
	memcpy(&build->initrds, &initrds, sizeof initrds);
	return 0;
}

bool uki_section(const struct image *addon, const char *name, struct image *section)
{
	return find_section(addon, name, -1, section) == PRESENT;
}

int uki_take_apart(struct build *build, struct image *kernel)
{
	int error;

	if (!has_profile(&build->kernel, build->profile))
		return build_fail(build, ENOEXEC, "a unified kernel image without a profile %u",
				  build->profile);
	error = take_section(build, ".linux", kernel);
	if (!error)
		error = take_cmdline(build);
	if (!error)
		error = take_initrds(build);
	if (error)
		return error;
	if (!format_bzimage.claims(kernel))
		return build_fail(
			build, ENOEXEC,
			"a unified kernel image, but its .linux section is not a bzImage");
	return 0;
}

static int uki_build(struct build *build)
{
	struct image uki = build->kernel, kernel;
	int error = uki_take_apart(build, &kernel);

	if (error)
		return error;
	build->kernel = kernel;
	error = format_bzimage.build(build);
	build->kernel = uki; /* the caller's, who unmaps it */
	return error;
}

const struct format format_uki = { "unified kernel image", uki_claims, uki_build };
