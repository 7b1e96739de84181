#include "model/policy.h"

#include <fnmatch.h>
#include <string.h>

#include "base/text.h"
#include "model/order.h"

#define TIMEOUT_MOST_MS ((int64_t)24 * 60 * 60 * 1000) /* as for settings */
#define PATTERN_MOST 1024 /* bytes: more than file names have */

struct choosing {
	struct arena *arena;
	const struct view *view;
	const struct settings *settings;
	const struct failures *failures;
	struct decision *decision;
	const char *skipped; /* why the rightful default is not the one; NULL: nothing was skipped */
};

static const char *failure_of(const struct failures *failures, const struct entry *entry)
{
	for (size_t i = 0; failures && i < failures->list.n; i++)
		if (string_same(failures->list.at[i].id, entry->id))
			return failures->list.at[i].why;
	return NULL;
}

/* Titles and reasons are as long as their config likes, this is to be one line: so they are cut. */
static void note_skipped(struct choosing *choosing, const struct entry *entry, const char *failure)
{
	if (choosing->skipped)
		return;
	if (failure)
		choosing->skipped = arena_print(choosing->arena, "\"%.100s\" %.300s", entry->title,
						failure);
	else
		choosing->skipped = arena_print(choosing->arena, "\"%.100s\" can't be booted: %.300s",
						entry->title,
						entry->reason ? entry->reason : "not a kernel");
}

/* Take the entry if it can be booted; else remember why the first in line was passed over. */
static bool take(struct choosing *choosing, struct view_device *device, struct config *config,
		 struct entry *entry, const char *why)
{
	const char *failure = failure_of(choosing->failures, entry);
	struct decision *decision = choosing->decision;

	if (failure || !entry_is_bootable(entry)) {
		note_skipped(choosing, entry, failure);
		return false;
	}
	decision->device = device;
	decision->config = config;
	decision->entry = entry;
	decision->why = choosing->skipped ? arena_print(choosing->arena, "%.300s, since %s", why,
							 choosing->skipped)
					  : arena_print(choosing->arena, "%.300s", why);
	return true;
}

/* By name ---------------------------------------------------------------------------------------------- */

/* As people name entries: by id, the config's own name, or title. */
static bool means(const struct entry *entry, const char *name)
{
	return string_same(entry->id, name) || string_same(entry->own_id, name) ||
	       string_same(entry->title, name);
}

/* As programs do in UEFI variables: by what LoaderEntries told them, patterns allowed. */
static bool matches(const struct entry *entry, const char *pattern)
{
	if (string_same(entry->id, pattern))
		return true;
	return string_same(entry->format, "bls") && entry->own_id &&
	       strlen(entry->own_id) < PATTERN_MOST && strlen(pattern) < PATTERN_MOST &&
	       fnmatch(pattern, entry->own_id, FNM_CASEFOLD) == 0;
}

/* "@saved" is the entry that was booted last. */
static const char *loader_default(const struct settings *settings)
{
	const char *name = settings->loader.standard;

	return string_same(name, "@saved") ? settings->loader.last : name;
}

static const char *of_command_line(const struct settings *settings)
{
	return settings->boot;
}

static const char *of_loader_once(const struct settings *settings)
{
	return settings->loader.once;
}

static const char *of_settings(const struct settings *settings)
{
	return settings->standard;
}

static const char *of_loader_preferred(const struct settings *settings)
{
	return settings->loader.preferred;
}

/* Those that name an entry, the highest first. */
static const struct naming {
	enum authority authority;
	const char *(*name)(const struct settings *settings);
	bool (*means)(const struct entry *entry, const char *name);
	bool may_be_stale; /* then its device is not waited for, unless disks are being read anyway */
	bool good_only;    /* not if its boot counter says that it never came up */
	const char *why;
} namings[] = {
	{ BY_COMMAND_LINE, of_command_line, means, false, false, "baton.boot names it" },
	{ BY_LOADER_ONCE, of_loader_once, matches, false, false,
	  "the system asked for it once (LoaderEntryOneShot)" },
	{ BY_SETTINGS, of_settings, means, false, false, "the settings name it (default)" },
	{ BY_LOADER, of_loader_preferred, matches, true, true,
	  "the system prefers it (LoaderEntryPreferred)" },
	{ BY_LOADER, loader_default, matches, true, false,
	  "the system chose it (LoaderEntryDefault)" },
};

