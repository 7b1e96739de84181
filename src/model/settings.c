#include "model/settings.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define AT(field) offsetof(struct settings, field)

const struct setting settings_table[SETTINGS_COUNT] = {
	{ "boot", "ENTRY",
	  "Start the entry of this id or title. Of this start only, it outranks everything else.",
	  "none", SETTING_TEXT, AT(boot), 0, 0, true },
	{ "default", "ENTRY",
	  "The entry of this id or title is the default, whatever the configurations say.", "none",
	  SETTING_TEXT, AT(standard), 0, 0, false },
	{ "devices", "RULE[,RULE...]",
	  "The order of the devices: the first rule that a device meets counts. A rule is disk, usb, "
	  "optical, the kernel's name of a device, or label=, uuid=, partlabel=, partuuid= or path= "
	  "and a value.",
	  "disk,usb,optical", SETTING_DEVICES, AT(devices), 0, 0, false },
	{ "timeout", "SECONDS",
	  "Instead of the configuration's own; 0 boots at once, -1 waits for ever.",
	  "the configuration's", SETTING_SECONDS, AT(timeout_ms), -1, 86400, false },
	{ "wait", "SECONDS",
	  "How long to wait for a disk or an entry that is named here and not there, and for disks "
	  "that are still being read and could outrank the default; a third of it once all disks have "
	  "been read, from when the last one came.",
	  "30", SETTING_SECONDS, AT(wait_ms), 0, 3600, false },
	{ "at-end", "rescan|reboot|poweroff|network",
	  "What to do when nothing can be booted and looking again three times has not helped: go on "
	  "looking, with the menu, or end; network restarts into the network boot of UEFI firmware. A "
	  "person at a console always keeps the menu.",
	  "rescan", SETTING_CHOICE, AT(at_end), 0, 0, false },
	{ "watchdog", "SECONDS",
	  "Have the hardware watchdog reset the machine if baton stands still for so long; 0 leaves "
	  "it alone.",
	  "90", SETTING_SECONDS, AT(watchdog_ms), 0, 3600, false },
	{ "watchdog-keep", "SECONDS",
	  "Leave the watchdog running when a system is started, which has to feed it within so long: "
	  "what hangs on the way there ends in a reset; 0 stops it. Most drivers need "
	  "watchdog.stop_on_reboot=0 on the same command line for that, and to guard reboots.",
	  "0", SETTING_SECONDS, AT(watchdog_keep_ms), 0, 3600, false },
	{ "efi-variables", "no|yes",
	  "Tell the system in UEFI variables what was booted and what else there is, as systemd-boot "
	  "does; bootctl and systemctl understand them.",
	  "yes", SETTING_CHOICE, AT(efi_variables), 0, 0, false },
	{ "console", "NAME[:TERM]",
	  "Show a menu on this device below /dev, a terminal of type TERM. May be given several "
	  "times.",
	  "the kernel's, and the firmware's (ACPI SPCR)", SETTING_CONSOLES, AT(consoles), 0, 0, false },
	{ "lang", "de|fr|zh",
	  "The language of the menu, where the terminal and its font have the letters; else English.",
	  "English", SETTING_TEXT, AT(language), 0, 0, false },
	{ "lock", "nothing|shell|edit|settings",
	  "What nobody may do at a console, whatever the configurations allow: have a shell; also "
	  "edit entries and boot kernels by their path; also change settings.",
	  "nothing", SETTING_CHOICE, AT(lock), 0, 0, false },
	{ "trace", "no|yes",
	  "Write time stamps of the way of a boot, and the log, to the consoles: "
	  "\"baton: trace SECONDS WORD\".",
	  "no", SETTING_CHOICE, AT(trace), 0, 0, false },
	{ "store", "built-in|any|none",
	  "Where settings may be kept if the firmware has no UEFI variables: in a file on a disk that is "
	  "built in, on any disk, or nowhere, UEFI variables included.",
	  "built-in", SETTING_CHOICE, AT(store), 0, 0, true },
	{ "attempts", "NUMBER",
	  "Pass over an entry that was started so often without its system saying, by \"baton confirm\", "
	  "that it has come up; 0: never. The starts are counted where settings are kept.",
	  "0", SETTING_NUMBER, AT(attempts), 0, 100, false },
};

void settings_init(struct settings *settings)
{
	*settings = (struct settings){
		.timeout_ms = TIMEOUT_OF_CONFIG,
		.wait_ms = 30 * 1000,
		.watchdog_ms = 90 * 1000,
		.efi_variables = 1,
		.loader = { .timeout_once_ms = TIMEOUT_OF_CONFIG, .timeout_ms = TIMEOUT_OF_CONFIG },
	};
}

