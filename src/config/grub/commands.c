/* The table of GRUB's commands, and the small ones. */
#include <stdlib.h>
#include <string.h>

#include "config/grub/interp.h"

static int cmd_true(struct interp *in, struct call *call)
{
	(void)in;
	(void)call;
	return OK;
}

static int cmd_false(struct interp *in, struct call *call)
{
	(void)in;
	(void)call;
	return TEST_FAILED;
}

static int cmd_set(struct interp *in, struct call *call)
{
	char *equals;

	if (!call->n)
		return OK; /* prints all variables */
	equals = strchr(call->args[0], '=');
	if (!equals) {
		complain(in, "set: \"%.40s\" is no assignment", call->args[0]);
		return BAD_ARGUMENT;
	}
	*equals = '\0';
	env_set(in, call->args[0], equals + 1);
	return OK;
}

static int cmd_unset(struct interp *in, struct call *call)
{
	if (!call->n)
		return BAD_ARGUMENT;
	env_unset(in, call->args[0]);
	return OK;
}

static int cmd_export(struct interp *in, struct call *call)
{
	if (!call->n)
		return BAD_ARGUMENT;
	for (size_t i = 0; i < call->n; i++)
		env_export(in, call->args[i]);
	return OK;
}

/* The one number that an argument may be; @fallback without one. */
static bool one_number(struct call *call, unsigned long fallback, unsigned long *value)
{
	const char *end;

	*value = fallback;
	if (!call->n)
		return true;
	return call->n == 1 && number_parse(call->args[0], 10, value, &end) && !*end;
}

static int cmd_break(struct interp *in, struct call *call)
{
	unsigned long count;

	if (!one_number(call, 1, &count) || !count) {
		complain(in, "%s: it takes the number of loops", call->name);
		return BAD_ARGUMENT;
	}
	in->is_continue = call->name[0] == 'c';
	in->breaks = count < in->loops ? count : in->loops;
	return OK;
}

static int cmd_return(struct interp *in, struct call *call)
{
	unsigned long status;

	if (!in->scope || !one_number(call, in->status > 0 ? (unsigned long)in->status : 0, &status)) {
		complain(in, "return: not in a function, or no number");
		return BAD_ARGUMENT;
	}
	in->returned = true;
	return (int)status;
}

static int cmd_shift(struct interp *in, struct call *call)
{
	unsigned long count;

	if (!in->scope)
		return OK;
	if (!one_number(call, 1, &count) || count > in->scope->n)
		return BAD_ARGUMENT;
	in->scope->args += count;
	in->scope->n -= count;
	return OK;
}

static int cmd_setparams(struct interp *in, struct call *call)
{
	char **args;

	if (!in->scope)
		return INVALID_COMMAND;
	args = arena_array(in->life, call->n + 1, sizeof *args);
	for (size_t i = 0; i < call->n; i++)
		args[i] = arena_string(in->life, call->args[i]);
	in->scope->args = args;
	in->scope->n = call->n;
	return OK;
}

static int cmd_eval(struct interp *in, struct call *call)
{
	struct text text = TEXT(in->life); /* entries that it makes point into it */
	struct source source;

	for (size_t i = 0; i < call->n; i++) {
		if (i)
			text_char(&text, ' ');
		text_string(&text, call->args[i]);
	}
	source = script_string(text_end(&text), in->origin, in->node ? in->node->line : 0,
			       in->node ? in->node->column : 0);
	return exec_source(in, &source, true);
}

/* Nobody is there to type anything: as if Enter was pressed. */
static int cmd_read(struct interp *in, struct call *call)
{
	if (call->n)
		env_set(in, call->args[call->n - 1], "");
	return OK;
}

static int cmd_cpuid(struct interp *in, struct call *call)
{
	const char *arch = in->reading->options->arch;
	bool is_64 = arch && strcmp(arch, "x86_64") == 0;

	if (call->n && (strcmp(call->args[0], "-p") == 0 || strcmp(call->args[0], "--pae") == 0))
		return is_64 || (arch && strcmp(arch, "i686") == 0) ? OK : TEST_FAILED;
	return is_64 ? OK : TEST_FAILED;
}

/* Red Hat's and SUSE's modules: a number in a variable, up or down by one */
static int cmd_increment(struct interp *in, struct call *call)
{
	const char *value = call->n == 1 ? env_get(in, call->args[0]) : NULL;
	unsigned long number;

	if (!value || !number_parse(value, 10, &number, NULL))
		return BAD_ARGUMENT;
	if (call->name[0] == 'i')
		number++;
	else if (number)
		number--;
	env_set(in, call->args[0], arena_print(scratch(in), "%lu", number));
	return OK;
}

