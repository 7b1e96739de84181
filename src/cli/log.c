#include "cli/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "disk/sysfs.h"
#include "kexec/kexec.h"

#define NODES "/sys/kernel/boot_params/setup_data"

/* What firmware or another loader left there is not ours, whatever it calls it: no control characters. */
static void print_text(const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		putchar(bytes[i] == '\n' || (unsigned char)bytes[i] >= ' ' ? bytes[i] : '?');
}

static int print_node(const char *path)
{
	char bytes[KEXEC_NOTE_MOST];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, bytes, sizeof bytes);

	if (n < 0)
		perror(path);
	else
		print_text(bytes, (size_t)n);
	if (fd >= 0)
		close(fd);
	return n < 0;
}

int log_last_boot(struct arena *arena)
{
	const char *type;

	for (unsigned i = 0; (type = sysfs_read(arena, arena_print(arena, NODES "/%u/type", i))); i++)
		if (strtoul(type, NULL, 0) == KEXEC_NOTE_TYPE)
			return print_node(arena_print(arena, NODES "/%u/data", i));
	fputs("baton: nothing is known of this system's start: it was not booted by baton's kexec_load(2), "
	      "or its kernel does not tell (" NODES ")\n", stderr);
	return 1;
}
