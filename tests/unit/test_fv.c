/* Firmware volumes: files come, go and are found again, and nothing else in the image moves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tools/fv/fv.h"
#include "tools/fv/number.h"

#define VOLUME     "BA704F4E-0009-4000-8000-000000000001"
#define INNER_SIZE 12288
#define INNER      "BA704F4E-0009-4000-8000-000000000002"
#define FIRST      "BA704F4E-0009-4000-8000-00000000000A"
#define SECOND     "BA704F4E-0009-4000-8000-00000000000B"
#define THIRD      "BA704F4E-0009-4000-8000-00000000000C"

#define STATE  23
#define HEADER 24

static struct arena *arena;
static char path[] = "/tmp/baton-fv-XXXXXX";

static int setup(void **state)
{
	(void)state;
	arena = arena_new(64 << 20);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static struct guid guid_of(const char *text)
{
	struct guid guid;

	assert_true(guid_parse(text, &guid));
	return guid;
}

static struct bytes empty(size_t size, const char *name)
{
	struct guid guid = guid_of(name);

	return volume_make(arena, size, &guid);
}

static struct image open_bytes(struct bytes bytes)
{
	struct image image;

	assert_null(image_open(&image, arena, bytes));
	return image;
}

/* A file of so many bytes beyond its header. */
static struct bytes file_of(const char *name, uint8_t type, uint8_t attributes, size_t n)
{
	struct guid guid = guid_of(name);
	struct bytes body = { arena_alloc(arena, n), n };

	memset(body.at, name[35], n);
	return file_make(arena, type, attributes, &guid, body);
}

static size_t where(const struct image *image, const char *name)
{
	struct volume *volume;
	struct file file;

	assert_null(image_file(image, name, &volume, &file));
	return file.at;
}

static size_t longest(const struct volume *volume)
{
	size_t all, most;

	volume_room(volume, &all, &most);
	return most;
}

/* The content of a file in the file system that edits read. */
static char *write_data(const void *data, size_t n)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, n, file), n);
	fclose(file);
	return path;
}

#define EDIT(image, ...)                             \
	edit_run((image), (char *[]){ __VA_ARGS__ }, \
		 sizeof(char *[]){ __VA_ARGS__ } / sizeof(char *))

static void guids_are_read_as_written(void **state)
{
	static const uint8_t bytes[] = { 0x78, 0xe5, 0x8c, 0x8c, 0x3d, 0x8a, 0x1c, 0x4f,
					 0x99, 0x35, 0x89, 0x61, 0x85, 0xc3, 0x2d, 0xd3 };
	char text[GUID_TEXT];
	struct guid guid;

	(void)state;
	assert_true(guid_parse("8c8ce578-8A3D-4f1c-9935-896185c32dd3", &guid));
	assert_memory_equal(guid.bytes, bytes, sizeof bytes);
	assert_string_equal(guid_print(&guid, text), "8C8CE578-8A3D-4F1C-9935-896185C32DD3");
	assert_false(guid_parse("8C8CE578-8A3D-4F1C-9935-896185C32DD", &guid));
	assert_false(guid_parse("8C8CE578-8A3D-4F1C-9935-896185C32DD3a", &guid));
	assert_false(guid_parse("8C8CE57808A3D-4F1C-9935-896185C32DD3", &guid));
	assert_false(guid_parse("", &guid));
}

