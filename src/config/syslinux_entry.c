/*
 * SYSLINUX and kin: what the labels boot.
 *
 * Follows syslinux.cfg(5), "Kernel-like directives", and menu.txt of SYSLINUX 6.04.
 */
#include "config/syslinux.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "config/value.h"

/* Kernels -------------------------------------------------------------------------------------- */

const char *syslinux_file(struct syslinux *s, struct entry *entry, const char *what,
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
 * The initrds of the first "initrd=" of the line, which SYSLINUX both loads and leaves on the
 * command line. An INITRD directive is the same as "initrd=" behind everything else.
 *
 * SYSLINUX and U-Boot look for these letters even inside a word (com32/elflink/ldlinux/kernel.c).
 */
static const char *find_initrd(struct syslinux *s, const char *args)
{
	const char *found = strstr(args, "initrd=");

	if (!found)
		return NULL;
	found += strlen("initrd=");
	return value_is_blank(*found) ? NULL : value_word(s->arena, &found);
}

void syslinux_make_linux(struct syslinux *s, struct entry *entry, struct syslinux_command command)
{
	const char *initrd = find_initrd(s, command.args);

	if (s->variant == SYSLINUX_UBOOT && command.initrd)
		initrd = command.initrd; /* README.pxe: "initrd=" counts where there is no other */
	else if (!initrd)
		initrd = command.initrd;
	entry->kind = ENTRY_LINUX;
	entry->kernel.path = syslinux_file(s, entry, "kernel", command.kernel);
	entry->cmdline = value_squeeze(s->arena, command.args);
	if (s->variant != SYSLINUX_UBOOT)
		entry->boot_image = arena_print(s->arena, "BOOT_IMAGE=%s", command.kernel);
	if (!initrd)
		return;
	for (const char *at = initrd; *at;) {
		size_t n = strcspn(at, ",");
		const char *name = value_trim(s->arena, at, at + n);

		if (*name)
			entry_add_initrd(s->arena, entry, syslinux_file(s, entry, "initrd", name));
		at += n + (at[n] == ',');
	}
}

/* Entries -------------------------------------------------------------------------------------- */

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

void syslinux_make(struct syslinux *s, struct entry *entry, struct syslinux_command command)
{
	const char *cursor = command.kernel, *name;

	if (command.type == SYSLINUX_MENU || command.type == SYSLINUX_LOCALBOOT ||
	    command.type == SYSLINUX_CONFIG) {
		entry->kind = ENTRY_NONE;
		entry_refuse(s->arena, entry, "%s: %s",
			     value_join(s->arena, command.directive, command.kernel),
			     command.type == SYSLINUX_MENU ? "moves about in SYSLINUX's own menu"
			     : command.type == SYSLINUX_CONFIG
				     ? "opens another menu"
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
	if (command.type == SYSLINUX_COM32 || syslinux_is_module(name)) {
		syslinux_run_module(s, entry, command);
	} else if (command.type == SYSLINUX_BOOT) {
		entry->kind = ENTRY_EFI;
		entry->kernel.path = syslinux_file(s, entry, "file", name);
		entry_refuse(s->arena, entry, "%s is a boot sector or a program for the firmware",
			     name);
	} else {
		syslinux_make_linux(s, entry, command);
	}
}

/*
 * What follows INITRD's files, what SYSAPPEND adds, and what follows a label that a command names stand behind APPEND's
 * words (com32/elflink/ldlinux/readconfig.c, ldlinux.c).
 */
void syslinux_make_label(struct syslinux *s, struct entry *entry,
			 const struct syslinux_label *label, const char *more)
{
	const char *append = label->append, *initrd = label->initrd, *rest = initrd;

	if (append && strcmp(append, "-") == 0)
		append = NULL;
	if (initrd && s->variant != SYSLINUX_UBOOT) {
		initrd = value_word(s->arena, &rest);
		append = value_join(s->arena, append, value_rest(rest));
	}
	append = value_join(s->arena, append, syslinux_sysappend(s, label->sysappend));
	syslinux_make(s, entry,
		      (struct syslinux_command){ label->type, label->directive, label->kernel,
						 value_join(s->arena, append, more), initrd });
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
	vec_push(s->arena, &entry->path_id) = *menu->tag ? menu->tag : menu_title(s->arena, menu);
}

/* A user of GRUB's kind for each password: "$…" are hashes of SYSLINUX's own, not to be checked. */
void syslinux_lock(struct syslinux *s, const char *name, const char *password, bool super)
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
	syslinux_lock(s, label->name, label->password, false);
	if (label->password[0] == '$' && !s->master_password)
		entry_refuse(s->arena, entry,
			     "locked by a password of SYSLINUX's own kind, which can't be checked");
}

void syslinux_add_entry(struct syslinux *s, struct syslinux_label *label)
{
	const char *title = label->title ? label->title : label->name, *hotkey = NULL;
	struct entry *entry;

	title = strip_caret(s->arena, title, label->title ? &hotkey : NULL);
	if (label->indent)
		title = arena_print(s->arena, "%*s%s", label->indent, "", title);
	entry = config_add(s->arena, s->reading->config, title);
	entry->own_id = label->name;
	entry->hotkey = hotkey;
	entry->config = label->file;
	entry->line = label->line;
	entry->hidden = label->hidden;
	add_path(s, entry, label->menu);
	syslinux_make_label(s, entry, label, NULL);
	if (label->devicetree && *label->devicetree)
		entry->devicetree.path = syslinux_file(s, entry, "device tree", label->devicetree);
	lock_entry(s, entry, label);
	label->entry = entry;
}
