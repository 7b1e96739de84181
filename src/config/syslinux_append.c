/*
 * SYSAPPEND, which PXELINUX called IPAPPEND: what the machine says of itself, added to what a label
 * is told.
 *
 * Follows syslinux.txt of SYSLINUX 6.04, "SYSAPPEND bitmask".
 */
#include "base/hardware.h"
#include "base/text.h"
#include "config/syslinux.h"
#include "config/value.h"

#include <string.h>

enum {
	APPEND_IP = 1 << 0,
	APPEND_BOOTIF = 1 << 1,
	APPEND_UUID = 1 << 2,
	APPEND_CPU = 1 << 3,
	APPEND_STRINGS = 1 << 4, /* and the bits after it, by the table */
	APPEND_FORM = 1 << 17,
	APPEND_FSUUID = 1 << 18,
};

/* In the order of their bits: where in the SMBIOS table the string's number is. */
static const struct {
	const char *name;
	unsigned char type, offset;
} strings[] = {
	{ "SYSVENDOR", 1, 0x04 },  { "SYSPRODUCT", 1, 0x05 }, { "SYSVERSION", 1, 0x06 },
	{ "SYSSERIAL", 1, 0x07 },  { "SYSSKU", 1, 0x19 },     { "SYSFAMILY", 1, 0x1a },
	{ "MBVENDOR", 2, 0x04 },   { "MBPRODUCT", 2, 0x05 },  { "MBVERSION", 2, 0x06 },
	{ "MBSERIAL", 2, 0x07 },   { "MBASSET", 2, 0x08 },    { "BIOSVENDOR", 0, 0x04 },
	{ "BIOSVERSION", 0, 0x05 },
};

/* Blanks and control characters become one "_" each run; none at the ends. */
static void add(struct text *text, const char *name, const char *value)
{
	bool begun = false, gap = false;

	for (; value && *value; value++) {
		if ((unsigned char)*value <= ' ' || *value == 0x7f) {
			gap = begun;
			continue;
		}
		if (!begun)
			text_print(text, "%s%s=", text->n ? " " : "", name);
		if (gap)
			text_char(text, '_');
		text_char(text, *value);
		begun = true;
		gap = false;
	}
}

/* One without a version (RFC 4122, 4.1.3) was never set. The bytes are not swapped. */
static void add_uuid(struct text *text, const struct smbios *system)
{
	const unsigned char *uuid = system->at + 8;

	if (system->size < 8 + 16 || uuid[6] < 0x10 || uuid[6] >= 0xf0)
		return;
	text_print(text, "%sSYSUUID=", text->n ? " " : "");
	for (unsigned i = 0; i < 16; i++)
		text_print(text, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", uuid[i]);
}

static void add_machine(struct syslinux *s, struct text *text, unsigned mask)
{
	struct arena *arena = s->arena;
	struct smbios found;

	if (!s->hardware)
		s->hardware = s->reading->options->hardware(arena);
	if (mask & APPEND_UUID && hardware_structure(s->hardware, 1, -1, 1, &found))
		add_uuid(text, &found);
	if (mask & APPEND_CPU)
		add(text, "CPU", s->hardware->cpu);
	for (size_t i = 0; i < sizeof strings / sizeof *strings; i++)
		if (mask & APPEND_STRINGS << i &&
		    hardware_structure(s->hardware, strings[i].type, -1, 1, &found))
			add(text, strings[i].name, smbios_string(arena, &found, strings[i].offset));
	if (mask & APPEND_FORM && hardware_structure(s->hardware, 3, -1, 1, &found) &&
	    found.size > 5 && found.at[5])
		add(text, "SYSFF", arena_print(arena, "%u", found.at[5] & 0x7fu));
}

/* What is asked for and can't be known, said once a config. */
static void complain(struct syslinux *s, unsigned mask)
{
	bool has_hardware = s->reading->options->hardware;

	if (s->complained)
		return;
	s->complained = true;
	if (s->variant == SYSLINUX_PXE && mask & (APPEND_IP | APPEND_BOOTIF))
		reading_problem(s->reading, s->file, 0, 0,
				"SYSAPPEND 0x%x: nothing was booted from the network: ip= and BOOTIF= "
				"are left out", mask);
	else if (!has_hardware && mask & (APPEND_FSUUID - APPEND_UUID))
		reading_problem(s->reading, s->file, 0, 0,
				"SYSAPPEND 0x%x: what it adds of the machine is not known for a copied "
				"tree, and left out", mask);
	else
		s->complained = false;
}

/* U-Boot knows the first two bits only, and has nothing to say where it boots from a disk. */
const char *syslinux_sysappend(struct syslinux *s, unsigned mask)
{
	const char *uuid = s->reading->volume->identity->uuid;
	struct text text = TEXT(s->arena);

	if (!mask || s->variant == SYSLINUX_UBOOT)
		return "";
	complain(s, mask);
	if (s->reading->options->hardware)
		add_machine(s, &text, mask);
	if (mask & APPEND_FSUUID)
		add(&text, "FSUUID", uuid);
	return text_end(&text);
}
