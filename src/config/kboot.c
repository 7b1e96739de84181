/*
 * kboot.conf: one line per entry, "LABEL='KERNEL initrd=FILE ARGUMENTS'", as kboot, petitboot and
 * XeLL read it; and petitboot.conf, petitboot's own format.
 *
 * Follows petitboot's parsers (kboot-parser, native-parser) and XeLL's sample configuration.
 */
#include "config/formats.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "config/fstab.h"
#include "config/value.h"

struct kboot {
	struct reading *reading;
	struct arena *arena;
	struct fstab fstab;
	const char *default_label;
	const char *root, *video, *initrd; /* for entries that don't say */
	struct entry *entry; /* petitboot.conf: the one being read */
};

static bool is_around(char c)
{
	return c == '"' || c == '\'' || value_is_blank(c);
}

/* Without quotes and blanks at its ends, whether they match or not: so all of them read it. */
static char *unquote(struct arena *arena, const char *value)
{
	size_t n = strlen(value);

	while (n && is_around(value[n - 1]))
		n--;
	while (n && is_around(*value)) {
		value++;
		n--;
	}
	return arena_copy(arena, value, n);
}

/*
 * "/dev/sda1:/vmlinux", or "usb:/vmlinux", a device of the console by its own name. Of a device that
 * can't be told, the path is all that we can follow.
 */
static struct file_ref locate(struct kboot *kboot, struct entry *entry, const char *what,
			      const char *name)
{
	const char *colon = strstr(name, ":/");
	const struct volume *volume;
	struct file_ref ref;

	if (path_is_url(name)) {
		/* Where the reader was told to take files for granted, it is as good as there. */
		if (!kboot->reading->options->any_file)
			entry_refuse(kboot->arena, entry, "%s %s is on the network", what, name);
		return (struct file_ref){ .path = name };
	}
	if (!colon)
		return fstab_locate(kboot->reading, &kboot->fstab, name);
	ref = fstab_locate(kboot->reading, &kboot->fstab, colon + 1);
	volume = fstab_volume(kboot->reading,
			      arena_copy(kboot->arena, name, (size_t)(colon - name)));
	if (volume) {
		ref.path = path_join(kboot->arena, "/", colon + 1);
		ref.device = reading_device(kboot->reading, volume);
	}
	return ref;
}

static void add_initrds(struct kboot *kboot, struct entry *entry, const char *list)
{
	while (*list) {
		size_t n = strcspn(list, ",");
		const char *name = arena_copy(kboot->arena, list, n);

		if (n)
			vec_push(kboot->arena, &entry->initrds) =
				locate(kboot, entry, "initrd", name);
		list += n + (list[n] == ',');
	}
}

/* "initrd=" and "dtb=" are the loader's own and don't reach the kernel. */
static void add_args(struct kboot *kboot, struct entry *entry, const char *args)
{
	struct text line = TEXT(kboot->arena);
	const char *word;

	while ((word = value_word(kboot->arena, &args)))
		if (string_starts(word, "initrd="))
			add_initrds(kboot, entry, word + strlen("initrd="));
		else if (string_starts(word, "dtb="))
			entry->devicetree = locate(kboot, entry, "device tree", word + strlen("dtb="));
		else
			text_print(&line, "%s%s", line.n ? " " : "", word);
	if (kboot->root && !strstr(text_end(&line), "root="))
		text_print(&line, "%sroot=%s", line.n ? " " : "", kboot->root);
	if (kboot->video && !strstr(text_end(&line), "video="))
		text_print(&line, "%svideo=%s", line.n ? " " : "", kboot->video);
	if (kboot->initrd && !entry->initrds.n)
		add_initrds(kboot, entry, kboot->initrd);
	entry->cmdline = text_end(&line);
}

/* Settings of the loaders, which are no entries. */
static bool is_setting(const char *name)
{
	static const char *const names[] = {
		"message", "netconfig", "ip",         "netmask", "gateway",
		"tftp_server", "videomode", "speedup", "nameserver", "hostname",
		"bg_color",    "fg_color",
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcasecmp(name, names[i]) == 0)
			return true;
	return false;
}

static void set_timeout(struct reading *reading, unsigned line, const char *value)
{
	int64_t seconds;

	if (value_number(value, &seconds) && seconds >= 0)
		reading_set_timeout(reading, seconds, 1);
	else
		reading_problem(reading, reading->file, line, 1, "timeout is no number: \"%s\"",
				value);
}

static void add_entry(struct kboot *kboot, unsigned line, const char *label, const char *value)
{
	const char *kernel = value_word(kboot->arena, &value);
	struct entry *entry;

	if (!kernel || reading_is_full(kboot->reading, kboot->reading->config->entries.n))
		return;
	entry = config_add(kboot->arena, kboot->reading->config, label);
	entry->own_id = label;
	entry->line = line;
	entry->kernel = locate(kboot, entry, "kernel", kernel);
	add_args(kboot, entry, value);
}

