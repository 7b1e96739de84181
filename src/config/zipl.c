/*
 * zipl.conf of IBM Z: sections of kernels, and menus that number them.
 *
 * Follows zipl.conf(5) of s390-tools.
 */
#include "config/formats.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "config/assign.h"
#include "config/fstab.h"
#include "config/value.h"

#define PARMFILE_MOST ((size_t)64 * 1024)
#define MENU_MOST 256

/* A menu's line "1=linux". */
struct choice {
	int64_t number;
	const char *section;
};

struct zipl {
	struct reading *reading;
	struct arena *arena;
	struct fstab fstab;
	struct entry *entry; /* of the section being read; NULL: not a section of a kernel */
	const char *parameters, *parmfile; /* of this section */
	enum { IN_NOTHING, IN_DEFAULTBOOT, IN_MENU, IN_KERNEL } in;
	bool is_first_menu; /* only the menu that is installed counts; take the first */

	const char *default_section, *default_menu, *menu;
	VEC(struct choice) choices;
	int64_t default_number;
	struct wait {
		bool prompt;
		int64_t timeout; /* seconds; 0: for ever */
	} own, of_menu;
	bool is_auto; /* "defaultauto": a menu of all sections */
};

/* The parameters of a file, in which line ends are blanks. */
static const char *read_parmfile(struct zipl *zipl, const char *name)
{
	struct file_ref ref = fstab_locate(zipl->reading, &zipl->fstab, name);
	char *bytes;
	size_t size;

	if (!ref.device && volume_read(zipl->arena, zipl->reading->volume, ref.path, PARMFILE_MOST,
				       &bytes, &size) == 0)
		return bytes;
	reading_problem(zipl->reading, zipl->reading->file, zipl->entry->line, 1,
			"parmfile %s can't be read", ref.path);
	entry_refuse(zipl->arena, zipl->entry, "parmfile %s can't be read", ref.path);
	return "";
}

/* All that is said in a section is known when the next one begins. */
static void finish_section(struct zipl *zipl)
{
	struct entry *entry = zipl->entry;
	const char *line = "";

	zipl->in = IN_NOTHING;
	if (!entry)
		return;
	if (zipl->parmfile)
		line = read_parmfile(zipl, zipl->parmfile);
	entry->cmdline = value_squeeze(zipl->arena,
				       value_join(zipl->arena, line, zipl->parameters));
	if (!entry->kernel.path)
		entry_refuse(zipl->arena, entry, "names no kernel image");
	zipl->entry = NULL;
	zipl->parameters = zipl->parmfile = NULL;
}

/* "[linux]" opens a section, ":menu" a menu. */
static bool open_section(struct zipl *zipl, const struct assignment *a)
{
	const char *name = a->name;
	size_t n = strlen(name);

	if (name[0] == ':') {
		finish_section(zipl);
		zipl->in = IN_MENU;
		zipl->is_first_menu = !zipl->menu;
		if (zipl->default_menu && strcmp(zipl->default_menu, name + 1) == 0) {
			zipl->is_first_menu = true;
			zipl->choices.n = 0;
		}
		if (zipl->is_first_menu)
			zipl->menu = name + 1;
		return true;
	}
	if (name[0] != '[' || n < 2 || name[n - 1] != ']')
		return false;
	name = arena_copy(zipl->arena, name + 1, n - 2);
	finish_section(zipl);
	zipl->in = strcmp(name, "defaultboot") == 0 ? IN_DEFAULTBOOT : IN_KERNEL;
	if (zipl->in == IN_DEFAULTBOOT ||
	    reading_is_full(zipl->reading, zipl->reading->config->entries.n))
		return true;
	zipl->entry = config_add(zipl->arena, zipl->reading->config, name);
	zipl->entry->own_id = name;
	zipl->entry->line = a->line;
	return true;
}

/* An address may follow a file's name: "image=/boot/vmlinuz,0x10000". */
static const char *without_address(struct arena *arena, const char *value)
{
	return arena_copy(arena, value, strcspn(value, ","));
}

