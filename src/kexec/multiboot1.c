/*
 * Multiboot 1 (its specification, version 0.6.96): an ELF file, or any other one whose header says
 * what of it goes where; started in 32-bit mode with one structure that points to the rest.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "kexec/bootparams.h"
#include "kexec/multiboot.h"

#define HEADER_MAGIC  0x1badb002u
#define HEADER_WITHIN 8192 /* bytes of the file (3.1) */
#define HEADER_SIZE   12
#define ADDRESSES_END 32          /* of the header, with its address fields */
#define BOOT_MAGIC    0x2badb002u /* in %eax (3.2) */
#define INFO_SIZE     116
#define MODULE_SIZE   16
#define MMAP_ENTRY    24 /* with its size, which does not count itself */

enum { /* flags of the header (3.1.2) */
       WANT_ALIGNED_MODULES = 1 << 0,
       WANT_MEMORY = 1 << 1,
       WANT_VIDEO = 1 << 2, /* "if any": what there is, it finds as the firmware left it */
       WANT_MASK = 0xffff,  /* those that must be understood */
       HAS_ADDRESSES = 1 << 16,
};

enum { /* flags of the information (3.3) */
       HAS_MEMORY = 1 << 0,
       HAS_CMDLINE = 1 << 2,
       HAS_MODULES = 1 << 3,
       HAS_MMAP = 1 << 6,
       HAS_LOADER = 1 << 9,
};

static const uint8_t *find_header(const struct image *kernel)
{
	for (size_t at = 0; at + HEADER_SIZE <= kernel->size && at < HEADER_WITHIN; at += 4) {
		const uint8_t *header = kernel->bytes + at;

		if (get32(header) == HEADER_MAGIC &&
		    get32(header) + get32(header + 4) + get32(header + 8) == 0)
			return header;
	}
	return NULL;
}

static bool multiboot1_claims(const struct image *kernel)
{
	const uint8_t *header = find_header(kernel);

	return header && (program_is_elf(kernel, 0) || get32(header + 4) & HAS_ADDRESSES);
}

/* The address fields (3.1.3): one piece of the file, and zeros behind it. */
static int read_addresses(struct multiboot *boot, const uint8_t *header)
{
	const struct image *file = &boot->build->kernel;
	uint64_t at = (uint64_t)(header - file->bytes), skipped, size, room;
	uint32_t own, start, end, bss_end;

	if (file->size - at < ADDRESSES_END)
		return build_fail(boot->build, ENOEXEC, "its multiboot header is truncated");
	own = get32(header + 12);
	start = get32(header + 16);
	end = get32(header + 20);
	bss_end = get32(header + 24);
	boot->entry = get32(header + 28);
	skipped = own - (uint64_t)start; /* of the file's load address, to the header */
	if (own < start || skipped > at)
		return build_fail(boot->build, ENOEXEC, "its multiboot header is damaged");
	at -= skipped;
	size = end ? end - (uint64_t)start : file->size - at; /* 0: to the end of the file */
	room = bss_end ? bss_end - (uint64_t)start : size;
	if (size == 0 || size > file->size - at || room < size || room > 4 * GIB - start)
		return build_fail(boot->build, ENOEXEC,
				  "its multiboot header is damaged, or the file is truncated");
	program_add(boot->build->arena, &boot->program,
		    &(struct program_part){ file->bytes + at, size, start, room });
	return 0;
}

static int read_kernel(struct multiboot *boot)
{
	const uint8_t *header = find_header(&boot->build->kernel);
	uint32_t flags = get32(header + 4);
	int error;

	if (flags & WANT_MASK & ~(uint32_t)(WANT_ALIGNED_MODULES | WANT_MEMORY | WANT_VIDEO))
		return build_fail(boot->build, ENOEXEC,
				  "a multiboot kernel that demands what no loader knows (flags "
				  "0x%x)",
				  flags);
	if (flags & HAS_ADDRESSES)
		return read_addresses(boot, header);
	error = program_read_elf(boot->build, &boot->program, 4 * GIB);
	boot->entry = boot->program.entry;
	return error;
}

/* Append a string to the texts behind the structure; its address. */
static uint32_t add_string(struct text *strings, uint32_t address, const char *string)
{
	address += (uint32_t)strings->n;
	text_add(strings, string, strlen(string) + 1);
	return address;
}

static void add_memory_map(const struct multiboot *boot, struct text *info)
{
	const struct ranges *map = &boot->map;

	for (size_t i = 0; i < map->n; i++) {
		uint8_t entry[MMAP_ENTRY] = { 0 };

		put32(entry, MMAP_ENTRY - 4);
		put64(entry + 4, map->at[i].start);
		put64(entry + 12, map->at[i].end - map->at[i].start);
		put32(entry + 20, map->at[i].type);
		text_add(info, entry, sizeof entry);
	}
}

/* The structure, the list of modules, the memory map, and what they point to. */
static void write_info(const struct multiboot *boot, struct text *info, uint32_t address)
{
	const struct build *build = boot->build;
	uint32_t modules = address + INFO_SIZE;
	uint32_t map = modules + (uint32_t)build->initrds.n * MODULE_SIZE;
	uint32_t map_size = (uint32_t)boot->map.n * MMAP_ENTRY;
	struct text strings = TEXT(build->arena);
	uint8_t head[INFO_SIZE] = { 0 };

	put32(head, HAS_MEMORY | HAS_CMDLINE | HAS_MODULES | HAS_MMAP | HAS_LOADER);
	put32(head + 4, multiboot_memory(boot, 0));
	put32(head + 8, multiboot_memory(boot, MIB));
	put32(head + 16, add_string(&strings, map + map_size, boot->cmdline));
	put32(head + 20, (uint32_t)build->initrds.n);
	put32(head + 24, modules);
	put32(head + 44, map_size);
	put32(head + 48, map);
	put32(head + 64, add_string(&strings, map + map_size, "baton"));
	text_add(info, head, sizeof head);
	for (size_t i = 0; i < build->initrds.n; i++) {
		multiboot_number(info, (uint32_t)boot->modules[i]);
		multiboot_number(info, (uint32_t)(boot->modules[i] + build->initrds.at[i].size));
		multiboot_number(info,
				 add_string(&strings, map + map_size, multiboot_args(boot, i)));
		multiboot_number(info, 0);
	}
	add_memory_map(boot, info);
	text_add(info, strings.at, strings.n);
}

static int multiboot1_build(struct build *build)
{
	struct multiboot boot = { .build = build, .magic = BOOT_MAGIC };
	int error;

	error = read_kernel(&boot);
	if (!error)
		error = multiboot_load(&boot);
	return error ? error : multiboot_finish(&boot, write_info);
}

const struct format format_multiboot1 = { "multiboot 1", multiboot1_claims, multiboot1_build };
