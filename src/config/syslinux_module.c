/*
 * SYSLINUX's COM32 modules, as far as they have a meaning without SYSLINUX.
 *
 * Follows mboot.txt and chain.txt of SYSLINUX 6.04, and the usage notes of the other modules.
 */
#include "config/syslinux.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "config/value.h"

#define REDIRECTS_MOST 256 /* ifcpu64.c32 and such that are looked through in one config */

/* @command: .kernel is the module's name, .args are its own; .initrd is INITRD's */
typedef void module_fn(struct syslinux *s, struct entry *entry,
		       const struct syslinux_command *command);

/* mboot.txt: "kernel args --- module args --- module args"; file names are part of the arguments.
 */
static void run_mboot(struct syslinux *s, struct entry *entry,
		      const struct syslinux_command *command)
{
	const char *cursor = command->args, *word;
	struct text line = TEXT(s->arena);
	struct file_ref *part = &entry->kernel;

	entry->kind = ENTRY_MULTIBOOT;
	entry->version = 1;
	for (;;) {
		word = value_word(s->arena, &cursor);
		if (!word || strcmp(word, "---") == 0) {
			if (part == &entry->kernel)
				entry->cmdline = text_end(&line);
			else
				part->args = text_end(&line);
			if (!word)
				break;
			line = (struct text)TEXT(s->arena);
			part = &vec_push(s->arena, &entry->initrds);
			continue;
		}
		if (part == &entry->kernel && !part->path && word[0] == '-')
			continue; /* an option of mboot.c32 itself: -solo, -aout */
		if (!part->path) {
			part->path = syslinux_file(s, entry, "file", word);
			if (part == &entry->kernel) {
				entry->boot_image = word;
				continue;
			}
		}
		text_print(&line, "%s%s", line.n ? " " : "", word);
	}
	if (!entry->kernel.path)
		entry_refuse(s->arena, entry, "mboot.c32 is not told which kernel to boot");
	for (size_t i = 0; i < entry->initrds.n; i++)
		if (!entry->initrds.at[i].path)
			entry_refuse(s->arena, entry, "mboot.c32: nothing between two \"---\"");
}

/* Of "A,B": every file; where they are packed up, FILE@NAME appears as NAME, else by its last name. */
static void add_initrds(struct syslinux *s, struct entry *entry, const char *list, bool packed)
{
	while (*list) {
		size_t n = strcspn(list, ",");
		const char *file = arena_copy(s->arena, list, n);
		const char *at = packed ? strchr(file, '@') : NULL;

		if (at)
			file = arena_copy(s->arena, file, (size_t)(at - file));
		if (*file) {
			struct file_ref *initrd = &vec_push(s->arena, &entry->initrds);

			*initrd = (struct file_ref){ .path = syslinux_file(s, entry, "initrd", file) };
			if (packed)
				initrd->name = at ? at + 1 : path_name(file);
		}
		list += n + (list[n] == ',');
	}
}

/* The initrds of every word of @args that begins with @option. */
static void add_options(struct syslinux *s, struct entry *entry, const char *args,
			const char *option, bool packed)
{
	const char *word;

	while ((word = value_word(s->arena, &args)))
		if (string_starts(word, option))
			add_initrds(s, entry, word + strlen(option), packed);
}

/* What follows @option in the last word of @args that begins with it, or NULL. */
static const char *last_option(struct syslinux *s, const char *args, const char *option)
{
	const char *word, *last = NULL;

	while ((word = value_word(s->arena, &args)))
		if (string_starts(word, option))
			last = word + strlen(option);
	return last;
}

/*
 * linux.c32 KERNEL ARGS…: as if the kernel had been named directly, but for its initrds: those of the
 * last "initrd=", be it INITRD's, then of every "initrd+=", then "initrdfile=" (com32/modules/linux.c).
 */
