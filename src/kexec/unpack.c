#include "kexec/unpack.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>

#include "base/gunzip.h"
#include "base/unxz.h"
#include "kexec/bootparams.h"
#include "kexec/layout.h"
#include "kexec/unlz4.h"
#include "kexec/unzstd.h"

#define DEFLATE_RATIO 1040 /* Deflate shrinks to no less than that */

static int unpack_gzip(const uint8_t *bytes, size_t size, uint8_t *out, size_t *room)
{
	return *room < gunzip_size(bytes, size) ? -EFBIG : gunzip(bytes, size, out);
}

static size_t size_gzip(const uint8_t *bytes, size_t size)
{
	size_t holds = gunzip_size(bytes, size);

	return holds / DEFLATE_RATIO > size ? 0 : holds;
}

static const struct packing {
	const char *name;
	bool (*claims)(const uint8_t *bytes, size_t size);
	/* of what is in it, at most; 0: it is damaged; NULL: that is only known in the end */
	size_t (*size)(const uint8_t *bytes, size_t size);
	int (*unpack)(const uint8_t *bytes, size_t size, uint8_t *out, size_t *room);
	const char *options; /* that can be unpacked, where unpack() may say -EOPNOTSUPP */
} packings[] = {
	{ "a gzip file", gunzip_claims, size_gzip, unpack_gzip, NULL },
	{ "an LZ4 file", unlz4_claims, unlz4_size, unlz4, NULL },
	{ "an xz file", unxz_claims, NULL, unxz,
	  "LZMA2, the filter for x86, and CRC32, CRC64 or no checksum" },
	{ "a zstd file", unzstd_claims, NULL, unzstd, NULL },
};

/*
 * EFI's compressed images (drivers/firmware/efi/libstub/zboot-header.S): "MZ", "zimg", and where
 * in the file the compressed kernel is.
 */
static int find_payload(struct arena *arena, const struct image *image, struct image *payload,
			const char **why)
{
	const uint8_t *bytes = image->bytes;
	uint32_t at, size;

	*payload = *image;
	if (image->size < 0x40 || memcmp(bytes, "MZ", 2) != 0 || memcmp(bytes + 4, "zimg", 4) != 0)
		return 0;
	at = get32(bytes + 8);
	size = get32(bytes + 12);
	if (at > image->size || size > image->size - at) {
		*why = arena_print(arena, "%s: a compressed EFI image that is damaged or truncated",
				   image->name);
		return -EBADMSG;
	}
	payload->bytes += at;
	payload->size = size;
	return 0;
}

/* No kernel can be loaded that is larger than half of the memory, so none needs to be unpacked. */
static size_t most_of_memory(void)
{
	struct sysinfo info;

	if (sysinfo(&info) < 0)
		return SIZE_MAX;
	return (size_t)info.totalram / 2 * info.mem_unit;
}

static int unpack(struct arena *arena, const struct packing *packing, const struct image *packed,
		  struct image *plain, const char **why)
{
	size_t room = most_of_memory(), most, n;
	uint8_t *bytes;
	int error;

	most = packing->size ? packing->size(packed->bytes, packed->size) : room;
	n = room = room < most ? room : most;
	if (room == 0) {
		*why = arena_print(arena, "%s: %s that is damaged or truncated", packed->name,
				   packing->name);
		return -EBADMSG;
	}
	/* Only what is written to takes memory. */
	bytes = mmap(NULL, room, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (bytes == MAP_FAILED) {
		*why = arena_print(arena, "%s: no memory to unpack it (%zu MiB)", packed->name,
				   room >> 20);
		return -ENOMEM;
	}
	error = packing->unpack(packed->bytes, packed->size, bytes, &n);
	if (error < 0 || n == 0) {
		*why = error == -EOPNOTSUPP
			       ? arena_print(arena, "%s: %s made with other options than %s",
					     packed->name, packing->name, packing->options)
			       : arena_print(arena,
					     "%s: %s that is damaged or truncated, or holds more than "
					     "half of this machine's memory",
					     packed->name, packing->name);
		munmap(bytes, room);
		return error == -EOPNOTSUPP ? error : -EBADMSG;
	}
	if (page_up(n) < page_up(room))
		munmap(bytes + page_up(n), page_up(room) - page_up(n));
	*plain = (struct image){ packed->name, bytes, n };
	return 0;
}

int unpack_image(struct arena *arena, struct image *image, const char **why)
{
	struct image packed, plain;
	int error = find_payload(arena, image, &packed, why);

	for (size_t i = 0; i < sizeof packings / sizeof *packings && !error; i++) {
		if (!packings[i].claims(packed.bytes, packed.size))
			continue;
		error = unpack(arena, &packings[i], &packed, &plain, why);
		if (error)
			return error;
		image_unmap(image);
		*image = plain;
		return 0;
	}
	if (error || packed.bytes == image->bytes)
		return error;
	*why = arena_print(arena, "%s: a compressed EFI image, not in gzip, LZ4, xz or zstd", image->name);
	return -ENOEXEC;
}
