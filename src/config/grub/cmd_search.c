/* Commands that look for devices, or at them: search, probe, loopback. */
#include <string.h>

#include "config/grub/interp.h"
#include "model/device.h"

static struct volume *find_volume(struct interp *in, int key, const char *value)
{
	struct volumes *volumes = in->reading->volumes;
	ssize_t i = -1;

	if (key == VOLUME_FILE)
		return value[0] == '/' ? reading_find(in->reading, key, value) : NULL;
	i = volumes_index(volumes, key, value);
	return i >= 0 ? volumes_get(volumes, (size_t)i) : reading_find(in->reading, key, value);
}

static int search(struct interp *in, int key, const char *value, const char *variable)
{
	struct volume *volume = find_volume(in, key, value);
	struct volumes *volumes = in->reading->volumes;
	int status = volume ? OK : FILE_NOT_FOUND;

	/* The answer is true to a copied tree; what is loaded from there counts as being in it. */
	if (!volume && key == VOLUME_FILE && volumes->any)
		volume = volumes_own(volumes);
	if (volume && variable)
		env_set(in, variable, device_name(in, volume));
	return status;
}

enum { SEARCH_FILE, SEARCH_LABEL, SEARCH_UUID, SEARCH_PART_LABEL, SEARCH_PART_UUID, SEARCH_SET };

static const struct option search_options[] = {
	[SEARCH_FILE] = { "file", 'f', 0 },
	[SEARCH_LABEL] = { "label", 'l', 0 },
	[SEARCH_UUID] = { "fs-uuid", 'u', 0 },
	[SEARCH_PART_LABEL] = { "part-label", 0, 0 }, /* Flatcar's and others' */
	[SEARCH_PART_UUID] = { "part-uuid", 0, 0 },
	[SEARCH_SET] = { "set", 's', OPTION_VALUE | OPTION_OPTIONAL },
	{ "no-floppy", 'n', 0 },
	{ "hint", 'h', OPTION_VALUE },
	{ "root-dev-only", 'r', 0 }, /* of the stubs of Fedora and RHEL */
	{ NULL, 0, 0 },
};

static const int search_keys[] = { VOLUME_FILE, VOLUME_LABEL, VOLUME_UUID, VOLUME_PARTLABEL,
				   VOLUME_PARTUUID };

/* The type that counts when several are given, in GRUB's order. */
static const int search_order[] = { SEARCH_LABEL, SEARCH_UUID, SEARCH_PART_LABEL, SEARCH_PART_UUID,
				    SEARCH_FILE };

/*
 * "--hint-bios=hd0,gpt2" may name what GRUB calls the device, but the kernel numbers disks in an
 * order of its own, so hints say nothing here; names and UUIDs do.
 */
static void drop_hints(struct call *call)
{
	size_t kept = 0;

	for (size_t i = 0; i < call->n; i++) {
		if (!string_starts(call->args[i], "--hint-"))
			call->args[kept++] = call->args[i];
		else if (!strchr(call->args[i], '=') && i + 1 < call->n &&
			 call->args[i + 1][0] != '-')
			i++;
	}
	call->n = kept;
	call->args[kept] = NULL;
}

int cmd_search(struct interp *in, struct call *call)
{
	struct options options;
	const char *variable = NULL, *name;

	drop_hints(call);
	if (!options_parse(in, call, search_options, true, &options))
		return BAD_ARGUMENT;
	if (options.at[SEARCH_SET].set)
		variable = options.at[SEARCH_SET].value ? options.at[SEARCH_SET].value : "root";
	if (options.rest.n) {
		name = options.rest.at[0];
	} else if (options.at[SEARCH_SET].set && options.at[SEARCH_SET].value) {
		/* "search --set UUID": what looks like the variable is the name */
		name = options.at[SEARCH_SET].value;
		variable = "root";
	} else {
		complain(in, "search: what for?");
		return BAD_ARGUMENT;
	}
	for (size_t i = 0; i < sizeof search_order / sizeof *search_order; i++)
		if (options.at[search_order[i]].set)
			return search(in, search_keys[search_order[i]], name, variable);
	complain(in, "search: by file, label or UUID?");
	return INVALID_COMMAND;
}

/* search.fs_uuid NAME [VARIABLE [HINTS]] and its kin */
int cmd_search_by(struct interp *in, struct call *call)
{
	static const struct {
		const char *name;
		int key;
	} kinds[] = {
		{ "search.file", VOLUME_FILE },          { "search.fs_label", VOLUME_LABEL },
		{ "search.fs_uuid", VOLUME_UUID },       { "search.part_label", VOLUME_PARTLABEL },
		{ "search.part_uuid", VOLUME_PARTUUID },
	};

	if (!call->n) {
		complain(in, "%s: what for?", call->name);
		return BAD_ARGUMENT;
	}
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(kinds[i].name, call->name) == 0)
			return search(in, kinds[i].key, call->args[0],
				      call->n > 1 ? call->args[1] : NULL);
	return BAD_ARGUMENT;
}

