/* Files put into archives under a name, read back as the kernel's init/initramfs.c would. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kexec/newc.h"

#define HEAD 110

struct member {
	const char *name, *bytes;
	unsigned mode;
	size_t size;
};

static unsigned field(const char *head, unsigned number)
{
	char digits[9] = "";

	memcpy(digits, head + 6 + number * 8, 8);
	return (unsigned)strtoul(digits, NULL, 16);
}

/* The member at *@at, which moves on to the next one. */
static struct member next(const char *archive, size_t size, size_t *at)
{
	const char *head = archive + *at;
	struct member member;
	size_t name_size;

	assert_true(*at % 4 == 0);
	assert_true(size - *at > HEAD);
	assert_memory_equal(head, "070701", 6);
	member.mode = field(head, 1);
	member.size = field(head, 6);
	name_size = field(head, 11);
	member.name = head + HEAD;
	assert_int_equal(name_size, strlen(member.name) + 1);
	*at = (*at + HEAD + name_size + 3) & ~(size_t)3;
	member.bytes = archive + *at;
	*at = (*at + member.size + 3) & ~(size_t)3;
	assert_true(*at <= size);
	return member;
}

static int file_of(const char *bytes, size_t size)
{
	int fd = memfd_create("test", 0);

	assert_int_equal(write(fd, bytes, size), size);
	return fd;
}

static void check_wrapped(const char *path, const char *bytes, size_t size)
{
	struct load_file file = { .fd = file_of(bytes, size), .name = "/script", .as = path };
	struct load_order order = { .initrds = &file, .initrds_n = 1 }, wrapped = order;
	struct arena *arena = arena_new(1 << 20);
	char archive[8192], directory[] = "a/bc/d";
	struct member member;
	const char *why;
	size_t n, at = 0;

	assert_int_equal(newc_wrap_all(arena, &wrapped, &why), 0);
	assert_int_not_equal(wrapped.initrds[0].fd, file.fd);
	n = (size_t)pread(wrapped.initrds[0].fd, archive, sizeof archive, 0);
	for (size_t i = 0; i < 2; i++) {
		directory[i ? 4 : 1] = '\0';
		member = next(archive, n, &at);
		assert_string_equal(member.name, directory);
		assert_int_equal(member.mode & 0170000, 0040000);
		directory[i ? 4 : 1] = '/';
	}
	member = next(archive, n, &at);
	assert_string_equal(member.name, directory);
	assert_int_equal(member.mode, 0100755);
	assert_int_equal(member.size, size);
	assert_memory_equal(member.bytes, bytes, size);
	assert_string_equal(next(archive, n, &at).name, "TRAILER!!!");
	assert_int_equal(at, n);
	newc_unwrap_all(&order, &wrapped);
	close(file.fd);
	arena_free(arena);
}

static void a_file_appears_under_its_name(void **state)
{
	static const char bytes[] = "0123456789";

	(void)state;
	for (size_t size = 0; size < sizeof bytes; size++)
		check_wrapped("/a/bc/d", bytes, size);
}

static void other_initrds_stay_as_they_are(void **state)
{
	struct load_file files[] = { { .fd = file_of("x", 1), .name = "/initrd" },
				     { .fd = file_of("y", 1), .name = "/file", .as = "y" } };
	struct load_order order = { .initrds = files, .initrds_n = 2 }, wrapped = order;
	struct arena *arena = arena_new(1 << 20);
	const char *why;

	(void)state;
	assert_int_equal(newc_wrap_all(arena, &wrapped, &why), 0);
	assert_int_equal(wrapped.initrds[0].fd, files[0].fd);
	newc_unwrap_all(&order, &wrapped);
	assert_int_equal(close(files[0].fd), 0); /* they are the caller's */
	assert_int_equal(close(files[1].fd), 0);
	arena_free(arena);
}

static void a_path_without_a_name_is_refused(void **state)
{
	static const char *const paths[] = { "", "/", "a/" };
	struct arena *arena = arena_new(1 << 20);

	(void)state;
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		struct load_file file = { .fd = file_of("x", 1), .name = "/f", .as = paths[i] };
		struct load_order order = { .initrds = &file, .initrds_n = 1 }, wrapped = order;
		const char *why = NULL;

		assert_int_equal(newc_wrap_all(arena, &wrapped, &why), -EINVAL);
		assert_non_null(strstr(why, "/f: can't be put into the initramfs"));
		newc_unwrap_all(&order, &wrapped);
		close(file.fd);
	}
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_appears_under_its_name),
		cmocka_unit_test(other_initrds_stay_as_they_are),
		cmocka_unit_test(a_path_without_a_name_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
