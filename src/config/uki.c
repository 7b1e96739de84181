/*
 * Unified kernel images: what their PE sections say (UAPI.5, Unified Kernel Image; Microsoft's
 * "PE Format" for the headers).
 */
#include "config/uki.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/text.h"
#include "config/bls.h"
#include "config/formats.h"
#include "config/value.h"

#define SECTIONS_MOST 512
#define TEXT_MOST ((uint32_t)1024 * 1024)            /* bytes of a section that holds text */
#define IMAGE_MOST ((size_t)1024 * 1024 * 1024)      /* bytes of an image in memory */
#define ADDONS_MOST 64
#define NAMES_MOST 4096

#define PE_OFFSET 0x3c        /* of the offset of "PE\0\0" */
#define PE_HEADER_SIZE 24     /* the signature and the COFF header */
#define PE_SECTION_SIZE 40    /* a row of the section table */
#define MACHINE_OFFSET 4      /* in the header: Machine */
#define SECTIONS_OFFSET 6     /* NumberOfSections */
#define OPTIONAL_OFFSET 20    /* SizeOfOptionalHeader */

/* The bytes of an image: a file, or the memory of a volume that has no disk. */
struct image {
	int fd;
	const char *bytes;
	uint64_t size;
};

struct section {
	char name[9];
	uint32_t offset, size; /* in the file, of the content without padding */
};

struct sections {
	struct section at[SECTIONS_MOST];
	unsigned n;
	unsigned machine;
};

static int open_image(struct reading *reading, const char *path, struct image *image)
{
	struct file_info info;
	char *bytes;
	size_t size;
	int error;

	image->fd = volume_open_file(reading->volume, path);
	if (image->fd >= 0) {
		error = volume_stat(reading->volume, path, &info);
		image->size = info.size;
		if (error)
			close(image->fd);
		return error;
	}
	if (image->fd != -ENOSYS)
		return image->fd;
	error = volume_read(reading->arena, reading->volume, path, IMAGE_MOST, &bytes, &size);
	image->bytes = bytes;
	image->size = size;
	return error;
}

static void close_image(struct image *image)
{
	if (image->fd >= 0)
		close(image->fd);
}

