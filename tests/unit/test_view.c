/* The view travels from PID 1 to a menu and arrives as it was; nothing malformed is believed. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <unistd.h>
#include <string.h>

#include "model/pack.h"
#include "model/view.h"

struct wire {
	struct channel from, to;
	struct arena *arena;
	struct view view;
};

static int setup(void **state)
{
	struct arena *arena = arena_new(1 << 25);
	struct wire *wire = arena_make(arena, struct wire);
	int fds[2];

	wire->arena = arena;
	if (channel_pair(fds))
		return -1;
	channel_open(&wire->from, fds[0]);
	channel_open(&wire->to, fds[1]);
	*state = wire;
	return 0;
}

static int teardown(void **state)
{
	struct wire *wire = *state;

	channel_close(&wire->from);
	channel_close(&wire->to);
	view_free(&wire->view);
	arena_free(wire->arena);
	return 0;
}

static struct config *sample_config(struct arena *arena)
{
	struct config *config = config_new(arena, "grub2", "/boot/grub/grub.cfg");
	struct entry *entry = config_add(arena, config, "Debian");

	entry->kernel.path = "/vmlinuz";
	entry->cmdline = "root=/dev/sda1 ro";
	entry->boot_image = "BOOT_IMAGE=/vmlinuz";
	vec_push(arena, &entry->path) = "Advanced";
	vec_push(arena, &entry->initrds) = (struct file_ref){ .path = "/ucode" };
	vec_push(arena, &entry->initrds) = (struct file_ref){ .path = "/initrd", .device = "sdb1" };
	vec_push(arena, &entry->writes) =
		(struct env_write){ .file.path = "/grubenv", .name = "saved_entry", .value = "0" };
	entry->users = "";
	entry->line = 7;
	config_problem(arena, config, "/boot/grub/grub.cfg", 3, 9, "unexpected %s", "fi");
	vec_push(arena, &config->wanted) = (struct wanted){ .key = 1, .value = "ROOT" };
	vec_push(arena, &config->users) = (struct user){ .name = "root", .pbkdf2 = "x", .super = true };
	vec_push(arena, &config->fallback) = 0;
	config->default_entry = 0;
	config->timeout_ms = 1500;
	config_name_ids(arena, config, "uuid");
	return config;
}

static void send_device(struct wire *wire, const char *name, const char *before)
{
	struct view_device device = { .identity = { .name = name, .bytes = 4096 }, .state = PROBE_DONE };
	struct text fields = TEXT(wire->arena);

	vec_push(wire->arena, &device.configs) = sample_config(wire->arena);
	view_device_pack(&fields, &device, before);
	assert_int_equal(channel_send(&wire->from, VIEW_DEVICE, &fields), 0);
}

static void test_device_arrives_whole(void **state)
{
	struct wire *wire = *state;
	struct config *config;
	struct entry *entry;

	send_device(wire, "sda1", NULL);
	assert_int_equal(view_receive(&wire->view, &wire->to), 1);
	assert_int_equal(view_receive(&wire->view, &wire->to), 0);
	config = wire->view.devices->configs.at[0];
	entry = config->entries.at[0];
	assert_string_equal(entry->title, "Debian");
	assert_string_equal(entry->path.at[0], "Advanced");
	assert_string_equal(entry->initrds.at[1].path, "/initrd");
	assert_string_equal(entry->initrds.at[1].device, "sdb1");
	assert_null(entry->initrds.at[0].device);
	assert_string_equal(entry_full_cmdline(wire->arena, entry), "BOOT_IMAGE=/vmlinuz root=/dev/sda1 ro");
	assert_string_equal(entry->users, "");
	assert_string_equal(entry->writes.at[0].value, "0");
	assert_int_equal(entry->line, 7);
	assert_string_equal(config->problems.at[0].text, "unexpected fi");
	assert_string_equal(config->wanted.at[0].value, "ROOT");
	assert_true(config->users.at[0].super);
	assert_int_equal(config->timeout_ms, 1500);
	assert_ptr_equal(view_find(&wire->view, entry->id, NULL), entry);
}

static void test_devices_keep_their_order(void **state)
{
	struct wire *wire = *state;
	struct text fields = TEXT(wire->arena);

	send_device(wire, "sdb", NULL);
	send_device(wire, "sda", "sdb");
	send_device(wire, "sdc", NULL);
	send_device(wire, "sdb", "sdc"); /* the same one again: replaced, not added */
	pack_string(&fields, "sdc");
	channel_send(&wire->from, VIEW_GONE, &fields);
	assert_int_equal(view_receive(&wire->view, &wire->to), 1);
	assert_string_equal(wire->view.devices->identity.name, "sda");
	assert_string_equal(wire->view.devices->next->identity.name, "sdb");
	assert_null(wire->view.devices->next->next);
}

