/*
 * The system calls. This runs in a process of its own (or in the command's): should a file shrink
 * while it is mapped, the SIGBUS ends only that, and PID 1 says so and goes on.
 */
#include "kexec/kexec.h"

#include <errno.h>
#include <linux/kexec.h>
#include <linux/reboot.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "kexec/fileload.h"
#include "kexec/image.h"
#include "kexec/machine.h"
#include "kexec/newc.h"
#include "kexec/segments.h"
#include "kexec/unpack.h"
#include "kexec/way.h"

_Static_assert(sizeof(struct segment) == sizeof(struct kexec_segment), "as the kernel has it");
_Static_assert(offsetof(struct segment, address) == offsetof(struct kexec_segment, mem), "");
_Static_assert(SEGMENTS_MAX == KEXEC_SEGMENT_MAX, "as the kernel has it");

/* What an error of kexec_load(2) means, and what to do (kernel/kexec.c, kexec_core.c). */
static const struct {
	int error;
	const char *meaning;
} meanings[] = {
	{ EPERM, "not permitted: this needs root, and a running kernel that is neither locked down "
		 "nor told not to (sysctl kernel.kexec_load_disabled, kexec_load_limit_reboot)" },
	{ EACCES, "refused by a security policy of the running kernel (IMA, or Secure Boot)" },
	{ ENOSYS, "the running kernel was built without CONFIG_KEXEC" },
	{ EBUSY, "another kexec call is in progress: try again" },
	{ ENOMEM, "not enough free memory" },
	{ EFAULT, "a file could not be read: the disk may be failing, or the file was changed" },
	{ EADDRNOTAVAIL, "the running kernel can't put it there: please report this" },
	{ EINVAL, "the running kernel rejects the segments: please report this" },
};

static const char *explain(int error)
{
	for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
		if (meanings[i].error == error)
			return meanings[i].meaning;
	return strerror(error);
}

/* The kernel loads nothing that is larger than half of its memory (sanity_check_segment_list). */
static int check_memory(struct arena *arena, const char *name, uint64_t bytes, const char **why)
{
	struct sysinfo info;
	uint64_t memory;

	if (sysinfo(&info) < 0)
		return 0;
	memory = (uint64_t)info.totalram * info.mem_unit;
	if (bytes <= memory / 2)
		return 0;
	*why = arena_print(
		arena,
		"%s: kernel and initrds take %llu MiB, and of this machine's %llu MiB of "
		"memory at most half can be used for them",
		name, (unsigned long long)(bytes >> 20), (unsigned long long)(memory >> 20));
	return -ENOMEM;
}

static int kexec_load(const struct build *build)
{
	return syscall(SYS_kexec_load, build->entry, build->segments_n, build->segments,
		       KEXEC_ARCH_X86_64) == 0
		       ? 0
		       : errno;
}

static int load_segments(struct build *build, const char **why)
{
	uint64_t bytes = 0;
	int error;

	for (size_t i = 0; i < build->segments_n; i++)
		bytes += build->segments[i].room;
	error = check_memory(build->arena, build->kernel.name, bytes, why);
	if (error)
		return error;
	error = kexec_load(build);
	/* The kernel keeps what was loaded before until it has the new one: give that up first. */
	if (error == ENOMEM && kexec_is_loaded() && kexec_unload() == 0)
		error = kexec_load(build);
	if (error == 0)
		return 0;
	*why = arena_print(build->arena, "%s: kexec_load: %s (%llu MiB in %zu segments)",
			   build->kernel.name, explain(error),
			   (unsigned long long)(bytes >> 20) + 1, build->segments_n);
	return -error;
}

/* Linux takes all initrds as one; modules are each for itself, and have arguments. */
static void add_images(struct build *build, const struct load_order *order, struct image *initrds,
		       const struct image *parts)
{
	const char **args = arena_array(build->arena, order->initrds_n, sizeof *args);
	size_t early = kexec_early(order), size = initrds->size;

	if (early && early < order->initrds_n)
		size = (size_t)(parts[early].bytes - initrds->bytes);
	if (early)
		build->early = (struct image){ "microcode", initrds->bytes, size };
	if (!order->multiboot && early < order->initrds_n)
		vec_push(build->arena, &build->initrds) = (struct image){
			initrds->name, early ? initrds->bytes + size : initrds->bytes,
			early ? initrds->size - size : size,
		};
	for (size_t i = 0; order->multiboot && i < order->initrds_n; i++) {
		vec_push(build->arena, &build->initrds) = parts[i];
		args[i] = order->initrds[i].args;
	}
	build->module_args = args;
}