const struct setting *settings_find(const char *name)
{
	for (size_t i = 0; i < SETTINGS_COUNT; i++)
		if (strcmp(settings_table[i].name, name) == 0)
			return &settings_table[i];
	return NULL;
}

/* Consoles ------------------------------------------------------------------------------------------- */

static bool is_console(const char *name)
{
	size_t n = strcspn(name, ":");

	return n > 0 && n < 32 && !memchr(name, '/', n) && name[0] != '.';
}

/* A console named twice keeps its first place; a TERM given later counts. */
static bool add_console(struct arena *arena, struct settings *settings, const char *value)
{
	size_t n = strcspn(value, ":");

	if (!is_console(value))
		return false;
	for (size_t i = 0; i < settings->consoles.n; i++) {
		const char **old = &settings->consoles.at[i];

		if (strncmp(*old, value, n) || ((*old)[n] && (*old)[n] != ':'))
			continue;
		if (value[n])
			*old = value;
		return true;
	}
	vec_push(arena, &settings->consoles) = value;
	return true;
}

/*
 * The kernel's own console=NAME[,OPTIONS]; what it says of no tty at all is not for us. "tty" and
 * "tty0" stand for the VT in the foreground.
 */
static void add_kernel_console(struct arena *arena, struct settings *settings, const char *value)
{
	const char *name = arena_copy(arena, value, strcspn(value, ","));

	if (!string_starts(name, "tty") && !string_starts(name, "hvc"))
		return;
	add_console(arena, settings, strcmp(name, "tty0") && strcmp(name, "tty") ? name : "tty1");
}

/* Devices -------------------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	enum device_key key;
} device_keys[] = {
	{ "disk", DEVICE_DISK },	   { "usb", DEVICE_USB },
	{ "optical", DEVICE_OPTICAL },	   { "label=", DEVICE_LABEL },
	{ "uuid=", DEVICE_UUID },	   { "partlabel=", DEVICE_PARTLABEL },
	{ "partuuid=", DEVICE_PARTUUID },  { "path=", DEVICE_PATH },
	{ "name=", DEVICE_NAME },
};

static bool parse_rule(const char *word, struct device_rule *rule)
{
	for (size_t i = 0; i < sizeof device_keys / sizeof *device_keys; i++) {
		const char *name = device_keys[i].name;
		bool takes_value = string_ends(name, "=");

		if (takes_value ? !string_starts(word, name) : strcmp(word, name) != 0)
			continue;
		*rule = (struct device_rule){ device_keys[i].key,
					      takes_value ? word + strlen(name) : NULL };
		return !takes_value || *rule->value;
	}
	*rule = (struct device_rule){ DEVICE_NAME, word };
	return *word && !strpbrk(word, "=/");
}

static bool set_devices(struct arena *arena, struct settings *settings, const char *value)
{
	VEC(struct device_rule) rules = { 0 };

	for (;; value++) {
		size_t n = strcspn(value, ",");
		struct device_rule rule;

		if (!parse_rule(arena_copy(arena, value, n), &rule))
			return false;
		vec_push(arena, &rules) = rule;
		value += n;
		if (!*value)
			break;
	}
	memcpy(&settings->devices, &rules, sizeof rules);
	return true;
}

static void show_rule(struct text *text, const struct device_rule *rule)
{
	for (size_t i = 0; i < sizeof device_keys / sizeof *device_keys; i++)
		if (device_keys[i].key == rule->key && rule->key != DEVICE_NAME)
			text_string(text, device_keys[i].name);
	text_string(text, rule->value ? rule->value : "");
}

/* Values --------------------------------------------------------------------------------------------- */

static bool set_number(const struct setting *row, int64_t *field, const char *value)
{
	char *end;
	long number;

	errno = 0;
	number = strtol(value, &end, 10);
	if (errno || end == value || *end || isspace((unsigned char)*value) || number < row->least ||
	    number > row->most)
		return false;
	*field = number > 0 && row->kind == SETTING_SECONDS ? number * 1000 : number;
	return true;
}

/* The part of "a|b|c" that is number @i; its length in *@n, NULL: there are not so many. */
static const char *choice(const char *choices, int64_t i, size_t *n)
{
	for (; i && *choices; i--) {
		choices += strcspn(choices, "|");
		choices += *choices == '|';
	}
	*n = strcspn(choices, "|");
	return *n ? choices : NULL;
}

