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
#define FILES_MOST 256     /* files of one config, all in all */
#define BYTES_MOST CONFIG_FILE_MOST /* in them */

/* Where the parser stands in one file. */
struct source {
	const char *file;
	const char *cursor, *end;
	struct line line;
	unsigned depth;
};

static void parse_file(struct syslinux *s, const char *file, unsigned depth);

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
static void end_label(struct syslinux *s)
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

static void begin_label(struct syslinux *s, struct source *source, const char *name)
{
	end_label(s);
	s->label = arena_make(s->arena, struct syslinux_label);
	s->label->name = name;
	s->label->kernel = name; /* without a kernel-like directive, the label is the kernel */
	s->label->directive = "LABEL";
	s->label->sysappend = s->sysappend;
	s->label->menu = s->menu;
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
		menu->timeout = parent->timeout;
		menu->password = parent->password;
		note_first(parent, NULL, menu);
	}
	return menu;
}

static void begin_menu(struct syslinux *s, const char *tag)
{
	end_label(s);
	s->menu = new_menu(s, s->menu, tag);
}

static void end_menu(struct syslinux *s)
{
	end_label(s);
	if (s->menu->parent)
		s->menu = s->menu->parent;
}

/* Directives: each gets the rest of its line, without blanks around it ------------------------------- */

typedef void directive_fn(struct syslinux *s, struct source *source, const char *value);

static void do_label(struct syslinux *s, struct source *source, const char *value)
{
	if (!*value)
		reading_problem(s->reading, source->file, source->line.number, 1,
				"LABEL without a name");
	begin_label(s, source, value);
}

static void do_append(struct syslinux *s, struct source *source, const char *value)
{
	(void)source;
	if (s->label)
		s->label->append = value;
	else
		s->append = value;
}

static void do_initrd(struct syslinux *s, struct source *source, const char *value)
{
	(void)source;
	if (s->label)
		s->label->initrd = value;
}

static void do_devicetree(struct syslinux *s, struct source *source, const char *value)
{
	(void)source;
	if (s->label)
		s->label->devicetree = value;
	s->variant = SYSLINUX_UBOOT;
}

static void do_fdtdir(struct syslinux *s, struct source *source, const char *value)
{
	(void)source, (void)value;
	/* The board's own device tree, which the firmware passed on, stands in for the directory. */
	s->variant = SYSLINUX_UBOOT;
}

static void do_overlays(struct syslinux *s, struct source *source, const char *value)
{
	if (s->label)
		s->label->overlays = value;
	s->variant = SYSLINUX_UBOOT;
	reading_problem(s->reading, source->file, source->line.number, 1,
			"device tree overlays are not applied: %s", value);
}

static void do_sysappend(struct syslinux *s, struct source *source, const char *value)
{
	bool hex = strncasecmp(value, "0x", 2) == 0;
	unsigned mask = 0;

	(void)source;
	for (const char *at = value + 2 * hex; *at; at++) {
		unsigned digit = *at >= '0' && *at <= '9' ? (unsigned)(*at - '0')
				 : hex && strchr("abcdef", *at | 0x20)
					 ? (unsigned)((*at | 0x20) - 'a' + 10)
					 : 16;

		if (digit >= 16)
			break;
		mask = mask * (hex ? 16 : value[0] == '0' ? 8 : 10) + digit;
	}
	if (s->label)
		s->label->sysappend = mask;
	else
		s->sysappend = mask;
}

static void do_default(struct syslinux *s, struct source *source, const char *value)
{
	(void)source;
	s->default_command = value;
}

static void do_ui(struct syslinux *s, struct source *source, const char *value)
{
	(void)source;
	s->ui = value;
}

static void do_ontimeout(struct syslinux *s, struct source *source, const char *value)
{
	(void)source;
	s->ontimeout = value;
}

static void do_onerror(struct syslinux *s, struct source *source, const char *value)
{
	(void)source;
	s->onerror = value;
}

static void do_implicit(struct syslinux *s, struct source *source, const char *value)
{
	(void)source;
	s->has_implicit = true;
	s->implicit = value_leading_number(value) != 0;
}

static int64_t tenths(struct syslinux *s, struct source *source, const char *value)
{
	int64_t n = value_leading_number(value);

	if (n < 0 || *value < '0' || *value > '9')
		reading_problem(s->reading, source->file, source->line.number, 1,
				"not a number of tenths of a second: \"%s\"", value);
	return n > 0 ? n : 0;
}

static void do_timeout(struct syslinux *s, struct source *source, const char *value)
{
	s->menu->timeout = tenths(s, source, value);
}

static void do_totaltimeout(struct syslinux *s, struct source *source, const char *value)
{
	s->total_timeout = tenths(s, source, value);
}

