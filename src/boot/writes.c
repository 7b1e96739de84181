/*
 * What the chosen entry's own loader would have written: variables in GRUB's environment block, and
 * boot counters in names (UAPI.1, "Boot counting"). Done in a child at the last moment before the
 * jump, on that file system only. Whatever fails is told, and the boot goes on.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/text.h"
#include "boot/probe.h"
#include "boot/state.h"
#include "config/adv.h"
#include "config/grub/envblock.h"
#include "config/reader.h"
#include "config/value.h"
#include "disk/efivar.h"
#include "disk/mount.h"
#include "disk/store.h"
#include "model/attempts.h"

#define WRITE_LIMIT_MS 10000 /* a journal is replayed within that, or the disk is hardly alive */
#define ENTRY_FILE_MOST ((size_t)64 * 1024) /* no kernel: that is not copied */
#define SECTOR 512
#define WRITE_MEMORY ((size_t)64 * 1024 * 1024)

enum write_record { WRITE_SAID = 1 };

/* All that is due on one device. */
struct task {
	const struct identity *identity;
	VEC(const struct env_write *) writes; /* in the order in which the config says them */
	const char *from, *to;                /* of a name that counts; NULL: none */
};

struct writing {
	struct boot *boot;
	const struct entry *entry;
	const struct view_device *device;
	struct arena *arena;
	struct channel *channel;
	VEC(struct task) tasks;
};

/* What is to be done ------------------------------------------------------------------------------------ */

static struct task *task_for(struct writing *writing, const struct view_device *own,
			     const char *name)
{
	const struct identity *identity = &own->identity;
	struct task *task;

	if (name && !string_same(name, identity->name)) {
		const struct view_device *d = writing->boot->view.devices;

		while (d && !string_same(d->identity.name, name))
			d = d->next;
		if (!d)
			return NULL; /* pulled out: there is nothing to write to */
		identity = &d->identity;
	}
	for (size_t i = 0; i < writing->tasks.n; i++)
		if (writing->tasks.at[i].identity == identity)
			return &writing->tasks.at[i];
	task = &vec_push(writing->arena, &writing->tasks);
	*task = (struct task){ .identity = identity };
	return task;
}

static void add_writes(struct writing *writing, const struct view_device *own,
		       const struct env_write *at, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct task *task = task_for(writing, own, at[i].file.device);

		if (task)
			vec_push(writing->arena, &task->writes) = &at[i];
	}
}

static const struct config *config_of(const struct view_device *device, const struct entry *entry)
{
	for (size_t c = 0; c < device->configs.n; c++)
		for (size_t e = 0; e < device->configs.at[c]->entries.n; e++)
			if (device->configs.at[c]->entries.at[e] == entry)
				return device->configs.at[c];
	return NULL;
}

static void collect(struct writing *writing, const struct entry *entry,
		    const struct view_device *device)
{
	const struct config *config = config_of(device, entry);

	entry = writing->boot->scripted ? writing->boot->scripted : entry;
	if (config)
		add_writes(writing, device, config->writes.at, config->writes.n);
	add_writes(writing, device, entry->writes.at, entry->writes.n);
	if (entry->counted) {
		struct task *task = task_for(writing, device, entry->config_device);

		if (!task)
			return;
		task->from = entry->counted;
		task->to = entry->counted_as;
	}
}

/* Baton's own counting: in the store, so that it works for systems whose loader counts nothing. */
static bool is_counted(const struct boot *boot)
{
	return boot->settings.attempts && boot->settings.store != STORE_NONE &&
	       (efivar_are_there() || keeper_place(boot));
}

bool writes_are_due(const struct boot *boot)
{
	struct view_device *device;
	const struct entry *entry = view_find(&boot->view, boot->loading_id, &device);
	const struct config *config = entry ? config_of(device, entry) : NULL;

	entry = boot->scripted ? boot->scripted : entry;
	return entry && (entry->writes.n || entry->counted || (config && config->writes.n) ||
			 is_counted(boot));
}

/* In the child ------------------------------------------------------------------------------------------ */

