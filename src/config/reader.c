#include "config/reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "config/formats.h"
#include "config/grub/grub.h"

#define CONFIG_MOST ((size_t)64 * 1024 * 1024) /* bytes of a file that claims() looks at */
#define NAMES_MOST 4096                        /* names that a "*" in a path may expand to */

#define PATHS(...) (const char *const[]){ __VA_ARGS__, NULL }

/*
 * In order of precedence: where a volume has configs of several loaders, the first is the one
 * whose default counts. A "*" stands for any one directory, a "~" for btrfs's default subvolume.
 */
const struct reader readers[] = {
	{ "grub2",
	  PATHS("/boot/grub/grub.cfg", "/boot/grub2/grub.cfg", "/grub/grub.cfg", "/grub2/grub.cfg",
		"/EFI/*/grub.cfg", "/efi/*/grub.cfg", "/@/boot/grub/grub.cfg",
		"/@rootfs/boot/grub/grub.cfg", "~/boot/grub2/grub.cfg",
		"/flatcar/grub/grub.cfg", "/coreos/grub/grub.cfg"),
	  grub_claims, grub_read },
	{ "bls",
	  PATHS("/loader/loader.conf", "/loader/entries", "/boot/loader/loader.conf",
		"/boot/loader/entries"),
	  bls_claims, bls_read },
	{ "syslinux",
	  PATHS("/extlinux/extlinux.conf", "/boot/extlinux/extlinux.conf",
		"/boot/syslinux/extlinux.conf", "/boot/extlinux.conf", "/extlinux.conf",
		"/boot/syslinux/syslinux.cfg", "/syslinux/syslinux.cfg", "/syslinux.cfg",
		"/boot/isolinux/isolinux.cfg", "/isolinux/isolinux.cfg",
		"/boot/syslinux/isolinux.cfg", "/syslinux/isolinux.cfg", "/isolinux.cfg",
		"/EFI/BOOT/syslinux.cfg", "/EFI/syslinux/syslinux.cfg"),
	  syslinux_claims, syslinux_read },
	{ "grub-legacy",
	  PATHS("/boot/grub/menu.lst", "/boot/grub/grub.conf", "/grub/menu.lst", "/grub/grub.conf",
		"/EFI/*/grub.conf", "/efi/*/grub.conf", "/menu.lst"),
	  grub_legacy_claims, grub_legacy_read },
	{ "uki", PATHS("/EFI/Linux", "/efi/EFI/Linux", "/boot/EFI/Linux", "/boot/efi/EFI/Linux"),
	  uki_claims, uki_read },
	{ "limine",
	  PATHS("/limine.conf", "/limine/limine.conf", "/boot/limine.conf",
		"/boot/limine/limine.conf", "/EFI/*/limine.conf",
		"/limine.cfg", "/limine/limine.cfg", "/boot/limine.cfg", "/boot/limine/limine.cfg",
		"/EFI/BOOT/limine.cfg"),
	  limine_claims, limine_read },
	{ "refind",
	  PATHS("/EFI/*/refind.conf", "/efi/*/refind.conf", "/boot/refind_linux.conf",
		"/refind_linux.conf", "/EFI/*/refind_linux.conf"),
	  refind_claims, refind_read },
	{ "lilo", PATHS("/etc/lilo.conf", "/EFI/*/elilo.conf", "/efi/*/elilo.conf"), lilo_claims,
	  lilo_read },
	{ "yaboot", PATHS("/etc/yaboot.conf", "/yaboot.conf", "/boot/yaboot.conf", "/suseboot/yaboot.cnf"),
	  yaboot_claims, yaboot_read },
	{ "kboot",
	  PATHS("/boot/petitboot.conf", "/etc/petitboot.conf", "/petitboot.conf",
		"/etc/kboot.conf", "/kboot.conf", "/boot/kboot.conf"),
	  kboot_claims, kboot_read },
	{ "zipl", PATHS("/etc/zipl.conf"), zipl_claims, zipl_read },
	/* Only where nothing else is: see readers_scan(). */
	{ "found", PATHS("/boot", "/"), found_claims, found_read },
	{ "u-boot",
	  PATHS("/boot.scr", "/boot/boot.scr", "/boot.scr.uimg", "/boot/boot.scr.uimg"),
	  uboot_claims, uboot_read },
	{ NULL, NULL, NULL, NULL },
};

/* Paths ------------------------------------------------------------------------------------------- */

char *path_join(struct arena *arena, const char *directory, const char *path)
{
	struct text joined = TEXT(arena);
	const char *parts[] = { path[0] == '/' ? "" : directory, path };

	for (size_t i = 0; i < 2; i++)
		for (const char *at = parts[i]; *at;) {
			size_t n;

			at += strspn(at, "/");
			n = strcspn(at, "/");
			if (n == 2 && at[0] == '.' && at[1] == '.') {
				while (joined.n && joined.at[--joined.n] != '/')
					;
			} else if (n && !(n == 1 && at[0] == '.')) {
				text_char(&joined, '/');
				text_add(&joined, at, n);
			}
			at += n;
		}
	if (!joined.n)
		text_char(&joined, '/');
	joined.at[joined.n] = '\0';
	return joined.at;
}