/* All of @n bytes, or false. */
static bool read_image(const struct image *image, uint64_t offset, void *to, size_t n)
{
	char *at = to;

	if (offset > image->size || n > image->size - offset)
		return false;
	if (image->bytes) {
		memcpy(to, image->bytes + offset, n);
		return true;
	}
	while (n) {
		ssize_t got = pread(image->fd, at, n, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		at += got;
		offset += (uint64_t)got;
		n -= (size_t)got;
	}
	return true;
}

static bool read_sections(const struct image *image, struct sections *sections)
{
	unsigned char dos[64], pe[PE_HEADER_SIZE], row[PE_SECTION_SIZE];
	uint64_t at;
	unsigned n;

	if (!read_image(image, 0, dos, sizeof dos) || dos[0] != 'M' || dos[1] != 'Z')
		return false;
	at = get32(dos + PE_OFFSET);
	if (!read_image(image, at, pe, sizeof pe) || memcmp(pe, "PE\0\0", 4) != 0)
		return false;
	sections->machine = get16(pe + MACHINE_OFFSET);
	n = get16(pe + SECTIONS_OFFSET);
	at += sizeof pe + get16(pe + OPTIONAL_OFFSET);
	if (n > SECTIONS_MOST)
		return false;
	for (sections->n = 0; sections->n < n; sections->n++, at += sizeof row) {
		struct section *section = &sections->at[sections->n];
		uint32_t raw;

		if (!read_image(image, at, row, sizeof row))
			return false;
		memcpy(section->name, row, 8);
		section->name[8] = '\0';
		section->size = get32(row + 8); /* VirtualSize: without the file's padding */
		raw = get32(row + 16);          /* SizeOfRawData */
		section->offset = get32(row + 20);
		if (section->size > raw)
			section->size = raw;
	}
	return true;
}

/* The text of a section, "" if it can't be had. */
static char *section_text(struct arena *arena, const struct image *image,
			  const struct section *section)
{
	uint32_t size = section->size < TEXT_MOST ? section->size : TEXT_MOST;
	char *text = arena_alloc(arena, (size_t)size + 1);

	if (!read_image(image, section->offset, text, size))
		text[0] = '\0';
	text[size] = '\0';
	return text;
}

/*
 * The section of a name that counts for a profile: its own, else the base's, which come before the
 * first .profile ("Multi-Profile UKIs"). Profile -1 is the base itself.
 */
static const struct section *find_section(const struct sections *sections, const char *name,
					  int profile)
{
	const struct section *found = NULL;
	int current = -1;

	for (unsigned i = 0; i < sections->n; i++) {
		if (strcmp(sections->at[i].name, ".profile") == 0)
			current++;
		if ((current == -1 || current == profile) &&
		    strcmp(sections->at[i].name, name) == 0 &&
		    (!found || current == profile))
			found = &sections->at[i];
	}
	return found;
}

/* What the text sections say ------------------------------------------------------------------------ */

/* A shell word without its quotes (os-release(5): "assignments … compatible with shell"). */
static char *unquote(struct arena *arena, const char *word)
{
	char *value = arena_string(arena, word), *out = value;
	char quote = *word == '"' || *word == '\'' ? *word++ : '\0';

	for (; *word && *word != quote; word++) {
		if (*word == '\\' && quote != '\'' && word[1])
			word++;
		*out++ = *word;
	}
	*out = '\0';
	return value;
}

/* The value of NAME= in lines of assignments; NULL if it is not there, or empty. */
static const char *find_value(struct arena *arena, const char *text, const char *name)
{
	const char *cursor = text, *end = text + strlen(text), *value = NULL;
	struct line line = { 0 };
	size_t n = strlen(name);

	while (line_next(&line, &cursor, end)) {
		const char *word = value_trim(arena, line.at, line.end);

		if (strncmp(word, name, n) == 0 && word[n] == '=')
			value = unquote(arena, word + n + 1);
	}
	return value && *value ? value : NULL;
}

static const char *first_value(struct arena *arena, const char *text, const char *const *names)
{
	const char *value = NULL;

	for (; *names && !value; names++)
		value = find_value(arena, text, *names);
	return value;
}

/* The same choice of names as systemd-boot: precise before vague, for people before for machines. */
static void read_release(struct arena *arena, struct uki *uki, const char *text)
{
	static const char *const titles[] = { "PRETTY_NAME", "IMAGE_ID", "NAME", "ID", NULL };
	static const char *const versions[] = { "IMAGE_VERSION", "VERSION", "VERSION_ID",
						"BUILD_ID", NULL };
	static const char *const sort_keys[] = { "IMAGE_ID", "ID", NULL };

	uki->title = first_value(arena, text, titles);
	uki->version = first_value(arena, text, versions);
	uki->sort_key = first_value(arena, text, sort_keys);
}

static void read_profile(struct arena *arena, const struct image *image,
			 const struct sections *sections, struct uki *uki)
{
	const struct section *section;
	const char *text;

	uki->cmdline = "";
	section = find_section(sections, ".osrel", uki->profile);
	if (section)
		read_release(arena, uki, section_text(arena, image, section));
	section = find_section(sections, ".uname", uki->profile);
	if (section && !uki->version)
		uki->version = value_squeeze(arena, section_text(arena, image, section));
	section = find_section(sections, ".cmdline", uki->profile);
	if (section)
		uki->cmdline = value_squeeze(arena, section_text(arena, image, section));
	section = uki->profile < 0 ? NULL : find_section(sections, ".profile", uki->profile);
	if (!section)
		return;
	text = section_text(arena, image, section);
	uki->profile_id = find_value(arena, text, "ID");
	uki->profile_title = find_value(arena, text, "TITLE");
}

/* Addons ("PE Addons"), which are found as systemd-stub finds them -------------------------------------- */

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct addons {
	const char *cmdline;
	VEC(struct file_ref) ucode, initrds; /* each says what to make of it: see load_file.as */
};

/* An addon with another .uname than the image's is for another kernel. */
static bool is_for(struct arena *arena, const struct image *image, const struct sections *sections,
		   const char *uname)
{
	const struct section *section = find_section(sections, ".uname", -1);

	return !section || !uname || strcmp(section_text(arena, image, section), uname) == 0;
}

static void apply_addon(struct reading *reading, const char *path, unsigned machine,
			const char *uname, struct addons *addons)
{
	struct arena *arena = reading->arena;
	struct sections *sections = arena_make(arena, struct sections);
	const struct section *section;
	struct image image = { 0 };

	if (open_image(reading, path, &image))
		return;
	if (read_sections(&image, sections) && sections->machine == machine &&
	    !find_section(sections, ".linux", -1) && is_for(arena, &image, sections, uname)) {
		section = find_section(sections, ".cmdline", -1);
		if (section)
			addons->cmdline = value_join(
				arena, addons->cmdline,
				value_squeeze(arena, section_text(arena, &image, section)));
		if (find_section(sections, ".ucode", -1))
			vec_push(arena, &addons->ucode) =
				(struct file_ref){ .path = path, .name = ":.ucode" };
		if (find_section(sections, ".initrd", -1))
			vec_push(arena, &addons->initrds) =
				(struct file_ref){ .path = path, .name = ":.initrd" };
	}
	close_image(&image);
}

static void apply_addons(struct reading *reading, const char *directory, unsigned machine,
			 const char *uname, struct addons *addons)
{
	const char **names;
	ssize_t count = volume_list(reading->arena, reading->volume, directory, NAMES_MOST, &names);
	unsigned applied = 0;

	if (count <= 0)
		return;
	qsort(names, (size_t)count, sizeof *names, compare_names);
	for (ssize_t i = 0; i < count && applied < ADDONS_MOST; i++) {
		if (names[i][0] == '.' || !string_ends(names[i], ".addon.efi"))
			continue;
		applied++;
		apply_addon(reading, path_join(reading->arena, directory, names[i]), machine, uname,
			    addons);
	}
}

/*
 * Credentials and extensions beside an image ("Companion files"), which systemd-stub packs into
 * archives: so are they here, by their name in the initramfs, when they are loaded.
 */
static const struct companions {
	const char *directory; /* of the boot partition; NULL: the image's own */
	const char *suffix, *but_not, *folder;
} companions[] = {
	{ NULL, ".cred", NULL, ".extra/credentials" },
	{ "loader/credentials", ".cred", NULL, ".extra/global_credentials" },
	{ NULL, ".raw", ".confext.raw", ".extra/sysext" },
	{ "loader/extensions", ".raw", ".confext.raw", ".extra/global_sysext" },
	{ NULL, ".confext.raw", NULL, ".extra/confext" },
	{ "loader/extensions", ".confext.raw", NULL, ".extra/global_confext" },
};

static void add_companion(struct reading *reading, const struct companions *kind, const char *path,
			  struct addons *addons)
{
	struct file_info info;

	if (volume_stat(reading->volume, path, &info) || info.kind != FILE_REGULAR)
		return;
	if (info.size)
		vec_push(reading->arena, &addons->initrds) = (struct file_ref){
			.path = path,
			.name = arena_print(reading->arena, "%s/%s", kind->folder, path_name(path)),
		};
	else
		reading_problem(reading, path, 0, 0, "it is empty, and left out");
}

static void add_companions(struct reading *reading, const struct companions *kind,
			   const char *directory, struct addons *addons)
{
	const char **names;
	ssize_t n = volume_list(reading->arena, reading->volume, directory, NAMES_MOST, &names);

	if (n > 0)
		qsort(names, (size_t)n, sizeof *names, compare_names);
	for (ssize_t i = 0; i < n; i++)
		if (names[i][0] != '.' && string_ends(names[i], kind->suffix) &&
		    !(kind->but_not && string_ends(names[i], kind->but_not)))
			add_companion(reading, kind, path_join(reading->arena, directory, names[i]),
				      addons);
}

/* Microcode is taken from where it is found first, so the last addon's comes first. */
static void use_addons(struct arena *arena, const struct addons *addons, struct uki *uki)
{
	uki->added = addons->cmdline;
	for (size_t i = addons->ucode.n; i-- > 0;)
		vec_push(arena, &uki->parts) = addons->ucode.at[i];
	for (size_t i = 0; i < addons->initrds.n; i++)
		vec_push(arena, &uki->parts) = addons->initrds.at[i];
}

/* Images --------------------------------------------------------------------------------------------- */

int uki_open(struct reading *reading, const char *directory, const char *path,
	     struct uki *profiles)
{
	struct arena *arena = reading->arena;
	struct sections *sections;
	struct addons addons = { .cmdline = "" };
	struct image image = { 0 };
	const struct section *section;
	const char *uname = NULL, *own = arena_print(arena, "%s.extra.d", path);
	unsigned n = 0;
	int error = open_image(reading, path, &image);

	if (error)
		return error;
	sections = arena_make(arena, struct sections);
	if (!read_sections(&image, sections) || !find_section(sections, ".linux", -1)) {
		close_image(&image);
		return 0;
	}
	for (unsigned i = 0; i < sections->n && n < UKI_PROFILES_MOST; i++)
		n += strcmp(sections->at[i].name, ".profile") == 0;
	for (unsigned i = 0; i < (n ? n : 1); i++) {
		profiles[i] = (struct uki){ .profile = n ? (int)i : -1 };
		read_profile(arena, &image, sections, &profiles[i]);
	}
	section = find_section(sections, ".uname", -1);
	if (section)
		uname = section_text(arena, &image, section);
	close_image(&image);
	n = n ? n : 1;
	/* systemd-stub(7): those for all images, then those of the image */
	apply_addons(reading, path_join(arena, directory, "loader/addons"), sections->machine, uname,
		     &addons);
	apply_addons(reading, own, sections->machine, uname, &addons);
	for (size_t i = 0; i < sizeof companions / sizeof *companions; i++)
		add_companions(reading, &companions[i],
			       companions[i].directory
				       ? path_join(arena, directory, companions[i].directory)
				       : own,
			       &addons);
	for (unsigned i = 0; i < n; i++)
		use_addons(arena, &addons, &profiles[i]);
	return (int)n;
}

void uki_make_entry(struct arena *arena, struct entry *entry, const char *path,
		    const struct uki *uki, const char *options)
{
	entry->kind = ENTRY_LINUX;
	entry->kernel.path = path;
	entry->cmdline = value_join(arena, options && *options ? options : uki->cmdline, uki->added);
	if (uki->profile > 0)
		entry->kernel.name = arena_print(arena, "@%d", uki->profile);
	for (size_t i = 0; i < uki->parts.n; i++) {
		struct file_ref part = uki->parts.at[i];

		part.device = entry->kernel.device;
		vec_push(arena, &entry->initrds) = part;
	}
}

bool uki_take(struct reading *reading, struct entry *entry)
{
	struct uki *profiles = arena_array(reading->arena, UKI_PROFILES_MOST, sizeof *profiles);
	const char *path = entry->kernel.path, *options = entry->cmdline;
	struct reading other = *reading;

	if (entry->kernel.device)
		other.volume = volumes_find(reading->volumes, VOLUME_NAME, entry->kernel.device);
	if (!path || entry->kernel.loop || !other.volume ||
	    uki_open(&other, "/", path, profiles) <= 0)
		return false;
	entry->reason = NULL;
	uki_make_entry(reading->arena, entry, path, profiles, options);
	return true;
}

/* A directory of images without any loader.conf: what systemd-boot would do. */
int uki_read(struct reading *reading)
{
	struct file_info info;
	int error = volume_stat(reading->volume, reading->file, &info);

	if (error)
		return error;
	return bls_read_images(reading, reading->file);
}

bool uki_claims(const char *path, const char *bytes, size_t size)
{
	size_t n = strlen(path);

	if (bytes)
		return size > 2 && bytes[0] == 'M' && bytes[1] == 'Z';
	return n >= 10 && strcasecmp(path + n - 10, "/EFI/Linux") == 0;
}
