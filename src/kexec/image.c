#include "kexec/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kexec/kexec.h"
#include "kexec/layout.h"

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22 /* Linux 5.14 */
#endif

static int measure(struct arena *arena, const struct load_file *file, size_t *size,
		   const char **why)
{
	struct stat status;

	if (fstat(file->fd, &status) < 0) {
		int error = errno;

		*why = arena_print(arena, "%s: fstat: %s", file->name, strerror(error));
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
	      const char **why)
{
	size_t *sizes = arena_array(arena, n, sizeof *sizes), room = 0, at = 0;
	uint8_t *bytes;

	*image = (struct image){ .name = n ? files[0].name : "" };
	for (size_t i = 0; i < n; i++) {
		int error = measure(arena, &files[i], &sizes[i], why);

		if (error)
			return error;
		if (sizes[i] > PHYSICAL_END || room > PHYSICAL_END)
			return -EFBIG;
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

			*why = arena_print(arena, "%s: mmap: %s", files[i].name, strerror(error));
			munmap(bytes, room);
			return -error;
		}
	if (bytes == MAP_FAILED) {
		*why = arena_print(arena, "%s: mmap of %zu MiB: %s", image->name, room >> 20,
				   strerror(errno));
		return -ENOMEM;
	}
	image->bytes = bytes;
	return 0;
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
		posix_fadvise(files[i].fd, 0, 0, POSIX_FADV_SEQUENTIAL);
		if (size && madvise((void *)at, size, MADV_POPULATE_READ) < 0 && errno != EINVAL) {
			error = errno;
			*why = arena_print(arena,
					   "%s: can't be read to its end (%s): the disk may be failing, "
					   "or the file was changed meanwhile",
					   files[i].name, strerror(error == EFAULT ? EIO : error));
			return -error;
		}
		at += page_up(size);
	}
	return 0;
}

#define PRESENT ((uint64_t)1 << 63)
#define FRAME (((uint64_t)1 << 55) - 1)
#define HELD_MAX 8192 /* ranges: memory that is split up more is of no use as a place */

void image_frames(struct arena *arena, const struct image *image, struct ranges *held)
{
	uint64_t frames[512], page = (uintptr_t)image->bytes / PAGE;
	uint64_t pages = page_up(image->size) / PAGE;
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);

	while (fd >= 0 && pages > 0 && held->n < HELD_MAX) {
		uint64_t n = pages < 512 ? pages : 512;
		ssize_t got = pread(fd, frames, n * 8, (off_t)(page * 8));

		if (got < 8)
			break;
		n = (uint64_t)got / 8;
		for (uint64_t i = 0; i < n; i++) {
			uint64_t at = (frames[i] & FRAME) * PAGE;

			if (!(frames[i] & PRESENT) || at == 0) /* 0: hidden from us */
				continue;
			if (held->n && held->at[held->n - 1].end == at)
				held->at[held->n - 1].end += PAGE;
			else
				ranges_add(arena, held, at, at + PAGE, MEMORY_RAM);
		}
		page += n;
		pages -= n;
	}
	if (fd >= 0)
		close(fd);
}

void image_unmap(struct image *image)
{
	if (image->bytes)
		munmap((void *)image->bytes, page_up(image->size));
	image->bytes = NULL;
}
