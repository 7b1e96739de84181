/*
 * Multiboot 2 (its specification, version 2.0): hypervisors and other kernels than Linux. An ELF
 * file with a header that says what it wants, started in 32-bit mode with a list of tags.
 */
#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/text.h"
#include "kexec/bootparams.h"
#include "kexec/segments.h"
#include "kexec/trampoline.h"

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

struct multiboot {
	struct build *build;
	uint64_t entry, start, end; /* as linked: physical addresses */
	unsigned headers;           /* program headers */
	bool relocatable;
	struct fit fit; /* where it may be moved to */
	uint64_t moved; /* added to all its addresses */
	struct text info;
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

enum kind { PASSED_OVER, LOADED, DAMAGED };

/* Program header @i of an ELF32 file, and whether it is for loading. */
static enum kind read_segment(const struct image *kernel, unsigned i, Elf32_Phdr *segment)
{
	Elf32_Ehdr elf;

	memcpy(&elf, kernel->bytes, sizeof elf);
	if (elf.e_phoff > kernel->size || (kernel->size - elf.e_phoff) / sizeof *segment <= i)
		return DAMAGED;
	memcpy(segment, kernel->bytes + elf.e_phoff + i * sizeof *segment, sizeof *segment);
	if (segment->p_type != PT_LOAD || segment->p_memsz == 0)
		return PASSED_OVER;
	if (segment->p_offset > kernel->size ||
	    segment->p_filesz > kernel->size - segment->p_offset ||
	    segment->p_filesz > segment->p_memsz || segment->p_paddr % PAGE ||
	    segment->p_paddr + (uint64_t)segment->p_memsz > 4 * GIB)
		return DAMAGED;
	return LOADED;
}

static int read_elf(struct multiboot *boot)
{
	const struct image *kernel = &boot->build->kernel;
	Elf32_Phdr segment;
	Elf32_Ehdr elf;

	memcpy(&elf, kernel->bytes, sizeof elf);
	boot->entry = elf.e_entry;
	boot->start = UINT64_MAX;
	boot->headers = elf.e_phnum;
	for (unsigned i = 0; i < boot->headers; i++) {
		enum kind kind = read_segment(kernel, i, &segment);
		uint64_t end;

		if (kind == DAMAGED)
			return build_fail(boot->build, ENOEXEC,
					  "an ELF file that is damaged or truncated (program "
					  "header %u)",
					  i);
		if (kind == PASSED_OVER)
			continue;
		end = segment.p_paddr + (uint64_t)segment.p_memsz;
		boot->start = segment.p_paddr < boot->start ? segment.p_paddr : boot->start;
		boot->end = end > boot->end ? end : boot->end;
	}
	if (boot->start >= boot->end)
		return build_fail(boot->build, ENOEXEC, "an ELF file with nothing to load");
	return 0;
}

static int place_kernel(struct multiboot *boot)
{
	const struct image *kernel = &boot->build->kernel;
	struct fit *fit = &boot->fit;
	Elf32_Phdr segment;
	uint64_t at;
	int error = 0;

	fit->size = boot->end - boot->start;
	if (!boot->relocatable)
		*fit = (struct fit){ fit->size, PAGE, boot->start, boot->end };
	if ((fit->align & (fit->align - 1)) || !segments_take(boot->build, fit, &at))
		return build_fail(boot->build, ENOMEM,
				  "its place, %llu KiB at 0x%llx, is not free RAM on this machine",
				  (unsigned long long)fit->size >> 10,
				  (unsigned long long)boot->start);
	boot->moved = at - boot->start;
	for (unsigned i = 0; i < boot->headers && !error; i++)
		if (read_segment(kernel, i, &segment) == LOADED)
			error = segments_add(boot->build, kernel->bytes + segment.p_offset,
					     segment.p_filesz, segment.p_paddr + boot->moved,
					     segment.p_memsz);
	return error;
}

static void add_number(struct multiboot *boot, uint32_t number)
{
	uint8_t bytes[4];

	put32(bytes, number);
	text_add(&boot->info, bytes, sizeof bytes);
}

/* Begin a tag; tags are aligned to 8 bytes, which their size does not count. */
static void add_tag(struct multiboot *boot, uint32_t type, size_t size)
{
	while (boot->info.n % 8)
		text_char(&boot->info, '\0');
	add_number(boot, type);
	add_number(boot, (uint32_t)(8 + size));
}

static void add_string(struct multiboot *boot, uint32_t type, const char *string)
{
	add_tag(boot, type, strlen(string) + 1);
	text_add(&boot->info, string, strlen(string) + 1);
}

static int add_modules(struct multiboot *boot)
{
	struct build *build = boot->build;

	for (size_t i = 0; i < build->initrds.n; i++) {
		const struct image *module = &build->initrds.at[i];
		const char *args =
			build->module_args && build->module_args[i] ? build->module_args[i] : "";
		struct fit fit = { page_up(module->size), PAGE, MIB, 4 * GIB };
		uint64_t at;
		int error;

		if (module->size == 0 || !segments_take(build, &fit, &at))
			return build_fail(build, ENOMEM,
					  "no room for module %s (%zu KiB) below 4 GiB",
					  module->name, module->size >> 10);
		error = segments_add(build, module->bytes, module->size, at, module->size);
		if (error)
			return error;
		add_tag(boot, TAG_MODULE, 8 + strlen(args) + 1);
		add_number(boot, (uint32_t)at);
		add_number(boot, (uint32_t)(at + module->size));
		text_add(&boot->info, args, strlen(args) + 1);
	}
	return 0;
}

static void add_memory(struct multiboot *boot)
{
	const struct ranges *map = &boot->build->machine->map;
	uint64_t upper = 0;

	add_tag(boot, TAG_MMAP, 8 + map->n * MMAP_ENTRY);
	add_number(boot, MMAP_ENTRY);
	add_number(boot, 0);
	for (size_t i = 0; i < map->n; i++) {
		uint8_t entry[MMAP_ENTRY] = { 0 };

		put64(entry, map->at[i].start);
		put64(entry + 8, map->at[i].end - map->at[i].start);
		put32(entry + 16, map->at[i].type);
		text_add(&boot->info, entry, sizeof entry);
		if (map->at[i].type == MEMORY_RAM && map->at[i].start <= MIB &&
		    map->at[i].end > MIB)
			upper = (map->at[i].end - MIB) >> 10;
	}
	add_tag(boot, TAG_MEMORY, 8);
	add_number(boot, 640);
	add_number(boot, upper > UINT32_MAX ? UINT32_MAX : (uint32_t)upper);
}

/* The information and the trampoline, in the last segment. */
static int finish(struct multiboot *boot)
{
	struct jump jump = { .entry = boot->entry + boot->moved,
			     .eax = BOOT_MAGIC,
			     .protected_mode = true };
	struct build *build = boot->build;
	size_t trampoline, size;
	struct fit fit;
	uint64_t at;
	uint8_t *bytes;

	add_tag(boot, TAG_END, 0);
	put32((uint8_t *)boot->info.at, (uint32_t)boot->info.n);
	trampoline = (boot->info.n + 15) & ~(size_t)15;
	size = trampoline + trampoline_size(&jump);
	fit = (struct fit){ page_up(size), PAGE, MIB, 4 * GIB };
	if (!segments_take(build, &fit, &at))
		return build_fail(build, ENOMEM, "no room for its information below 4 GiB");
	bytes = arena_alloc(build->arena, size);
	memcpy(bytes, boot->info.at, boot->info.n);
	jump.ebx = (uint32_t)at;
	trampoline_write(&jump, bytes + trampoline);
	build->entry = at + trampoline;
	return segments_add(build, bytes, size, at, size);
}

/* Does the kernel have this option? Then its name is in it. */
static bool has_option(const struct image *kernel, const char *option)
{
	return memmem(kernel->bytes, kernel->size, option, strlen(option)) != NULL;
}

/*
 * Xen calls the BIOS unless it is told not to, and hangs, silently: after the running kernel there
 * is no BIOS left to call.
 */
static const char *complete_cmdline(const struct build *build)
{
	const char *cmdline = build->cmdline;

	if (has_option(&build->kernel, "no-real-mode") && !strstr(cmdline, "no-real-mode"))
		cmdline = arena_print(build->arena, "%s no-real-mode", cmdline);
	return cmdline;
}

static bool multiboot_claims(const struct image *kernel)
{
	static const uint8_t elf32[] = { 0x7f, 'E', 'L', 'F', ELFCLASS32, ELFDATA2LSB };
	size_t size;

	return kernel->size >= sizeof(Elf32_Ehdr) &&
	       memcmp(kernel->bytes, elf32, sizeof elf32) == 0 && find_header(kernel, &size);
}

static int multiboot_build(struct build *build)
{
	struct multiboot boot = { .build = build, .info = TEXT(build->arena) };
	int error;

	/* Xen resets the machine then: it wants EFI's boot services, which are gone. */
	if (get32(build->machine->params + EFI_SIGNATURE))
		return build_fail(
			build, ENOEXEC,
			"a multiboot kernel: those can be started on machines with BIOS only, "
			"and this one has UEFI");
	error = read_elf(&boot);
	if (!error)
		error = read_wishes(&boot);
	if (!error)
		error = place_kernel(&boot);
	if (error)
		return error;
	add_number(&boot, 0); /* the size, once it is known */
	add_number(&boot, 0);
	add_string(&boot, TAG_CMDLINE, complete_cmdline(build));
	add_string(&boot, TAG_LOADER, "baton");
	error = add_modules(&boot);
	if (error)
		return error;
	add_memory(&boot);
	add_tag(&boot, TAG_BASE, 4);
	add_number(&boot, (uint32_t)(boot.start + boot.moved));
	return finish(&boot);
}

const struct format format_multiboot = { "multiboot 2", multiboot_claims, multiboot_build };