static void test_log_is_bounded(void **state)
{
	struct wire *wire = *state;

	for (int i = 0; i < 5000; i++) {
		struct text fields = TEXT(wire->arena);

		pack_string(&fields, "a line");
		assert_int_equal(channel_send(&wire->from, VIEW_LOG, &fields), 0);
		assert_int_equal(view_receive(&wire->view, &wire->to), 1);
	}
	assert_in_range(wire->view.log.n, 100, 1000);
	assert_string_equal(wire->view.log.at[wire->view.log.n - 1], "a line");
}

/* Every truncation of a good record is refused, and none is read beyond its end (ASan watches). */
static void test_truncated_records(void **state)
{
	struct wire *wire = *state;
	struct view_device device = { .identity = { .name = "sda" } };
	struct text whole = TEXT(wire->arena);

	vec_push(wire->arena, &device.configs) = sample_config(wire->arena);
	view_device_pack(&whole, &device, NULL);
	for (size_t n = 0; n < whole.n; n++) {
		struct text part = TEXT(wire->arena);

		text_add(&part, whole.at, n);
		channel_send(&wire->from, VIEW_DEVICE, &part);
		assert_int_equal(view_receive(&wire->view, &wire->to), -EBADMSG);
	}
	assert_null(wire->view.devices);
}

static void test_unknown_and_oversized_records(void **state)
{
	struct wire *wire = *state;
	const uint32_t header[2] = { VIEW_LOG, UINT32_MAX };

	channel_send(&wire->from, 999, NULL);
	assert_int_equal(view_receive(&wire->view, &wire->to), -EBADMSG);
	assert_int_equal(write(wire->from.fd, header, sizeof header), sizeof header);
	assert_int_equal(view_receive(&wire->view, &wire->to), -EBADMSG);
}

static void test_the_other_end_is_gone(void **state)
{
	struct wire *wire = *state;

	channel_close(&wire->from);
	assert_int_equal(view_receive(&wire->view, &wire->to), -EPIPE);
	assert_int_equal(request_send(&wire->to, &(struct request){ .what = REQUEST_HOLD }), -EPIPE);
}

/* A receiver that never reads costs its queue, not the sender's time. */
static void test_a_slow_receiver(void **state)
{
	struct wire *wire = *state;
	struct text fields = TEXT(wire->arena);
	int error = 0;

	while (fields.n < 1 << 20)
		text_string(&fields, "0123456789abcdef");
	for (int i = 0; i < 100 && !error; i++)
		error = channel_send(&wire->from, VIEW_LOG, &fields);
	assert_int_equal(error, -ENOBUFS);
}

