#include "model/policy.h"

#include <ctype.h>
#include <string.h>

#include "base/text.h"

#define TIMEOUT_MOST_MS ((int64_t)24 * 60 * 60 * 1000) /* as for settings */

static unsigned class_of(const struct identity *id)
{
	return id->is_optical ? 2 : id->is_usb ? 1 : 0;
}

/* Digits compare as numbers, and a longer run of letters is later: sdz, sdaa. */
static int compare_names(const char *a, const char *b)
{
	while (*a && *b) {
		bool digits = isdigit((unsigned char)*a);
		size_t n, m;
		int order;

		if (digits != !!isdigit((unsigned char)*b))
			return digits ? -1 : 1;
		for (n = 0; a[n] && digits == !!isdigit((unsigned char)a[n]); n++)
			;
		for (m = 0; b[m] && digits == !!isdigit((unsigned char)b[m]); m++)
			;
		if (n != m && (digits || strncmp(a, b, 2) == 0))
			return n < m ? -1 : 1;
		order = strncmp(a, b, n < m ? n : m);
		if (order)
			return order;
		a += n;
		b += m;
	}
	return (*a != 0) - (*b != 0);
}

bool policy_before(const struct identity *a, const struct identity *b)
{
	if (class_of(a) != class_of(b))
		return class_of(a) < class_of(b);
	return compare_names(a->name, b->name) < 0;
}

struct choosing {
	struct arena *arena;
	const struct failures *failures;
	struct decision *decision;
	const char *skipped; /* why the rightful default is not the one; NULL: nothing was skipped */
};

static bool has_failed(const struct failures *failures, const struct entry *entry)
{
	for (size_t i = 0; failures && i < failures->ids.n; i++)
		if (string_same(failures->ids.at[i], entry->id))
			return true;
	return false;
}

/* Take the entry if it can be booted; else remember why the first in line was passed over. */
static bool take(struct choosing *choosing, struct view_device *device, struct config *config,
		 struct entry *entry, const char *why)
{
	struct decision *decision = choosing->decision;
	bool failed = has_failed(choosing->failures, entry);

	if (failed || !entry_is_bootable(entry)) {
		if (!choosing->skipped)
			/* cut: a title is as long as its config likes, this is to be one line */
			choosing->skipped =
				arena_print(choosing->arena, "\"%.100s\" %s%.300s", entry->title,
					    failed ? "failed" : "can't be booted: ",
					    failed	    ? ""
					    : entry->reason ? entry->reason
							    : "not a kernel");
		return false;
	}
	decision->device = device;
	decision->config = config;
	decision->entry = entry;
	decision->why = arena_print(choosing->arena, "%.300s%s%s", why,
				    choosing->skipped ? ", since " : "",
				    choosing->skipped ? choosing->skipped : "");
	return true;
}

static bool take_named(struct choosing *choosing, const struct view *view, const char *name)
{
	for (struct view_device *d = view->devices; d && name; d = d->next)
		for (size_t c = 0; c < d->configs.n; c++)
			for (size_t e = 0; e < d->configs.at[c]->entries.n; e++) {
				struct entry *entry = d->configs.at[c]->entries.at[e];

				if (!string_same(entry->id, name) && !string_same(entry->own_id, name) &&
				    !string_same(entry->title, name))
					continue;
				if (take(choosing, d, d->configs.at[c], entry, "baton.boot names it")) {
					choosing->decision->named = true;
					return true;
				}
			}
	return false;
}

static bool take_from(struct choosing *choosing, struct view_device *device, struct config *config)
{
	struct entry **entries = config->entries.at;
	const char *next;

	if (config->default_entry < config->entries.n &&
	    take(choosing, device, config, entries[config->default_entry],
		 config->default_why ? config->default_why : "the config's default"))
		return true;
	for (size_t i = 0; i < config->fallback.n; i++)
		if (config->fallback.at[i] < config->entries.n &&
		    take(choosing, device, config, entries[config->fallback.at[i]],
			 "the config's fallback"))
			return true;
	next = arena_print(choosing->arena, "the next entry of %.200s that can be booted", config->file);
	for (size_t i = 0; i < config->entries.n; i++)
		if (!entries[i]->hidden && !entries[i]->users && take(choosing, device, config, entries[i], next))
			return true;
	return false;
}

static bool choose(struct choosing *choosing, const struct view *view,
		   const struct settings *settings)
{
	if (take_named(choosing, view, settings->boot))
		return true;
	for (struct view_device *d = view->devices; d; d = d->next)
		for (size_t c = 0; c < d->configs.n; c++)
			if (!d->configs.at[c]->duplicate &&
			    take_from(choosing, d, d->configs.at[c]))
				return true;
	return false;
}

void policy_decide(struct arena *arena, const struct view *view, const struct settings *settings,
		   const struct failures *failures, struct decision *decision)
{
	struct choosing choosing = { .arena = arena, .failures = failures, .decision = decision };

	*decision = (struct decision){ .timeout_ms = NO_TIMEOUT };
	if (!choose(&choosing, view, settings))
		return;
	decision->timeout_ms = settings->timeout_ms != TIMEOUT_OF_CONFIG
				       ? settings->timeout_ms
				       : decision->config->timeout_ms;
	if (decision->timeout_ms < 0)
		decision->timeout_ms = NO_TIMEOUT;
	if (decision->timeout_ms > TIMEOUT_MOST_MS)
		decision->timeout_ms = TIMEOUT_MOST_MS;
	decision->timeout_style = decision->config->timeout_style;
}