static void do_include(struct syslinux *s, struct source *source, const char *value)
{
	const char *name = value_word(s->arena, &value), *tag = value_rest(value), *path;

	if (!name) {
		reading_problem(s->reading, source->file, source->line.number, 1,
				"INCLUDE without a file name");
		return;
	}
	path = syslinux_path(s, name);
	/*
	 * A config that CONFIG … APPEND DIR leads to has DIR for its working directory. Read for
	 * itself, its directory is not known; where the root holds the file, it must be that.
	 */
	if (!volume_is_file(s->reading->volume, path) &&
	    volume_is_file(s->reading->volume, path_join(s->arena, "/", name))) {
		s->cwd = "/";
		path = syslinux_path(s, name);
	}
	if (!volume_is_file(s->reading->volume, path)) {
		reading_problem(s->reading, source->file, source->line.number, 1,
				"included file %s is not there", path);
		return;
	}
	if (*tag)
		begin_menu(s, tag);
	parse_file(s, path, source->depth + 1);
	if (*tag)
		end_menu(s);
}

/* TEXT HELP … ENDTEXT: shown beside the menu, nothing of it is a directive. */
static void do_text(struct syslinux *s, struct source *source, const char *value)
{
	unsigned begin = source->line.number;

	(void)value;
	while (line_next(&source->line, &source->cursor, source->end)) {
		const char *word = value_trim(s->arena, source->line.at, source->line.end);

		if (strncasecmp(word, "endtext", 7) == 0 && value_is_blank(word[7]))
			return;
	}
	reading_problem(s->reading, source->file, begin, 1, "TEXT without ENDTEXT");
}

static void do_nothing(struct syslinux *s, struct source *source, const char *value)
{
	(void)s, (void)source, (void)value;
}

/* MENU … (menu.txt, "The simple menu system") */

static void do_menu_label(struct syslinux *s, struct source *source, const char *value)
{
	(void)source;
	if (s->label)
		s->label->title = value;
	else
		s->menu->label = value;
}

static void do_menu_title(struct syslinux *s, struct source *source, const char *value)
{
	(void)source;
	s->menu->title = value;
}

static void do_menu_default(struct syslinux *s, struct source *source, const char *value)
{
	(void)source, (void)value;
	if (s->label) {
		s->label->chosen = true;
	} else if (s->menu->parent) {
		s->menu->parent->chosen = NULL;
		s->menu->parent->chosen_menu = s->menu;
	}
}

static void do_menu_hide(struct syslinux *s, struct source *source, const char *value)
{
	(void)source, (void)value;
	if (s->label)
		s->label->hidden = true;
}

static void do_menu_disable(struct syslinux *s, struct source *source, const char *value)
{
	(void)source, (void)value;
	if (s->label)
		s->label->disabled = true;
}

static void do_menu_separator(struct syslinux *s, struct source *source, const char *value)
{
	(void)source, (void)value;
	end_label(s);
}

static void do_menu_hidden(struct syslinux *s, struct source *source, const char *value)
{
	(void)source, (void)value;
	s->hidden = true;
}

static void do_menu_begin(struct syslinux *s, struct source *source, const char *value)
{
	(void)source;
	begin_menu(s, value);
}

static void do_menu_end(struct syslinux *s, struct source *source, const char *value)
{
	(void)value;
	if (!s->menu->parent)
		reading_problem(s->reading, source->file, source->line.number, 1,
				"MENU END without MENU BEGIN");
	end_menu(s);
}

static void do_menu_start(struct syslinux *s, struct source *source, const char *value)
{
	(void)source, (void)value;
	s->start = s->menu;
}

static void do_menu_password(struct syslinux *s, struct source *source, const char *value)
{
	(void)source;
	if (s->label)
		s->label->password = value;
	else
		s->menu->password = value;
}

static void do_menu_master(struct syslinux *s, struct source *source, const char *value)
{
	const char *word = value_word(s->arena, &value);

	(void)source;
	if (word && strcasecmp(word, "passwd") == 0)
		s->master_password = value_rest(value);
}

/* MENU GOTO, EXIT, QUIT, HELP: the entry moves about in the menu. */
static void go(struct syslinux *s, const char *directive, const char *value)
{
	if (!s->label)
		return;
	s->label->type = SYSLINUX_MENU;
	s->label->directive = directive;
	s->label->kernel = value;
}

static void do_menu_goto(struct syslinux *s, struct source *source, const char *value)
{
	(void)source;
	go(s, "MENU GOTO", value);
}

static void do_menu_exit(struct syslinux *s, struct source *source, const char *value)
{
	(void)source;
	go(s, "MENU EXIT", value);
}

static void do_menu_quit(struct syslinux *s, struct source *source, const char *value)
{
	(void)source;
	go(s, "MENU QUIT", value);
}

static void do_menu_help(struct syslinux *s, struct source *source, const char *value)
{
	(void)source;
	go(s, "MENU HELP", value);
}

struct directive {
	const char *name;
	directive_fn *run;
};

