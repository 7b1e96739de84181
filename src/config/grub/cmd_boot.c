/* Commands that load something, or leave GRUB: what they name goes into the entry. */
#include <string.h>

#include "config/grub/interp.h"
#include "config/uki.h"

/* A loader replaces whatever was loaded before it. */
static struct entry *begin(struct interp *in, enum entry_kind kind)
{
	struct entry *entry = in->attempt->entry;

	entry->kind = kind;
	entry->version = 0;
	entry->kernel = (struct file_ref){ 0 };
	entry->initrds.n = 0;
	entry->cmdline = "";
	entry->boot_image = NULL;
	entry->reason = NULL;
	in->attempt->loaded = false;
	return entry;
}

/* A word of a kernel's command line: GRUB puts it in quotes if it has a blank in it. */
static void add_word(struct interp *in, struct text *text, const char *word)
{
	bool quotes = strchr(word, ' ');

	if (quotes)
		text_char(text, '"');
	for (; *word; word++) {
		if (in->redhat && is_hex_escape(word)) {
			text_add(text, word, 4);
			word += 3;
			continue;
		}
		if (*word == '\\' || *word == '\'' || *word == '"')
			text_char(text, '\\');
		text_char(text, *word);
	}
	if (quotes)
		text_char(text, '"');
}

static const char *join_words(struct interp *in, char **words, size_t n)
{
	struct text text = TEXT(in->arena);

	for (size_t i = 0; i < n; i++) {
		if (i)
			text_char(&text, ' ');
		add_word(in, &text, words[i]);
	}
	return text_end(&text);
}

/* What an EFI program is told: GRUB quotes nothing in it (its loader/efi/chainloader.c). */
static const char *join_plain(struct interp *in, char **words, size_t n)
{
	struct text text = TEXT(in->arena);

	for (size_t i = 0; i < n; i++)
		text_print(&text, "%s%s", i ? " " : "", words[i]);
	return text_end(&text);
}

static int need_file(struct interp *in, struct call *call)
{
	complain(in, "%s: which file?", call->name);
	return BAD_ARGUMENT;
}

/* Would GRUB find the file? A script may ask by "if linux …"; the entry is checked again later. */
static int check(struct interp *in, const char *written)
{
	struct place place = path_find(in, written, false);
	struct file_info info;

	if (in->reading->options->any_file || place.loop || place_stat(&place, &info))
		return OK;
	return FILE_NOT_FOUND;
}

int cmd_linux(struct interp *in, struct call *call)
{
	struct entry *entry;
	int status;

	if (!call->n)
		return need_file(in, call);
	status = check(in, call->args[0]);
	if (status != OK && in->attempt->loaded)
		return status;
	entry = begin(in, ENTRY_LINUX);
	entry->kernel = place_ref(in, call->args[0], &entry->reason);
	entry->cmdline = join_words(in, call->args + 1, call->n - 1);
	/* GRUB puts it in front of the words of the command (its loader/i386/linux.c) */
	entry->boot_image = arena_print(in->arena, "BOOT_IMAGE=%s", join_words(in, call->args, 1));
	in->attempt->loaded = status == OK;
	return status;
}

/* "newc:NAME:FILE": the file, to appear as NAME in the initramfs */
static struct file_ref initrd_ref(struct interp *in, const char *written, const char **reason)
{
	struct file_ref ref;
	const char *name = NULL;

	if (string_starts(written, "newc:")) {
		const char *colon = strchr(written + 5, ':');

		if (colon) {
			name = arena_copy(in->arena, written + 5, (size_t)(colon - written) - 5);
			while (*name == '/')
				name++;
			written = colon + 1;
		}
	}
	ref = place_ref(in, written, reason);
	ref.name = name;
	return ref;
}

int cmd_initrd(struct interp *in, struct call *call)
{
	struct entry *entry = in->attempt->entry;
	int status = OK;

	if (!call->n)
		return need_file(in, call);
	if (entry->kind != ENTRY_LINUX || !entry->kernel.path) {
		if (in->dry)
			complain(in, "%s: load the kernel first", call->name);
		return BAD_ARGUMENT;
	}
	entry->initrds.n = 0;
	for (size_t i = 0; i < call->n; i++) {
		struct file_ref ref = initrd_ref(in, call->args[i], &entry->reason);

		vec_push(in->arena, &entry->initrds) = ref;
		if (status == OK && !ref.name)
			status = check(in, call->args[i]);
	}
	return status;
}

