/* The policy: what boots next, and why. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "model/policy.h"

struct machine {
	struct arena *arena;
	struct view view;
	struct settings settings;
	struct failures failures;
	struct decision decision;
};

static struct machine *machine_new(void)
{
	struct arena *arena = arena_new(1 << 20);
	struct machine *machine = arena_make(arena, struct machine);

	machine->arena = arena;
	settings_init(&machine->settings);
	return machine;
}

/* A device at the end of the view, with one config of entries that are named in @titles. */
static struct config *add(struct machine *machine, const char *name, size_t chosen,
			  const char *const *titles)
{
	struct view_device *device = arena_make(machine->arena, struct view_device);
	struct view_device **last = &machine->view.devices;
	struct config *config = config_new(machine->arena, "grub2", "/boot/grub/grub.cfg");

	device->identity.name = name;
	device->state = PROBE_DONE;
	for (; *titles; titles++)
		config_add(machine->arena, config, *titles)->kernel.path = "/vmlinuz";
	config->default_entry = chosen;
	config->default_why = "grub.cfg says so";
	config->timeout_ms = 5000;
	config_name_ids(machine->arena, config, name);
	vec_push(machine->arena, &device->configs) = config;
	while (*last)
		last = &(*last)->next;
	*last = device;
	return config;
}

#define TITLES(...) (const char *const[]){ __VA_ARGS__, NULL }

static const char *decide(struct machine *machine)
{
	policy_decide(machine->arena, &machine->view, &machine->settings, &machine->failures,
		      &machine->decision);
	return machine->decision.entry ? machine->decision.entry->title : NULL;
}

static void has_failed(struct machine *machine, const struct config *config, size_t entry)
{
	vec_push(machine->arena, &machine->failures.list) =
		(struct failure){ config->entries.at[entry]->id, "failed" };
}

static void test_nothing(void **state)
{
	struct machine *machine = machine_new();

	(void)state;
	assert_null(decide(machine));
	assert_int_equal(machine->decision.timeout_ms, NO_TIMEOUT);
	arena_free(machine->arena);
}

static void test_default_of_the_first_device(void **state)
{
	struct machine *machine = machine_new();

	(void)state;
	add(machine, "sda1", 1, TITLES("a", "b"));
	add(machine, "sdb1", 0, TITLES("c"));
	assert_string_equal(decide(machine), "b");
	assert_string_equal(machine->decision.why, "grub.cfg says so");
	assert_string_equal(machine->decision.device->identity.name, "sda1");
	assert_int_equal(machine->decision.timeout_ms, 5000);
	arena_free(machine->arena);
}

static void test_timeout_of_the_settings(void **state)
{
	struct machine *machine = machine_new();

	(void)state;
	add(machine, "sda1", 0, TITLES("a"));
	machine->settings.timeout_ms = 0;
	decide(machine);
	assert_int_equal(machine->decision.timeout_ms, 0);
	arena_free(machine->arena);
}

/* A configuration may hide its menu for its own time, and for no other's. */
static void test_hidden_menus(void **state)
{
	struct machine *machine = machine_new();
	struct config *config = add(machine, "sda1", 0, TITLES("a"));

	(void)state;
	decide(machine);
	assert_false(machine->decision.hidden);
	for (unsigned style = TIMEOUT_COUNTDOWN; style <= TIMEOUT_HIDDEN; style++) {
		config->timeout_style = style;
		machine->settings.timeout_ms = TIMEOUT_OF_CONFIG;
		decide(machine);
		assert_true(machine->decision.hidden);
		machine->settings.timeout_ms = 5000;
		decide(machine);
		assert_false(machine->decision.hidden);
		machine->settings.timeout_ms = TIMEOUT_OF_CONFIG;
		machine->settings.loader.timeout_once_ms = 5000;
		decide(machine);
		assert_false(machine->decision.hidden);
		machine->settings.loader.timeout_once_ms = TIMEOUT_OF_CONFIG;
	}
	arena_free(machine->arena);
}

static void test_named_by_the_settings(void **state)
{
	struct machine *machine = machine_new();
	struct config *config;

	(void)state;
	add(machine, "sda1", 0, TITLES("a"));
	config = add(machine, "sdb1", 0, TITLES("c", "d"));
	machine->settings.boot = "d";
	assert_string_equal(decide(machine), "d");
	machine->settings.boot = config->entries.at[0]->id;
	assert_string_equal(decide(machine), "c");
	assert_int_equal(machine->decision.authority, BY_COMMAND_LINE);
	machine->settings.boot = "nobody";
	assert_string_equal(decide(machine), "a");
	assert_int_equal(machine->decision.authority, BY_DEVICE);
	arena_free(machine->arena);
}

