#include "kexec/fileload.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kexec/layout.h"

#define EMPTY_INITRD 512 /* bytes: see shield_from_stale_initrd() */

/* What its errors mean (kernel/kexec_file.c; security/lockdown; crypto/asymmetric_keys). */
static const struct {
	int error;
	const char *meaning;
} meanings[] = {
	{ EPERM, "the running kernel is locked down, and this one is not signed by a key that it "
		 "trusts; or kexec is switched off (sysctl kernel.kexec_load_disabled)" },
	{ EACCES, "refused by a security policy of the running kernel (IMA)" },
	{ ENODATA, "it has no signature, and the running kernel demands one" },
	{ ENOKEY, "it is signed by a key that the running kernel does not trust" },
	{ EKEYREJECTED, "its signature is wrong: it was changed after it was signed" },
	{ EBADMSG, "its signature is damaged" },
	{ ENOEXEC, "not a format that the running kernel can load: only bzImages" },
	{ ENOSYS, "the running kernel was built without CONFIG_KEXEC_FILE" },
	{ ENOMEM, "not enough free memory" },
	{ EADDRNOTAVAIL, "no room for kernel and initrds in one piece each" },
};

static const char *explain(int error)
{
	for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
		if (meanings[i].error == error)
			return meanings[i].meaning;
	return strerror(error);
}

/* Append a file, and zeros to the end of its last page; 0 or -errno. */
static int append(int memory, const struct load_file *file, off_t *end)
{
	off_t at = 0;
	ssize_t sent;

	while ((sent = sendfile(memory, file->fd, &at, 1 << 30)) != 0)
		if (sent < 0 && errno != EINTR)
			return -errno;
	*end += (off_t)page_up((uint64_t)at);
	if (ftruncate(memory, *end) < 0 || lseek(memory, *end, SEEK_SET) < 0)
		return -errno;
	return 0;
}

/*
 * All initrds as one file. With none, an empty one: see shield_from_stale_initrd(). The running
 * kernel refuses a file that is open for writing, so it is opened again to be read.
 */
static int join_initrds(struct arena *arena, const struct load_order *order, const char **why)
{
	int memory = memfd_create("initrd", MFD_CLOEXEC), fd, error = 0;
	off_t end = 0;

	if (memory < 0) {
		error = errno;
		*why = arena_print(arena, "initrd: memfd_create: %s", strerror(error));
		return -error;
	}
	for (size_t i = 0; i < order->initrds_n; i++) {
		error = append(memory, &order->initrds[i], &end);
		if (error) {
			*why = arena_print(arena, "%s: can't be read into memory: %s",
					   order->initrds[i].name, strerror(-error));
			close(memory);
			return error;
		}
	}
	if (end == 0 && ftruncate(memory, EMPTY_INITRD) < 0)
		error = -errno;
	fd = open(arena_print(arena, "/proc/self/fd/%d", memory), O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		error = -errno;
	if (error)
		*why = arena_print(arena, "initrd: memfd: %s", strerror(-error));
	close(memory);
	return error ? error : fd;
}

int fileload_order(struct arena *arena, const struct load_order *order, const char *because,
		   const char **why)
{
	/* One that was wrapped is open for writing: see join_initrds(). */
	bool single = order->initrds_n == 1 && !order->initrds[0].as;
	int initrd = single ? order->initrds[0].fd : join_initrds(arena, order, why), error = 0;

	if (initrd < 0)
		return initrd;
	if (syscall(SYS_kexec_file_load, order->kernel.fd, initrd, strlen(order->cmdline) + 1,
		    order->cmdline, 0UL) < 0) {
		error = errno;
		*why = arena_print(arena, "%s: kexec_file_load: %s (kexec_load: %s)",
				   order->kernel.name, explain(error), because);
	}
	if (!single)
		close(initrd);
	return -error;
}
