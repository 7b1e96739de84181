/*
 * LILO's lilo.conf and ELILO's elilo.conf.
 *
 * Follows lilo.conf(5) and ELILO's elilo.txt, which has the same language with fewer words.
 */
#include "config/formats.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "config/assign.h"
#include "config/fstab.h"
#include "config/value.h"

/* What may be said for all images, or for one. */
struct options {
	const char *root, *append, *initrd, *literal, *ramdisk, *password;
	const char *access; /* "ro" or "rw" */
	bool restricted;
};

/* A second name of an image. */
struct alias {
	const char *name;
	const struct entry *entry;
};

struct lilo {
	struct reading *reading;
	struct arena *arena;
	bool is_elilo;
	struct fstab fstab;
	struct options global, image;
	const char *add_append;
	struct entry *entry; /* the one being read; NULL: still the global part */
	const char *kernel;

	VEC(struct alias) aliases;
	const char *default_label;
	bool prompt;
	int64_t timeout, delay; /* tenths of a second; -1: not given */
};

static struct options *current(struct lilo *lilo)
{
	return lilo->entry ? &lilo->image : &lilo->global;
}

static const char *either(const char *image, const char *global)
{
	return image ? image : global;
}

static struct file_ref locate(struct lilo *lilo, const char *name)
{
	const char *directory = path_directory(lilo->arena, lilo->reading->file);

	if (!lilo->is_elilo)
		return fstab_locate(lilo->reading, &lilo->fstab, name);
	return (struct file_ref){ .path = path_join(lilo->arena, directory, name) };
}

/* "root=… ro append": LILO's own order, with the root as it is written. */
static const char *make_cmdline(struct lilo *lilo)
{
	const struct options *image = &lilo->image, *global = &lilo->global;
	const char *root = either(image->root, global->root);
	const char *access = either(image->access, global->access);
	const char *ramdisk = either(image->ramdisk, global->ramdisk);
	const char *line = "";

	if (image->literal)
		return value_squeeze(lilo->arena, image->literal);
	if (root)
		line = arena_print(lilo->arena, "root=%s", root);
	line = value_join(lilo->arena, line, access);
	if (ramdisk)
		line = value_join(lilo->arena, line,
				  arena_print(lilo->arena, "ramdisk_size=%s", ramdisk));
	line = value_join(lilo->arena, line, either(image->append, global->append));
	line = value_join(lilo->arena, line, lilo->add_append);
	return value_squeeze(lilo->arena, line);
}

/* All that is said about an image is known when the next one begins. */
static void finish_image(struct lilo *lilo)
{
	const char *initrd = either(lilo->image.initrd, lilo->global.initrd);
	const char *password = either(lilo->image.password, lilo->global.password);
	struct entry *entry = lilo->entry;

	if (!entry)
		return;
	if (!entry->own_id)
		entry->title = entry->own_id = path_name(lilo->kernel);
	if (password && !lilo->image.restricted && !lilo->global.restricted) {
		entry->users = entry->own_id;
		vec_push(lilo->arena, &lilo->reading->config->users) = (struct user){
			.name = entry->own_id,
			.password = *password ? password : NULL,
		};
	}
	if (entry->kind != ENTRY_LINUX)
		return;
	entry->kernel = locate(lilo, lilo->kernel);
	entry->cmdline = make_cmdline(lilo);
	entry->boot_image = arena_print(lilo->arena, "BOOT_IMAGE=%s",
					lilo->is_elilo ? lilo->kernel : entry->own_id);
	if (initrd && *initrd)
		vec_push(lilo->arena, &entry->initrds) = locate(lilo, initrd);
}

static void begin_image(struct lilo *lilo, const struct assignment *a, enum entry_kind kind)
{
	finish_image(lilo);
	lilo->entry = NULL;
	if (reading_is_full(lilo->reading, lilo->reading->config->entries.n))
		return;
	lilo->image = (struct options){ 0 };
	lilo->add_append = NULL;
	lilo->kernel = a->value;
	lilo->entry = config_add(lilo->arena, lilo->reading->config, "");
	lilo->entry->line = a->line;
	lilo->entry->kind = kind;
	if (kind != ENTRY_LINUX)
		entry_refuse(lilo->arena, lilo->entry,
			     "the boot sector of %s is another loader, which needs the firmware",
			     a->value);
}

static int64_t number_of(struct lilo *lilo, const struct assignment *a)
{
	int64_t n;

	if (value_number(a->value, &n) && n >= 0)
		return n;
	reading_problem(lilo->reading, lilo->reading->file, a->line, 1, "%s is no number: \"%s\"",
			a->name, a->value);
	return -1;
}

