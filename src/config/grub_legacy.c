/*
 * GRUB 0.97: menu.lst and grub.conf, with the additions of Debian (uuid), Red Hat and GRUB4DOS
 * (find --set-root, map) that bear on what is booted.
 *
 * Follows the GRUB Legacy manual ("Menu-specific commands", "General commands", "Command-line and
 * menu entry commands"); for GRUB4DOS its README.
 */
#include "config/formats.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "config/value.h"

#define FALLBACKS_MOST 64
#define SAVED_MOST 4096 /* bytes of the file that keeps the saved default */

struct grub_legacy {
	struct reading *reading;
	struct arena *arena;
	struct entry *entry; /* the one being read; NULL: still before the first title */
	unsigned line;

	/* of the current entry: what "root" is, and a disk that "map" makes of an image file */
	struct file_ref root;
	const char *root_missing; /* the device that root names, and that is not there; or NULL */
	const char *mapped;       /* the made-up disk: "0xff" */
	struct file_ref image;

	int64_t default_number; /* NO_NUMBER: none */
	bool default_saved;
	const char *saved_file;
	int64_t fallbacks[FALLBACKS_MOST];
	unsigned fallback_count;
	const char *password; /* what locked entries ask for; NULL: nothing is locked */
};

#define NO_NUMBER (-1)

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

