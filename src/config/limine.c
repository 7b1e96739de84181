/*
 * limine.conf, and limine.cfg of versions before 8, which differs in its signs: ":" instead of "/"
 * before an entry, "=" instead of ":" after a key, "boot:///" instead of "boot():/".
 *
 * Follows Limine's CONFIG.md.
 */
#include "config/formats.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "config/uki.h"
#include "config/value.h"

#define MACROS_MOST 256
#define EXPANSIONS_MOST ((size_t)64 * 1024) /* bytes of a line with its macros in it */
#define DEEPEST 16                          /* directories in directories */

struct macro {
	const char *name, *value;
};

/* An entry or a directory, as the menu has them line by line. */
struct node {
	const char *title;
	unsigned depth; /* from 1 */
	bool is_open;   /* a directory that starts open */
	const char *protocol;
	struct entry *entry; /* what the keys say, used unless it turns out to be a directory */
	unsigned line;
};

struct limine {
	struct reading *reading;
	struct arena *arena;
	bool is_old;
	VEC(struct macro) macros;
	VEC(struct node *) nodes;
	struct node *node;
	const char *default_entry;
	int64_t timeout; /* seconds; -1: waits for ever */
};

/* Macros ------------------------------------------------------------------------------------------- */

static const char *macro_value(const struct limine *limine, const char *name, size_t n)
{
	for (size_t i = limine->macros.n; i > 0; i--)
		if (strncmp(limine->macros.at[i - 1].name, name, n) == 0 &&
		    !limine->macros.at[i - 1].name[n])
			return limine->macros.at[i - 1].value;
	return NULL;
}

static const char *expand(const struct limine *limine, const char *text)
{
	struct text out = TEXT(limine->arena);

	if (!strstr(text, "${"))
		return text;
	while (*text && out.n < EXPANSIONS_MOST) {
		const char *end = text[0] == '$' && text[1] == '{' ? strchr(text, '}') : NULL;
		const char *value = end ? macro_value(limine, text + 2, (size_t)(end - text - 2))
					: NULL;

		if (value)
			text_string(&out, value);
		else
			text_char(&out, *text);
		text = value ? end + 1 : text + 1;
	}
	if (*text)
		reading_problem(limine->reading, limine->reading->file, 0, 0,
				"a line is too long with its macros: it is cut");
	return text_end(&out);
}

/* "${NAME}=value" */
static bool define_macro(struct limine *limine, const char *text)
{
	const char *end = strchr(text, '}'), *value;

	if (text[0] != '$' || text[1] != '{' || !end || end[1] != '=')
		return false;
	value = expand(limine, end + 2);
	if (limine->macros.n < MACROS_MOST)
		vec_push(limine->arena, &limine->macros) = (struct macro){
			.name = arena_copy(limine->arena, text + 2, (size_t)(end - text - 2)),
			.value = value,
		};
	return true;
}

/* Paths -------------------------------------------------------------------------------------------- */

/* "1:3", drive and partition from 1, in GRUB's way: "hd0,3". The partition may be left out. */
static const char *drive_name(struct arena *arena, const char *kind, const char *root)
{
	const char *colon = strchr(root, ':');
	int64_t drive = value_leading_number(root);
	int64_t partition = colon ? value_leading_number(colon + 1) : 0;

	if (drive < 1)
		return NULL;
	if (partition < 1)
		return arena_print(arena, "%s%lld", kind, (long long)drive - 1);
	return arena_print(arena, "%s%lld,%lld", kind, (long long)drive - 1, (long long)partition);
}