#define NAMINGS (sizeof namings / sizeof *namings)

/* Tell @each every entry of the view, in order, until it says true; does it? */
static bool each_entry(const struct view *view,
		       bool (*each)(void *context, struct view_device *device,
				    struct config *config, struct entry *entry),
		       void *context)
{
	for (struct view_device *d = view->devices; d; d = d->next)
		for (size_t c = 0; c < d->configs.n; c++)
			for (size_t e = 0; e < d->configs.at[c]->entries.n; e++)
				if (each(context, d, d->configs.at[c], d->configs.at[c]->entries.at[e]))
					return true;
	return false;
}

struct search {
	struct choosing *choosing; /* NULL: it is enough that there is one */
	const struct naming *naming;
	const char *name;
};

static bool try_named(void *context, struct view_device *device, struct config *config,
		      struct entry *entry)
{
	struct search *search = context;
	const struct naming *naming = search->naming;

	if (!naming->means(entry, search->name))
		return false;
	if (!search->choosing)
		return true;
	if (naming->good_only && entry->bad) {
		note_skipped(search->choosing, entry, "never came up in all its tries");
		return false;
	}
	if (!take(search->choosing, device, config, entry, naming->why))
		return false;
	search->choosing->decision->authority = naming->authority;
	search->choosing->decision->exact = string_same(entry->id, search->name);
	return true;
}

static bool take_named(struct choosing *choosing, const struct naming *naming)
{
	struct search search = { choosing, naming, naming->name(choosing->settings) };

	return search.name && each_entry(choosing->view, try_named, &search);
}

/* What its loader was told to boot once: the config's default, forgotten when something boots. Or NULL. */
static const char *next_why(const struct config *config)
{
	static const char *const asked[][2] = {
		{ "next_entry", "GRUB was told to boot it next, once (next_entry)" },
		{ "boot-once", "SYSLINUX was told to boot it next, once (extlinux --once)" },
	};

	for (size_t i = 0; i < config->writes.n; i++) {
		const struct env_write *write = &config->writes.at[i];

		for (size_t j = 0; j < sizeof asked / sizeof *asked; j++)
			if (string_same(write->name, asked[j][0]) && (!write->value || !*write->value))
				return asked[j][1];
	}
	return NULL;
}

/* A stick with a forgotten one would take over the machine, so they wait for their turn. */
static bool take_next_entry(struct choosing *choosing)
{
	for (struct view_device *d = choosing->view->devices; d; d = d->next)
		for (size_t c = 0; c < d->configs.n && !d->identity.is_usb && !d->identity.is_optical;
		     c++) {
			struct config *config = d->configs.at[c];
			const char *why = next_why(config);

			if (config->duplicate || config->default_entry >= config->entries.n || !why)
				continue;
			if (take(choosing, d, config, config->entries.at[config->default_entry],
				 why)) {
				choosing->decision->authority = BY_NEXT_ENTRY;
				return true;
			}
		}
	return false;
}

/* By device -------------------------------------------------------------------------------------------- */

/* The last word of a command line that begins with @key; its length in *@n, 0: there is none. */
static const char *last_word(const char *cmdline, const char *key, size_t *n)
{
	const char *found = "";

	for (const char *at = cmdline; *at; at += strcspn(at, " ")) {
		at += strspn(at, " ");
		if (string_starts(at, key))
			found = at;
	}
	*n = strcspn(found, " ");
	return found;
}

/* Does it start a system for repairs only? */
static bool is_rescue(const struct entry *entry)
{
	static const char *const words[] = { "single", "recovery", "rescue", "emergency",
					     "systemd.unit=rescue.target",
					     "systemd.unit=emergency.target" };
	size_t n;

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		last_word(entry->cmdline, words[i], &n);
		if (n == strlen(words[i]))
			return true;
	}
	return false;
}

/* Another kernel of the same system: it has the same root, and is as good as the default. */
static bool is_sibling(const struct entry *entry, const struct entry *of)
{
	size_t n, m;
	const char *root = last_word(entry->cmdline, "root=", &n);
	const char *other = last_word(of->cmdline, "root=", &m);

	return n == m && memcmp(root, other, n) == 0 && !is_rescue(entry);
}

