/*
 * GRUB 0.97's commands, with the additions of Debian (uuid), Red Hat and GRUB4DOS (find --set-root,
 * map) that bear on what is booted.
 *
 * Follows the GRUB Legacy manual ("Menu-specific commands", "General commands", "Command-line and
 * menu entry commands"); for GRUB4DOS its README.
 */
#include "config/grub_legacy.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "config/value.h"

#define VARIABLES_MOST 256
#define LINE_MOST      4096 /* bytes of a line with its variables' values */

/* Devices ------------------------------------------------------------------------------------------- */

/*
 * "hd0,0" as GRUB 2 would write it: partitions from 1. NULL for what has no name there: a BSD
 * partition "hd0,0,a", the network, a ramdisk.
 */
static const char *modern_name(struct arena *arena, const char *device)
{
	const char *comma = strchr(device, ',');
	int64_t partition;

	if ((!string_starts(device, "hd") && !string_starts(device, "cd")) ||
	    (comma && !value_number(comma + 1, &partition)))
		return NULL;
	if (strcmp(device, "cd") == 0)
		return "cd0";
	if (!comma)
		return device;
	return arena_print(arena, "%.*s,%lld", (int)(comma - device), device,
			   (long long)partition + 1);
}

/* The volume of "(hd0,0)"; NULL if there is none. */
static const struct volume *find_device(struct grub_legacy *g, const char *device)
{
	const char *name = modern_name(g->arena, device);
	const struct volume *volume = name ? volumes_find(g->reading->volumes, VOLUME_GRUB, name)
					   : NULL;

	/* A tree that was copied from a disk stands for all of its disk's names. */
	return !volume && g->reading->volumes->any ? g->reading->volume : volume;
}

/* A device that only matters now that a file of it is named: wait for it. */
static void want_device(struct grub_legacy *g, const char *device)
{
	const char *name = modern_name(g->arena, device);

	if (name)
		reading_find(g->reading, VOLUME_GRUB, name);
}

/* What "(DEVICE)" means for files: a volume, or the image that is mapped to this name. */
static bool set_device(struct grub_legacy *g, struct file_ref *ref, const char *device)
{
	const struct volume *volume;

	if (g->mapped && strcmp(device, g->mapped) == 0) {
		ref->device = g->image.device;
		ref->loop = g->image.path;
		return true;
	}
	volume = find_device(g, device);
	ref->device = volume ? reading_device(g->reading, volume) : NULL;
	ref->loop = NULL;
	return volume != NULL;
}

/* "(hd0,0)/path", or "/path" from the root device. */
static struct file_ref find_file(struct grub_legacy *g, const char *what, const char *name)
{
	struct file_ref ref = { .device = g->root.device, .loop = g->root.loop };
	const char *missing = g->root_missing, *end;

	if (*name == '(' && (end = strchr(name, ')'))) {
		const char *device = arena_copy(g->arena, name + 1, (size_t)(end - name - 1));

		name = end + 1;
		missing = set_device(g, &ref, device) ? NULL : device;
	}
	if (missing) {
		want_device(g, missing);
		entry_refuse(g->arena, g->entry, "%s %s: the device (%s) is not here", what, name,
			     missing);
	}
	ref.path = path_join(g->arena, "/", name);
	return ref;
}

/* Commands: each gets the rest of its line ------------------------------------------------------------- */

typedef void command_fn(struct grub_legacy *g, const char *args);

/* A title without a command that GRUB knows is overwritten by the next one (its stage2.c, cmain()). */
void grub_legacy_end_entry(struct grub_legacy *g)
{
	if (g->entry && !g->commands)
		g->reading->config->entries.n--;
	g->entry = NULL;
	g->commands = 0;
}

static void do_title(struct grub_legacy *g, const char *args)
{
	const char *help = strstr(args, "\\n"); /* GRUB4DOS shows what is behind it below the menu */

	grub_legacy_end_entry(g);
	if (help)
		args = arena_copy(g->arena, args, (size_t)(help - args));
	g->variables.n = g->common_variables;
	if (reading_is_full(g->reading, g->reading->config->entries.n))
		return;
	g->entry = config_add(g->arena, g->reading->config, args);
	g->entry->own_id = args;
	g->entry->line = g->line;
	g->entry->kind = ENTRY_NONE;
	g->root = (struct file_ref){ 0 };
	g->root_missing = g->mapped = NULL;
}

