/* The view as text for people and as JSON for programs (docs/baton.8 documents both). */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/engine.h"
#include "cli/json.h"

static const char *const timeout_styles[] = { "menu", "countdown", "hidden" };

#define FOR_CONFIGS(view, device, config)                                                          \
	for (const struct view_device *device = (view)->devices; device; device = device->next)    \
		for (size_t i_ = 0; i_ < device->configs.n; i_++)                                  \
			for (const struct config *config = device->configs.at[i_];                 \
			     config && !config->duplicate; config = NULL)

static void json_strings(struct json *json, const char *key, const char *const *at, size_t n)
{
	json_open(json, key, '[');
	for (size_t i = 0; i < n; i++)
		json_string(json, NULL, at[i]);
	json_close(json, ']');
}

/* A file inside an image is written as GRUB 2 names it; "loop" says which image. */
static void json_file(struct json *json, struct arena *arena, const char *key,
		      const struct entry *entry, const struct file_ref *ref)
{
	bool is_named = ref->loop && strcmp(entry->format, "grub2") == 0;

	json_string(json, key, is_named ? arena_print(arena, "(loop)%s", ref->path) : ref->path);
}

/* Of every initrd or module, the string that is in a member of its file_ref. */
static void json_members(struct json *json, const char *key, const struct entry *entry, size_t member)
{
	json_open(json, key, '[');
	for (size_t i = 0; i < entry->initrds.n; i++)
		json_string(json, NULL,
			    *(const char **)((char *)&entry->initrds.at[i] + member));
	json_close(json, ']');
}

/*
 * "initrds" are paths: which devices they are on is told only where they are not beside the kernel, and
 * what they are given only where they are modules.
 */
static void json_initrds(struct json *json, struct arena *arena, const struct entry *entry)
{
	bool elsewhere = false, args = false;

	json_open(json, "initrds", '[');
	for (size_t i = 0; i < entry->initrds.n; i++) {
		json_file(json, arena, NULL, entry, &entry->initrds.at[i]);
		elsewhere |= !string_same(entry->initrds.at[i].device, entry->kernel.device);
		args |= entry->initrds.at[i].args != NULL;
	}
	json_close(json, ']');
	if (elsewhere)
		json_members(json, "initrd_devices", entry, offsetof(struct file_ref, device));
	if (args)
		json_members(json, "initrd_args", entry, offsetof(struct file_ref, args));
}

static void json_entry(struct json *json, struct arena *arena, const struct entry *entry,
		       const struct view_device *device)
{
	json_open(json, NULL, '{');
	json_string(json, "id", entry->id);
	json_string(json, "title", entry->title);
	json_strings(json, "path", entry->path.at, entry->path.n);
	json_string(json, "own_id", entry->own_id);
	json_string(json, "format", entry->format);
	json_open(json, "config", '{');
	json_string(json, "device",
		    entry->config_device ? entry->config_device : device->identity.name);
	json_string(json, "file", entry->config);
	json_number(json, "line", entry->line);
	json_close(json, '}');
	json_file(json, arena, "kernel", entry, &entry->kernel);
	if (entry->kernel.device)
		json_string(json, "device", entry->kernel.device);
	if (entry->kernel.loop)
		json_string(json, "loop", entry->kernel.loop);
	json_initrds(json, arena, entry);
	json_string(json, "cmdline", entry->cmdline);
	json_string(json, "boot_image", entry->boot_image);
	json_string(json, "devicetree", entry->devicetree.path);
	json_bool(json, "bootable", entry_is_bootable(entry));
	json_string(json, "reason", entry->reason);
	json_string(json, "hotkey", entry->hotkey);
	json_string(json, "users", entry->users);
	if (entry->hidden)
		json_bool(json, "hidden", true);
	json_close(json, '}');
}

/* A config that boots by itself, without a menu, has an entry for that which no menu lists. */
static const struct entry *direct_entry(const struct config *config)
{
	const struct entry *entry;

	if (!config || config->default_entry == NO_DEFAULT)
		return NULL;
	entry = config->entries.at[config->default_entry];
	return entry->hidden ? entry : NULL;
}