enum { PROBE_SET, PROBE_DRIVER, PROBE_PARTMAP, PROBE_FS, PROBE_UUID, PROBE_LABEL, PROBE_PARTUUID };

static const struct option probe_options[] = {
	[PROBE_SET] = { "set", 's', OPTION_VALUE }, [PROBE_DRIVER] = { "driver", 'd', 0 },
	[PROBE_PARTMAP] = { "partmap", 'p', 0 },    [PROBE_FS] = { "fs", 'f', 0 },
	[PROBE_UUID] = { "fs-uuid", 'u', 0 },       [PROBE_LABEL] = { "label", 'l', 0 },
	[PROBE_PARTUUID] = { "part-uuid", 0, 0 },   { NULL, 0, 0 },
};

/* GRUB's name of a file system's driver where it is not the kernel's. */
static const char *grub_fs(const char *type)
{
	static const char *const names[][2] = {
		{ "ext3", "ext2" },        { "ext4", "ext2" },      { "vfat", "fat" },
		{ "squashfs", "squash4" }, { "zfs_member", "zfs" }, { "hfsplus", "hfsplus" },
	};

	if (!type)
		return NULL;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(type, names[i][0]) == 0)
			return names[i][1];
	return type;
}

static const char *probed(const struct identity *id, const struct options *options)
{
	if (options->at[PROBE_DRIVER].set)
		return "ahci"; /* any real disk's would do */
	if (options->at[PROBE_PARTMAP].set)
		return !id->scheme ? "none" : strcmp(id->scheme, "dos") == 0 ? "msdos" : id->scheme;
	if (options->at[PROBE_PARTUUID].set)
		return id->partuuid ? id->partuuid : "none";
	if (options->at[PROBE_FS].set)
		return grub_fs(id->type);
	if (options->at[PROBE_UUID].set)
		return id->uuid;
	return options->at[PROBE_LABEL].set ? id->label : NULL;
}

int cmd_probe(struct interp *in, struct call *call)
{
	struct options options;
	struct place place;
	const char *value, *device;

	if (!options_parse(in, call, probe_options, false, &options))
		return BAD_ARGUMENT;
	if (!options.rest.n) {
		complain(in, "probe: of which device?");
		return BAD_ARGUMENT;
	}
	device = options.rest.at[0];
	if (device[0] != '(')
		device = arena_print(scratch(in), "(%s)", device);
	place = path_find(in, device, true);
	if (!place.volume)
		return UNKNOWN_DEVICE;
	value = probed(place.volume->identity, &options);
	if (!value)
		return NOT_SUPPORTED;
	if (options.at[PROBE_SET].set)
		env_set(in, options.at[PROBE_SET].value, value);
	return OK;
}

static const struct option loopback_options[] = {
	{ "delete", 'd', 0 },
	{ "decompress", 'D', 0 },
	{ "stdin", 's', 0 },
	{ NULL, 0, 0 },
};

int cmd_loopback(struct interp *in, struct call *call)
{
	struct options options;
	struct place place;
	struct file_info info;
	struct loop *loop;

	if (!options_parse(in, call, loopback_options, false, &options))
		return BAD_ARGUMENT;
	if (!options.rest.n || (options.rest.n < 2 && !options.at[0].set)) {
		complain(in, "loopback: it takes a device's name and a file");
		return BAD_ARGUMENT;
	}
	for (loop = in->loop_devices; loop; loop = loop->next)
		if (strcmp(loop->name, options.rest.at[0]) == 0)
			break;
	if (options.at[0].set ? !loop || loop->removed : loop && !loop->removed)
		return options.at[0].set ? UNKNOWN_DEVICE : BAD_ARGUMENT;
	loop = arena_make(in->life, struct loop);
	loop->name = arena_string(in->life, options.rest.at[0]);
	loop->removed = options.at[0].set;
	if (!loop->removed) {
		place = path_find(in, options.rest.at[1], true);
		if (!in->reading->options->any_file && place.volume && !place_stat(&place, &info))
			return FILE_NOT_FOUND;
		loop->host = place.volume;
		loop->written = arena_string(in->arena, options.rest.at[1]);
		loop->path = arena_string(in->arena, place.path);
	}
	loop->next = in->loop_devices;
	in->loop_devices = loop;
	return OK;
}