static void do_root(struct grub_legacy *g, const char *args)
{
	const char *end = strchr(args, ')');
	const char *device;

	if (!g->entry)
		return;
	if (*args != '(' || !end) {
		reading_problem(g->reading, g->reading->file, g->line, 1,
				"root needs a device in parentheses: \"%s\"", args);
		return;
	}
	device = arena_copy(g->arena, args + 1, (size_t)(end - args - 1));
	g->root_missing = set_device(g, &g->root, device) ? NULL : device;
}

/* Debian's: the file system of a UUID becomes the root. */
static void do_uuid(struct grub_legacy *g, const char *args)
{
	const char *uuid = value_word(g->arena, &args);
	const struct volume *volume;

	if (!g->entry || !uuid)
		return;
	volume = reading_find(g->reading, VOLUME_UUID, uuid);
	g->root = (struct file_ref){ 0 };
	g->root_missing = volume ? NULL : uuid;
	if (volume)
		g->root.device = reading_device(g->reading, volume);
}

/* GRUB4DOS: find --set-root FILE. Without the option it only prints. */
static void do_find(struct grub_legacy *g, const char *args)
{
	const char *file = NULL, *word;
	const struct volume *volume;
	bool set = false;

	while ((word = value_word(g->arena, &args)))
		if (string_starts(word, "--set-root"))
			set = true;
		else if (word[0] == '/' && !file)
			file = word;
	if (!g->entry || !set || !file)
		return;
	volume = volumes_find(g->reading->volumes, VOLUME_FILE, file);
	if (!volume && g->reading->volumes->any)
		volume = g->reading->volume;
	if (!volume)
		volume = reading_find(g->reading, VOLUME_FILE, file);
	g->root = (struct file_ref){ 0 };
	g->root_missing = volume ? NULL : file;
	if (volume)
		g->root.device = reading_device(g->reading, volume);
}

/* GRUB4DOS: map IMAGE (DISK) makes a disk of an image file. Mapping disks to disks is the BIOS's. */
static void do_map(struct grub_legacy *g, const char *args)
{
	const char *file = NULL, *word;

	while ((word = value_word(g->arena, &args))) {
		if (word[0] == '-')
			continue;
		if (!file) {
			file = word;
		} else if (g->entry && strchr(file, '/') && word[0] == '(') {
			g->image = find_file(g, "image", file);
			g->mapped = arena_copy(g->arena, word + 1, strcspn(word + 1, ")"));
			return;
		}
	}
}

static void do_kernel(struct grub_legacy *g, const char *args)
{
	const char *word;

	if (!g->entry)
		return;
	while ((word = value_word(g->arena, &args)) && string_starts(word, "--"))
		if (string_starts(word, "--type=") && strcmp(word, "--type=linux") != 0 &&
		    strcmp(word, "--type=biglinux") != 0 && strcmp(word, "--type=multiboot") != 0)
			entry_refuse(g->arena, g->entry, "%s is no Linux and no multiboot kernel",
				     word + strlen("--type="));
	if (!word) {
		reading_problem(g->reading, g->reading->file, g->line, 1,
				"kernel without a file name");
		return;
	}
	/* A kernel becomes multiboot's when a module follows. A new one starts afresh. */
	g->entry->kind = ENTRY_LINUX;
	g->entry->kernel = find_file(g, "kernel", word);
	g->entry->cmdline = value_squeeze(g->arena, args);
	g->entry->initrds.n = 0;
	g->entry->boot_image = NULL;
}

static void do_initrd(struct grub_legacy *g, const char *args)
{
	const char *word;

	if (!g->entry)
		return;
	g->entry->initrds.n = 0;
	while ((word = value_word(g->arena, &args)))
		vec_push(g->arena, &g->entry->initrds) = find_file(g, "initrd", word);
}

