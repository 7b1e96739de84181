#include "cli/doctor.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/json.h"
#include "kexec/bootparams.h"
#include "kexec/kexec.h"

enum verdict { OK, WARNING, MISSING };

static const char *const verdicts[] = { "ok", "warning", "missing" };

struct finding {
	enum verdict verdict;
	const char *text;
	const char *remedy; /* what to do about it, or NULL */
};

#define ROOT_SEES "run it as root to see this"

static struct finding check_user(const struct doctor *d)
{
	if (d->facts.privileged)
		return (struct finding){ OK, "may load a kernel (CAP_SYS_BOOT, CAP_SYS_ADMIN)",
					 NULL };
	return (struct finding){ WARNING, "may not load a kernel, and not see all that matters",
				 "run it as root" };
}

static struct finding check_load(const struct doctor *d)
{
	if (d->facts.load == ENOSYS)
		return (struct finding){ d->facts.file_load == ENOSYS ? MISSING : WARNING,
					 "not in the running kernel",
					 "build it with CONFIG_KEXEC=y" };
	if (d->facts.load == 0)
		return (struct finding){ OK, "works", NULL };
	if (!d->facts.privileged)
		return (struct finding){ OK, "is in the running kernel", NULL };
	return (struct finding){ d->facts.file_load ? MISSING : WARNING, strerror(d->facts.load),
				 d->facts.file_load ? "see the lines below for what forbids it"
						    : "none: kexec_file_load is used instead" };
}

static struct finding check_file_load(const struct doctor *d)
{
	if (d->facts.file_load == 0)
		return (struct finding){ OK, "works", NULL };
	if (d->facts.file_load == ENOSYS && d->facts.load == ENOSYS)
		return (struct finding){ MISSING, "not in the running kernel", NULL };
	if (d->facts.file_load == ENOSYS)
		return (struct finding){ OK,
					 "not in the running kernel, and needed only where "
					 "kexec_load is forbidden",
					 NULL };
	if (!d->facts.privileged)
		return (struct finding){ OK, "is in the running kernel", NULL };
	return (struct finding){ d->facts.load ? MISSING : WARNING, strerror(d->facts.file_load),
				 NULL };
}

static struct finding check_switch(const struct doctor *d)
{
	uint64_t off;

	if (!machine_number(d->arena, d->root, "/proc/sys/kernel/kexec_load_disabled", &off) ||
	    !off)
		return (struct finding){ OK, "kernel.kexec_load_disabled is 0", NULL };
	return (struct finding){ MISSING, "kernel.kexec_load_disabled is 1, until the next restart",
				 "find what sets it at startup (/etc/sysctl.d)" };
}

static struct finding check_limit(const struct doctor *d)
{
	uint64_t limit;

	if (!machine_number(d->arena, d->root, "/proc/sys/kernel/kexec_load_limit_reboot",
			    &limit) ||
	    limit == UINT64_MAX)
		return (struct finding){ OK, "no limit to the number of loads", NULL };
	return (struct finding){ limit ? WARNING : MISSING,
				 arena_print(d->arena, "%" PRIu64 " more loads are allowed", limit),
				 "kernel.kexec_load_limit_reboot can only be lowered: restart" };
}

static struct finding check_lockdown(const struct doctor *d)
{
	const char *lockdown = d->facts.lockdown;

	if (!lockdown)
		return (struct finding){ OK, "not configured, or securityfs is not mounted", NULL };
	if (strcmp(lockdown, "none") == 0)
		return (struct finding){ OK, "none", NULL };
	return (struct finding){ WARNING,
				 arena_print(d->arena,
					     "%s: only kernels that are signed by a key "
					     "the running one trusts",
					     lockdown),
				 "sign the kernels, or start without lockdown= and Secure Boot" };
}

static struct finding check_secure_boot(const struct doctor *d)
{
	static const char *const states[] = { "not a matter here", "state not known", "disabled",
					      "enabled" };
	uint8_t state;

	if (!d->machine.params)
		return (struct finding){ WARNING, "not known", NULL };
	state = d->machine.params[SECURE_BOOT];
	return (struct finding){ OK, states[state < 4 ? state : 1], NULL };
}