static bool take_other(struct choosing *choosing, struct view_device *device, struct config *config,
		       const struct entry *of, const char *why)
{
	for (size_t i = 0; i < config->entries.n; i++) {
		struct entry *entry = config->entries.at[i];

		if (entry->hidden || entry->users || (of && !is_sibling(entry, of)))
			continue;
		if (take(choosing, device, config, entry, why))
			return true;
	}
	return false;
}

/* systemd-boot's "default @saved". */
static struct entry *last_booted(const struct settings *settings, const struct config *config)
{
	for (size_t i = 0; i < config->entries.n && config->saves && settings->loader.last; i++)
		if (string_same(config->entries.at[i]->own_id, settings->loader.last))
			return config->entries.at[i];
	return NULL;
}

static bool take_from(struct choosing *choosing, struct view_device *device, struct config *config)
{
	struct entry **entries = config->entries.at, *standard = NULL;
	struct entry *last = last_booted(choosing->settings, config);

	if (last && take(choosing, device, config, last,
			 "it was booted last (default @saved, LoaderEntryLastBooted)"))
		return true;
	if (config->default_entry < config->entries.n)
		standard = entries[config->default_entry];
	if (standard && take(choosing, device, config, standard,
			     config->default_why ? config->default_why : "the config's default"))
		return true;
	for (size_t i = 0; i < config->fallback.n; i++)
		if (config->fallback.at[i] < config->entries.n &&
		    take(choosing, device, config, entries[config->fallback.at[i]],
			 "the config's fallback"))
			return true;
	if (standard && take_other(choosing, device, config, standard,
				   "another kernel of the same system"))
		return true;
	return take_other(choosing, device, config, NULL,
			  arena_print(choosing->arena, "the next entry of %.200s that can be booted",
				      config->file));
}

/* Does the management controller ask for a device of this kind? */
static bool is_wished(const struct settings *settings, const struct identity *id)
{
	enum device_key class = order_class(id);

	switch (settings->bmc.wish) {
	case BMC_DISK:
		return class == DEVICE_DISK;
	case BMC_USB:
		return class == DEVICE_USB;
	case BMC_OPTICAL:
		return class == DEVICE_OPTICAL;
	default:
		return false;
	}
}

static bool is_device_wished(const struct settings *settings)
{
	return settings->bmc.wish >= BMC_DISK && settings->bmc.wish <= BMC_OPTICAL;
}

/* From the first device that has something: of all, or of those that are @wished. */
static bool take_by_device(struct choosing *choosing, bool wished, enum authority authority)
{
	const struct settings *settings = choosing->settings;
	struct decision *decision = choosing->decision;

	for (struct view_device *d = choosing->view->devices; d; d = d->next)
		for (size_t c = 0; c < d->configs.n; c++) {
			struct config *config = d->configs.at[c];

			if (config->duplicate || (wished && !is_wished(settings, &d->identity)) ||
			    !take_from(choosing, d, config))
				continue;
			decision->authority = authority;
			if (wished)
				decision->why = arena_print(
					choosing->arena, "%s, and the management controller asks for %s",
					decision->why, bmc_name(settings->bmc.wish));
			else if (order_rank(settings, &d->identity) < settings->devices.n)
				decision->why = arena_print(choosing->arena,
							    "%s, and the settings put %.40s first",
							    decision->why, d->identity.name);
			return true;
		}
	return false;
}

static bool take_wished(struct choosing *choosing, bool lasting)
{
	return choosing->settings->bmc.lasting == lasting &&
	       take_by_device(choosing, true, lasting ? BY_DEVICE : BY_BMC);
}

/* --------------------------------------------------------------------------------------------------- */

static bool choose(struct choosing *choosing)
{
	size_t i = 0;

	for (; i < NAMINGS && namings[i].authority < BY_BMC; i++)
		if (take_named(choosing, &namings[i]))
			return true;
	if (take_wished(choosing, false) || take_next_entry(choosing))
		return true;
	for (; i < NAMINGS; i++)
		if (take_named(choosing, &namings[i]))
			return true;
	return take_wished(choosing, true) || take_by_device(choosing, false, BY_DEVICE);
}

/*
 * Of whoever sets a time, only the configuration can have its menu hidden. What systemd-boot's own
 * variables say holds for entries that it would have shown, too.
 */
