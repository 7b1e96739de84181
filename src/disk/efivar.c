#include "disk/efivar.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/text.h"

#define FOLDER "/sys/firmware/efi/efivars/"
#define ATTRIBUTES 4 /* bytes, in front of the value */
#define KEPT 7       /* non-volatile, boot service and run-time access (UEFI 2.10, 8.2) */
#define VALUE_MOST ((size_t)64 * 1024)

bool efivar_are_there(void)
{
	return access(FOLDER, F_OK) == 0;
}

static const char *path_of(struct arena *arena, const char *name)
{
	return *name == '/' ? name : arena_print(arena, FOLDER "%s", name);
}

char *efivar_read(struct arena *arena, const char *name, size_t *size)
{
	int fd = open(path_of(arena, name), O_RDONLY | O_CLOEXEC);
	char *bytes;
	ssize_t n;

	if (fd < 0)
		return NULL;
	bytes = arena_alloc(arena, VALUE_MOST + 1);
	n = read(fd, bytes, VALUE_MOST); /* efivarfs gives all of it at once */
	close(fd);
	if (n < ATTRIBUTES)
		return NULL;
	*size = (size_t)n - ATTRIBUTES;
	return bytes + ATTRIBUTES;
}

/* efivarfs guards what it does not know against a stray rm. */
static void allow_change(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), flags;

	if (fd < 0)
		return;
	if (ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0 && (flags & FS_IMMUTABLE_FL)) {
		flags &= ~FS_IMMUTABLE_FL;
		ioctl(fd, FS_IOC_SETFLAGS, &flags);
	}
	close(fd);
}

static int write_value(struct arena *arena, const char *path, const void *bytes, size_t size)
{
	char *value = arena_alloc(arena, ATTRIBUTES + size);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644), error = 0;

	if (fd < 0)
		return -errno;
	value[0] = KEPT;
	memcpy(value + ATTRIBUTES, bytes, size);
	errno = EIO;
	if (write(fd, value, ATTRIBUTES + size) != (ssize_t)(ATTRIBUTES + size))
		error = -errno;
	/* A file elsewhere, that stands for a variable, may have been longer. */
	if (!error && path[0] == '/' && !string_starts(path, FOLDER) &&
	    ftruncate(fd, (off_t)(ATTRIBUTES + size)) < 0)
		error = -errno;
	close(fd);
	return error;
}

int efivar_write(struct arena *arena, const char *name, const void *bytes, size_t size)
{
	const char *path = path_of(arena, name);
	size_t old_size = 0;
	const char *old = efivar_read(arena, name, &old_size);

	if (old ? old_size == size && memcmp(old, bytes, size) == 0 : size == 0)
		return 0;
	allow_change(path);
	if (size)
		return write_value(arena, path, bytes, size);
	return unlink(path) ? -errno : 0;
}

/* UTF-16 ----------------------------------------------------------------------------------------------- */

static void add_code(struct text *text, uint32_t code)
{
	if (code < 0x80) {
		text_char(text, (char)code);
	} else if (code < 0x800) {
		text_char(text, (char)(0xc0 | code >> 6));
		text_char(text, (char)(0x80 | (code & 0x3f)));
	} else {
		text_char(text, (char)(0xe0 | code >> 12));
		text_char(text, (char)(0x80 | (code >> 6 & 0x3f)));
		text_char(text, (char)(0x80 | (code & 0x3f)));
	}
}

/* File names on an ESP, which these are, have no characters beyond the first 65536. */
char *efivar_text(struct arena *arena, const char *name)
{
	struct text text = TEXT(arena);
	size_t size;
	const unsigned char *at = (const unsigned char *)efivar_read(arena, name, &size);

	if (!at || size % 2)
		return NULL;
	for (size_t i = 0; i < size && (at[i] || at[i + 1]); i += 2) {
		uint32_t code = at[i] | (uint32_t)at[i + 1] << 8;

		if (code >= 0xd800 && code < 0xe000)
			return NULL;
		add_code(&text, code);
	}
	return text.n ? text_end(&text) : NULL;
}

/* The next character of UTF-8; "?" for what is none, or not one of the first 65536. */
static uint32_t next_code(const char **at)
{
	unsigned char c = (unsigned char)*(*at)++;
	unsigned more = c >= 0xe0 && c < 0xf0 ? 2 : c >= 0xc2 && c < 0xe0 ? 1 : 0;
	uint32_t code = more == 2 ? c & 0x0f : more == 1 ? c & 0x1f : c;

	if (c >= 0x80 && !more)
		return '?';
	for (; more; more--) {
		if (((unsigned char)**at & 0xc0) != 0x80)
			return '?';
		code = code << 6 | ((unsigned char)*(*at)++ & 0x3f);
	}
	return code;
}

char *efivar_encode(struct arena *arena, const char *text, size_t *size)
{
	struct text out = TEXT(arena);

	while (*text) {
		uint32_t code = next_code(&text);

		text_char(&out, (char)(code & 0xff));
		text_char(&out, (char)(code >> 8));
	}
	text_add(&out, "\0", 2);
	*size = out.n;
	return out.at;
}
