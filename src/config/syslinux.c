/*
 * SYSLINUX, ISOLINUX, EXTLINUX, PXELINUX, and U-Boot's extlinux.conf: the parser.
 *
 * Follows syslinux.cfg(5) and menu.txt of SYSLINUX 6.04, and U-Boot's doc/README.pxe.
 */
#include "config/formats.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "config/syslinux.h"
#include "config/value.h"

#define INCLUDE_DEEPEST 16 /* syslinux.cfg(5), INCLUDE: "up to 16 levels" */
#define MENU_DEEPEST 16    /* menus in menus */
#define FILES_MOST 128     /* files of one config, all in all */
#define BYTES_MOST CONFIG_FILE_MOST /* in them */

const char *syslinux_path(struct syslinux *s, const char *name)
{
	char *path = arena_string(s->arena, name);

	if (path_is_url(path))
		return path;
	/* "::" is PXELINUX's TFTP root without the prefix that DHCP gave (pxelinux.txt). */
	if (string_starts(path, "::"))
		return path_join(s->arena, "/", path + 2);
	/* On FAT, backslashes separate directories too. */
	for (char *at = path; s->variant != SYSLINUX_UBOOT && *at; at++)
		if (*at == '\\')
			*at = '/';
	return path_join(s->arena, s->cwd, path);
}

struct syslinux_label *syslinux_find(struct syslinux *s, const char *command)
{
	size_t n = strcspn(command, " \t");

	/* Labels with blanks are beyond the documentation, but menus and U-Boot know them. */
	for (size_t i = 0; i < s->labels.n; i++)
		if (strcmp(s->labels.at[i]->name, command) == 0)
			return s->labels.at[i];
	for (size_t i = 0; i < s->labels.n; i++)
		if (strncmp(s->labels.at[i]->name, command, n) == 0 && !s->labels.at[i]->name[n])
			return s->labels.at[i];
	return NULL;
}

/* Menus and labels ---------------------------------------------------------------------------------- */

static void note_first(struct syslinux_menu *menu, struct syslinux_label *label,
		       struct syslinux_menu *submenu)
{
	if (menu->first || menu->first_menu)
		return;
	menu->first = label;
	menu->first_menu = submenu;
}

/* What is written down for a label counts when the next one begins: only then it is complete. */
void syslinux_end_label(struct syslinux *s)
{
	struct syslinux_label *label = s->label;

	s->label = NULL;
	if (!label || label->disabled)
		return; /* MENU DISABLE makes it a heading */
	if (reading_is_full(s->reading, s->labels.n))
		return;
	if (!label->append)
		label->append = s->append;
	if (!label->password)
		label->password = label->menu->password;
	vec_push(s->arena, &s->labels) = label;
	if (label->hidden)
		return;
	note_first(label->menu, label, NULL);
	if (label->chosen) {
		label->menu->chosen = label;
		label->menu->chosen_menu = NULL;
	}
}

void syslinux_begin_label(struct syslinux *s, struct syslinux_source *source, const char *name)
{
	syslinux_end_label(s);
	s->label = arena_make(s->arena, struct syslinux_label);
	s->label->name = name;
	s->label->kernel = name; /* without a kernel-like directive, the label is the kernel */
	s->label->directive = "LABEL";
	s->label->sysappend = s->sysappend;
	s->label->menu = s->menu;
	s->label->save = s->menu->save;
	s->label->file = source->file;
	s->label->line = source->line.number;
}

static struct syslinux_menu *new_menu(struct syslinux *s, struct syslinux_menu *parent,
				      const char *tag)
{
	struct syslinux_menu *menu = arena_make(s->arena, struct syslinux_menu);

	menu->parent = parent;
	menu->tag = tag;
	if (parent) {
		menu->depth = parent->depth + 1;
		menu->timeout = parent->timeout;
		menu->password = parent->password;
		menu->save = parent->save;
		note_first(parent, NULL, menu);
	}
	return menu;
}

void syslinux_begin_menu(struct syslinux *s, const char *tag)
{
	syslinux_end_label(s);
	if (s->menu->depth >= MENU_DEEPEST) {
		s->flattened++;
		return;
	}
	s->menu = new_menu(s, s->menu, tag);
}

