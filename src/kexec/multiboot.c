#include "kexec/multiboot.h"

#include <errno.h>
#include <string.h>

#include "kexec/bootparams.h"
#include "kexec/trampoline.h"

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
static const char *complete_cmdline(const struct build *build)
{
	const char *cmdline = build->cmdline;

	if (has_option(&build->kernel, "no-real-mode") && !strstr(cmdline, "no-real-mode"))
		cmdline = arena_print(build->arena, "%s no-real-mode", cmdline);
	return cmdline;
}

int multiboot_load(struct multiboot *boot)
{
	int error;

	boot->cmdline = complete_cmdline(boot->build);
	error = place_kernel(boot);
	return error ? error : place_modules(boot);
}

const char *multiboot_args(const struct multiboot *boot, size_t module)
{
	const char *const *args = boot->build->module_args;

	return args && args[module] ? args[module] : "";
}

uint32_t multiboot_upper(const struct multiboot *boot)
{
	const struct ranges *map = &boot->build->machine->map;
	uint64_t upper = 0;

	for (size_t i = 0; i < map->n; i++)
		if (map->at[i].type == MEMORY_RAM && map->at[i].start <= MIB &&
		    map->at[i].end > MIB)
			upper = (map->at[i].end - MIB) >> 10;
	return upper > UINT32_MAX ? UINT32_MAX : (uint32_t)upper;
}

int multiboot_finish(struct multiboot *boot, void (*write)(const struct multiboot *boot,
							   struct text *info, uint32_t address))
{
	struct jump jump = { .entry = boot->entry + boot->moved,
			     .eax = boot->magic,
			     .protected_mode = true };
	struct build *build = boot->build;
	struct text info = TEXT(build->arena);
	size_t trampoline, size;
	struct fit fit;
	uint64_t at;
	uint8_t *bytes;

	write(boot, &info, 0);
	trampoline = (info.n + 15) & ~(size_t)15;
	size = trampoline + trampoline_size(&jump);
	fit = (struct fit){ page_up(size), PAGE, MIB, 4 * GIB };
	if (!segments_take(build, &fit, &at))
		return build_fail(build, ENOMEM, "no room for its information below 4 GiB");
	text_cut(&info, 0);
	write(boot, &info, (uint32_t)at);
	bytes = arena_alloc(build->arena, size);
	memcpy(bytes, info.at, info.n);
	jump.ebx = (uint32_t)at;
	trampoline_write(&jump, bytes + trampoline);
	build->entry = at + trampoline;
	return segments_add(build, bytes, size, at, size);
}

void multiboot_number(struct text *info, uint32_t number)
{
	uint8_t bytes[4];

	put32(bytes, number);
	text_add(info, bytes, sizeof bytes);
}
