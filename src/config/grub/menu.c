/* From the menu that a config has made to the entries of the model: the bodies are run dry. */
#include <setjmp.h>
#include <string.h>

#include "config/grub/interp.h"
#include "config/script.h"

#define STEPS_OF_ENTRY 20000
#define NESTED_MOST    16 /* submenus in each other */

static size_t collect(struct interp *in);

/* What GRUB has in $chosen while an entry's commands run: ids joined by >, a > in them doubled. */
static void set_chosen(struct interp *in, const char *id)
{
	const char *outer = env_get(in, "chosen");
	struct text chosen = TEXT(scratch(in));

	if (outer) {
		text_string(&chosen, outer);
		text_char(&chosen, '>');
	}
	for (; *id; id++) {
		if (*id == '>')
			text_char(&chosen, '>');
		text_char(&chosen, *id);
	}
	env_set(in, "chosen", text_end(&chosen));
	env_export(in, "chosen");
}

/* What is left of the default is that of the submenu; GRUB does so for every entry. */
static void set_default(struct interp *in, const char *value)
{
	const char *rest = default_rest(value);

	if (rest)
		env_set(in, "default", rest);
	else
		env_unset(in, "default");
}

/* "a,b c" as "a b c": GRUB takes blanks, commas, semicolons, bars and ampersands. */
static const char *user_list(struct arena *arena, const char *users)
{
	struct text list = TEXT(arena);

	for (const char *at = users; *at;) {
		size_t n = strcspn(at, " ,;|&\t\n\r");

		if (n && list.n)
			text_char(&list, ' ');
		text_add(&list, at, n);
		at += n + (at[n] != '\0');
	}
	return text_end(&list);
}

static struct entry *add_entry(struct interp *in, const struct item *item)
{
	struct arena *arena = in->arena;
	struct entry *entry =
		config_add(arena, in->reading->config, arena_string(arena, item->title));

	entry->own_id = item->named ? arena_string(arena, item->id) : NULL;
	for (size_t i = 0; i < in->path.n; i++) {
		vec_push(arena, &entry->path) = in->path.at[i];
		vec_push(arena, &entry->path_id) = in->path_id.at[i];
	}
	entry->config = arena_string(arena, item->body.origin.file);
	entry->config_device = item->body.origin.device;
	entry->line = item->line;
	entry->hotkey = arena_string(arena, item->hotkey);
	entry->hidden = item->hidden;
	if (item->restricted && env_get(in, "superusers"))
		entry->users = user_list(arena, item->users);
	return entry;
}

/* An entry that ran to its end: what has come of it? */
static void conclude(struct interp *in, struct attempt *attempt)
{
	struct entry *entry = attempt->entry;

	if (in->overrun && !attempt->decided) {
		entry->reason = arena_print(in->arena, "its commands were not run to their end: %s",
					    in->overrun);
		return;
	}
	if (attempt->loaded || attempt->decided || entry->kernel.path)
		return;
	entry->kind = ENTRY_NONE;
	if (!entry->reason)
		entry->reason = "its commands load nothing";
}

static void run_body(struct interp *in, const struct item *item, const char *value)
{
	struct scope scope = { .args = item->args, .n = item->n_args };

	in->scope = &scope;
	in->loops = in->breaks = 0;
	in->is_continue = in->returned = false;
	in->status = OK; /* of the setparams that GRUB puts in front of a body */
	in->steps = 0;
	in->steps_most = STEPS_OF_ENTRY;
	in->overrun = NULL;
	in->stop = false;
	set_chosen(in, item->id);
	set_default(in, value);
	exec_source(in, &item->body, true);
}

/* The entries of the present menu, below a title. Returns the index of the menu's default. */
static size_t collect_below(struct interp *in, const char *title, const char *id)
{
	bool stop = in->stop;
	size_t index = NO_DEFAULT;

	if (in->path.n >= NESTED_MOST)
		return NO_DEFAULT;
	in->stop = false;
	vec_push(in->life, &in->path) = arena_string(in->arena, title);
	vec_push(in->life, &in->path_id) = arena_string(in->arena, id ? id : title);
	index = collect(in);
	in->path.n--;
	in->path_id.n--;
	in->stop = stop;
	return index;
}

void menu_show_below(struct interp *in, const char *title, const char *id)
{
	collect_below(in, title, id);
}

