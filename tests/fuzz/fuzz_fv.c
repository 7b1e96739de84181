/* Flash images, however malformed: read, changed and packed again, never a byte outside. */
#include <setjmp.h>

#include "tools/fv/fv.h"

static void use(struct image *image)
{
	char *edits[][2] = { { "remove", "BA704F4E-0009-4000-8000-00000000000A" },
			     { "remove", "Clock" },
			     { "cut", "BA704F4E-0009-4000-8000-000000000002" } };
	char *move[] = { "move", "BA704F4E-0009-4000-8000-000000000001",
			 "BA704F4E-0009-4000-8000-000000000002" };
	struct file file;
	size_t all, most;

	for (struct volume *volume = image->volumes; volume; volume = volume->next) {
		volume_room(volume, &all, &most);
		for (file = (struct file){ 0 }; volume_next(volume, &file);)
			file_title(image->arena, volume, &file);
	}
	for (size_t i = 0; i < sizeof edits / sizeof *edits; i++)
		edit_run(image, edits[i], 2);
	edit_run(image, move, 3);
	image_seal(image);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(64 << 20);
	struct image image;
	jmp_buf exhausted;

	arena_guard(arena, &exhausted);
	if (!setjmp(exhausted)) {
		struct bytes bytes = { (uint8_t *)arena_copy(arena, data, size), size };

		if (!image_open(&image, arena, bytes))
			use(&image);
	}
	arena_free(arena);
	return 0;
}
