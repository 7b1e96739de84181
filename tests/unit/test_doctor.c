/* What an administrator is told: by which call a kernel is loaded, and the verdicts of the
 * preflight. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/doctor.h"
#include "kexec/bootparams.h"

static void each_way_has_its_reason(void **state)
{
	static const struct {
		struct kexec_facts facts;
		const char *linux_way, *multiboot_way;
	} rows[] = {
		{ { true, "none", 0, 0 }, "kexec_load: baton", "kexec_load: baton" },
		{ { true, NULL, 0, ENOSYS }, "kexec_load: baton", "kexec_load: baton" },
		{ { false, "none", EPERM, EPERM },
		  "kexec_load: baton lays out the memory itself (as root",
		  "(as root" },
		{ { true, "integrity", EPERM, 0 },
		  "kexec_file_load, which takes",
		  "nothing: the running kernel is locked down (integrity)" },
		{ { true, "confidentiality", EPERM, 0 },
		  "locked down (confidentiality)",
		  "nothing: " },
		{ { true, "integrity", EPERM, EPERM }, "does not work either", "nothing: " },
		{ { false, "integrity", EPERM, EPERM },
		  "locked down (integrity) (as root",
		  "nothing: " },
		{ { true, "none", EACCES, 0 },
		  "because a security policy (IMA) refuses it",
		  "nothing: a s" },
		{ { true, "none", EPERM, 0 },
		  "because the running kernel refuses it",
		  "nothing: the " },
		{ { true, NULL, ENOSYS, 0 },
		  "because the running kernel was built without CONFIG_KEXEC",
		  "nothing: the running kernel was built" },
		{ { true, NULL, ENOSYS, ENOSYS }, "nothing: ", "nothing: " },
	};
	struct arena *arena = arena_new(1 << 20);

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *way = kexec_way_by(arena, &rows[i].facts, true);

		if (!strstr(way, rows[i].linux_way))
			fail_msg("%zu: \"%s\"", i, way);
		way = kexec_way_by(arena, &rows[i].facts, false);
		if (!strstr(way, rows[i].multiboot_way))
			fail_msg("%zu: \"%s\"", i, way);
	}
	arena_free(arena);
}

struct bench {
	struct doctor doctor;
	char root[64];
	uint8_t params[BOOT_PARAMS_SIZE];
	char *said;
	int status;
};

/* Root on a machine with BIOS, VGA text and 1 GiB, and nothing in its way. */
static struct bench *bench_new(void)
{
	struct arena *arena = arena_new(1 << 20);
	struct bench *bench = arena_make(arena, struct bench);
	struct doctor *doctor = &bench->doctor;

	strcpy(bench->root, "/tmp/test-doctor-XXXXXX");
	assert_non_null(mkdtemp(bench->root));
	*doctor = (struct doctor){ .arena = arena,
				   .root = bench->root,
				   .facts = { .privileged = true } };
	doctor->machine.params = bench->params;
	bench->params[SCREEN_IS_VGA] = 1;
	ranges_add(arena, &doctor->machine.map, MIB, GIB, MEMORY_RAM);
	ranges_add(arena, &doctor->machine.map, GIB, GIB + MIB, MEMORY_RESERVED);
	ranges_add(arena, &doctor->machine.holes, 2 * MIB, GIB, MEMORY_RAM);
	return bench;
}

static void write_file(const struct bench *bench, const char *path, const char *text)
{
	char *command =
		arena_print(bench->doctor.arena, "mkdir -p %s$(dirname %s) && printf '%s' >%s%s",
			    bench->root, path, text, bench->root, path);

	assert_int_equal(system(command), 0);
}

static void bench_free(struct bench *bench)
{
	char *command = arena_print(bench->doctor.arena, "rm -r %s", bench->root);

	assert_int_equal(system(command), 0);
	free(bench->said);
	arena_free(bench->doctor.arena);
}

static void ask(struct bench *bench, bool json)
{
	size_t size;
	FILE *out;

	free(bench->said);
	out = open_memstream(&bench->said, &size);
	bench->status = doctor_print(&bench->doctor, json, out);
	fclose(out);
}

/* The line on a check begins with this verdict, and the text and remedy hold that. */
static void expect(struct bench *bench, const char *name, const char *verdict, const char *text)
{
	char *head = arena_print(bench->doctor.arena, "%-8s %-16s ", verdict, name), *line, *next;

	ask(bench, false);
	line = strstr(bench->said, head);
	if (!line)
		fail_msg("no \"%s\" in:\n%s", head, bench->said);
	next = strchr(line, '\n');
	if (strncmp(next + 1, "        ", 8) == 0) /* the remedy belongs to it */
		next = strchr(next + 1, '\n');
	line = arena_copy(bench->doctor.arena, line, (size_t)(next - line));
	if (!strstr(line, text))
		fail_msg("no \"%s\" in \"%s\"", text, line);
}

