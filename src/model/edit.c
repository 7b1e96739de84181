#include "model/edit.h"

#include <string.h>

#include "base/text.h"

bool entry_is_editable(const struct entry *entry)
{
	return entry->kernel.path &&
	       (entry->kind == ENTRY_LINUX || entry->kind == ENTRY_MULTIBOOT);
}

/* A line break in a command line is a blank to the kernel, and would end the line here. */
static const char *one_line(struct arena *arena, const char *text)
{
	char *copy = arena_string(arena, text);

	for (char *at = copy; *at; at++)
		if (*at == '\n')
			*at = ' ';
	return copy;
}

static const char *ref_text(struct arena *arena, const struct file_ref *ref, const char *device)
{
	const char *args = ref->args && *ref->args ? ref->args : NULL;

	return one_line(arena, arena_print(arena, "%s:%s%s%s%s%s",
					   ref->device ? ref->device : device,
					   ref->loop ? ref->loop : "", ref->loop ? ":" : "", ref->path,
					   args ? " " : "", args ? args : ""));
}

const char *entry_text(struct arena *arena, const struct entry *entry, const char *device,
		       const char *cmdline)
{
	struct text text = TEXT(arena);

	text_print(&text, "%s\n", ref_text(arena, &entry->kernel, device));
	for (size_t i = 0; i < entry->initrds.n; i++)
		text_print(&text, "%s\n", ref_text(arena, &entry->initrds.at[i], device));
	text_string(&text, one_line(arena, cmdline ? cmdline : entry->cmdline));
	return text_end(&text);
}

/* And back -------------------------------------------------------------------------------------------- */

struct editing {
	struct arena *arena;
	const struct entry *entry; /* as it was; NULL: none */
	const char *device;
	struct entry *edited;
};

static bool is_unchanged(const struct editing *editing, const struct file_ref *ref, const char *text)
{
	return ref->path && strcmp(ref_text(editing->arena, ref, editing->device), text) == 0;
}

/* What was not touched keeps what its text can't say (an initrd's own name). */
static bool find_unchanged(const struct editing *editing, const char *text, struct file_ref *ref)
{
	const struct entry *entry = editing->entry;

	if (!entry)
		return false;
	*ref = entry->kernel;
	for (size_t i = 0; !is_unchanged(editing, ref, text); i++) {
		if (i == entry->initrds.n)
			return false;
		*ref = entry->initrds.at[i];
	}
	ref->device = ref->device ? ref->device : editing->device;
	return true;
}

/* False: it names no file. */
static bool read_ref(const struct editing *editing, const char *text, struct file_ref *ref)
{
	size_t device = *text == '/' ? 0 : strcspn(text, ":");
	const char *path = text + device + (device && text[device]), *inner, *blank;

	if (find_unchanged(editing, text, ref))
		return true;
	*ref = (struct file_ref){ .device = device ? arena_copy(editing->arena, text, device)
						   : editing->device };
	blank = editing->edited->kind == ENTRY_MULTIBOOT ? strchr(path, ' ') : NULL;
	if (blank) {
		ref->args = blank + 1;
		path = arena_copy(editing->arena, path, (size_t)(blank - path));
	}
	inner = strstr(path, ":/");
	if (inner)
		ref->loop = arena_copy(editing->arena, path, (size_t)(inner - path));
	ref->path = inner ? inner + 1 : path;
	return *path == '/' && path[1] && ref->path[1] && ref->device;
}

static bool set_kernel(struct editing *editing, const char *line)
{
	struct entry *edited = editing->edited;

	if (!read_ref(editing, line, &edited->kernel))
		return false;
	if (edited->boot_image && !string_same(edited->kernel.path, editing->entry->kernel.path))
		edited->boot_image = arena_print(editing->arena, "BOOT_IMAGE=%s", edited->kernel.path);
	return true;
}

static bool add_initrd(struct editing *editing, const char *line)
{
	struct file_ref ref;

	if (!*line)
		return true;
	if (!read_ref(editing, line, &ref))
		return false;
	vec_push(editing->arena, &editing->edited->initrds) = ref;
	return true;
}

static void set_cmdline(struct editing *editing, const char *line)
{
	const struct entry *entry = editing->entry;

	editing->edited->cmdline = line;
	if (entry && strcmp(line, one_line(editing->arena, entry->cmdline)) == 0)
		editing->edited->cmdline = entry->cmdline;
}

struct entry *entry_edited(struct arena *arena, const struct entry *entry, const char *device,
			   const char *text, const char **why)
{
	struct entry *edited = arena_make(arena, struct entry);
	struct editing editing = {
		.arena = arena, .entry = entry, .device = device, .edited = edited
	};
	bool first = true, good;

	if (entry)
		*edited = *entry;
	else
		edited->id = edited->title = edited->format = edited->config = "";
	edited->initrds.at = NULL;
	edited->initrds.n = edited->initrds.room = 0;
	edited->cmdline = "";
	edited->reason = NULL;
	for (const char *end; (end = strchr(text, '\n')); text = end + 1, first = false) {
		const char *line = arena_copy(arena, text, (size_t)(end - text));

		good = first ? set_kernel(&editing, line) : add_initrd(&editing, line);
		if (good)
			continue;
		*why = arena_print(arena, "\"%s\" is no file: write it as DEVICE:/PATH, like "
					  "sda2:/boot/%s", line, first ? "vmlinuz" : "initrd.img");
		return NULL;
	}
	set_cmdline(&editing, text);
	if (!first)
		return edited;
	*why = "it names no kernel";
	return NULL;
}
