/* LVM: if the first byte says so, the metadata's text; else the start of a physical volume. */
#include <sys/mman.h>
#include <unistd.h>

#include "disk/lvm.h"

static void find_volumes(struct arena *arena, struct lvm_pv *pv)
{
	struct lvm_volumes volumes;

	lvm_find(arena, &volumes, pv, 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lvm_pv pv = { .number = "8:1", .id = "00000000000000000000000000000000" };
	struct arena *arena = arena_new(64 << 20);
	jmp_buf exhausted;
	int fd = -1;

	if (!arena || size < 1 || setjmp(exhausted)) {
		arena_free(arena);
		return 0;
	}
	arena_guard(arena, &exhausted);
	if (data[0] == 'T') {
		pv.metadata = arena_copy(arena, data + 1, size - 1);
		find_volumes(arena, &pv);
	} else if ((fd = memfd_create("pv", 0)) >= 0 && write(fd, data, size) == (ssize_t)size &&
		   lvm_read(arena, &pv, fd)) {
		find_volumes(arena, &pv);
	}
	close(fd);
	arena_free(arena);
	return 0;
}
