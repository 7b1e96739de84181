#include "model/entry.h"

#include <string.h>

#include "base/text.h"

struct config *config_new(struct arena *arena, const char *format, const char *file)
{
	struct config *config = arena_make(arena, struct config);

	config->format = format;
	config->file = file;
	config->default_entry = NO_DEFAULT;
	config->timeout_ms = NO_TIMEOUT;
	return config;
}

struct entry *config_add(struct arena *arena, struct config *config, const char *title)
{
	struct entry *entry = arena_make(arena, struct entry);

	entry->title = title;
	entry->format = config->format;
	entry->config = config->file;
	entry->cmdline = "";
	vec_push(arena, &config->entries) = entry;
	return entry;
}

void config_problem(struct arena *arena, struct config *config, const char *file, unsigned line,
		    unsigned column, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vec_push(arena, &config->problems) = (struct problem){
		.file = file,
		.line = line,
		.column = column,
		.text = arena_vprint(arena, format, args),
	};
	va_end(args);
}

/* FNV-1a with a NUL after each string, so that "ab" "c" and "a" "bc" differ. */
static uint64_t hash_string(uint64_t hash, const char *string)
{
	size_t size = string ? strlen(string) + 1 : 1;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ (unsigned char)(string ? string[i] : 1)) * 0x100000001b3;
	return hash;
}

static uint64_t hash_entry(const struct entry *entry, const char *device, const char *file)
{
	uint64_t hash = hash_string(0xcbf29ce484222325, device);

	hash = hash_string(hash, file);
	for (size_t i = 0; i < entry->path.n; i++)
		hash = hash_string(hash, entry->path.at[i]);
	return hash_string(hash, entry->own_id ? entry->own_id : entry->title);
}

/* A set of hashes by open addressing; 0 marks a free slot. */
static bool insert(uint64_t *slots, size_t mask, uint64_t hash)
{
	size_t i = hash & mask;

	for (; slots[i]; i = (i + 1) & mask)
		if (slots[i] == hash)
			return false;
	slots[i] = hash;
	return true;
}

void config_name_ids(struct arena *arena, struct config *config, const char *device)
{
	size_t room = 16;
	uint64_t *taken;

	while (room < config->entries.n * 2)
		room *= 2;
	taken = arena_array(arena, room, sizeof *taken);
	for (size_t i = 0; i < config->entries.n; i++) {
		struct entry *entry = config->entries.at[i];
		uint64_t hash = hash_entry(entry, device, config->file);

		while (hash == 0 || !insert(taken, room - 1, hash))
			hash = hash * 0x9e3779b97f4a7c15 + 1; /* the next of its namesakes */
		entry->id = arena_print(arena, "%016llx", (unsigned long long)hash);
	}
}

static bool same_file(const struct file_ref *a, const char *a_device, const struct file_ref *b,
		      const char *b_device)
{
	return string_same(a->path, b->path) && string_same(a->loop, b->loop) &&
	       string_same(a->device ? a->device : a_device, b->device ? b->device : b_device);
}

bool entry_same(const struct entry *a, const char *a_device, const struct entry *b,
		const char *b_device)
{
	if (a->kind != b->kind || !a->kernel.path || strcmp(a->cmdline, b->cmdline) ||
	    a->initrds.n != b->initrds.n || !same_file(&a->kernel, a_device, &b->kernel, b_device))
		return false;
	for (size_t i = 0; i < a->initrds.n; i++)
		if (!same_file(&a->initrds.at[i], a_device, &b->initrds.at[i], b_device))
			return false;
	return true;
}

/* With their lengths, so that no two lists of strings give the same text. */
static void add_part(struct text *text, const char *part)
{
	text_print(text, "%zu:", part ? strlen(part) + 1 : 0);
	text_string(text, part ? part : "");
}

static void add_ref(struct text *text, const struct file_ref *ref, const char *device)
{
	add_part(text, ref->device ? ref->device : device);
	add_part(text, ref->loop);
	add_part(text, ref->path);
	add_part(text, ref->name);
	add_part(text, ref->args);
}

const char *entry_essence(struct arena *arena, const struct entry *entry, const char *device)
{
	struct text text = TEXT(arena);

	text_print(&text, "%d,%u,", (int)entry->kind, entry->version);
	add_ref(&text, &entry->kernel, device);
	for (size_t i = 0; i < entry->initrds.n; i++)
		add_ref(&text, &entry->initrds.at[i], device);
	add_part(&text, entry->boot_image);
	add_part(&text, entry->cmdline);
	return text_end(&text);
}

const char *entry_full_cmdline(struct arena *arena, const struct entry *entry)
{
	if (!entry->boot_image)
		return entry->cmdline;
	if (!entry->cmdline[0])
		return entry->boot_image;
	return arena_print(arena, "%s %s", entry->boot_image, entry->cmdline);
}
