#include "disk/volume.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/text.h"

#define REMEMBERED 64
#define SECTOR     512 /* the unit of GRUB's block lists */

struct remembered {
	struct arena *arena;
	struct {
		const char *path; /* NULL: none */
		struct file_info info;
		int error;
	} at[REMEMBERED]; /* by the hash of the path: a newer one takes the place of an older */
};

struct volume_ops {
	int (*open)(const struct volume *volume, const char *path, int flags);
	int (*read)(struct arena *arena, const struct volume *volume, const char *path, size_t most,
		    char **bytes, size_t *size);
	int (*stat)(const struct volume *volume, const char *path, struct file_info *info);
	ssize_t (*list)(struct arena *arena, const struct volume *volume, const char *path,
			size_t most, const char ***names);
};

static struct volume *volume_new(struct arena *arena, const struct identity *identity,
				 const struct volume_ops *ops, int root)
{
	struct volume *volume = arena_make(arena, struct volume);

	volume->identity = identity;
	volume->ops = ops;
	volume->root = root;
	volume->remembered = arena_make(arena, struct remembered);
	volume->remembered->arena = arena;
	return volume;
}

static void close_fd(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

#define CLEANUP_FD __attribute__((cleanup(close_fd)))

/* A directory: a mounted file system, or a tree that a person names -------------------------------- */

static int directory_open(const struct volume *volume, const char *path, int flags)
{
	struct open_how how = {
		/* openat2(2) takes nothing but a few flags beside O_PATH. */
		.flags = (uint64_t)(O_CLOEXEC | flags |
				    (flags & O_PATH ? 0 : O_RDONLY | O_NONBLOCK | O_NOCTTY)),
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	/* RESOLVE_IN_ROOT makes "/" the root itself, also in the middle of symbolic links. */
	int fd = (int)syscall(SYS_openat2, volume->root, path, &how, sizeof how);

	return fd < 0 ? -errno : fd;
}

static void info_from_stat(const struct stat *st, struct file_info *info)
{
	info->kind = S_ISREG(st->st_mode)   ? FILE_REGULAR
		     : S_ISDIR(st->st_mode) ? FILE_DIRECTORY
					    : FILE_OTHER;
	info->size = (uint64_t)st->st_size;
	info->mtime = st->st_mtime;
}

static int directory_stat(const struct volume *volume, const char *path, struct file_info *info)
{
	CLEANUP_FD int fd = directory_open(volume, path, O_PATH);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	info_from_stat(&st, info);
	return 0;
}

/* Opened as a path first: opening a device node or a fifo may do more than one bargained for. */
static int directory_open_file(const struct volume *volume, const char *path, int flags)
{
	struct file_info info;
	int error = directory_stat(volume, path, &info);

	if (error)
		return error;
	if (info.kind != FILE_REGULAR)
		return info.kind == FILE_DIRECTORY ? -EISDIR : -EINVAL;
	return directory_open(volume, path, flags);
}

static int directory_read(struct arena *arena, const struct volume *volume, const char *path,
			  size_t most, char **bytes, size_t *size)
{
	CLEANUP_FD int fd = directory_open_file(volume, path, 0);
	struct stat st;
	size_t n = 0;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size < 0 || (uint64_t)st.st_size > most)
		return -EFBIG;
	*bytes = arena_alloc(arena, (size_t)st.st_size + 1);
	while (n < (size_t)st.st_size) {
		ssize_t got = read(fd, *bytes + n, (size_t)st.st_size - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		n += (size_t)got;
	}
	*size = n;
	return 0;
}

static void close_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

static ssize_t directory_list(struct arena *arena, const struct volume *volume, const char *path,
			      size_t most, const char ***names)
{
	int fd = directory_open(volume, path, O_DIRECTORY);
	__attribute__((cleanup(close_dir))) DIR *dir = NULL;
	VEC(const char *) found = { 0 };
	struct dirent *entry;

	if (fd < 0)
		return fd;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return -errno;
	}
	while (found.n < most && (entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			vec_push(arena, &found) = arena_string(arena, entry->d_name);
	*names = found.at;
	return (ssize_t)found.n;
}

static const struct volume_ops directory_ops = {
	.open = directory_open_file,
	.read = directory_read,
	.stat = directory_stat,
	.list = directory_list,
};

struct volume *volume_open_directory(struct arena *arena, int fd, const struct identity *identity)
{
	return volume_new(arena, identity, &directory_ops, fd);
}

/* Memory ------------------------------------------------------------------------------------------ */

/* Past the slashes that lead a path, so that "/a", "//a" and "a" are the same. */
static const char *past_slashes(const char *path)
{
	return path + strspn(path, "/");
}

static const struct memory_file *memory_find(const struct volume *volume, const char *path)
{
	for (const struct memory_file *file = volume->memory; file->path; file++)
		if (strcmp(past_slashes(file->path), past_slashes(path)) == 0)
			return file;
	return NULL;
}

/* What follows the directory @path in a file's path, or NULL if the file is not below it. */
static const char *memory_below(const struct memory_file *file, const char *path)
{
	const char *name = past_slashes(file->path);
	size_t n;

	path = past_slashes(path);
	n = strlen(path);
	while (n && path[n - 1] == '/')
		n--;
	if (n == 0)
		return name;
	if (strncmp(name, path, n) || name[n] != '/')
		return NULL;
	return past_slashes(name + n);
}

static int memory_open(const struct volume *volume, const char *path, int flags)
{
	(void)volume, (void)path, (void)flags;
	return -ENOSYS;
}

static int memory_read(struct arena *arena, const struct volume *volume, const char *path,
		       size_t most, char **bytes, size_t *size)
{
	const struct memory_file *file = memory_find(volume, path);

	if (!file)
		return -ENOENT;
	if (file->size > most)
		return -EFBIG;
	*bytes = arena_copy(arena, file->bytes, file->size);
	*size = file->size;
	return 0;
}

static int memory_stat(const struct volume *volume, const char *path, struct file_info *info)
{
	const struct memory_file *file = memory_find(volume, path);

	if (file) {
		*info = (struct file_info){ .kind = FILE_REGULAR, .size = file->size };
		return 0;
	}
	for (file = volume->memory; file->path; file++)
		if (memory_below(file, path)) {
			*info = (struct file_info){ .kind = FILE_DIRECTORY };
			return 0;
		}
	return -ENOENT;
}

static ssize_t memory_list(struct arena *arena, const struct volume *volume, const char *path,
			   size_t most, const char ***names)
{
	VEC(const char *) found = { 0 };

	for (const struct memory_file *file = volume->memory; file->path && found.n < most; file++) {
		const char *rest = memory_below(file, path);
		char *name;
		bool known = false;

		if (!rest || !*rest)
			continue;
		name = arena_copy(arena, rest, strcspn(rest, "/"));
		for (size_t i = 0; i < found.n; i++)
			known |= strcmp(found.at[i], name) == 0;
		if (!known)
			vec_push(arena, &found) = name;
	}
	*names = found.at;
	return found.n ? (ssize_t)found.n : -ENOENT;
}

static const struct volume_ops memory_ops = {
	.open = memory_open,
	.read = memory_read,
	.stat = memory_stat,
	.list = memory_list,
};

struct volume *volume_open_memory(struct arena *arena, const struct memory_file *files,
				  const struct identity *identity)
{
	struct volume *volume = volume_new(arena, identity, &memory_ops, -1);

	volume->memory = files;
	return volume;
}

/* Any volume -------------------------------------------------------------------------------------- */

void volume_close(struct volume *volume)
{
	if (volume->root >= 0)
		close(volume->root);
	volume->root = -1;
}

int volume_open_file(const struct volume *volume, const char *path)
{
	return volume->ops->open(volume, path, 0);
}

static void forget(const struct volume *volume)
{
	for (size_t i = 0; i < REMEMBERED; i++)
		volume->remembered->at[i].path = NULL;
}

int volume_open_writable(const struct volume *volume, const char *path)
{
	forget(volume);
	return volume->ops->open(volume, path, O_RDWR);
}

int volume_open_folder(const struct volume *volume, const char *path)
{
	forget(volume);
	return volume->root < 0 ? -ENOSYS : directory_open(volume, path, O_DIRECTORY);
}

int volume_read(struct arena *arena, const struct volume *volume, const char *path, size_t most,
		char **bytes, size_t *size)
{
	return volume->ops->read(arena, volume, path, most, bytes, size);
}

/* "OFFSET+COUNT", in sectors: the only kind of list that is met with. */
static bool parse_blocks(const char *list, uint64_t *offset, uint64_t *count)
{
	uint64_t *number = offset;

	*offset = *count = 0;
	for (; *list; list++) {
		if (*list == '+' && number == offset)
			number = count;
		else if (*list < '0' || *list > '9' ||
			 __builtin_mul_overflow(*number, 10u, number) ||
			 __builtin_add_overflow(*number, (unsigned)(*list - '0'), number))
			return false;
	}
	return number == count && *count && *offset <= INT64_MAX / SECTOR;
}

int volume_open_blocks(const struct volume *volume, const char *list, bool writable, size_t most,
		       off_t *offset, size_t *size)
{
	uint64_t sector, count;
	int fd;

	if (!parse_blocks(list, &sector, &count))
		return -EINVAL;
	if (count > most / SECTOR)
		return -EFBIG;
	if (!volume->on_device)
		return -ENODEV;
	fd = open(arena_print(volume->remembered->arena, "/dev/%s", volume->identity->name),
		  (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOCTTY);
	*offset = (off_t)(sector * SECTOR);
	*size = (size_t)count * SECTOR;
	return fd < 0 ? -errno : fd;
}

int volume_read_blocks(struct arena *arena, const struct volume *volume, const char *list,
		       size_t most, char **bytes, size_t *size)
{
	CLEANUP_FD int fd = -1;
	off_t offset;

	if (volume->root < 0)
		return volume_read(arena, volume, list, most, bytes, size);
	fd = volume_open_blocks(volume, list, false, most, &offset, size);
	if (fd < 0)
		return fd;
	*bytes = arena_alloc(arena, *size + 1);
	errno = EIO; /* of a device that ends there */
	return pread(fd, *bytes, *size, offset) == (ssize_t)*size ? 0 : -errno;
}

static bool is_assumed(const struct volume *volume, const char *path)
{
	for (size_t i = 0; i < volume->assumed.n; i++)
		if (strcmp(past_slashes(volume->assumed.at[i]), past_slashes(path)) == 0)
			return true;
	return false;
}

static size_t slot_of(const char *path)
{
	size_t hash = 0;

	while (*path)
		hash = hash * 31 + (unsigned char)*path++;
	return hash % REMEMBERED;
}

static int stat_once(const struct volume *volume, const char *path, struct file_info *info)
{
	struct remembered *known = volume->remembered;
	size_t i = slot_of(path);

	if (!known->at[i].path || strcmp(known->at[i].path, path)) {
		known->at[i].path = arena_string(known->arena, path);
		known->at[i].error = volume->ops->stat(volume, path, &known->at[i].info);
	}
	*info = known->at[i].info;
	return known->at[i].error;
}

int volume_stat(const struct volume *volume, const char *path, struct file_info *info)
{
	int error = stat_once(volume, path, info);

	if (error && is_assumed(volume, path)) {
		*info = (struct file_info){ .kind = FILE_REGULAR, .size = 1 };
		return 0;
	}
	return error;
}

bool volume_is_file(const struct volume *volume, const char *path)
{
	struct file_info info;

	return volume_stat(volume, path, &info) == 0 && info.kind == FILE_REGULAR;
}

ssize_t volume_list(struct arena *arena, const struct volume *volume, const char *path, size_t most,
		    const char ***names)
{
	return volume->ops->list(arena, volume, path, most, names);
}
