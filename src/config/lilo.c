/*
 * LILO's lilo.conf and ELILO's elilo.conf.
 *
 * Follows lilo.conf(5) and ELILO's elilo.txt, which has the same language with fewer words.
 */
#include "config/formats.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "config/images.h"
#include "config/value.h"

struct lilo {
	struct images images;
	bool is_elilo, prompt;
	int64_t timeout, delay; /* tenths of a second; -1: not given */
};

static struct file_ref locate(struct images *images, const char *name)
{
	return fstab_locate(images->reading, &images->fstab, name);
}

static struct file_ref locate_elilo(struct images *images, const char *name)
{
	const char *directory = path_directory(images->arena, images->reading->file);

	return (struct file_ref){ .path = path_join(images->arena, directory, name) };
}

/* All that is said about an image is known when the next one begins. */
static void finish_image(struct lilo *lilo)
{
	struct images *images = &lilo->images;
	const char *password = images_either(images->image.password, images->global.password);
	struct entry *entry = images->entry;

	if (!entry)
		return;
	images_finish(images, lilo->is_elilo ? locate_elilo : locate);
	if (password && !images->image.restricted && !images->global.restricted) {
		entry->users = entry->own_id;
		vec_push(images->arena, &images->reading->config->users) = (struct user){
			.name = entry->own_id,
			.password = *password ? password : NULL,
		};
	}
	if (entry->kind == ENTRY_LINUX)
		entry->boot_image = arena_print(images->arena, "BOOT_IMAGE=%s",
						lilo->is_elilo ? images->kernel : entry->own_id);
}

static void begin_image(struct lilo *lilo, const struct assignment *a, enum entry_kind kind)
{
	finish_image(lilo);
	if (!images_begin(&lilo->images, a))
		return;
	lilo->images.entry->kind = kind;
	if (kind != ENTRY_LINUX)
		entry_refuse(lilo->images.arena, lilo->images.entry,
			     "the boot sector of %s is another loader, which needs the firmware",
			     a->value);
}

static int64_t number_of(struct lilo *lilo, const struct assignment *a)
{
	struct reading *reading = lilo->images.reading;
	int64_t n;

	if (value_number(a->value, &n) && n >= 0)
		return n;
	reading_problem(reading, reading->file, a->line, 1, "%s is no number: \"%s\"", a->name,
			a->value);
	return -1;
}

static void assign(struct lilo *lilo, const struct assignment *a)
{
	struct images *images = &lilo->images;

	if (strcasecmp(a->name, "image") == 0) {
		begin_image(lilo, a, ENTRY_LINUX);
	} else if (strcasecmp(a->name, "other") == 0) {
		begin_image(lilo, a, ENTRY_EFI);
	} else if (strcasecmp(a->name, "label") == 0 && images->entry) {
		images->entry->title = images->entry->own_id = a->value;
	} else if (strcasecmp(a->name, "alias") == 0 && images->entry) {
		vec_push(images->arena, &images->aliases) =
			(struct image_alias){ .name = a->value, .entry = images->entry };
	} else if (strcasecmp(a->name, "addappend") == 0) {
		images->add_append = a->value;
	} else if (strcasecmp(a->name, "default") == 0 && !images->entry) {
		images->default_label = a->value;
	} else if (strcasecmp(a->name, "timeout") == 0 && !images->entry) {
		lilo->timeout = number_of(lilo, a);
	} else if (strcasecmp(a->name, "delay") == 0 && !images->entry) {
		lilo->delay = number_of(lilo, a);
	} else {
		images_set(images, a);
	}
}

static void set_flag(struct lilo *lilo, const char *name)
{
	if (images_flag(&lilo->images, name))
		return;
	if (strcasecmp(name, "prompt") == 0)
		lilo->prompt = true;
	else if (strcasecmp(name, "restricted") == 0)
		images_current(&lilo->images)->restricted = true;
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
		reading_set_timeout(lilo->images.reading, tenths, 10);
	if (!lilo->prompt)
		lilo->images.reading->config->timeout_style = TIMEOUT_COUNTDOWN;
}

int lilo_read(struct reading *reading)
{
	static const struct image_word words[] = {
		IMAGE_WORD("root", root),       IMAGE_WORD("append", append),
		IMAGE_WORD("initrd", initrd),   IMAGE_WORD("literal", literal),
		IMAGE_WORD("ramdisk", size),    IMAGE_WORD("password", password),
		{ NULL, 0 },
	};
	struct lilo lilo = {
		.images = { .reading = reading, .arena = reading->arena, .words = words,
			    .compare = strcasecmp },
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
	images_default(&lilo.images);
	set_timeout(&lilo);
	return 0;
}

bool lilo_claims(const char *path, const char *bytes, size_t size)
{
	(void)size;
	return bytes && (path_name_is(path, "lilo.conf") || path_name_is(path, "elilo.conf"));
}