static size_t run_submenu(struct interp *in, const struct item *item)
{
	struct entry loose = { .kind = ENTRY_LINUX, .cmdline = "" }, *entry;
	struct attempt attempt = { .entry = &loose };
	const char *value = env_get(in, "default");

	in->attempt = &attempt;
	in->context = env_new(in, false);
	run_body(in, item, value);
	in->stop = false;
	if (in->context->menu->n && !attempt.loaded && !attempt.decided)
		return collect_below(in, item->title, item->id);
	/* it has no entries: choosing it runs its commands, like an entry's */
	entry = add_entry(in, item);
	loose.title = entry->title;
	loose.own_id = entry->own_id;
	loose.format = entry->format;
	loose.config = entry->config;
	loose.config_device = entry->config_device;
	loose.line = entry->line;
	loose.hotkey = entry->hotkey;
	loose.users = entry->users;
	memcpy(&loose.path, &entry->path, sizeof loose.path);
	memcpy(&loose.path_id, &entry->path_id, sizeof loose.path_id);
	conclude(in, &attempt);
	*entry = loose;
	return in->reading->config->entries.n - 1;
}

/* Is this the entry whose commands a person edits? They see its own, and theirs are run. */
static void meet_script(struct interp *in, size_t index, struct item *item)
{
	struct script *script = in->reading->options->script;

	if (!script || script->index != index || script->line != item->line ||
	    strcmp(script->title, item->title) != 0)
		return;
	script->own_line = item->body.line;
	script->own = script_show(in->arena, item->body.at, item->body.end, &script->own_line);
	if (script->text)
		item->body = script_string(script->text, item->body.origin, script->own_line, 1);
}

static size_t run_entry(struct interp *in, const struct item *written)
{
	size_t index = in->reading->config->entries.n;
	struct item own = *written, *item = &own;
	struct attempt attempt = { .entry = add_entry(in, item) };

	meet_script(in, index, item);
	in->attempt = &attempt;
	run_body(in, item, env_get(in, "default"));
	conclude(in, &attempt);
	if (in->context->menu->n && !attempt.loaded && !attempt.decided) {
		attempt.entry->reason = "its commands add the entries below";
		menu_show_below(in, item->title, item->id);
	}
	return index;
}

/* An entry of another loader's menu, below the titles of this one. */
static size_t copy_entry(struct interp *in, const struct item *item)
{
	struct arena *arena = in->arena;
	struct entry *entry = config_add(arena, in->reading->config, item->ready->title);
	const struct entry *from = item->ready;

	*entry = *from;
	memset(&entry->path, 0, sizeof entry->path);
	memset(&entry->path_id, 0, sizeof entry->path_id);
	for (size_t i = 0; i < in->path.n; i++) {
		vec_push(arena, &entry->path) = in->path.at[i];
		vec_push(arena, &entry->path_id) = in->path_id.at[i];
	}
	for (size_t i = 0; i < from->path.n; i++) {
		vec_push(arena, &entry->path) = from->path.at[i];
		vec_push(arena, &entry->path_id) = from->path_id.at[i];
	}
	return in->reading->config->entries.n - 1;
}

/* Memory ran out: entries that are not done can't be booted. */
static void abandon(struct config *config, size_t first)
{
	for (size_t i = first; i < config->entries.n; i++)
		if (!config->entries.at[i]->reason && !config->entries.at[i]->kernel.path)
			config->entries.at[i]->reason = "its commands need too much memory";
}

/*
 * Runs the commands of an entry or submenu in memory of their own, of which nothing is left
 * afterwards. Returns the index of the entry, or of the submenu's default, or NO_DEFAULT.
 */
static size_t run_item(struct interp *in, const struct item *item)
{
	struct interp saved = *in;
	volatile size_t index = NO_DEFAULT;
	volatile size_t before = in->reading->config->entries.n;
	jmp_buf exhausted;

	if (setjmp(exhausted) == 0) {
		work_open(in);
		in->exhausted = &exhausted;
		arena_guard(scratch(in), &exhausted);
		in->life = scratch(in);
		in->dry = true;
		in->context = env_new(in, true);
		index = item->ready     ? copy_entry(in, item)
			: item->submenu ? run_submenu(in, item)
					: run_entry(in, item);
	} else {
		abandon(in->reading->config, before);
		index = in->reading->config->entries.n > before ? before : NO_DEFAULT;
	}
	while (in->n_work > saved.n_work)
		work_close(in);
	*in = saved;
	return index;
}

