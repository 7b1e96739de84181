#include "kexec/newc.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "kexec/segments.h"

#define DIRECTORY (S_IFDIR | 0755)
#define PROGRAM   (S_IFREG | 0755) /* it may be a script to run; GRUB does so too */

/* The head of a member (magic, 13 fields of 8 hex digits, its name), and zeros to four bytes. */
static void add_head(struct text *text, const char *name, size_t n, unsigned mode, size_t size)
{
	size_t start = text->n;

	/* ino, mode, uid, gid, nlink, mtime, filesize, 2 of its device, 2 of the node, namesize,
	 * check */
	text_print(text, "070701%08x%08x%08x%08x%08x%08x%08zx%08x%08x%08x%08x%08zx%08x", 0, mode, 0,
		   0, 1, 0, size, 0, 0, 0, 0, n + 1, 0);
	text_add(text, name, n);
	do
		text_char(text, '\0');
	while ((text->n - start) % 4);
}

int newc_begin(struct text *text, const char *path, size_t size)
{
	if (size > UINT32_MAX)
		return -EFBIG;
	while (*path == '/')
		path++;
	if (!*path || path[strlen(path) - 1] == '/')
		return -EINVAL;
	/* The kernel makes no directories for the sake of what is in them. */
	for (const char *slash = path; (slash = strchr(slash, '/')); slash++)
		add_head(text, path, (size_t)(slash - path), DIRECTORY, 0);
	add_head(text, path, strlen(path), PROGRAM, size);
	return 0;
}

void newc_end(struct text *text, size_t size)
{
	static const char trailer[] = "TRAILER!!!";

	for (; size % 4; size++)
		text_char(text, '\0');
	add_head(text, trailer, sizeof trailer - 1, 0, 0);
}

static int write_all(int fd, const char *bytes, size_t n)
{
	while (n) {
		ssize_t written = write(fd, bytes, n);

		if (written < 0 && errno != EINTR)
			return -errno;
		if (written > 0) {
			bytes += written;
			n -= (size_t)written;
		}
	}
	return 0;
}

static int copy_file(int to, int from, size_t size)
{
	off_t at = 0;

	while ((size_t)at < size) {
		ssize_t n = sendfile(to, from, &at, size - (size_t)at);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0)
			return -EIO; /* it has shrunk */
	}
	return 0;
}

/* Copied, for such files are small: scripts and configurations. */
static int fill(struct arena *arena, int memory, const struct load_file *file)
{
	struct text text = TEXT(arena);
	struct stat status;
	size_t size, begin;
	int error;

	if (fstat(file->fd, &status) < 0)
		return -errno;
	size = (size_t)status.st_size;
	error = newc_begin(&text, file->as, size);
	if (error)
		return error;
	begin = text.n;
	newc_end(&text, size);
	error = write_all(memory, text.at, begin);
	if (!error)
		error = copy_file(memory, file->fd, size);
	return error ? error : write_all(memory, text.at + begin, text.n - begin);
}

/* A section of an addon of a unified kernel image, as it is. */
static int extract(struct arena *arena, int memory, const struct load_file *file)
{
	struct image addon, section;
	const char *why;
	int error = image_map(arena, file, 1, &addon, NULL, &why);

	if (error)
		return error;
	error = image_read(arena, file, 1, &addon, &why);
	if (!error && !uki_section(&addon, file->as + 1, &section))
		error = -ENOEXEC;
	if (!error)
		error = write_all(memory, (const char *)section.bytes, section.size);
	image_unmap(&addon);
	return error;
}

int newc_wrap_all(struct arena *arena, struct load_order *order, const char **why)
{
	struct load_file *files = arena_array(arena, order->initrds_n, sizeof *files);

	for (size_t i = 0; i < order->initrds_n; i++)
		files[i] = order->initrds[i];
	order->initrds = files;
	for (size_t i = 0; i < order->initrds_n; i++) {
		const struct load_file file = files[i];
		int error;

		if (!file.as)
			continue;
		files[i].fd = memfd_create("newc", MFD_CLOEXEC);
		error = files[i].fd < 0	   ? -errno
			: *file.as == ':' ? extract(arena, files[i].fd, &file)
					  : fill(arena, files[i].fd, &file);
		if (!error)
			continue;
		*why = arena_print(arena, "%s: can't be put into the initramfs as \"%s\": %s",
				   file.name, file.as, string_error(-error));
		return error;
	}
	return 0;
}

void newc_unwrap_all(const struct load_order *original, const struct load_order *order)
{
	for (size_t i = 0; i < order->initrds_n; i++)
		if (order->initrds[i].fd >= 0 && order->initrds[i].fd != original->initrds[i].fd)
			close(order->initrds[i].fd);
}
