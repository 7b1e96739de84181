/*
 * Boot Loader Specification entries of type 1.
 *
 * Follows UAPI.1, The Boot Loader Specification, "Type #1 Boot Loader Specification Entries" and
 * "Boot counting".
 */
#include "config/bls.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "config/uki.h"
#include "config/value.h"

#define ENV_SIZE 1024 /* of GRUB's environment block */
#define ENV_SIGNATURE "# GRUB Environment Block\n"

bool bls_next_key(struct arena *arena, struct line *line, const char **cursor, const char *end,
		     const char **key, const char **value)
{
	while (line_next(line, cursor, end)) {
		const char *text = value_trim(arena, line->at, line->end);
		size_t n;

		if (!*text || *text == '#')
			continue;
		*key = value_word(arena, &text);
		*value = value_rest(text);
		n = strlen(*value);
		/* As systemd-boot reads its files, whatever the key. */
		if (n >= 2 && (*value)[0] == '"' && (*value)[n - 1] == '"')
			*value = arena_copy(arena, *value + 1, n - 2);
		return true;
	}
	return false;
}

/* Red Hat's variables --------------------------------------------------------------------------------- */

/* Entries that Fedora and RHEL write for GRUB may hold $kernelopts and such from its grubenv. */
static void read_env(struct bls *bls)
{
	static const char *const paths[] = { "grub2/grubenv", "boot/grub2/grubenv", "grub/grubenv",
					     "boot/grub/grubenv" };
	size_t size;

	if (bls->env_read)
		return;
	bls->env_read = true;
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		const char *path = path_join(bls->arena, bls->directory, paths[i]);

		if (volume_read(bls->arena, bls->reading->volume, path, ENV_SIZE, &bls->env,
				&size) == 0 &&
		    size == ENV_SIZE && string_starts(bls->env, ENV_SIGNATURE))
			return;
	}
	bls->env = NULL;
}

/* The value of a variable of the environment block, where a backslash hides what follows it. */
static const char *env_value(struct bls *bls, const char *name)
{
	size_t n = strlen(name);
	const char *at = bls->env;

	while (at && *at) {
		if (strncmp(at, name, n) == 0 && at[n] == '=') {
			struct text value = TEXT(bls->arena);

			for (at += n + 1; *at && *at != '\n'; at++) {
				if (*at == '\\' && at[1])
					at++;
				text_char(&value, *at);
			}
			return text_end(&value);
		}
		while (*at && *at != '\n')
			at += *at == '\\' && at[1] ? 2 : 1;
		at += *at == '\n';
	}
	return NULL;
}

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

/*
 * The value with $NAME and ${NAME} of the environment block; those that it does not define are
 * nothing. Without an environment block they stay as they are, but for those of tuned, which are
 * mostly unset.
 */
static const char *expand(struct bls *bls, struct entry *entry, const char *value)
{
	struct text text = TEXT(bls->arena);

	if (!strchr(value, '$'))
		return value;
	read_env(bls);
	if (!bls->env && strstr(value, "$kernelopts"))
		entry_refuse(bls->arena, entry,
			     "$kernelopts is to come from GRUB's grubenv, which is not here");
	for (const char *dollar; (dollar = strchr(value, '$'));) {
		bool is_kept, braces = dollar[1] == '{';
		const char *name = dollar + 1 + braces;
		size_t n = 0;

		text_add(&text, value, (size_t)(dollar - value));
		value = dollar;
		while (is_name(name[n]))
			n++;
		if (!n || (braces && name[n] != '}')) {
			text_char(&text, *value++);
			continue;
		}
		name = arena_copy(bls->arena, name, n);
		is_kept = !bls->env && !string_starts(name, "tuned_");
		if (is_kept)
			text_add(&text, value, 1 + n + 2 * braces);
		else if ((name = env_value(bls, name)))
			text_string(&text, name);
		value += 1 + n + 2 * braces;
	}
	text_string(&text, value);
	return text_end(&text);
}

/* Type 1 entries -------------------------------------------------------------------------------------- */

/* EFI's names of the machines, which "architecture" uses, and uname(2)'s. */
static bool is_our_machine(const struct reading *reading, const char *architecture)
{
	static const struct {
		const char *efi, *uname;
	} machines[] = {
		{ "x64", "x86_64" },      { "ia32", "i386" },         { "ia32", "i686" },
		{ "aa64", "aarch64" },    { "arm", "armv7l" },        { "riscv64", "riscv64" },
		{ "riscv32", "riscv32" }, { "loongarch64", "loongarch64" },
	};
	const char *arch = reading->options->arch ? reading->options->arch : "x86_64";

	for (size_t i = 0; i < sizeof machines / sizeof *machines; i++)
		if (strcmp(arch, machines[i].uname) == 0)
			return strcasecmp(architecture, machines[i].efi) == 0;
	return strcasecmp(architecture, arch) == 0;
}