static void say(struct writing *writing, const struct task *task, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void say(struct writing *writing, const struct task *task, const char *format, ...)
{
	struct text fields = TEXT(writing->arena);
	va_list args;

	va_start(args, format);
	pack_string(&fields, arena_print(writing->arena, "%s:%s", task->identity->name,
					 arena_vprint(writing->arena, format, args)));
	va_end(args);
	channel_send(writing->channel, WRITE_SAID, &fields);
	channel_drain(writing->channel);
}

/* Is it the first write to its file? Then it stands for all of them. */
static bool is_first(const struct task *task, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (string_same(task->writes.at[j]->file.path, task->writes.at[i]->file.path))
			return false;
	return true;
}

/* Else it is in blocks that no file has: see volume_open_blocks(). */
static bool is_in_file(const struct env_write *write)
{
	return write->file.path[0] == '/';
}

static bool is_adv(const struct env_write *write)
{
	return adv_is_meant(write->file.path, write->name);
}

static int set_variable(struct arena *arena, char *block, size_t size,
			const struct env_write *write)
{
	return is_adv(write) ? adv_set(block, size, write->name, write->value)
			    : envblock_set(arena, block, size, write->name, write->value);
}

/* The block of the file of write @i as it is, and as it is to be. False: it can't be, and why is told. */
static bool read_block(struct writing *writing, const struct task *task,
		       const struct volume *volume, size_t i, char **old, char **new, size_t *size)
{
	const char *path = task->writes.at[i]->file.path;
	const size_t most = is_adv(task->writes.at[i]) ? ADV_FILE_MOST : ENVBLOCK_MOST;
	int error = is_in_file(task->writes.at[i])
			    ? volume_read(writing->arena, volume, path, most, old, size)
			    : volume_read_blocks(writing->arena, volume, path, ENVBLOCK_MOST, old, size);

	if (error) {
		say(writing, task, "%s: read: %s: nothing is saved in it", path, string_error(-error));
		return false;
	}
	*new = arena_copy(writing->arena, *old, *size);
	for (size_t j = i; j < task->writes.n; j++) {
		const struct env_write *write = task->writes.at[j];

		if (!string_same(write->file.path, path))
			continue;
		error = set_variable(writing->arena, *new, *size, write);
		if (error == -ENOSPC)
			say(writing, task, "%s: has no room for %.100s, which is not saved", path,
			    write->name);
		else if (error)
			say(writing, task, "%s: holds no variables, or they are damaged: %.100s is "
					   "not saved", path, write->name);
	}
	return true;
}

/* SYSLINUX makes ldlinux.sys immutable. Sets *@flags to what is to be put back; 0: nothing. */
static int open_immutable(const struct volume *volume, const char *path, int *flags)
{
	int fd = volume_open_file(volume, path), writable = -EPERM, without;

	if (fd < 0)
		return fd;
	if (ioctl(fd, FS_IOC_GETFLAGS, flags) || !(*flags & FS_IMMUTABLE_FL))
		*flags = 0;
	without = *flags & ~FS_IMMUTABLE_FL;
	if (*flags && ioctl(fd, FS_IOC_SETFLAGS, &without) == 0) {
		writable = volume_open_writable(volume, path);
		if (writable < 0)
			ioctl(fd, FS_IOC_SETFLAGS, flags);
	}
	close(fd);
	return writable;
}

/*
 * In place, as GRUB does it: the same blocks, nothing allocated, in one write from the first sector
 * that changes.
 */
static void write_block(struct writing *writing, const struct task *task,
			const struct volume *volume, size_t i)
{
	const char *path = task->writes.at[i]->file.path;
	size_t size, same = 0;
	char *old, *new;
	off_t offset = 0;
	int fd, flags = 0;

	if (!read_block(writing, task, volume, i, &old, &new, &size) || !memcmp(old, new, size))
		return;
	while (same + SECTOR <= size && !memcmp(old + same, new + same, SECTOR))
		same += SECTOR;
	if (is_in_file(task->writes.at[i]))
		fd = volume_open_writable(volume, path);
	else
		fd = volume_open_blocks(volume, path, true, size, &offset, &size);
	if (fd == -EPERM && is_adv(task->writes.at[i]))
		fd = open_immutable(volume, path, &flags);
	if (fd < 0) {
		say(writing, task, "%s: open: %s: nothing is saved in it", path, string_error(-fd));
		return;
	}
	errno = EIO; /* of a short write */
	size -= same;
	if (pwrite(fd, new + same, size, offset + (off_t)same) != (ssize_t)size || fsync(fd))
		say(writing, task, "%s: write: %s: it may hold the old values", path,
		    string_error(errno));
	else
		say(writing, task, "%s: saved", path);
	if (flags)
		ioctl(fd, FS_IOC_SETFLAGS, &flags);
	close(fd);
}

/* Atomic, and on the disk before the jump. A name that is taken is not overwritten. */
static int rename_in(int folder, const char *from, const char *to)
{
	/* musl 1.2.3 has no wrapper for it */
	if (syscall(SYS_renameat2, folder, from, folder, to, RENAME_NOREPLACE) || fsync(folder))
		return -errno;
	return 0;
}

/*
 * On FAT a name is moved in two steps, and a disk may keep the second one only. So the file is there
 * under both names in between, if it is a small one and there is room for it.
 */
static int move_in(struct writing *writing, const struct volume *volume, int folder,
		   const char *path, const char *from, const char *to)
{
	struct stat there;
	char *bytes;
	size_t size;

	if (!string_same(volume->identity->type, "vfat") ||
	    volume_read(writing->arena, volume, path, ENTRY_FILE_MOST, &bytes, &size) || !size ||
	    fstatat(folder, to, &there, 0) == 0 || store_replace(folder, to, bytes, size))
		return rename_in(folder, from, to);
	return unlinkat(folder, from, 0) || fsync(folder) ? -errno : 0;
}

static void count_start(struct writing *writing, const struct task *task,
			const struct volume *volume)
{
	const char *slash = strrchr(task->from, '/'), *to = strrchr(task->to, '/') + 1;
	int folder = volume_open_folder(volume, path_directory(writing->arena, task->from));
	int error = folder < 0 ? folder
			       : move_in(writing, volume, folder, task->from, slash + 1, to);

	if (error)
		say(writing, task, "%s: rename: %s: this start is not counted", task->from,
		    string_error(-error));
	else
		say(writing, task, "%s: counted, now %s", task->from, to);
	if (folder >= 0)
		close(folder);
}

/* A look without writing first: what is as it should be costs no mount for writing, no journal. */
static bool needs_writing(struct writing *writing, const struct task *task)
{
	const char *why;
	struct volume *volume = mount_device(writing->arena, task->identity, &why);
	bool needed = task->from != NULL;
	char *old, *new;
	size_t size;

	for (size_t i = 0; volume && i < task->writes.n && !needed; i++)
		needed = is_first(task, i) &&
			 read_block(writing, task, volume, i, &old, &new, &size) &&
			 memcmp(old, new, size);
	if (volume)
		volume_close(volume);
	else
		say(writing, task, " %s: what GRUB would save is not saved", why);
	return needed;
}

static bool has_writes(const struct task *task, bool in_files)
{
	for (size_t i = 0; i < task->writes.n; i++)
		if (is_in_file(task->writes.at[i]) == in_files)
			return true;
	return false;
}

/* What is to be written in files; or, not @in_files, beside them: while the file system is only read. */
static void write_blocks(struct writing *writing, const struct task *task, bool in_files)
{
	const char *why;
	struct volume *volume = in_files ? mount_writable(writing->arena, task->identity, &why)
					 : mount_device(writing->arena, task->identity, &why);

	if (!volume) {
		say(writing, task, " can't be written to: %s: the start is not noted there", why);
		return;
	}
	for (size_t i = 0; i < task->writes.n; i++)
		if (is_first(task, i) && is_in_file(task->writes.at[i]) == in_files)
			write_block(writing, task, volume, i);
	if (task->from && in_files)
		count_start(writing, task, volume);
	syncfs(volume->root);
	volume_close(volume);
}

static void carry_out(struct writing *writing, const struct task *task)
{
	if (!needs_writing(writing, task))
		return;
	if (has_writes(task, false))
		write_blocks(writing, task, false);
	if (!task->from && !has_writes(task, true))
		return;
	probe_let_write(writing->arena, task->identity);
	write_blocks(writing, task, true);
}

static int count_in(struct writing *writing, const struct volume *volume)
{
	struct text started = TEXT(writing->arena);
	char *bytes;
	size_t size;
	int error = store_read(writing->arena, volume, STORE_ATTEMPTS, &bytes, &size);

	if (error && error != -ENOENT)
		return error;
	attempts_started(error ? "" : bytes, writing->entry->id, &started);
	return store_write(writing->arena, volume, STORE_ATTEMPTS, started.at, started.n);
}

static void count_attempt(struct writing *writing)
{
	const struct identity *place = efivar_are_there() ? NULL : keeper_place(writing->boot);
	const struct task task = { .identity = place };
	struct volume *volume = NULL;
	const char *why = NULL;
	int error = 0;

	if (place) {
		probe_let_write(writing->arena, place);
		volume = mount_writable(writing->arena, place, &why);
	}
	if (volume || !place)
		error = count_in(writing, volume);
	if (volume)
		volume_close(volume);
	if (volume)
		why = error ? string_error(-error) : NULL;
	if (why && place)
		say(writing, &task, "%s: %s: this start is not counted",
		    store_path(place, STORE_ATTEMPTS), why);
}

static int run_writes(void *context, struct channel *channel)
{
	struct writing *writing = context;
	jmp_buf exhausted;

	writing->channel = channel;
	if (setjmp(exhausted))
		return ENOMEM;
	arena_guard(writing->arena, &exhausted);
	for (size_t i = 0; i < writing->tasks.n; i++)
		carry_out(writing, &writing->tasks.at[i]);
	if (is_counted(writing->boot))
		count_attempt(writing);
	if (efivar_are_there() &&
	    loadervars_write(writing->arena, writing->boot, writing->entry, writing->device))
		return EIO;
	return 0;
}

/* In PID 1 ------------------------------------------------------------------------------------------- */

static bool write_record(void *context, uint32_t type, struct fields *fields)
{
	struct writing *writing = context;
	const char *text = unpack_text(fields);

	if (type != WRITE_SAID || fields->bad)
		return false;
	boot_log(writing->boot, "%s", text);
	return true;
}

static void writes_ended(void *context, int status)
{
	struct writing *writing = context;

	if (status)
		boot_log(writing->boot, "what the entry's loader would have written is not all "
					"written: %s",
			 status == CHILD_LEFT ? "the disk does not answer" : "the writer did not come to its end");
	writing->boot->writer = NULL;
	arena_free(writing->arena);
}

static const struct child_kind write_kind = {
	.name = "baton-write",
	.run = run_writes,
	.record = write_record,
	.ended = writes_ended,
	.limit_ms = WRITE_LIMIT_MS,
};

void writes_begin(struct boot *boot)
{
	struct view_device *device;
	const struct entry *entry = view_find(&boot->view, boot->loading_id, &device);
	struct arena *arena = arena_new(WRITE_MEMORY);
	struct writing *writing;
	jmp_buf exhausted;

	if (!entry || !arena || setjmp(exhausted)) {
		arena_free(arena);
		return;
	}
	arena_guard(arena, &exhausted);
	writing = arena_make(arena, struct writing);
	*writing = (struct writing){
		.boot = boot, .arena = arena, .entry = entry, .device = device
	};
	collect(writing, entry, device);
	arena_guard(arena, NULL);
	if (writing->tasks.n || efivar_are_there() || is_counted(boot))
		boot->writer = child_start(&boot->children, &write_kind, writing);
	if (boot->writer)
		return;
	if (writing->tasks.n)
		boot_log(boot, "nothing is written: fork: %s", string_error(errno));
	arena_free(arena);
}

bool writes_are_done(const struct boot *boot)
{
	return !boot->writer;
}