void syslinux_end_menu(struct syslinux *s)
{
	syslinux_end_label(s);
	if (s->flattened)
		s->flattened--;
	else if (s->menu->parent)
		s->menu = s->menu->parent;
}

/* Files -------------------------------------------------------------------------------------------- */

void syslinux_include(struct syslinux *s, const char *file, unsigned depth)
{
	struct syslinux_source source = { .file = file, .depth = depth };

	if (depth > INCLUDE_DEEPEST || s->files >= FILES_MOST) {
		reading_problem(s->reading, file, 0, 0,
				depth > INCLUDE_DEEPEST ? "includes are nested too deeply"
							: "too many included files");
		return;
	}
	s->files++;
	if (reading_load(s->reading, file, &source.cursor, &source.end))
		return;
	s->bytes += (size_t)(source.end - source.cursor);
	if (s->bytes > BYTES_MOST) {
		reading_problem(s->reading, file, 0, 0, "the included files are too large");
		return;
	}
	while (line_next(&source.line, &source.cursor, source.end))
		syslinux_line(s, &source);
}

/* The whole ------------------------------------------------------------------------------------------ */

struct syslinux *syslinux_parse(struct reading *reading, enum syslinux_variant variant,
				const char *file, const char *cwd)
{
	struct syslinux *s = arena_make(reading->arena, struct syslinux);

	s->reading = reading;
	s->arena = reading->arena;
	s->variant = variant;
	s->file = file;
	s->cwd = cwd ? cwd : path_directory(s->arena, file);
	/* PXELINUX's names start from the TFTP root, where its directory of configs lies. */
	if (!cwd && strcmp(path_name(s->cwd), "pxelinux.cfg") == 0)
		s->cwd = path_directory(s->arena, s->cwd);
	s->root = s->menu = s->start = new_menu(s, NULL, "");
	syslinux_parse_more(s, file);
	return s;
}

void syslinux_parse_more(struct syslinux *s, const char *file)
{
	syslinux_include(s, file, 1);
	syslinux_end_label(s);
}

/* SYSLINUX itself runs on PCs only: elsewhere it is U-Boot, or what imitates it. */
static bool is_pc(const char *arch)
{
	static const char *const pcs[] = { "x86_64", "i386", "i486", "i586", "i686" };

	for (size_t i = 0; i < sizeof pcs / sizeof *pcs; i++)
		if (!arch || strcmp(arch, pcs[i]) == 0)
			return true;
	return false;
}

static enum syslinux_variant variant_of(const struct reading *reading)
{
	const char *directory = path_directory(reading->arena, reading->file);

	if (path_name_is(directory, "pxelinux.cfg"))
		return SYSLINUX_PXE;
	if (path_name_is(reading->file, "isolinux.cfg"))
		return SYSLINUX_ISO;
	if (path_name_is(reading->file, "extlinux.conf") && !is_pc(reading->options->arch))
		return SYSLINUX_UBOOT;
	return SYSLINUX_DISK;
}

int syslinux_read(struct reading *reading)
{
	struct file_info info;
	int error = volume_stat(reading->volume, reading->file, &info);

	if (error)
		return error;
	syslinux_finish(syslinux_parse(reading, variant_of(reading), reading->file, NULL));
	return 0;
}

bool syslinux_claims(const char *path, const char *bytes, size_t size)
{
	static const char *const names[] = { "syslinux.cfg", "isolinux.cfg", "extlinux.conf",
					     "pxelinux.cfg", "archiso_sys.cfg" };
	const char *cursor = bytes, *end = bytes + size;
	struct line line = { 0 };

	if (!bytes)
		return false;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (path_name_is(path, names[i]))
			return true;
	if (strstr(path, "pxelinux.cfg/"))
		return true;
	/* Any other name, as INCLUDE and CONFIG lead to: by what no other format's lines look like. */
	while (line_next(&line, &cursor, end)) {
		const char *at = line.at, *value;

		while (at < line.end && value_is_blank(*at))
			at++;
		if (line.end - at < 4)
			continue;
		value = strncasecmp(at, "label ", 6) == 0     ? at + 6
			: strncasecmp(at, "include ", 8) == 0 ? at + 8
			: strncasecmp(at, "ui ", 3) == 0      ? at + 3
							      : NULL;
		if (value && value < line.end && *value_rest(value) != '=' &&
		    value_rest(value) < line.end)
			return true;
	}
	return false;
}
