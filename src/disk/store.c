#include "disk/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "disk/efivar.h"
#include "model/settings.h"

#define LABEL "BATON"
#define ESP "/EFI"
#define ESP_FOLDER ESP "/baton/"
#define NEW_MOST 16 /* files that power cuts may leave before one has to be taken again */
#define NEW_NAME 24 /* bytes */

static const struct {
	const char *variable, *file;
} items[] = {
	[STORE_SETTINGS] = { EFIVAR_BATON("BatonSettings"), ESP_FOLDER "baton.conf" },
	[STORE_ATTEMPTS] = { EFIVAR_BATON("BatonAttempts"), ESP_FOLDER "attempts" },
};

bool store_has_label(const struct identity *identity)
{
	return string_same(identity->label, LABEL) || string_same(identity->partlabel, LABEL);
}

bool store_may_be_on(const struct identity *identity)
{
	return identity->is_filesystem &&
	       (store_has_label(identity) || string_same(identity->type, "vfat"));
}

bool store_has_place(const struct volume *volume)
{
	struct file_info info;

	return store_has_label(volume->identity) ||
	       (volume_stat(volume, ESP, &info) == 0 && info.kind == FILE_DIRECTORY);
}

const char *store_path(const struct identity *identity, enum store_item item)
{
	if (!identity)
		return items[item].variable;
	return items[item].file + (store_has_label(identity) ? strlen(ESP_FOLDER) - 1 : 0);
}

int store_read(struct arena *arena, const struct volume *volume, enum store_item item, char **bytes,
	       size_t *size)
{
	if (volume)
		return volume_read(arena, volume, store_path(volume->identity, item),
				   SETTINGS_STORE_MOST, bytes, size);
	errno = ENOENT;
	*bytes = efivar_read(arena, items[item].variable, size);
	if (!*bytes)
		return -errno;
	return *size > SETTINGS_STORE_MOST ? -EFBIG : 0;
}

/*
 * A new file beside the old one. The name is never one that is taken: on vfat, a power cut during
 * the rename can leave two names of the same clusters, and to overwrite one would change the other.
 */
static int open_new(int folder, char name[static NEW_NAME])
{
	int fd = -1;

	for (int i = 0; i < NEW_MOST && fd < 0; i++) {
		snprintf(name, NEW_NAME, "baton.%03d", i);
		fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
		if (fd < 0 && errno != EEXIST)
			break;
	}
	if (fd < 0 && errno == EEXIST)
		fd = openat(folder, name, O_WRONLY | O_TRUNC | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/*
 * The new bytes are on the disk before they get the name. The old ones' clusters are not freed before
 * the name has left them, as somebody holds them open: else a power cut between could let it name
 * free clusters. vfat writes the name with its file, not with its folder.
 */
static int take_name(int folder, int fd, const char *new, const char *name)
{
	int old = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK), error = 0;

	if (renameat(folder, new, folder, name) || fsync(fd) || fsync(folder))
		error = -errno;
	if (old >= 0)
		close(old);
	return error;
}

int store_replace(int folder, const char *name, const void *bytes, size_t size)
{
	char new[NEW_NAME];
	int fd = open_new(folder, new), error = 0;

	if (fd < 0)
		return fd;
	errno = EIO; /* of a short write */
	if (write(fd, bytes, size) != (ssize_t)size || fsync(fd))
		error = -errno;
	if (!error)
		error = take_name(folder, fd, new, name);
	close(fd);
	if (error)
		unlinkat(folder, new, 0);
	return syncfs(folder) && !error ? -errno : error;
}

static int remove_file(int folder, const char *name)
{
	if (unlinkat(folder, name, 0))
		return errno == ENOENT ? 0 : -errno;
	return syncfs(folder) ? -errno : 0;
}

/* The folder of the files; on an EFI system partition it is made when it is first needed. */
static int open_folder(const struct volume *volume, bool make)
{
	const char *path = store_has_label(volume->identity) ? "/" : ESP_FOLDER;
	int folder = volume_open_folder(volume, path), parent;

	if (folder != -ENOENT || !make)
		return folder;
	parent = volume_open_folder(volume, ESP);
	if (parent < 0)
		return parent;
	folder = mkdirat(parent, "baton", 0755) ? -errno : volume_open_folder(volume, path);
	close(parent);
	return folder;
}

int store_write(struct arena *arena, const struct volume *volume, enum store_item item,
		const void *bytes, size_t size)
{
	const char *name;
	int folder, error;

	if (size > SETTINGS_STORE_MOST)
		return -E2BIG;
	if (!volume)
		return efivar_write(arena, items[item].variable, bytes, size);
	folder = open_folder(volume, size > 0);
	if (folder < 0)
		return folder == -ENOENT && !size ? 0 : folder;
	name = strrchr(items[item].file, '/') + 1;
	error = size ? store_replace(folder, name, bytes, size) : remove_file(folder, name);
	close(folder);
	return error;
}
