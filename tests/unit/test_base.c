/* Arenas, text and channels: the ground under everything that comes from outside. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/channel.h"
#include "base/text.h"
#include "model/device.h"

/* Arenas --------------------------------------------------------------------------------------------- */

static bool is_exhausted_by(struct arena *arena, size_t count, size_t size)
{
	jmp_buf exhausted;

	arena_guard(arena, &exhausted);
	if (setjmp(exhausted))
		return true;
	memset(arena_array(arena, count, size), 0xff, count * size);
	return false;
}

static void test_arena_limit(void **state)
{
	struct arena *arena = arena_new(100000);

	(void)state;
	assert_false(is_exhausted_by(arena, 1, 60000));
	assert_true(is_exhausted_by(arena, 1, 60000));
	assert_false(is_exhausted_by(arena, 1, 100000 - arena_used(arena)));
	assert_true(is_exhausted_by(arena, 1, 1));
	arena_free(arena);
}

static void test_arena_overflow(void **state)
{
	struct arena *arena = arena_new(SIZE_MAX);

	(void)state;
	assert_true(is_exhausted_by(arena, SIZE_MAX / 2, 3));
	assert_true(is_exhausted_by(arena, SIZE_MAX, 1));
	assert_true(is_exhausted_by(arena, SIZE_MAX - 3, 1));
	arena_free(arena);
}

/* As new: zeroed, and with all of its limit, whatever it had been used for. */
static void test_arena_reset(void **state)
{
	static const size_t sizes[] = { 0, 1, 100, 9000, 31000, 40000, 700000 };
	struct arena *arena = arena_new(1 << 20);

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		for (size_t limit = 1000; limit <= 1000000; limit *= 10) {
			memset(arena_alloc(arena, 200), 0xff, 200);
			memset(arena_alloc(arena, sizes[i]), 0xff, sizes[i]);
			arena_reset(arena, limit);
			for (size_t n = 0; n < 700 && n < limit / 32; n++)
				assert_int_equal(*(char *)arena_alloc(arena, 1), 0);
			arena_reset(arena, limit);
			assert_false(is_exhausted_by(arena, 1, limit / 16 * 16));
			assert_true(is_exhausted_by(arena, 1, limit + 40000));
			arena_reset(arena, 1 << 20);
		}
	arena_free(arena);
}

static void test_arena_zeroed_and_aligned(void **state)
{
	struct arena *arena = arena_new(1 << 20);

	(void)state;
	for (size_t size = 1; size < 20000; size = size * 3 + 1) {
		unsigned char *bytes = arena_alloc(arena, size);

		assert_int_equal((uintptr_t)bytes % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(bytes[i], 0);
		memset(bytes, 0xff, size);
	}
	arena_free(arena);
}

static void test_vec(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	VEC(size_t) numbers = { 0 };

	(void)state;
	for (size_t i = 0; i < 1000; i++)
		vec_push(arena, &numbers) = i;
	assert_int_equal(numbers.n, 1000);
	for (size_t i = 0; i < 1000; i++)
		assert_int_equal(numbers.at[i], i);
	arena_free(arena);
}

/* Text ------------------------------------------------------------------------------------------------ */

static void test_text(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	struct text text = TEXT(arena);

	(void)state;
	assert_string_equal(text_end(&text), "");
	text_string(&text, "kernel");
	text_char(&text, ' ');
	text_print(&text, "%d%s", 7, "!");
	assert_string_equal(text_end(&text), "kernel 7!");
	text_cut(&text, 100);
	assert_int_equal(text.n, 9);
	text_cut(&text, 6);
	assert_string_equal(text_end(&text), "kernel");
	text_cut(&text, 0);
	assert_string_equal(text_end(&text), "");
	text_add(&text, "a\0b", 3);
	assert_memory_equal(text.at, "a\0b", 4);
	arena_free(arena);
}

/* A length that no memory could have must not wrap around to a small one. */
static void test_text_overflow(void **state)
{
	static const size_t lengths[] = { SIZE_MAX, SIZE_MAX - 1, SIZE_MAX - 3, SIZE_MAX / 2 };
	struct arena *arena = arena_new(1 << 20);

	(void)state;
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		struct text text = TEXT(arena);
		jmp_buf exhausted;

		text_string(&text, "abc");
		arena_guard(arena, &exhausted);
		if (setjmp(exhausted) == 0) {
			text_add(&text, "x", lengths[i]);
			fail_msg("%zu bytes were added", lengths[i]);
		}
		arena_guard(arena, NULL);
	}
	arena_free(arena);
}