/* A switch that is only named is on. */
static bool set_choice(const struct setting *row, int64_t *field, const char *value)
{
	const char *name;
	size_t n;

	if (!*value && string_ends(row->form, "|yes"))
		value = "yes";
	for (int64_t i = 0; (name = choice(row->form, i, &n)); i++)
		if (strlen(value) == n && memcmp(value, name, n) == 0) {
			*field = i;
			return true;
		}
	return false;
}

static bool set_value(struct arena *arena, struct settings *settings, const struct setting *row,
		      const char *value)
{
	void *field = (char *)settings + row->offset;

	switch (row->kind) {
	case SETTING_TEXT:
		*(const char **)field = value;
		return true;
	case SETTING_SECONDS:
	case SETTING_NUMBER:
		return set_number(row, field, value);
	case SETTING_CHOICE:
		return set_choice(row, field, value);
	case SETTING_CONSOLES:
		return add_console(arena, settings, value);
	case SETTING_DEVICES:
		return set_devices(arena, settings, value);
	}
	return false;
}

int settings_set(struct arena *arena, struct settings *settings, enum settings_source source,
		 const char *name, const char *text)
{
	const struct setting *row = settings_find(name);

	if (!row)
		return -ENOENT;
	if (row->kind == SETTING_TEXT && !*text)
		return -EINVAL;
	if (!set_value(arena, settings, row, text))
		return -EINVAL;
	settings->source[row - settings_table] = source;
	return 0;
}

static void show_seconds(struct text *text, int64_t value)
{
	if (value == TIMEOUT_OF_CONFIG)
		return;
	if (value > 0)
		value /= 1000;
	text_print(text, "%lld", (long long)value);
}

void settings_show(struct text *text, const struct settings *settings, const struct setting *row)
{
	const void *field = (const char *)settings + row->offset;
	const char *string;
	size_t n;

	switch (row->kind) {
	case SETTING_TEXT:
		string = *(const char *const *)field;
		text_string(text, string ? string : "");
		return;
	case SETTING_SECONDS:
		show_seconds(text, *(const int64_t *)field);
		return;
	case SETTING_NUMBER:
		text_print(text, "%lld", (long long)*(const int64_t *)field);
		return;
	case SETTING_CHOICE:
		string = choice(row->form, *(const int64_t *)field, &n);
		text_add(text, string, n);
		return;
	case SETTING_CONSOLES:
		for (size_t i = 0; i < settings->consoles.n; i++)
			text_print(text, "%s%s", i ? "," : "", settings->consoles.at[i]);
		return;
	case SETTING_DEVICES:
		for (size_t i = 0; i < settings->devices.n; i++) {
			text_string(text, i ? "," : "");
			show_rule(text, &settings->devices.at[i]);
		}
		return;
	}
}

/* As systemd-boot reads its variables: seconds, or a word. */
int64_t settings_loader_timeout(const char *text, bool once)
{
	unsigned long seconds;
	char *end;

	if (!text)
		return TIMEOUT_OF_CONFIG;
	if (strcmp(text, "menu-disabled") == 0)
		return 0;
	if (strcmp(text, "menu-force") == 0)
		return -1;
	seconds = strtoul(text, &end, 10);
	if (strcmp(text, "menu-hidden") == 0)
		seconds = 0;
	else if (*end || end == text || *text < '0' || *text > '9' || seconds > 86400)
		return TIMEOUT_OF_CONFIG;
	return !seconds && once ? -1 : (int64_t)seconds * 1000;
}

/* Where they are written ------------------------------------------------------------------------------- */

/* The next word, quotes as the kernel treats them: they group, and are dropped around a value. */
static char *next_word(struct arena *arena, const char **cursor)
{
	struct text word = TEXT(arena);
	const char *at = *cursor;
	bool quoted = false;

	while (isspace((unsigned char)*at))
		at++;
	if (!*at)
		return NULL;
	for (; *at && (quoted || !isspace((unsigned char)*at)); at++) {
		if (*at == '"')
			quoted = !quoted;
		else
			text_char(&word, *at);
	}
	*cursor = at;
	return text_end(&word);
}

/* NAME[=VALUE], which it cuts in two. Returns as settings_set(). */
static int set_word(struct arena *arena, struct settings *settings, enum settings_source source,
		    char *word)
{
	char *equals = strchr(word, '=');

	if (equals)
		*equals = '\0';
	return settings_set(arena, settings, source, word, equals ? equals + 1 : "");
}

