/*
 * The SYSLINUX family's directives.
 *
 * Follows syslinux.cfg(5), menu.txt ("The simple menu system"), and U-Boot's doc/README.pxe.
 */
#include <string.h>
#include <strings.h>

#include "config/syslinux.h"
#include "config/value.h"

#define INDENT_MOST 72 /* blanks before a title: a line of the screen */

/* Directives: each gets the rest of its line, without blanks around it ------------------------------- */

typedef void directive_fn(struct syslinux *s, struct syslinux_source *source, const char *value);

static void do_label(struct syslinux *s, struct syslinux_source *source, const char *value)
{
	if (!*value)
		reading_problem(s->reading, source->file, source->line.number, 1,
				"LABEL without a name");
	syslinux_begin_label(s, source, value);
}

static void do_append(struct syslinux *s, struct syslinux_source *source, const char *value)
{
	(void)source;
	if (s->label)
		s->label->append = value;
	else
		s->append = value;
}

static void do_initrd(struct syslinux *s, struct syslinux_source *source, const char *value)
{
	(void)source;
	if (!s->label)
		return;
	/* To U-Boot the first counts, be it INITRD or "initrd=" of APPEND (parse_label()). */
	if (s->variant == SYSLINUX_UBOOT &&
	    (s->label->initrd || (s->label->append && strstr(s->label->append, "initrd="))))
		return;
	s->label->initrd = value;
}

static void do_devicetree(struct syslinux *s, struct syslinux_source *source, const char *value)
{
	(void)source;
	if (s->label)
		s->label->devicetree = value;
	s->variant = SYSLINUX_UBOOT;
}

static void do_fdtdir(struct syslinux *s, struct syslinux_source *source, const char *value)
{
	(void)source, (void)value;
	/* The board's own device tree, which the firmware passed on, stands in for the directory. */
	s->variant = SYSLINUX_UBOOT;
}

static void do_overlays(struct syslinux *s, struct syslinux_source *source, const char *value)
{
	if (s->label)
		s->label->overlays = value;
	s->variant = SYSLINUX_UBOOT;
	reading_problem(s->reading, source->file, source->line.number, 1,
			"device tree overlays are not applied: %s", value);
}

static void do_sysappend(struct syslinux *s, struct syslinux_source *source, const char *value)
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

static void do_default(struct syslinux *s, struct syslinux_source *source, const char *value)
{
	(void)source;
	s->default_command = value;
}

static void do_ui(struct syslinux *s, struct syslinux_source *source, const char *value)
{
	const char *cursor = value, *word = value_word(s->arena, &cursor);

	(void)source;
	s->ui = value;
	if (word && !strchr(word, '.')) /* it is a module, whose name may be short */
		s->ui = arena_print(s->arena, "%s.c32%s", word, cursor);
	s->has_ui = true;
}

static void do_prompt(struct syslinux *s, struct syslinux_source *source, const char *value)
{
	(void)source;
	s->prompt = value_leading_number(value) != 0;
}

static void do_ontimeout(struct syslinux *s, struct syslinux_source *source, const char *value)
{
	(void)source;
	s->ontimeout = value;
}

static void do_onerror(struct syslinux *s, struct syslinux_source *source, const char *value)
{
	(void)source;
	s->onerror = value;
}

static void do_implicit(struct syslinux *s, struct syslinux_source *source, const char *value)
{
	(void)source;
	s->no_implicit = value_leading_number(value) == 0;
}

static int64_t tenths(struct syslinux *s, struct syslinux_source *source, const char *value)
{
	int64_t n = value_leading_number(value);

	if (n < 0 || *value < '0' || *value > '9')
		reading_problem(s->reading, source->file, source->line.number, 1,
				"not a number of tenths of a second: \"%s\"", value);
	return n > 0 ? n : 0;
}

static void do_timeout(struct syslinux *s, struct syslinux_source *source, const char *value)
{
	s->menu->timeout = tenths(s, source, value);
}

static void do_totaltimeout(struct syslinux *s, struct syslinux_source *source, const char *value)
{
	s->total_timeout = tenths(s, source, value);
}

static void do_include(struct syslinux *s, struct syslinux_source *source, const char *value)
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
		syslinux_begin_menu(s, tag);
	syslinux_include(s, path, source->depth + 1);
	if (*tag)
		syslinux_end_menu(s);
}

/* TEXT HELP … ENDTEXT: shown beside the menu, nothing of it is a directive. */
static void do_text(struct syslinux *s, struct syslinux_source *source, const char *value)
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

static void do_nothing(struct syslinux *s, struct syslinux_source *source, const char *value)
{
	(void)s, (void)source, (void)value;
}