/* The volume of a resource and its root: "hdd" and "1:3"; NULL if there is none. */
static const struct volume *find_volume(struct limine *limine, const char *resource,
					const char *root)
{
	struct reading *reading = limine->reading;
	const struct volume *volume;
	const char *name = NULL;

	if (strcmp(resource, "boot") == 0 && !*root)
		return reading->volume;
	if (strcmp(resource, "guid") == 0 || strcmp(resource, "uuid") == 0) {
		volume = volumes_find(reading->volumes, VOLUME_PARTUUID, root);
		if (!volume || reading->volumes->any)
			volume = reading_find(reading, VOLUME_UUID, root);
		return volume;
	}
	if (strcmp(resource, "fslabel") == 0)
		return reading_find(reading, VOLUME_LABEL, root);
	if (strcmp(resource, "boot") == 0) /* a partition of the boot drive */
		name = arena_print(limine->arena, "hd0,%s", root);
	else if (strcmp(resource, "hdd") == 0)
		name = drive_name(limine->arena, "hd", root);
	else if (strcmp(resource, "odd") == 0)
		name = drive_name(limine->arena, "cd", root);
	if (!name)
		return NULL;
	volume = volumes_find(reading->volumes, VOLUME_GRUB, name);
	if (!volume && reading->volumes->any)
		return reading->volume; /* a copied tree stands for all of its disk */
	return volume ? volume : reading_find(reading, VOLUME_GRUB, name);
}

/* "boot():/path", "hdd(1:3):/path#hash", "$boot:///path.gz": a resource, its root, and a path. */
static struct file_ref find_file(struct limine *limine, const char *what, const char *uri)
{
	struct entry *entry = limine->node->entry;
	struct file_ref ref = { .path = uri };
	const struct volume *volume;
	const char *at, *root, *path;
	size_t n;

	if (*uri == '$') /* compressed: the loader finds that out by itself */
		uri++;
	at = arena_copy(limine->arena, uri, strcspn(uri, "#"));
	n = strcspn(at, "(:/");
	if (at[n] == '(') {
		root = arena_copy(limine->arena, at + n + 1, strcspn(at + n + 1, ")"));
		path = strchr(at, ')');
		path = path ? path + strspn(path, "):") : "";
	} else if (string_starts(at + n, "://")) {
		root = arena_copy(limine->arena, at + n + 3, strcspn(at + n + 3, "/"));
		path = at + n + 3 + strlen(root);
	} else {
		entry_refuse(limine->arena, entry, "%s %s names no device", what, uri);
		return ref;
	}
	ref.path = path_join(limine->arena, "/", path);
	volume = find_volume(limine, arena_copy(limine->arena, at, n), root);
	if (volume)
		ref.device = reading_device(limine->reading, volume);
	else
		entry_refuse(limine->arena, entry, "%s %s: the device is not here", what, uri);
	return ref;
}

/* Keys ----------------------------------------------------------------------------------------------- */

static void set_protocol(struct limine *limine, const char *value)
{
	limine->node->protocol = value;
}

static void set_kernel(struct limine *limine, const char *value)
{
	limine->node->entry->kernel = find_file(limine, "kernel", value);
}

static void add_module(struct limine *limine, const char *value)
{
	vec_push(limine->arena, &limine->node->entry->initrds) =
		find_file(limine, "module", value);
}

static void set_module_args(struct limine *limine, const char *value)
{
	struct entry *entry = limine->node->entry;

	if (entry->initrds.n)
		entry->initrds.at[entry->initrds.n - 1].args = value;
}

static void set_cmdline(struct limine *limine, const char *value)
{
	limine->node->entry->cmdline = value_squeeze(limine->arena, value);
}

static void set_devicetree(struct limine *limine, const char *value)
{
	limine->node->entry->devicetree = find_file(limine, "device tree", value);
}

static void set_timeout(struct limine *limine, const char *value)
{
	if (strcasecmp(value, "no") == 0)
		limine->timeout = -1;
	else
		limine->timeout = value_leading_number(value);
}

static void set_default(struct limine *limine, const char *value)
{
	limine->default_entry = value;
}

static const struct {
	const char *name;
	bool is_global;
	void (*set)(struct limine *limine, const char *value);
} keys[] = {
	{ "timeout", true, set_timeout },
	{ "default_entry", true, set_default },
	{ "protocol", false, set_protocol },
	{ "path", false, set_kernel },
	{ "kernel_path", false, set_kernel },
	{ "image_path", false, set_kernel },
	{ "module_path", false, add_module },
	{ "module_string", false, set_module_args },
	{ "module_cmdline", false, set_module_args },
	{ "cmdline", false, set_cmdline },
	{ "kernel_cmdline", false, set_cmdline },
	{ "dtb_path", false, set_devicetree },
};

