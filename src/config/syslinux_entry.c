/*
 * SYSLINUX and kin: what the labels boot.
 *
 * Follows syslinux.cfg(5), "Kernel-like directives", menu.txt and mboot.txt of SYSLINUX 6.04.
 */
#include "config/syslinux.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "config/value.h"

#define CONFIG_DEEPEST 8   /* CONFIG directives that lead from file to file */
#define REDIRECTS_MOST 256 /* ifcpu64.c32 and such that are looked through in one config */
#define SYSAPPEND_FSUUID 0x40000

/* What an entry boots: a label's, or that of a command such as "DEFAULT vmlinuz root=…". */
struct command {
	enum syslinux_type type;
	const char *directive, *kernel, *args, *initrd;
};

static void make_command(struct syslinux *s, struct entry *entry, struct command command);

/* Kernels --------------------------------------------------------------------------------------------- */

static const char *name_file(struct syslinux *s, struct entry *entry, const char *what,
			     const char *name)
{
	const char *path = syslinux_path(s, name);
	const char *host = strstr(name, "::"); /* PXELINUX: "HOST::FILE" */

	/* Where files may be taken for granted, those on the network are, too. */
	if (!s->reading->options->any_file && (path_is_url(path) || (host && host != name)))
		entry_refuse(s->arena, entry, "%s %s is on the network", what, name);
	return path;
}

/*
 * The initrds of the first "initrd=" among the words, which SYSLINUX both loads and leaves on the
 * command line. An INITRD directive is the same as "initrd=" behind everything else.
 */
static const char *find_initrd(struct syslinux *s, const char *args)
{
	const char *cursor = args, *word;

	while ((word = value_word(s->arena, &cursor)))
		if (string_starts(word, "initrd="))
			return word + strlen("initrd=");
	return NULL;
}

static void make_linux(struct syslinux *s, struct entry *entry, struct command command)
{
	const char *initrd = find_initrd(s, command.args);

	if (s->variant == SYSLINUX_UBOOT && command.initrd)
		initrd = command.initrd; /* README.pxe: "initrd=" counts where there is no other */
	else if (!initrd)
		initrd = command.initrd;
	entry->kind = ENTRY_LINUX;
	entry->kernel.path = name_file(s, entry, "kernel", command.kernel);
	entry->cmdline = value_squeeze(s->arena, command.args);
	if (s->variant != SYSLINUX_UBOOT)
		entry->boot_image = arena_print(s->arena, "BOOT_IMAGE=%s", command.kernel);
	if (!initrd)
		return;
	for (const char *at = initrd; *at;) {
		size_t n = strcspn(at, ",");
		const char *name = value_trim(s->arena, at, at + n);

		if (*name)
			entry_add_initrd(s->arena, entry, name_file(s, entry, "initrd", name));
		at += n + (at[n] == ',');
	}
}

/* COM32 modules that have a meaning for us -------------------------------------------------------------- */

typedef void module_fn(struct syslinux *s, struct entry *entry, const char *name, const char *args);

