/* The reader "grub2": sets up GRUB's environment, runs the config, shows its menu. */
#include "config/grub/grub.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "config/grub/interp.h"
#include "model/device.h"

#define CONFIG_MOST     ((size_t)64 * 1024 * 1024) /* bytes of a grub.cfg */
#define KEEP_MOST       ((size_t)48 * 1024 * 1024) /* bytes for variables, functions, items, text */
#define STEPS_OF_CONFIG 200000

static bool has_name(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');

	return strcmp(slash ? slash + 1 : path, name) == 0;
}

/* Does any line begin with one of the words? */
static bool has_word(const char *bytes, size_t size, const char *const *words)
{
	const char *at = bytes, *end = bytes + size;

	while (at < end) {
		while (at < end && (*at == ' ' || *at == '\t'))
			at++;
		for (const char *const *word = words; *word; word++) {
			size_t n = strlen(*word);

			if ((size_t)(end - at) > n && memcmp(at, *word, n) == 0 &&
			    strchr(" \t'\"", at[n]) && at[n])
				return true;
		}
		at = memchr(at, '\n', (size_t)(end - at));
		if (!at)
			return false;
		at++;
	}
	return false;
}

bool grub_claims(const char *path, const char *bytes, size_t size)
{
	static const char *const files[] = { "grub.cfg", "loopback.cfg", "custom.cfg",
					     "grubsrcd.cfg" };
	static const char *const words[] = { "configfile", "search", "menuentry", "submenu",
					     "insmod",     "blscfg", "load_env",  NULL };
	bool is_legacy = has_name(path, "grub.conf");

	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		if (has_name(path, files[i]))
			return true;
	/* GRUB Legacy has a configfile, too. */
	return has_word(bytes, size, words + is_legacy);
}

static bool contains(const char *bytes, size_t size, const char *needle)
{
	return memmem(bytes, size, needle, strlen(needle));
}

/*
 * Red Hat's GRUB differs in what it makes of \xHH and of a number as default. Its configs are told
 * by its own commands, by the systems' names, and by \x20, which no other GRUB would take.
 */
static bool is_redhat(const struct reading *reading, const char *bytes, size_t size)
{
	static const char *const signs[] = { "\nblscfg",    "\n  blscfg", "\\x20",
					     "Red Hat",     "CentOS",     "Fedora",
					     "Rocky Linux", "AlmaLinux",  "Oracle Linux",
					     "kernelopts",  "--root-dev-only" };
	static const char probes[] = "### BEGIN /etc/grub.d/30_os-prober ###";
	const char *variant = reading->options->grub_variant, *probed;

	if (variant)
		return strcmp(variant, "redhat") == 0;
	/* os-prober's entries name other systems: look only at what a Red Hat would write */
	if (contains(bytes, size, "### BEGIN /etc/grub.d/05_debian_theme ###"))
		return false;
	probed = memmem(bytes, size, probes, strlen(probes));
	if (probed)
		size = (size_t)(probed - bytes);
	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
		if (contains(bytes, size, signs[i]))
			return true;
	return false;
}

static const char *grub_cpu(const struct reading_options *options)
{
	const char *arch = options->arch ? options->arch : "x86_64";

	if (strcmp(arch, "aarch64") == 0)
		return "arm64";
	if (strcmp(arch, "x86_64") == 0 && options->platform &&
	    strcmp(options->platform, "efi") == 0)
		return "x86_64";
	return strcmp(arch, "x86_64") == 0 || strcmp(arch, "i686") == 0 ? "i386" : arch;
}

static void set_exported(struct interp *in, const char *name, const char *value)
{
	env_set(in, name, value);
	env_export(in, name);
}

/*
 * The config's name for GRUB. That in btrfs's default subvolume (see the table of readers) is
 * SUSE's, whose GRUB takes the subvolume for the root.
 */
static const char *own_name(struct interp *in)
{
	const char *file = in->reading->file, *subvolume = in->reading->volume->subvolume;
	size_t n = subvolume ? strlen(subvolume) : 0;

	/* these keep their values in menus of their own */
	set_exported(in, "btrfs_subvol", "");
	set_exported(in, "btrfs_relative_path", "");
	if (!n || !string_starts(file, subvolume) || strcmp(file + n, "/boot/grub2/grub.cfg") != 0)
		return file;
	set_exported(in, "btrfs_relative_path", "y");
	return file + n;
}