static void assign(struct limine *limine, const char *text)
{
	size_t n = strcspn(text, limine->is_old ? "=" : ":");
	const char *name, *value;

	if (!text[n])
		return; /* not an assignment: Limine passes over it */
	name = value_trim(limine->arena, text, text + n);
	value = expand(limine, value_rest(text + n + 1));
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (strcasecmp(keys[i].name, name) == 0 && (keys[i].is_global || limine->node))
			keys[i].set(limine, value);
}

/* "//+Title": as many signs as directories deep */
static void begin_node(struct limine *limine, unsigned line, const char *text, char sign)
{
	struct node *node = arena_make(limine->arena, struct node);

	limine->node = node;
	while (*text == sign) {
		node->depth++;
		text++;
	}
	node->is_open = *text == '+';
	node->title = value_rest(expand(limine, text + node->is_open));
	node->line = line;
	node->entry = arena_make(limine->arena, struct entry);
	node->entry->cmdline = "";
	if (node->depth > DEEPEST)
		node->depth = DEEPEST;
	if (!reading_is_full(limine->reading, limine->nodes.n))
		vec_push(limine->arena, &limine->nodes) = node;
}

/* The menu ----------------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	enum entry_kind kind;
	unsigned version;
	const char *reason;
} protocols[] = {
	{ "linux", ENTRY_LINUX, 0, NULL },
	{ "multiboot", ENTRY_MULTIBOOT, 1, NULL },
	{ "multiboot1", ENTRY_MULTIBOOT, 1, NULL },
	{ "multiboot2", ENTRY_MULTIBOOT, 2, NULL },
	{ "limine", ENTRY_NONE, 0, "Limine's own boot protocol" },
	{ "efi", ENTRY_EFI, 0, "an EFI program, which needs the firmware" },
	{ "efi_chainload", ENTRY_EFI, 0, "an EFI program, which needs the firmware" },
	{ "uefi", ENTRY_EFI, 0, "an EFI program, which needs the firmware" },
	{ "chainload", ENTRY_EFI, 0, "another boot loader, which needs the firmware" },
	{ "bios", ENTRY_EFI, 0, "a boot sector, which needs the firmware" },
	{ "bios_chainload", ENTRY_EFI, 0, "a boot sector, which needs the firmware" },
	{ "chainload_next", ENTRY_NONE, 0, "the firmware's next boot device" },
};

static void finish_entry(struct limine *limine, struct node *node)
{
	struct entry *entry = node->entry;
	size_t i = 0;

	entry->title = node->title;
	entry->own_id = node->title;
	entry->line = node->line;
	while (node->protocol && i < sizeof protocols / sizeof *protocols &&
	       strcasecmp(protocols[i].name, node->protocol) != 0)
		i++;
	if (!node->protocol || i == sizeof protocols / sizeof *protocols) {
		entry->kind = ENTRY_NONE;
		entry_refuse(limine->arena, entry, "protocol %s is not known",
			     node->protocol ? node->protocol : "(none)");
		return;
	}
	entry->kind = protocols[i].kind;
	entry->version = protocols[i].version;
	if (entry->kind == ENTRY_EFI && !entry->reason && uki_take(limine->reading, entry))
		return;
	if (protocols[i].reason)
		entry->reason = protocols[i].reason;
	else if (!entry->kernel.path)
		entry_refuse(limine->arena, entry, "names no kernel");
}

/* Newer versions take "DIRECTORY/ENTRY", too; of a directory it means the first entry inside. */
static size_t find_by_path(struct limine *limine, const char *wanted)
{
	const struct config *config = limine->reading->config;
	size_t n = strlen(wanted);

	for (size_t i = 0; i < config->entries.n; i++) {
		const struct entry *entry = config->entries.at[i];
		struct text path = TEXT(limine->arena);

		for (size_t d = 0; d < entry->path.n; d++)
			text_print(&path, "%s/", entry->path.at[d]);
		text_string(&path, entry->title);
		if (strncmp(text_end(&path), wanted, n) == 0 &&
		    (!path.at[n] || path.at[n] == '/'))
			return i;
	}
	reading_problem(limine->reading, config->file, 0, 0, "default_entry %s: there is no such entry",
			wanted);
	return 0;
}

