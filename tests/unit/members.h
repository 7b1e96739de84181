/* For the tests of what is on the members of software RAID and LVM. */
#ifndef UNIT_MEMBERS_H
#define UNIT_MEMBERS_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/arena.h"

#define MIB ((uint64_t)1024 * 1024)

static struct arena *arena;

static int make_arena(void **state)
{
	(void)state;
	arena = arena_new(64 * MIB);
	return arena ? 0 : -1;
}

static int drop_arena(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static void put(unsigned char *at, uint64_t value, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		at[i] = (unsigned char)(value >> (8 * i));
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, make_arena, drop_arena)

#endif
