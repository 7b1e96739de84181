/*
 * systemd's Boot Loader Interface (systemd.io/BOOT_LOADER_INTERFACE): UEFI variables in which the
 * running system asks something of the next start, and reads what this one was.
 */
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "boot/state.h"
#include "disk/efivar.h"

#define FORGET_MEMORY ((size_t)1024 * 1024)
#define FORGET_LIMIT_MS 10000
#define ENTRIES_MOST 4096 /* bytes of LoaderEntries: firmware takes little more in one variable */

enum features { /* "LoaderFeatures" */
	CONFIG_TIMEOUT = 1 << 0,
	CONFIG_TIMEOUT_ONE_SHOT = 1 << 1,
	ENTRY_DEFAULT = 1 << 2,
	ENTRY_ONESHOT = 1 << 3,
	BOOT_COUNTING = 1 << 4,
	XBOOTLDR = 1 << 5,
	SORT_KEY = 1 << 8,
	SAVED_ENTRY = 1 << 9,
	MULTI_PROFILE_UKI = 1 << 14,
	TYPE1_UKI = 1 << 16,
	ENTRY_PREFERRED = 1 << 19,
};

void loadervars_read(struct arena *arena, struct settings *settings)
{
	settings->loader.once = efivar_text(arena, EFIVAR_LOADER("LoaderEntryOneShot"));
	settings->loader.preferred = efivar_text(arena, EFIVAR_LOADER("LoaderEntryPreferred"));
	settings->loader.standard = efivar_text(arena, EFIVAR_LOADER("LoaderEntryDefault"));
	settings->loader.last = efivar_text(arena, EFIVAR_LOADER("LoaderEntryLastBooted"));
	settings->loader.timeout_once_ms = settings_loader_timeout(
		efivar_text(arena, EFIVAR_LOADER("LoaderConfigTimeoutOneShot")), true);
	settings->loader.timeout_ms = settings_loader_timeout(
		efivar_text(arena, EFIVAR_LOADER("LoaderConfigTimeout")), false);
}

/* What it is called in these variables, and so by those who write them. */
static const char *name_of(const struct entry *entry)
{
	return string_same(entry->format, "bls") && entry->own_id ? entry->own_id : entry->id;
}

/* NULL removes the variable: it may be there from another start, and be wrong now. */
static int tell(struct arena *arena, const char *name, const char *value)
{
	size_t size = 0;
	const char *bytes = value ? efivar_encode(arena, value, &size) : "";

	return efivar_write(arena, name, bytes, size);
}

static int tell_entries(struct arena *arena, const struct view *view)
{
	struct text list = TEXT(arena);

	for (const struct view_device *d = view->devices; d; d = d->next)
		for (size_t c = 0; c < d->configs.n; c++)
			for (size_t e = 0; e < d->configs.at[c]->entries.n; e++) {
				const struct entry *entry = d->configs.at[c]->entries.at[e];
				size_t size;
				const char *name = efivar_encode(arena, name_of(entry), &size);

				if (entry_is_bootable(entry) && list.n + size <= ENTRIES_MOST)
					text_add(&list, name, size);
			}
	return efivar_write(arena, EFIVAR_LOADER("LoaderEntries"), text_end(&list), list.n);
}

static const char *now(struct arena *arena)
{
	struct timespec time;

	clock_gettime(CLOCK_BOOTTIME, &time);
	return arena_print(arena, "%lld", (long long)time.tv_sec * 1000000 + time.tv_nsec / 1000);
}

/* With backslashes, from the root of its partition: systemd-bless-boot(8) renames it. */
static const char *count_path(struct arena *arena, const struct entry *entry)
{
	char *path = arena_string(arena, entry->counted_as);

	for (char *at = path; at && *at; at++)
		if (*at == '/')
			*at = '\\';
	return path;
}

/* What was for one start. */
static int forget_once(struct arena *arena, const struct settings *settings)
{
	int error = 0;

	if (settings->loader.once)
		error |= tell(arena, EFIVAR_LOADER("LoaderEntryOneShot"), NULL);
	if (settings->loader.timeout_once_ms != TIMEOUT_OF_CONFIG)
		error |= tell(arena, EFIVAR_LOADER("LoaderConfigTimeoutOneShot"), NULL);
	return error;
}

/* "Removed automatically after being read": this start may end in a reset, and is over then, too. */
static int run_forget(void *context, struct channel *channel)
{
	const struct boot *boot = context;
	struct arena *arena = arena_new(FORGET_MEMORY);

	(void)channel;
	return !arena || forget_once(arena, &boot->settings);
}

static bool forget_record(void *context, uint32_t type, struct fields *fields)
{
	(void)context, (void)type, (void)fields;
	return false; /* it has nothing to tell */
}

static void forget_ended(void *context, int status)
{
	if (status)
		boot_log(context, "what was asked for once is not taken back yet: the firmware takes no "
				  "change of its variables");
}

static const struct child_kind forget_kind = {
	.name = "baton-forget",
	.run = run_forget,
	.record = forget_record,
	.ended = forget_ended,
	.limit_ms = FORGET_LIMIT_MS,
};

void loadervars_forget(struct boot *boot)
{
	if (boot->settings.loader.once || boot->settings.loader.timeout_once_ms != TIMEOUT_OF_CONFIG)
		child_start(&boot->children, &forget_kind, boot);
}

int loadervars_write(struct arena *arena, const struct boot *boot, const struct entry *entry,
		     const struct view_device *device)
{
	const uint64_t features = CONFIG_TIMEOUT | CONFIG_TIMEOUT_ONE_SHOT | ENTRY_DEFAULT |
				  ENTRY_ONESHOT | BOOT_COUNTING | XBOOTLDR | SORT_KEY |
				  SAVED_ENTRY | MULTI_PROFILE_UKI | TYPE1_UKI | ENTRY_PREFERRED;
	const struct config *config = view_config(device, entry);
	bool is_bls = string_same(entry->format, "bls");
	int error = forget_once(arena, &boot->settings);

	if (!boot->settings.efi_variables)
		return error;
	error |= tell(arena, EFIVAR_LOADER("LoaderInfo"), "baton");
	error |= efivar_write(arena, EFIVAR_LOADER("LoaderFeatures"), &features, sizeof features);
	error |= tell_entries(arena, &boot->view);
	error |= tell(arena, EFIVAR_LOADER("LoaderEntrySelected"), name_of(entry));
	error |= tell(arena, EFIVAR_LOADER("LoaderBootCountPath"), count_path(arena, entry));
	/* what it is mounted by later, so only where it is an EFI or extended boot partition */
	error |= tell(arena, EFIVAR_LOADER("LoaderDevicePartUUID"),
		      is_bls ? device->identity.partuuid : NULL);
	if (string_same(boot->settings.loader.standard, "@saved") || (config && config->saves))
		error |= tell(arena, EFIVAR_LOADER("LoaderEntryLastBooted"), name_of(entry));
	error |= tell(arena, EFIVAR_LOADER("LoaderTimeInitUSec"),
		      arena_print(arena, "%lld", (long long)boot->started_us));
	error |= tell(arena, EFIVAR_LOADER("LoaderTimeExecUSec"), now(arena));
	return error;
}