static struct finding check_params(const struct doctor *d)
{
	if (d->machine.params)
		return (struct finding){ OK,
					 arena_print(d->arena,
						     "readable; %zu nodes of setup_data to hand on",
						     d->machine.setup_data.n),
					 NULL };
	return (struct finding){ MISSING, d->why, "mount sysfs on /sys" };
}

static uint64_t bytes_of(const struct ranges *ranges, bool ram)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < ranges->n; i++)
		if (!ram || ranges->at[i].type == MEMORY_RAM)
			sum += ranges->at[i].end - ranges->at[i].start;
	return sum;
}

static struct finding no_memory(const struct doctor *d)
{
	if (!d->facts.privileged)
		return (struct finding){ WARNING, "hidden from this user", ROOT_SEES };
	return (struct finding){ MISSING, d->why, NULL };
}

static struct finding check_map(const struct doctor *d)
{
	const struct ranges *map = &d->machine.map;
	uint64_t number;
	bool own = machine_number(d->arena, d->root, "/sys/firmware/memmap/0/start", &number);

	if (d->error)
		return no_memory(d);
	return (struct finding){
		own ? OK : WARNING,
		arena_print(d->arena, "%zu ranges, %" PRIu64 " MiB of RAM, from %s", map->n,
			    bytes_of(map, true) >> 20,
			    own ? "/sys/firmware/memmap" : "/proc/iomem"),
		own ? NULL
		    : "build the running kernel with CONFIG_FIRMWARE_MEMMAP=y: what mem= or "
		      "memmap= hides from it stays hidden from the next one"
	};
}

#define ROOM_LEAST (128 * MIB) /* a distribution's kernel unpacked, and its initrd */

static struct finding check_room(const struct doctor *d)
{
	const struct ranges *holes = &d->machine.holes;
	uint64_t largest = 0;

	if (d->error)
		return no_memory(d);
	for (size_t i = 0; i < holes->n; i++) {
		uint64_t end = holes->at[i].end < 4 * GIB ? holes->at[i].end : 4 * GIB;

		if (end > holes->at[i].start && end - holes->at[i].start > largest)
			largest = end - holes->at[i].start;
	}
	return (struct finding){
		largest < ROOM_LEAST ? WARNING : OK,
		arena_print(d->arena,
			    "%" PRIu64 " MiB in one piece below 4 GiB; kernel and initrds may take "
			    "%" PRIu64 " MiB in all",
			    largest >> 20, bytes_of(holes, false) >> 21),
		largest < ROOM_LEAST ? "a kernel or an initrd may not fit" : NULL
	};
}

static struct finding check_reserved(const struct doctor *d)
{
	uint64_t ram = bytes_of(&d->machine.map, true), free = bytes_of(&d->machine.holes, false);

	if (d->error)
		return no_memory(d);
	return (struct finding){
		OK,
		arena_print(d->arena,
			    "%" PRIu64 " KiB of RAM are kept free of the next kernel: the first "
			    "MiB, crash kernel, firmware's tables",
			    (ram > free ? ram - free : 0) >> 10),
		NULL
	};
}

static bool is_efi(const struct doctor *d)
{
	return d->machine.params && get32(d->machine.params + EFI_SIGNATURE);
}

static struct finding check_rsdp(const struct doctor *d)
{
	if (d->machine.rsdp)
		return (struct finding){
			OK, arena_print(d->arena, "RSDP at 0x%" PRIx64, d->machine.rsdp), NULL
		};
	if (!is_efi(d))
		return (struct finding){ OK, "the next kernel finds it in the BIOS", NULL };
	if (!d->facts.privileged)
		return (struct finding){ WARNING, "hidden from this user", ROOT_SEES };
	return (struct finding){ MISSING, "no RSDP: the next kernel would run without ACPI",
				 "boot the running kernel without acpi=off" };
}

static struct finding check_efi(const struct doctor *d)
{
	const struct efi *efi = &d->machine.efi;