/* An entry that no menu lists may be a listed one with words added (SYSLINUX's "DEFAULT a quiet"). */
static const struct entry *listed_entry(const struct config *config, const struct entry *entry)
{
	if (!entry->hidden || !entry->own_id)
		return entry;
	for (size_t i = 0; i < config->entries.n; i++)
		if (!config->entries.at[i]->hidden &&
		    string_same(config->entries.at[i]->own_id, entry->own_id))
			return config->entries.at[i];
	return entry;
}

/* The place of an entry among all that are listed. */
static int64_t index_of(const struct view *view, const struct entry *entry)
{
	int64_t index = 0;

	FOR_CONFIGS(view, device, config)
		for (size_t e = 0; e < config->entries.n; e++) {
			if (config->entries.at[e] == entry)
				return index;
			index += config->entries.at[e] != direct_entry(config);
		}
	return -1;
}

/* The config whose default counts: the first that has one, else the first. */
static const struct config *leading_config(const struct view *view)
{
	const struct config *first = NULL;

	FOR_CONFIGS(view, device, config) {
		if (config->default_entry != NO_DEFAULT)
			return config;
		if (!first)
			first = config;
	}
	return first;
}

static void json_choice(struct json *json, const char *key, const struct entry *entry,
			int64_t index, const char *why)
{
	json_open(json, key, '{');
	json_string(json, "id", entry->id);
	json_number(json, "index", index);
	json_string(json, "why", why);
	json_close(json, '}');
}

/* What the loader's own default is, and, where that can't be started, what baton boots instead. */
static void json_default(struct json *json, const struct engine *engine)
{
	const struct config *config = leading_config(&engine->view);
	const struct entry *entry = NULL, *listed = NULL;

	if (config && config->default_entry != NO_DEFAULT) {
		entry = config->entries.at[config->default_entry];
		listed = listed_entry(config, entry);
	}
	if (entry && !listed->hidden)
		json_choice(json, "default", entry, index_of(&engine->view, listed),
			    config->default_why);
	else
		json_null(json, "default");
	json_open(json, "fallback", '[');
	for (size_t i = 0; config && i < config->fallback.n; i++)
		json_number(json, NULL,
			    index_of(&engine->view, config->entries.at[config->fallback.at[i]]));
	json_close(json, ']');
	if (engine->decision.entry && engine->decision.entry != entry)
		json_choice(json, "boots", engine->decision.entry,
			    index_of(&engine->view, engine->decision.entry), engine->decision.why);
	if (!config || config->timeout_ms < 0 || (entry && listed->hidden))
		json_null(json, "timeout");
	else
		json_seconds(json, "timeout", config->timeout_ms);
	if (config && config->timeout_ms == NO_TIMEOUT && config->at_once)
		json_bool(json, "at_once", true);
	if (config && config->asks_ms)
		json_seconds(json, "asks", config->asks_ms);
	json_string(json, "timeout_style", timeout_styles[config ? config->timeout_style : TIMEOUT_MENU]);
}

static void json_problem(struct json *json, const struct problem *problem)
{
	json_open(json, NULL, '{');
	json_string(json, "file", problem->file);
	json_number(json, "line", problem->line);
	json_number(json, "column", problem->column);
	json_string(json, "text", problem->text);
	json_close(json, '}');
}

static void list_json(const struct engine *engine)
{
	struct json json = { .out = stdout };

	json_open(&json, NULL, '{');
	json_number(&json, "version", 1);
	json_open(&json, "entries", '[');
	FOR_CONFIGS(&engine->view, device, config)
		for (size_t e = 0; e < config->entries.n; e++)
			if (config->entries.at[e] != direct_entry(config))
				json_entry(&json, engine->arena, config->entries.at[e],
					   device);
	json_close(&json, ']');
	json_open(&json, "direct", '[');
	FOR_CONFIGS(&engine->view, device, config)
		if (direct_entry(config))
			json_entry(&json, engine->arena, direct_entry(config), device);
	json_close(&json, ']');
	json_default(&json, engine);
	json_open(&json, "problems", '[');
	FOR_CONFIGS(&engine->view, device, config)
		for (size_t p = 0; p < config->problems.n; p++)
			json_problem(&json, &config->problems.at[p]);
	json_close(&json, ']');
	json_close(&json, '}');
	putchar('\n');
}

