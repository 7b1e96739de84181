/* Children of PID 1: their records, their limits and their ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "boot/child.h"

#define PATIENCE_MS 20000

struct watched {
	struct children children;
	struct child *child;
	unsigned records;
	bool refuse, wait_in_record; /* what record() does */
	bool ended;
	int status;
	uint64_t last;
};

static void turn(struct watched *watched)
{
	loop_turn(watched->children.loop, clock_ms() + 10);
	while (children_reap(&watched->children))
		continue;
	children_expire(&watched->children);
}

static void turn_until_ended(struct watched *watched)
{
	int64_t deadline = clock_ms() + PATIENCE_MS;

	while (!watched->ended && clock_ms() < deadline)
		turn(watched);
	assert_true(watched->ended);
}

static bool take(void *context, uint32_t type, struct fields *fields)
{
	struct watched *watched = context;

	assert_int_equal(type, 1);
	assert_false(watched->ended);
	watched->records++;
	watched->last = unpack_number(fields);
	if (watched->wait_in_record) { /* as a jump does, which waits for the menus to end */
		watched->wait_in_record = false;
		turn_until_ended(watched);
	}
	return !watched->refuse;
}

static void end(void *context, int status)
{
	struct watched *watched = context;

	watched->ended = true;
	watched->status = status;
}

static void say(struct channel *channel, uint64_t number)
{
	struct arena *arena = arena_new(1 << 16);
	struct text fields = TEXT(arena);

	pack_number(&fields, number);
	channel_send(channel, 1, &fields);
	channel_drain(channel);
	arena_free(arena);
}

static void start(struct watched *watched, const struct child_kind *kind)
{
	watched->children.loop = loop_open();
	assert_true(watched->children.loop >= 0);
	watched->child = child_start(&watched->children, kind, watched);
	assert_non_null(watched->child);
}

static void finish(struct watched *watched)
{
	turn_until_ended(watched);
	assert_null(watched->children.first);
	assert_int_equal(children_deadline(&watched->children), -1);
	close(watched->children.loop);
}

static int say_three(void *context, struct channel *channel)
{
	(void)context;
	for (uint64_t i = 1; i <= 3; i++)
		say(channel, i);
	return 5;
}

static int say_one_and_stay(void *context, struct channel *channel)
{
	(void)context;
	say(channel, 1);
	while (pause() < 0)
		;
	return 0;
}

static int answer(void *context, struct channel *channel)
{
	struct arena *arena = arena_new(1 << 16);
	struct fields fields;
	uint32_t type;

	(void)context;
	channel_wait(channel, -1);
	if (channel_receive(channel, arena, &type, &fields) == 1)
		say(channel, unpack_number(&fields) + type);
	return 0;
}

static int crash(void *context, struct channel *channel)
{
	(void)context, (void)channel;
	raise(SIGABRT);
	return 0;
}

static const struct child_kind talker = { .name = "talker", .run = say_three, .record = take, .ended = end };
static const struct child_kind stayer = { .name = "stayer", .run = say_one_and_stay, .record = take, .ended = end };
static const struct child_kind answerer = { .name = "answerer", .run = answer, .record = take, .ended = end };
static const struct child_kind crasher = { .name = "crasher", .run = crash, .record = take, .ended = end };

static void test_all_records_before_the_end(void **state)
{
	struct watched watched = { 0 };

	(void)state;
	start(&watched, &talker);
	usleep(200000); /* it has ended before anyone listens */
	while (children_reap(&watched.children))
		continue;
	assert_true(watched.ended);
	assert_int_equal(watched.records, 3);
	assert_int_equal(watched.last, 3);
	assert_true(WIFEXITED(watched.status));
	assert_int_equal(WEXITSTATUS(watched.status), 5);
	finish(&watched);
}

static void test_crash(void **state)
{
	struct watched watched = { 0 };

	(void)state;
	start(&watched, &crasher);
	finish(&watched);
	assert_true(WIFSIGNALED(watched.status));
	assert_int_equal(WTERMSIG(watched.status), SIGABRT);
}