/*
 * Entries in their directories. "default_entry" counts the lines of the menu from 1, those of
 * closed directories left out; on a directory it means the first entry inside.
 */
static void make_menu(struct limine *limine)
{
	struct config *config = limine->reading->config;
	const char *above[DEEPEST + 1] = { NULL }; /* NULL: a level that was skipped has no name */
	bool open[DEEPEST + 1] = { [0] = true };
	int64_t wanted = limine->default_entry ? value_leading_number(limine->default_entry) : 1;
	int64_t visible = 0;

	for (size_t i = 0; i < limine->nodes.n; i++) {
		struct node *node = limine->nodes.at[i];
		unsigned depth = node->depth;
		bool is_directory = i + 1 < limine->nodes.n &&
				    limine->nodes.at[i + 1]->depth > depth;

		above[depth] = node->title;
		open[depth] = open[depth - 1] && node->is_open;
		for (unsigned d = depth + 1; is_directory && d <= DEEPEST; d++) {
			above[d] = NULL;
			open[d] = open[depth];
		}
		visible += open[depth - 1];
		if (visible >= wanted && !is_directory && config->default_entry == NO_DEFAULT)
			config->default_entry = config->entries.n;
		if (is_directory)
			continue;
		finish_entry(limine, node);
		node->entry->format = config->format;
		node->entry->config = config->file;
		for (unsigned d = 1; d < depth; d++) {
			if (!above[d])
				continue;
			vec_push(limine->arena, &node->entry->path) = above[d];
			vec_push(limine->arena, &node->entry->path_id) = above[d];
		}
		vec_push(limine->arena, &config->entries) = node->entry;
	}
	if (limine->default_entry && config->entries.n && *limine->default_entry &&
	    !strchr("0123456789", *limine->default_entry))
		config->default_entry = find_by_path(limine, limine->default_entry);
	if (config->default_entry >= config->entries.n)
		config->default_entry = config->entries.n ? 0 : NO_DEFAULT;
	if (config->entries.n)
		config->default_why = limine->default_entry
					      ? arena_print(limine->arena, "default_entry %s",
							    limine->default_entry)
					      : "the first entry";
}

int limine_read(struct reading *reading)
{
	struct limine limine = {
		.reading = reading,
		.arena = reading->arena,
		.is_old = path_name_is(reading->file, "limine.cfg"),
		.timeout = 5, /* CONFIG.md: what it is when nothing is said */
	};
	const char sign = limine.is_old ? ':' : '/', *cursor, *end;
	struct line line = { 0 };
	int error = reading_load(reading, reading->file, &cursor, &end);

	if (error)
		return error;
	vec_push(limine.arena, &limine.macros) = (struct macro){
		"ARCH",
		reading->options->arch && strcmp(reading->options->arch, "x86_64") != 0
			? reading->options->arch
			: "x86-64",
	};
	while (line_next(&line, &cursor, end)) {
		const char *text = value_trim(limine.arena, line.at, line.end);

		if (!*text || *text == '#' || define_macro(&limine, text))
			continue;
		if (*text == sign)
			begin_node(&limine, line.number, text, sign);
		else
			assign(&limine, text);
	}
	make_menu(&limine);
	if (limine.timeout >= 0)
		reading_set_timeout(reading, limine.timeout, 1);
	return 0;
}

bool limine_claims(const char *path, const char *bytes, size_t size)
{
	(void)size;
	return bytes && (path_name_is(path, "limine.conf") || path_name_is(path, "limine.cfg"));
}