static void do_title(struct grub_legacy *g, const char *args)
{
	g->entry = NULL;
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

static void do_default(struct grub_legacy *g, const char *args)
{
	if (g->entry)
		return;
	g->default_saved = strncmp(args, "saved", 5) == 0;
	g->saved_file = *args == '/' ? args : NULL; /* GRUB4DOS */
	g->default_number = NO_NUMBER;
	if (g->default_saved || g->saved_file)
		return;
	if (!value_number(args, &g->default_number) || g->default_number < 0) {
		reading_problem(g->reading, g->reading->file, g->line, 1,
				"default is no number: \"%s\"", args);
		g->default_number = NO_NUMBER;
	}
}

static void do_timeout(struct grub_legacy *g, const char *args)
{
	int64_t seconds;

	if (g->entry)
		return;
	if (!value_number(args, &seconds))
		reading_problem(g->reading, g->reading->file, g->line, 1,
				"timeout is no number: \"%s\"", args);
	else if (seconds >= 0)
		reading_set_timeout(g->reading, seconds, 1);
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

static void do_nothing(struct grub_legacy *g, const char *args)
{
	(void)g, (void)args;
}

static const struct {
	const char *name;
	command_fn *run;
} commands[] = {
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
	/* Nothing of these bears on what is booted here. */
	{ "background", do_nothing },   { "blocklist", do_nothing },  { "boot", do_nothing },
	{ "bootp", do_nothing },        { "calc", do_nothing },       { "cat", do_nothing },
	{ "checkrange", do_nothing },   { "clear", do_nothing },      { "cmp", do_nothing },
	{ "color", do_nothing },        { "commandline", do_nothing }, { "dd", do_nothing },
	{ "debug", do_nothing },        { "device", do_nothing },     { "dhcp", do_nothing },
	{ "displayapm", do_nothing },   { "displaymem", do_nothing }, { "echo", do_nothing },
	{ "embed", do_nothing },        { "errnum", do_nothing },     { "errorcheck", do_nothing },
	{ "fontfile", do_nothing },     { "foreground", do_nothing }, { "fstest", do_nothing },
	{ "geometry", do_nothing },     { "gfxmenu", do_nothing },    { "graphicsmode", do_nothing },
	{ "help", do_nothing },         { "hide", do_nothing },       { "ifconfig", do_nothing },
	{ "impsprobe", do_nothing },    { "install", do_nothing },    { "ioprobe", do_nothing },
	{ "is64bit", do_nothing },      { "iftitle", do_nothing },    { "ls", do_nothing },
	{ "makeactive", do_nothing },   { "md5crypt", do_nothing },   { "outline", do_nothing },
	{ "pager", do_nothing },        { "partnew", do_nothing },    { "parttype", do_nothing },
	{ "pause", do_nothing },        { "pxe", do_nothing },        { "quiet", do_nothing },
	{ "quit", do_nothing },         { "rarp", do_nothing },       { "read", do_nothing },
	{ "savedefault", do_nothing },  { "serial", do_nothing },     { "set", do_nothing },
	{ "setkey", do_nothing },       { "setup", do_nothing },      { "setvbe", do_nothing },
	{ "shade", do_nothing },        { "splashimage", do_nothing }, { "terminal", do_nothing },
	{ "terminfo", do_nothing },     { "testload", do_nothing },   { "testvbe", do_nothing },
	{ "tftpserver", do_nothing },   { "unhide", do_nothing },     { "uppermem", do_nothing },
	{ "vbeprobe", do_nothing },     { "verbose", do_nothing },    { "viewport", do_nothing },
	{ "wait", do_nothing },         { "write", do_nothing },
	{ NULL, NULL },
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

static void run_line(struct grub_legacy *g, const char *line)
{
	size_t n = name_length(line);

	for (size_t i = 0; commands[i].name; i++)
		if (strlen(commands[i].name) == n && strncasecmp(line, commands[i].name, n) == 0) {
			commands[i].run(g, args_of(line));
			return;
		}
	reading_problem(g->reading, g->reading->file, g->line, 1, "unknown command \"%.*s\"",
			(int)(n < 40 ? n : 40), line);
	/* GRUB stops an entry here, with error 27. */
	if (g->entry)
		entry_refuse(g->arena, g->entry, "unknown command in line %u: %.*s", g->line,
			     (int)(n < 40 ? n : 40), line);
}

/* Lines that end in a backslash go on in the next one. Lines whose first character is # are dropped. */
static void read_lines(struct grub_legacy *g, const char *cursor, const char *end)
{
	struct text text = TEXT(g->arena);
	struct line line = { 0 };

	while (line_next(&line, &cursor, end)) {
		const char *at = value_trim(g->arena, line.at, line.end);
		size_t n = strlen(at);

		if (!text.n) {
			g->line = line.number;
			if (*at == '#')
				continue;
		}
		if (n && at[n - 1] == '\\') {
			text_add(&text, at, n - 1);
			text_char(&text, ' ');
			continue;
		}
		text_add(&text, at, n);
		at = value_trim(g->arena, text_end(&text), text.at + text.n);
		text = (struct text)TEXT(g->arena);
		if (*at)
			run_line(g, at);
	}
	if (text.n)
		run_line(g, value_rest(text_end(&text)));
}

/* The whole ------------------------------------------------------------------------------------------ */

/* "default saved" keeps the number in a file "default" beside the menu, padded with lines. */
static void read_saved(struct grub_legacy *g)
{
	const char *directory = path_directory(g->arena, g->reading->file);
	const char *file = g->saved_file ? g->saved_file : path_join(g->arena, directory, "default");
	char *bytes;
	size_t size;

	if (volume_read(g->arena, g->reading->volume, file, SAVED_MOST, &bytes, &size) == 0 &&
	    *value_rest(bytes) >= '0' && *value_rest(bytes) <= '9')
		g->default_number = value_leading_number(bytes);
	else
		g->default_number = 0;
}

static void choose_default(struct grub_legacy *g)
{
	struct config *config = g->reading->config;

	if (g->default_saved || g->saved_file)
		read_saved(g);
	if (!config->entries.n)
		return;
	config->default_why = g->default_saved || g->saved_file
				      ? "default saved"
				      : arena_print(g->arena, "default %lld",
						    (long long)g->default_number);
	if (g->default_number == NO_NUMBER)
		config->default_why = "the first of the menu";
	config->default_entry = g->default_number < 0 ? 0 : (size_t)g->default_number;
	if (config->default_entry >= config->entries.n) {
		reading_problem(g->reading, g->reading->file, 0, 0,
				"default %lld: there are only %zu entries",
				(long long)g->default_number, config->entries.n);
		config->default_entry = 0;
	}
	for (unsigned i = 0; i < g->fallback_count; i++)
		if (g->fallbacks[i] >= 0 && (size_t)g->fallbacks[i] < config->entries.n)
			vec_push(g->arena, &config->fallback) = (size_t)g->fallbacks[i];
}

int grub_legacy_read(struct reading *reading)
{
	struct grub_legacy g = {
		.reading = reading,
		.arena = reading->arena,
		.default_number = NO_NUMBER,
	};
	const char *bytes, *end;
	int error = reading_load(reading, reading->file, &bytes, &end);

	if (error)
		return error;
	read_lines(&g, bytes, end);
	for (size_t i = 0; i < reading->config->entries.n; i++) {
		struct entry *entry = reading->config->entries.at[i];

		if (entry->kind == ENTRY_NONE)
			entry_refuse(g.arena, entry, "names no kernel");
	}
	choose_default(&g);
	return 0;
}

bool grub_legacy_claims(const char *path, const char *bytes, size_t size)
{
	const char *cursor = bytes;
	struct line line = { 0 };

	if (!bytes)
		return false;
	if (path_name_is(path, "menu.lst"))
		return true;
	/* grub.conf was GRUB 2's too, in some places: what has a title is this one's. */
	while (path_name_is(path, "grub.conf") && line_next(&line, &cursor, bytes + size)) {
		const char *at = line.at;

		while (at < line.end && value_is_blank(*at))
			at++;
		if (line.end - at > 6 && strncasecmp(at, "title", 5) == 0 &&
		    (value_is_blank(at[5]) || at[5] == '='))
			return true;
	}
	return false;
}