/* A module's command line and the kernel's hold the file's name first (GRUB Legacy, boot.c). */
static void do_module(struct grub_legacy *g, const char *args)
{
	const char *line = value_squeeze(g->arena, args), *word = value_word(g->arena, &args);
	struct file_ref ref;

	if (!g->entry || !word)
		return;
	if (g->entry->kind == ENTRY_LINUX) {
		g->entry->kind = ENTRY_MULTIBOOT;
		g->entry->version = 1;
		g->entry->boot_image = g->entry->kernel.path;
	}
	ref = find_file(g, "module", word);
	ref.args = line;
	vec_push(g->arena, &g->entry->initrds) = ref;
}

static void do_chainloader(struct grub_legacy *g, const char *args)
{
	if (!g->entry)
		return;
	g->entry->kind = ENTRY_EFI;
	entry_refuse(g->arena, g->entry, "chainloader %s: another boot loader, which needs the firmware",
		     args);
}

static void do_configfile(struct grub_legacy *g, const char *args)
{
	if (g->entry)
		entry_refuse(g->arena, g->entry, "opens another menu (%s)", args);
}

static void do_reboot(struct grub_legacy *g, const char *args)
{
	(void)args;
	if (g->entry)
		g->entry->kind = ENTRY_REBOOT;
}

static void do_halt(struct grub_legacy *g, const char *args)
{
	(void)args;
	if (g->entry)
		g->entry->kind = ENTRY_POWEROFF;
}

/* A number at the start; what follows it doesn't matter (GRUB Legacy, safe_parse_maxint()). */
static bool is_number(const char *args)
{
	return *args >= '0' && *args <= '9';
}

static void do_default(struct grub_legacy *g, const char *args)
{
	if (g->entry)
		return;
	g->default_saved = strncmp(args, "saved", 5) == 0;
	g->saved_file = *args == '/' ? args : NULL; /* GRUB4DOS */
	g->default_number = NO_NUMBER;
	if (g->default_saved || g->saved_file)
		return;
	if (is_number(args))
		g->default_number = value_leading_number(args);
	else
		reading_problem(g->reading, g->reading->file, g->line, 1,
				"default is no number: \"%s\"", args);
}

static void do_timeout(struct grub_legacy *g, const char *args)
{
	if (g->entry)
		return;
	if (is_number(args))
		reading_set_timeout(g->reading, value_leading_number(args), 1);
	else if (strcmp(args, "-1") != 0) /* which waits for ever, as no timeout does */
		reading_problem(g->reading, g->reading->file, g->line, 1,
				"timeout is no number: \"%s\"", args);
}

static void do_fallback(struct grub_legacy *g, const char *args)
{
	const char *word;

	if (g->entry)
		return;
	while ((word = value_word(g->arena, &args)) && g->fallback_count < FALLBACKS_MOST)
		g->fallbacks[g->fallback_count++] = value_leading_number(word);
}

static void do_hiddenmenu(struct grub_legacy *g, const char *args)
{
	(void)args;
	g->reading->config->timeout_style = TIMEOUT_COUNTDOWN;
}

static void add_user(struct grub_legacy *g, const char *name, const char *password, bool super)
{
	vec_push(g->arena, &g->reading->config->users) = (struct user){
		.name = name,
		.password = password,
		.super = super,
	};
}

/* password [--md5|--encrypted] PASSWORD [MENU]: for the whole menu, or for an entry. */
static void do_password(struct grub_legacy *g, const char *args)
{
	const char *word = value_word(g->arena, &args);
	bool hashed = false;

	while (word && string_starts(word, "--")) {
		hashed = true;
		word = value_word(g->arena, &args);
	}
	if (!word)
		return;
	if (g->entry) {
		g->entry->users = g->entry->title;
		add_user(g, g->entry->title, hashed ? NULL : word, false);
		return;
	}
	g->password = word;
	g->reading->config->locked = true;
	add_user(g, "grub", hashed ? NULL : word, true);
}

static void do_lock(struct grub_legacy *g, const char *args)
{
	(void)args;
	if (g->entry && g->password)
		g->entry->users = "";
}

/* GRUB4DOS: set NAME=VALUE, for %NAME% in the lines below. */
static void do_set(struct grub_legacy *g, const char *args)
{
	const char *equals = strchr(args, '=');

	if (!equals || args[0] == '/' || g->variables.n >= VARIABLES_MOST)
		return;
	vec_push(g->arena, &g->variables) = (struct variable){
		.name = value_trim(g->arena, args, equals),
		.value = equals + 1,
	};
	if (!g->entry)
		g->common_variables = g->variables.n;
}