static void a_file_is_put_behind_the_last(void **state)
{
	struct bytes bytes = empty(8192, VOLUME);
	struct image image = open_bytes(bytes);
	size_t room = longest(image.volumes), sum = 0;

	(void)state;
	assert_true(volume_add(image.volumes, file_of(FIRST, FILE_RAW, 0, 5)));
	assert_true(volume_add(image.volumes, file_of(SECOND, FILE_RAW, 0x40, 5)));
	assert_int_equal(where(&image, SECOND), where(&image, FIRST) + 32);
	assert_int_equal(longest(image.volumes), room - 64);
	assert_true(volume_is_sound(image.volumes));

	/* PI 3, 3.2.3: with the state and the body's checksum as 0, the header's bytes add up to 0.
	 */
	for (size_t i = 0; i < HEADER; i++)
		sum += i == 17 || i == STATE ? 0 : bytes.at[where(&image, SECOND) + i];
	assert_int_equal(sum & 0xff, 0);
	assert_int_equal(bytes.at[where(&image, FIRST) + 17], 0xaa);
	assert_int_equal(bytes.at[where(&image, SECOND) + 17], (uint8_t) - (5 * 'B'));
	assert_int_equal(bytes.at[where(&image, FIRST) + STATE], 0xf8);
}

static void what_goes_leaves_the_others_in_place(void **state)
{
	struct bytes bytes = empty(8192, VOLUME);
	struct image image = open_bytes(bytes);
	size_t second, third;

	(void)state;
	assert_true(volume_add(image.volumes, file_of(FIRST, FILE_RAW, 0, 1000)));
	assert_true(volume_add(image.volumes, file_of(SECOND, FILE_RAW, 0, 1000)));
	assert_true(volume_add(image.volumes, file_of(THIRD, FILE_RAW, 0, 3000)));
	second = where(&image, SECOND);
	third = where(&image, THIRD);
	assert_null(EDIT(&image, "remove", FIRST));
	assert_int_equal(where(&image, SECOND), second);
	assert_int_equal(where(&image, THIRD), third);
	assert_true(volume_is_sound(image.volumes));

	/* Two pad files are one, in which a larger file finds room. */
	assert_null(EDIT(&image, "remove", SECOND));
	assert_true(volume_add(image.volumes, file_of(FIRST, FILE_RAW, 0, 2000)));
	assert_true(where(&image, FIRST) < second);
	assert_int_equal(where(&image, THIRD), third);
	assert_true(volume_is_sound(image.volumes));
	assert_string_equal(EDIT(&image, "remove", SECOND), SECOND ": no such file");
}

static void the_end_becomes_empty_flash(void **state)
{
	struct bytes bytes = empty(8192, VOLUME), before = { arena_alloc(arena, 8192), 8192 };
	struct image image = open_bytes(bytes);

	(void)state;
	memcpy(before.at, bytes.at, bytes.n);
	assert_true(volume_add(image.volumes, file_of(FIRST, FILE_RAW, 0, 1000)));
	assert_true(volume_add(image.volumes, file_of(SECOND, FILE_RAW, 0, 1000)));
	assert_null(EDIT(&image, "remove", FIRST, SECOND));
	assert_memory_equal(bytes.at, before.at, bytes.n);
}

static void a_body_is_aligned_as_its_header_asks(void **state)
{
	static const uint8_t asked[] = { 0x08, 0x10, 0x28 };
	static const size_t alignment[] = { 16, 128, 4096 };

	(void)state;
	for (size_t i = 0; i < sizeof asked; i++) {
		struct image image = open_bytes(empty(16384, VOLUME));

		assert_true(volume_add(image.volumes, file_of(FIRST, FILE_RAW, 0, 1 + 8 * i)));
		assert_true(volume_add(image.volumes, file_of(SECOND, FILE_RAW, asked[i], 100)));
		assert_int_equal((where(&image, SECOND) + HEADER) % alignment[i], 0);
		assert_true(volume_is_sound(image.volumes));
	}
}

static void what_does_not_fit_is_refused(void **state)
{
	struct bytes bytes = empty(8192, VOLUME);
	struct image image = open_bytes(bytes);
	size_t room = longest(image.volumes);
	char *data = arena_alloc(arena, room), *why;

	(void)state;
	assert_false(volume_add(image.volumes, file_of(FIRST, FILE_RAW, 0, room - HEADER + 1)));
	why = (char *)EDIT(&image, "add", VOLUME, "raw", FIRST, "name",
			   write_data(data, room - HEADER + 1));
	assert_non_null(strstr(why, "bytes, and the longest free room in " VOLUME " has"));
	assert_int_equal(longest(image.volumes), room);
	assert_true(volume_add(image.volumes, file_of(FIRST, FILE_RAW, 0, room - HEADER)));
	assert_int_equal(longest(image.volumes), 0);
	assert_true(volume_is_sound(image.volumes));
}

