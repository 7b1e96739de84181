/*
 * The policy as a table: machines and settings in, the default and its reason out.
 *
 * A machine is a list of devices, "NAME WORD… : ENTRY…", separated by ";". Words before the colon:
 * usb, cd, unread (nothing is known of it), busy (known, but its entries are not all there), label=,
 * uuid=, partlabel=, partuuid=, path=, bls, next (GRUB's next_entry was set), fallback=N, timeout=S, asks=S,
 * copy (a duplicate of another config), saves (its default is @saved). Entries: the first letter is the title and the own id's
 * beginning ("a" is a.conf); "*" before it: the config's default; behind it "!" can't be booted, "%"
 * has failed, "?" hidden, "@" locked, "~" for rescue, "-" has used up
 * its tries, "/x" has root=x.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "model/policy.h"

struct row {
	const char *machine;
	const char *settings; /* words of the command line; efi.once= and such are the variables, bmc= IPMI */
	const char *expected; /* TITLE[@DEVICE]; NULL: nothing */
	const char *why;      /* a part of the reason */
};

struct machine {
	struct arena *arena;
	struct view view;
	struct settings settings;
	struct failures failures;
};

static bool take_device_word(struct view_device *device, char *word)
{
	struct identity *id = &device->identity;
	struct {
		const char *key, **to;
	} values[] = {
		{ "label=", &id->label },	  { "uuid=", &id->uuid },
		{ "partlabel=", &id->partlabel }, { "partuuid=", &id->partuuid },
		{ "path=", &id->path },
	};

	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		if (string_starts(word, values[i].key)) {
			*values[i].to = word + strlen(values[i].key);
			return true;
		}
	if (strcmp(word, "usb") == 0)
		id->is_usb = true;
	else if (strcmp(word, "cd") == 0)
		id->is_optical = true;
	else if (strcmp(word, "unread") == 0)
		id->type = NULL, device->state = PROBE_WAITING;
	else if (strcmp(word, "busy") == 0)
		device->state = PROBE_RUNNING;
	else
		return false;
	return true;
}

static void take_config_word(struct arena *arena, struct config *config, char *word)
{
	if (string_starts(word, "fallback="))
		vec_push(arena, &config->fallback) = (size_t)atoi(word + 9);
	else if (string_starts(word, "timeout="))
		config->timeout_ms = atoi(word + 8) * 1000;
	else if (string_starts(word, "asks="))
		config->asks_ms = atoi(word + 5) * 1000;
	else if (strcmp(word, "bls") == 0)
		config->format = "bls";
	else if (strcmp(word, "copy") == 0)
		config->duplicate = true;
	else if (strcmp(word, "saves") == 0)
		config->saves = true;
	else if (strcmp(word, "next") == 0)
		vec_push(arena, &config->writes) = (struct env_write){ .name = "next_entry", .value = "" };
	else
		fail_msg("what is %s?", word);
}

static void take_entry(struct machine *machine, struct config *config, char *word)
{
	struct entry *entry;

	if (*word == '*') {
		config->default_entry = config->entries.n;
		config->default_why = "the config says so";
		word++;
	}
	entry = config_add(machine->arena, config, arena_copy(machine->arena, word, 1));
	entry->format = config->format;
	entry->kernel.path = "/vmlinuz";
	entry->own_id = arena_print(machine->arena, "%c.conf", *word);
	entry->id = arena_print(machine->arena, "id-%c-%zu", *word, machine->view.log.n++);
	while (*++word)
		switch (*word) {
		case '!':
			entry->reason = "its initrd is gone";
			break;
		case '%':
			vec_push(machine->arena, &machine->failures.list) =
				(struct failure){ entry->id, "failed" };
			break;
		case '?':
			entry->hidden = true;
			break;
		case '@':
			entry->users = "";
			break;
		case '-':
			entry->bad = true;
			break;
		case '~':
			entry->cmdline = arena_print(machine->arena, "%s single", entry->cmdline);
			break;
		case '/':
			word++;
			entry->cmdline =
				arena_print(machine->arena, "%s root=%c", entry->cmdline, *word);
			break;
		default:
			fail_msg("what is %s?", word);
		}
}