static void assign_kernel(struct zipl *zipl, const struct assignment *a)
{
	struct entry *entry = zipl->entry;
	const char *file = without_address(zipl->arena, a->value);

	if (strcasecmp(a->name, "image") == 0) {
		entry->kernel = fstab_locate(zipl->reading, &zipl->fstab, file);
	} else if (strcasecmp(a->name, "ramdisk") == 0) {
		entry->initrds.n = 0;
		vec_push(zipl->arena, &entry->initrds) =
			fstab_locate(zipl->reading, &zipl->fstab, file);
	} else if (strcasecmp(a->name, "parameters") == 0) {
		zipl->parameters = a->value;
	} else if (strcasecmp(a->name, "parmfile") == 0) {
		zipl->parmfile = file;
	} else if (strncasecmp(a->name, "dump", 4) == 0 || strcasecmp(a->name, "segment") == 0 ||
		   strcasecmp(a->name, "mvdump") == 0) {
		entry->kind = ENTRY_NONE;
		entry_refuse(zipl->arena, entry, "%s: a tool of IBM Z, no kernel", a->name);
	}
}

static void assign_menu(struct zipl *zipl, const struct assignment *a)
{
	int64_t number;

	if (!zipl->is_first_menu)
		return;
	if (strcasecmp(a->name, "default") == 0)
		zipl->default_number = value_leading_number(a->value);
	else if (strcasecmp(a->name, "prompt") == 0)
		zipl->of_menu.prompt = value_leading_number(a->value) != 0;
	else if (strcasecmp(a->name, "timeout") == 0)
		zipl->of_menu.timeout = value_leading_number(a->value);
	else if (value_number(a->name, &number) && zipl->choices.n < MENU_MOST)
		vec_push(zipl->arena, &zipl->choices) = (struct choice){ number, a->value };
}

static void assign_default(struct zipl *zipl, const struct assignment *a)
{
	if (strcasecmp(a->name, "default") == 0)
		zipl->default_section = a->value;
	else if (strcasecmp(a->name, "defaultmenu") == 0)
		zipl->default_menu = a->value;
	else if (strcasecmp(a->name, "prompt") == 0)
		zipl->own.prompt = value_leading_number(a->value) != 0;
	else if (strcasecmp(a->name, "timeout") == 0)
		zipl->own.timeout = value_leading_number(a->value);
}

static void choose_default(struct zipl *zipl)
{
	struct config *config = zipl->reading->config;
	const char *name = zipl->default_menu ? NULL : zipl->default_section;

	if (!config->entries.n)
		return;
	for (size_t i = 0; !name && i < zipl->choices.n; i++)
		if (zipl->choices.at[i].number == zipl->default_number)
			name = zipl->choices.at[i].section;
	config->default_entry = 0;
	config->default_why = "the first section";
	for (size_t i = 0; name && i < config->entries.n; i++)
		if (strcmp(config->entries.at[i]->own_id, name) == 0) {
			config->default_entry = i;
			config->default_why = arena_print(zipl->arena, "default %s", name);
			return;
		}
	if (name)
		reading_problem(zipl->reading, zipl->reading->file, 0, 0,
				"default %s: there is no such section", name);
}

/*
 * Without a menu, the default boots at once. A menu's timeout of 0 waits for ever. What a menu
 * section says is of no account where [defaultboot] makes a menu of all sections, or names one.
 */
static void set_timeout(struct zipl *zipl)
{
	bool is_menu = zipl->default_menu || (!zipl->is_auto && !zipl->default_section);
	const struct wait *wait = is_menu ? &zipl->of_menu : &zipl->own;

	if (!wait->prompt || (!is_menu && !zipl->is_auto))
		reading_set_timeout(zipl->reading, 0, 1);
	else if (wait->timeout > 0)
		reading_set_timeout(zipl->reading, wait->timeout, 1);
}

int zipl_read(struct reading *reading)
{
	static const char *const whole_line[] = { "parameters", NULL };
	struct zipl zipl = { .reading = reading, .arena = reading->arena, .default_number = 1 };
	struct assignments assignments = { .whole_line = whole_line };
	struct assignment a;
	int error = assign_open(&assignments, reading, reading->file);

	if (error)
		return error;
	while (assign_next(&assignments, &a)) {
		if (!a.value && open_section(&zipl, &a))
			continue;
		if (!a.value) {
			zipl.is_auto |= strcasecmp(a.name, "defaultauto") == 0;
			continue;
		}
		if (zipl.in == IN_DEFAULTBOOT)
			assign_default(&zipl, &a);
		else if (zipl.in == IN_MENU)
			assign_menu(&zipl, &a);
		else if (zipl.entry)
			assign_kernel(&zipl, &a);
	}
	finish_section(&zipl);
	choose_default(&zipl);
	set_timeout(&zipl);
	return 0;
}

bool zipl_claims(const char *path, const char *bytes, size_t size)
{
	(void)size;
	return bytes && path_name_is(path, "zipl.conf");
}
