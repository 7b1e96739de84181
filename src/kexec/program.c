#include "kexec/program.h"

#include <elf.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/bytes.h"

#define HIGH_HALF    0xffffffff80000000u /* Linux' mm.rst, "kernel text mapping" */
#define PARTS_MAX    64                  /* no kernel has as many */
#define TOGETHER_MAX (32 * MIB)          /* what is worth copying */

/* The fields of a file or program header that matter, of either class. */
struct header {
	uint64_t entry, table;
	unsigned headers, header_size;
	bool wide;
};

bool program_is_elf(const struct image *file, unsigned bits)
{
	const uint8_t *id = file->bytes;
	uint16_t machine;

	if (file->size < sizeof(Elf64_Ehdr) || memcmp(id, ELFMAG, SELFMAG) != 0 ||
	    id[EI_DATA] != ELFDATA2LSB)
		return false;
	machine = get16(id + offsetof(Elf64_Ehdr, e_machine)); /* in both classes */
	if (machine != EM_X86_64 && machine != EM_386)
		return false;
	return (id[EI_CLASS] == ELFCLASS32 && bits != 64) ||
	       (id[EI_CLASS] == ELFCLASS64 && bits != 32);
}

static struct header read_header(const struct image *file)
{
	Elf32_Ehdr narrow;
	Elf64_Ehdr wide;

	if (file->bytes[EI_CLASS] == ELFCLASS64) {
		memcpy(&wide, file->bytes, sizeof wide);
		return (struct header){ wide.e_entry, wide.e_phoff, wide.e_phnum,
					sizeof(Elf64_Phdr), true };
	}
	memcpy(&narrow, file->bytes, sizeof narrow);
	return (struct header){ narrow.e_entry, narrow.e_phoff, narrow.e_phnum, sizeof(Elf32_Phdr),
				false };
}

/* Program header @i; false: the file ends before it. */
static bool read_phdr(const struct image *file, const struct header *header, unsigned i,
		      Elf64_Phdr *phdr)
{
	const uint8_t *at;
	Elf32_Phdr narrow;

	if (header->table > file->size || (file->size - header->table) / header->header_size <= i)
		return false;
	at = file->bytes + header->table + (size_t)i * header->header_size;
	if (header->wide) {
		memcpy(phdr, at, sizeof *phdr);
		return true;
	}
	memcpy(&narrow, at, sizeof narrow);
	*phdr = (Elf64_Phdr){ .p_type = narrow.p_type,
			      .p_offset = narrow.p_offset,
			      .p_vaddr = narrow.p_vaddr,
			      .p_paddr = narrow.p_paddr,
			      .p_filesz = narrow.p_filesz,
			      .p_memsz = narrow.p_memsz };
	return true;
}

static bool is_damaged(const struct image *file, const Elf64_Phdr *phdr, uint64_t limit)
{
	return phdr->p_offset > file->size || phdr->p_filesz > file->size - phdr->p_offset ||
	       phdr->p_filesz > phdr->p_memsz || phdr->p_paddr > limit ||
	       phdr->p_memsz > limit - phdr->p_paddr;
}

void program_add(struct arena *arena, struct program *program, const struct program_part *part)
{
	uint64_t end = part->address + part->room;

	if (!program->parts.n || part->address < program->start)
		program->start = part->address;
	if (end > program->end)
		program->end = end;
	vec_push(arena, &program->parts) = *part;
}

int program_read_elf(struct build *build, struct program *program, uint64_t limit)
{
	const struct image *file = &build->kernel;
	struct header header = read_header(file);
	Elf64_Phdr phdr;

	*program = (struct program){ .entry = header.entry };
	for (unsigned i = 0; i < header.headers; i++) {
		bool there = read_phdr(file, &header, i, &phdr);

		if (there && (phdr.p_type != PT_LOAD || phdr.p_memsz == 0))
			continue;
		if (!there || is_damaged(file, &phdr, limit))
			return build_fail(build, ENOEXEC,
					  "an ELF file that is damaged or truncated (program "
					  "header %u)",
					  i);
		if (program->parts.n == PARTS_MAX)
			return build_fail(build, ENOEXEC,
					  "an ELF file of more parts than a kernel has");
		program_add(build->arena, program,
			    &(struct program_part){ file->bytes + phdr.p_offset, phdr.p_filesz,
						    phdr.p_paddr, phdr.p_memsz });
		/* It may be an address of either kind; GRUB, too, takes it for a virtual one first.
		 */
		if (header.entry >= phdr.p_vaddr && header.entry - phdr.p_vaddr < phdr.p_memsz)
			program->entry = header.entry - phdr.p_vaddr + phdr.p_paddr;
		program->high_half |= phdr.p_vaddr >= HIGH_HALF;
	}
	if (program->parts.n == 0)
		return build_fail(build, ENOEXEC, "an ELF file with nothing to load");
	return 0;
}

/* Do two parts meet, when each is rounded to @unit bytes? */
static bool parts_meet(const struct program *program, uint64_t unit)
{
	for (size_t i = 0; i < program->parts.n; i++)
		for (size_t j = 0; j < i; j++) {
			const struct program_part *a = &program->parts.at[i];
			const struct program_part *b = &program->parts.at[j];

			if (a->address / unit <= (b->address + b->room - 1) / unit &&
			    b->address / unit <= (a->address + a->room - 1) / unit)
				return true;
		}
	return false;
}

static bool is_paged(const struct program *program)
{
	for (size_t i = 0; i < program->parts.n; i++)
		if (program->parts.at[i].address % PAGE)
			return false;
	return !parts_meet(program, PAGE);
}

/* All parts as one, in memory; false: they lie on each other, or too far apart. */
static bool put_together(struct arena *arena, const struct program *program,
			 struct program_part *whole)
{
	uint64_t start = program->start & ~(PAGE - 1), end = start;
	uint8_t *bytes;

	for (size_t i = 0; i < program->parts.n; i++) {
		const struct program_part *part = &program->parts.at[i];

		if (part->address + part->size > end)
			end = part->address + part->size;
	}
	if (parts_meet(program, 1) || end - start > TOGETHER_MAX)
		return false;
	bytes = arena_alloc(arena, end - start);
	for (size_t i = 0; i < program->parts.n; i++) {
		const struct program_part *part = &program->parts.at[i];

		memcpy(bytes + (part->address - start), part->bytes, part->size);
	}
	*whole = (struct program_part){ bytes, end - start, start, program->end - start };
	return true;
}

static int load_part(struct build *build, const struct program_part *part, uint64_t moved)
{
	return segments_add(build, part->bytes, part->size, part->address + moved, part->room);
}

int program_load(struct build *build, const struct program *program, uint64_t moved)
{
	struct program_part whole = { 0 };
	int error = 0;

	if (is_paged(program)) {
		for (size_t i = 0; i < program->parts.n && !error; i++)
			error = load_part(build, &program->parts.at[i], moved);
		return error;
	}
	if (put_together(build->arena, program, &whole))
		return load_part(build, &whole, moved);
	return build_fail(build, ENOEXEC,
			  "parts of it want the same memory, or lie far apart: the file is damaged "
			  "or not a kernel");
}