static const struct directive menu_directives[] = {
	{ "label", do_menu_label },         { "title", do_menu_title },
	{ "default", do_menu_default },     { "hide", do_menu_hide },
	{ "disable", do_menu_disable },     { "disabled", do_menu_disable },
	{ "separator", do_menu_separator }, { "hidden", do_menu_hidden },
	{ "begin", do_menu_begin },         { "end", do_menu_end },
	{ "start", do_menu_start },         { "passwd", do_menu_password },
	{ "master", do_menu_master },       { "include", do_include },
	{ "onerror", do_onerror },          { "goto", do_menu_goto },
	{ "exit", do_menu_exit },           { "quit", do_menu_quit },
	{ "help", do_menu_help },           { NULL, NULL },
};

static const struct {
	const char *name;
	enum syslinux_type type;
} kernel_types[] = {
	{ "KERNEL", SYSLINUX_KERNEL },   { "LINUX", SYSLINUX_LINUX },
	{ "COM32", SYSLINUX_COM32 },     { "CONFIG", SYSLINUX_CONFIG },
	{ "BOOT", SYSLINUX_BOOT },       { "BSS", SYSLINUX_BOOT },
	{ "PXE", SYSLINUX_BOOT },        { "FDIMAGE", SYSLINUX_BOOT },
	{ "COMBOOT", SYSLINUX_BOOT },    { "LOCALBOOT", SYSLINUX_LOCALBOOT },
	{ NULL, 0 },
};

/* The rest of a line that begins with a keyword, in any case; NULL if it doesn't. */
static const char *after(const char *text, const char *keyword)
{
	size_t n = strlen(keyword);

	if (strncasecmp(text, keyword, n) != 0 || !value_is_blank(text[n]))
		return NULL;
	return value_rest(text + n);
}

static const struct directive *look_up(const struct directive *table, const char *text,
				       const char **value)
{
	for (; table->name; table++)
		if ((*value = after(text, table->name)))
			return table;
	return NULL;
}

static void do_menu(struct syslinux *s, struct source *source, const char *value)
{
	const struct directive *directive = look_up(menu_directives, value, &value);

	if (directive) /* everything else is about how the menu looks */
		directive->run(s, source, value);
}

static const struct directive directives[] = {
	{ "menu", do_menu },
	{ "label", do_label },
	{ "append", do_append },
	{ "initrd", do_initrd },
	{ "default", do_default },
	{ "timeout", do_timeout },
	{ "totaltimeout", do_totaltimeout },
	{ "ontimeout", do_ontimeout },
	{ "onerror", do_onerror },
	{ "ui", do_ui },
	{ "include", do_include },
	{ "text", do_text },
	{ "implicit", do_implicit },
	{ "ipappend", do_sysappend },
	{ "sysappend", do_sysappend },
	{ "fdt", do_devicetree },
	{ "devicetree", do_devicetree },
	{ "fdtdir", do_fdtdir },
	{ "devicetreedir", do_fdtdir },
	{ "fdtoverlays", do_overlays },
	{ "devicetree-overlay", do_overlays },
	/* About the screen, the keyboard and the line; nothing that bears on what is booted. */
	{ "prompt", do_nothing },
	{ "say", do_nothing },
	{ "display", do_nothing },
	{ "font", do_nothing },
	{ "kbdmap", do_nothing },
	{ "serial", do_nothing },
	{ "console", do_nothing },
	{ "noescape", do_nothing },
	{ "nocomplete", do_nothing },
	{ "nohalt", do_nothing },
	{ "allowoptions", do_nothing },
	{ "path", do_nothing },
	{ "sendcookies", do_nothing },
	{ "pxeretry", do_nothing },
	{ "background", do_nothing },
	{ "kaslrseed", do_nothing },
	{ "endtext", do_nothing },
	{ "none", do_nothing },
	{ NULL, NULL },
};

static bool is_function_key(const char *text)
{
	return (*text | 0x20) == 'f' && value_leading_number(text + 1) >= 0 &&
	       value_leading_number(text + 1) <= 12 && text[1] >= '0' && text[1] <= '9';
}

static void parse_line(struct syslinux *s, struct source *source)
{
	const char *text = value_trim(s->arena, source->line.at, source->line.end), *value;
	const struct directive *directive;

	if (!*text || *text == '#')
		return;
	directive = look_up(directives, text, &value);
	if (directive) {
		directive->run(s, source, value);
		return;
	}
	for (size_t i = 0; kernel_types[i].name; i++) {
		value = after(text, kernel_types[i].name);
		if (!value)
			continue;
		if (!s->label)
			return; /* without a label it means nothing */
		s->label->type = kernel_types[i].type;
		s->label->directive = kernel_types[i].name;
		s->label->kernel = value;
		return;
	}
	if (!is_function_key(text))
		reading_problem(s->reading, source->file, source->line.number,
				1 + (unsigned)(value_rest(source->line.at) - source->line.at),
				"unknown directive \"%s\"", value_word(s->arena, &text));
}

static void parse_file(struct syslinux *s, const char *file, unsigned depth)
{
	struct source source = { .file = file, .depth = depth };

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
		parse_line(s, &source);
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
	parse_file(s, file, 1);
	end_label(s);
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
