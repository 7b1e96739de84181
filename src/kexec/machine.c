/* What the running kernel knows of its firmware: boot_params, EFI, ACPI, the screen. */
#include "kexec/machine.h"

#include <cpuid.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/text.h"
#include "kexec/bootparams.h"

#define SYSFS_LIMIT ((size_t)4096)     /* bytes of an attribute */
#define NODE_LIMIT  ((size_t)16 << 20) /* bytes of a setup_data node: a large option ROM */
#define NODES       64
#define DESCRIPTORS 1024
#define LOG_LIMIT   ((size_t)512 << 10) /* bytes of the kernel's log: EFI reports early */
#define LOG_RECORD  ((size_t)8192)      /* a record's size is at most this, by the kernel */

#define CPUID_GUEST      (1u << 31) /* in ECX: a hypervisor is there */
#define CPUID_ENCRYPTION 0x8000001f
#define CPUID_SEV        (1u << 1) /* in EAX */
#define CPUID_TDX        0x21
#define CPUID_TDX_NAME   0x65746e49 /* in EBX: "Inte" of "IntelTDX    " */

char *machine_file(struct arena *arena, const char *root, const char *path, size_t limit,
		   size_t *size)
{
	struct text text = TEXT(arena);
	char chunk[4096];
	ssize_t got;
	int fd = open(arena_print(arena, "%s%s", root, path), O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return NULL;
	while ((got = read(fd, chunk, sizeof chunk)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			close(fd);
			return NULL;
		}
		if ((size_t)got >= limit - text.n) {
			text_add(&text, chunk, limit - text.n);
			break;
		}
		text_add(&text, chunk, (size_t)got);
	}
	close(fd);
	if (size)
		*size = text.n;
	return text_end(&text);
}

bool machine_number(struct arena *arena, const char *root, const char *path, uint64_t *number)
{
	char *text = machine_file(arena, root, path, SYSFS_LIMIT, NULL), *end;

	if (!text)
		return false;
	errno = 0;
	*number = strtoull(text, &end, 0);
	return end > text && errno == 0;
}

/*
 * Nodes that describe the machine are handed on. Those that describe the last boot (EFI addresses,
 * seed, IMA log, more of the memory map) are made anew.
 */
static void read_setup_data(struct arena *arena, const char *root, struct machine *machine)
{
	for (unsigned i = 0; i < NODES; i++) {
		const char *dir = arena_print(arena, "/sys/kernel/boot_params/setup_data/%u", i);
		struct setup_data node = { 0 };
		uint64_t type;

		if (!machine_number(arena, root, arena_print(arena, "%s/type", dir), &type))
			return;
		if (type != SETUP_PCI && type != SETUP_DTB && type != SETUP_APPLE_PROPERTIES)
			continue;
		node.type = (uint32_t)type;
		node.bytes = machine_file(arena, root, arena_print(arena, "%s/data", dir),
					  NODE_LIMIT, &node.size);
		if (node.bytes)
			vec_push(arena, &machine->setup_data) = node;
	}
}

/* An address in the lines "NAME=0x…" of EFI's systab file; 0: not there. */
static uint64_t systab_address(const char *systab, const char *name)
{
	size_t n = strlen(name);

	while (systab && *systab) {
		if (strncmp(systab, name, n) == 0 && systab[n] == '=')
			return strtoull(systab + n + 1, NULL, 0);
		systab += strcspn(systab, "\n");
		systab += *systab == '\n';
	}
	return 0;
}

/* The map of EFI's runtime regions; NULL if any part of it is missing. */
static const uint8_t *read_runtime_map(struct arena *arena, const char *root, size_t *size)
{
	static const struct {
		const char *name;
		unsigned offset;
	} fields[] = {
		{ "phys_addr", 8 }, { "virt_addr", 16 }, { "num_pages", 24 }, { "attribute", 32 }
	};
	struct text map = TEXT(arena);

	for (unsigned i = 0; i < DESCRIPTORS; i++) {
		const char *dir = arena_print(arena, "/sys/firmware/efi/runtime-map/%u", i);
		uint8_t descriptor[EFI_DESCRIPTOR_SIZE] = { 0 };
		uint64_t number;

		if (!machine_number(arena, root, arena_print(arena, "%s/type", dir), &number))
			break;
		put32(descriptor, (uint32_t)number);
		for (size_t j = 0; j < sizeof fields / sizeof *fields; j++) {
			if (!machine_number(arena, root,
					    arena_print(arena, "%s/%s", dir, fields[j].name),
					    &number))
				return NULL;
			put64(descriptor + fields[j].offset, number);
		}
		text_add(&map, descriptor, sizeof descriptor);
	}
	*size = map.n;
	return (const uint8_t *)map.at;
}

static void read_efi(struct arena *arena, const char *root, struct machine *machine)
{
	const char *systab =
		machine_file(arena, root, "/sys/firmware/efi/systab", SYSFS_LIMIT, NULL);
	struct efi *efi = &machine->efi;

	machine->rsdp = get64(machine->params + RSDP);
	if (!machine->rsdp)
		machine->rsdp = systab_address(systab, "ACPI20");
	if (!machine->rsdp)
		machine->rsdp = systab_address(systab, "ACPI");
	if (!get32(machine->params + EFI_SIGNATURE))
		return;
	efi->map = read_runtime_map(arena, root, &efi->map_size);
	efi->smbios = systab_address(systab, "SMBIOS");
	efi->runtime =
		efi->map &&
		machine_number(arena, root, "/sys/firmware/efi/fw_vendor", &efi->fw_vendor) &&
		machine_number(arena, root, "/sys/firmware/efi/config_table", &efi->tables);
}

static bool in_ranges(const struct ranges *ranges, uint64_t address)
{
	for (size_t i = 0; i < ranges->n; i++)
		if (address >= ranges->at[i].start && address < ranges->at[i].end)
			return true;
	return false;
}

/* Keep away from the tables in one line of the log, "efi: ACPI=0x… MEMATTR=0x… ESRT=0x…". */
static void spare_tables(struct arena *arena, const char *line, struct machine *machine)
{
	for (const char *at = line; (at = strstr(at, "=0x")); at += 3) {
		uint64_t table = strtoull(at + 1, NULL, 16);

		if (table >= PHYSICAL_END || !in_ranges(&machine->holes, table))
			continue;
		table &= ~(PAGE - 1);
		if (machine->ceiling == 0 || table < machine->ceiling)
			machine->ceiling = table;
		ranges_cut(arena, &machine->holes, table, table + MIB, 0);
	}
}

/*
 * The firmware left tables (memory attributes, TPM event log) in boot services memory, which its
 * map calls RAM. The running kernel keeps them, and the next one looks for them; where they are is
 * only in the log. Their sizes are not: 1 MiB each is spared. A log that can't be read is no error,
 * as the kernel does without these tables.
 *
 * The lowest of them is about where the boot services memory begins. The running kernel freed that
 * last, so its allocator hands it out first, and as a destination it is the slowest: layout_take().
 */
static void read_efi_tables(struct arena *arena, const char *root, struct machine *machine)
{
	int fd = open(arena_print(arena, "%s/dev/kmsg", root), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char *record = arena_alloc(arena, LOG_RECORD + 1);
	size_t all = 0;

	if (fd < 0)
		return;
	while (all < LOG_LIMIT) {
		ssize_t got = read(fd, record, LOG_RECORD);
		const char *text;

		if (got < 0 && (errno == EINTR || errno == EPIPE)) /* EPIPE: records were lost */
			continue;
		if (got <= 0)
			break;
		all += (size_t)got;
		record[got] = '\0';
		text = strstr(record, ";efi: ");
		if (text)
			spare_tables(arena, text, machine);
	}
	close(fd);
}

/* Does a driver other than the generic ones, which leave the mode as it is, drive a screen? */
static bool native_driver(struct arena *arena, const char *root)
{
	for (unsigned i = 0; i < 16; i++) {
		char link[256];
		const char *path =
			arena_print(arena, "%s/sys/class/drm/card%u/device/driver", root, i);
		ssize_t n = readlink(path, link, sizeof link - 1);

		if (n <= 0)
			continue;
		link[n] = '\0';
		if (!string_ends(link, "/simple-framebuffer"))
			return true;
	}
	return false;
}

/* The owner of the framebuffer in /proc/iomem; the names are those of sysfb, efifb and vesafb. */
static bool find_framebuffer(const char *iomem, uint64_t *start)
{
	static const char *const owners[] = { "BOOTFB", "efifb", "vesafb", "simplefb" };

	for (const char *line = iomem; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		const char *name = strstr(line, " : ");
		size_t n;

		if (!name)
			break;
		name += 3;
		n = strcspn(name, "\n");
		for (size_t i = 0; i < sizeof owners / sizeof *owners; i++)
			if (strlen(owners[i]) == n && strncmp(name, owners[i], n) == 0) {
				*start = strtoull(line, NULL, 16);
				return true;
			}
	}
	return false;
}

static void read_screen(struct arena *arena, const char *root, struct machine *machine)
{
	const char *iomem = machine_file(arena, root, "/proc/iomem", (size_t)4 << 20, NULL);
	uint64_t known = get32(machine->params + SCREEN_FRAMEBUFFER) |
			 (uint64_t)get32(machine->params + SCREEN_FRAMEBUFFER_HIGH) << 32;

	machine->screen = SCREEN_AS_FOUND;
	if (iomem && find_framebuffer(iomem, &machine->framebuffer)) {
		if (machine->framebuffer != known)
			machine->screen = SCREEN_MOVED;
	} else if (native_driver(arena, root)) {
		machine->screen = SCREEN_TAKEN;
	}
}

/* The first processor's flags are enough; the whole file is slow to make on a big machine. */
static bool runs_five_level(struct arena *arena, const char *root)
{
	const char *text = machine_file(arena, root, "/proc/cpuinfo", SYSFS_LIMIT, NULL);

	return text && strstr(text, " la57");
}

/*
 * Could this be a guest of AMD's SEV (AMD64 APM 3, E.4.17) or Intel's TDX (CPUID 0x21)? The kernel
 * hides SEV's flag from its guests' /proc/cpuinfo, so ask the processor.
 */
static bool may_be_encrypted(void)
{
	unsigned a, b, c, d;

	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & CPUID_GUEST))
		return false;
	if (__get_cpuid(CPUID_ENCRYPTION, &a, &b, &c, &d) && (a & CPUID_SEV))
		return true;
	return __get_cpuid_count(CPUID_TDX, 0, &a, &b, &c, &d) && b == CPUID_TDX_NAME;
}

