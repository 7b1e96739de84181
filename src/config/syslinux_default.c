/*
 * SYSLINUX and kin: which menu comes first, and what it boots by itself.
 *
 * Follows syslinux.cfg(5), DEFAULT, UI, ONTIMEOUT, CONFIG, and menu.txt of SYSLINUX 6.04.
 */
#include "config/syslinux.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "config/adv.h"
#include "config/value.h"

#define ADV_DEEPEST 8    /* directories of the config above which nobody installs SYSLINUX */
#define CONFIG_DEEPEST 8 /* CONFIG directives that lead from file to file */

/* The default ---------------------------------------------------------------------------------- */

/* A hidden entry for a command that is no label: "DEFAULT vmlinuz initrd=…" (IMPLICIT). */
static struct entry *implicit_entry(struct syslinux *s, const char *command,
				    const struct syslinux_label *label)
{
	const char *cursor = command, *word = value_word(s->arena, &cursor);
	struct entry *entry =
		config_add(s->arena, s->reading->config, label ? label->entry->title : word);

	entry->config = s->file;
	entry->hidden = label != NULL; /* the label itself is in the menu */
	entry->own_id = label ? label->name : NULL;
	if (label)
		syslinux_make_label(s, entry, label, value_rest(cursor));
	else
		syslinux_make(s, entry,
			      (struct syslinux_command){
				      SYSLINUX_KERNEL, "DEFAULT", word,
				      value_join(s->arena,
						 value_join(s->arena, s->append, value_rest(cursor)),
						 syslinux_sysappend(s, s->sysappend)),
				      NULL });
	return entry;
}

/* Does a menu wait for a choice, or is it the prompt "boot:", if there is any? */
static bool is_in_menu(struct syslinux *s)
{
	return s->is_opened || (s->ui && syslinux_is_menu(s, s->ui)) ||
	       (s->default_command && syslinux_is_menu(s, s->default_command));
}

enum use { CARRIED_OUT, CHOSEN_IN_MENU };

/* Among labels, a single word that is neither one of them nor a file: a label that is gone, or misspelt. */
static bool names_nothing(struct syslinux *s, const char *command)
{
	return s->labels.n && !command[strcspn(command, " \t")] && !syslinux_find(s, command) &&
	       !syslinux_is_menu(s, command) &&
	       !volume_is_file(s->reading->volume, syslinux_path(s, command));
}

/* What a command such as DEFAULT's boots; NULL: nothing that is known. */
static struct entry *command_entry(struct syslinux *s, const char *command, enum use as)
{
	struct syslinux_label *label;

