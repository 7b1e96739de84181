/* The machine, as its kernel and firmware describe it. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/text.h"
#include "language.h"
#include "page.h"

#define FILE_MOST 65536 /* the interesting part of /proc/cpuinfo is its beginning */
#define DMI       "/sys/class/dmi/id/"
#define EFI       "/sys/firmware/efi"
#define SECURE    EFI "/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"

/* The beginning of a small file; NULL: it can't be had. *@n: its bytes, if that is not NULL. */
static char *read_some(struct arena *arena, const char *path, size_t *n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct text text = TEXT(arena);
	char part[4096];
	ssize_t got;

	if (fd < 0)
		return NULL;
	while (text.n < FILE_MOST && (got = read(fd, part, sizeof part)) > 0)
		text_add(&text, part, (size_t)got);
	close(fd);
	if (n)
		*n = text.n;
	return text.n ? text_end(&text) : NULL;
}

/* Its first line; "" if there is none. */
static const char *line_of(struct arena *arena, const char *path)
{
	char *text = read_some(arena, path, NULL);

	if (!text)
		return "";
	text[strcspn(text, "\n")] = '\0';
	return text;
}

/* What follows "@key" and a colon in a file of such lines; NULL: nothing. */
static const char *value_of(struct arena *arena, const char *text, const char *key)
{
	const char *at = text ? strstr(text, key) : NULL;

	if (!at)
		return NULL;
	at += strcspn(at, ":\n");
	at += strspn(at, ": \t");
	return arena_copy(arena, at, strcspn(at, "\n"));
}

static size_t count(const char *text, const char *what)
{
	size_t n = 0;

	for (; text && (text = strstr(text, what)); text++)
		n++;
	return n;
}

static const char *secure_boot(struct arena *arena)
{
	size_t n = 0;
	const char *value = read_some(arena, SECURE, &n);

	/* efivarfs puts four bytes of attributes first; the value is one byte (UEFI 2.10, 3.3). */
	if (!value || n < 5)
		return "";
	return value[4] ? _(", Secure Boot is on") : _(", Secure Boot is off");
}

/* What the firmware's SMBIOS has of these, each after @before: many have none, or leave some out. */
static const char *smbios(struct arena *arena, const char *before, const char *const *names)
{
	struct text text = TEXT(arena);

	for (; *names; names++) {
		const char *line = line_of(arena, arena_print(arena, DMI "%s", *names));

		if (*line)
			text_print(&text, "%s%s", text.n ? " " : before, line);
	}
	return text_end(&text);
}

static void add_firmware(struct pager *pager, struct arena *arena)
{
	static const char *const names[] = { "sys_vendor", "product_name", NULL };
	static const char *const firmware[] = { "bios_vendor", "bios_version", "bios_date", NULL };
	const char *machine = smbios(arena, "", names);
	bool efi = access(EFI, F_OK) == 0;

	if (*machine)
		pager_add(pager, STYLE_PLAIN, "Machine", "%s", machine);
	pager_add(pager, STYLE_PLAIN, "Firmware", "%s%s%s", efi ? "UEFI" : _("BIOS or coreboot"),
		  efi ? secure_boot(arena) : "", smbios(arena, ": ", firmware));
}

static void add_processors(struct pager *pager, struct arena *arena)
{
	const char *info = read_some(arena, "/proc/cpuinfo", NULL);
	const char *model = value_of(arena, info, "model name");
	size_t n = count(read_some(arena, "/proc/stat", NULL), "\ncpu");

	pager_add(pager, STYLE_PLAIN, "Processor", "%s%s", model ? model : _("not known"),
		  n > 1 ? arena_print(arena, _(", %zu of them"), n) : "");
}

static void add_memory(struct pager *pager, struct arena *arena)
{
	const char *info = read_some(arena, "/proc/meminfo", NULL);
	const char *total = value_of(arena, info, "MemTotal");
	const char *available = value_of(arena, info, "MemAvailable");

	if (total && available)
		pager_add(pager, STYLE_PLAIN, "Memory", "%s, %s available",
			  describe_size(arena, strtoull(total, NULL, 10) * 1024),
			  describe_size(arena, strtoull(available, NULL, 10) * 1024));
}

static void add_terminal(struct pager *pager, const struct screen *screen)
{
	const char *name = ttyname(screen->fd) ? ttyname(screen->fd) : _("not a terminal");

	if (screen->columns)
		pager_add(pager, STYLE_PLAIN, "This one", "%s, %dx%d, %s", name, screen->columns,
			  screen->rows, screen->unicode ? "UTF-8" : "ASCII");
	else /* the line menu's, which asks for no size */
		pager_add(pager, STYLE_PLAIN, "This one", "%s, ASCII", name);
}

void system_fill(struct menu *menu)
{
	struct arena *arena = menu->arena;
	struct pager *pager = &menu->pager;
	struct utsname uts;

	add_firmware(pager, arena);
	add_processors(pager, arena);
	add_memory(pager, arena);
	if (uname(&uts) == 0)
		pager_add(pager, STYLE_PLAIN, "Kernel", "%s %s %s, %s", uts.sysname, uts.release,
			  uts.machine, uts.version);
	pager_add(pager, STYLE_PLAIN, "Started with", "%s", line_of(arena, "/proc/cmdline"));
	if (menu->view.status.consoles)
		pager_add(pager, STYLE_PLAIN, "Consoles", "%s", menu->view.status.consoles);
	add_terminal(pager, &menu->screen);
	if (menu->view.status.way)
		pager_add(pager, STYLE_PLAIN, "Loads by", "%s",
			  language_sentence(arena, menu->view.status.way));
}

void system_open(struct menu *menu)
{
	menu_open(menu, PAGE_SYSTEM);
	system_fill(menu);
}
