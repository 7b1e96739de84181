#include "cli/install.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/text.h"
#include "disk/efivar.h"

#define VARIABLES "/sys/firmware/efi/efivars"
#define GLOBAL    "-8be4df61-93ca-11d2-aa0d-00e098032b8c" /* UEFI 2.10, 3.3 */
#define FAT       0x4d44                                  /* statfs(2) */
#define EFIVARFS  0xde5e81e4
#define SECTOR    512 /* sysfs counts in these */
#define ENTRIES   0x10000

/* UEFI 2.10, 3.1.3: EFI_LOAD_OPTION; 10.3.5: the nodes of the path in it */
#define ACTIVE           1
#define OPTION_HEADER    6
#define NODE_DISK        "\x04\x01\x2a" /* a partition, 42 bytes */
#define NODE_FILE        "\x04\x04"
#define NODE_END         "\x7f\xff\x04"
#define DISK_GPT_BY_GUID "\x02\x02"

#define FOLDER  "/EFI/baton"
#define PROGRAM "batonx64.efi"
#define PATH    "\\EFI\\baton\\" PROGRAM

struct installation {
	struct arena *arena;
	const char *root;
	const char *esp;      /* where it is mounted, with the root */
	unsigned number;      /* of the partition, */
	uint64_t start, size; /* its place, in the disk's own blocks, */
	uint8_t guid[16];     /* and its name */
	unsigned entry;       /* Boot#### */
};

static int fail(const char *what, const char *why)
{
	fprintf(stderr, "baton: %s: %s\n", what, why);
	return -1;
}

/* The ESP and its partition
 * ------------------------------------------------------------------------ */

static int find_esp(struct installation *in)
{
	static const char *const usual[] = { "/boot/efi", "/efi", "/boot" };
	struct statfs system;

	for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
		in->esp = arena_print(in->arena, "%s%s", in->root, usual[i]);
		if (access(arena_print(in->arena, "%s/EFI", in->esp), F_OK) == 0 &&
		    statfs(in->esp, &system) == 0 && (*in->root || system.f_type == FAT))
			return 0;
	}
	return fail("no EFI system partition", "none is mounted on /boot/efi, /efi or /boot");
}

/* A number from sysfs; 0 if it is not there. */
static uint64_t attribute(struct installation *in, const char *device, const char *name)
{
	char text[32] = "";
	FILE *file = fopen(arena_print(in->arena, "%s/%s", device, name), "re");

	if (file && !fgets(text, sizeof text, file))
		text[0] = '\0';
	if (file)
		fclose(file);
	return strtoull(text, NULL, 10);
}

/* As UEFI writes it, the first three numbers with their lowest byte first (appendix A). */
static bool read_guid(const char *text, uint8_t guid[16])
{
	static const uint8_t order[] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };

	for (size_t i = 0; i < sizeof order; i++) {
		if (*text == '-')
			text++;
		if (!string_hex(text, &guid[order[i]], 1))
			return false;
		text += 2;
	}
	return !*text;
}

/*
 * udev's links say the partition's GUID; only a GPT has any of this form. Where a folder stands for
 * a system, a file stands for the disk.
 */
static bool find_guid(struct installation *in, dev_t device)
{
	const char *folder = arena_print(in->arena, "%s/dev/disk/by-partuuid", in->root);
	DIR *links = opendir(folder);
	struct dirent *link;
	struct stat status;
	bool found = false;

	while (links && !found && (link = readdir(links))) {
		const char *path = arena_print(in->arena, "%s/%s", folder, link->d_name);

		found = stat(path, &status) == 0 &&
			(S_ISBLK(status.st_mode) ? status.st_rdev : status.st_dev) == device &&
			read_guid(link->d_name, in->guid);
	}
	if (links)
		closedir(links);
	return found;
}

static int find_partition(struct installation *in)
{
	const char *device;
	struct stat status;
	uint64_t block;

	if (stat(in->esp, &status) < 0)
		return fail(in->esp, strerror(errno));
	device = arena_print(in->arena, "%s/sys/dev/block/%u:%u", in->root, major(status.st_dev),
			     minor(status.st_dev));
	in->number = (unsigned)attribute(in, device, "partition");
	block = attribute(in, device, "../queue/logical_block_size");
	if (!in->number || block < SECTOR || !find_guid(in, status.st_dev))
		return fail(in->esp,
			    "it is on no partition of a GPT, which a boot entry could name");
	in->start = attribute(in, device, "start") / (block / SECTOR);
	in->size = attribute(in, device, "size") / (block / SECTOR);
	return 0;
}