static void kboot_set(struct kboot *kboot, unsigned line, const char *name, const char *value)
{
	if (strcasecmp(name, "default") == 0)
		kboot->default_label = value;
	else if (strcasecmp(name, "timeout") == 0)
		set_timeout(kboot->reading, line, value);
	else if (strcasecmp(name, "root") == 0)
		kboot->root = value;
	else if (strcasecmp(name, "video") == 0)
		kboot->video = value;
	else if (strcasecmp(name, "initrd") == 0)
		kboot->initrd = value;
	else if (!is_setting(name))
		add_entry(kboot, line, name, value);
}

static void kboot_line(struct kboot *kboot, const struct line *line, const char *text)
{
	struct arena *arena = kboot->arena;
	const char *equals = strchr(text, '=');

	if (!equals || equals == text)
		reading_problem(kboot->reading, kboot->reading->file, line->number, 1,
				"not an assignment: \"%.40s\"", text);
	else
		kboot_set(kboot, line->number, value_trim(arena, text, equals),
			  unquote(arena, equals + 1));
}

/* petitboot.conf: a name begins an entry. What is said twice counts as it was said first. */
static void petitboot_set(struct kboot *kboot, unsigned line, const char *name, const char *value)
{
	struct entry *entry = kboot->entry;

	if (strcmp(name, "default") == 0) {
		kboot->default_label = kboot->default_label ? kboot->default_label : value;
	} else if (strcmp(name, "name") == 0) {
		kboot->entry = NULL;
		if (reading_is_full(kboot->reading, kboot->reading->config->entries.n))
			return;
		kboot->entry = config_add(kboot->arena, kboot->reading->config, value);
		kboot->entry->own_id = value;
		kboot->entry->line = line;
	} else if (!entry) {
		return;
	} else if (strcmp(name, "image") == 0 && !entry->kernel.path) {
		entry->kernel = locate(kboot, entry, "kernel", value);
	} else if (strcmp(name, "initrd") == 0 && !entry->initrds.n) {
		add_initrds(kboot, entry, value);
	} else if (strcmp(name, "dtb") == 0 && !entry->devicetree.path) {
		entry->devicetree = locate(kboot, entry, "device tree", value);
	} else if (strcmp(name, "args") == 0) {
		entry->cmdline = value_squeeze(kboot->arena,
					       arena_print(kboot->arena, "%s%s", entry->cmdline, value));
	}
}

/* "name = Debian", as it was first, and "name Debian", as it is now */
static void petitboot_line(struct kboot *kboot, const struct line *line, const char *text)
{
	size_t n = strcspn(text, " \t=");
	const char *value = value_rest(text + n);

	if (!n || !*value)
		reading_problem(kboot->reading, kboot->reading->file, line->number, 1,
				"no name with a value: \"%.40s\"", text);
	else
		petitboot_set(kboot, line->number, arena_copy(kboot->arena, text, n),
			      *value == '=' ? unquote(kboot->arena, value + 1) : value);
}

static void choose_default(struct kboot *kboot)
{
	struct config *config = kboot->reading->config;

	if (!config->entries.n)
		return;
	config->default_entry = 0;
	config->default_why = "the first entry";
	for (size_t i = 0; kboot->default_label && i < config->entries.n; i++)
		if (strcmp(config->entries.at[i]->own_id, kboot->default_label) == 0) {
			config->default_entry = i;
			config->default_why =
				arena_print(kboot->arena, "default=%s", kboot->default_label);
			return;
		}
	if (kboot->default_label)
		reading_problem(kboot->reading, kboot->reading->file, 0, 0,
				"default=%s: there is no such entry", kboot->default_label);
}

int kboot_read(struct reading *reading)
{
	struct kboot kboot = { .reading = reading, .arena = reading->arena };
	bool is_petitboot = path_name_is(reading->file, "petitboot.conf");
	struct line line = { 0 };
	const char *cursor, *end;
	int error = reading_load(reading, reading->file, &cursor, &end);

	if (error)
		return error;
	while (line_next(&line, &cursor, end)) {
		const char *text = value_trim(reading->arena, line.at, line.end);

		if (!*text || *text == '#' || *text == ';')
			continue;
		if (is_petitboot)
			petitboot_line(&kboot, &line, text);
		else
			kboot_line(&kboot, &line, text);
	}
	for (size_t i = 0; i < reading->config->entries.n; i++)
		if (!reading->config->entries.at[i]->kernel.path)
			entry_refuse(reading->arena, reading->config->entries.at[i],
				     "names no kernel image");
	choose_default(&kboot);
	return 0;
}

bool kboot_claims(const char *path, const char *bytes, size_t size)
{
	(void)size;
	return bytes && (path_name_is(path, "kboot.conf") || path_name_is(path, "petitboot.conf"));
}