static void run_linux(struct syslinux *s, struct entry *entry,
		      const struct syslinux_command *command)
{
	const char *args = command->args, *initrd = command->initrd, *kernel;

	while ((kernel = value_word(s->arena, &args)) && string_same(kernel, "-dhcpinfo"))
		;
	if (!kernel) {
		entry_refuse(s->arena, entry, "linux.c32 is not told which kernel to boot");
		return;
	}
	syslinux_make_linux(s, entry,
			    (struct syslinux_command){ .kernel = kernel,
						       .args = value_rest(args) });
	entry->initrds.n = 0;
	if (!initrd)
		initrd = last_option(s, args, "initrd=");
	if (initrd)
		add_initrds(s, entry, initrd, false);
	add_options(s, entry, args, "initrd+=", false);
	add_options(s, entry, args, "initrdfile=", true);
}

static void run_chain(struct syslinux *s, struct entry *entry,
		      const struct syslinux_command *command)
{
	entry->kind = ENTRY_NONE;
	entry_refuse(s->arena, entry, "%s %s starts another boot loader, which needs the firmware",
		     command->kernel, command->args);
}

static void run_reboot(struct syslinux *s, struct entry *entry,
		       const struct syslinux_command *command)
{
	(void)s, (void)command;
	entry->kind = ENTRY_REBOOT;
}

static void run_poweroff(struct syslinux *s, struct entry *entry,
			 const struct syslinux_command *command)
{
	(void)s, (void)command;
	entry->kind = ENTRY_POWEROFF;
}

/* Another command decides: boot what a label, or a kernel with arguments, would. */
static void redirect(struct syslinux *s, struct entry *entry, const char *name, const char *text)
{
	struct syslinux_label *label = syslinux_find(s, text);
	const char *word;

	if (s->redirects++ >= REDIRECTS_MOST) {
		entry->kind = ENTRY_NONE;
		entry_refuse(s->arena, entry, "%s leads in circles", name);
	} else if (label) {
		syslinux_make_label(s, entry, label, value_rest(text + strlen(label->name)));
	} else if ((word = value_word(s->arena, &text))) {
		syslinux_make(s, entry,
			      (struct syslinux_command){ SYSLINUX_KERNEL, "KERNEL", word,
							 value_rest(text), NULL });
	} else {
		entry->kind = ENTRY_NONE;
		entry_refuse(s->arena, entry, "%s is not told what to boot", name);
	}
}

/* The command that follows @option up to the next option or separator, which begin with "-". */
static const char *option_value(struct syslinux *s, const char *args, const char *option)
{
	struct text value = TEXT(s->arena);
	bool inside = false;
	const char *word;

	while ((word = value_word(s->arena, &args))) {
		if (word[0] == '-' && word[strlen(word) - 1] == '-' && word[1]) {
			if (inside)
				break;
			inside = strcmp(word, option) == 0;
		} else if (inside) {
			text_print(&value, "%s%s", value.n ? " " : "", word);
		}
	}
	return text_end(&value);
}

/* whichsys.c32 -iso- COMMAND -pxe- COMMAND -sys- COMMAND */
const char *syslinux_which_system(struct syslinux *s, const char *args)
{
	static const char *const options[] = {
		[SYSLINUX_DISK] = "-sys-",
		[SYSLINUX_ISO] = "-iso-",
		[SYSLINUX_PXE] = "-pxe-",
		[SYSLINUX_UBOOT] = "-sys-",
	};

	return option_value(s, args, options[s->variant]);
}

static void run_whichsys(struct syslinux *s, struct entry *entry,
			 const struct syslinux_command *command)
{
	redirect(s, entry, command->kernel, syslinux_which_system(s, command->args));
}

/* The words before the first "--". */
static const char *before_dashes(struct syslinux *s, const char **args)
{
	struct text text = TEXT(s->arena);
	const char *word;

	while ((word = value_word(s->arena, args)) && strcmp(word, "--") != 0)
		text_print(&text, "%s%s", text.n ? " " : "", word);
	return text_end(&text);
}