static void test_ids_are_stable_and_unique(void **state)
{
	struct wire *wire = *state;
	struct config *a = config_new(wire->arena, "grub2", "/g"), *b = config_new(wire->arena, "grub2", "/g");

	for (int i = 0; i < 3; i++) {
		config_add(wire->arena, a, "same");
		config_add(wire->arena, b, "same");
	}
	config_name_ids(wire->arena, a, "uuid");
	config_name_ids(wire->arena, b, "uuid");
	for (int i = 0; i < 3; i++)
		assert_string_equal(a->entries.at[i]->id, b->entries.at[i]->id);
	assert_string_not_equal(a->entries.at[0]->id, a->entries.at[1]->id);
	assert_string_not_equal(a->entries.at[1]->id, a->entries.at[2]->id);
	config_name_ids(wire->arena, b, "another disk");
	assert_string_not_equal(a->entries.at[0]->id, b->entries.at[0]->id);
}

static struct view_device *esp_and_boot(struct wire *wire, const char *cmdline)
{
	struct view_device *esp = arena_make(wire->arena, struct view_device);
	struct view_device *boot = arena_make(wire->arena, struct view_device);
	struct config *stub = sample_config(wire->arena), *own = sample_config(wire->arena);

	esp->identity.name = "sda1";
	boot->identity.name = "sda2";
	stub->entries.at[0]->kernel.device = stub->entries.at[0]->initrds.at[0].device = "sda2";
	stub->entries.at[0]->cmdline = cmdline;
	vec_push(wire->arena, &esp->configs) = stub;
	vec_push(wire->arena, &boot->configs) = own;
	esp->next = boot;
	wire->view.devices = esp;
	view_find_duplicates(&wire->view, NULL, NULL);
	assert_false(own->duplicate);
	wire->view.devices = NULL; /* they are in the test's own arena */
	return esp;
}

static void test_a_menu_of_two_partitions_is_shown_once(void **state)
{
	struct wire *wire = *state;
	struct view_device *esp = arena_make(wire->arena, struct view_device);
	struct view_device *boot = arena_make(wire->arena, struct view_device);
	struct config *whole = sample_config(wire->arena), *part = sample_config(wire->arena);

	esp->identity.name = "sda1";
	boot->identity.name = "sda2";
	whole->format = part->format = "bls";
	whole->entries.at[0]->kernel.device = whole->entries.at[0]->initrds.at[0].device = "sda2";
	whole->includes = "sda2";
	vec_push(wire->arena, &esp->configs) = whole;
	vec_push(wire->arena, &boot->configs) = part;
	esp->next = boot;
	wire->view.devices = esp;
	view_find_duplicates(&wire->view, NULL, NULL);
	assert_true(part->duplicate);
	assert_false(whole->duplicate); /* though its kernels are on the other */
	part->format = "grub2";
	view_find_duplicates(&wire->view, NULL, NULL);
	assert_false(part->duplicate);
	/* GRUB's blscfg shows entries, but no images */
	whole->format = "grub2";
	part->format = "uki";
	view_find_duplicates(&wire->view, NULL, NULL);
	assert_false(part->duplicate);
	part->format = "bls";
	view_find_duplicates(&wire->view, NULL, NULL);
	assert_true(part->duplicate);
	wire->view.devices = NULL; /* they are in the test's own arena */
}

static void test_a_stub_is_a_duplicate(void **state)
{
	struct wire *wire = *state;

	assert_true(esp_and_boot(wire, "root=/dev/sda1 ro")->configs.at[0]->duplicate);
	assert_false(esp_and_boot(wire, "something else")->configs.at[0]->duplicate);
}

static struct view_device *add_disk(struct wire *wire, const char *name, const char *uuid)
{
	struct view_device *device = arena_make(wire->arena, struct view_device), **last;

	device->identity.name = name;
	device->identity.uuid = uuid;
	device->arena = wire->arena;
	vec_push(wire->arena, &device->configs) = sample_config(wire->arena);
	for (last = &wire->view.devices; *last; last = &(*last)->next)
		;
	*last = device;
	return device;
}

static const char *id_of(const struct view_device *device)
{
	return device->configs.at[0]->entries.at[0]->id;
}

static void count_changes(void *context, struct view_device *device)
{
	(void)device;
	++*(unsigned *)context;
}