static void add_device(struct machine *machine, char *text)
{
	struct view_device *device = arena_make(machine->arena, struct view_device), **at;
	struct config *config = config_new(machine->arena, "grub2", "/boot/grub/grub.cfg");
	bool in_entries = false;
	char *save, *word = strtok_r(text, " ", &save);

	device->identity = (struct identity){ .name = word, .disk = arena_copy(machine->arena, word, 3),
					      .type = "ext4" };
	device->state = PROBE_DONE;
	config->timeout_ms = 5000;
	while ((word = strtok_r(NULL, " ", &save))) {
		if (strcmp(word, ":") == 0)
			in_entries = true;
		else if (in_entries)
			take_entry(machine, config, word);
		else if (!take_device_word(device, word))
			take_config_word(machine->arena, config, word);
	}
	if (in_entries)
		vec_push(machine->arena, &device->configs) = config;
	for (at = &machine->view.devices; *at; at = &(*at)->next)
		if (policy_before(&machine->settings, &device->identity, &(*at)->identity))
			break;
	device->next = *at;
	*at = device;
}

static void complain(void *context, const char *text)
{
	(void)context;
	fail_msg("%s", text);
}

/* A letter for what the management controller asks for, "+" behind it: for every start. */
static void take_wish(struct settings *settings, const char *text)
{
	static const char wishes[] = " ducnso";

	settings->bmc.wish = (enum bmc_wish)(strchr(wishes, *text) - wishes);
	settings->bmc.lasting = text[1] == '+';
}

static void take_settings(struct machine *machine, const char *text)
{
	struct settings *settings = &machine->settings;
	char *save, *copy = arena_string(machine->arena, text);
	struct {
		const char *key, **to;
	} values[] = {
		{ "efi.once=", &settings->loader.once },
		{ "efi.default=", &settings->loader.standard },
		{ "efi.preferred=", &settings->loader.preferred },
		{ "efi.last=", &settings->loader.last },
	};

	settings_init(settings);
	for (char *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		for (size_t i = 0; i < sizeof values / sizeof *values; i++)
			if (string_starts(word, values[i].key))
				*values[i].to = word + strlen(values[i].key);
		if (string_starts(word, "efi.timeout="))
			settings->loader.timeout_ms = settings_loader_timeout(word + 12, false);
		if (string_starts(word, "efi.timeout-once="))
			settings->loader.timeout_once_ms = settings_loader_timeout(word + 17, true);
		if (string_starts(word, "bmc="))
			take_wish(settings, word + 4);
		if (string_starts(word, "baton."))
			settings_parse(machine->arena, settings, word, complain, NULL);
	}
}

static struct machine *build(const char *text, const char *settings)
{
	struct arena *arena = arena_new(4 << 20);
	struct machine *machine = arena_make(arena, struct machine);
	char *save, *copy = arena_string(arena, text);

	machine->arena = arena;
	take_settings(machine, settings);
	for (char *device = strtok_r(copy, ";", &save); device; device = strtok_r(NULL, ";", &save))
		add_device(machine, device);
	return machine;
}

static void check(const struct row *row, struct machine *machine, const struct decision *decision)
{
	const char *got = !decision->entry		  ? "nothing"
			  : strchr(row->expected ? row->expected : "", '@')
				  ? arena_print(machine->arena, "%s@%s", decision->entry->title,
						decision->device->identity.name)
				  : decision->entry->title;

	if (strcmp(got, row->expected ? row->expected : "nothing"))
		fail_msg("%s | %s: expected %s, got %s", row->machine, row->settings,
			 row->expected ? row->expected : "nothing", got);
	if (row->why && !strstr(decision->why, row->why))
		fail_msg("%s | %s: because \"%s\", not \"%s\"", row->machine, row->settings,
			 decision->why, row->why);
}