	if (!d->machine.params || !is_efi(d))
		return (struct finding){ OK, "the firmware is a BIOS, or says nothing of EFI",
					 NULL };
	if (efi->runtime)
		return (struct finding){ OK,
					 arena_print(d->arena, "%zu regions of runtime services",
						     efi->map_size / EFI_DESCRIPTOR_SIZE),
					 NULL };
	if (!d->facts.privileged)
		return (struct finding){ WARNING, "hidden from this user", ROOT_SEES };
	return (struct finding){
		WARNING, "the next kernel would have no EFI variables",
		"build the running kernel with CONFIG_EFI_RUNTIME_MAP=y, and start "
		"it without efi=noruntime and noefi"
	};
}

static struct finding check_screen(const struct doctor *d)
{
	static const char *const owners[] = { "as the firmware left it", "at a new address", "" };
	const uint8_t *params = d->machine.params;
	unsigned width, height;

	if (!params || !params[SCREEN_IS_VGA])
		return (struct finding){ WARNING, "none: the next kernel has only serial consoles",
					 NULL };
	if (d->machine.screen == SCREEN_TAKEN)
		return (struct finding){
			WARNING,
			"a driver has set a mode of its own: the next kernel's screen stays dark "
			"until its driver loads",
			"in the running kernel leave only simpledrm or efifb"
		};
	width = get16(params + SCREEN_WIDTH);
	height = get16(params + SCREEN_WIDTH + 2);
	if (!width)
		return (struct finding){ OK, "VGA text", NULL };
	return (struct finding){ OK,
				 arena_print(d->arena, "%u x %u, %s", width, height,
					     owners[d->facts.privileged ? d->machine.screen : 0]),
				 NULL };
}

static struct finding check_loaded(const struct doctor *d)
{
	if (d->loaded)
		return (struct finding){ OK, "a kernel is loaded already; another replaces it",
					 NULL };
	return (struct finding){ OK, "no kernel is loaded", NULL };
}

static const struct check {
	const char *name;
	struct finding (*look)(const struct doctor *d);
} checks[] = {
	{ "user", check_user },
	{ "kexec_load", check_load },
	{ "kexec_file_load", check_file_load },
	{ "switch", check_switch },
	{ "limit", check_limit },
	{ "lockdown", check_lockdown },
	{ "secure boot", check_secure_boot },
	{ "loaded", check_loaded },
	{ "boot_params", check_params },
	{ "memory map", check_map },
	{ "room", check_room },
	{ "reserved", check_reserved },
	{ "ACPI", check_rsdp },
	{ "EFI", check_efi },
	{ "screen", check_screen },
};

static void print_text(FILE *out, const struct check *check, const struct finding *finding)
{
	fprintf(out, "%-8s %-16s %s\n", verdicts[finding->verdict], check->name, finding->text);
	if (finding->remedy)
		fprintf(out, "%-25s > %s\n", "", finding->remedy);
}

static void print_json(struct json *json, const struct check *check, const struct finding *finding)
{
	json_open(json, NULL, '{');
	json_string(json, "name", check->name);
	json_string(json, "verdict", verdicts[finding->verdict]);
	json_string(json, "text", finding->text);
	json_string(json, "remedy", finding->remedy);
	json_close(json, '}');
}

int doctor_print(const struct doctor *doctor, bool as_json, FILE *out)
{
	struct json json = { .out = out };
	enum verdict worst = OK;

	if (as_json) {
		json_open(&json, NULL, '{');
		json_number(&json, "version", 1);
		json_open(&json, "checks", '[');
	}
	for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
		struct finding finding = checks[i].look(doctor);

		if (finding.verdict > worst)
			worst = finding.verdict;
		if (as_json)
			print_json(&json, &checks[i], &finding);
		else
			print_text(out, &checks[i], &finding);
	}
	if (as_json) {
		json_close(&json, ']');
		json_string(&json, "verdict", verdicts[worst]);
		json_close(&json, '}');
		putc('\n', out);
	}
	return worst == MISSING;
}

int doctor_run(struct arena *arena, bool as_json)
{
	struct doctor doctor = { .arena = arena, .root = "", .loaded = kexec_is_loaded() };

	kexec_ask(arena, &doctor.facts);
	doctor.error = machine_read(arena, "", &doctor.machine, &doctor.why);
	return doctor_print(&doctor, as_json, stdout);
}