void settings_parse(struct arena *arena, struct settings *settings, const char *cmdline,
		    settings_complain *complain, void *context)
{
	char *word;

	while ((word = next_word(arena, &cmdline))) {
		const char *whole;
		int error;

		if (string_starts(word, "console="))
			add_kernel_console(arena, settings, word + strlen("console="));
		if (!string_starts(word, "baton."))
			continue;
		whole = arena_string(arena, word);
		word += strlen("baton.");
		error = set_word(arena, settings, SETTINGS_CMDLINE, word);
		if (error == -ENOENT)
			complain(context, arena_print(arena, "baton.%.100s on the kernel command line is "
							     "not a setting of baton: ignored", word));
		else if (error)
			complain(context, arena_print(arena, "%.200s on the kernel command line: expected "
							     "baton.%s=%s: ignored",
						      whole, word, settings_find(word)->form));
	}
}

/* Any other character is none that a person wrote. */
static bool is_text(const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if ((unsigned char)bytes[i] < ' ' && !memchr("\t\n\r", bytes[i], 3))
			return false;
	return true;
}

/* One line of a store, without its newline; what is wrong with it, or NULL. */
static const char *read_line(struct arena *arena, struct settings *settings,
			     enum settings_source source, char *line)
{
	const struct setting *row;

	line += strspn(line, " \t");
	if (!*line || *line == '#')
		return NULL;
	line[strcspn(line, "\r")] = '\0';
	row = settings_find(arena_copy(arena, line, strcspn(line, "=")));
	if (!row)
		return "is not a setting of baton";
	if (row->firm && source == SETTINGS_STORE)
		return "is for the board and the command line only";
	if (set_word(arena, settings, source, line))
		return arena_print(arena, "is to be %s=%s", row->name, row->form);
	return NULL;
}

/* Who may write to a disk is not always who may open the machine. */
static const char *read_line_of(struct arena *arena, struct settings *settings,
				enum settings_source source, char *line)
{
	struct settings before = *settings;
	const char *wrong = read_line(arena, settings, source, line);

	if (source != SETTINGS_STORE || settings->lock >= before.lock)
		return wrong;
	*settings = before;
	return "would loosen the lock that this machine came with";
}

void settings_read(struct arena *arena, struct settings *settings, enum settings_source source,
		   const char *bytes, size_t size, const char *where, settings_complain *complain,
		   void *context)
{
	const char *at = bytes, *end = bytes + size;

	if (size > SETTINGS_STORE_MOST || !is_text(bytes, size)) {
		complain(context, arena_print(arena, "%s: is damaged or no text: all of it is ignored",
					      where));
		return;
	}
	for (unsigned number = 1; at < end; number++) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t n = (size_t)((newline ? newline : end) - at);
		char *line = arena_copy(arena, at, n);
		const char *wrong = read_line_of(arena, settings, source, line);

		if (wrong)
			complain(context, arena_print(arena, "%s:%u: \"%.100s\" %s: ignored", where,
						      number, arena_copy(arena, at, n), wrong));
		at += n + 1;
	}
}

/* The setting that a line of a store is of, or NULL. */
static const struct setting *row_of_line(struct arena *arena, const char *line, size_t n)
{
	size_t blanks = 0, name;

	while (blanks < n && (line[blanks] == ' ' || line[blanks] == '\t'))
		blanks++;
	for (name = blanks; name < n && line[name] != '='; name++)
		;
	return settings_find(arena_copy(arena, line + blanks, name - blanks));
}

/* What is wrong with a value that is to be stored; NULL: nothing. */
static const char *check_value(struct arena *arena, const struct setting *row, const char *value)
{
	struct settings settings;

	if (!row)
		return "there is no such setting";
	if (!value)
		return NULL;
	if (row->firm)
		return "it is for the board and the command line only";
	settings_init(&settings);
	if (strpbrk(value, "\r\n") ||
	    settings_set(arena, &settings, SETTINGS_STORE, row->name, value))
		return arena_print(arena, "it is to be %s=%s", row->name, row->form);
	return NULL;
}

const char *settings_edit(struct arena *arena, const char *bytes, size_t size, const char *name,
			  const char *value, struct text *edited)
{
	const struct setting *row = name ? settings_find(name) : NULL;
	const char *at = bytes, *end = bytes + size;
	const char *wrong = name ? check_value(arena, row, value) : NULL;

	if (wrong)
		return wrong;
	while (name && at < end && is_text(bytes, size)) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t n = (size_t)((newline ? newline : end) - at);

		if (row_of_line(arena, at, n) != row) {
			text_add(edited, at, n);
			text_char(edited, '\n');
		}
		at += n + 1;
	}
	if (value)
		text_print(edited, "%s=%s\n", name, value);
	return edited->n > SETTINGS_STORE_MOST ? "the store has no room for it" : NULL;
}