/* The file ----------------------------------------------------------------------------------------
 */

static int copy_bytes(int from, int to)
{
	char bytes[65536];
	ssize_t n;

	while ((n = read(from, bytes, sizeof bytes)) > 0) {
		for (ssize_t done = 0, wrote; done < n; done += wrote) {
			wrote = write(to, bytes + done, (size_t)(n - done));
			if (wrote < 0)
				return -errno;
		}
	}
	return n < 0 || fsync(to) < 0 ? -errno : 0;
}

/* Under another name first, so that the firmware never finds half of it. */
static int copy_file(struct installation *in, int from)
{
	const char *folder = arena_print(in->arena, "%s" FOLDER, in->esp);
	const char *path = arena_print(in->arena, "%s/" PROGRAM, folder);
	const char *part = arena_print(in->arena, "%s/batonx64.new", folder);
	int to, error;

	if (mkdir(folder, 0755) < 0 && errno != EEXIST)
		return fail(folder, strerror(errno));
	to = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (to < 0)
		return fail(part, strerror(errno));
	error = copy_bytes(from, to);
	if (!error && (rename(part, path) < 0 || syncfs(to) < 0))
		error = -errno;
	close(to);
	if (!error)
		return 0;
	unlink(part);
	rmdir(folder); /* if it was not there before */
	return fail(path, strerror(-error));
}

/* A file that would fill the ESP would leave the system's own loader no room for its updates. */
static int put_file(struct installation *in, const char *file)
{
	int from = open(file, O_RDONLY | O_CLOEXEC), status;
	struct statvfs room;
	struct stat info;
	char magic[2];

	if (from < 0)
		return fail(file, strerror(errno));
	if (fstat(from, &info) < 0 || !S_ISREG(info.st_mode) ||
	    pread(from, magic, sizeof magic, 0) != sizeof magic || memcmp(magic, "MZ", 2) != 0)
		status = fail(file, "it is no EFI program");
	else if (statvfs(in->esp, &room) < 0)
		status = fail(in->esp, strerror(errno));
	else if ((uint64_t)room.f_bavail * room.f_frsize < (uint64_t)info.st_size)
		status = fail(in->esp,
			      arena_print(in->arena, "%lld bytes, and %llu are free",
					  (long long)info.st_size,
					  (unsigned long long)room.f_bavail * room.f_frsize));
	else
		status = copy_file(in, from);
	close(from);
	return status;
}

/* The entry -------------------------------------------------------------------------------------- */

static const char *variable(struct installation *in, const char *name)
{
	return arena_print(in->arena, "%s" VARIABLES "/%s" GLOBAL, in->root, name);
}

static const char *boot_variable(struct installation *in, unsigned entry)
{
	return variable(in, arena_print(in->arena, "Boot%04X", entry));
}

static void add_number(struct text *text, uint64_t number, size_t n)
{
	for (; n--; number >>= 8)
		text_char(text, (char)number);
}

static void make_option(struct installation *in, struct text *option)
{
	size_t label_size, path_size, path_list;
	const char *label = efivar_encode(in->arena, "baton", &label_size);
	const char *path = efivar_encode(in->arena, PATH, &path_size);

	path_list = 42 + 4 + path_size + 4;
	add_number(option, ACTIVE, 4);
	add_number(option, path_list, 2);
	text_add(option, label, label_size);
	text_add(option, NODE_DISK, 4);
	add_number(option, in->number, 4);
	add_number(option, in->start, 8);
	add_number(option, in->size, 8);
	text_add(option, in->guid, sizeof in->guid);
	text_add(option, DISK_GPT_BY_GUID, 2);
	text_add(option, NODE_FILE, 2);
	add_number(option, 4 + path_size, 2);
	text_add(option, path, path_size);
	text_add(option, NODE_END, 4);
}

/* Does a variable hold an entry that starts our file? On another disk's ESP, it is another's. */
static bool is_ours(struct installation *in, unsigned entry)
{
	size_t size, path_size;
	const char *path = efivar_encode(in->arena, PATH, &path_size);
	const char *option = efivar_read(in->arena, boot_variable(in, entry), &size);

	return option && size > OPTION_HEADER && memmem(option, size, path, path_size) &&
	       memmem(option, size, in->guid, sizeof in->guid);
}

