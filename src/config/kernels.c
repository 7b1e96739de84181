#include "config/kernels.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "config/value.h"
#include "config/version.h"

#define NAMES_MOST 4096

/* What distributions call a kernel; the version follows, or nothing. */
static const char *const kernel_names[] = {
	"vmlinuz", "vmlinux", "bzImage", "zImage", "Image", "kernel", "linux",
};

/* How they call the initrd of version %s. */
static const char *const initrd_names[] = {
	"initrd.img-%s",         /* Debian */
	"initramfs-%s.img",      /* Fedora, Arch, Gentoo */
	"initrd-%s",             /* SUSE */
	"initrd-%s.img",         /* Mageia, old Red Hat */
	"initramfs-%s",          /* Alpine */
	"initrd-%s.gz",
	"initrd.img-%s.gz",
	"initramfs.img-%s",
};
static const char *const plain_initrd_names[] = { "initrd.img", "initramfs.img", "initrd",
						  "initramfs", "initrd.gz", "initramfs.cpio.gz" };

/* Endings of what lies beside kernels: checksums, signatures, symbols, copies. */
static const char *const other_endings[] = { ".hmac", ".sig", ".sha256", ".sha512", ".txt", ".bak",
					     ".old",  ".dpkg-tmp", ".map", ".config" };

static bool is_other(const char *name)
{
	for (size_t i = 0; i < sizeof other_endings / sizeof *other_endings; i++)
		if (string_ends(name, other_endings[i]))
			return true;
	return strstr(name, "kdump") != NULL;
}

/* The version in a kernel's name; NULL if it is none. */
static const char *version_of(const char *name)
{
	for (size_t i = 0; i < sizeof kernel_names / sizeof *kernel_names; i++) {
		size_t n = strlen(kernel_names[i]);

		if (strncmp(name, kernel_names[i], n) != 0 || is_other(name))
			continue;
		if (!name[n])
			return "";
		if (name[n] == '-' && name[n + 1])
			return name + n + 1;
	}
	return NULL;
}

static int compare_strings(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_rescue(const struct kernel *kernel)
{
	return strstr(kernel->version, "rescue") || strstr(kernel->version, "recovery");
}

static int compare_kernels(const void *left, const void *right)
{
	const struct kernel *a = left, *b = right;
	int order = is_rescue(a) - is_rescue(b);

	if (!order)
		order = -version_compare(a->version, b->version);
	return order ? order : strcmp(a->name, b->name);
}

/* A name among the sorted ones of the directory. */
static const char *pick(const char **names, size_t n, const char *name)
{
	const char **found = bsearch(&name, names, n, sizeof *names, compare_strings);

	return found ? *found : NULL;
}

static const char *find_initrd(struct arena *arena, const char **names, size_t n,
			       const char *version)
{
	const char *found = NULL;

	for (size_t i = 0; !*version && !found && i < sizeof plain_initrd_names / sizeof(char *); i++)
		found = pick(names, n, plain_initrd_names[i]);
	for (size_t i = 0; *version && !found && i < sizeof initrd_names / sizeof(char *); i++) {
		const char *hole = strstr(initrd_names[i], "%s");

		found = pick(names, n,
			     arena_print(arena, "%.*s%s%s", (int)(hole - initrd_names[i]),
					 initrd_names[i], version, hole + 2));
	}
	return found;
}

size_t kernels_find(struct arena *arena, const struct volume *volume, const char *directory,
		    struct kernel **kernels)
{
	VEC(struct kernel) found = { 0 };
	const char **names;
	ssize_t n = volume_list(arena, volume, directory, NAMES_MOST, &names);

	*kernels = NULL;
	if (n <= 0)
		return 0;
	qsort(names, (size_t)n, sizeof *names, compare_strings);
	for (ssize_t i = 0; i < n; i++) {
		const char *version = version_of(names[i]);

		if (!version || !volume_is_file(volume, path_join(arena, directory, names[i])))
			continue;
		vec_push(arena, &found) = (struct kernel){
			.name = names[i],
			.version = version,
			.initrd = find_initrd(arena, names, (size_t)n, version),
		};
	}
	if (found.n)
		qsort(found.at, found.n, sizeof *found.at, compare_kernels);
	*kernels = found.at;
	return found.n;
}