/* Between two files, less than a pad file's header can't be left over. */
static void a_gap_too_small_for_a_pad_file_is_not_made(void **state)
{
	struct image image = open_bytes(empty(8192, VOLUME));

	(void)state;
	assert_true(volume_add(image.volumes, file_of(FIRST, FILE_RAW, 0, 1000)));
	assert_true(volume_add(image.volumes, file_of(SECOND, FILE_RAW, 0, 1000)));
	assert_null(EDIT(&image, "remove", FIRST));
	assert_true(volume_add(image.volumes, file_of(THIRD, FILE_RAW, 0, 992)));
	assert_true(where(&image, THIRD) > where(&image, SECOND));
	assert_true(volume_add(image.volumes, file_of(FIRST, FILE_RAW, 0, 976)));
	assert_true(where(&image, FIRST) < where(&image, SECOND));
	assert_true(volume_is_sound(image.volumes));
}

static void what_runs_in_place_keeps_its_address(void **state)
{
	struct image image = open_bytes(empty(8192, VOLUME));
	struct volume *volume;
	struct file file;

	(void)state;
	assert_true(volume_add(image.volumes, file_of(FIRST, FILE_PEIM, 0, 1000)));
	assert_true(volume_add(image.volumes, file_of(SECOND, FILE_DRIVER, 0, 1000)));
	assert_true(volume_add(image.volumes, file_of(THIRD, FILE_DRIVER, 0, 1000)));
	assert_null(image_file(&image, FIRST, &volume, &file));
	assert_false(volume_replace(volume, &file, file_of(FIRST, FILE_PEIM, 0, 1001), false));
	assert_true(volume_replace(volume, &file, file_of(FIRST, FILE_PEIM, 0, 900), false));
	assert_int_equal(where(&image, FIRST), file.at);

	/* A driver may move. */
	assert_null(image_file(&image, SECOND, &volume, &file));
	assert_true(volume_replace(volume, &file, file_of(SECOND, FILE_DRIVER, 0, 2000), false));
	assert_true(where(&image, SECOND) > where(&image, THIRD));
	assert_true(volume_is_sound(volume));
}

static void drivers_that_are_not_named_go(void **state)
{
	struct image image = open_bytes(empty(8192, VOLUME));
	char *data = write_data("data", 4);
	const char *why;

	(void)state;
	assert_null(EDIT(&image, "add", VOLUME, "driver", FIRST, "Clock", data));
	assert_null(EDIT(&image, "add", VOLUME, "application", SECOND, "Shell", data));
	/* The alignment makes a pad file between two that go. */
	assert_true(volume_add(image.volumes, file_of(VOLUME, FILE_DRIVER, 0x18, 10)));
	assert_true(volume_add(image.volumes, file_of(THIRD, FILE_DXE_CORE, 0, 10)));
	why = EDIT(&image, "keep", VOLUME, "Clock", "Screen");
	assert_string_equal(why, "Screen: no such file");
	assert_null(EDIT(&image, "keep", VOLUME, "Clock"));
	where(&image, FIRST);
	where(&image, THIRD);
	assert_string_equal(EDIT(&image, "remove", SECOND), SECOND ": no such file");
	assert_string_equal(EDIT(&image, "remove", VOLUME), VOLUME ": no such file");
}

