/* Commands that ask the machine, or the table of its partitions: smbios, gptprio.next. */
#include <string.h>
#include <strings.h>

#include "base/hardware.h"
#include "config/grub/interp.h"

/* GRUB manual, "smbios" ------------------------------------------------------------------------- */

enum { SMBIOS_TYPE, SMBIOS_HANDLE, SMBIOS_MATCH, SMBIOS_GET, SMBIOS_SET = SMBIOS_GET + 6, SMBIOS_LINUX };
enum { GET_BYTE, GET_WORD, GET_DWORD, GET_QWORD, GET_STRING, GET_UUID };

static const struct option smbios_options[] = {
	[SMBIOS_TYPE] = { "type", 't', OPTION_VALUE },
	[SMBIOS_HANDLE] = { "handle", 'h', OPTION_VALUE },
	[SMBIOS_MATCH] = { "match", 'm', OPTION_VALUE },
	[SMBIOS_GET + GET_BYTE] = { "get-byte", 'b', OPTION_VALUE },
	[SMBIOS_GET + GET_WORD] = { "get-word", 'w', OPTION_VALUE },
	[SMBIOS_GET + GET_DWORD] = { "get-dword", 'd', OPTION_VALUE },
	[SMBIOS_GET + GET_QWORD] = { "get-qword", 'q', OPTION_VALUE },
	[SMBIOS_GET + GET_STRING] = { "get-string", 's', OPTION_VALUE },
	[SMBIOS_GET + GET_UUID] = { "get-uuid", 'u', OPTION_VALUE },
	[SMBIOS_SET] = { "set", 0, OPTION_VALUE },
	[SMBIOS_LINUX] = { "linux", 0, 0 },
	{ NULL, 0, 0 },
};

/* Fields are little-endian, the last two parts of a UUID are not. */
static const char *format_uuid(struct arena *arena, const unsigned char *f)
{
	return arena_print(arena,
			   "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", f[3],
			   f[2], f[1], f[0], f[5], f[4], f[7], f[6], f[8], f[9], f[10], f[11], f[12],
			   f[13], f[14], f[15]);
}

static const char *field(struct arena *arena, const struct smbios *structure, int get,
			 unsigned long offset)
{
	static const unsigned char sizes[] = { 1, 2, 4, 8, 1, 16 };
	unsigned long long number = 0;

	if (offset >= structure->size || sizes[get] > structure->size - offset)
		return NULL;
	if (get == GET_STRING)
		return smbios_string(arena, structure, offset);
	if (get == GET_UUID)
		return format_uuid(arena, structure->at + offset);
	for (unsigned i = sizes[get]; i-- > 0;)
		number = number << 8 | structure->at[offset + i];
	return arena_print(arena, "%llu", number);
}

/* --linux: as the kernel makes modaliases of it, without blanks and colons. */
static const char *linux_string(struct arena *arena, const char *value)
{
	char *text = arena_string(arena, value), *to = text;

	for (; *value; value++)
		if (*value > ' ' && *value < 0x7f && *value != ':')
			*to++ = *value;
	*to = '\0';
	return text;
}

/* The number that an option has, @otherwise without it; -2: it is none, or beyond @most. */
static long number_of(const struct options *options, int option, long otherwise, unsigned long most)
{
	unsigned long number;

	if (!options->at[option].set)
		return otherwise;
	return number_parse(options->at[option].value, 0, &number, NULL) && number <= most
		       ? (long)number
		       : -2;
}

