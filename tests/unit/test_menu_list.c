/* The rows of the menu: grouping, submenus, the selection when things change. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "menus/list.h"

struct fixture {
	struct arena *arena;
	struct view view;
	struct view_device devices[2];
	struct list list;
	char drawn[1024];
};

/* "title" or "submenu>title" or "submenu>inner>title" */
static void add_entry(struct fixture *f, struct config *config, const char *path)
{
	char *copy = arena_string(f->arena, path), *next;
	struct entry *entry = config_add(f->arena, config, "");

	for (; (next = strchr(copy, '>')); copy = next + 1) {
		*next = '\0';
		vec_push(f->arena, &entry->path) = copy;
	}
	entry->title = copy;
	entry->id = arena_print(f->arena, "id-%s", copy);
}

static int setup(void **state)
{
	static const char *const first[] = { "a", "S>b", "S>T>c", "S>T>d", "S>e", "f", NULL };
	struct fixture *f = calloc(1, sizeof *f);
	struct config *config;

	f->arena = arena_new(1 << 20);
	config = config_new(f->arena, "grub", "/grub.cfg");
	for (size_t i = 0; first[i]; i++)
		add_entry(f, config, first[i]);
	vec_push(f->arena, &f->devices[0].configs) = config;
	config = config_new(f->arena, "bls", "/loader");
	add_entry(f, config, "g");
	vec_push(f->arena, &f->devices[1].configs) = config;
	f->devices[0].identity.name = "sda1";
	f->devices[1].identity.name = "sdb1";
	f->devices[0].state = f->devices[1].state = PROBE_DONE;
	f->devices[0].next = &f->devices[1];
	f->view.devices = f->devices;
	assert_int_equal(list_open(&f->list, NULL), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	list_close(&f->list);
	arena_free(f->arena);
	free(f);
	return 0;
}

/* All rows in one string: # a heading, + and - submenus, ! notes, [ ] around the selection. */
static const char *rows(struct fixture *f)
{
	char *at = strcpy(f->drawn, "");

	assert_int_equal(list_build(&f->list, &f->view), 0);
	for (size_t i = 0; i < f->list.rows.n; i++) {
		const struct row *row = &f->list.rows.at[i];
		const char *mark = row->kind == ROW_HEADING   ? "#"
				   : row->kind == ROW_NOTE    ? "!"
				   : row->kind == ROW_SUBMENU ? row->open ? "-" : "+"
							      : "";

		if (row->kind == ROW_BLANK)
			continue;
		at += sprintf(at, i == f->list.selected ? "[%s%s]" : "%s%s ", mark,
			      row->text ? row->text : "");
	}
	return f->drawn;
}

static void test_submenus_are_closed(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(rows(f), "# [a]+S f # g ");
	assert_int_equal(f->list.entries, 7);
}

static void test_the_default_is_visible_and_selected(void **state)
{
	struct fixture *f = *state;

	f->view.status.default_id = "id-d";
	assert_string_equal(rows(f), "# a -S b -T c [d]e f # g ");
	list_parent(&f->list);
	list_fold(&f->list, false);
	assert_string_equal(rows(f), "# a -S b [+T]e f # g ");
}

static void test_folds_stay_when_the_view_changes(void **state)
{
	struct fixture *f = *state;

	rows(f);
	list_move(&f->list, 1);
	list_fold(&f->list, true);
	assert_string_equal(rows(f), "# a [-S]b +T e f # g ");
	list_move(&f->list, 2);
	list_fold(&f->list, true);
	assert_string_equal(rows(f), "# a -S b [-T]c d e f # g ");
	f->view.devices = &f->devices[1];
	assert_string_equal(rows(f), "# [g]");
	f->view.devices = f->devices;
	assert_string_equal(rows(f), "# a -S b -T c d e f # [g]");
}

static void test_moving_stops_at_the_ends(void **state)
{
	struct fixture *f = *state;

	rows(f);
	list_move(&f->list, -5);
	assert_string_equal(rows(f), "# [a]+S f # g ");
	list_move(&f->list, 2);
	assert_string_equal(rows(f), "# a +S [f]# g ");
	list_move(&f->list, 100);
	assert_string_equal(rows(f), "# a +S f # [g]");
	list_move(&f->list, -1000);
	assert_string_equal(rows(f), "# [a]+S f # g ");
}

static void test_a_person_outranks_the_default(void **state)
{
	struct fixture *f = *state;

	rows(f);
	list_move(&f->list, 2);
	f->view.status.default_id = "id-g";
	assert_string_equal(rows(f), "# a +S [f]# g ");
}

static void test_search_shows_all_that_match(void **state)
{
	struct fixture *f = *state;

	f->list.search = "t";
	assert_string_equal(rows(f), "# [c]d "); /* by the submenu around them */
	f->list.search = "SDB";
	assert_string_equal(rows(f), "# [g]"); /* by the disk */
	f->list.search = "nothing";
	assert_string_equal(rows(f), "");
	assert_null(list_row(&f->list));
	list_move(&f->list, 1);
	list_fold(&f->list, true);
	assert_false(list_parent(&f->list));
}

static void test_what_can_not_be_read_says_why(void **state)
{
	struct fixture *f = *state;

	f->devices[0].configs.n = 0;
	f->devices[0].state = PROBE_FAILED;
	f->devices[0].note = "why";
	config_problem(f->arena, f->devices[1].configs.at[0], "/loader", 3, 1, "bad");
	assert_string_equal(rows(f), "# !why # [g]!/loader:3: bad ");
	f->devices[1].configs.at[0]->entries.at[0]->hidden = true;
	assert_string_equal(rows(f), "# !why # !/loader:3: bad ");
	assert_null(list_row(&f->list));
}

static void test_scrolling_keeps_the_selection_in_sight(void **state)
{
	struct fixture *f = *state;

	rows(f);
	for (size_t height = 1; height < 10; height++)
		for (int i = 0; i < 10; i++) {
			list_move(&f->list, i < 5 ? 1 : -1);
			list_scroll(&f->list, height);
			assert_true(f->list.top <= f->list.selected || f->list.top == 0);
			assert_true(f->list.selected < f->list.top + height);
		}
	assert_int_equal(f->list.top, 0); /* the first entry shows its heading, too */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_submenus_are_closed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_the_default_is_visible_and_selected, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_folds_stay_when_the_view_changes, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_moving_stops_at_the_ends, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_person_outranks_the_default, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_search_shows_all_that_match, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_can_not_be_read_says_why, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_scrolling_keeps_the_selection_in_sight, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