/* An entry file while it is read. */
struct source {
	struct bls *bls;
	struct bls_item *item;
	struct entry *entry;
	struct line line;
	const char *linux_path, *efi, *uki, *architecture, *profile;
	struct text options;
};

/* systemd-boot takes both kinds of slashes: it is of the firmware's world (its xstr8_to_path()). */
static const char *absolute(struct source *source, const char *value)
{
	char *path = arena_string(source->bls->arena, value);

	for (char *at = path; *at; at++)
		if (*at == '\\')
			*at = '/';
	return path_join(source->bls->arena, "/", path);
}

static void set_linux(struct source *source, const char *value)
{
	source->linux_path = absolute(source, value);
}

static void set_efi(struct source *source, const char *value)
{
	source->efi = absolute(source, value);
}

static void set_uki(struct source *source, const char *value)
{
	source->uki = absolute(source, value);
}

static void set_profile(struct source *source, const char *value)
{
	source->profile = value;
}

static void set_title(struct source *source, const char *value)
{
	source->item->title = value;
}

static void set_version(struct source *source, const char *value)
{
	source->item->version = value;
}

static void set_sort_key(struct source *source, const char *value)
{
	source->item->sort_key = value;
}

static void set_machine_id(struct source *source, const char *value)
{
	source->item->machine_id = value;
}

static void set_architecture(struct source *source, const char *value)
{
	source->architecture = value;
}

static void add_options(struct source *source, const char *value)
{
	value = expand(source->bls, source->entry, value);
	if (*value)
		text_print(&source->options, "%s%s", source->options.n ? " " : "", value);
}

/* One file in the specification; several words where grubby was at work. */
static void add_initrd(struct source *source, const char *value)
{
	struct arena *arena = source->bls->arena;
	const char *word;

	value = expand(source->bls, source->entry, value);
	if (*value && volume_is_file(source->bls->reading->volume, absolute(source, value))) {
		entry_add_initrd(arena, source->entry, absolute(source, value));
		return;
	}
	while ((word = value_word(arena, &value)))
		entry_add_initrd(arena, source->entry, absolute(source, word));
}

static void set_devicetree(struct source *source, const char *value)
{
	source->entry->devicetree.path =
		absolute(source, expand(source->bls, source->entry, value));
}

static void add_overlay(struct source *source, const char *value)
{
	reading_problem(source->bls->reading, source->item->file, source->line.number, 1,
			"device tree overlays are not applied: %s", value);
}

/* Of newer versions of the specification: a credential or extension for the image's stub. */
static void need_extra(struct source *source, const char *value)
{
	entry_refuse(source->bls->arena, source->entry, "extra file %s can't be handed over", value);
}

static void ignore(struct source *source, const char *value)
{
	(void)source, (void)value;
}

static const struct {
	const char *key;
	void (*set)(struct source *source, const char *value);
} keys[] = {
	{ "title", set_title },
	{ "version", set_version },
	{ "sort-key", set_sort_key },
	{ "machine-id", set_machine_id },
	{ "linux", set_linux },
	{ "initrd", add_initrd },
	{ "options", add_options },
	{ "efi", set_efi },
	{ "uki", set_uki },
	{ "profile", set_profile },
	{ "architecture", set_architecture },
	{ "devicetree", set_devicetree },
	{ "devicetree-overlay", add_overlay },
	{ "extra", need_extra },
	/* of other loaders and tools */
	{ "uki-url", ignore },
	{ "id", ignore },
	{ "grub_users", ignore },
	{ "grub_arg", ignore },
	{ "grub_class", ignore },
	{ "grub_hotkey", ignore },
	{ "aboot", ignore },
	{ "abootcfg", ignore },
};

static void read_keys(struct source *source, const char *cursor, const char *end)
{
	struct bls *bls = source->bls;
	const char *key, *value;

	while (bls_next_key(bls->arena, &source->line, &cursor, end, &key, &value)) {
		size_t i = 0;

		while (i < sizeof keys / sizeof *keys && strcmp(keys[i].key, key) != 0)
			i++;
		if (i == sizeof keys / sizeof *keys)
			reading_problem(bls->reading, source->item->file, source->line.number, 1,
					"unknown key \"%s\"", key);
		else if (!*value && keys[i].set != ignore && keys[i].set != add_options)
			reading_problem(bls->reading, source->item->file, source->line.number, 1,
					"\"%s\" without a value", key);
		else
			keys[i].set(source, value);
	}
}