int cmd_smbios(struct interp *in, struct call *call)
{
	const struct hardware *hardware =
		in->reading->options->hardware ? in->reading->options->hardware(scratch(in)) : NULL;
	struct options options;
	struct smbios structure;
	long type, handle, nth, offset = -1;
	const char *value;
	int get = -1;

	if (!hardware || !hardware->smbios)
		return NOT_SUPPORTED;
	if (!options_parse(in, call, smbios_options, false, &options))
		return BAD_ARGUMENT;
	for (int i = GET_BYTE; i <= GET_UUID; i++)
		if (options.at[SMBIOS_GET + i].set) {
			offset = get < 0 ? number_of(&options, SMBIOS_GET + i, 0, 255) : -2;
			get = i;
		}
	type = number_of(&options, SMBIOS_TYPE, -1, 255);
	handle = number_of(&options, SMBIOS_HANDLE, -1, 65535);
	nth = number_of(&options, SMBIOS_MATCH, 0, 65535);
	if (get < 0 || offset < 0 || type < -1 || handle < -1 || nth < 0) {
		complain(in, "smbios: it takes one field to get, and numbers");
		return BAD_ARGUMENT;
	}
	if (!hardware_structure(hardware, type, handle, (unsigned long)nth, &structure))
		return FILE_NOT_FOUND;
	value = field(scratch(in), &structure, get, (unsigned long)offset);
	if (!value)
		return FILE_NOT_FOUND;
	if (options.at[SMBIOS_LINUX].set)
		value = linux_string(scratch(in), value);
	if (options.at[SMBIOS_SET].set)
		env_set(in, options.at[SMBIOS_SET].value, value);
	return OK;
}

/* gptprio.next, of CoreOS, Flatcar and kin ------------------------------------------------------- */

enum { NEXT_DEVICE, NEXT_UUID };

static const struct option next_options[] = {
	[NEXT_DEVICE] = { "set-device", 'd', OPTION_VALUE },
	[NEXT_UUID] = { "set-uuid", 'u', OPTION_VALUE },
	{ NULL, 0, 0 },
};

/* The partitions that are chosen from: /usr of x86-64, by ChromeOS's attributes of GPT partitions. */
static const char usr_type[] = "5dfbf5f4-2848-4bac-aa5e-0d9a20b745a6";

static unsigned priority_of(const struct identity *id)
{
	return id->partflags >> 48 & 15;
}

static unsigned tries_of(const struct identity *id)
{
	return id->partflags >> 52 & 15;
}

static bool is_candidate(const struct identity *id)
{
	bool successful = id->partflags >> 56 & 1;

	return id->partition && id->parttype && strcasecmp(id->parttype, usr_type) == 0 &&
	       (successful || tries_of(id)) && priority_of(id);
}

static bool is_before(const struct identity *a, const struct identity *b)
{
	if (priority_of(a) != priority_of(b))
		return priority_of(a) > priority_of(b);
	return a->partition < b->partition;
}

/* The candidate on GRUB's disk @name ("hd0", or a partition of it) that comes first; its index. */
static ssize_t find_next(struct interp *in, const char *name)
{
	struct volumes *volumes = in->reading->volumes;
	size_t n = strcspn(name, ",");
	ssize_t best = -1;

	volumes_know_disk(volumes);
	for (size_t i = 0; i < volumes->n; i++) {
		const char *other = volumes_grub_name(scratch(in), volumes, i);

		if (is_candidate(&volumes->at[i]) && strncmp(other, name, n) == 0 && other[n] == ',' &&
		    (best < 0 || is_before(&volumes->at[i], &volumes->at[best])))
			best = (ssize_t)i;
	}
	return best;
}

int cmd_gptprio_next(struct interp *in, struct call *call)
{
	struct volumes *volumes = in->reading->volumes;
	const char *disk = env_get(in, "root");
	const struct identity *id;
	struct options options;
	ssize_t i;

	if (!options_parse(in, call, next_options, false, &options))
		return BAD_ARGUMENT;
	if (!options.at[NEXT_DEVICE].set || !options.at[NEXT_UUID].set || options.rest.n > 1) {
		complain(in, "gptprio.next: it takes -d VARIABLE -u VARIABLE");
		return INVALID_COMMAND;
	}
	if (options.rest.n)
		disk = options.rest.at[0];
	i = disk ? find_next(in, disk) : -1;
	if (i < 0) {
		complain(in, "gptprio.next: no partition of %s has a priority and tries left",
			 disk ? disk : "no disk");
		return UNKNOWN_DEVICE;
	}
	id = &volumes->at[i];
	if (tries_of(id))
		complain(in, "gptprio.next: %s has %u tries left; they are not counted down, for baton "
			     "does not write partition tables", id->name, tries_of(id));
	env_set(in, options.at[NEXT_DEVICE].value,
		volumes_grub_name(scratch(in), volumes, (size_t)i));
	env_set(in, options.at[NEXT_UUID].value, id->partuuid ? id->partuuid : "");
	return OK;
}