static void test_strings(void **state)
{
	(void)state;
	assert_true(string_starts("ttyS0", "tty"));
	assert_false(string_starts("tt", "tty"));
	assert_true(string_ends("a.conf", ".conf"));
	assert_false(string_ends("conf", ".conf"));
	assert_true(string_same(NULL, NULL));
	assert_false(string_same(NULL, ""));
	assert_false(string_same("", NULL));
	assert_true(string_same("a", "a"));
}

/* When memory runs out in the middle, nothing half-copied may point into what is freed next. */
static void test_hex(void **state)
{
	unsigned char bytes[3] = { 0 };

	(void)state;
	assert_true(string_hex("00fFA9x", bytes, 3));
	assert_memory_equal(bytes, "\x00\xff\xa9", 3);
	assert_true(string_hex("", bytes, 0));
	/* what is just beside a digit, cut, or not ASCII */
	static const char *const wrong[] = { "", "1", "/0", ":0", "@0", "G0", "`0", "g0", "0 ", "\xe1\xe2" };
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_false(string_hex(wrong[i], bytes, 1));
}

static void test_identity_copy_is_whole(void **state)
{
	static char label[40000];
	struct arena *arena = arena_new(64 * 1024);
	struct identity from = { .name = "sda1", .type = "ext4", .uuid = label, .label = label };
	struct identity to = { .name = "before" };
	jmp_buf exhausted;

	(void)state;
	memset(label, 'x', sizeof label - 1);
	arena_guard(arena, &exhausted);
	if (setjmp(exhausted) == 0) {
		identity_copy(arena, &to, &from);
		fail_msg("two labels of 40000 bytes are in 64 KiB");
	}
	assert_string_equal(to.name, "before");
	assert_null(to.type);
	arena_free(arena);
}

/* Channels -------------------------------------------------------------------------------------------- */

struct ends {
	struct channel here, there;
	struct arena *arena;
};

static void open_ends(struct ends *ends)
{
	int fds[2];

	assert_int_equal(channel_pair(fds), 0);
	channel_open(&ends->here, fds[0]);
	channel_open(&ends->there, fds[1]);
	ends->arena = arena_new(64 << 20);
}

static void close_ends(struct ends *ends)
{
	channel_close(&ends->here);
	channel_close(&ends->there);
	arena_free(ends->arena);
}

static int take(struct ends *ends, uint32_t *type, struct fields *fields)
{
	return channel_receive(&ends->there, ends->arena, type, fields);
}

static void test_channel(void **state)
{
	struct ends ends;
	struct fields fields;
	uint32_t type;

	(void)state;
	open_ends(&ends);
	assert_int_equal(take(&ends, &type, &fields), 0);
	{
		struct text text = TEXT(ends.arena);

		pack_number(&text, UINT64_MAX);
		pack_string(&text, "title");
		pack_string(&text, NULL);
		pack_string(&text, "");
		assert_int_equal(channel_send(&ends.here, 7, &text), 0);
	}
	assert_int_equal(channel_send(&ends.here, 8, NULL), 0);
	assert_int_equal(channel_flush(&ends.there), 0);

	assert_int_equal(take(&ends, &type, &fields), 1);
	assert_int_equal(type, 7);
	assert_true(unpack_number(&fields) == UINT64_MAX);
	assert_string_equal(unpack_string(&fields), "title");
	assert_null(unpack_string(&fields));
	assert_string_equal(unpack_text(&fields), "");
	assert_false(fields.bad);
	assert_int_equal(unpack_number(&fields), 0);
	assert_true(fields.bad);

	assert_int_equal(take(&ends, &type, &fields), 1);
	assert_int_equal(type, 8);
	assert_int_equal(take(&ends, &type, &fields), 0);
	channel_close(&ends.here);
	assert_int_equal(take(&ends, &type, &fields), -EPIPE);
	close_ends(&ends);
}