static void test_refused_record_kills(void **state)
{
	struct watched watched = { .refuse = true };

	(void)state;
	start(&watched, &stayer);
	finish(&watched);
	assert_int_equal(watched.records, 1);
	assert_true(WIFSIGNALED(watched.status));
	assert_int_equal(WTERMSIG(watched.status), SIGKILL);
}

static void test_limit(void **state)
{
	struct child_kind limited = stayer;
	struct watched watched = { 0 };
	int64_t begin = clock_ms();

	(void)state;
	limited.limit_ms = 300;
	start(&watched, &limited);
	assert_in_range(children_deadline(&watched.children) - begin, 300, 5000);
	finish(&watched);
	assert_true(clock_ms() - begin >= 300);
	assert_int_equal(watched.records, 1);
	assert_int_equal(WTERMSIG(watched.status), SIGKILL);
}

static int sleep_in_naps(void *context, struct channel *channel)
{
	(void)context, (void)channel;
	for (int i = 0; i < 40; i++)
		usleep(50000);
	return 7;
}

static int work(void *context, struct channel *channel)
{
	int64_t end = clock_ms() + 2000;

	(void)context, (void)channel;
	while (clock_ms() < end)
		continue;
	return 7;
}

/* What has stood still for too long is killed; not what waits again and again, nor what works. */
static void test_standstill(void **state)
{
	struct child_kind idle = stayer, slow = stayer, busy = stayer;
	struct watched still = { 0 }, napping = { 0 }, working = { 0 };
	int64_t begin = clock_ms();

	(void)state;
	idle.stall_ms = slow.stall_ms = busy.stall_ms = 900;
	slow.run = sleep_in_naps;
	busy.run = work;
	start(&still, &idle);
	finish(&still);
	assert_in_range(clock_ms() - begin, 900, 10000);
	assert_int_equal(still.status, CHILD_STALLED);
	start(&napping, &slow);
	finish(&napping);
	assert_int_equal(WEXITSTATUS(napping.status), 7);
	start(&working, &busy);
	finish(&working);
	assert_int_equal(WEXITSTATUS(working.status), 7);
}

static void test_stop(void **state)
{
	struct watched watched = { 0 };

	(void)state;
	start(&watched, &stayer);
	child_stop(watched.child);
	child_stop(watched.child);
	assert_false(watched.ended);
	finish(&watched);
	assert_int_equal(WTERMSIG(watched.status), SIGKILL);
}

static void test_send(void **state)
{
	struct arena *arena = arena_new(1 << 16);
	struct text fields = TEXT(arena);
	struct watched watched = { 0 };

	(void)state;
	start(&watched, &answerer);
	pack_number(&fields, 40);
	child_send(watched.child, 2, &fields);
	finish(&watched);
	assert_int_equal(watched.last, 42);
	assert_int_equal(watched.status, 0);
	arena_free(arena);
}

/* Whoever does not listen may not fill the memory of PID 1. */
static void test_deaf_child_is_killed(void **state)
{
	static char bytes[1 << 20];
	const struct text fields = { .at = bytes, .n = sizeof bytes };
	struct watched watched = { 0 };

	(void)state;
	start(&watched, &stayer);
	for (size_t i = 0; i < 2 * CHANNEL_QUEUE_MAX / sizeof bytes; i++)
		child_send(watched.child, 1, &fields);
	finish(&watched);
	assert_int_equal(WTERMSIG(watched.status), SIGKILL);
}

/* A record's handler may turn the loop itself, and the child's end may come before it returns. */
static void test_end_within_a_record(void **state)
{
	struct watched watched = { .wait_in_record = true };

	(void)state;
	start(&watched, &talker);
	finish(&watched);
	assert_int_equal(watched.records, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_records_before_the_end),
		cmocka_unit_test(test_crash),
		cmocka_unit_test(test_refused_record_kills),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_standstill),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_send),
		cmocka_unit_test(test_deaf_child_is_killed),
		cmocka_unit_test(test_end_within_a_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