int machine_read(struct arena *arena, const char *root, struct machine *machine, const char **why)
{
	size_t size = 0;
	int error;

	*machine = (struct machine){ 0 };
	machine->params = (const uint8_t *)machine_file(arena, root, "/sys/kernel/boot_params/data",
							BOOT_PARAMS_SIZE, &size);
	if (!machine->params || size != BOOT_PARAMS_SIZE) {
		*why = "/sys/kernel/boot_params/data can't be read: is /sys mounted?";
		machine->params = NULL;
		return -ENOENT;
	}
	error = machine_read_memory(arena, root, machine, why);
	read_setup_data(arena, root, machine);
	read_efi(arena, root, machine);
	if (get32(machine->params + EFI_SIGNATURE))
		read_efi_tables(arena, root, machine);
	read_screen(arena, root, machine);
	machine->five_level = runs_five_level(arena, root);
	machine->encrypted = may_be_encrypted();
	/* Never waits: early in a boot it is better to give the next kernel no seed than to hang.
	 */
	if (getrandom(machine->rng_seed, sizeof machine->rng_seed, GRND_NONBLOCK) < 0)
		memset(machine->rng_seed, 0, sizeof machine->rng_seed);
	if (getrandom(&machine->dice, sizeof machine->dice, GRND_NONBLOCK) < 0)
		machine->dice = 0;
	return error;
}
