/* A machine, a kernel, and what is built of them: for the tests of each format. After cmocka.h. */
#ifndef KEXEC_BENCH_H
#define KEXEC_BENCH_H

#include <string.h>

#include "kexec/bootparams.h"
#include "kexec/trampoline.h"
#include "tests/unit/kexec_check.h"

#define SETUP  2560 /* bytes before the kernel proper: boot sector and four more */
#define PROPER 8192 /* and its own */

struct bench {
	struct arena *arena;
	struct machine machine;
	struct build build;
	uint8_t params[BOOT_PARAMS_SIZE]; /* the machine's */
	uint8_t kernel[SETUP + PROPER];
};

/* A machine with 1 GiB and BIOS, and a kernel as of today: 64-bit, relocatable, 16 MiB to run. */
static inline struct bench *bench_new(void)
{
	struct arena *arena = arena_new(16 << 20);
	struct bench *bench = arena_make(arena, struct bench);

	bench->arena = arena;
	bench->machine.params = bench->params;
	ranges_add(arena, &bench->machine.map, 0, 0x9fc00, MEMORY_RAM);
	ranges_add(arena, &bench->machine.map, MIB, GIB, MEMORY_RAM);
	ranges_add(arena, &bench->machine.map, 4 * GIB - MIB, 4 * GIB, MEMORY_RESERVED);
	ranges_add(arena, &bench->machine.holes, MIB, GIB, MEMORY_RAM);
	memset(bench->kernel, 0xaa, sizeof bench->kernel);
	memset(bench->kernel + HDR, 0, HDR_END - HDR);
	bench->kernel[HDR] = 4;
	put32(bench->kernel + BOOT_FLAG, BOOT_FLAG_VALUE | 0x6aeb0000);
	put32(bench->kernel + HDR_MAGIC, HDR_MAGIC_VALUE);
	put32(bench->kernel + VERSION, 0x20f);
	bench->kernel[LOADFLAGS] = LOADED_HIGH;
	put32(bench->kernel + INITRD_ADDR_MAX, 0x7fffffff);
	put32(bench->kernel + KERNEL_ALIGNMENT, 0x200000);
	put32(bench->kernel + RELOCATABLE_KERNEL,
	      1 | (XLF_KERNEL_64 | XLF_CAN_BE_LOADED_ABOVE_4G | XLF_EFI_KEXEC | XLF_5LEVEL) << 16);
	put32(bench->kernel + CMDLINE_SIZE, 2047);
	put64(bench->kernel + PREF_ADDRESS, 0x1000000);
	put32(bench->kernel + INIT_SIZE, 16 << 20);
	bench->build = (struct build){
		.arena = arena,
		.machine = &bench->machine,
		.kernel = { "vmlinuz", bench->kernel, sizeof bench->kernel },
		.cmdline = "root=/dev/vda1 quiet",
	};
	return bench;
}

static inline void bench_free(struct bench *bench)
{
	arena_free(bench->arena);
}

static inline void add_initrd(struct bench *bench, size_t size)
{
	vec_push(bench->arena, &bench->build.initrds) =
		(struct image){ "initrd", arena_alloc(bench->arena, size), size };
}

static inline void build(struct bench *bench)
{
	int error = segments_build(&bench->build);

	if (error)
		fail_msg("%s", bench->build.why);
	if (broken_rule(&bench->build))
		fail_msg("broken: %s", broken_rule(&bench->build));
}

/* The segments are not to be built, for a reason that says this. */
static inline void refuse(struct bench *bench, int error, const char *reason)
{
	assert_int_equal(segments_build(&bench->build), -error);
	if (!strstr(bench->build.why, reason))
		fail_msg("\"%s\" does not say \"%s\"", bench->build.why, reason);
}

/* The bytes that are loaded at an address. */
static inline const uint8_t *at(const struct bench *bench, uint64_t address)
{
	for (size_t i = 0; i < bench->build.segments_n; i++) {
		const struct segment *segment = &bench->build.segments[i];

		if (address >= segment->address && address < segment->address + segment->size)
			return (const uint8_t *)segment->bytes + (address - segment->address);
	}
	fail_msg("nothing is loaded at 0x%llx", (unsigned long long)address);
	return NULL;
}

/* What the trampoline is told: struct slots of trampoline.c. */
enum {
	SLOT_COPY = 0,
	SLOT_ENTRY = 16,
	SLOT_RSI = 24,
	SLOT_EAX_EBX = 32,
	SLOT_PAGETABLES = 40,
	SLOTS_SIZE = 48,
};

static inline uint64_t slot(const struct bench *bench, bool protected_mode, size_t which)
{
	size_t size = trampoline_size(&(struct jump){ .protected_mode = protected_mode });

	return get64(at(bench, bench->build.entry) + size - SLOTS_SIZE + which);
}

/* boot_params is at the start of the last segment. */
static inline const uint8_t *params(const struct bench *bench)
{
	return at(bench, bench->build.segments[bench->build.segments_n - 1].address);
}

#endif