	if (!command || !*command || syslinux_is_menu(s, command))
		return NULL;
	label = syslinux_find(s, command);
	if (label && (syslinux_is_menu(s, label->kernel) || (label->hidden && as == CHOSEN_IN_MENU)))
		return NULL;
	if (label && label->entry && strcmp(label->name, command) == 0)
		return label->entry;
	/* A menu only marks its entry; what follows the label counts where a command is carried out. */
	if (label && (as == CHOSEN_IN_MENU || !value_rest(command + strlen(label->name))[0]))
		return label->entry;
	if (label)
		return implicit_entry(s, command, label);
	if (s->variant == SYSLINUX_UBOOT || s->no_implicit || as == CHOSEN_IN_MENU ||
	    names_nothing(s, command))
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

/*
 * Only what waits can run out of time: a menu or a prompt, with a timeout. U-Boot knows ONTIMEOUT as
 * another word for DEFAULT (its boot/pxe_utils.c).
 */
static bool can_run_out(struct syslinux *s)
{
	if (s->variant == SYSLINUX_UBOOT)
		return true;
	return (is_in_menu(s) || s->prompt) && (s->start->timeout || s->total_timeout);
}

static void choose_default(struct syslinux *s)
{
	struct entry *entry;

	/*
	 * ONTIMEOUT is what boots when nobody is there. Where it only hands back to the firmware,
	 * which has nothing to go on with here, the menu's own default stays.
	 */
	entry = can_run_out(s) ? command_entry(s, s->ontimeout, CARRIED_OUT) : NULL;
	if (entry && entry_is_bootable(entry)) {
		set_default(s, entry, arena_print(s->arena, "ONTIMEOUT %s", s->ontimeout));
		return;
	}
	if (entry)
		reading_problem(s->reading, s->file, 0, 0,
				"ONTIMEOUT %s is not to be had, DEFAULT is taken instead: %s",
				s->ontimeout, entry->reason ? entry->reason : "not a kernel");
	else if (can_run_out(s) && s->ontimeout && *s->ontimeout && names_nothing(s, s->ontimeout))
		reading_problem(s->reading, s->file, 0, 0,
				"ONTIMEOUT %s: there is no such label", s->ontimeout);
	entry = NULL;
	if (!is_in_menu(s))
		entry = command_entry(s, s->default_command, CARRIED_OUT);
	else if (s->has_ui) /* in a menu DEFAULT counts only where there is a UI, too */
		entry = command_entry(s, s->default_command, CHOSEN_IN_MENU);
	if (entry) {
		set_default(s, entry, arena_print(s->arena, "DEFAULT %s", s->default_command));
		return;
	}
	if (s->default_command && *s->default_command && names_nothing(s, s->default_command))
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

/* Where the first screen comes from ------------------------------------------------------------ */

/* "menu.c32 FILE…" shows the menu of these files; "~" is the main one (menu.txt, last section). */
static struct syslinux *open_menu(struct syslinux *s, const char *command)
{
	const char *cursor = command, *word = value_word(s->arena, &cursor);
	struct syslinux *menu = NULL;

	if (!syslinux_is_menu(s, command) || path_name_is(word, "gfxboot.c32"))
		return NULL;
	while ((word = value_word(s->arena, &cursor))) {
		const char *file = strcmp(word, "~") ? syslinux_path(s, word) : s->file;

		if (!menu)
			menu = syslinux_parse(s->reading, s->variant, file, s->cwd);
		else
			syslinux_parse_more(menu, file);
	}
	if (!menu || !menu->labels.n)
		return NULL;
	menu->is_opened = true;
	return menu;
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

	if (!command || s->is_opened) /* a menu that is open does not open another */
		return NULL;
	for (unsigned hops = 0; hops < CONFIG_DEEPEST; hops++) {
		if (syslinux_is_menu(s, command))
			return open_menu(s, command);
		label = syslinux_find(s, command);
		if (!label)
			return NULL;
		if (label->type == SYSLINUX_CONFIG)
			return open_config(s, label);
		command = value_join(s->arena, label->kernel, label->append);
		if (label->type == SYSLINUX_COM32 && path_name_is(label->kernel, "whichsys.c32"))
			command = syslinux_which_system(s, label->append ? label->append : "");
		else if (!syslinux_is_menu(s, command))
			return NULL;
	}
	return NULL;
}

/* The auxiliary data vector --------------------------------------------------------------------- */

/* ldlinux.sys is beside the config, or above it: it is where SYSLINUX was installed to. NULL: nowhere. */
static const char *find_adv(struct syslinux *s, char **bytes, size_t *size)
{
	const char *folder = path_directory(s->arena, s->file);

	for (unsigned depth = 0; s->variant == SYSLINUX_DISK && depth < ADV_DEEPEST; depth++) {
		const char *path = path_join(s->arena, folder, ADV_FILE);

		if (volume_read(s->arena, s->reading->volume, path, ADV_FILE_MOST, bytes, size) == 0)
			return path;
		if (!folder[1])
			break;
		folder = path_directory(s->arena, folder);
	}
	return NULL;
}

static struct env_write write_adv(struct syslinux *s, const char *path, const char *name,
				  const char *value)
{
	return (struct env_write){
		.file = { .path = path,
			  .device = reading_device(s->reading, s->reading->volume) },
		.name = name,
		.value = value,
	};
}

/*
 * What MENU SAVE kept of the last choice is the menu's default; choosing another entry makes that one
 * it. A default that boots by itself keeps nothing (com32/menu/menumain.c).
 */
static void recall(struct syslinux *s, const char *path, const char *saved)
{
	struct syslinux_label *label = saved ? syslinux_find(s, saved) : NULL;
	struct config *config = s->reading->config;

	if (label && label->entry && !label->hidden && strcmp(label->name, saved) == 0)
		set_default(s, label->entry, arena_print(s->arena, "MENU SAVE kept %s", saved));
	for (size_t i = 0; i < s->labels.n; i++) {
		struct entry *entry = s->labels.at[i]->entry;

		if (!s->labels.at[i]->save || !entry || s->labels.at[i]->password ||
		    (config->default_entry < config->entries.n &&
		     config->entries.at[config->default_entry] == entry))
			continue;
		vec_push(s->arena, &entry->writes) =
			write_adv(s, path, ADV_MENU_SAVE, s->labels.at[i]->name);
	}
}

/* `extlinux --once=COMMAND`: it is forgotten, then carried out, before any menu (ldlinux.c). */
static void boot_once(struct syslinux *s, const char *path, const char *command)
{
	struct config *config = s->reading->config;
	struct entry *entry = command_entry(s, command, CARRIED_OUT);

	vec_push(s->arena, &config->writes) = write_adv(s, path, ADV_BOOT_ONCE, NULL);
	if (!entry) {
		reading_problem(s->reading, s->file, 0, 0, "%s asks for \"%s\" once: there is no such label",
				path, command);
		return;
	}
	set_default(s, entry, arena_print(s->arena, "%s asks for it once", path));
	config->timeout_ms = 0;
	config->timeout_style = TIMEOUT_HIDDEN;
	config->at_once = true;
}

static void use_adv(struct syslinux *s, const char *path, const char *bytes, size_t size)
{
	const char *once = adv_get(s->arena, bytes, size, ADV_BOOT_ONCE);

	if (s->saves && is_in_menu(s))
		recall(s, path, adv_get(s->arena, bytes, size, ADV_MENU_SAVE));
	if (once)
		boot_once(s, path, once);
}

/*
 * SYSLINUX boots DEFAULT unless something shows a menu or the prompt (syslinux.cfg(5), PROMPT).
 * U-Boot knows neither UI nor PROMPT: it asks if a MENU stands before the labels (parse_pxefile_top()
 * of its boot/pxe_utils.c), and tries one label after the other where none is the default.
 */
static bool asks_nobody(struct syslinux *s)
{
	if (s->variant == SYSLINUX_UBOOT)
		return !s->has_menu;
	/* where that fails, it prompts */
	return s->default_command && !s->prompt && !is_in_menu(s) &&
	       !names_nothing(s, s->default_command);
}

void syslinux_finish(struct syslinux *s)
{
	struct config *config = s->reading->config;
	struct syslinux *next;
	struct entry *fallback;
	int64_t timeout;
	size_t adv_size;
	char *adv;
	const char *adv_path = find_adv(s, &adv, &adv_size);

	for (unsigned depth = 0; depth < CONFIG_DEEPEST && (next = follow(s)); depth++)
		s = next;
	for (size_t i = 0; i < s->labels.n; i++)
		syslinux_add_entry(s, s->labels.at[i]);
	if (s->master_password) {
		config->locked = true;
		syslinux_lock(s, "master", s->master_password, true);
	}
	choose_default(s);
	timeout = s->start->timeout ? s->start->timeout : s->total_timeout;
	if (timeout)
		reading_set_timeout(s->reading, timeout, 10);
	config->at_once = asks_nobody(s);
	if (s->hidden)
		config->timeout_style = TIMEOUT_COUNTDOWN;
	if (s->shiftkey && is_in_menu(s)) { /* and nobody presses it */
		config->timeout_ms = 0;
		config->timeout_style = TIMEOUT_HIDDEN;
	}
	if (adv_path)
		use_adv(s, adv_path, adv, adv_size);
	fallback = command_entry(s, s->onerror, CARRIED_OUT);
	for (size_t i = 0; fallback && i < config->entries.n; i++)
		if (config->entries.at[i] == fallback)
			vec_push(s->arena, &config->fallback) = i;
}