/* The second half of a mirror is found by ids of its own, and gets back the plain ones if it is alone. */
static void test_ids_of_copied_disks(void **state)
{
	struct wire *wire = *state;
	struct view_device *a = add_disk(wire, "sda1", "uuid"), *b = add_disk(wire, "sdb1", "uuid");
	struct view_device *c = add_disk(wire, "sdc1", "uuid"), *found;
	const char *plain = arena_string(wire->arena, id_of(a));
	unsigned changes = 0;
	size_t used;

	add_disk(wire, "sdd1", NULL);
	assert_string_equal(id_of(b), plain);
	c->configs.at[0]->entries.at[0]->id = arena_print(wire->arena, "%s%s", plain, "0123456789abcde");
	view_number_clones(&wire->view, count_changes, &changes);
	assert_int_equal(changes, 2);
	assert_string_equal(id_of(a), plain);
	assert_string_equal(id_of(b), arena_print(wire->arena, "%s-1", plain));
	assert_string_equal(id_of(c), arena_print(wire->arena, "%s0123-2", plain));
	assert_true(strlen(id_of(c)) < ENTRY_ID_MOST);
	view_find(&wire->view, id_of(b), &found);
	assert_ptr_equal(found, b);

	used = arena_used(wire->arena);
	for (int i = 0; i < 10000; i++) {
		wire->view.devices = i % 2 ? a : b;
		view_number_clones(&wire->view, NULL, NULL);
		assert_string_equal(id_of(wire->view.devices), plain);
	}
	assert_int_equal(arena_used(wire->arena), used);
	wire->view.devices = NULL; /* they are in the test's own arena */
}

/* Whatever an entry starts is in its essence; what it is called is not. */
static void test_essence(void **state)
{
	struct arena *arena = ((struct wire *)*state)->arena;
	struct entry *entry = sample_config(arena)->entries.at[0];
	const char *before = entry_essence(arena, entry, "sda1");
	const char **parts[] = { &entry->kernel.path, &entry->kernel.loop, &entry->cmdline,
				 &entry->boot_image, &entry->initrds.at[1].path,
				 &entry->initrds.at[1].device };

	entry->title = "another";
	assert_string_equal(entry_essence(arena, entry, "sda1"), before);
	assert_string_not_equal(entry_essence(arena, entry, "sdb1"), before);
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		const char *old = *parts[i];

		*parts[i] = "/other";
		assert_string_not_equal(entry_essence(arena, entry, "sda1"), before);
		*parts[i] = old;
	}
	entry->initrds.n--;
	assert_string_not_equal(entry_essence(arena, entry, "sda1"), before);
}

static void test_long_ids_are_refused(void **state)
{
	struct wire *wire = *state;

	for (size_t n = ENTRY_ID_MOST - 1; n <= ENTRY_ID_MOST; n++) {
		struct config *config = sample_config(wire->arena);
		struct text text = TEXT(wire->arena);
		struct fields fields = { .arena = wire->arena };

		config->entries.at[0]->id = arena_print(wire->arena, "%0*d", (int)n, 1);
		config_pack(&text, config, true);
		fields.at = text.at;
		fields.end = text.at + text.n;
		assert_int_equal(config_unpack(&fields) != NULL, n < ENTRY_ID_MOST);
	}
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_device_arrives_whole), TEST(test_devices_keep_their_order),
		TEST(test_log_is_bounded),	 TEST(test_truncated_records),
		TEST(test_unknown_and_oversized_records), TEST(test_the_other_end_is_gone),
		TEST(test_a_stub_is_a_duplicate),
		TEST(test_a_menu_of_two_partitions_is_shown_once),
		TEST(test_ids_of_copied_disks),	 TEST(test_essence),
		TEST(test_long_ids_are_refused), TEST(test_a_slow_receiver),
		TEST(test_ids_are_stable_and_unique),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
