/*
 * The menu of a boot partition: Boot Loader Specification entries with systemd-boot's loader.conf.
 *
 * Follows UAPI.1, The Boot Loader Specification, "Sorting"; loader.conf(5) and systemd-boot(7) for
 * what the specification leaves to the loader.
 */
#include "config/bls.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "config/formats.h"
#include "config/uki.h"
#include "config/value.h"
#include "config/version.h"

#define NAMES_MOST CONFIG_ENTRIES_MOST /* files of a directory of entries */
#define ID_MOST 1024    /* bytes of a name or pattern that is matched */

enum { TIMEOUT_FORCE = -1, TIMEOUT_DISABLED = -2 };

/* Type 1 entries ----------------------------------------------------------------------------------- */

static bool ends_with(const char *name, const char *suffix)
{
	size_t n = strlen(name), m = strlen(suffix);

	return n > m && strcasecmp(name + n - m, suffix) == 0;
}

/* systemd-boot passes over names in "auto-": so it calls the entries that it makes by itself. */
static bool is_entry(const char *name, const char *suffix)
{
	return name[0] != '.' && !string_starts(name, "auto-") && ends_with(name, suffix);
}

static void read_entries(struct bls *bls, const char *directory)
{
	const char **names;
	ssize_t n = volume_list(bls->arena, bls->volume, directory, NAMES_MOST, &names);

	for (ssize_t i = 0; i < n; i++)
		if (is_entry(names[i], ".conf"))
			bls_read_entry(bls, directory, names[i]);
}

/* Type 2 entries ----------------------------------------------------------------------------------- */

static void read_image(struct bls *bls, const char *path)
{
	struct uki *profiles = arena_array(bls->arena, UKI_PROFILES_MOST, sizeof *profiles);
	int n = uki_open(bls->reading, bls->directory, path, profiles);

	if (n < 0)
		reading_problem(bls->reading, path, 0, 0, "can't be read: %s", string_error(-n));
	for (int i = 0; i < n; i++) {
		struct bls_item *item = arena_make(bls->arena, struct bls_item);
		const struct uki *uki = &profiles[i];

		bls_read_counter(bls->arena, item, path_name(path));
		item->file = path;
		item->volume = bls->volume;
		item->title = uki->title;
		item->version = uki->version;
		item->sort_key = uki->sort_key;
		item->profile = uki->profile;
		if (uki->profile > 0)
			item->id = arena_print(bls->arena, "%s@%d", item->name, uki->profile);
		if (item->title && uki->profile_title)
			item->title = arena_print(bls->arena, "%s (%s)", item->title,
						  uki->profile_title);
		item->entry = arena_make(bls->arena, struct entry);
		uki_make_entry(bls->arena, item->entry, path, uki, NULL);
		vec_push(bls->arena, &bls->items) = item;
	}
}

static void read_images(struct bls *bls, const char *directory)
{
	const char **names;
	ssize_t n = volume_list(bls->arena, bls->volume, directory, NAMES_MOST, &names);

	for (ssize_t i = 0; i < n; i++)
		if (is_entry(names[i], ".efi"))
			read_image(bls, path_join(bls->arena, directory, names[i]));
}

/* loader.conf(5) ------------------------------------------------------------------------------------ */

static void set_timeout(struct bls *bls, const char *file, unsigned line, const char *value)
{
	int64_t seconds;

	if (strcmp(value, "menu-force") == 0)
		bls->timeout = TIMEOUT_FORCE;
	else if (strcmp(value, "menu-disabled") == 0)
		bls->timeout = TIMEOUT_DISABLED;
	else if (strcmp(value, "menu-hidden") == 0)
		bls->timeout = 0;
	else if (value_number(value, &seconds) && seconds >= 0)
		bls->timeout = seconds;
	else
		reading_problem(bls->reading, file, line, 1, "not a timeout: \"%s\"", value);
}

