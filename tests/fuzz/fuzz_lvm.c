/* LVM: if the first byte says so, the metadata's text; else the start of a physical volume. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xz.h>

#include "base/bytes.h"
#include "disk/lvm.h"

#define SECTOR 512
#define MOST (64 * 1024)

static void sum(uint8_t *to, const uint8_t *at, size_t size)
{
	put32(to, ~xz_crc32(at, size, ~0xf597a6cfu));
}

/* Checksums are made right, for a fuzzer doesn't find them. */
static void seal(uint8_t *bytes, size_t size)
{
	xz_crc32_init();
	for (size_t i = 0; i < 4 && (i + 1) * SECTOR <= size; i++)
		sum(bytes + i * SECTOR + 16, bytes + i * SECTOR + 20, SECTOR - 20);
	for (uint8_t *at = bytes; (size_t)(bytes + size - at) >= SECTOR; at += SECTOR) {
		uint64_t text, length;

		if (memcmp(at + 4, " LVM2 x[5A%r0N*>", 16) != 0)
			continue;
		text = get64(at + 40);
		length = get64(at + 48);
		if (text < MOST && length < MOST && text + length <= (size_t)(bytes + size - at))
			sum(at + 56, at + text, length);
		sum(at, at + 4, SECTOR - 4);
	}
}

static void look_at(void *context, const struct lvm_volume *volume)
{
	*(size_t *)context += strlen(volume->name) + volume->segments.n;
}

static void find_volumes(struct arena *arena, struct lvm_pv *pv)
{
	size_t sum = 0;

	lvm_find(arena, pv, 1, look_at, &sum);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lvm_pv pv = { .device = "sda1", .number = "8:1", .id = "00000000000000000000000000000000" };
	struct arena *arena = arena_new(64 << 20);
	jmp_buf exhausted;

	pv.fd = memfd_create("pv", 0);
	if (!arena || size < 1 || pv.fd < 0 || setjmp(exhausted)) {
		close(pv.fd);
		arena_free(arena);
		return 0;
	}
	arena_guard(arena, &exhausted);
	if (data[0] == 'T') {
		pv.metadata = arena_copy(arena, data + 1, size - 1);
		find_volumes(arena, &pv);
	} else {
		uint8_t *bytes = (uint8_t *)arena_copy(arena, data, size);

		seal(bytes, size);
		if (write(pv.fd, bytes, size) == (ssize_t)size && lvm_read(arena, &pv))
			find_volumes(arena, &pv);
	}
	close(pv.fd);
	arena_free(arena);
	return 0;
}