/* Commands whose answer comes from hardware that is not asked here. */
static int cmd_unanswered(struct interp *in, struct call *call)
{
	(void)in;
	(void)call;
	return NOT_SUPPORTED;
}

/* Sorted by name. */
static const struct command commands[] = {
	{ ".", cmd_source },
	{ "[", cmd_test },
	{ "appleloader", cmd_chainloader },
	{ "background_image", cmd_true },
	{ "bls_import", cmd_blscfg },
	{ "blscfg", cmd_blscfg },
	{ "blsuki", cmd_uki },
	{ "boot", cmd_boot },
	{ "break", cmd_break },
	{ "cat", cmd_cat },
	{ "chainloader", cmd_chainloader },
	{ "clear", cmd_true },
	{ "cmostest", cmd_unanswered },
	{ "cmp", cmd_cmp },
	{ "configfile", cmd_configfile },
	{ "continue", cmd_break },
	{ "cpuid", cmd_cpuid },
	{ "crc", cmd_hashsum },
	{ "cryptomount", cmd_true },
	{ "decrement", cmd_increment },
	{ "devicetree", cmd_devicetree },
	{ "echo", cmd_true },
	{ "eval", cmd_eval },
	{ "exit", cmd_leave },
	{ "export", cmd_export },
	{ "extract_entries_configfile", cmd_extract },
	{ "extract_entries_source", cmd_extract },
	{ "extract_legacy_entries_configfile", cmd_extract },
	{ "extract_legacy_entries_source", cmd_extract },
	{ "extract_syslinux_entries_configfile", cmd_extract },
	{ "extract_syslinux_entries_source", cmd_extract },
	{ "false", cmd_false },
	{ "fdtdump", cmd_unanswered },
	{ "file", cmd_file },
	{ "freedos", cmd_other_system },
	{ "fwsetup", cmd_leave },
	{ "gptprio.next", cmd_gptprio_next },
	{ "halt", cmd_leave },
	{ "hashsum", cmd_hashsum },
	{ "hiddenentry", cmd_menuentry },
	{ "hwmatch", cmd_hwmatch },
	{ "inb", cmd_unanswered },
	{ "increment", cmd_increment },
	{ "initrd", cmd_initrd },
	{ "initrd16", cmd_initrd },
	{ "initrdefi", cmd_initrd },
	{ "inl", cmd_unanswered },
	{ "insmod", cmd_true },
	{ "inw", cmd_unanswered },
	{ "keystatus", cmd_false }, /* as on a serial line, nothing is known of keys that are held down */
	{ "kfreebsd", cmd_other_system },
	{ "knetbsd", cmd_other_system },
	{ "kopenbsd", cmd_other_system },
	{ "legacy_configfile", cmd_configfile },
	{ "legacy_initrd", cmd_initrd },
	{ "legacy_initrd_nounzip", cmd_initrd },
	{ "legacy_kernel", cmd_linux },
	{ "legacy_source", cmd_source },
	{ "linux", cmd_linux },
	{ "linux16", cmd_linux },
	{ "linuxefi", cmd_linux },
	{ "list_env", cmd_list_env },
	{ "load_env", cmd_load_env },
	{ "loadfont", cmd_true },
	{ "loopback", cmd_loopback },
	{ "ls", cmd_look },
	{ "md5sum", cmd_hashsum },
	{ "menuentry", cmd_menuentry },
	{ "module", cmd_module },
	{ "module2", cmd_module },
	{ "multiboot", cmd_multiboot },
	{ "multiboot2", cmd_multiboot },
	{ "net_add_addr", cmd_unanswered },
	{ "net_add_dns", cmd_unanswered },
	{ "net_add_route", cmd_unanswered },
	{ "net_bootp", cmd_unanswered },
	{ "net_bootp6", cmd_unanswered },
	{ "net_del_addr", cmd_unanswered },
	{ "net_del_dns", cmd_unanswered },
	{ "net_del_route", cmd_unanswered },
	{ "net_dhcp", cmd_unanswered },
	{ "net_get_dhcp_option", cmd_unanswered },
	{ "net_ipv6_autoconf", cmd_unanswered },
	{ "net_nslookup", cmd_unanswered },
	{ "normal", cmd_normal },
	{ "normal_exit", cmd_leave },
	{ "ntldr", cmd_other_system },
	{ "password", cmd_password },
	{ "password_pbkdf2", cmd_password },
	{ "plan9", cmd_other_system },
	{ "poweroff", cmd_leave },
	{ "probe", cmd_probe },
	{ "pxechainloader", cmd_other_system },
	{ "rdmsr", cmd_unanswered },
	{ "read", cmd_read },
	{ "read_byte", cmd_unanswered },
	{ "read_dword", cmd_unanswered },
	{ "read_word", cmd_unanswered },
	{ "reboot", cmd_leave },
	{ "regexp", cmd_regexp },
	{ "return", cmd_return },
	{ "rmmod", cmd_true },
	{ "save_env", cmd_save_env },
	{ "search", cmd_search },
	{ "search.file", cmd_search_by },
	{ "search.fs_label", cmd_search_by },
	{ "search.fs_uuid", cmd_search_by },
	{ "search.part_label", cmd_search_by },
	{ "search.part_uuid", cmd_search_by },
	{ "serial", cmd_true },
	{ "set", cmd_set },
	{ "setparams", cmd_setparams },
	{ "sha1sum", cmd_hashsum },
	{ "sha256sum", cmd_hashsum },
	{ "sha512sum", cmd_hashsum },
	{ "shift", cmd_shift },
	{ "sleep", cmd_sleep },
	{ "smbios", cmd_smbios },
	{ "source", cmd_source },
	{ "submenu", cmd_menuentry },
	{ "syslinux_configfile", cmd_configfile },
	{ "syslinux_source", cmd_source },
	{ "terminal_input", cmd_true },
	{ "terminal_output", cmd_true },
	{ "terminfo", cmd_true },
	{ "test", cmd_test },
	{ "time", cmd_time },
	{ "tr", cmd_tr },
	{ "true", cmd_true },
	{ "truecrypt", cmd_other_system },
	{ "uki", cmd_uki },
	{ "unset", cmd_unset },
	{ "xen_hypervisor", cmd_multiboot },
	{ "xen_initrd", cmd_module },
	{ "xen_linux", cmd_module },
	{ "xen_module", cmd_module },
	{ "xen_xsm", cmd_module },
	{ "xnu_kernel", cmd_other_system },
	{ "xnu_kernel64", cmd_other_system },
	{ "xnu_resume", cmd_other_system },
	{ "zfs-bootfs", cmd_unanswered },
};