static void read_loader_conf(struct bls *bls, const char *file)
{
	const char *cursor, *end, *key, *value;
	struct line line = { 0 };

	if (reading_load(bls->reading, file, &cursor, &end))
		return;
	while (bls_next_key(bls->arena, &line, &cursor, end, &key, &value)) {
		if (strcmp(key, "timeout") == 0)
			set_timeout(bls, file, line.number, value);
		else if (strcmp(key, "default") == 0)
			bls->default_pattern = value;
		else if (strcmp(key, "preferred") == 0)
			bls->preferred_pattern = value;
		/* the rest is about the screen and the firmware */
	}
}

/* The extended boot loader partition ("The Partitions") ------------------------------------------------- */

/* Its type in a GPT and in an MBR. */
static bool has_extended_type(const struct identity *id)
{
	return id->parttype &&
	       (strcasecmp(id->parttype, "bc13c2ff-59e6-4262-a352-b275fd6f7172") == 0 ||
		strcmp(id->parttype, "0xea") == 0);
}

/* Of trees only GRUB's names, if they are given, say which disk they are from. */
static bool is_same_disk(const struct identity *a, const struct identity *b)
{
	size_t n = a->grub ? strcspn(a->grub, ",") : 0;

	if (!string_same(a->disk, b->disk))
		return false;
	return !a->grub || !b->grub ||
	       (n == strcspn(b->grub, ",") && strncmp(a->grub, b->grub, n) == 0);
}

/* A tree has no partition type: its place is known by its entries and the lack of a loader.conf. */
static bool is_extended_tree(const struct volume *volume)
{
	struct file_info info;

	return volume && !volume_is_file(volume, "/loader/loader.conf") &&
	       (volume_stat(volume, "/loader/entries", &info) == 0 ||
		volume_stat(volume, "/EFI/Linux", &info) == 0);
}

/*
 * The partition whose entries are in the same menu as those of the EFI system partition that is
 * read, which has its loader.conf; NULL: there is none.
 */
static struct volume *find_extended(struct bls *bls)
{
	struct volumes *volumes = bls->reading->volumes;
	const struct identity *own;

	if (strcmp(bls->directory, "/") != 0 || has_extended_type(&volumes->at[volumes->own]))
		return NULL;
	volumes_know_disk(volumes);
	own = &volumes->at[volumes->own];
	for (size_t i = 0; i < volumes->n; i++) {
		const struct identity *id = &volumes->at[i];

		if (i == volumes->own || !is_same_disk(id, own))
			continue;
		if (has_extended_type(id))
			return volumes_get(volumes, i);
		if (string_same(id->type, "directory") &&
		    volume_is_file(bls->volume, "/loader/loader.conf") &&
		    is_extended_tree(volumes_get(volumes, i)))
			return volumes_get(volumes, i);
	}
	return NULL;
}

static void read_extended(struct bls *bls)
{
	struct volume *extended = find_extended(bls);
	struct reading *own = bls->reading, there = *own;

	if (!extended)
		return;
	own->config->includes = extended->identity->name;
	there.volume = bls->volume = extended;
	bls->reading = &there;
	bls->env_read = false;
	read_entries(bls, "/loader/entries");
	read_images(bls, "/EFI/Linux");
	bls->reading = own;
	bls->volume = own->volume;
}

/* Order ("Sorting") ------------------------------------------------------------------------------------ */

