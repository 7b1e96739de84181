#include "kexec/image.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "kexec/kexec.h"
#include "kexec/layout.h"

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22 /* Linux 5.14 */
#endif

#define AHEAD_STEP  ((size_t)128 << 10) /* the kernel does no more at a time (read_ahead_kb) */
#define AHEAD_SHARE 4 /* of memory: what is read too far ahead is dropped before it is used */

static int measure(struct arena *arena, const struct load_file *file, size_t *size,
		   const char **why)
{
	struct stat status;

	if (fstat(file->fd, &status) < 0) {
		int error = errno;

		*why = arena_print(arena, "%s: fstat: %s", file->name, string_error(error));
		return -error;
	}
	if (!S_ISREG(status.st_mode)) {
		*why = arena_print(arena, "%s: not a regular file", file->name);
		return -EINVAL;
	}
	*size = (size_t)status.st_size;
	return 0;
}

int image_map(struct arena *arena, const struct load_file *files, size_t n, struct image *image,
	      struct image *parts, const char **why)
{
	size_t *sizes = arena_array(arena, n, sizeof *sizes), room = 0, at = 0;
	uint8_t *bytes;

	*image = (struct image){ .name = n ? files[0].name : "" };
	for (size_t i = 0; i < n; i++) {
		int error = measure(arena, &files[i], &sizes[i], why);

		if (error)
			return error;
		if (sizes[i] > PHYSICAL_END - room) {
			*why = arena_print(arena, "%s: %zu MiB: too large to load", files[i].name,
					   sizes[i] >> 20);
			return -EFBIG;
		}
		if (sizes[i])
			image->size = room + sizes[i];
		room += page_up(sizes[i]);
	}
	if (room == 0)
		return 0;
	bytes = mmap(NULL, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	for (size_t i = 0; bytes != MAP_FAILED && i < n; at += page_up(sizes[i++]))
		if (sizes[i] && mmap(bytes + at, sizes[i], PROT_READ, MAP_PRIVATE | MAP_FIXED,
				     files[i].fd, 0) == MAP_FAILED) {
			int error = errno;

			*why = arena_print(arena, "%s: mmap: %s", files[i].name, string_error(error));
			munmap(bytes, room);
			return -error;
		}
	if (bytes == MAP_FAILED) {
		*why = arena_print(arena, "%s: mmap of %zu MiB: %s", image->name, room >> 20,
				   string_error(errno));
		return -ENOMEM;
	}
	/* Without these hints a fault reads in a small piece around it, and waits for each. */
	for (size_t i = 0; i < n; i++)
		posix_fadvise(files[i].fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	madvise(bytes, room, MADV_SEQUENTIAL);
	for (size_t i = 0, from = 0; parts && i < n; from += page_up(sizes[i++]))
		parts[i] = (struct image){ files[i].name, bytes + from, sizes[i] };
	image->bytes = bytes;
	return 0;
}

pid_t image_read_ahead(const struct image *images, size_t n)
{
	uint64_t most = 0, all = 0;
	struct sysinfo info;
	pid_t pid;

	if (sysinfo(&info) == 0)
		most = (uint64_t)info.totalram * info.mem_unit / AHEAD_SHARE;
	for (size_t i = 0; i < n; i++)
		all += images[i].size;
	pid = all && all <= most ? fork() : -1;
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (size_t i = 0; i < n; i++)
		for (size_t at = 0; at < images[i].size; at += AHEAD_STEP) {
			size_t rest = images[i].size - at;

			madvise((void *)(images[i].bytes + at),
				rest < AHEAD_STEP ? rest : AHEAD_STEP, MADV_WILLNEED);
		}
	_exit(0);
}

void image_end_read_ahead(pid_t pid)
{
	if (pid < 0)
		return;
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

int image_read(struct arena *arena, const struct load_file *files, size_t n,
	       const struct image *image, const char **why)
{
	const uint8_t *at = image->bytes;

	for (size_t i = 0; i < n; i++) {
		size_t size;
		int error = measure(arena, &files[i], &size, why);

		if (error)
			return error;
		if (size && madvise((void *)at, size, MADV_POPULATE_READ) < 0 && errno != EINVAL) {
			error = errno;
			*why = arena_print(
				arena,
				"%s: can't be read to its end (%s): the disk may be failing, "
				"or the file was changed meanwhile",
				files[i].name, string_error(error == EFAULT ? EIO : error));
			return -error;
		}
		at += page_up(size);
	}
	return 0;
}

void image_unmap(struct image *image)
{
	if (image->bytes)
		munmap((void *)image->bytes, page_up(image->size));
	image->bytes = NULL;
}