static void a_machine_without_faults_is_ok(void **state)
{
	struct bench *bench = bench_new();

	(void)state;
	write_file(bench, "/sys/firmware/memmap/0/start", "0x0");
	ask(bench, false);
	assert_null(strstr(bench->said, "warning"));
	assert_null(strstr(bench->said, "missing"));
	assert_int_equal(bench->status, 0);
	expect(bench, "memory map", "ok", "2 ranges, 1023 MiB of RAM, from /sys/firmware/memmap");
	expect(bench, "room", "ok", "1022 MiB in one piece below 4 GiB");
	expect(bench, "room", "ok", "may take 511 MiB in all");
	expect(bench, "reserved", "ok", "1024 KiB");
	expect(bench, "screen", "ok", "VGA text");
	expect(bench, "loaded", "ok", "no kernel is loaded");
	bench_free(bench);
}

static void what_forbids_loading_is_named(void **state)
{
	struct bench *bench = bench_new();
	struct kexec_facts *facts = &bench->doctor.facts;

	(void)state;
	facts->load = EPERM;
	facts->lockdown = "integrity";
	expect(bench, "kexec_load", "warning", "kexec_file_load is used instead");
	expect(bench, "lockdown", "warning", "integrity: only kernels that are signed");
	assert_int_equal(bench->status, 0);
	facts->file_load = EPERM;
	expect(bench, "kexec_load", "missing", "see the lines below");
	expect(bench, "kexec_file_load", "missing", strerror(EPERM));
	assert_int_equal(bench->status, 1);
	facts->load = facts->file_load = ENOSYS;
	expect(bench, "kexec_load", "missing", "CONFIG_KEXEC=y");
	facts->load = 0;
	expect(bench, "kexec_file_load", "ok", "needed only where");
	write_file(bench, "/proc/sys/kernel/kexec_load_disabled", "1\n");
	expect(bench, "switch", "missing", "kernel.kexec_load_disabled is 1");
	write_file(bench, "/proc/sys/kernel/kexec_load_limit_reboot", "2\n");
	expect(bench, "limit", "warning", "2 more loads are allowed");
	write_file(bench, "/proc/sys/kernel/kexec_load_limit_reboot", "0\n");
	expect(bench, "limit", "missing", "0 more loads");
	bench->doctor.loaded = true;
	expect(bench, "loaded", "ok", "another replaces it");
	bench_free(bench);
}

static void another_user_sees_less(void **state)
{
	struct bench *bench = bench_new();

	(void)state;
	bench->doctor.facts = (struct kexec_facts){ .load = EPERM, .file_load = EPERM };
	bench->doctor.error = -EPERM;
	expect(bench, "user", "warning", "run it as root");
	expect(bench, "kexec_load", "ok", "is in the running kernel");
	expect(bench, "memory map", "warning", "hidden from this user");
	expect(bench, "room", "warning", "hidden from this user");
	assert_int_equal(bench->status, 0);
	bench_free(bench);
}

static void what_the_next_kernel_would_lack_is_named(void **state)
{
	struct bench *bench = bench_new();
	struct machine *machine = &bench->doctor.machine;

	(void)state;
	expect(bench, "memory map", "warning", "CONFIG_FIRMWARE_MEMMAP=y");
	memcpy(bench->params + EFI_SIGNATURE, "EL64", 4);
	expect(bench, "ACPI", "missing", "would run without ACPI");
	expect(bench, "EFI", "warning", "CONFIG_EFI_RUNTIME_MAP=y");
	machine->rsdp = 0x3f77d014;
	machine->efi.runtime = true;
	machine->efi.map_size = 3 * EFI_DESCRIPTOR_SIZE;
	expect(bench, "ACPI", "ok", "RSDP at 0x3f77d014");
	expect(bench, "EFI", "ok", "3 regions");
	bench->params[SECURE_BOOT] = 3;
	expect(bench, "secure boot", "ok", "enabled");
	put32(bench->params + SCREEN_WIDTH, 1280 | 800 << 16);
	expect(bench, "screen", "ok", "1280 x 800, as the firmware left it");
	machine->screen = SCREEN_MOVED;
	expect(bench, "screen", "ok", "at a new address");
	machine->screen = SCREEN_TAKEN;
	expect(bench, "screen", "warning", "stays dark until its driver loads");
	bench->params[SCREEN_IS_VGA] = 0;
	expect(bench, "screen", "warning", "only serial consoles");
	machine->holes.at[0].end = 100 * MIB;
	expect(bench, "room", "warning", "98 MiB in one piece");
	machine->params = NULL;
	bench->doctor.why = "it can't be read";
	expect(bench, "boot_params", "missing", "mount sysfs on /sys");
	bench_free(bench);
}

static void json_says_the_same(void **state)
{
	struct bench *bench = bench_new();

	(void)state;
	bench->doctor.facts.lockdown = "integrity";
	ask(bench, true);
	assert_memory_equal(bench->said, "{", 1);
	assert_non_null(strstr(bench->said, "\"verdict\":\"warning\""));
	assert_non_null(strstr(bench->said, "\"lockdown\""));
	assert_non_null(strstr(bench->said, "sign the kernels"));
	assert_null(strstr(bench->said, "missing"));
	bench_free(bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_way_has_its_reason),
		cmocka_unit_test(a_machine_without_faults_is_ok),
		cmocka_unit_test(what_forbids_loading_is_named),
		cmocka_unit_test(another_user_sees_less),
		cmocka_unit_test(what_the_next_kernel_would_lack_is_named),
		cmocka_unit_test(json_says_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