/* What GRUB has set when it starts on its config: GRUB manual, "Special environment variables". */
static void set_environment(struct interp *in)
{
	static const char *const features[] = {
		"feature_chainloader_bpb",      "feature_ntldr",
		"feature_platform_search_hint", "feature_default_font_path",
		"feature_all_video_module",     "feature_menuentry_id",
		"feature_menuentry_options",    "feature_200_final",
		"feature_nativedisk_cmd",       "feature_timeout_style",
	};
	const struct reading *reading = in->reading;
	const struct reading_options *options = reading->options;
	const char *root = device_name(in, reading->volume), *file = own_name(in);
	const char *directory = path_directory(in->keep, file);
	const char *prefix = options->prefix ? options->prefix : directory;

	set_exported(in, "root", root);
	set_exported(in, "prefix",
		     prefix[0] == '(' ? prefix : arena_print(in->keep, "(%s)%s", root, prefix));
	/* where GRUB itself was started from: on EFI, beside its config */
	set_exported(in, "cmdpath",
		     arena_print(in->keep, "(%s)%s", root,
				 strncasecmp(file, "/EFI/", 5) == 0 ? directory : ""));
	set_exported(in, "pager", "");
	set_exported(in, "color_normal", "light-gray/black");
	set_exported(in, "color_highlight", "black/light-gray");
	set_exported(in, "grub_platform", options->platform ? options->platform : "pc");
	set_exported(in, "grub_cpu", grub_cpu(options));
	for (size_t i = 0; i < sizeof features / sizeof *features; i++)
		set_exported(in, features[i], "y");
	for (size_t i = 0; i < options->set.n; i++)
		set_exported(in, options->set.at[i].name, options->set.at[i].value);
	env_set(in, "config_file", arena_print(in->keep, "(%s)%s", env_get(in, "root"), file));
	env_set(in, "config_directory",
		arena_print(in->keep, "(%s)%s", env_get(in, "root"),
			    strcmp(directory, "/") == 0 ? "" : directory));
	env_export(in, "config_file");
	env_export(in, "config_directory");
}

/* The config itself has booted something, or left GRUB: that is all there is. */
static void add_direct(struct interp *in, const struct attempt *direct)
{
	struct config *config = in->reading->config;
	struct entry *entry = config_add(in->arena, config, "Default (boots without a menu)"), made = *entry;

	*entry = *direct->entry;
	entry->title = made.title;
	entry->format = made.format;
	entry->config = made.config;
	entry->hidden = true;
	config->default_entry = config->entries.n - 1;
	config->default_why = "the config boots it without showing a menu";
	config->timeout_ms = 0;
	config->timeout_style = TIMEOUT_HIDDEN;
	menu_ask(in);
}

static void finish(struct interp *in, const struct attempt *direct)
{
	struct config *config = in->reading->config;

	if (in->overrun)
		reading_problem(in->reading, in->origin.file, in->line, 0, "stopped reading: %s",
				in->overrun);
	in->node = NULL; /* the tree it is in was freed */
	in->origin = (struct origin){ .file = in->reading->file };
	if (in->shown)
		return;
	if (direct->decided) {
		add_direct(in, direct);
		return;
	}
	in->stop = false;
	in->overrun = NULL;
	in->returned = false;
	in->breaks = 0;
	in->depth = in->nested = 0;
	in->scope = NULL;
	config->default_entry = NO_DEFAULT;
	menu_show(in);
}

/* Runs all of it. Where memory runs out, the entries so far are what there is. */
static void read_script(struct interp *in, const char *bytes, size_t size)
{
	struct entry loose = { .kind = ENTRY_LINUX, .cmdline = "" };
	struct attempt direct = { .entry = &loose };
	struct source source;
	jmp_buf exhausted, *outer = arena_guard(in->arena, &exhausted);

	if (setjmp(exhausted) == 0) {
		in->exhausted = &exhausted;
		arena_guard(in->keep, &exhausted);
		work_open(in);
		in->attempt = &direct;
		in->context = arena_make(in->keep, struct context);
		in->context->menu = menu_new(in->keep);
		in->redhat = is_redhat(in->reading, bytes, size);
		set_environment(in);
		source = script_clean(in->keep, in->origin, bytes, size);
		vec_push(in->keep, &in->chain) = env_get(in, "config_file");
		in->steps_most = STEPS_OF_CONFIG;
		exec_source(in, &source, false);
	} else {
		in->overrun = "it needs too much memory";
	}
	while (in->n_work)
		work_close(in);
	/* what there is of a menu is shown, in memory of its own */
	if (in->context && in->context->menu && setjmp(exhausted) == 0) {
		work_open(in);
		finish(in, &direct);
	}
	while (in->n_work)
		work_close(in);
	while (in->tally->n_spare)
		arena_free(in->tally->spare[--in->tally->n_spare]);
	arena_guard(in->arena, outer);
}

int grub_read(struct reading *reading)
{
	struct tally tally = { .back_to = SIZE_MAX };
	struct interp in = { .reading = reading,
			     .arena = reading->arena,
			     .status = -1,
			     .origin = { .file = reading->file },
			     .tally = &tally };
	char *bytes;
	size_t size;
	int error;

	error = volume_read(reading->arena, reading->volume, reading->file, CONFIG_MOST, &bytes,
			    &size);
	if (error)
		return error;
	in.keep = in.life = arena_new(KEEP_MOST);
	if (!in.keep)
		return -ENOMEM;
	read_script(&in, bytes, size);
	arena_free(in.keep);
	return 0;
}