/*
 * Text from a disk goes to a terminal here: what could be an escape sequence is shown, not sent.
 * U+0080 to U+009F are controls, too (ECMA-48 5.3): C2 9B in UTF-8 begins a sequence like ESC [.
 */
static void print_safe(const char *string)
{
	for (const unsigned char *s = (const unsigned char *)string; *s; s++)
		if (*s < 0x20 || *s == 0x7f)
			printf("^%c", *s ^ 0x40);
		else if (*s == 0xc2 && s[1] >= 0x80 && s[1] < 0xa0)
			printf("\\u%04x", *++s);
		else
			putchar(*s);
}

size_t engine_print_problems(const struct engine *engine)
{
	size_t n = 0;

	FOR_CONFIGS(&engine->view, device, config)
		for (size_t p = 0; p < config->problems.n; p++, n++) {
			const struct problem *problem = &config->problems.at[p];

			print_safe(problem->file);
			printf(":%u:%u: ", problem->line, problem->column);
			print_safe(problem->text);
			putchar('\n');
		}
	return n;
}

static void list_text(const struct engine *engine)
{
	FOR_CONFIGS(&engine->view, device, config) {
		printf("%s: ", device->identity.name);
		print_safe(config->file);
		putchar('\n');
		for (size_t e = 0; e < config->entries.n; e++) {
			const struct entry *entry = config->entries.at[e];

			printf("%c %s  ", entry == engine->decision.entry ? '*' : ' ', entry->id);
			for (size_t p = 0; p < entry->path.n; p++) {
				print_safe(entry->path.at[p]);
				fputs(" > ", stdout);
			}
			print_safe(entry->title);
			if (entry->reason) {
				fputs("  [", stdout);
				print_safe(entry->reason);
				putchar(']');
			}
			putchar('\n');
		}
	}
	engine_print_problems(engine);
	if (engine->decision.entry) {
		fputs("default: ", stdout);
		print_safe(engine->decision.entry->title);
		fputs(" because ", stdout);
		print_safe(engine->decision.why);
		putchar('\n');
	}
}

void engine_list(const struct engine *engine)
{
	if (engine->json)
		list_json(engine);
	else
		list_text(engine);
}

static void show_line(const char *name, const char *value)
{
	if (!value)
		return;
	printf("%-11s ", name);
	print_safe(value);
	putchar('\n');
}

/* Its device is named where that is not the config's own. */
static void show_file(const struct engine *engine, const char *name, const struct file_ref *file)
{
	if (file->path)
		show_line(name, arena_print(engine->arena, "%s%s%s%s%s%s%s%s%s",
					    file->device ? file->device : "",
					    file->device ? ":" : "", file->path,
					    file->loop ? " in the image " : "",
					    file->loop ? file->loop : "", file->name ? " as " : "",
					    file->name ? file->name : "", file->args ? " " : "",
					    file->args ? file->args : ""));
}

static void show_write(const struct engine *engine, const struct env_write *write)
{
	show_line("writes", arena_print(engine->arena, "%s=%s to %s%s%s", write->name,
					write->value ? write->value : "",
					write->file.device ? write->file.device : "",
					write->file.device ? ":" : "", write->file.path));
}

void engine_show(const struct engine *engine, const struct entry *entry,
		 const struct view_device *device)
{
	show_line("id", entry->id);
	show_line("title", entry->title);
	for (size_t i = 0; i < entry->path.n; i++)
		show_line("submenu", entry->path.at[i]);
	show_line("device", device->identity.name);
	show_line("config", arena_print(engine->arena, "%s%s%s:%u (%s)",
					entry->config_device ? entry->config_device : "",
					entry->config_device ? ":" : "", entry->config, entry->line,
					entry->format));
	show_file(engine, "kernel", &entry->kernel);
	for (size_t i = 0; i < entry->initrds.n; i++)
		show_file(engine, "initrd", &entry->initrds.at[i]);
	show_line("cmdline", entry_full_cmdline(engine->arena, entry));
	show_file(engine, "devicetree", &entry->devicetree);
	for (size_t i = 0; i < entry->writes.n; i++)
		show_write(engine, &entry->writes.at[i]);
	show_line("renames", entry->counted ? arena_print(engine->arena, "%s to %s", entry->counted,
							  entry->counted_as)
					    : NULL);
	show_line("not bootable", entry->reason);
}
