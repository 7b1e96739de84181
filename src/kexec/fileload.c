#include "kexec/fileload.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kexec/image.h"
#include "kexec/layout.h"
#include "kexec/segments.h"
#include "kexec/unpack.h"

#define EMPTY_INITRD 512 /* bytes: see shield_from_stale_initrd() */

static const char sign_it[] =
	": take a kernel that its distribution signed, or sign it (sbsign) with a key of "
	"the firmware's db or of shim's list (mokutil)";
static const char install_it_again[] = ": install it again";

/* What its errors mean, and what to do (kernel/kexec_file.c; security/lockdown; crypto/). */
static const struct {
	int error;
	const char *meaning, *remedy;
} meanings[] = {
	{ EPERM,
	  "kexec is switched off (sysctl kernel.kexec_load_disabled), or the running kernel is "
	  "locked down, and this one is not signed by a key that it trusts",
	  sign_it },
	{ EACCES, "refused by a security policy of the running kernel (IMA)", "" },
	{ ENODATA, "it has no signature, and the running kernel demands one", sign_it },
	{ ENOKEY, "it is signed by a key that the running kernel does not trust", sign_it },
	{ EKEYREJECTED, "its signature is wrong: it was changed after it was signed",
	  install_it_again },
	{ EBADMSG, "its signature is damaged", install_it_again },
	{ ELIBBAD, "its signature is damaged, or the file is truncated", install_it_again },
	{ ENOEXEC, "not a format that the running kernel can load: only bzImages", "" },
	{ ENOSYS, "the running kernel was built without CONFIG_KEXEC_FILE", "" },
	{ ENOMEM, "not enough free memory", "" },
	{ EADDRNOTAVAIL, "no room for kernel and initrds in one piece each", "" },
};

static const char *explain(struct arena *arena, int error)
{
	for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
		if (meanings[i].error == error)
			return arena_print(arena, "%s%s", meanings[i].meaning, meanings[i].remedy);
	return strerror(error);
}

/* A file in memory while it is written; errors are kept in .error, -errno. */
struct memory {
	int fd;
	off_t end;
	int error;
};

static struct memory memory_new(const char *name)
{
	struct memory memory = { .fd = memfd_create(name, MFD_CLOEXEC) };

	memory.error = memory.fd < 0 ? -errno : 0;
	return memory;
}

/* Zeros up to the end of the last page. */
static void fill_page(struct memory *memory)
{
	memory->end = (off_t)page_up((uint64_t)memory->end);
	if (!memory->error && (ftruncate(memory->fd, memory->end) < 0 ||
			       lseek(memory->fd, memory->end, SEEK_SET) < 0))
		memory->error = -errno;
}

static void append_file(struct memory *memory, const struct load_file *file)
{
	off_t at = 0;
	ssize_t sent;

	while (!memory->error && (sent = sendfile(memory->fd, file->fd, &at, 1 << 30)) != 0)
		if (sent < 0 && errno != EINTR)
			memory->error = -errno;
	memory->end += at;
}

static void append_image(struct memory *memory, const struct image *image)
{
	size_t at = 0;

	while (!memory->error && at < image->size) {
		ssize_t n = write(memory->fd, image->bytes + at, image->size - at);

		if (n > 0)
			at += (size_t)n;
		else if (n < 0 && errno != EINTR)
			memory->error = -errno;
	}
	memory->end += (off_t)at;
}

/*
 * A descriptor to read it by, or -errno: the running kernel refuses a file that is open for
 * writing, so it is opened again.
 */
static int memory_finish(struct arena *arena, struct memory *memory, const char *name,
			 const char **why)
{
	int fd = -1;

	if (!memory->error) {
		fd = open(arena_print(arena, "/proc/self/fd/%d", memory->fd), O_RDONLY | O_CLOEXEC);
		memory->error = fd < 0 ? -errno : 0;
	}
	if (memory->fd >= 0)
		close(memory->fd);
	if (!memory->error)
		return fd;
	*why = arena_print(arena, "%s: can't be put into memory: %s", name,
			   strerror(-memory->error));
	return memory->error;
}

/* All initrds as one file. With none, an empty one: see shield_from_stale_initrd(). */
static int join_initrds(struct build *build, const struct load_order *order, const char **why)
{
	struct memory memory = memory_new("initrd");
	size_t early = kexec_early(order);

	for (size_t i = 0; i < early; i++) {
		append_file(&memory, &order->initrds[i]);
		fill_page(&memory);
	}
	for (size_t i = 0; i < build->initrds.n; i++) {
		append_image(&memory, &build->initrds.at[i]);
		fill_page(&memory);
	}
	for (size_t i = early; i < order->initrds_n; i++) {
		append_file(&memory, &order->initrds[i]);
		fill_page(&memory);
	}
	if (!memory.error && memory.end == 0 && ftruncate(memory.fd, EMPTY_INITRD) < 0)
		memory.error = -errno;
	return memory_finish(build->arena, &memory, "initrd", why);
}

/* The bzImage as a file: the one that was named, or what was in it. */
static int open_kernel(struct build *build, const struct load_order *order,
		       const struct image *kernel, bool as_it_is, const char **why)
{
	struct memory memory;

	if (as_it_is)
		return order->kernel.fd;
	memory = memory_new("kernel");
	append_image(&memory, kernel);
	return memory_finish(build->arena, &memory, order->kernel.name, why);
}

static int load(struct build *build, const struct load_order *order, int kernel,
		const char *because, const char **why)
{
	/* One that was wrapped is open for writing: see memory_finish(). */
	bool single = order->initrds_n == 1 && !order->initrds[0].as && !build->initrds.n;
	int initrd = single ? order->initrds[0].fd : join_initrds(build, order, why), error = 0;

	if (initrd < 0)
		return initrd;
	if (syscall(SYS_kexec_file_load, kernel, initrd, strlen(build->cmdline) + 1, build->cmdline,
		    0UL) < 0) {
		error = errno;
		*why = arena_print(build->arena,
				   "%s: kexec_file_load: %s (error %d; kexec_load: %s)",
				   order->kernel.name, explain(build->arena, error), error,
				   because);
	}
	if (!single)
		close(initrd);
	return -error;
}

static int take_apart(struct build *build, struct image *kernel, const char **why)
{
	int error;

	*kernel = build->kernel;
	if (!format_uki.claims(kernel))
		return 0;
	error = uki_take_apart(build, kernel);
	if (error)
		*why = build->why;
	return error;
}

int fileload_order(struct arena *arena, const struct load_order *order, const char *because,
		   const char **why)
{
	struct build build = { .arena = arena,
			       .cmdline = order->cmdline,
			       .profile = kexec_profile(&order->kernel) };
	int error = image_map(arena, &order->kernel, 1, &build.kernel, NULL, why), fd;
	const uint8_t *as_mapped = build.kernel.bytes;
	struct image kernel;

	if (error)
		return error;
	error = image_read(arena, &order->kernel, 1, &build.kernel, why);
	if (!error)
		error = unpack_image(arena, &build.kernel, why);
	if (!error)
		error = take_apart(&build, &kernel, why);
	if (!error) {
		fd = open_kernel(&build, order, &kernel, kernel.bytes == as_mapped, why);
		error = fd < 0 ? fd : load(&build, order, fd, because, why);
		if (fd >= 0 && fd != order->kernel.fd)
			close(fd);
	}
	image_unmap(&build.kernel);
	return error;
}