static int64_t timeout_for(const struct settings *settings, const struct config *config, bool *hidden)
{
	if (settings->timeout_ms != TIMEOUT_OF_CONFIG)
		return settings->timeout_ms;
	if (settings->loader.timeout_once_ms != TIMEOUT_OF_CONFIG)
		return settings->loader.timeout_once_ms;
	if (settings->loader.timeout_ms != TIMEOUT_OF_CONFIG && string_same(config->format, "bls"))
		return settings->loader.timeout_ms;
	*hidden = config->timeout_style != TIMEOUT_MENU;
	if (config->timeout_ms == NO_TIMEOUT && config->at_once)
		return 0;
	return config->timeout_ms ? config->timeout_ms : config->asks_ms;
}

void policy_decide(struct arena *arena, const struct view *view, const struct settings *settings,
		   const struct failures *failures, struct decision *decision)
{
	struct choosing choosing = {
		.arena = arena,
		.view = view,
		.settings = settings,
		.failures = failures,
		.decision = decision,
	};

	*decision = (struct decision){ .timeout_ms = NO_TIMEOUT };
	if (!choose(&choosing))
		return;
	decision->timeout_ms = timeout_for(settings, decision->config, &decision->hidden);
	if (decision->timeout_ms < 0)
		decision->timeout_ms = NO_TIMEOUT;
	if (decision->timeout_ms > TIMEOUT_MOST_MS)
		decision->timeout_ms = TIMEOUT_MOST_MS;
}

/* Waiting ---------------------------------------------------------------------------------------------- */

/* Is an entry named, with more authority than the decision has, that no device has shown yet? */
static const struct naming *find_missing(const struct view *view, const struct settings *settings,
					 enum authority authority)
{
	for (size_t i = 0; i < NAMINGS && namings[i].authority < authority; i++) {
		struct search search = { NULL, &namings[i], namings[i].name(settings) };

		if (search.name && !each_entry(view, try_named, &search))
			return &namings[i];
	}
	return NULL;
}

/* Is a certain device put before this one, and not there? */
static bool is_device_missing(const struct view *view, const struct settings *settings, size_t rank)
{
	for (size_t i = 0; i < rank && i < settings->devices.n; i++) {
		struct settings only = { .devices = { .at = &settings->devices.at[i], .n = 1 } };
		const struct view_device *d = view->devices;

		while (d && order_rank(&only, &d->identity))
			d = d->next;
		if (!d && !order_is_class(&settings->devices.at[i]))
			return true;
	}
	return false;
}

/* Could a device turn out to come before @rank, once it is known what is on it? */
static bool could_rise(const struct settings *settings, size_t rank, const struct identity *id)
{
	if (id->type)
		return false; /* that is known */
	for (size_t i = 0; i < rank && i < settings->devices.n; i++)
		if (order_needs_reading(&settings->devices.at[i]))
			return true;
	return false;
}

/* Could a device that is not settled come before the default's? @before: it stands before that one's. */
static bool could_outrank(const struct settings *settings, const struct decision *decision,
			  const struct identity *id, bool before)
{
	const struct identity *own = &decision->device->identity;
	bool by_order = decision->authority == BY_DEVICE && !is_wished(settings, own);

	if (before && decision->authority != BY_BMC)
		return true;
	if ((before || by_order) && is_wished(settings, id))
		return true;
	return could_rise(settings, order_rank(settings, own), id);
}

bool policy_may_change(const struct view *view, const struct settings *settings,
		       const struct decision *decision,
		       bool (*is_settled)(const void *context, const struct view_device *device),
		       const void *context)
{
	size_t rank = order_rank(settings, &decision->device->identity);
	const struct naming *missing = find_missing(view, settings, decision->authority);
	bool before = true;

	if (missing && !missing->may_be_stale)
		return true;
	if (is_device_wished(settings) && !settings->bmc.lasting && decision->authority > BY_BMC)
		return true;
	if (decision->exact && !missing)
		return false;
	if (decision->authority == BY_DEVICE && is_device_missing(view, settings, rank))
		return true;
	for (struct view_device *d = view->devices; d; d = d->next) {
		if (!is_settled(context, d) &&
		    (missing || could_outrank(settings, decision, &d->identity, before)))
			return true;
		if (d == decision->device)
			before = false;
	}
	return false;
}