static const struct row defaults[] = {
	/* Nothing, and the plainest of all. */
	{ "", "", NULL, NULL },
	{ "sda1", "", NULL, NULL },
	{ "sda1 :", "", NULL, NULL },
	{ "sda1 : *a", "", "a", "the config says so" },
	{ "sda1 : a *b", "", "b", "the config says so" },
	{ "sda1 : a b", "", "a", "the next entry of /boot/grub/grub.cfg" },
	{ "sda1 ; sdb1 : *a", "", "a@sdb1", "the config says so" },
	{ "sda1 : *a ; sdb1 : *b", "", "a", NULL },
	{ "sdb1 : *b ; sda1 : *a", "", "a", NULL },
	{ "sda1 usb : *a ; sdb1 : *b", "", "b", NULL },
	{ "sr0 cd : *a ; sdb1 usb : *b", "", "b", NULL },
	{ "sr0 cd : *a", "", "a", NULL },
	{ "sda1 copy : *a ; sdb1 : *a", "", "a@sdb1", NULL },
	{ "sda2 : *a ; sda10 : *b", "", "a", NULL },

	/* A management controller's wish, of this start and of all. */
	{ "sda1 : *a ; sdb1 usb : *b", "bmc=u", "b", "asks for a boot from removable or remote media" },
	{ "sda1 : *a ; sdb1 usb : *b ; sr0 cd : *c d", "bmc=c", "c", "the config says so, and the management" },
	{ "sda1 : *a ; sdb1 usb : *b ; sr0 cd : *c% d", "bmc=c", "d", "since \"c\" failed, and the management" },
	{ "sda1 : *a ; sdb1 usb : *b", "bmc=c", "a", "the config says so" },
	{ "sda1 : *a ; sdb1 usb : *b! ; sdc1 usb : *c", "bmc=u", "c@sdc1", NULL },
	{ "sda1 : *a ; sdb1 usb copy : *b ; sdc1 usb : *c", "bmc=u", "c@sdc1", NULL },
	{ "sda1 : *a ; sdb1 usb : *b%", "bmc=u", "a", "since \"b\" failed" },
	{ "sda1 : *a ; sdb1 usb : *b", "bmc=d baton.devices=usb", "a", "asks for a boot from disk" },
	{ "sda1 : *a ; sdb1 : *b", "bmc=d baton.devices=sdb", "b", "the management controller" },
	{ "sda1 next : *a ; sdb1 usb : *b", "bmc=u", "b", NULL },
	{ "sda1 next : *a ; sdb1 usb : *b", "bmc=u+", "a", "next_entry" },
	{ "sda1 : *a ; sdb1 usb : *b", "bmc=u baton.default=a", "b", NULL },
	{ "sda1 : *a ; sdb1 usb : *b", "bmc=u+ baton.default=a", "a", "the settings name it" },
	{ "sda1 : *a ; sdb1 usb : *b", "bmc=u baton.boot=a", "a", "baton.boot" },
	{ "sda1 bls : *a ; sdb1 usb : *b", "bmc=u efi.once=a.conf", "a", "OneShot" },
	{ "sda1 bls : *a ; sdb1 usb : *b", "bmc=u+ efi.default=a.conf", "a", "LoaderEntryDefault" },
	{ "sda1 : *a ; sdb1 usb : *b", "bmc=u+ baton.devices=disk,usb", "b", "the management controller" },
	{ "sda1 : *a ; sdb1 usb : *b", "bmc=n", "a", "the config says so" },
	{ "sda1 : *a ; sdb1 usb : *b", "bmc=o+", "a", "the config says so" },

	/* What can't be booted: fallback, the same system, the rest, the next device. */
	{ "sda1 : *a! b", "", "b", "since \"a\" can't be booted: its initrd is gone" },
	{ "sda1 : *a% b", "", "b", "since \"a\" failed" },
	{ "sda1 : *a!", "", NULL, NULL },
	{ "sda1 : *a%", "", NULL, NULL },
	{ "sda1 : *a! ; sdb1 : *b", "", "b@sdb1", "since \"a\"" },
	{ "sda1 fallback=2 : *a% b c", "", "c", "fallback" },
	{ "sda1 fallback=2 fallback=1 : *a% b c%", "", "b", "fallback" },
	{ "sda1 fallback=2 : *a% b c!", "", "b", "another kernel of the same system" },
	{ "sda1 fallback=9 : *a% b", "", "b", NULL },
	{ "sda1 fallback=0 : *a% b", "", "b", NULL },
	{ "sda1 fallback=1 : a b? *c%", "", "b", "fallback" },
	{ "sda1 : *a%/1 b/2 c/1", "", "c", "another kernel of the same system" },
	{ "sda1 : *a%/1 b/2 c/1%", "", "b", "the next entry" },
	{ "sda1 : *a%/1 b/1~ c/1", "", "c", "another kernel" },
	{ "sda1 : *a%/1 b/1~", "", "b", "the next entry" },
	{ "sda1 : *a%/1 b/2 c/3", "", "b", "the next entry" },
	{ "sda1 : *a%/1 b/2% c/1! d/1", "", "d", "another kernel" },
	{ "sda1 : *a%/1/2 b/1 c/2", "", "c", "another kernel" },
	{ "sda1 : b/1 c/2 *a%/1", "", "b", "another kernel" },
	{ "sda1 : *a% b? c", "", "c", NULL },
	{ "sda1 : *a? b", "", "a", "the config says so" },
	{ "sda1 : *a% b?", "", NULL, NULL },
	{ "sda1 : *a% b@ c", "", "c", NULL },
	{ "sda1 : *a@ b", "", "a", "the config says so" },
	{ "sda1 : *a% b@ ; sdb1 : *c", "", "c", NULL },
	{ "sda1 fallback=1 : *a% b@ c", "", "b", "fallback" },
	{ "sda1 : *a% b%", "", NULL, NULL },
	{ "sda1 : *a% b% ; sdb1 : *c% d ; sdc1 : *e", "", "d@sdb1", "since \"a\" failed" },
	{ "sda1 : *a% ; sdb1 usb : *c ; sdc1 : *e", "", "e", NULL },

	/* baton.boot: above everything, by id, own id or title. */
	{ "sda1 : *a b", "baton.boot=b", "b", "baton.boot names it" },
	{ "sda1 : *a b", "baton.boot=b.conf", "b", "baton.boot" },
	{ "sda1 : *a b", "baton.boot=id-b-1", "b", "baton.boot" },
	{ "sda1 : *a b", "baton.boot=c", "a", "the config says so" },
	{ "sda1 : *a b", "baton.boot=B", "a", NULL },
	{ "sda1 : *a b", "baton.boot=b*", "a", NULL },
	{ "sda1 : *a b%", "baton.boot=b", "a", "since \"b\" failed" },
	{ "sda1 : *a b!", "baton.boot=b", "a", "since \"b\" can't be booted" },
	{ "sda1 : *a ; sdb1 : *b c", "baton.boot=c", "c@sdb1", NULL },
	{ "sda1 : *a ; sdb1 usb : *b", "baton.boot=b", "b@sdb1", NULL },
	{ "sda1 : *a b ; sdb1 : *b", "baton.boot=b", "b@sda1", NULL },
	{ "sda1 : *a b% ; sdb1 : *b", "baton.boot=b", "b@sdb1", "since \"b\" failed" },
	{ "sda1 : *a b?", "baton.boot=b", "b", NULL },
	{ "sda1 : *a b@", "baton.boot=b", "b", NULL },
	{ "sda1 bls : *a b c", "baton.boot=b efi.once=c.conf", "b", "baton.boot" },
	{ "sda1 : *a b c", "baton.boot=b baton.default=c", "b", "baton.boot" },
	{ "sda1 next : *a b", "baton.boot=b", "b", "baton.boot" },
	{ "sda1 : *a b ; sdb1 : *c", "baton.boot=b baton.devices=sdb", "b", NULL },

	/* LoaderEntryOneShot: a BLS file's name or what LoaderEntries told, patterns allowed. */
	{ "sda1 bls : *a b", "efi.once=b.conf", "b", "LoaderEntryOneShot" },
	{ "sda1 bls : *a b", "efi.once=B.CONF", "b", NULL },
	{ "sda1 bls : *a b", "efi.once=b*", "b", NULL },
	{ "sda1 bls : *a b", "efi.once=[b-z].conf", "b", NULL },
	{ "sda1 bls : *a b", "efi.once=b", "a", NULL },
	{ "sda1 bls : *a b", "efi.once=id-b-1", "b", NULL },
	{ "sda1 : *a b", "efi.once=id-b-1", "b", "LoaderEntryOneShot" },
	{ "sda1 : *a b", "efi.once=b.conf", "a", NULL },
	{ "sda1 : *a b", "efi.once=*", "a", NULL },
	{ "sda1 bls : *a b%", "efi.once=b.conf", "a", "since \"b\" failed" },
	{ "sda1 bls : *a b c", "efi.once=b.conf efi.default=c.conf", "b", "OneShot" },
	{ "sda1 bls : *a b% c", "efi.once=b.conf efi.default=c.conf", "c", "since \"b\" failed" },
	{ "sda1 bls : *a b c", "efi.once=b.conf baton.default=c", "b", "OneShot" },
	{ "sda1 : *a ; sdb1 bls : *b c", "efi.once=c.conf", "c@sdb1", NULL },
	{ "sda1 next : *a b ; sdb1 bls : *c", "efi.once=c.conf", "c", "OneShot" },

	/* GRUB's next_entry. */
	{ "sda1 next : a *b", "", "b", "next_entry" },
	{ "sda1 : *a ; sdb1 next : b *c", "", "c@sdb1", "next_entry" },
	{ "sda1 next : *a ; sdb1 next : *b", "", "a", "next_entry" },
	{ "sda1 next : *a% b ; sdb1 : *c", "", "b@sda1", "since \"a\" failed" },
	{ "sda1 next : *a% ; sdb1 next : *c", "", "c", "next_entry" },
	{ "sda1 next copy : *a ; sdb1 : *b", "", "b", NULL },
	{ "sda1 next : a b", "", "a", "the next entry of" },
	{ "sda1 : *a ; sdb1 usb next : *b", "", "a", "the config says so" },
	{ "sda1 : *a ; sr0 cd next : *b", "", "a", NULL },
	{ "sdb1 usb next : b *c", "", "c", "the config says so" },
	{ "sda1 : *a c ; sdb1 next : *b", "baton.default=c", "b", "next_entry" },
	{ "sda1 bls : *a ; sdb1 next : *b", "efi.default=a.conf", "b", "next_entry" },
	{ "sda1 : *a ; sdb1 next : *b", "baton.devices=sda", "b", "next_entry" },

	/* The settings' pinned entry. */
	{ "sda1 : *a b", "baton.default=b", "b", "the settings name it" },
	{ "sda1 : *a b", "baton.default=b.conf", "b", NULL },
	{ "sda1 : *a b", "baton.default=id-b-1", "b", NULL },
	{ "sda1 : *a b", "baton.default=x", "a", "the config says so" },
	{ "sda1 : *a ; sdb1 usb : *b", "baton.default=b", "b", NULL },
	{ "sda1 : *a b%", "baton.default=b", "a", "since \"b\" failed" },
	{ "sda1 fallback=2 : *a b% c", "baton.default=b", "a", NULL },
	{ "sda1 bls : *a b c", "baton.default=b efi.default=c.conf", "b", "the settings" },
	{ "sda1 bls : *a b c", "baton.default=b efi.preferred=c.conf", "b", "the settings" },
	{ "sda1 : *a ; sdb1 : *b", "baton.default=a baton.devices=sdb", "a", NULL },

	/* LoaderEntryPreferred, LoaderEntryDefault, "@saved". */
	{ "sda1 bls : *a b", "efi.default=b.conf", "b", "LoaderEntryDefault" },
	{ "sda1 bls : *a b", "efi.default=b.*", "b", NULL },
	{ "sda1 : *a b", "efi.default=b.conf", "a", NULL },
	{ "sda1 : *a b", "efi.default=id-b-1", "b", "LoaderEntryDefault" },
	{ "sda1 bls : *a b c", "efi.default=b.conf efi.preferred=c.conf", "c", "LoaderEntryPreferred" },
	{ "sda1 bls : *a b c%", "efi.default=b.conf efi.preferred=c.conf", "b", "since \"c\" failed" },
	{ "sda1 bls : *a b c-", "efi.default=b.conf efi.preferred=c.conf", "b", "since \"c\" never came up" },
	{ "sda1 bls : *a b c- d", "efi.preferred=[cd].conf", "d", "LoaderEntryPreferred" },
	{ "sda1 bls : *a b-", "efi.default=b.conf", "b", "LoaderEntryDefault" },
	{ "sda1 bls : *a b-", "efi.once=b.conf", "b", "LoaderEntryOneShot" },
	{ "sda1 bls : *a b-", "baton.default=b", "b", "the settings name it" },
	{ "sda1 bls : *a-", "", "a", "the config says so" },
	{ "sda1 bls saves : *a b", "efi.last=b.conf", "b", "it was booted last" },
	{ "sda1 bls saves : *a b", "efi.last=x.conf", "a", "the config says so" },
	{ "sda1 bls saves : *a b", "efi.last=b*", "a", "the config says so" },
	{ "sda1 bls saves : *a b", "", "a", "the config says so" },
	{ "sda1 bls saves : *a b%", "efi.last=b.conf", "a", "since \"b\" failed" },
	{ "sda1 bls saves : *a b c", "efi.last=b.conf efi.default=c.conf", "c", "LoaderEntryDefault" },
	{ "sda1 bls : *a ; sdb1 bls saves : *b c", "efi.last=c.conf", "a", "the config says so" },
	{ "sda1 bls : *a b", "efi.default=@saved efi.last=b.conf", "b", "LoaderEntryDefault" },
	{ "sda1 bls : *a b", "efi.default=@saved", "a", NULL },
	{ "sda1 bls : *a b", "efi.last=b.conf", "a", NULL },
	{ "sda1 bls : *a b", "efi.default=x.conf", "a", NULL },
	{ "sda1 : *a ; sdb1 bls : *b c", "efi.default=c.conf", "c", NULL },

	/* The order of the devices. */
	{ "sda1 : *a ; sdb1 : *b", "baton.devices=sdb1", "b", "the settings put sdb1 first" },
	{ "sda1 : *a ; sdb1 : *b", "baton.devices=sdb", "b", NULL },
	{ "sda1 : *a ; sdb1 : *b", "baton.devices=sdc", "a", "the config says so" },
	{ "sda1 : *a ; sdb1 usb : *b", "baton.devices=usb", "b", NULL },
	{ "sda1 : *a ; sdb1 usb : *b", "baton.devices=usb,disk", "b", NULL },
	{ "sda1 : *a ; sdb1 usb : *b", "baton.devices=disk,usb", "a", NULL },
	{ "sda1 : *a ; sdb1 usb : *b ; sr0 cd : *c", "baton.devices=optical", "c", NULL },
	{ "sda1 : *a ; sdb1 usb : *b ; sr0 cd : *c", "baton.devices=sdb,optical", "b", NULL },
	{ "sda1 : *a ; sdb1 label=x : *b", "baton.devices=label=x", "b", "sdb1 first" },
	{ "sda1 : *a ; sdb1 label=x : *b", "baton.devices=label=X", "a", NULL },
	{ "sda1 : *a ; sdb1 uuid=ab-c : *b", "baton.devices=uuid=AB-C", "b", NULL },
	{ "sda1 : *a ; sdb1 partlabel=x : *b", "baton.devices=partlabel=x", "b", NULL },
	{ "sda1 : *a ; sdb1 partuuid=0aF : *b", "baton.devices=partuuid=0Af", "b", NULL },
	{ "sda1 : *a ; sdb1 path=pci0/0:3.0/ata2/block : *b", "baton.devices=path=0:3.0", "b", NULL },
	{ "sda1 : *a ; sdb1 path=pci0/0:3.0/ata2/block : *b", "baton.devices=path=0:3.0/ata2", "b",
	  NULL },
	{ "sda1 : *a ; sdb1 path=pci0/0:3.0/ata2/block : *b", "baton.devices=path=0:3", "a", NULL },
	{ "sda1 : *a ; sdb1 path=pci0/ata22/ata2 : *b", "baton.devices=path=ata2", "b", NULL },
	{ "sda1 path=pci0/ata22 : *a ; sdb1 path=pci0/ata1 : *b", "baton.devices=path=ata1", "b", NULL },
	{ "sda1 label=x : *a ; sdb1 label=y : *b", "baton.devices=label=y,label=x", "b", NULL },
	{ "sda1 label=x : *a ; sdb1 label=y", "baton.devices=label=y,label=x", "a", "sda1 first" },
	{ "sda1 label=x : *a ; sdb1 label=x : *b", "baton.devices=label=x", "a", NULL },
	{ "sda1 : *a ; sdb1 : *b% ; sdc1 : *c", "baton.devices=sdb", "a", "since \"b\" failed" },
	{ "sda1 : *a ; sdb1 : *b% ; sdc1 : *c", "baton.devices=sdb,sdc", "c", NULL },
	{ "sda1 : *a ; sda2 : *b", "baton.devices=sda2", "b", NULL },
	{ "sda1 : *a ; sda2 : *b", "baton.devices=sda", "a", "sda1 first" },
};