char *path_directory(struct arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash || slash == path)
		return arena_string(arena, "/");
	return arena_copy(arena, path, (size_t)(slash - path));
}

bool line_next(struct line *line, const char **cursor, const char *end)
{
	const char *newline;

	if (*cursor >= end)
		return false;
	newline = memchr(*cursor, '\n', (size_t)(end - *cursor));
	line->at = *cursor;
	line->end = newline ? newline : end;
	line->number++;
	*cursor = newline ? newline + 1 : end;
	if (line->end > line->at && line->end[-1] == '\r')
		line->end--;
	return true;
}

/* What readers tell --------------------------------------------------------------------------------- */

void reading_problem(struct reading *reading, const char *file, unsigned line, unsigned column,
		     const char *format, ...)
{
	va_list args;
	const char *text;

	va_start(args, format);
	text = arena_vprint(reading->arena, format, args);
	va_end(args);
	config_problem(reading->arena, reading->config, file, line, column, "%s", text);
}

struct volume *reading_find(struct reading *reading, enum volume_key key, const char *value)
{
	struct volume *volume = volumes_find(reading->volumes, key, value);

	if (!volume)
		vec_push(reading->arena, &reading->config->wanted) = (struct wanted){
			.key = (int)key,
			.value = arena_string(reading->arena, value),
		};
	return volume;
}

const char *reading_device(const struct reading *reading, const struct volume *volume)
{
	return volume == reading->volume ? NULL : volume->identity->name;
}

/* Are the files there? ------------------------------------------------------------------------------ */

/*
 * An entry is never booted without a part that its config names, so say it before it is chosen.
 * @what: a format that says which file it is, and what is wrong with it.
 */
static const char *check_file(struct reading *reading, struct file_ref *ref, const char *what)
{
	struct volume *volume = reading->volume;
	struct file_info info;
	const char *why = NULL;
	int error;

	if (!ref->path || ref->loop)
		return NULL; /* looked at when the image is attached for loading */
	if (ref->device)
		volume = volumes_find(reading->volumes, VOLUME_NAME, ref->device);
	if (!volume)
		return arena_print(reading->arena, what, ref->path,
				   arena_print(reading->arena, "the device %s can't be mounted",
					       ref->device));
	error = volume_stat(volume, ref->path, &info);
	ref->bytes = error ? FILE_MISSING : info.size;
	if (error)
		why = error == -ENOENT ? "no such file" : string_error(-error);
	else if (info.kind != FILE_REGULAR)
		why = "not a file";
	else if (info.size == 0)
		why = "the file is empty";
	return why ? arena_print(reading->arena, what, ref->path, why) : NULL;
}

/* All of them, for their sizes; the first thing that is wrong is the reason. */
static const char *check_entry(struct reading *reading, struct entry *entry)
{
	const char *module = entry->kind == ENTRY_MULTIBOOT ? "module %s: %s" : "initrd %s: %s", *why;
	const char *reason = check_file(reading, &entry->kernel, "kernel %s: %s");

	for (size_t i = 0; i < entry->initrds.n; i++) {
		why = check_file(reading, &entry->initrds.at[i], module);
		reason = reason ? reason : why;
	}
	why = check_file(reading, &entry->devicetree, "devicetree %s: %s");
	return reason ? reason : why;
}

static void check_files(struct reading *reading)
{
	for (size_t i = 0; i < reading->config->entries.n; i++) {
		struct entry *entry = reading->config->entries.at[i];

		if (entry_is_bootable(entry))
			entry->reason = check_entry(reading, entry);
	}
}

/* Running the readers ------------------------------------------------------------------------------- */

static struct config *read_with(const struct reader *reader, struct arena *arena,
				struct volumes *volumes, const struct reading_options *options,
				const char *file, int *error)
{
	const struct identity *own = volumes_own(volumes)->identity;
	struct reading reading = {
		.arena = arena,
		.volumes = volumes,
		.volume = volumes_own(volumes),
		.file = file,
		.options = options,
		.config = config_new(arena, reader->name, file),
	};

	*error = reader->read(&reading);
	if (*error)
		return NULL;
	if (!options->any_file)
		check_files(&reading);
	config_name_ids(arena, reading.config,
			own->uuid ? own->uuid : own->partuuid ? own->partuuid : own->name);
	return reading.config;
}

static bool exists(const struct volume *volume, const char *path)
{
	struct file_info info;

	return volume_stat(volume, path, &info) == 0 && info.kind != FILE_OTHER;
}