static void a_peim_waits_for_memory(void **state)
{
	struct image image = open_bytes(empty(8192, VOLUME));
	struct section section;
	struct volume *volume;
	struct bytes body;
	struct file file;

	(void)state;
	assert_null(EDIT(&image, "add", VOLUME, "peim", FIRST, "Early", write_data("12345", 5)));
	assert_null(image_file(&image, "Early", &volume, &file));
	assert_int_equal(file.type, FILE_PEIM);
	body = file_body(volume, &file);
	assert_true(section_find(body, SECTION_PEI_DEPEX, &section));
	/* PUSH, F894643D-C449-42D1-8EA8-85BDD8C65BDE, END */
	assert_int_equal(section.size - section.header, 18);
	assert_memory_equal(body.at + section.at + section.header,
			    "\x02\x3d\x64\x94\xf8\x49\xc4\xd1\x42"
			    "\x8e\xa8\x85\xbd\xd8\xc6\x5b\xde\x08",
			    18);
}

static void a_section_is_replaced_between_others(void **state)
{
	struct image image = open_bytes(empty(8192, VOLUME));
	struct section section;
	struct volume *volume;
	struct bytes body;
	struct file file;

	(void)state;
	assert_null(EDIT(&image, "add", VOLUME, "driver", FIRST, "Clock", write_data("12345", 5)));
	assert_null(EDIT(&image, "replace", "Clock", "pe32", write_data("123456789", 9)));
	assert_null(image_file(&image, "Clock", &volume, &file));
	body = file_body(volume, &file);
	assert_true(section_find(body, SECTION_PE32, &section));
	assert_int_equal(section.size - section.header, 9);
	assert_memory_equal(body.at + section.at + section.header, "123456789", 9);
	assert_true(section_find(body, SECTION_DXE_DEPEX, &section));
	assert_memory_equal(body.at + section.at + section.header, "\x06\x08", 2);
	assert_string_equal(EDIT(&image, "replace", "Clock", "te", path),
			    "Clock: it has no section te");
}

static void a_large_section_says_its_size_in_32_bits(void **state)
{
	struct bytes stream = { NULL, 0 }, body = { arena_alloc(arena, 17 << 20), 17 << 20 };
	struct section section;

	(void)state;
	section_append(arena, &stream, SECTION_RAW, (struct bytes){ (uint8_t *)"abc", 3 });
	section_append(arena, &stream, SECTION_PE32, body);
	assert_true(section_find(stream, SECTION_PE32, &section));
	assert_int_equal(section.at, 8);
	assert_int_equal(section.header, 8);
	assert_int_equal(section.size, (17 << 20) + 8);
}

/* A volume, or two, in a file of another one, packed as the GUID says. */
static struct bytes packed_volumes(const char *packing_name, size_t outer_size, const char *second)
{
	struct guid packing_guid = guid_of(packing_name), file_name = guid_of(FIRST);
	struct bytes inside = { NULL, 0 }, stream = { NULL, 0 }, packed,
		     bytes = empty(outer_size, VOLUME);
	struct section section = { 0 };
	const struct packing *packing;
	struct image image;
	uint8_t header[24] = { 0 }, *data;
	size_t at;

	section_append(arena, &inside, SECTION_VOLUME, empty(INNER_SIZE, INNER));
	if (second)
		section_append(arena, &inside, SECTION_VOLUME, empty(INNER_SIZE, second));
	memcpy(header, packing_guid.bytes, GUID_SIZE);
	put16(header + GUID_SIZE, 24);
	put16(header + GUID_SIZE + 2, 1);
	section_append(arena, &stream, SECTION_GUIDED, (struct bytes){ header, 20 });
	assert_true(section_next(stream, &section));
	packing = packing_find(stream, &section, &at);
	assert_non_null(packing);
	assert_null(packing->pack(arena, inside, &packed));
	data = arena_alloc(arena, 20 + packed.n);
	memcpy(data, header, 20);
	memcpy(data + 20, packed.at, packed.n);
	stream = (struct bytes){ NULL, 0 };
	section_append(arena, &stream, SECTION_GUIDED, (struct bytes){ data, 20 + packed.n });
	image = open_bytes(bytes);
	assert_true(volume_add(image.volumes,
			       file_make(arena, FILE_VOLUME_IMAGE, 0, &file_name, stream)));
	return bytes;
}

