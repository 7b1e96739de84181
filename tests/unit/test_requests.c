/* What PID 1 refuses, whatever the menu that asks for it would have allowed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "boot/state.h"

static struct boot boot;
static struct view_device *device;

/* One entry, of a configuration with a superuser if it is @locked; nothing in it can be loaded. */
static void start(enum lock_level lock, bool locked)
{
	struct config *config;
	struct entry *entry;

	boot = (struct boot){ .arena = arena_new((size_t)64 * 1024 * 1024) };
	settings_init(&boot.settings);
	boot.settings.lock = boot.view.status.lock = lock;
	boot.attempts = "";
	device = arena_make(boot.arena, struct view_device);
	*device = (struct view_device){ .identity.name = "sda1", .state = PROBE_DONE };
	config = config_new(boot.arena, "grub2", "/grub.cfg");
	vec_push(boot.arena, &device->configs) = config;
	entry = config_add(boot.arena, config, "Entry");
	entry->id = "sda1-1";
	entry->kernel.path = "/vmlinuz";
	entry->reason = "there is nothing in it";
	if (locked) {
		config->locked = true;
		vec_push(boot.arena, &config->users) =
			(struct user){ .name = "root", .password = "secret", .super = true };
	}
	boot.view.devices = device;
}

static void end(void)
{
	arena_free(boot.message_arena);
	arena_free(boot.view.log_arena);
	arena_free(boot.arena);
}

/* Nothing has been done, and this was said. */
static void expect(const char *said)
{
	assert_non_null(boot.view.status.message);
	if (!strstr(boot.view.status.message, said))
		fail_msg("\"%s\" does not say \"%s\"", boot.view.status.message, said);
	assert_true(boot.view.status.failed);
	assert_null(boot.loader);
	assert_null(boot.load);
	assert_null(boot.loading_id);
	assert_null(boot.scripting);
	assert_null(boot.kept.change);
	assert_null(boot.auth);
	assert_int_equal(boot.leaving.how, LEAVE_NOT);
}

#define EDITED "sda1:/vmlinuz\ninit=/bin/sh"

static const struct request edit = { .what = REQUEST_BOOT, .id = "sda1-1", .text = EDITED };
static const struct request by_path = { .what = REQUEST_BOOT, .text = EDITED };
static const struct request script = { .what = REQUEST_SCRIPT, .id = "sda1-1" };
static const struct request run = { .what = REQUEST_RUN, .id = "sda1-1", .text = "linux /vmlinuz" };
static const struct request set = { .what = REQUEST_SET, .id = "default", .text = "sda1-1" };

static void test_locks(void **state)
{
	static const struct {
		enum lock_level lock;
		bool locked;
		const struct request *request;
		const char *said;
	} cases[] = {
		{ LOCK_EDIT, false, &edit, "let nobody edit" },
		{ LOCK_EDIT, false, &by_path, "let nobody edit" },
		{ LOCK_EDIT, false, &script, "let nobody edit" },
		{ LOCK_EDIT, false, &run, "let nobody edit" },
		{ LOCK_SETTINGS, false, &edit, "let nobody edit" },
		{ LOCK_SETTINGS, false, &run, "let nobody edit" },
		{ LOCK_SETTINGS, false, &set, "let nobody change them" },
		{ LOCK_EDIT, true, &edit, "let nobody edit" }, /* a password opens no such lock */
		{ LOCK_NOTHING, true, &edit, "takes a password" },
		{ LOCK_NOTHING, true, &by_path, "takes a password" },
		{ LOCK_NOTHING, true, &script, "takes a password" },
		{ LOCK_NOTHING, true, &run, "takes a password" },
		{ LOCK_NOTHING, true, &set, "takes a password" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		start(cases[i].lock, cases[i].locked);
		requests_take(&boot, cases[i].request);
		expect(cases[i].said);
		end();
	}
}

/* The same by someone who has shown the right password: it opens a configuration, and no machine. */
static void test_settings_lock_superusers_out(void **state)
{
	static const struct request *const requests[] = { &edit, &by_path, &script, &run };

	(void)state;
	for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
		start(LOCK_EDIT, true);
		requests_authenticated(&boot, requests[i], true);
		expect("let nobody edit");
		end();
	}
	start(LOCK_SETTINGS, true);
	requests_authenticated(&boot, &set, true);
	expect("let nobody change them");
	end();
}

/* Without a lock they come further: what is refused then is what can't be done. */
static void test_without_locks(void **state)
{
	(void)state;
	start(LOCK_SHELL, false);
	requests_take(&boot, &(struct request){ .what = REQUEST_BOOT, .id = "sda1-1" });
	expect("there is nothing in it");
	end();
	start(LOCK_NOTHING, false);
	requests_take(&boot, &(struct request){ .what = REQUEST_BOOT, .text = "sdz1:/vmlinuz\n" });
	expect("there is no disk called sdz1");
	end();
	start(LOCK_EDIT, false);
	boot.settings.store = STORE_NONE;
	requests_take(&boot, &set);
	expect("there is no place for it");
	end();
}

/* A request that has no business to have a password, or none to be asked so, is no way around. */
static void test_odd_requests(void **state)
{
	(void)state;
	start(LOCK_NOTHING, true);
	requests_take(&boot, &(struct request){ .what = REQUEST_RUN, .text = "linux /vmlinuz" });
	requests_take(&boot, &(struct request){ .what = REQUEST_SET, .text = "x" });
	requests_take(&boot, &(struct request){ .what = REQUEST_SCRIPT, .id = "sda1-1", .text = "x" });
	assert_null(boot.view.status.message);
	requests_take(&boot, &(struct request){ .what = REQUEST_BOOT });
	expect("it is gone");
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_locks),
		cmocka_unit_test(test_settings_lock_superusers_out),
		cmocka_unit_test(test_without_locks),
		cmocka_unit_test(test_odd_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