static const char *find_variable(const struct grub_legacy *g, const char *name, size_t n)
{
	for (size_t i = g->variables.n; i-- > 0;)
		if (strncasecmp(g->variables.at[i].name, name, n) == 0 &&
		    !g->variables.at[i].name[n])
			return g->variables.at[i].value;
	return NULL;
}

/* The line with the values of its variables; what is not set stays as it is. */
static const char *expand(struct grub_legacy *g, const char *line)
{
	struct text text = TEXT(g->arena);

	if (!g->variables.n || !strchr(line, '%'))
		return line;
	while (*line && text.n < LINE_MOST) {
		const char *end = *line == '%' ? strchr(line + 1, '%') : NULL;
		const char *value = end ? find_variable(g, line + 1, (size_t)(end - line) - 1) : NULL;

		if (value) {
			text_string(&text, value);
			line = end + 1;
		} else {
			text_char(&text, *line++);
		}
	}
	return text_end(&text);
}

static const struct {
	const char *name;
	command_fn *run;
} commands[] = {
	{ "set", do_set },
	{ "title", do_title },
	{ "root", do_root },
	{ "rootnoverify", do_root },
	{ "kernel", do_kernel },
	{ "initrd", do_initrd },
	{ "module", do_module },
	{ "modulenounzip", do_module },
	{ "chainloader", do_chainloader },
	{ "configfile", do_configfile },
	{ "default", do_default },
	{ "timeout", do_timeout },
	{ "fallback", do_fallback },
	{ "hiddenmenu", do_hiddenmenu },
	{ "password", do_password },
	{ "lock", do_lock },
	{ "reboot", do_reboot },
	{ "halt", do_halt },
	{ "uuid", do_uuid },
	{ "find", do_find },
	{ "map", do_map },
	{ NULL, NULL },
};

/* Nothing of these bears on what is booted here. */
static const char *const ignored[] = {
	"background", "blocklist", "boot", "bootp", "calc", "cat", "checkrange", "clear", "cmp",
	"color", "commandline", "dd", "debug", "device", "dhcp", "displayapm", "displaymem",
	"echo", "embed", "errnum", "errorcheck", "fontfile", "foreground", "fstest", "geometry",
	"gfxmenu", "graphicsmode", "help", "hide", "ifconfig", "impsprobe", "install", "ioprobe",
	"is64bit", "iftitle", "ls", "makeactive", "md5crypt", "outline", "pager", "partnew",
	"parttype", "pause", "pxe", "quiet", "quit", "rarp", "read", "savedefault", "serial",
	"setkey", "setup", "setvbe", "shade", "splashimage", "terminal", "terminfo",
	"testload", "testvbe", "tftpserver", "unhide", "uppermem", "vbeprobe", "verbose",
	"viewport", "wait", "write",
};

/* Lines ---------------------------------------------------------------------------------------------- */

/* "default=0" and "default 0" are the same: blanks and an equals sign end a command's name. */
static size_t name_length(const char *line)
{
	size_t n = 0;

	while (line[n] && !value_is_blank(line[n]) && line[n] != '=')
		n++;
	return n;
}

static const char *args_of(const char *line)
{
	const char *at = line + name_length(line);

	while (*at && (value_is_blank(*at) || *at == '='))
		at++;
	return at;
}

void grub_legacy_run(struct grub_legacy *g, const char *line)
{
	size_t n;

	line = expand(g, line);
	n = name_length(line);
	for (size_t i = 0; commands[i].name; i++)
		if (strlen(commands[i].name) == n && strncasecmp(line, commands[i].name, n) == 0) {
			g->commands += commands[i].run != do_title;
			commands[i].run(g, args_of(line));
			return;
		}
	for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
		if (strlen(ignored[i]) == n && strncasecmp(line, ignored[i], n) == 0) {
			g->commands++;
			return;
		}
	/* GRUB skips it when it reads the file, so the entry is what the rest makes it. */
	reading_problem(g->reading, g->reading->file, g->line, 1, "unknown command \"%.*s\"",
			(int)(n < 40 ? n : 40), line);
}