/* The first path that exists of a pattern with at most one "*"; NULL if there is none. */
static const char *expand(struct arena *arena, const struct volume *volume, const char *pattern)
{
	const char *star = strchr(pattern, '*');
	const char **names;
	ssize_t n;

	if (*pattern == '~') {
		if (!volume->subvolume)
			return NULL;
		pattern = arena_print(arena, "%s%s", volume->subvolume, pattern + 1);
	}
	if (!star)
		return exists(volume, pattern) ? pattern : NULL;
	n = volume_list(arena, volume, path_directory(arena, arena_copy(arena, pattern, (size_t)(star - pattern))),
			NAMES_MOST, &names);
	for (ssize_t i = 0; i < n; i++) {
		const char *path = arena_print(arena, "%.*s%s%s", (int)(star - pattern), pattern,
					       names[i], star + 1);

		if (exists(volume, path))
			return path;
	}
	return NULL;
}

struct scan {
	VEC(struct config *) configs;
};

static int compare_strings(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

static int compare_files(const struct file_ref *a, const struct file_ref *b)
{
	int order = compare_strings(a->path, b->path);

	if (!order)
		order = compare_strings(a->loop, b->loop);
	return order ? order : compare_strings(a->device, b->device);
}

/* An order in which those are equal that start the same thing; which comes first does not matter. */
static int compare_entries(const void *left, const void *right)
{
	const struct entry *a = *(struct entry *const *)left, *b = *(struct entry *const *)right;
	int order = (int)a->kind - (int)b->kind;

	if (!order)
		order = compare_files(&a->kernel, &b->kernel);
	if (!order)
		order = strcmp(a->cmdline, b->cmdline);
	if (!order)
		order = (a->initrds.n > b->initrds.n) - (a->initrds.n < b->initrds.n);
	for (size_t i = 0; !order && i < a->initrds.n; i++)
		order = compare_files(&a->initrds.at[i], &b->initrds.at[i]);
	return order;
}

/*
 * Is everything that @config of @device offers already offered by a config before it? Then it adds
 * nothing. What GRUB's blscfg has read, it has read with the variables that the entries refer to.
 */
static bool adds_nothing(struct arena *arena, const struct scan *scan, const struct config *config,
			 const char *device)
{
	VEC(struct entry *) known = { 0 };

	for (size_t c = 0; c < scan->configs.n; c++) {
		if (scan->configs.at[c]->includes && string_same(config->format, "bls") &&
		    string_same(scan->configs.at[c]->includes, device))
			return true;
		for (size_t e = 0; e < scan->configs.at[c]->entries.n; e++)
			vec_push(arena, &known) = scan->configs.at[c]->entries.at[e];
	}
	if (known.n)
		qsort(known.at, known.n, sizeof *known.at, compare_entries);
	for (size_t i = 0; i < config->entries.n; i++)
		if (!known.n || !config->entries.at[i]->kernel.path ||
		    !bsearch(&config->entries.at[i], known.at, known.n, sizeof *known.at,
			     compare_entries))
			return false;
	return true;
}

size_t readers_scan(struct arena *arena, struct volumes *volumes,
		    const struct reading_options *options,
		    void (*found)(void *context, struct config *config), void *context)
{
	struct scan scan = { 0 };

	for (const struct reader *reader = readers; reader->name; reader++)
		for (const char *const *path = reader->paths; *path; path++) {
			const char *file = expand(arena, volumes_own(volumes), *path);
			struct config *config;
			int error;

			if (!file || (reader->read == found_read && scan.configs.n))
				continue;
			config = read_with(reader, arena, volumes, options, file, &error);
			if (!config || (!config->entries.n && !config->problems.n && !config->wanted.n))
				continue;
			if (!config->entries.n ||
			    !adds_nothing(arena, &scan, config, volumes_own(volumes)->identity->name)) {
				vec_push(arena, &scan.configs) = config;
				found(context, config);
			}
			break; /* the loader would have stopped at the first it finds, too */
		}
	return scan.configs.n;
}

/* A name that is one format's says more than the content, in which other formats' words may be, too. */
static const struct reader *find_reader(const char *file, const char *bytes, size_t size)
{
	for (const struct reader *reader = readers; bytes && reader->name; reader++)
		if (reader->claims(file, "", 0))
			return reader;
	for (const struct reader *reader = readers; reader->name; reader++)
		if (reader->claims(file, bytes, size))
			return reader;
	return NULL;
}

struct config *readers_read(struct arena *arena, struct volumes *volumes,
			    const struct reading_options *options, const char *file, int *error)
{
	const struct reader *reader;
	struct volume *volume = volumes_own(volumes);
	struct file_info info;
	char *bytes = NULL;
	size_t size = 0;

	*error = volume_stat(volume, file, &info);
	if (!*error && info.kind == FILE_REGULAR)
		*error = volume_read(arena, volume, file, CONFIG_MOST, &bytes, &size);
	if (*error)
		return NULL;
	reader = find_reader(file, bytes, size);
	if (reader)
		return read_with(reader, arena, volumes, options, file, error);
	*error = -ENOEXEC;
	return NULL;
}
