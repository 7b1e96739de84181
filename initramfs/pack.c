/*
 * Packs the initramfs: /init, the folders it mounts on, and the two device nodes it needs before it
 * has mounted anything. Runs on the build machine, without root; the same input gives the same
 * bytes.
 *
 *	pack INIT ARCHIVE [SETTINGS]
 *
 * The format is "newc", Documentation/driver-api/early-userspace/buffer-format.rst: per file an
 * ASCII header of 13 numbers of 8 hexadecimal digits, its name and its data, name and data each
 * padded to 4 bytes.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static const struct item {
	const char *name;
	unsigned int mode;
	unsigned int major, minor;
} items[] = {
	{ "dev", S_IFDIR | 0755, 0, 0 },
	/* The kernel opens it as PID 1's stdin, stdout and stderr, before devtmpfs is mounted. */
	{ "dev/console", S_IFCHR | 0600, 5, 1 },
	{ "dev/null", S_IFCHR | 0666, 1, 3 },
	{ "proc", S_IFDIR | 0555, 0, 0 },
	{ "run", S_IFDIR | 0755, 0, 0 },
	{ "sys", S_IFDIR | 0555, 0, 0 },
};

static unsigned int next_inode;

static void write_padding(FILE *archive, size_t written)
{
	static const char zeros[4];

	fwrite(zeros, 1, -written & 3, archive);
}

static void write_item(FILE *archive, const struct item *item, const void *data, size_t size)
{
	static const char magic[] = "070701";
	size_t name_size = strlen(item->name) + 1;
	unsigned int links = S_ISDIR(item->mode) ? 2 : 1;
	const unsigned int header[] = {
		next_inode++,
		item->mode,
		0, /* uid: root */
		0, /* gid: root */
		links,
		0, /* modification time: none, so that builds compare equal */
		size,
		0, /* major and minor number of the disk it is on */
		0,
		item->major,
		item->minor,
		name_size,
		0, /* checksum: not used by this variant */
	};
	size_t written = fwrite(magic, 1, sizeof magic - 1, archive);

	for (size_t i = 0; i < sizeof header / sizeof *header; i++)
		written += fprintf(archive, "%08x", header[i]);
	written += fwrite(item->name, 1, name_size, archive);
	write_padding(archive, written);
	fwrite(data, 1, size, archive);
	write_padding(archive, size);
}

/* Returns the file's content, to be freed, and its size; or NULL with errno set. */
static void *read_file(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	struct stat status;
	void *data;

	if (!file)
		return NULL;
	if (fstat(fileno(file), &status) < 0) {
		fclose(file);
		return NULL;
	}
	*size = status.st_size;
	data = malloc(*size + 1);
	if (data && fread(data, 1, *size, file) != *size) {
		free(data);
		data = NULL;
		errno = EIO;
	}
	fclose(file);
	return data;
}

/* Returns 0, or -1 with errno set. */
static int write_file(FILE *archive, const char *name, unsigned int mode, const char *path)
{
	const struct item item = { name, S_IFREG | mode, 0, 0 };
	size_t size;
	void *data = read_file(path, &size);

	if (!data)
		return -1;
	write_item(archive, &item, data, size);
	free(data);
	return 0;
}

static int fail(const char *path)
{
	perror(path);
	return 1;
}

int main(int argc, char **argv)
{
	static const struct item trailer = { "TRAILER!!!", 0, 0, 0 };
	FILE *archive;
	int failed;

	if (argc != 3 && argc != 4) {
		fprintf(stderr, "usage: pack INIT ARCHIVE [SETTINGS]\n");
		return 2;
	}
	archive = fopen(argv[2], "wb");
	if (!archive)
		return fail(argv[2]);
	for (size_t i = 0; i < sizeof items / sizeof *items; i++)
		write_item(archive, &items[i], NULL, 0);
	if (write_file(archive, "init", 0755, argv[1]))
		return fail(argv[1]);
	if (argc == 4 && write_file(archive, "settings", 0444, argv[3]))
		return fail(argv[3]);
	write_item(archive, &trailer, NULL, 0);
	/* One check serves for all writes: a failed one leaves the error mark. */
	failed = ferror(archive);
	if (fclose(archive) || failed)
		return fail(argv[2]);
	return 0;
}