/* ifcpu64.c32 COMMAND64 [-- COMMANDPAE] -- COMMAND32: baton's processors have 64 bits. */
static void run_ifcpu64(struct syslinux *s, struct entry *entry,
			const struct syslinux_command *command)
{
	const char *args = command->args;

	redirect(s, entry, command->kernel, before_dashes(s, &args));
}

/* ifcpu.c32 OPTION… -- COMMAND -- ELSE */
static void run_ifcpu(struct syslinux *s, struct entry *entry,
		      const struct syslinux_command *command)
{
	static const char *const known[] = { "64", "pae", "debug", "dry-run", "clear" };
	const char *args = command->args, *options = before_dashes(s, &args), *word;

	while ((word = value_word(s->arena, &options))) {
		bool holds = false;

		for (size_t i = 0; i < sizeof known / sizeof *known && !holds; i++)
			holds = strcasecmp(word, known[i]) == 0;
		if (holds)
			continue;
		entry->kind = ENTRY_NONE;
		entry_refuse(s->arena, entry, "%s asks for \"%s\", which is not looked at",
			     command->kernel, word);
		return;
	}
	redirect(s, entry, command->kernel, before_dashes(s, &args));
}

/* cmd.c32 COMMAND */
static void run_cmd(struct syslinux *s, struct entry *entry,
		    const struct syslinux_command *command)
{
	redirect(s, entry, command->kernel, command->args);
}

static void run_menu(struct syslinux *s, struct entry *entry,
		     const struct syslinux_command *command)
{
	entry->kind = ENTRY_NONE;
	entry_refuse(s->arena, entry, "opens another menu (%s %s)", command->kernel,
		     command->args);
}

static const struct module {
	const char *name;
	module_fn *run;
	bool is_menu;
} modules[] = {
	{ "menu.c32", run_menu, true },          { "vesamenu.c32", run_menu, true },
	{ "gfxboot.c32", run_menu, true },       { "mboot.c32", run_mboot, false },
	{ "linux.c32", run_linux, false },       { "chain.c32", run_chain, false },
	{ "pxechn.c32", run_chain, false },      { "pxechain.com", run_chain, false },
	{ "reboot.c32", run_reboot, false },     { "poweroff.c32", run_poweroff, false },
	{ "poweroff.com", run_poweroff, false }, { "whichsys.c32", run_whichsys, false },
	{ "ifcpu64.c32", run_ifcpu64, false },   { "ifcpu.c32", run_ifcpu, false },
	{ "cmd.c32", run_cmd, false },           { NULL, NULL, false },
};

static const struct module *find_module(const char *path)
{
	for (const struct module *module = modules; module->name; module++)
		if (path_name_is(path, module->name))
			return module;
	return NULL;
}

bool syslinux_is_module(const char *path)
{
	return find_module(path) != NULL;
}

void syslinux_run_module(struct syslinux *s, struct entry *entry, struct syslinux_command command)
{
	const struct module *module;

	if (!strchr(path_name(command.kernel), '.')) /* COM32 adds it */
		command.kernel = arena_print(s->arena, "%s.c32", command.kernel);
	module = find_module(command.kernel);
	if (module) {
		module->run(s, entry, &command);
		return;
	}
	entry->kind = ENTRY_NONE;
	entry_refuse(s->arena, entry, "%s is a program for SYSLINUX itself", command.kernel);
}

bool syslinux_is_menu(struct syslinux *s, const char *command)
{
	const char *word = command ? value_word(s->arena, &command) : NULL;
	const struct module *module;

	if (!word)
		return false;
	/* "DEFAULT menu", as Cobbler has it: what is no label may lack its .c32 (get_extension() of ldlinux.c) */
	if (!strchr(path_name(word), '.') && !syslinux_find(s, word))
		word = arena_print(s->arena, "%s.c32", word);
	module = find_module(word);
	return module && module->is_menu;
}
