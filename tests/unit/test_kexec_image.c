/* Files mapped one after the other, and read ahead. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kexec/image.h"
#include "kexec/kexec.h"
#include "kexec/layout.h"

static struct load_file file_of(const char *name, const char *bytes)
{
	struct load_file file = { .fd = memfd_create(name, 0), .name = name };

	assert_int_equal(write(file.fd, bytes, strlen(bytes)), strlen(bytes));
	return file;
}

static void files_lie_on_pages_of_their_own(void **state)
{
	struct load_file files[] = { file_of("a", "first"), file_of("b", ""),
				     file_of("c", "last") };
	struct arena *arena = arena_new(1 << 20);
	struct image image, parts[3];
	const char *why;

	(void)state;
	assert_int_equal(image_map(arena, files, 3, &image, parts, &why), 0);
	assert_int_equal(image.size, PAGE + 4);
	assert_memory_equal(image.bytes, "first\0\0\0", 8);
	assert_memory_equal(image.bytes + PAGE, "last", 4);
	assert_ptr_equal(parts[2].bytes, image.bytes + PAGE);
	assert_int_equal(parts[1].size, 0);
	assert_int_equal(image_read(arena, files, 3, &image, &why), 0);
	image_unmap(&image);
	for (int i = 0; i < 3; i++)
		close(files[i].fd);
	arena_free(arena);
}

/* Whatever the child is doing, it is gone afterwards. */
static void reading_ahead_leaves_nothing_behind(void **state)
{
	struct load_file file = file_of("a", "content");
	struct arena *arena = arena_new(1 << 20);
	struct image image;
	const char *why;
	pid_t pid;

	(void)state;
	assert_int_equal(image_map(arena, &file, 1, &image, NULL, &why), 0);
	pid = image_read_ahead(&image, 1);
	assert_true(pid > 0);
	image_end_read_ahead(pid);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	image_unmap(&image);
	close(file.fd);
	arena_free(arena);
}

/* It would only push out what is needed first. */
static void what_is_large_is_not_read_ahead(void **state)
{
	struct image image = { "large", (const uint8_t *)"", SIZE_MAX / 2 }, none = { 0 };

	(void)state;
	assert_int_equal(image_read_ahead(&image, 1), -1);
	assert_int_equal(image_read_ahead(&none, 1), -1);
	image_end_read_ahead(-1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_lie_on_pages_of_their_own),
		cmocka_unit_test(reading_ahead_leaves_nothing_behind),
		cmocka_unit_test(what_is_large_is_not_read_ahead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
