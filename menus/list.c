#include "list.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "language.h"

#define LIST_MEMORY ((size_t)256 * 1024 * 1024)

int list_open(struct list *list, jmp_buf *exhausted)
{
	*list = (struct list){ .arena = arena_new(LIST_MEMORY),
			       .kept = arena_new(LIST_MEMORY),
			       .exhausted = exhausted };
	if (!list->arena || !list->kept)
		return -ENOMEM;
	arena_guard(list->arena, exhausted);
	arena_guard(list->kept, exhausted);
	return 0;
}

void list_close(struct list *list)
{
	arena_free(list->arena);
	arena_free(list->kept);
}

static bool is_choosable(const struct row *row)
{
	return row->kind == ROW_ENTRY || row->kind == ROW_SUBMENU;
}

const struct row *list_row(const struct list *list)
{
	return list->selected < list->rows.n ? &list->rows.at[list->selected] : NULL;
}

/* Building ------------------------------------------------------------------------------------- */

static struct row *add(struct list *list, enum row_kind kind, const struct view_device *device,
		       const struct config *config)
{
	struct row *row = &vec_push(list->arena, &list->rows);

	*row = (struct row){ .kind = kind, .device = device, .config = config };
	return row;
}

static bool has(const char *text, const char *search)
{
	return text && strcasestr(text, search);
}

/* Title, submenus, kernel, and what names the disk: "fedora", "vmlinuz-6.1", "sdb" all find. */
static bool matches(const struct entry *entry, const struct identity *id, const char *search)
{
	for (size_t i = 0; i < entry->path.n; i++)
		if (has(entry->path.at[i], search))
			return true;
	return has(entry->title, search) || has(entry->kernel.path, search) ||
	       has(id->name, search) || has(id->label, search) || has(id->model, search);
}

static const struct fold *find_fold(const struct list *list, const char *key)
{
	for (size_t i = 0; i < list->folds.n; i++)
		if (strcmp(list->folds.at[i].key, key) == 0)
			return &list->folds.at[i];
	return NULL;
}

/* How many submenus around @entry are those around @other, too. */
static size_t shared_depth(const struct entry *entry, const struct entry *other)
{
	size_t n = 0;

	while (other && n < entry->path.n && n < other->path.n &&
	       strcmp(entry->path.at[n], other->path.at[n]) == 0)
		n++;
	return n;
}

/* A submenu is open if a person opened it; and while it holds the default, unless one closed it. */
static void add_submenu(struct list *list, const struct row *like, size_t depth, bool holds_default)
{
	const struct entry *entry = like->entry;
	struct row *row = add(list, ROW_SUBMENU, like->device, like->config);
	const struct fold *fold;

	row->depth = (unsigned)depth;
	row->entry = entry;
	row->text = entry->path.at[depth];
	row->key = arena_print(list->arena, "%s/%zu", entry->id, depth);
	row->holds_default = holds_default;
	fold = find_fold(list, row->key);
	row->open = fold ? fold->open : holds_default;
}

/* Entries come flattened, depth first: a submenu begins where the path does not go on as before. */
static void add_entries(struct list *list, const struct view_device *device,
			const struct config *config, const char *default_id)
{
	const struct entry *before = NULL, *chosen = NULL;
	size_t closed_at = SIZE_MAX; /* depth of the submenu that hides what comes */

	for (size_t i = 0; default_id && i < config->entries.n; i++)
		if (strcmp(config->entries.at[i]->id, default_id) == 0)
			chosen = config->entries.at[i];

	for (size_t i = 0; i < config->entries.n; i++) {
		const struct entry *entry = config->entries.at[i];
		struct row like = { .device = device, .config = config, .entry = entry };
		size_t shared = shared_depth(entry, before);
		struct row *row;

		if (entry->hidden && entry != chosen) /* what boots is never hidden */
			continue;
		list->entries++;
		before = entry;
		if (list->search && !matches(entry, &device->identity, list->search))
			continue;
		if (!list->search) {
			if (shared <= closed_at)
				closed_at = SIZE_MAX;
			for (size_t depth = shared; depth < entry->path.n && closed_at == SIZE_MAX;
			     depth++) {
				add_submenu(list, &like, depth,
					    chosen && shared_depth(chosen, entry) > depth);
				if (!list->rows.at[list->rows.n - 1].open)
					closed_at = depth;
			}
			if (closed_at != SIZE_MAX)
				continue;
		}
		row = add(list, ROW_ENTRY, device, config);
		row->depth = list->search ? 0 : (unsigned)entry->path.n;
		row->entry = entry;
		row->text = entry->title;
		row->key = arena_string(list->arena, entry->id);
		row->holds_default = entry == chosen;
	}
}

static void add_heading(struct list *list, const struct view_device *device,
			const struct config *config)
{
	if (list->rows.n)
		add(list, ROW_BLANK, device, config);
	add(list, ROW_HEADING, device, config);
}

