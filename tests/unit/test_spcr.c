/* The firmware's serial console, as ACPI's table names it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "boot/spcr.h"

enum { TYPE = 36, SPACE = 40, ADDRESS = 44, BAUD = 58, PRECISE = 80, SIZE = 100 };

/* COM2 at 57600, in revision @revision. */
static uint8_t *table(uint8_t revision, uint32_t length)
{
	static uint8_t bytes[SIZE];

	memset(bytes, 0, sizeof bytes);
	memcpy(bytes, "SPCR", 4);
	put32(bytes + 4, length);
	bytes[8] = revision;
	bytes[SPACE] = 1;
	put64(bytes + ADDRESS, 0x2f8);
	bytes[BAUD] = 6;
	return bytes;
}

static bool parse(uint8_t *bytes, size_t n, struct spcr *spcr)
{
	uint8_t sum = 0;

	bytes[9] = 0;
	for (uint32_t i = 0; i < get32(bytes + 4) && i < SIZE; i++)
		sum += bytes[i];
	bytes[9] = (uint8_t)-sum;
	return spcr_parse(bytes, n, spcr);
}

static void test_port(void **state)
{
	struct spcr spcr;
	uint8_t *bytes = table(2, 80);

	(void)state;
	assert_true(parse(bytes, 80, &spcr));
	assert_true(spcr.is_io);
	assert_int_equal(spcr.address, 0x2f8);
	assert_int_equal(spcr.baud, 57600);
	bytes[SPACE] = 0;
	put64(bytes + ADDRESS, 0xfedc9000fedc);
	assert_true(parse(bytes, SIZE, &spcr)); /* what stands behind it does not count */
	assert_false(spcr.is_io);
	assert_int_equal(spcr.address, 0xfedc9000fedc);
}

static void test_baud(void **state)
{
	static const struct {
		uint8_t revision, code;
		uint32_t precise;
		unsigned baud;
		speed_t speed;
	} cases[] = {
		{ 1, 3, 0, 9600, B9600 },	{ 2, 4, 0, 19200, B19200 },
		{ 2, 7, 0, 115200, B115200 },	{ 2, 0, 0, 0, B115200 },
		{ 2, 5, 0, 0, B115200 },	{ 2, 200, 0, 0, B115200 },
		{ 2, 7, 460800, 115200, B115200 }, { 4, 0, 460800, 460800, B460800 },
		{ 4, 7, 0, 115200, B115200 },	{ 4, 7, 12345, 12345, B115200 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		uint8_t *bytes = table(cases[i].revision, 90);
		struct spcr spcr;

		bytes[BAUD] = cases[i].code;
		put32(bytes + PRECISE, cases[i].precise);
		assert_true(parse(bytes, 90, &spcr));
		assert_int_equal(spcr.baud, cases[i].baud);
		assert_int_equal(spcr_speed(spcr.baud), cases[i].speed);
	}
}

static void test_type(void **state)
{
	static const struct {
		uint8_t revision, type;
		bool known;
	} cases[] = {
		{ 1, 0, true }, { 1, 1, true },	    { 1, 0x12, false }, { 2, 0, true },
		{ 2, 1, true }, { 2, 0x12, true },  { 4, 0x12, true },	{ 2, 3, false }, /* PL011 */
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		uint8_t *bytes = table(cases[i].revision, 80);
		struct spcr spcr;

		bytes[TYPE] = cases[i].type;
		assert_int_equal(parse(bytes, 80, &spcr), cases[i].known);
	}
}

static void test_nonsense(void **state)
{
	struct spcr spcr;
	uint8_t *bytes = table(2, 80);

	(void)state;
	assert_true(parse(bytes, 80, &spcr));
	for (size_t n = 0; n < 80; n++)
		assert_false(spcr_parse(bytes, n, &spcr));
	bytes[60]++; /* the checksum */
	assert_false(spcr_parse(bytes, 80, &spcr));
	assert_false(parse(table(2, 79), SIZE, &spcr));
	assert_false(parse(table(2, UINT32_MAX), SIZE, &spcr));
	bytes = table(2, 80);
	*bytes = 'X';
	assert_false(parse(bytes, 80, &spcr));
	bytes = table(2, 80);
	bytes[SPACE] = 2; /* PCI's configuration space */
	assert_false(parse(bytes, 80, &spcr));
	bytes = table(2, 80);
	put64(bytes + ADDRESS, 0); /* redirection is off */
	assert_false(parse(bytes, 80, &spcr));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_port),
		cmocka_unit_test(test_baud),
		cmocka_unit_test(test_type),
		cmocka_unit_test(test_nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
