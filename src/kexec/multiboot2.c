/*
 * Multiboot 2 (its specification, version 2.0): hypervisors and other kernels than Linux. An ELF
 * file with a header that says what it wants, started in 32-bit mode with a list of tags.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "kexec/bootparams.h"
#include "kexec/multiboot.h"

#define HEADER_MAGIC  0xe85250d6u
#define HEADER_WITHIN 32768 /* bytes of the file (3.1.1) */
#define HEADER_SIZE   16
#define BOOT_MAGIC    0x36d76289u /* in %eax (3.3) */
#define MMAP_ENTRY    24

enum { /* header tags (3.1.3) */
       WANT_END = 0,
       WANT_INFORMATION = 1,
       WANT_ENTRY = 3,
       WANT_CONSOLE = 4,
       WANT_FRAMEBUFFER = 5,
       WANT_ALIGNED_MODULES = 6,
       WANT_RELOCATION = 10,
       WANT_OPTIONAL = 1, /* flag */
};

enum { /* information tags (3.4) */
       TAG_END = 0,
       TAG_CMDLINE = 1,
       TAG_LOADER = 2,
       TAG_MODULE = 3,
       TAG_MEMORY = 4,
       TAG_MMAP = 6,
       TAG_BASE = 21,
};

/* The header, and *@size of it; NULL: there is none. */
static const uint8_t *find_header(const struct image *kernel, size_t *size)
{
	for (size_t at = 0; at + HEADER_SIZE <= kernel->size && at < HEADER_WITHIN; at += 8) {
		const uint8_t *header = kernel->bytes + at;

		*size = get32(header + 8);
		if (get32(header) == HEADER_MAGIC && *size >= HEADER_SIZE &&
		    *size <= kernel->size - at &&
		    get32(header) + get32(header + 4) + get32(header + 8) + get32(header + 12) == 0)
			return header;
	}
	return NULL;
}

static int read_wish(struct multiboot *boot, const uint8_t *tag, uint32_t size)
{
	switch (get16(tag)) {
	case WANT_END:
	case WANT_INFORMATION: /* it gets all that we have */
	case WANT_CONSOLE:
	case WANT_FRAMEBUFFER:
	case WANT_ALIGNED_MODULES:
		return 0;
	case WANT_ENTRY:
		if (size >= 12)
			boot->entry = get32(tag + 8);
		return 0;
	case WANT_RELOCATION:
		if (size < 24)
			return 0;
		boot->relocatable = true;
		boot->fit.min = get32(tag + 8);
		boot->fit.max = (uint64_t)get32(tag + 12) + 1;
		boot->fit.align = get32(tag + 16) > PAGE ? get32(tag + 16) : PAGE;
		return 0;
	default:
		if (get16(tag + 2) & WANT_OPTIONAL)
			return 0;
		return build_fail(boot->build, ENOEXEC,
				  "a multiboot kernel that demands what only firmware can give "
				  "(header tag %u)",
				  get16(tag));
	}
}

static int read_wishes(struct multiboot *boot)
{
	size_t size = 0;
	const uint8_t *header = find_header(&boot->build->kernel, &size);

	for (size_t at = HEADER_SIZE; at + 8 <= size;) {
		uint32_t length = get32(header + at + 4);
		int error;

		if (length < 8 || length > size - at)
			return build_fail(boot->build, ENOEXEC, "its multiboot header is damaged");
		error = read_wish(boot, header + at, length);
		if (error || get16(header + at) == WANT_END)
			return error;
		at += ((size_t)length + 7) & ~(size_t)7;
	}
	return 0;
}

/* Begin a tag; tags are aligned to 8 bytes, which their size does not count. */
static void add_tag(struct text *info, uint32_t type, size_t size)
{
	while (info->n % 8)
		text_char(info, '\0');
	multiboot_number(info, type);
	multiboot_number(info, (uint32_t)(8 + size));
}

static void add_string(struct text *info, uint32_t type, const char *string)
{
	add_tag(info, type, strlen(string) + 1);
	text_add(info, string, strlen(string) + 1);
}

static void add_module(const struct multiboot *boot, struct text *info, size_t i)
{
	const char *args = multiboot_args(boot, i);

	add_tag(info, TAG_MODULE, 8 + strlen(args) + 1);
	multiboot_number(info, (uint32_t)boot->modules[i]);
	multiboot_number(info, (uint32_t)(boot->modules[i] + boot->build->initrds.at[i].size));
	text_add(info, args, strlen(args) + 1);
}

static void add_memory(const struct multiboot *boot, struct text *info)
{
	const struct ranges *map = &boot->map;

	add_tag(info, TAG_MMAP, 8 + map->n * MMAP_ENTRY);
	multiboot_number(info, MMAP_ENTRY);
	multiboot_number(info, 0);
	for (size_t i = 0; i < map->n; i++) {
		uint8_t entry[MMAP_ENTRY] = { 0 };

		put64(entry, map->at[i].start);
		put64(entry + 8, map->at[i].end - map->at[i].start);
		put32(entry + 16, map->at[i].type);
		text_add(info, entry, sizeof entry);
	}
	add_tag(info, TAG_MEMORY, 8);
	multiboot_number(info, multiboot_memory(boot, 0));
	multiboot_number(info, multiboot_memory(boot, MIB));
}

static void write_info(const struct multiboot *boot, struct text *info, uint32_t address)
{
	(void)address;             /* nothing in it points to itself */
	multiboot_number(info, 0); /* the size, once it is known */
	multiboot_number(info, 0);
	add_string(info, TAG_CMDLINE, boot->cmdline);
	add_string(info, TAG_LOADER, "baton");
	for (size_t i = 0; i < boot->build->initrds.n; i++)
		add_module(boot, info, i);
	add_memory(boot, info);
	add_tag(info, TAG_BASE, 4);
	multiboot_number(info, (uint32_t)(boot->program.start + boot->moved));
	add_tag(info, TAG_END, 0);
	put32((uint8_t *)info->at, (uint32_t)info->n);
}

static bool multiboot2_claims(const struct image *kernel)
{
	size_t size;

	return program_is_elf(kernel, 0) && find_header(kernel, &size);
}

static int multiboot2_build(struct build *build)
{
	struct multiboot boot = { .build = build, .magic = BOOT_MAGIC };
	int error;

	error = program_read_elf(build, &boot.program, 4 * GIB);
	boot.entry = boot.program.entry;
	if (!error)
		error = read_wishes(&boot);
	if (!error)
		error = multiboot_load(&boot);
	return error ? error : multiboot_finish(&boot, write_info);
}

const struct format format_multiboot2 = { "multiboot 2", multiboot2_claims, multiboot2_build };