static void test_defaults(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++) {
		const struct row *row = &defaults[i];
		struct machine *machine;
		struct decision decision;

		machine = build(row->machine, row->settings);
		policy_decide(machine->arena, &machine->view, &machine->settings,
			      &machine->failures, &decision);
		check(row, machine, &decision);
		arena_free(machine->arena);
	}
}

/* Is there something worth waiting for? */
static const struct {
	const char *machine, *settings;
	bool waits;
} waits[] = {
	{ "sda1 : *a", "", false },
	{ "sda1 : *a ; sdb1 unread", "", false },
	{ "sda1 : *a ; sdb1 busy", "", false },
	{ "sda1 unread ; sdb1 : *b", "", true },
	{ "sda1 busy ; sdb1 : *b", "", true },
	{ "sda1 busy : *a", "", true },
	{ "sda1 : *a ; sdb1 unread usb", "", false },
	{ "sda1 unread usb ; sdb1 : *b", "", false },
	{ "sda1 usb : *a ; sdb1 unread", "", true },
	{ "sda1 : *a ; sdb1 unread", "baton.devices=sda", false },
	{ "sda1 : *a ; sdb1 unread", "baton.devices=sdb", true },
	{ "sda1 : *a ; sdb1", "baton.devices=sdb", false },
	{ "sda1 : *a", "baton.devices=sdb", true },
	{ "sda1 : *a", "baton.devices=usb", false },
	{ "sda1 : *a", "baton.devices=path=ata9", true },
	{ "sda1 : *a", "baton.devices=label=x", true },
	{ "sda1 : *a ; sdb1 unread", "baton.devices=label=x", true },
	{ "sda1 : *a ; sdb1 label=x", "baton.devices=label=x", false },
	{ "sda1 label=x : *a ; sdb1 unread", "baton.devices=label=x", false },
	{ "sda1 label=x : *a ; sdb1 unread", "baton.devices=label=x,label=y", false },
	{ "sda1 label=y : *a ; sdb1 label=x ; sdc1 unread", "baton.devices=label=x,label=y", true },
	{ "sda1 label=y : *a ; sdb1 label=x ; sdc1 busy", "baton.devices=label=x,label=y", false },
	{ "sda1 : *a ; sdb1 unread", "baton.devices=disk,label=x", false },
	{ "sda1 : *a", "baton.boot=x", true },
	{ "sda1 : *a", "baton.boot=a", false },
	{ "sda1 : *a!  b", "baton.boot=a", false },
	{ "sda1 : *a% b", "baton.boot=a", false },
	{ "sda1 unread ; sdb1 : *a", "baton.boot=a", true },
	{ "sda1 unread ; sdb1 : *a", "baton.boot=id-a-0", false },
	{ "sda1 : *a ; sdb1 unread", "baton.boot=a", false },
	{ "sda1 : *a", "baton.default=x", true },
	{ "sda1 : *a", "baton.boot=a baton.default=x", false },
	{ "sda1 : *a", "efi.once=x.conf", true },
	{ "sda1 bls : *a", "efi.once=a.conf", false },
	{ "sda1 : *a", "efi.default=x.conf", false },
	{ "sda1 : *a ; sdb1 unread", "efi.default=x.conf", true },
	{ "sda1 bls : *a ; sdb1 unread", "efi.default=a.conf", false },
	{ "sda1 : *a ; sdb1 next : *b ; sdc1 unread", "", false },
	{ "sda1 : *a", "bmc=c", true },
	{ "sda1 : *a ; sr0 cd : *c", "bmc=c", false },
	{ "sda1 : *a ; sr0 cd : *c ; sdb1 unread", "bmc=c", false },
	{ "sda1 : *a", "bmc=d", false },
	{ "sda1 : *a", "bmc=n", false },
	{ "sda1 : *a", "bmc=c+", false },
	{ "sda1 : *a ; sr0 cd unread", "bmc=c+", true },
	{ "sda1 : *a ; sr0 cd unread", "bmc=u+", false },
	{ "sda1 : *a ; sr0 cd unread", "bmc=c+ baton.default=a", false },
	{ "sda1 : *a", "bmc=c baton.boot=a", false },
	{ "sda1 : *a", "bmc=c baton.default=a", true },
	{ "sda1 unread ; sdb1 next : *b", "", true },
};