/* MENU … (menu.txt, "The simple menu system") */

static void do_menu_label(struct syslinux *s, struct syslinux_source *source, const char *value)
{
	(void)source;
	if (s->label)
		s->label->title = value;
	else
		s->menu->label = value;
}

static void do_menu_title(struct syslinux *s, struct syslinux_source *source, const char *value)
{
	(void)source;
	if (!s->menu->title) /* the first of a menu is what its parent shows */
		s->menu->title = value;
}

static void do_menu_default(struct syslinux *s, struct syslinux_source *source, const char *value)
{
	(void)source, (void)value;
	if (s->label) {
		s->label->chosen = true;
	} else if (s->menu->parent) {
		s->menu->parent->chosen = NULL;
		s->menu->parent->chosen_menu = s->menu;
	}
}

static void do_menu_hide(struct syslinux *s, struct syslinux_source *source, const char *value)
{
	(void)source, (void)value;
	if (s->label)
		s->label->hidden = true;
}

static void do_menu_disable(struct syslinux *s, struct syslinux_source *source, const char *value)
{
	(void)source, (void)value;
	if (s->label)
		s->label->disabled = true;
}

static void do_menu_indent(struct syslinux *s, struct syslinux_source *source, const char *value)
{
	int64_t n = value_leading_number(value);

	(void)source;
	if (s->label)
		s->label->indent = n < 0 ? 0 : n < INDENT_MOST ? (int)n : INDENT_MOST;
}

/* "Exit the menu system immediately unless … the Shift or Alt key is pressed" */
static void do_menu_shiftkey(struct syslinux *s, struct syslinux_source *source, const char *value)
{
	(void)source, (void)value;
	s->shiftkey = true;
}

static void do_menu_save(struct syslinux *s, struct syslinux_source *source, const char *value)
{
	(void)source, (void)value;
	s->saves = true;
	*(s->label ? &s->label->save : &s->menu->save) = true;
}

static void do_menu_nosave(struct syslinux *s, struct syslinux_source *source, const char *value)
{
	(void)source, (void)value;
	*(s->label ? &s->label->save : &s->menu->save) = false;
}

static void do_menu_separator(struct syslinux *s, struct syslinux_source *source, const char *value)
{
	(void)source, (void)value;
	syslinux_end_label(s);
}

static void do_menu_hidden(struct syslinux *s, struct syslinux_source *source, const char *value)
{
	(void)source, (void)value;
	s->hidden = true;
}

static void do_menu_begin(struct syslinux *s, struct syslinux_source *source, const char *value)
{
	(void)source;
	syslinux_begin_menu(s, value);
}

static void do_menu_end(struct syslinux *s, struct syslinux_source *source, const char *value)
{
	(void)source, (void)value;
	syslinux_end_menu(s); /* one too many, as in Cobbler's template, is nothing */
}

static void do_menu_start(struct syslinux *s, struct syslinux_source *source, const char *value)
{
	(void)source, (void)value;
	s->start = s->menu;
}

static void do_menu_password(struct syslinux *s, struct syslinux_source *source, const char *value)
{
	(void)source;
	if (s->label)
		s->label->password = value;
	else
		s->menu->password = value;
}

static void do_menu_master(struct syslinux *s, struct syslinux_source *source, const char *value)
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

static void do_menu_goto(struct syslinux *s, struct syslinux_source *source, const char *value)
{
	(void)source;
	go(s, "MENU GOTO", value);
}

static void do_menu_exit(struct syslinux *s, struct syslinux_source *source, const char *value)
{
	(void)source;
	go(s, "MENU EXIT", value);
}

static void do_menu_quit(struct syslinux *s, struct syslinux_source *source, const char *value)
{
	(void)source;
	go(s, "MENU QUIT", value);
}

static void do_menu_help(struct syslinux *s, struct syslinux_source *source, const char *value)
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
	{ "help", do_menu_help },           { "indent", do_menu_indent },
	{ "shiftkey", do_menu_shiftkey },   { "save", do_menu_save },
	{ "nosave", do_menu_nosave },       { NULL, NULL },
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

static void do_menu(struct syslinux *s, struct syslinux_source *source, const char *value)
{
	const struct directive *directive = look_up(menu_directives, value, &value);

	if (!s->label)
		s->has_menu = true;
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
	{ "overlays", do_overlays }, /* NVIDIA's loader for Jetson */
	/* About the screen, the keyboard and the line; nothing that bears on what is booted. */
	{ "prompt", do_prompt },
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

void syslinux_line(struct syslinux *s, struct syslinux_source *source)
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