static void add_note(struct list *list, const struct view_device *device,
		     const struct config *config, const char *text)
{
	add(list, ROW_NOTE, device, config)->text = text;
}

/* What a configuration says wrongly costs a line, whether or not entries came out of it. */
static void add_problems(struct list *list, const struct view_device *device,
			 const struct config *config)
{
	const struct problem *first = config->problems.at;

	if (config->problems.n == 0)
		return;
	add_note(list, device, config,
		 arena_print(list->arena, "%s:%u: %s%s", first->file, first->line,
			     language_sentence(list->arena, first->text),
			     config->problems.n == 1
				     ? ""
				     : arena_print(list->arena, _(" (and %zu more problems)"),
						   config->problems.n - 1)));
}

static void add_config(struct list *list, const struct view_device *device,
		       const struct config *config, const char *default_id)
{
	size_t rows = list->rows.n, first;

	add_heading(list, device, config);
	first = list->rows.n;
	add_entries(list, device, config, default_id);
	if (list->rows.n == first && (list->search || config->problems.n == 0)) {
		list->rows.n = rows;
		return;
	}
	if (!list->search)
		add_problems(list, device, config);
}

static void add_device(struct list *list, const struct view_device *device, const char *default_id)
{
	for (size_t i = 0; i < device->configs.n; i++)
		add_config(list, device, device->configs.at[i], default_id);
	if (device->state != PROBE_FAILED || list->search)
		return;
	add_heading(list, device, NULL);
	add_note(list, device, NULL,
		 device->note ? language_sentence(list->arena, device->note) : _("could not be read"));
}

/* The row of @key; or the default's; or the choosable row nearest to where the selection was. */
static void select_again(struct list *list, const char *key)
{
	size_t fallback = SIZE_MAX;

	for (size_t i = 0; i < list->rows.n; i++) {
		const struct row *row = &list->rows.at[i];

		if (!is_choosable(row))
			continue;
		if (list->moved && key && strcmp(row->key, key) == 0) {
			list->selected = i;
			return;
		}
		if (!list->moved && row->holds_default)
			fallback = i; /* the last one: submenus come before what is in them */
		else if (fallback == SIZE_MAX || (list->moved && i <= list->selected))
			fallback = i;
	}
	list->selected = fallback == SIZE_MAX ? list->rows.n : fallback;
}

int list_build(struct list *list, const struct view *view)
{
	const struct row *selected = list_row(list);
	const char *key = selected ? selected->key : NULL;
	struct arena *before = list->arena;

	list->arena = arena_new(LIST_MEMORY);
	if (!list->arena) {
		list->arena = before;
		return -ENOMEM;
	}
	arena_guard(list->arena, list->exhausted);
	list->rows.at = NULL;
	list->rows.n = list->rows.room = 0;
	list->entries = 0;
	for (const struct view_device *d = view->devices; d; d = d->next)
		add_device(list, d, view->status.default_id);
	select_again(list, key);
	arena_free(before);
	return 0;
}

/* Moving --------------------------------------------------------------------------------------- */

void list_move(struct list *list, long by)
{
	long step = by < 0 ? -1 : 1;
	long n = (long)list->rows.n;

	list->moved = true;
	for (long i = (long)list->selected + step; by && i >= 0 && i < n; i += step) {
		if (!is_choosable(&list->rows.at[i]))
			continue;
		list->selected = (size_t)i;
		by -= step;
	}
}

void list_fold(struct list *list, bool open)
{
	const struct row *row = list_row(list);
	struct fold *fold;

	if (!row || row->kind != ROW_SUBMENU)
		return;
	list->moved = true;
	fold = (struct fold *)find_fold(list, row->key);
	if (!fold) {
		fold = &vec_push(list->kept, &list->folds);
		fold->key = arena_string(list->kept, row->key);
	}
	fold->open = open;
}

bool list_parent(struct list *list)
{
	const struct row *row = list_row(list);

	for (size_t i = list->selected; row && i-- > 0;) {
		const struct row *above = &list->rows.at[i];

		if (above->kind == ROW_HEADING)
			break;
		if (above->kind != ROW_SUBMENU || above->depth >= row->depth)
			continue;
		list->moved = true;
		list->selected = i;
		return true;
	}
	return false;
}

void list_scroll(struct list *list, size_t rows)
{
	size_t first = list->selected;

	if (list->rows.n <= rows || rows == 0) {
		list->top = 0;
		return;
	}
	/* What stands above the first entry of a disk says which disk it is. */
	while (first > 0 && !is_choosable(&list->rows.at[first - 1]))
		first--;
	if (list->selected - first >= rows)
		first = list->selected;
	if (list->top > first)
		list->top = first;
	if (list->top + rows <= list->selected)
		list->top = list->selected - rows + 1;
	if (list->top + rows > list->rows.n)
		list->top = list->rows.n - rows;
}