static int read_kernel(struct build *build, const struct load_order *order, const char **why)
{
	int error = image_read(build->arena, &order->kernel, 1, &build->kernel, why);

	return error ? error : unpack_image(build->arena, &build->kernel, why);
}

static int load_images(struct build *build, const struct load_order *order, struct image *initrds,
		       const char **why)
{
	struct arena *arena = build->arena;
	int error =
		check_memory(arena, order->kernel.name, build->kernel.size + initrds->size, why);

	if (!error)
		error = read_kernel(build, order, why);
	if (error)
		return error;
	error = segments_build(build);
	if (error) {
		*why = build->why;
		return error;
	}
	error = load_segments(build, why);
	/* The initrds are read while they are loaded; on a bad sector, find out in which file. */
	if (error == -EFAULT)
		image_read(arena, order->initrds, order->initrds_n, initrds, why);
	return error;
}

unsigned kexec_profile(const struct load_file *kernel)
{
	return kernel->as && *kernel->as == '@' ? (unsigned)strtoul(kernel->as + 1, NULL, 10) : 0;
}

size_t kexec_early(const struct load_order *order)
{
	size_t n = 0;

	while (n < order->initrds_n && order->initrds[n].as &&
	       strcmp(order->initrds[n].as, ":.ucode") == 0)
		n++;
	return n;
}

/* Our own segments, by kexec_load(2). */
static int load_order(struct arena *arena, const struct load_order *order, const char **why)
{
	struct machine machine;
	struct build build = {
		.arena = arena, .machine = &machine, .cmdline = order->cmdline, .note = order->note
	};
	struct image *parts = arena_array(arena, order->initrds_n, sizeof *parts), initrds;
	pid_t reader;
	int error;

	build.profile = kexec_profile(&order->kernel);
	build.multiboot = order->multiboot;
	error = machine_read(arena, "", &machine, why);
	if (error)
		return error;
	error = image_map(arena, &order->kernel, 1, &build.kernel, NULL, why);
	if (error)
		return error;
	error = image_map(arena, order->initrds, order->initrds_n, &initrds, parts, why);
	if (!error) {
		reader = image_read_ahead((struct image[]){ build.kernel, initrds }, 2);
		add_images(&build, order, &initrds, parts);
		error = load_images(&build, order, &initrds, why);
		image_end_read_ahead(reader);
		image_unmap(&initrds);
	}
	image_unmap(&build.kernel);
	return error;
}

/* Errors of kexec_load(2) after which kexec_file_load(2) may still be allowed. */
static bool is_refusal(int error)
{
	return error == -EPERM || error == -EACCES || error == -ENOSYS;
}

static int load_any_way(struct arena *arena, const struct load_order *order, const char **why)
{
	int error = -kexec_probe(arena, KEXEC_LOAD);

	/* Where it is refused anyway, the work for it would be done in vain. */
	if (!is_refusal(error) || order->multiboot)
		error = load_order(arena, order, why);
	if (!is_refusal(error) || order->multiboot)
		return error;
	return fileload_order(arena, order, strerror(-error), why);
}

int kexec_load_order(struct arena *arena, const struct load_order *order, const char **why)
{
	struct load_order wrapped = *order;
	int error;

	*why = NULL;
	error = newc_wrap_all(arena, &wrapped, why);
	if (!error)
		error = load_any_way(arena, &wrapped, why);
	newc_unwrap_all(order, &wrapped);
	return error;
}

int kexec_unload(void)
{
	return syscall(SYS_kexec_load, 0, 0, NULL, KEXEC_ARCH_X86_64) == 0 ? 0 : -errno;
}

int kexec_is_loaded(void)
{
	struct arena *arena = arena_new(64 << 10);
	uint64_t loaded;
	int yes;

	if (!arena)
		return 0;
	yes = machine_number(arena, "", "/sys/kernel/kexec_loaded", &loaded) && loaded;
	arena_free(arena);
	return yes;
}

int kexec_jump(void)
{
	syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_KEXEC, NULL);
	return -errno;
}
