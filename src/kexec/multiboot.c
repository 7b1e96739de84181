#include "kexec/multiboot.h"

#include <errno.h>
#include <string.h>

#include "kexec/biosdata.h"
#include "kexec/bootparams.h"

static int place_kernel(struct multiboot *boot)
{
	const struct program *program = &boot->program;
	uint64_t start = program->start & ~(PAGE - 1), at;
	struct fit *fit = &boot->fit;

	fit->size = page_up(program->end) - start;
	if (!boot->relocatable)
		*fit = (struct fit){ fit->size, PAGE, start, start + fit->size };
	if ((fit->align & (fit->align - 1)) || !segments_take(boot->build, fit, &at))
		return build_fail(boot->build, ENOMEM,
				  "its place, %llu KiB at 0x%llx, is not free RAM on this machine",
				  (unsigned long long)fit->size >> 10, (unsigned long long)start);
	boot->moved = at - start;
	return program_load(boot->build, program, boot->moved);
}

static int place_modules(struct multiboot *boot)
{
	struct build *build = boot->build;

	boot->modules = arena_array(build->arena, build->initrds.n, sizeof *boot->modules);
	for (size_t i = 0; i < build->initrds.n; i++) {
		const struct image *module = &build->initrds.at[i];
		struct fit fit = { page_up(module->size), PAGE, MIB, 4 * GIB };
		int error;

		if (module->size == 0 || !segments_take(build, &fit, &boot->modules[i]))
			return build_fail(build, ENOMEM,
					  "no room for module %s (%zu KiB) below 4 GiB",
					  module->name, module->size >> 10);
		error = segments_add(build, module->bytes, module->size, boot->modules[i],
				     module->size);
		if (error)
			return error;
	}
	return 0;
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
static void complete_cmdlines(struct multiboot *boot, bool efi)
{
	struct build *build = boot->build;
	bool xen = has_option(&build->kernel, "no-real-mode");

	boot->cmdline = build->cmdline;
	if (xen && !strstr(boot->cmdline, "no-real-mode"))
		boot->cmdline = arena_print(build->arena, "%s no-real-mode", boot->cmdline);
	/* Linux as dom0 sees memory of Xen's in the place of a BIOS' data. */
	if (xen && efi)
		boot->hint = arena_print(build->arena, "acpi_rsdp=0x%llx",
					 (unsigned long long)build->machine->rsdp);
}

int multiboot_load(struct multiboot *boot)
{
	struct build *build = boot->build;
	const struct machine *machine = build->machine;
	bool efi = get32(machine->params + EFI_SIGNATURE);
	int error = 0;

	for (size_t i = 0; i < machine->map.n; i++)
		vec_push(build->arena, &boot->map) = machine->map.at[i];
	complete_cmdlines(boot, efi);
	if (efi)
		error = biosdata_add(build, &boot->map, &boot->jump);
	if (!error)
		error = place_kernel(boot);
	return error ? error : place_modules(boot);
}

const char *multiboot_args(const struct multiboot *boot, size_t module)
{
	const char *const *all = boot->build->module_args;
	const char *args = all && all[module] ? all[module] : "";

	if (module == 0 && boot->hint && !strstr(args, "acpi_rsdp="))
		args = arena_print(boot->build->arena, "%s %s", args, boot->hint);
	return args;
}

uint32_t multiboot_memory(const struct multiboot *boot, uint64_t start)
{
	uint64_t size = 0;

	for (size_t i = 0; i < boot->map.n; i++) {
		const struct range *ram = &boot->map.at[i];

		if (ram->type == MEMORY_RAM && ram->start <= start && ram->end > start)
			size = (ram->end - start) >> 10;
	}
	return size > UINT32_MAX ? UINT32_MAX : (uint32_t)size;
}

int multiboot_finish(struct multiboot *boot, void (*write)(const struct multiboot *boot,
							   struct text *info, uint32_t address))
{
	struct build *build = boot->build;
	struct jump *jump = &boot->jump;
	struct text info = TEXT(build->arena);
	size_t trampoline, size;
	struct fit fit;
	uint64_t at;
	uint8_t *bytes;

	jump->entry = boot->entry + boot->moved;
	jump->eax = boot->magic;
	jump->protected_mode = true;
	write(boot, &info, 0);
	trampoline = (info.n + 15) & ~(size_t)15;
	size = trampoline + trampoline_size(jump);
	fit = (struct fit){ page_up(size), PAGE, MIB, 4 * GIB };
	if (!segments_take(build, &fit, &at))
		return build_fail(build, ENOMEM, "no room for its information below 4 GiB");
	text_cut(&info, 0);
	write(boot, &info, (uint32_t)at);
	bytes = arena_alloc(build->arena, size);
	memcpy(bytes, info.at, info.n);
	jump->ebx = (uint32_t)at;
	trampoline_write(jump, bytes + trampoline);
	build->entry = at + trampoline;
	return segments_add(build, bytes, size, at, size);
}

void multiboot_number(struct text *info, uint32_t number)
{
	uint8_t bytes[4];

	put32(bytes, number);
	text_add(info, bytes, sizeof bytes);
}
