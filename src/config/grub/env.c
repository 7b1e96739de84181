/* Variables, contexts and functions: GRUB manual, "GRUB environment". */
#include <string.h>

#include "config/grub/interp.h"

static size_t hash(const char *name)
{
	unsigned value = 2166136261u;

	for (; *name; name++)
		value = (value ^ (unsigned char)*name) * 16777619u;
	return value % CONTEXT_SLOTS;
}

static struct variable_slot *find_in(struct context *context, const char *name, size_t i)
{
	struct variable_slot *slot = context->slots[i];

	while (slot && strcmp(slot->name, name) != 0)
		slot = slot->next;
	return slot;
}

static struct variable_slot *find(struct interp *in, const char *name)
{
	struct variable_slot *slot = NULL;
	size_t i = hash(name);

	for (struct context *c = in->context; c && !slot; c = c->below)
		slot = find_in(c, name, i);
	return slot;
}

/* The slot of a name in the present context itself, made if need be. */
static struct variable_slot *slot_for_change(struct interp *in, const char *name)
{
	struct variable_slot **bucket = &in->context->slots[hash(name)];
	struct variable_slot *slot = find(in, name), *own;

	if (slot && find_in(in->context, name, (size_t)(bucket - in->context->slots)) == slot)
		return slot;
	own = arena_make(in->life, struct variable_slot);
	if (slot)
		*own = *slot;
	else
		own->name = arena_string(in->life, name);
	own->next = *bucket;
	*bucket = own;
	return own;
}

/* Variables that GRUB watches are never removed, only emptied. */
static bool is_watched(const char *name)
{
	static const char *const watched[] = { "root", "prefix", "pager", "color_normal",
					       "color_highlight" };

	for (size_t i = 0; i < sizeof watched / sizeof *watched; i++)
		if (strcmp(name, watched[i]) == 0)
			return true;
	return false;
}

const char *env_get(struct interp *in, const char *name)
{
	struct variable_slot *slot = find(in, name);

	return slot ? slot->value : NULL;
}

void env_set(struct interp *in, const char *name, const char *value)
{
	size_t n = strlen(value);
	struct variable_slot *slot = slot_for_change(in, name);

	if (strcmp(name, "root") == 0 && n >= 2 && value[0] == '(' && value[n - 1] == ')') {
		value++;
		n -= 2;
	}
	slot->value = arena_copy(in->life, value, n);
}

void env_unset(struct interp *in, const char *name)
{
	struct variable_slot *slot = find(in, name);

	if (!slot || !slot->value)
		return;
	slot = slot_for_change(in, name);
	if (is_watched(name)) {
		slot->value = "";
		return;
	}
	slot->value = NULL;
	slot->exported = false;
}

void env_export(struct interp *in, const char *name)
{
	struct variable_slot *slot = find(in, name);

	if (slot && slot->exported)
		return;
	slot = slot_for_change(in, name);
	if (!slot->value)
		slot->value = "";
	slot->exported = true;
}

static void copy_exported(struct interp *in, struct context *to)
{
	for (struct context *c = in->context; c; c = c->below)
		for (size_t i = 0; i < CONTEXT_SLOTS; i++)
			for (struct variable_slot *slot = c->slots[i]; slot; slot = slot->next) {
				struct variable_slot *copy;

				if (!slot->exported || !slot->value || find(in, slot->name) != slot)
					continue;
				copy = arena_make(in->life, struct variable_slot);
				*copy = *slot;
				copy->next = to->slots[i];
				to->slots[i] = copy;
			}
}

struct context *env_new(struct interp *in, bool layer)
{
	struct context *context = arena_make(in->life, struct context);

	context->menu = menu_new(in->life);
	if (layer) {
		context->below = in->context;
	} else {
		copy_exported(in, context);
		in->status = -1; /* $? is a variable to GRUB, and not exported */
	}
	return context;
}

struct function *function_find(struct interp *in, const char *name)
{
	struct function *function = in->functions[hash(name)];

	while (function && strcmp(function->name, name) != 0)
		function = function->next;
	return function;
}

void function_define(struct interp *in, const char *name, struct node *body)
{
	struct function **bucket = &in->functions[hash(name)];
	struct function *function = function_find(in, name);

	if (function && function->running) {
		complain(in, "function %s can't be redefined while it runs", name);
		return;
	}
	/* in front of one of the same name, which comes back when a dry run ends */
	function = arena_make(in->life, struct function);
	function->name = arena_string(in->life, name);
	function->body = body;
	function->origin = in->origin;
	function->next = *bucket;
	*bucket = function;
}