/* Which profile of an image an entry means: "profile N", else the first. */
static const struct uki *pick_profile(const struct uki *profiles, int n, const char *wanted)
{
	int64_t number;

	if (wanted && value_number(wanted, &number) && number >= 0 && number < n)
		return &profiles[number];
	return &profiles[0];
}

/* "efi" and "uki": an image that holds a kernel is a Linux entry like any other. */
static void make_efi(struct source *source, const char *path)
{
	struct bls *bls = source->bls;
	struct uki *profiles = arena_array(bls->arena, UKI_PROFILES_MOST, sizeof *profiles);
	int n = uki_open(bls->reading, bls->directory, path, profiles);
	const char *options = text_end(&source->options);

	if (n > 0) {
		const struct uki *uki = pick_profile(profiles, n, source->profile);

		uki_make_entry(bls->arena, source->entry, path, uki, options);
		return;
	}
	source->entry->kind = ENTRY_EFI;
	source->entry->kernel.path = path;
	source->entry->cmdline = options;
	entry_refuse(bls->arena, source->entry, "%s is an EFI program, which needs the firmware",
		     path);
}

char *bls_lower(struct arena *arena, const char *text)
{
	char *copy = arena_string(arena, text);

	for (char *at = copy; *at; at++)
		if (*at >= 'A' && *at <= 'Z')
			*at |= 0x20;
	return copy;
}

/* "NAME+LEFT[-DONE].conf" ("Boot counting"); the counter is no part of the id. */
void bls_read_counter(struct arena *arena, struct bls_item *item, const char *name)
{
	const char *dot = strrchr(name, '.'), *plus = strrchr(name, '+'), *at;
	int64_t left = 0, done = 0;

	item->id = item->name = name;
	item->key = bls_lower(arena, name);
	item->left = -1;
	if (!dot || !plus || plus > dot || plus == name || plus + 1 == dot)
		return;
	for (at = plus + 1; *at >= '0' && *at <= '9' && left < INT32_MAX; at++)
		left = left * 10 + (*at - '0');
	if (at == plus + 1)
		return;
	if (*at == '-' && at + 1 < dot)
		for (at++; *at >= '0' && *at <= '9' && done < INT32_MAX; at++)
			done = done * 10 + (*at - '0');
	if (at != dot)
		return;
	item->left = left;
	item->done = done;
	item->name = arena_print(arena, "%.*s%s", (int)(plus - name), name, dot);
	item->id = item->name;
	item->key = bls_lower(arena, item->name);
}

/* One try less, one more done; both stay within what a later reader takes. */
void bls_count(struct arena *arena, const struct bls_item *item, struct entry *entry)
{
	const char *directory = path_directory(arena, item->file), *dot = strrchr(item->name, '.');
	int64_t left = item->left > 0 ? item->left - 1 : 0;
	int64_t done = item->done < INT32_MAX ? item->done + 1 : item->done;

	if (item->left < 0)
		return;
	entry->bad = item->left == 0;
	entry->counted = item->file;
	entry->counted_as =
		path_join(arena, directory,
			  arena_print(arena, "%.*s+%lld-%lld%s", (int)(dot - item->name), item->name,
				      (long long)left, (long long)done, dot));
}

void bls_read_entry(struct bls *bls, const char *directory, const char *name)
{
	const char *file = path_join(bls->arena, directory, name), *bytes, *end;
	struct bls_item *item = arena_make(bls->arena, struct bls_item);
	struct source source = { .bls = bls, .item = item, .options = TEXT(bls->arena) };
	struct entry *entry = arena_make(bls->arena, struct entry);

	if (reading_load(bls->reading, file, &bytes, &end))
		return;
	item->file = file;
	item->volume = bls->volume;
	item->entry = source.entry = entry;
	bls_read_counter(bls->arena, item, name);
	read_keys(&source, bytes, end);
	if (source.architecture && !is_our_machine(bls->reading, source.architecture))
		return; /* "entry should be hidden" */
	if (source.linux_path) {
		entry->kind = ENTRY_LINUX;
		entry->kernel.path = source.linux_path;
		entry->cmdline = value_squeeze(bls->arena, text_end(&source.options));
	} else if (source.uki || source.efi) {
		make_efi(&source, source.uki ? source.uki : source.efi);
	} else {
		reading_problem(bls->reading, file, 0, 0,
				"neither a linux, nor an efi or uki key: not an entry");
		return;
	}
	vec_push(bls->arena, &bls->items) = item;
}