static bool is_settled(const void *context, const struct view_device *device)
{
	(void)context;
	return device->state == PROBE_DONE;
}

static void test_waiting(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
		struct machine *machine = build(waits[i].machine, waits[i].settings);
		struct decision decision;

		policy_decide(machine->arena, &machine->view, &machine->settings,
			      &machine->failures, &decision);
		assert_non_null(decision.entry);
		if (policy_may_change(&machine->view, &machine->settings, &decision, is_settled,
				      NULL) != waits[i].waits)
			fail_msg("%s | %s: waits %d", waits[i].machine, waits[i].settings,
				 !waits[i].waits);
		arena_free(machine->arena);
	}
}

static const struct {
	const char *machine, *settings;
	int64_t seconds;
} timeouts[] = {
	{ "", "", NO_TIMEOUT },
	{ "sda1 : *a", "", 5 },
	{ "sda1 timeout=0 : *a", "", 0 },
	{ "sda1 timeout=0 asks=3 : *a", "", 3 },
	{ "sda1 timeout=0 asks=100000 : *a", "", 86400 },
	{ "sda1 timeout=2 asks=3 : *a", "", 2 },
	{ "sda1 timeout=0 asks=3 : *a", "baton.timeout=0", 0 },
	{ "sda1 timeout=-1 : *a", "", NO_TIMEOUT },
	{ "sda1 timeout=-7 : *a", "", NO_TIMEOUT },
	{ "sda1 timeout=100000 : *a", "", 86400 },
	{ "sda1 : *a", "baton.timeout=7", 7 },
	{ "sda1 timeout=-1 : *a", "baton.timeout=0", 0 },
	{ "sda1 : *a", "baton.timeout=-1", NO_TIMEOUT },
	{ "sda1 : *a ; sdb1 timeout=9 : *b", "baton.boot=b", 9 },
	{ "sda1 : *a", "efi.timeout=7", 5 },
	{ "sda1 bls : *a", "efi.timeout=7", 7 },
	{ "sda1 bls : *a", "efi.timeout=menu-force", NO_TIMEOUT },
	{ "sda1 bls : *a", "efi.timeout=0", 0 },
	{ "sda1 bls : *a", "efi.timeout=menu-hidden", 0 },
	{ "sda1 bls : *a", "efi.timeout=menu-disabled", 0 },
	{ "sda1 bls : *a", "efi.timeout=-1", 5 },
	{ "sda1 bls : *a", "efi.timeout=+1", 5 },
	{ "sda1 bls : *a", "efi.timeout=", 5 },
	{ "sda1 bls : *a", "efi.timeout=1s", 5 },
	{ "sda1 bls : *a", "efi.timeout=86401", 5 },
	{ "sda1 bls : *a", "efi.timeout-once=0", NO_TIMEOUT },
	{ "sda1 bls : *a", "efi.timeout-once=menu-hidden", NO_TIMEOUT },
	{ "sda1 bls : *a", "efi.timeout-once=menu-force", NO_TIMEOUT },
	{ "sda1 bls : *a", "efi.timeout-once=menu-disabled", 0 },
	{ "sda1 : *a", "efi.timeout-once=0", NO_TIMEOUT },
	{ "sda1 bls : *a", "efi.timeout=7 efi.timeout-once=8", 8 },
	{ "sda1 : *a", "efi.timeout-once=8", 8 },
	{ "sda1 bls : *a", "efi.timeout-once=8 baton.timeout=3", 3 },
};

static void test_timeouts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof timeouts / sizeof *timeouts; i++) {
		struct machine *machine = build(timeouts[i].machine, timeouts[i].settings);
		struct decision decision;
		int64_t ms = timeouts[i].seconds < 0 ? NO_TIMEOUT : timeouts[i].seconds * 1000;

		policy_decide(machine->arena, &machine->view, &machine->settings,
			      &machine->failures, &decision);
		if (decision.timeout_ms != ms)
			fail_msg("%s | %s: %lld ms", timeouts[i].machine, timeouts[i].settings,
				 (long long)decision.timeout_ms);
		arena_free(machine->arena);
	}
}

/* The table is the specification of the policy, so its size is watched, too. */
static void test_enough_cases(void **state)
{
	(void)state;
	assert_true(sizeof defaults / sizeof *defaults + sizeof waits / sizeof *waits +
			    sizeof timeouts / sizeof *timeouts >= 150);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_waiting),
		cmocka_unit_test(test_timeouts),
		cmocka_unit_test(test_enough_cases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