/*
 * What only draws, plays, prints or is about the machine of GRUB itself succeeds and does nothing,
 * too: here is what few configurations have. Names, one after the other, and an empty one.
 */
static const char idle_names[] =
	"acpi\0authenticate\0background_color\0badram\0blocklist\0cmosclean\0cmosdump\0cmosset\0"
	"cutmem\0date\0distrust\0drivemap\0efi-watchdog\0efiemu_loadcore\0efiemu_prepare\0"
	"efiemu_unload\0fakebios\0fix_video\0gettext\0gptsync\0hdparm\0hello\0help\0hexdump\0"
	"hexdump_random\0keymap\0kfreebsd_loadenv\0kfreebsd_module\0kfreebsd_module_elf\0"
	"knetbsd_module\0knetbsd_module_elf\0kopenbsd_ramdisk\0legacy_check_password\0"
	"legacy_password\0list_trusted\0loadbios\0lsacpi\0lsapm\0lsefi\0lsefimmap\0lsefisystab\0"
	"lsfonts\0lsmmap\0lsmod\0lspci\0lssal\0macppcbless\0mactelbless\0mmregs\0nativedisk\0"
	"net_ls_addr\0net_ls_cards\0net_ls_dns\0net_ls_routes\0outb\0outl\0outw\0parttool\0"
	"pcidump\0play\0sendkey\0setpci\0shim_lock\0suspend\0testload\0testspeed\0tpm\0trust\0"
	"usb\0vbeinfo\0vbetest\0verify_detached\0version\0videoinfo\0videotest\0write_byte\0"
	"write_dword\0write_word\0wrmsr\0xnu_devprop_load\0xnu_kext\0xnu_kextdir\0xnu_mkext\0"
	"xnu_ramdisk\0xnu_splash\0xnu_uuid\0zfsinfo\0zfskey\0";

static int by_name(const void *name, const void *command)
{
	return strcmp(name, ((const struct command *)command)->name);
}

const struct command *command_find(const char *name)
{
	static const struct command idle = { "true", cmd_true };
	const struct command *found = bsearch(
		name, commands, sizeof commands / sizeof *commands, sizeof *commands, by_name);

	for (const char *at = idle_names; !found && *at; at += strlen(at) + 1)
		if (strcmp(at, name) == 0)
			found = &idle;
	return found;
}