/* What a broken or hostile child could write; none of it may be taken for a string. */
static void test_channel_bad_strings(void **state)
{
	static const struct {
		uint64_t size;
		char bytes[8];
	} bad[] = {
		{ 9, "longer" },     /* than what there is */
		{ UINT64_MAX, "x" }, /* than any */
		{ 3, "abcdefg" },    /* no NUL at its end */
		{ 5, "a\0bc" },      /* one in its middle */
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct fields fields = { .at = (const char *)&bad[i],
					 .end = (const char *)(&bad[i] + 1) };

		assert_null(unpack_string(&fields));
		assert_true(fields.bad);
		assert_string_equal(unpack_text(&fields), "");
	}
}

static void test_channel_below(void **state)
{
	uint64_t numbers[] = { 4, 5 };
	struct fields fields = { .at = (const char *)numbers, .end = (const char *)(numbers + 2) };

	(void)state;
	assert_int_equal(unpack_below(&fields, 5), 4);
	assert_false(fields.bad);
	assert_int_equal(unpack_below(&fields, 5), 0);
	assert_true(fields.bad);
}

static void test_channel_too_long(void **state)
{
	uint32_t header[] = { 1, RECORD_MAX + 1 };
	struct fields fields;
	struct ends ends;
	uint32_t type;

	(void)state;
	open_ends(&ends);
	assert_int_equal(send(ends.here.fd, header, sizeof header, 0), sizeof header);
	assert_int_equal(take(&ends, &type, &fields), -EBADMSG);
	{
		struct text text = { .n = RECORD_MAX + 1 };

		assert_int_equal(channel_send(&ends.here, 1, &text), -EMSGSIZE);
	}
	close_ends(&ends);
}

/* A receiver that never reads costs a bounded queue; once it reads, all that was taken comes. */
static void test_channel_slow_receiver(void **state)
{
	static char bytes[1 << 20];
	struct text text = { .at = bytes, .n = sizeof bytes };
	struct fields fields;
	struct ends ends;
	uint32_t type, sent = 0, received = 0;
	int result;

	(void)state;
	open_ends(&ends);
	while ((result = channel_send(&ends.here, sent, &text)) == 0)
		sent++;
	assert_int_equal(result, -ENOBUFS);
	assert_in_range(sent, CHANNEL_QUEUE_MAX / sizeof bytes - 1, CHANNEL_QUEUE_MAX / sizeof bytes + 1);
	while (received < sent) {
		result = take(&ends, &type, &fields);
		assert_in_range(result, 0, 1);
		if (result == 1)
			assert_int_equal(type, received++);
		else
			assert_int_equal(channel_flush(&ends.here), 0);
	}
	assert_false(channel_pending(&ends.here));
	close_ends(&ends);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arena_limit),
		cmocka_unit_test(test_arena_overflow),
		cmocka_unit_test(test_arena_reset),
		cmocka_unit_test(test_arena_zeroed_and_aligned),
		cmocka_unit_test(test_vec),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_text_overflow),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_hex),
		cmocka_unit_test(test_identity_copy_is_whole),
		cmocka_unit_test(test_channel),
		cmocka_unit_test(test_channel_bad_strings),
		cmocka_unit_test(test_channel_below),
		cmocka_unit_test(test_channel_too_long),
		cmocka_unit_test(test_channel_slow_receiver),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