/* The entries of the present menu, in order. Returns the index of its default, or NO_DEFAULT. */
static size_t collect(struct interp *in)
{
	const struct menu *menu = in->context->menu;
	size_t chosen = default_index(in, menu, env_get(in, "default")), i = 0;
	size_t index = NO_DEFAULT;

	if (chosen >= menu->n)
		chosen = 0;
	for (struct item *item = menu->first; item; item = item->next, i++) {
		size_t at;

		if (in->reading->config->entries.n >= ENTRIES_MOST)
			break;
		at = run_item(in, item);
		item->index = at;
		if (i == chosen)
			index = at;
	}
	return index;
}

static const char *default_reason(struct interp *in, const char *value, bool found)
{
	const char *saved = env_get(in, "saved_entry");

	if (!value || !*value)
		return "it is the first, and the config sets no default";
	if (!found)
		return arena_print(in->arena, "default=\"%s\" names no entry, so the first counts",
				   value);
	if (saved && *saved && strcmp(saved, value) == 0)
		return arena_print(in->arena, "the environment block says saved_entry=%s", value);
	return arena_print(in->arena, "the config sets default=\"%s\"", value);
}

/*
 * "if sleep --interruptible 3; then set timeout=0; fi", as grub-mkconfig has it for GRUB_HIDDEN_TIMEOUT:
 * the time in which GRUB can be stopped has passed before its timeout begins.
 */
void menu_ask(struct interp *in)
{
	struct config *config = in->reading->config;

	if (config->timeout_ms || !in->sleep.ms)
		return;
	config->asks_ms = in->sleep.ms;
	config->timeout_style = in->sleep.verbose ? TIMEOUT_COUNTDOWN : TIMEOUT_HIDDEN;
}

static void set_timeout(struct interp *in)
{
	static const char *const styles[] = { [TIMEOUT_MENU] = "menu",
					      [TIMEOUT_COUNTDOWN] = "countdown",
					      [TIMEOUT_HIDDEN] = "hidden" };
	struct config *config = in->reading->config;
	const char *timeout = env_get(in, "timeout"), *style = env_get(in, "timeout_style");
	unsigned long seconds;

	config->timeout_ms = NO_TIMEOUT;
	config->timeout_style = TIMEOUT_MENU;
	if (!timeout || !number_parse(timeout, 0, &seconds, NULL) || (int)seconds < 0)
		return;
	config->timeout_ms = (int64_t)(int)seconds * 1000;
	for (int i = TIMEOUT_MENU; style && i <= TIMEOUT_HIDDEN; i++)
		if (strcmp(style, styles[i]) == 0)
			config->timeout_style = i;
	menu_ask(in);
}

/* One more entry to try when the default fails, counted in the outermost menu. */
static void add_fallback(struct interp *in, size_t number)
{
	const struct item *item = in->context->menu->first;

	while (item && number--)
		item = item->next;
	if (item && item->index != NO_DEFAULT)
		vec_push(in->arena, &in->reading->config->fallback) = item->index;
}

/* "1 3 0"; Red Hat's takes a title or an id for the rest of it. */
static void set_fallback(struct interp *in)
{
	const char *at = env_get(in, "fallback");
	unsigned long number;

	while (at && number_parse(at, 0, &number, &at))
		add_fallback(in, number);
	if (in->redhat && at && *at)
		add_fallback(in, default_index(in, in->context->menu, at));
}

static void mark_superusers(struct interp *in)
{
	struct config *config = in->reading->config;
	const char *superusers = env_get(in, "superusers"), *list;

	if (!superusers)
		return;
	config->locked = true;
	list = arena_print(scratch(in), " %s ", user_list(scratch(in), superusers));
	for (size_t i = 0; i < config->users.n; i++)
		if (strstr(list, arena_print(scratch(in), " %s ", config->users.at[i].name)))
			config->users.at[i].super = true;
}

void menu_show(struct interp *in)
{
	struct config *config = in->reading->config;
	const char *value = env_get(in, "default");
	bool found = default_index(in, in->context->menu, value) < in->context->menu->n;

	set_timeout(in);
	config->default_entry = collect(in);
	if (config->default_entry != NO_DEFAULT)
		config->default_why = default_reason(in, value, found);
	set_fallback(in);
	mark_superusers(in);
}