static struct bytes packed_volume(const char *packing_name, size_t outer_size)
{
	return packed_volumes(packing_name, outer_size, NULL);
}

#define LZMA  "EE4E5898-3914-4259-9D6E-DC7BD79403CF"
#define CRC32 "FC1BCDB0-7D31-49AA-936A-A4600D9DD083"

static void change_packed(struct bytes bytes)
{
	struct image image = open_bytes(bytes), again;
	char data[3000];

	for (size_t i = 0; i < sizeof data; i++)
		data[i] = (char)(i * i * 7 >> 3);
	assert_null(EDIT(&image, "add", INNER, "freeform", SECOND, "Table",
			 write_data(data, sizeof data)));
	assert_null(image_seal(&image));
	again = open_bytes(bytes);
	assert_int_equal(where(&again, INNER "/Table"), where(&image, SECOND));
	assert_true(volume_is_sound(again.volumes));
}

static void a_packed_volume_is_changed(void **state)
{
	struct bytes bytes = packed_volume(LZMA, 8192);
	struct image image = open_bytes(bytes);

	(void)state;
	change_packed(bytes);
	/* EDK II's decoder takes the size from here: a section's header and the volume. */
	assert_int_equal(get64(bytes.at + where(&image, FIRST) + HEADER + 24 + 5), INNER_SIZE + 4);
	change_packed(packed_volume(CRC32, 20480));
}

static void a_dictionary_that_no_content_needs_is_refused(void **state)
{
	struct bytes bytes = packed_volume(LZMA, 8192);
	struct image image = open_bytes(bytes);
	const char *why;

	(void)state;
	put32(bytes.at + where(&image, FIRST) + HEADER + 24 + 1, UINT32_MAX);
	why = image_open(&image, arena, bytes);
	assert_non_null(why);
	assert_non_null(strstr(why, "dictionary"));
}

static void what_packed_takes_more_room_is_refused(void **state)
{
	struct image image = open_bytes(packed_volume(LZMA, 8192));
	size_t n = 10000;
	uint8_t *data = arena_alloc(arena, n);
	uint32_t random = 1;
	const char *why;

	(void)state;
	for (size_t i = 0; i < n; i++)
		data[i] = (uint8_t)((random = random * 1664525 + 1013904223) >> 24);
	assert_null(EDIT(&image, "add", INNER, "raw", SECOND, "noise", write_data(data, n)));
	why = image_seal(&image);
	assert_non_null(why);
	assert_non_null(strstr(why, "bytes, and so much is not free"));
}

static void drivers_move_to_another_volume(void **state)
{
	struct bytes bytes = { arena_alloc(arena, 16384), 16384 };
	struct image image;

	(void)state;
	memcpy(bytes.at, empty(8192, VOLUME).at, 8192);
	memcpy(bytes.at + 8192, empty(8192, INNER).at, 8192);
	image = open_bytes(bytes);
	/* The alignment makes a pad file behind the first. */
	assert_true(volume_add(image.volumes, file_of(FIRST, FILE_FREEFORM, 0, 100)));
	assert_true(volume_add(image.volumes, file_of(SECOND, FILE_DRIVER, 0x18, 100)));
	assert_true(volume_add(image.volumes, file_of(THIRD, FILE_DXE_CORE, 0, 100)));
	assert_null(EDIT(&image, "move", VOLUME, INNER));
	assert_null(EDIT(&image, "remove", INNER "/" FIRST));
	assert_null(EDIT(&image, "remove", INNER "/" SECOND));
	assert_null(EDIT(&image, "remove", VOLUME "/" THIRD));

	assert_true(volume_add(image.volumes, file_of(FIRST, FILE_DRIVER, 0, 5000)));
	assert_true(volume_add(image.volumes->next, file_of(SECOND, FILE_RAW, 0, 5000)));
	assert_string_equal(EDIT(&image, "move", VOLUME, INNER),
			    INNER ": not enough room for what is in " VOLUME);
	assert_non_null(EDIT(&image, "move", VOLUME, VOLUME));
}