int cmd_devicetree(struct interp *in, struct call *call)
{
	struct entry *entry = in->attempt->entry;

	if (!call->n) {
		entry->devicetree = (struct file_ref){ 0 };
		return OK;
	}
	entry->devicetree = place_ref(in, call->args[0], &entry->reason);
	return check(in, call->args[0]);
}

static size_t skip_options(const struct call *call)
{
	size_t i = 0;

	while (i < call->n && string_starts(call->args[i], "--"))
		i++;
	return i;
}

int cmd_multiboot(struct interp *in, struct call *call)
{
	size_t i = skip_options(call);
	struct entry *entry;
	int status;

	if (i == call->n)
		return need_file(in, call);
	status = check(in, call->args[i]);
	entry = begin(in, ENTRY_MULTIBOOT);
	entry->version = strcmp(call->name, "multiboot") == 0 ? 1 : 2;
	entry->kernel = place_ref(in, call->args[i], &entry->reason);
	entry->cmdline = join_words(in, call->args + i + 1, call->n - i - 1);
	in->attempt->loaded = status == OK;
	return status;
}

int cmd_module(struct interp *in, struct call *call)
{
	struct entry *entry = in->attempt->entry;
	size_t i = skip_options(call);
	struct file_ref ref;

	if (i == call->n)
		return need_file(in, call);
	if (entry->kind != ENTRY_MULTIBOOT || !entry->kernel.path) {
		if (in->dry)
			complain(in, "%s: load the kernel first", call->name);
		return BAD_ARGUMENT;
	}
	ref = place_ref(in, call->args[i], &entry->reason);
	ref.args = join_words(in, call->args + i + 1, call->n - i - 1);
	vec_push(in->arena, &entry->initrds) = ref;
	return check(in, call->args[i]);
}

int cmd_chainloader(struct interp *in, struct call *call)
{
	size_t i = skip_options(call);
	struct entry *entry;
	struct place place;

	if (i == call->n)
		return need_file(in, call);
	entry = begin(in, ENTRY_EFI);
	in->attempt->loaded = true;
	place = path_find(in, call->args[i], false);
	if (place.path[0] == '/') {
		const char *reason = "";

		entry->kernel = place_ref(in, call->args[i], &reason);
		entry->cmdline = join_plain(in, call->args + i + 1, call->n - i - 1);
		if (place.volume && uki_take(in->reading, entry))
			return OK;
	}
	entry->reason = arena_print(in->arena,
				    "%s %s: an EFI program or boot sector needs the firmware's "
				    "services, which are gone by now",
				    call->name, call->args[i]);
	return OK;
}

/* kopenbsd, ntldr, …: other systems' kernels and loaders */
int cmd_other_system(struct interp *in, struct call *call)
{
	struct entry *entry;

	if (!call->n)
		return need_file(in, call);
	entry = begin(in, ENTRY_NONE);
	entry->reason =
		arena_print(in->arena, "%s %s: only Linux and multiboot kernels can be started",
			    call->name, call->args[0]);
	in->attempt->loaded = true;
	return OK;
}

int cmd_boot(struct interp *in, struct call *call)
{
	(void)call;
	if (!in->attempt->loaded) {
		if (!in->attempt->entry->kernel.path)
			complain(in, "boot: nothing is loaded");
		return NO_KERNEL;
	}
	in->attempt->decided = true;
	in->stop = true;
	return OK;
}

int cmd_leave(struct interp *in, struct call *call)
{
	static const struct {
		const char *name;
		enum entry_kind kind;
		const char *reason;
	} ways[] = {
		{ "reboot", ENTRY_REBOOT, "reboots the machine" },
		{ "halt", ENTRY_POWEROFF, "switches the machine off" },
		{ "poweroff", ENTRY_POWEROFF, "switches the machine off" },
		{ "fwsetup", ENTRY_FIRMWARE, "enters the firmware's setup" },
		{ "exit", ENTRY_NONE, "exit: goes back to the firmware, which has nothing else" },
		{ "normal_exit", ENTRY_NONE, "normal_exit: goes to GRUB's own prompt" },
	};

	/* "if fwsetup --is-supported": a question, not an order */
	if (call->n && strcmp(call->args[0], "--is-supported") == 0)
		return OK;
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
		if (strcmp(ways[i].name, call->name) == 0) {
			struct entry *entry = begin(in, ways[i].kind);

			entry->reason = ways[i].reason;
		}
	in->attempt->decided = true;
	in->stop = true;
	return OK;
}
