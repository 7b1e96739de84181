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

/* No key is held down. Without options it asks whether keys can be asked for. */
static int cmd_keystatus(struct interp *in, struct call *call)
{
	(void)in;
	return call->n ? TEST_FAILED : OK;
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

/* Sorted by name. What only draws, plays or prints succeeds and does nothing. */
static const struct command commands[] = {
	{ ".", cmd_source },
	{ "[", cmd_test },
	{ "acpi", cmd_true },
	{ "appleloader", cmd_chainloader },
	{ "authenticate", cmd_true },
	{ "background_color", cmd_true },
	{ "background_image", cmd_true },
	{ "badram", cmd_true },
	{ "blocklist", cmd_true },
	{ "bls_import", cmd_blscfg },
	{ "blscfg", cmd_blscfg },
	{ "blsuki", cmd_uki },
	{ "boot", cmd_boot },
	{ "break", cmd_break },
	{ "cat", cmd_cat },
	{ "chainloader", cmd_chainloader },
	{ "clear", cmd_true },
	{ "cmosclean", cmd_true },
	{ "cmosdump", cmd_true },
	{ "cmosset", cmd_true },
	{ "cmostest", cmd_unanswered },
	{ "cmp", cmd_cmp },
	{ "configfile", cmd_configfile },
	{ "continue", cmd_break },
	{ "cpuid", cmd_cpuid },
	{ "crc", cmd_hashsum },
	{ "cryptomount", cmd_true },
	{ "cutmem", cmd_true },
	{ "date", cmd_true },
	{ "decrement", cmd_increment },
	{ "devicetree", cmd_devicetree },
	{ "distrust", cmd_true },
	{ "drivemap", cmd_true },
	{ "echo", cmd_true },
	{ "efi-watchdog", cmd_true },
	{ "efiemu_loadcore", cmd_true },
	{ "efiemu_prepare", cmd_true },
	{ "efiemu_unload", cmd_true },
	{ "eval", cmd_eval },
	{ "exit", cmd_leave },
	{ "export", cmd_export },
	{ "extract_entries_configfile", cmd_extract },
	{ "extract_entries_source", cmd_extract },
	{ "extract_legacy_entries_configfile", cmd_extract },
	{ "extract_legacy_entries_source", cmd_extract },
	{ "extract_syslinux_entries_configfile", cmd_extract },
	{ "extract_syslinux_entries_source", cmd_extract },
	{ "fakebios", cmd_true },
	{ "false", cmd_false },
	{ "fdtdump", cmd_unanswered },
	{ "file", cmd_file },
	{ "fix_video", cmd_true },
	{ "freedos", cmd_other_system },
	{ "fwsetup", cmd_leave },
	{ "gettext", cmd_true },
	{ "gptprio.next", cmd_gptprio_next },
	{ "gptsync", cmd_true },
	{ "halt", cmd_leave },
	{ "hashsum", cmd_hashsum },
	{ "hdparm", cmd_true },
	{ "hello", cmd_true },
	{ "help", cmd_true },
	{ "hexdump", cmd_true },
	{ "hexdump_random", cmd_true },
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
	{ "keymap", cmd_true },
	{ "keystatus", cmd_keystatus },
	{ "kfreebsd", cmd_other_system },
	{ "kfreebsd_loadenv", cmd_true },
	{ "kfreebsd_module", cmd_true },
	{ "kfreebsd_module_elf", cmd_true },
	{ "knetbsd", cmd_other_system },
	{ "knetbsd_module", cmd_true },
	{ "knetbsd_module_elf", cmd_true },
	{ "kopenbsd", cmd_other_system },
	{ "kopenbsd_ramdisk", cmd_true },
	{ "legacy_check_password", cmd_true },
	{ "legacy_configfile", cmd_configfile },
	{ "legacy_initrd", cmd_initrd },
	{ "legacy_initrd_nounzip", cmd_initrd },
	{ "legacy_kernel", cmd_linux },
	{ "legacy_password", cmd_true },
	{ "legacy_source", cmd_source },
	{ "linux", cmd_linux },
	{ "linux16", cmd_linux },
	{ "linuxefi", cmd_linux },
	{ "list_env", cmd_list_env },
	{ "list_trusted", cmd_true },
	{ "load_env", cmd_load_env },
	{ "loadbios", cmd_true },
	{ "loadfont", cmd_true },
	{ "loopback", cmd_loopback },
	{ "ls", cmd_look },
	{ "lsacpi", cmd_true },
	{ "lsapm", cmd_true },
	{ "lsefi", cmd_true },
	{ "lsefimmap", cmd_true },
	{ "lsefisystab", cmd_true },
	{ "lsfonts", cmd_true },
	{ "lsmmap", cmd_true },
	{ "lsmod", cmd_true },
	{ "lspci", cmd_true },
	{ "lssal", cmd_true },
	{ "macppcbless", cmd_true },
	{ "mactelbless", cmd_true },
	{ "md5sum", cmd_hashsum },
	{ "menuentry", cmd_menuentry },
	{ "mmregs", cmd_true },
	{ "module", cmd_module },
	{ "module2", cmd_module },
	{ "multiboot", cmd_multiboot },
	{ "multiboot2", cmd_multiboot },
	{ "nativedisk", cmd_true },
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
	{ "net_ls_addr", cmd_true },
	{ "net_ls_cards", cmd_true },
	{ "net_ls_dns", cmd_true },
	{ "net_ls_routes", cmd_true },
	{ "net_nslookup", cmd_unanswered },
	{ "normal", cmd_normal },
	{ "normal_exit", cmd_leave },
	{ "ntldr", cmd_other_system },
	{ "outb", cmd_true },
	{ "outl", cmd_true },
	{ "outw", cmd_true },
	{ "parttool", cmd_true },
	{ "password", cmd_password },
	{ "password_pbkdf2", cmd_password },
	{ "pcidump", cmd_true },
	{ "plan9", cmd_other_system },
	{ "play", cmd_true },
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
	{ "sendkey", cmd_true },
	{ "serial", cmd_true },
	{ "set", cmd_set },
	{ "setparams", cmd_setparams },
	{ "setpci", cmd_true },
	{ "sha1sum", cmd_hashsum },
	{ "sha256sum", cmd_hashsum },
	{ "sha512sum", cmd_hashsum },
	{ "shift", cmd_shift },
	{ "shim_lock", cmd_true },
	{ "sleep", cmd_true },
	{ "smbios", cmd_smbios },
	{ "source", cmd_source },
	{ "submenu", cmd_menuentry },
	{ "suspend", cmd_true },
	{ "syslinux_configfile", cmd_configfile },
	{ "syslinux_source", cmd_source },
	{ "terminal_input", cmd_true },
	{ "terminal_output", cmd_true },
	{ "terminfo", cmd_true },
	{ "test", cmd_test },
	{ "testload", cmd_true },
	{ "testspeed", cmd_true },
	{ "time", cmd_time },
	{ "tpm", cmd_true },
	{ "tr", cmd_tr },
	{ "true", cmd_true },
	{ "truecrypt", cmd_other_system },
	{ "trust", cmd_true },
	{ "uki", cmd_uki },
	{ "unset", cmd_unset },
	{ "usb", cmd_true },
	{ "vbeinfo", cmd_true },
	{ "vbetest", cmd_true },
	{ "verify_detached", cmd_true },
	{ "version", cmd_true },
	{ "videoinfo", cmd_true },
	{ "videotest", cmd_true },
	{ "write_byte", cmd_true },
	{ "write_dword", cmd_true },
	{ "write_word", cmd_true },
	{ "wrmsr", cmd_true },
	{ "xen_hypervisor", cmd_multiboot },
	{ "xen_initrd", cmd_module },
	{ "xen_linux", cmd_module },
	{ "xen_module", cmd_module },
	{ "xen_xsm", cmd_module },
	{ "xnu_devprop_load", cmd_true },
	{ "xnu_kernel", cmd_other_system },
	{ "xnu_kernel64", cmd_other_system },
	{ "xnu_kext", cmd_true },
	{ "xnu_kextdir", cmd_true },
	{ "xnu_mkext", cmd_true },
	{ "xnu_ramdisk", cmd_true },
	{ "xnu_resume", cmd_other_system },
	{ "xnu_splash", cmd_true },
	{ "xnu_uuid", cmd_true },
	{ "zfs-bootfs", cmd_unanswered },
	{ "zfsinfo", cmd_true },
	{ "zfskey", cmd_true },
};

static int by_name(const void *name, const void *command)
{
	return strcmp(name, ((const struct command *)command)->name);
}

const struct command *command_find(const char *name)
{
	return bsearch(name, commands, sizeof commands / sizeof *commands, sizeof *commands,
		       by_name);
}