/* Text options: the place of their value in struct options. */
static const struct {
	const char *name;
	size_t offset;
} texts[] = {
	{ "root", offsetof(struct options, root) },
	{ "append", offsetof(struct options, append) },
	{ "initrd", offsetof(struct options, initrd) },
	{ "literal", offsetof(struct options, literal) },
	{ "ramdisk", offsetof(struct options, ramdisk) },
	{ "password", offsetof(struct options, password) },
};

static bool set_text(struct lilo *lilo, const struct assignment *a)
{
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (strcasecmp(a->name, texts[i].name) == 0) {
			*(const char **)((char *)current(lilo) + texts[i].offset) = a->value;
			return true;
		}
	return false;
}

static void assign(struct lilo *lilo, const struct assignment *a)
{
	if (strcasecmp(a->name, "image") == 0) {
		begin_image(lilo, a, ENTRY_LINUX);
	} else if (strcasecmp(a->name, "other") == 0) {
		begin_image(lilo, a, ENTRY_EFI);
	} else if (strcasecmp(a->name, "label") == 0 && lilo->entry) {
		lilo->entry->title = lilo->entry->own_id = a->value;
	} else if (strcasecmp(a->name, "alias") == 0 && lilo->entry) {
		vec_push(lilo->arena, &lilo->aliases) =
			(struct alias){ .name = a->value, .entry = lilo->entry };
	} else if (strcasecmp(a->name, "addappend") == 0) {
		lilo->add_append = a->value;
	} else if (strcasecmp(a->name, "default") == 0 && !lilo->entry) {
		lilo->default_label = a->value;
	} else if (strcasecmp(a->name, "timeout") == 0 && !lilo->entry) {
		lilo->timeout = number_of(lilo, a);
	} else if (strcasecmp(a->name, "delay") == 0 && !lilo->entry) {
		lilo->delay = number_of(lilo, a);
	} else {
		set_text(lilo, a);
	}
}

static void set_flag(struct lilo *lilo, const char *name)
{
	if (strcasecmp(name, "read-only") == 0)
		current(lilo)->access = "ro";
	else if (strcasecmp(name, "read-write") == 0)
		current(lilo)->access = "rw";
	else if (strcasecmp(name, "prompt") == 0)
		lilo->prompt = true;
	else if (strcasecmp(name, "restricted") == 0)
		current(lilo)->restricted = true;
	/* the rest is about the boot sector, the map file and the BIOS */
}

/*
 * lilo.conf(5): with "prompt" the loader waits for "timeout", for ever without one; else it boots
 * after "delay". ELILO is the same, but its "delay" and "timeout" are one wait.
 */
static void set_timeout(struct lilo *lilo)
{
	int64_t tenths = lilo->prompt ? lilo->timeout : lilo->delay < 0 ? 0 : lilo->delay;

	if (lilo->is_elilo && !lilo->prompt && lilo->delay < 0 && lilo->timeout > 0)
		tenths = lilo->timeout;
	if (tenths >= 0)
		reading_set_timeout(lilo->reading, tenths, 10);
	if (!lilo->prompt)
		lilo->reading->config->timeout_style = TIMEOUT_COUNTDOWN;
}

static bool is_named(const struct lilo *lilo, const struct entry *entry, const char *name)
{
	for (size_t i = 0; i < lilo->aliases.n; i++)
		if (lilo->aliases.at[i].entry == entry &&
		    strcasecmp(lilo->aliases.at[i].name, name) == 0)
			return true;
	return strcasecmp(entry->own_id, name) == 0;
}

static void choose_default(struct lilo *lilo)
{
	struct config *config = lilo->reading->config;

	if (!config->entries.n)
		return;
	config->default_entry = 0;
	config->default_why = "the first image";
	for (size_t i = 0; lilo->default_label && i < config->entries.n; i++)
		if (is_named(lilo, config->entries.at[i], lilo->default_label)) {
			config->default_entry = i;
			config->default_why =
				arena_print(lilo->arena, "default=%s", lilo->default_label);
			return;
		}
	if (lilo->default_label)
		reading_problem(lilo->reading, lilo->reading->file, 0, 0,
				"default=%s: there is no such label", lilo->default_label);
}

int lilo_read(struct reading *reading)
{
	struct lilo lilo = {
		.reading = reading,
		.arena = reading->arena,
		.is_elilo = path_name_is(reading->file, "elilo.conf"),
		.timeout = -1,
		.delay = -1,
	};
	struct assignments assignments = { 0 };
	struct assignment a;
	int error = assign_open(&assignments, reading, reading->file);

	if (error)
		return error;
	while (assign_next(&assignments, &a))
		if (a.value)
			assign(&lilo, &a);
		else
			set_flag(&lilo, a.name);
	finish_image(&lilo);
	choose_default(&lilo);
	set_timeout(&lilo);
	return 0;
}

bool lilo_claims(const char *path, const char *bytes, size_t size)
{
	(void)size;
	return bytes && (path_name_is(path, "lilo.conf") || path_name_is(path, "elilo.conf"));
}