static void what_is_packed_is_cut(void **state)
{
	struct bytes bytes = packed_volumes(LZMA, 8192, SECOND);
	struct image image = open_bytes(bytes);
	struct volume *inner;

	(void)state;
	assert_null(EDIT(&image, "add", INNER, "raw", FIRST, "", write_data("abc", 3)));
	assert_null(EDIT(&image, "add", SECOND, "raw", THIRD, "", write_data("def", 3)));
	assert_null(EDIT(&image, "cut", INNER));
	assert_null(EDIT(&image, "cut", SECOND));
	assert_null(image_seal(&image));
	image = open_bytes(bytes);
	where(&image, SECOND "/" THIRD);
	for (inner = image.volumes->next; inner; inner = inner->next) {
		assert_int_equal(inner->n, 4096);
		assert_true(volume_is_sound(inner));
	}
	assert_int_equal(get64(bytes.at + where(&image, VOLUME "/" FIRST) + HEADER + 24 + 5),
			 2 * (4096 + 4));
	assert_non_null(EDIT(&image, "cut", INNER));
	assert_string_equal(EDIT(&image, "cut", VOLUME),
			    VOLUME ": it does not lie packed by itself, or has no room");
}

static void damage_is_seen(void **state)
{
	struct bytes bytes = empty(8192, VOLUME);
	struct image image = open_bytes(bytes);
	struct volume volume;

	(void)state;
	assert_true(volume_add(image.volumes, file_of(FIRST, FILE_RAW, 0, 100)));
	bytes.at[where(&image, FIRST) + 200] = 0;
	assert_false(volume_is_sound(image.volumes));
	assert_non_null(strstr(EDIT(&image, "remove", FIRST), "is damaged"));
	bytes.at[where(&image, FIRST) + 200] = 0xff;
	bytes.at[where(&image, FIRST) + 20]++;
	assert_string_equal(EDIT(&image, "remove", FIRST), FIRST ": no such file");
	assert_false(volume_is_sound(image.volumes));

	assert_false(volume_parse(&volume, (struct bytes){ bytes.at, bytes.n - 1 }));
	bytes.at[0]++;
	assert_false(volume_parse(&volume, bytes));
}

static void a_wrong_checksum_is_damage(void **state)
{
	struct bytes bytes = empty(8192, VOLUME);
	struct image image = open_bytes(bytes);
	struct bytes file = file_of(FIRST, FILE_RAW, 0x40, 100); /* its body has a checksum */
	uint8_t *at;

	(void)state;
	assert_true(volume_add(image.volumes, file));
	assert_true(volume_is_sound(image.volumes));
	at = bytes.at + where(&image, FIRST);
	at[HEADER + 50] ^= 1;
	assert_false(volume_is_sound(image.volumes));
	assert_non_null(strstr(EDIT(&image, "remove", FIRST), "is damaged"));
	write_data(at, file.n);
	at[HEADER + 50] ^= 1;
	assert_non_null(
		strstr(EDIT(&image, "add", VOLUME, path), "not a file of a firmware volume"));
	assert_null(EDIT(&image, "remove", FIRST));

	/* PI 3, 3.2.3: the value of a body that has none */
	assert_true(volume_add(image.volumes, file_of(SECOND, FILE_RAW, 0, 100)));
	bytes.at[where(&image, SECOND) + 17] = 0;
	assert_false(volume_is_sound(image.volumes));
}