static int compare_strings(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

static int compare_counts(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int compare_items(const void *left, const void *right)
{
	const struct bls_item *a = *(struct bls_item *const *)left, *b = *(struct bls_item *const *)right;
	bool keyed_a = a->sort_key && *a->sort_key, keyed_b = b->sort_key && *b->sort_key;
	int order = (a->left == 0) - (b->left == 0); /* bad ones last */

	if (order)
		return order;
	if (keyed_a != keyed_b)
		return keyed_a ? -1 : 1;
	if (keyed_a)
		order = compare_strings(a->sort_key, b->sort_key);
	if (keyed_a && !order)
		order = compare_strings(a->machine_id, b->machine_id);
	if (keyed_a && !order)
		order = -version_compare(a->version, b->version);
	/* systemd-boot compares the names with their suffix; "a.conf" is before "a-b.conf" so. */
	if (!order)
		order = -version_compare(a->key, b->key);
	if (!order)
		order = compare_counts(a->profile, b->profile);
	if (!order)
		order = -compare_counts(a->left, b->left);
	if (!order)
		order = compare_counts(a->done, b->done);
	return order ? order : strcmp(a->file, b->file);
}

/* Titles that several entries have get the version, then the machine, then the id behind them. */
static int compare_titles(const void *left, const void *right)
{
	const struct bls_item *a = *(struct bls_item *const *)left, *b = *(struct bls_item *const *)right;

	return strcmp(a->entry->title, b->entry->title);
}

static const char *distinction(const struct bls_item *item, unsigned round)
{
	return round == 0 ? item->version : round == 1 ? item->machine_id : item->id;
}

static void make_titles_unique(struct bls *bls)
{
	size_t n = bls->items.n;
	struct bls_item **sorted = arena_array(bls->arena, n, sizeof *sorted);
	bool *same = arena_array(bls->arena, n, sizeof *same);

	for (unsigned round = 0; round < 3 && n; round++) {
		memcpy(sorted, bls->items.at, n * sizeof *sorted);
		qsort(sorted, n, sizeof *sorted, compare_titles);
		for (size_t i = 0; i < n; i++)
			same[i] = (i && !compare_titles(&sorted[i - 1], &sorted[i])) ||
				  (i + 1 < n && !compare_titles(&sorted[i], &sorted[i + 1]));
		for (size_t i = 0; i < n; i++) {
			const char *more = distinction(sorted[i], round);

			if (same[i] && more && *more)
				sorted[i]->entry->title =
					arena_print(bls->arena, "%s (%.*s)",
						    sorted[i]->entry->title, round == 1 ? 8 : ID_MOST,
						    more);
		}
	}
}

/* The menu ----------------------------------------------------------------------------------------- */

/* The first entry whose id a pattern matches, or NO_DEFAULT. Old versions took ".conf" for said. */
static size_t match(struct bls *bls, const char *pattern, bool good_only)
{
	pattern = bls_lower(bls->arena, pattern);
	if (strlen(pattern) > ID_MOST)
		return NO_DEFAULT;
	for (unsigned with_suffix = 0; with_suffix < 2; with_suffix++)
		for (size_t i = 0; i < bls->items.n; i++) {
			const struct bls_item *item = bls->items.at[i];
			char *id = bls_lower(bls->arena, item->id), *dot = strrchr(id, '.');

			if (with_suffix && dot)
				*dot = '\0';
			if (strlen(id) <= ID_MOST && fnmatch(pattern, id, 0) == 0 &&
			    !(good_only && item->left == 0))
				return i;
		}
	return NO_DEFAULT;
}

static void choose_default(struct bls *bls)
{
	struct config *config = bls->reading->config;
	size_t chosen = NO_DEFAULT;

	if (!bls->items.n)
		return;
	if (bls->preferred_pattern) {
		chosen = match(bls, bls->preferred_pattern, true);
		config->default_why =
			arena_print(bls->arena, "preferred %s", bls->preferred_pattern);
	}
	/* "@saved" is kept in a variable of the firmware: the policy knows it. */
	if (chosen == NO_DEFAULT && bls->default_pattern)
		config->saves = strcmp(bls->default_pattern, "@saved") == 0;
	if (chosen == NO_DEFAULT && bls->default_pattern && bls->default_pattern[0] != '@') {
		chosen = match(bls, bls->default_pattern, false);
		config->default_why = arena_print(bls->arena, "default %s", bls->default_pattern);
		if (chosen == NO_DEFAULT)
			reading_problem(bls->reading, config->file, 0, 0,
					"default %s: no entry matches", bls->default_pattern);
	}
	if (chosen == NO_DEFAULT) {
		chosen = 0;
		config->default_why = "the first of the menu";
	}
	config->default_entry = chosen;
}

/* Of an entry of another volume than the menu's: it and its files are there. */
static void set_device(struct entry *entry, const char *device)
{
	entry->config_device = entry->kernel.device = entry->devicetree.device = device;
	for (size_t i = 0; i < entry->initrds.n; i++)
		entry->initrds.at[i].device = device;
}

static void make_menu(struct bls *bls)
{
	struct config *config = bls->reading->config;

	if (bls->items.n)
		qsort(bls->items.at, bls->items.n, sizeof *bls->items.at, compare_items);
	for (size_t i = 0; i < bls->items.n; i++) {
		const struct bls_item *item = bls->items.at[i];
		struct entry *entry = item->entry;

		entry->title = item->title && *item->title ? item->title : item->id;
		entry->own_id = item->id;
		entry->format = config->format;
		entry->config = item->file;
		entry->line = ends_with(item->file, ".efi") ? 0 : 1;
		if (item->volume != bls->reading->volume)
			set_device(entry, item->volume->identity->name);
		bls_count(bls->arena, item, entry);
		vec_push(bls->arena, &config->entries) = entry;
	}
	make_titles_unique(bls);
	choose_default(bls);
	if (bls->timeout == TIMEOUT_FORCE)
		config->timeout_ms = NO_TIMEOUT;
	else
		reading_set_timeout(bls->reading, bls->timeout > 0 ? bls->timeout : 0, 1);
	if (bls->timeout == 0 || bls->timeout == TIMEOUT_DISABLED)
		config->timeout_style = TIMEOUT_HIDDEN;
}

/* /boot/loader/loader.conf, /boot/loader/entries, /boot/EFI/Linux: all belong to /boot. */
static const char *boot_directory(struct arena *arena, const char *file)
{
	const char *above = path_directory(arena, file);

	return path_directory(arena, above);
}

int bls_read(struct reading *reading)
{
	struct bls bls = {
		.reading = reading, .arena = reading->arena, .volume = reading->volume
	};
	const char *entries = reading->file, *conf = reading->file;
	struct file_info info;
	int error = volume_stat(reading->volume, reading->file, &info);

	if (error)
		return error;
	bls.directory = boot_directory(bls.arena, reading->file);
	if (info.kind == FILE_DIRECTORY)
		conf = path_join(bls.arena, bls.directory, "loader/loader.conf");
	else
		entries = path_join(bls.arena, bls.directory, "loader/entries");
	if (volume_is_file(reading->volume, conf))
		read_loader_conf(&bls, conf);
	read_entries(&bls, entries);
	read_images(&bls, path_join(bls.arena, bls.directory, "EFI/Linux"));
	read_extended(&bls);
	make_menu(&bls);
	return 0;
}

int bls_read_images(struct reading *reading, const char *path)
{
	struct bls bls = {
		.reading = reading, .arena = reading->arena, .volume = reading->volume
	};
	struct file_info info;
	int error = volume_stat(reading->volume, path, &info);

	if (error)
		return error;
	bls.directory = boot_directory(bls.arena, path);
	if (info.kind == FILE_DIRECTORY) {
		read_images(&bls, path);
		read_extended(&bls);
	} else {
		bls.directory = path_directory(bls.arena, bls.directory);
		read_image(&bls, path);
	}
	make_menu(&bls);
	return 0;
}

bool bls_claims(const char *path, const char *bytes, size_t size)
{
	(void)size;
	if (!bytes) /* a directory */
		return string_ends(path, "/loader/entries");
	return path_name_is(path, "loader.conf");
}