/* mboot.txt: "kernel args --- module args --- module args"; file names are part of the arguments. */
static void run_mboot(struct syslinux *s, struct entry *entry, const char *name, const char *args)
{
	const char *cursor = args, *word;
	struct text line = TEXT(s->arena);
	struct file_ref *part = &entry->kernel;

	(void)name;
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
			part->path = name_file(s, entry, "file", word);
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

/* linux.c32 KERNEL ARGS…: as if the kernel had been named directly. */
static void run_linux(struct syslinux *s, struct entry *entry, const char *name, const char *args)
{
	const char *kernel = value_word(s->arena, &args);

	(void)name;
	if (!kernel) {
		entry_refuse(s->arena, entry, "linux.c32 is not told which kernel to boot");
		return;
	}
	make_linux(s, entry,
		   (struct command){ .kernel = kernel, .args = value_rest(args) });
}

static void run_chain(struct syslinux *s, struct entry *entry, const char *name, const char *args)
{
	entry->kind = ENTRY_NONE;
	entry_refuse(s->arena, entry, "%s %s starts another boot loader, which needs the firmware",
		     name, args);
}

static void run_reboot(struct syslinux *s, struct entry *entry, const char *name, const char *args)
{
	(void)s, (void)name, (void)args;
	entry->kind = ENTRY_REBOOT;
}

static void run_poweroff(struct syslinux *s, struct entry *entry, const char *name,
			 const char *args)
{
	(void)s, (void)name, (void)args;
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
		make_command(s, entry,
			     (struct command){ label->type, label->directive, label->kernel,
					       label->append, label->initrd });
	} else if ((word = value_word(s->arena, &text))) {
		make_command(s, entry,
			     (struct command){ SYSLINUX_KERNEL, "KERNEL", word,
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
static const char *which_system(struct syslinux *s, const char *args)
{
	static const char *const options[] = {
		[SYSLINUX_DISK] = "-sys-",
		[SYSLINUX_ISO] = "-iso-",
		[SYSLINUX_PXE] = "-pxe-",
		[SYSLINUX_UBOOT] = "-sys-",
	};

	return option_value(s, args, options[s->variant]);
}

static void run_whichsys(struct syslinux *s, struct entry *entry, const char *name,
			 const char *args)
{
	redirect(s, entry, name, which_system(s, args));
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
static void run_ifcpu64(struct syslinux *s, struct entry *entry, const char *name, const char *args)
{
	redirect(s, entry, name, before_dashes(s, &args));
}

/* ifcpu.c32 OPTION… -- COMMAND -- ELSE */
static void run_ifcpu(struct syslinux *s, struct entry *entry, const char *name, const char *args)
{
	static const char *const known[] = { "64", "pae", "debug", "dry-run", "clear" };
	const char *options = before_dashes(s, &args), *word;

	while ((word = value_word(s->arena, &options))) {
		bool holds = false;

		for (size_t i = 0; i < sizeof known / sizeof *known && !holds; i++)
			holds = strcasecmp(word, known[i]) == 0;
		if (holds)
			continue;
		entry->kind = ENTRY_NONE;
		entry_refuse(s->arena, entry, "%s asks for \"%s\", which is not looked at", name,
			     word);
		return;
	}
	redirect(s, entry, name, before_dashes(s, &args));
}

/* cmd.c32 COMMAND */
static void run_cmd(struct syslinux *s, struct entry *entry, const char *name, const char *args)
{
	redirect(s, entry, name, args);
}

static void run_menu(struct syslinux *s, struct entry *entry, const char *name, const char *args)
{
	entry->kind = ENTRY_NONE;
	entry_refuse(s->arena, entry, "opens another menu (%s %s)", name, args);
}

static const struct module {
	const char *name;
	module_fn *run;
	bool is_menu;
} modules[] = {
	{ "menu.c32", run_menu, true },
	{ "vesamenu.c32", run_menu, true },
	{ "gfxboot.c32", run_menu, true },
	{ "mboot.c32", run_mboot, false },
	{ "linux.c32", run_linux, false },
	{ "chain.c32", run_chain, false },
	{ "pxechn.c32", run_chain, false },
	{ "pxechain.com", run_chain, false },
	{ "reboot.c32", run_reboot, false },
	{ "poweroff.c32", run_poweroff, false },
	{ "poweroff.com", run_poweroff, false },
	{ "whichsys.c32", run_whichsys, false },
	{ "ifcpu64.c32", run_ifcpu64, false },
	{ "ifcpu.c32", run_ifcpu, false },
	{ "cmd.c32", run_cmd, false },
	{ NULL, NULL, false },
};

static const struct module *find_module(const char *path)
{
	for (const struct module *module = modules; module->name; module++)
		if (path_name_is(path, module->name))
			return module;
	return NULL;
}

/* Entries --------------------------------------------------------------------------------------------- */

/* KERNEL's type is its file's extension (syslinux.cfg(5), "Kernel-like directives"). */
static enum syslinux_type type_by_name(enum syslinux_variant variant, const char *kernel)
{
	static const char *const sectors[] = { ".bs", ".bss", ".bin", ".0", ".com", ".cbt" };

	if (variant == SYSLINUX_UBOOT)
		return SYSLINUX_LINUX;
	if (string_ends(kernel, ".c32"))
		return SYSLINUX_COM32;
	for (size_t i = 0; i < sizeof sectors / sizeof *sectors; i++)
		if (string_ends(kernel, sectors[i]))
			return SYSLINUX_BOOT;
	if (variant == SYSLINUX_ISO && string_ends(kernel, ".img"))
		return SYSLINUX_BOOT;
	return SYSLINUX_LINUX;
}

static void make_module(struct syslinux *s, struct entry *entry, const char *name, const char *args)
{
	const struct module *module;

	if (!strchr(path_name(name), '.')) /* COM32 adds it */
		name = arena_print(s->arena, "%s.c32", name);
	module = find_module(name);
	if (module) {
		module->run(s, entry, name, args);
		return;
	}
	entry->kind = ENTRY_NONE;
	entry_refuse(s->arena, entry, "%s is a program for SYSLINUX itself", name);
}

static void make_command(struct syslinux *s, struct entry *entry, struct command command)
{
	const char *cursor = command.kernel, *name;

	if (!command.args || strcmp(command.args, "-") == 0)
		command.args = "";
	if (command.type == SYSLINUX_MENU || command.type == SYSLINUX_LOCALBOOT ||
	    command.type == SYSLINUX_CONFIG) {
		entry->kind = ENTRY_NONE;
		entry_refuse(s->arena, entry, "%s %s: %s", command.directive, command.kernel,
			     command.type == SYSLINUX_MENU     ? "moves about in SYSLINUX's own menu"
			     : command.type == SYSLINUX_CONFIG ? "opens another menu"
							       : "starts the firmware's next boot device");
		return;
	}
	name = value_word(s->arena, &cursor);
	if (!name) {
		entry->kind = ENTRY_NONE;
		entry_refuse(s->arena, entry, "%s names no file", command.directive);
		return;
	}
	/* What follows the file in KERNEL's line is as good as APPEND: both make one command. */
	command.kernel = name;
	command.args = value_join(s->arena, value_rest(cursor), command.args);
	if (command.type == SYSLINUX_KERNEL)
		command.type = type_by_name(s->variant, name);
	if (command.type == SYSLINUX_COM32 || find_module(name)) {
		make_module(s, entry, name, command.args);
	} else if (command.type == SYSLINUX_BOOT) {
		entry->kind = ENTRY_EFI;
		entry->kernel.path = name_file(s, entry, "file", name);
		entry_refuse(s->arena, entry, "%s is a boot sector or a program for the firmware",
			     name);
	} else {
		make_linux(s, entry, command);
	}
}

/* Without the caret that marks the hotkey (menu.txt, MENU LABEL). */
static const char *strip_caret(struct arena *arena, const char *label, const char **hotkey)
{
	char *title = arena_string(arena, label), *out = title;

	for (const char *at = label; *at; at++) {
		if (*at != '^')
			*out++ = *at;
		else if (hotkey && !*hotkey && at[1] && !value_is_blank(at[1]))
			*hotkey = arena_copy(arena, at + 1, 1);
	}
	*out = '\0';
	return title;
}

static const char *menu_title(struct arena *arena, const struct syslinux_menu *menu)
{
	const char *title = menu->label ? menu->label : menu->title ? menu->title : menu->tag;

	return strip_caret(arena, title, NULL);
}

/* The submenus around an entry, outermost first. */
static void add_path(struct syslinux *s, struct entry *entry, const struct syslinux_menu *menu)
{
	if (!menu->parent)
		return;
	add_path(s, entry, menu->parent);
	vec_push(s->arena, &entry->path) = menu_title(s->arena, menu);
	vec_push(s->arena, &entry->path_id) =
		*menu->tag ? menu->tag : menu_title(s->arena, menu);
}

/* A user of GRUB's kind for each password: "$…" are hashes of SYSLINUX's own, not to be checked. */
static void lock(struct syslinux *s, const char *name, const char *password, bool super)
{
	vec_push(s->arena, &s->reading->config->users) = (struct user){
		.name = name,
		.password = password[0] == '$' || !*password ? NULL : password,
		.super = super,
	};
}

static void lock_entry(struct syslinux *s, struct entry *entry, const struct syslinux_label *label)
{
	if (!label->password)
		return;
	entry->users = label->name;
	lock(s, label->name, label->password, false);
	if (label->password[0] == '$' && !s->master_password)
		entry_refuse(s->arena, entry,
			     "locked by a password of SYSLINUX's own kind, which can't be checked");
}

static struct entry *make_entry(struct syslinux *s, struct syslinux_label *label)
{
	const char *title = label->title ? label->title : label->name, *hotkey = NULL;
	struct entry *entry;

	title = strip_caret(s->arena, title, label->title ? &hotkey : NULL);
	entry = config_add(s->arena, s->reading->config, title);
	entry->own_id = label->name;
	entry->hotkey = hotkey;
	entry->config = label->file;
	entry->line = label->line;
	entry->hidden = label->hidden;
	add_path(s, entry, label->menu);
	make_command(s, entry,
		     (struct command){ label->type, label->directive, label->kernel, label->append,
				       label->initrd });
	if (label->devicetree && *label->devicetree)
		entry->devicetree.path = name_file(s, entry, "device tree", label->devicetree);
	if ((label->sysappend & SYSAPPEND_FSUUID) && entry->kind == ENTRY_LINUX &&
	    s->reading->volume->identity->uuid)
		entry->cmdline = value_join(s->arena, entry->cmdline,
					    arena_print(s->arena, "FSUUID=%s",
							s->reading->volume->identity->uuid));
	lock_entry(s, entry, label);
	label->entry = entry;
	return entry;
}

/* The default --------------------------------------------------------------------------------------- */

static bool is_menu_command(struct syslinux *s, const char *command)
{
	const char *word = command ? value_word(s->arena, &command) : NULL;
	const struct module *module = word ? find_module(word) : NULL;

	return module && module->is_menu;
}

/* A hidden entry for a command that is no label: "DEFAULT vmlinuz initrd=…" (IMPLICIT). */
static struct entry *implicit_entry(struct syslinux *s, const char *command,
				    const struct syslinux_label *label)
{
	const char *cursor = command, *word = value_word(s->arena, &cursor);
	struct entry *entry = config_add(s->arena, s->reading->config,
					 label ? label->entry->title : word);

	entry->config = s->file;
	entry->hidden = label != NULL; /* the label itself is in the menu */
	if (label)
		make_command(s, entry,
			     (struct command){ label->type, label->directive, label->kernel,
					       value_join(s->arena,
							  label->append &&
									  strcmp(label->append, "-")
								  ? label->append
								  : "",
							  value_rest(cursor)),
					       label->initrd });
	else
		make_command(s, entry,
			     (struct command){ SYSLINUX_KERNEL, "DEFAULT", word,
					       value_join(s->arena, s->append, value_rest(cursor)),
					       NULL });
	return entry;
}

/* What a command such as DEFAULT's boots; NULL: nothing that is known. */
static struct entry *command_entry(struct syslinux *s, const char *command)
{
	struct syslinux_label *label;

	if (!command || !*command || is_menu_command(s, command))
		return NULL;
	label = syslinux_find(s, command);
	if (label && is_menu_command(s, label->kernel))
		return NULL;
	if (label && label->entry && strcmp(label->name, command) == 0)
		return label->entry;
	if (label && !value_rest(command + strlen(label->name))[0])
		return label->entry;
	if (label)
		return implicit_entry(s, command, label);
	if (s->variant == SYSLINUX_UBOOT || (s->has_implicit && !s->implicit))
		return NULL;
	return implicit_entry(s, command, NULL);
}

static struct entry *menu_default(const struct syslinux_menu *menu)
{
	for (unsigned depth = 0; menu && depth < CONFIG_ENTRIES_MOST; depth++) {
		if (menu->chosen)
			return menu->chosen->entry;
		if (menu->chosen_menu) {
			menu = menu->chosen_menu;
			continue;
		}
		if (menu->first)
			return menu->first->entry;
		menu = menu->first_menu;
	}
	return NULL;
}

static void set_default(struct syslinux *s, const struct entry *entry, const char *why)
{
	struct config *config = s->reading->config;

	for (size_t i = 0; i < config->entries.n; i++)
		if (config->entries.at[i] == entry) {
			config->default_entry = i;
			config->default_why = why;
			return;
		}
}

static void choose_default(struct syslinux *s)
{
	struct entry *entry;

	/*
	 * ONTIMEOUT is what boots when nobody is there. Where it only hands back to the firmware,
	 * which has nothing to go on with here, the menu's own default stays.
	 */
	entry = command_entry(s, s->ontimeout);
	if (entry && entry_is_bootable(entry)) {
		set_default(s, entry, arena_print(s->arena, "ONTIMEOUT %s", s->ontimeout));
		return;
	}
	entry = command_entry(s, s->default_command);
	if (entry) {
		set_default(s, entry, arena_print(s->arena, "DEFAULT %s", s->default_command));
		return;
	}
	if (s->default_command && *s->default_command && !is_menu_command(s, s->default_command) &&
	    !syslinux_find(s, s->default_command))
		reading_problem(s->reading, s->file, 0, 0, "DEFAULT %s: there is no such label",
				s->default_command);
	entry = menu_default(s->start);
	if (!entry)
		entry = menu_default(s->root);
	if (entry)
		set_default(s, entry, s->start->chosen ? "MENU DEFAULT" : "the first of the menu");
	else if (s->reading->config->entries.n)
		set_default(s, s->reading->config->entries.at[0], "the first of the menu");
}

/* Where the first screen comes from ------------------------------------------------------------------ */

/* "menu.c32 FILE…" shows the menu of these files; "~" is the main one (menu.txt, last section). */
static struct syslinux *open_menu(struct syslinux *s, const char *command)
{
	const char *cursor = command, *word = value_word(s->arena, &cursor);
	struct syslinux *menu = NULL;

	if (!is_menu_command(s, command) || path_name_is(word, "gfxboot.c32"))
		return NULL;
	while ((word = value_word(s->arena, &cursor))) {
		const char *file = strcmp(word, "~") ? syslinux_path(s, word) : s->file;

		if (!menu)
			menu = syslinux_parse(s->reading, s->variant, file, s->cwd);
		else
			syslinux_parse_more(menu, file);
	}
	return menu && menu->labels.n ? menu : NULL;
}

/* CONFIG FILE [APPEND DIRECTORY] */
static struct syslinux *open_config(struct syslinux *s, const struct syslinux_label *label)
{
	const char *file = syslinux_path(s, label->kernel), *cwd = s->cwd;
	struct syslinux *next;

	if (label->append && *label->append && strcmp(label->append, "-") != 0)
		cwd = syslinux_path(s, label->append);
	if (!volume_is_file(s->reading->volume, file))
		return NULL;
	next = syslinux_parse(s->reading, s->variant, file, cwd);
	return next->labels.n ? next : NULL;
}

/* Where DEFAULT doesn't boot anything, but opens another config: that one; else NULL. */
static struct syslinux *follow(struct syslinux *s)
{
	const char *command = s->ui ? s->ui : s->default_command;
	const struct syslinux_label *label;

	if (!command)
		return NULL;
	for (unsigned hops = 0; hops < CONFIG_DEEPEST; hops++) {
		if (is_menu_command(s, command))
			return open_menu(s, command);
		label = syslinux_find(s, command);
		if (!label)
			return NULL;
		if (label->type == SYSLINUX_CONFIG)
			return open_config(s, label);
		command = value_join(s->arena, label->kernel, label->append);
		if (label->type == SYSLINUX_COM32 && path_name_is(label->kernel, "whichsys.c32"))
			command = which_system(s, label->append ? label->append : "");
		else if (!is_menu_command(s, command))
			return NULL;
	}
	return NULL;
}

void syslinux_finish(struct syslinux *s)
{
	struct config *config = s->reading->config;
	struct syslinux *next;
	struct entry *fallback;
	int64_t timeout;

	for (unsigned depth = 0; depth < CONFIG_DEEPEST && (next = follow(s)); depth++)
		s = next;
	for (size_t i = 0; i < s->labels.n; i++)
		make_entry(s, s->labels.at[i]);
	if (s->master_password) {
		config->locked = true;
		lock(s, "master", s->master_password, true);
	}
	choose_default(s);
	timeout = s->start->timeout ? s->start->timeout : s->total_timeout;
	if (timeout)
		reading_set_timeout(s->reading, timeout, 10);
	if (s->hidden)
		config->timeout_style = TIMEOUT_COUNTDOWN;
	fallback = command_entry(s, s->onerror);
	for (size_t i = 0; fallback && i < config->entries.n; i++)
		if (config->entries.at[i] == fallback)
			vec_push(s->arena, &config->fallback) = i;
}