/* An edit of what was in a file that is gone, or has become another one, must not find it. */
static void what_was_in_a_file_goes_with_it(void **state)
{
	struct image image = open_bytes(packed_volume(LZMA, 20480));

	(void)state;
	assert_null(EDIT(&image, "remove", FIRST));
	assert_string_equal(EDIT(&image, "add", INNER, "raw", SECOND, "", write_data("abc", 3)),
			    INNER ": no such volume");
	assert_null(image_seal(&image));

	image = open_bytes(packed_volume(LZMA, 20480));
	assert_null(EDIT(&image, "add", INNER, "raw", SECOND, "", write_data("abc", 3)));
	assert_string_equal(EDIT(&image, "remove", FIRST), FIRST
			    ": what is packed in it has just been changed: that is another edit");
	assert_string_equal(EDIT(&image, "replace", FIRST, "guided", path), FIRST
			    ": what is packed in it has just been changed: that is another edit");
	assert_null(EDIT(&image, "remove", SECOND));
}

static void a_program_that_runs_in_place_does_not_move_in_its_file(void **state)
{
	struct image image = open_bytes(empty(8192, VOLUME));

	(void)state;
	assert_null(EDIT(&image, "add", VOLUME, "peim", FIRST, "Early", write_data("12345", 5)));
	assert_string_equal(EDIT(&image, "replace", FIRST, "pei-depex", write_data("\x06\x08", 2)),
			    FIRST ": its program runs where it lies, and would move");
	assert_null(EDIT(&image, "replace", FIRST, "pe32", write_data("123456789", 9)));
	assert_null(EDIT(&image, "add", VOLUME, "driver", SECOND, "Late", path));
	assert_null(EDIT(&image, "replace", SECOND, "depex", write_data("123456789", 9)));
}

static void a_name_of_two_is_refused(void **state)
{
	struct bytes bytes = { arena_alloc(arena, 16384), 16384 };
	struct image image;

	(void)state;
	memcpy(bytes.at, empty(8192, VOLUME).at, 8192);
	memcpy(bytes.at + 8192, empty(8192, INNER).at, 8192);
	image = open_bytes(bytes);
	assert_true(volume_add(image.volumes, file_of(FIRST, FILE_RAW, 0, 8)));
	assert_true(volume_add(image.volumes->next, file_of(FIRST, FILE_RAW, 0, 9)));
	assert_string_equal(EDIT(&image, "remove", FIRST), FIRST ": two files have this name");
	assert_null(EDIT(&image, "remove", "0x2000/" FIRST));
	assert_null(EDIT(&image, "remove", VOLUME "/" FIRST));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(guids_are_read_as_written),
		TEST(a_file_is_put_behind_the_last),
		TEST(what_goes_leaves_the_others_in_place),
		TEST(the_end_becomes_empty_flash),
		TEST(a_body_is_aligned_as_its_header_asks),
		TEST(what_does_not_fit_is_refused),
		TEST(a_gap_too_small_for_a_pad_file_is_not_made),
		TEST(what_runs_in_place_keeps_its_address),
		TEST(drivers_that_are_not_named_go),
		TEST(a_peim_waits_for_memory),
		TEST(a_section_is_replaced_between_others),
		TEST(a_large_section_says_its_size_in_32_bits),
		TEST(a_packed_volume_is_changed),
		TEST(a_dictionary_that_no_content_needs_is_refused),
		TEST(what_packed_takes_more_room_is_refused),
		TEST(drivers_move_to_another_volume),
		TEST(what_is_packed_is_cut),
		TEST(damage_is_seen),
		TEST(a_wrong_checksum_is_damage),
		TEST(what_was_in_a_file_goes_with_it),
		TEST(a_program_that_runs_in_place_does_not_move_in_its_file),
		TEST(a_name_of_two_is_refused),
	};
	int failed, fd = mkstemp(path);

	if (fd < 0)
		return 1;
	close(fd);
	failed = cmocka_run_group_tests_name("firmware volumes", tests, NULL, NULL);
	unlink(path);
	return failed;
}