/* A deadline is computed from it, which must not overflow. */
static void test_timeouts_out_of_bounds(void **state)
{
	struct machine *machine = machine_new();
	struct config *config = add(machine, "sda1", 0, TITLES("a"));

	(void)state;
	config->timeout_ms = NO_TIMEOUT;
	decide(machine);
	assert_int_equal(machine->decision.timeout_ms, NO_TIMEOUT);
	config->at_once = true;
	decide(machine);
	assert_int_equal(machine->decision.timeout_ms, 0);
	config->timeout_ms = 5000;
	decide(machine);
	assert_int_equal(machine->decision.timeout_ms, 5000);
	config->timeout_ms = INT64_MAX;
	decide(machine);
	assert_int_equal(machine->decision.timeout_ms, 24 * 60 * 60 * 1000);
	config->timeout_ms = INT64_MIN;
	decide(machine);
	assert_int_equal(machine->decision.timeout_ms, NO_TIMEOUT);
	arena_free(machine->arena);
}

/* Many broken entries before a good one, with titles of any length, cost no memory to speak of. */
static void test_long_titles_and_many_entries(void **state)
{
	static char title[200000];
	struct machine *machine = machine_new();
	struct config *config = add(machine, "sda1", 0, TITLES("a"));
	struct arena *arena = arena_new(64 * 1024);

	(void)state;
	memset(title, 'x', sizeof title - 1);
	config->entries.at[0]->title = config->entries.at[0]->reason = title;
	config->default_why = config->file = title;
	for (int i = 0; i < 2000; i++)
		config_add(machine->arena, config, "b")->reason = "broken";
	config_add(machine->arena, config, "c");
	policy_decide(arena, &machine->view, &machine->settings, NULL, &machine->decision);
	assert_string_equal(machine->decision.entry->title, "c");
	assert_true(strlen(machine->decision.why) < 1000);
	arena_free(arena);
	arena_free(machine->arena);
}

/* Never booted: what lacks a part. The reason stays visible in why. */
static void test_passes_over_what_cannot_be_booted(void **state)
{
	struct machine *machine = machine_new();
	struct config *config = add(machine, "sda1", 0, TITLES("a", "b", "c"));

	(void)state;
	config->entries.at[0]->reason = "initrd /i: no such file";
	assert_string_equal(decide(machine), "b");
	assert_non_null(strstr(machine->decision.why, "\"a\" can't be booted: initrd /i: no such file"));
	vec_push(machine->arena, &config->fallback) = 2;
	assert_string_equal(decide(machine), "c");
	arena_free(machine->arena);
}

static void test_failures_lead_to_fallback_siblings_and_devices(void **state)
{
	struct machine *machine = machine_new();
	struct config *config = add(machine, "sda1", 1, TITLES("a", "b", "c"));
	struct config *other = add(machine, "sdb1", 0, TITLES("d"));

	(void)state;
	vec_push(machine->arena, &config->fallback) = 2;
	has_failed(machine, config, 1);
	assert_string_equal(decide(machine), "c");
	has_failed(machine, config, 2);
	assert_string_equal(decide(machine), "a");
	has_failed(machine, config, 0);
	assert_string_equal(decide(machine), "d");
	has_failed(machine, other, 0);
	assert_null(decide(machine));
	arena_free(machine->arena);
}

static void test_hidden_entries_are_no_siblings(void **state)
{
	struct machine *machine = machine_new();
	struct config *config = add(machine, "sda1", 0, TITLES("a", "b", "c"));

	(void)state;
	config->entries.at[1]->hidden = true;
	has_failed(machine, config, 0);
	assert_string_equal(decide(machine), "c");
	arena_free(machine->arena);
}

/* What takes a password is no fallback: nobody is there to give it. */
static void test_locked_entries_are_no_siblings(void **state)
{
	struct machine *machine = machine_new();
	struct config *config = add(machine, "sda1", 0, TITLES("a", "b", "c"));

	(void)state;
	config->entries.at[0]->users = config->entries.at[1]->users = "";
	assert_string_equal(decide(machine), "a");
	has_failed(machine, config, 0);
	assert_string_equal(decide(machine), "c");
	arena_free(machine->arena);
}

static void test_order_of_devices(void **state)
{
	static const struct identity order[] = {
		{ .name = "nvme0n1p2" },
		{ .name = "nvme0n1p10" },
		{ .name = "sda2" },
		{ .name = "sda10" },
		{ .name = "sdb" },
		{ .name = "sdz1" },
		{ .name = "sdaa1" },
		{ .name = "sdc1", .is_usb = true },
		{ .name = "sr0", .is_optical = true },
	};
	size_t n = sizeof order / sizeof *order;
	struct settings settings;

	(void)state;
	settings_init(&settings);
	for (size_t a = 0; a < n; a++)
		for (size_t b = 0; b < n; b++)
			assert_int_equal(policy_before(&settings, &order[a], &order[b]), a < b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_default_of_the_first_device),
		cmocka_unit_test(test_timeout_of_the_settings),
		cmocka_unit_test(test_hidden_menus),
		cmocka_unit_test(test_named_by_the_settings),
		cmocka_unit_test(test_timeouts_out_of_bounds),
		cmocka_unit_test(test_long_titles_and_many_entries),
		cmocka_unit_test(test_passes_over_what_cannot_be_booted),
		cmocka_unit_test(test_failures_lead_to_fallback_siblings_and_devices),
		cmocka_unit_test(test_hidden_entries_are_no_siblings),
		cmocka_unit_test(test_locked_entries_are_no_siblings),
		cmocka_unit_test(test_order_of_devices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