/* Ours from before, or the lowest number that is free; ENTRIES if there is neither. */
static unsigned choose_entry(struct installation *in, bool only_ours)
{
	bool used[ENTRIES / 16] = { false }; /* more than any firmware has room for */
	unsigned ours = ENTRIES, entry = 0;
	DIR *folder = opendir(arena_print(in->arena, "%s" VARIABLES, in->root));
	unsigned char number[2];
	struct dirent *file;

	while (folder && (file = readdir(folder))) {
		if (!string_starts(file->d_name, "Boot") ||
		    !string_hex(file->d_name + 4, number, sizeof number) ||
		    strcmp(file->d_name + 8, GLOBAL) != 0)
			continue;
		entry = (unsigned)number[0] << 8 | number[1];
		if (is_ours(in, entry))
			ours = entry;
		if (entry < sizeof used)
			used[entry] = true;
	}
	if (folder)
		closedir(folder);
	if (ours < ENTRIES || only_ours)
		return ours;
	for (entry = 0; entry < sizeof used && used[entry]; entry++)
		;
	return entry < sizeof used ? entry : ENTRIES;
}

/* The order without our entry, or with it in front. */
static int write_order(struct installation *in, bool in_front)
{
	size_t size = 0;
	const char *name = variable(in, "BootOrder");
	const uint8_t *old = (const uint8_t *)efivar_read(in->arena, name, &size);
	struct text order = TEXT(in->arena);

	if (in_front)
		add_number(&order, in->entry, 2);
	for (size_t i = 0; old && i + 1 < size; i += 2) {
		if ((old[i] | old[i + 1] << 8) != (int)in->entry)
			text_add(&order, old + i, 2);
	}
	return efivar_write(in->arena, name, order.at, order.n);
}

static int put_entry(struct installation *in)
{
	struct text option = TEXT(in->arena);
	int error;

	in->entry = choose_entry(in, false);
	if (in->entry == ENTRIES)
		return fail("Boot####", "all numbers of boot entries are in use");
	make_option(in, &option);
	error = efivar_write(in->arena, boot_variable(in, in->entry), option.at, option.n);
	if (!error)
		error = write_order(in, true);
	return error ? fail("the boot entry can't be written", strerror(-error)) : 0;
}

/* The verbs ---------------------------------------------------------------------------------------
 */

static int start(struct installation *in)
{
	struct statfs system;

	if (statfs(arena_print(in->arena, "%s" VARIABLES, in->root), &system) < 0 ||
	    (!*in->root && system.f_type != EFIVARFS))
		return fail("no UEFI variables",
			    "mount efivarfs; for a BIOS, write disk.img to a stick or disk");
	return find_esp(in) || find_partition(in);
}

int install_run(struct arena *arena, const char *root, const char *file)
{
	struct installation in = { .arena = arena, .root = root };

	if (start(&in) || put_file(&in, file))
		return 1;
	if (put_entry(&in)) {
		fputs("baton: the file stays; \"baton uninstall\" removes it\n", stderr);
		return 1;
	}
	printf("%s" FOLDER "/" PROGRAM " is Boot%04X, the first in the boot order.\n"
	       "\"baton uninstall\" takes both away again.\n",
	       in.esp, in.entry);
	return 0;
}

int install_undo(struct arena *arena, const char *root)
{
	struct installation in = { .arena = arena, .root = root };
	const char *path;
	int error = 0;

	if (start(&in))
		return 1;
	while (!error && (in.entry = choose_entry(&in, true)) < ENTRIES) {
		error = write_order(&in, false);
		if (!error)
			error = efivar_write(arena, boot_variable(&in, in.entry), NULL, 0);
		if (!error)
			printf("Boot%04X is gone.\n", in.entry);
	}
	if (error)
		return fail("the boot entry can't be removed", strerror(-error)), 1;
	path = arena_print(arena, "%s" FOLDER "/" PROGRAM, in.esp);
	if (unlink(path) < 0 && errno != ENOENT)
		return fail(path, strerror(errno)), 1;
	rmdir(arena_print(arena, "%s" FOLDER, in.esp)); /* if nothing else is in it */
	printf("%s is gone.\n", path);
	return 0;
}
