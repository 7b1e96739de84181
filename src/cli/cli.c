#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/confirm.h"
#include "cli/doctor.h"
#include "cli/engine.h"
#include "cli/install.h"
#include "cli/load.h"
#include "cli/log.h"
#include "cli/settings.h"
#include "cli/menu.h"
#include "kexec/way.h"

#define MEMORY ((size_t)1 << 30)

static int run_list(struct engine *engine, int argc, char **argv)
{
	if (argc) {
		fprintf(stderr, "baton: list takes no argument: %s\n", argv[0]);
		return 2;
	}
	if (engine_run(engine))
		return 1;
	engine_list(engine);
	return 0;
}

/* The entry that the arguments of a verb name; NULL after a message and with *@status set. */
static struct entry *find_entry(struct engine *engine, const char *verb, int argc, char **argv,
				struct view_device **device, int *status)
{
	struct entry *entry;

	*status = 2;
	if (argc != 1) {
		fprintf(stderr, "baton: %s takes one entry's id (see baton list)\n", verb);
		return NULL;
	}
	*status = 1;
	if (engine_run(engine))
		return NULL;
	entry = view_find(&engine->view, argv[0], device);
	if (!entry)
		fprintf(stderr, "baton: no entry has the id %s (see baton list)\n", argv[0]);
	return entry;
}

static int run_show(struct engine *engine, int argc, char **argv)
{
	struct view_device *device;
	int status;
	struct entry *entry = find_entry(engine, "show", argc, argv, &device, &status);

	if (!entry)
		return status;
	engine_show(engine, entry, device);
	if (entry_is_bootable(entry))
		printf("%-11s %s\n", "loaded by",
		       kexec_way(engine->arena, entry->kind == ENTRY_LINUX));
	return 0;
}

static int run_load(struct engine *engine, int argc, char **argv)
{
	struct view_device *device;
	int status;
	struct entry *entry = find_entry(engine, "load", argc, argv, &device, &status);

	const char *why;

	if (!entry)
		return status;
	why = load_entry(engine, entry, device);
	if (why) {
		fprintf(stderr, "baton: it is not loaded: %s\n", why);
		return 1;
	}
	puts("It is loaded: \"systemctl kexec\" ends this system and starts it.");
	return 0;
}

static int run_menu(struct engine *engine, int argc, char **argv)
{
	if (!argc)
		return menu_on_system(engine);
	fprintf(stderr, "baton: menu takes no argument: %s\n", argv[0]);
	return 2;
}

static int run_doctor(struct engine *engine, int argc, char **argv)
{
	if (argc) {
		fprintf(stderr, "baton: doctor takes no argument: %s\n", argv[0]);
		return 2;
	}
	return doctor_run(engine->arena, engine->json);
}

static int run_settings(struct engine *engine, int argc, char **argv)
{
	return settings_run(engine, argc, argv);
}

static int run_log(struct engine *engine, int argc, char **argv)
{
	(void)argv;
	if (!argc && engine->last_boot)
		return log_last_boot(engine->arena);
	fputs("usage: baton log --last-boot\n", stderr);
	return 2;
}

static int run_confirm(struct engine *engine, int argc, char **argv)
{
	if (argc <= 1)
		return confirm_run(engine, argv[0]);
	fputs("usage: baton confirm [ID]\n", stderr);
	return 2;
}

/* Where the system's files are; with --root, as a whole path. */
static const char *install_root(const struct engine *engine)
{
	char *path = engine->roots.n ? realpath(engine->roots.at[0].path, NULL) : NULL;
	const char *root = engine->roots.n ? engine->roots.at[0].path : "";

	if (path)
		root = arena_string(engine->arena, path);
	free(path);
	return root;
}

static int run_install(struct engine *engine, int argc, char **argv)
{
	if (argc == 1)
		return install_run(engine->arena, install_root(engine), argv[0]);
	fputs("baton: install takes the EFI program, BOOTX64.EFI of the image\n", stderr);
	return 2;
}

static int run_uninstall(struct engine *engine, int argc, char **argv)
{
	if (!argc)
		return install_undo(engine->arena, install_root(engine));
	fprintf(stderr, "baton: uninstall takes no argument: %s\n", argv[0]);
	return 2;
}

/* Without --root, the files are named as the shell sees them. */
static int run_check(struct engine *engine, int argc, char **argv)
{
	bool here = engine->roots.n == 0;
	int status = argc ? 0 : 2;

	if (!argc)
		fputs("baton: check takes the configuration files to check\n", stderr);
	for (int i = 0; i < argc; i++) {
		char *path = here ? realpath(argv[i], NULL) : NULL;

		if (here && !path) {
			perror(argv[i]);
			status = 1;
			continue;
		}
		engine->config = path_join(engine->arena, "/", here ? path : argv[i]);
		if (engine_run(engine) || engine_print_problems(engine))
			status = 1;
		free(path);
	}
	return status;
}

static const struct verb {
	const char *name, *arguments, *text;
	int (*run)(struct engine *engine, int argc, char **argv);
} verbs[] = {
	{ "list", "", "what could be booted, and what is the default", run_list },
	{ "show", "ID", "all about one entry", run_show },
	{ "load", "ID", "load an entry's kernel, for the next restart by kexec", run_load },
	{ "menu", "", "the boot menu, in this terminal; it asks before it ends this system", run_menu },
	{ "doctor", "", "whether this machine can hand over to another kernel, and how well",
	  run_doctor },
	{ "settings", "…", "what baton keeps: [get [NAME] | set NAME VALUE | reset [NAME]]",
	  run_settings },
	{ "confirm", "[ID]", "this system (or this entry) is good: its starts count no more",
	  run_confirm },
	{ "log", "--last-boot", "what baton did when it booted this system", run_log },
	{ "install", "FILE", "put baton's EFI program on this server's ESP, as the first boot entry",
	  run_install },
	{ "uninstall", "", "take that away again", run_uninstall },
	{ "check", "FILE…", "every problem in a configuration, as file:line:column", run_check },
};

static int usage(FILE *out)
{
	fputs("usage: baton VERB [--root DIR|DEVICE|IMAGE]… [OPTION]… [ARGUMENT]…\n", out);
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		fprintf(out, "  %-6s %-7s %s\n", verbs[i].name, verbs[i].arguments, verbs[i].text);
	return out == stdout ? 0 : 2;
}

static int run_verb(const struct verb *verb, struct arena *arena, int argc, char **argv)
{
	struct engine engine = { .arena = arena };
	jmp_buf exhausted;
	int first;

	if (setjmp(exhausted)) {
		fputs("baton: out of memory\n", stderr);
		return 1;
	}
	arena_guard(arena, &exhausted);
	first = engine_options(&engine, argc, argv);
	if (first < 0)
		return 2;
	return verb->run(&engine, argc - first, argv + first);
}

int cli_main(int argc, char **argv)
{
	if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0)
		return usage(argc < 2 ? stderr : stdout);
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (strcmp(argv[1], verbs[i].name) == 0) {
			struct arena *arena = arena_new(MEMORY);
			int status;

			if (!arena)
				return 1;
			status = run_verb(&verbs[i], arena, argc - 1, argv + 1);
			arena_free(arena);
			return status;
		}
	fprintf(stderr, "baton: there is no verb %s\n", argv[1]);
	return usage(stderr);
}
