/* The commands of one GRUB entry, as a person reads and changes them. */
#include "reading.h"

#include "config/script.h"

#define CFG "/boot/grub/grub.cfg"

/* The commands of entry @index as a person gets them, and what @text in their place makes of it. */
static const char *run_script(size_t index, const char *text, struct entry **entry, struct script *script)
{
	static const struct memory_file files[] = {
		FILE_OF(CFG, "x=1\nfunction f { g; }\n"
			     "menuentry A {\n\n\tf\n#!\n\tif true; then\n\t\tlinux /k $x\n\tfi\n\t}\n"
			     "submenu S {\n  menuentry 'B $x' { linux /k b; }\n}\n"
			     "menuentry C { reboot; }\n"
			     "menuentry D { configfile /d.cfg; }\n"),
		FILE_OF("/d.cfg", "menuentry E { linux /k e; }\n"),
		NO_MORE_FILES,
	};
	struct reading_options options = { .platform = "pc", .any_file = true };
	struct volumes volumes;
	const char *why = NULL;
	struct config *config;
	int error;

	volumes_init(&volumes, arena, volume_open_memory(arena, files, &disk));
	config = readers_read(arena, &volumes, &options, CFG, &error);
	assert_non_null(config);
	*script = script_of(config, entry_at(config, index), NULL);
	assert_null(script_read(arena, &volumes, &options, script));
	script->text = text;
	*entry = text ? script_run(arena, &volumes, &options, script, &why) : NULL;
	assert_true(!text || !*entry == !!why);
	return why;
}

static void runs_commands_of_a_person(void **state)
{
	struct script script;
	struct entry *entry;
	const char *why;

	(void)state;
	why = run_script(0, "f\nlinux /other $x y=$chosen\ninitrd /i\n", &entry, &script);
	assert_null(why);
	assert_linux(entry, "A", "/other", "/i", "1 y=A");
	why = run_script(1, "linux /k2; initrd /1$x", &entry, &script);
	assert_null(why);
	assert_linux(entry, "B $x", "/k2", "/1", "");
	assert_int_equal(entry->path.n, 1);
	why = run_script(2, "linux /k $x", &entry, &script);
	assert_null(why);
	assert_linux(entry, "C", "/k", "", "1");
}

static void shows_commands_to_a_person(void **state)
{
	struct script script;
	struct entry *entry;

	(void)state;
	run_script(0, NULL, &entry, &script);
	assert_string_equal(script.own, "f\n\nif true; then\n  linux /k $x\nfi");
	assert_int_equal(script.own_line, 5);
	run_script(1, NULL, &entry, &script);
	assert_string_equal(script.own, "linux /k b;");
	assert_int_equal(script.own_line, 12);
}

static void asks_for_commands_that_changed(void **state)
{
	static const struct memory_file files[] = { FILE_OF(CFG, "menuentry A { linux /k; }\n"),
						    NO_MORE_FILES };
	struct reading_options options = { .platform = "pc", .any_file = true };
	struct script script = { .file = CFG, .title = "B", .line = 1 };
	struct volumes volumes;

	(void)state;
	volumes_init(&volumes, arena, volume_open_memory(arena, files, &disk));
	assert_non_null(strstr(script_read(arena, &volumes, &options, &script), "has changed"));
	script.title = "A";
	assert_null(script_read(arena, &volumes, &options, &script));
	script.file = "/gone.cfg";
	assert_non_null(strstr(script_read(arena, &volumes, &options, &script), "No such file"));
}

static void tells_where_commands_are_wrong(void **state)
{
	struct script script;
	struct entry *entry;

	(void)state;
	assert_string_equal(run_script(0, "f\nlinux /k\nintrd /i", &entry, &script),
			    CFG ":7: unknown command \"intrd\"");
	assert_non_null(strstr(run_script(1, "if true; then\nlinux /k", &entry, &script), CFG ":13: "));
	assert_string_equal(run_script(2, "true", &entry, &script), "its commands load nothing");
	assert_non_null(strstr(run_script(0, "while true; do f; done", &entry, &script), "endless"));
	assert_string_equal(run_script(4, "configfile " CFG, &entry, &script),
			    "its commands go back to a menu that is open, and boot nothing");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		READER_TEST(runs_commands_of_a_person),
		READER_TEST(shows_commands_to_a_person),
		READER_TEST(asks_for_commands_that_changed),
		READER_TEST(tells_where_commands_are_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
