/* What happened so far: in baton's own words, or in the kernel's. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "language.h"
#include "page.h"

#define KMSG_RECORD 8192 /* one read of /dev/kmsg gives one record, of 8 kB at most */
#define KMSG_ERRORS 4    /* levels below this one are errors: printk(9) */

void log_fill(struct menu *menu)
{
	if (menu->view.log.n == 0)
		pager_add(&menu->pager, STYLE_PLAIN, NULL,
			  "Nothing worth telling has happened yet.");
	for (size_t i = 0; i < menu->view.log.n; i++)
		pager_add(&menu->pager, STYLE_PLAIN, NULL, "%s",
			  language_sentence(menu->arena, menu->view.log.at[i]));
}

void log_open(struct menu *menu)
{
	menu_open(menu, PAGE_LOG);
	menu->pager.at_end = true;
	log_fill(menu);
}

/* "level,number,microseconds,flags;text", then lines with more (Documentation/ABI/testing/dev-kmsg). */
static void add_record(struct pager *pager, char *record)
{
	char *text = strchr(record, ';'), *time = strchr(record, ',');
	unsigned long long us;

	time = time ? strchr(time + 1, ',') : NULL;
	if (!text || !time)
		return;
	text[strcspn(text, "\n")] = '\0';
	us = strtoull(time + 1, NULL, 10);
	pager_add(pager, strtoul(record, NULL, 10) % 8 < KMSG_ERRORS ? STYLE_ALERT : STYLE_PLAIN,
		  NULL, "%5llu.%03llu %s", us / 1000000, us / 1000 % 1000, text + 1);
}

void kernel_fill(struct menu *menu)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char record[KMSG_RECORD + 1];
	ssize_t n;

	/* EPIPE: what was to be read next has just been overwritten; the next read is fine again. */
	while (fd >= 0 && ((n = read(fd, record, KMSG_RECORD)) > 0 || errno == EPIPE || errno == EINTR)) {
		if (n <= 0)
			continue;
		record[n] = '\0';
		add_record(&menu->pager, record);
	}
	if (fd >= 0)
		close(fd);
	if (menu->pager.lines.n == 0)
		pager_add(&menu->pager, STYLE_ALERT, NULL, "The kernel's messages can't be read: %s",
			  strerror(errno));
}

void kernel_open(struct menu *menu)
{
	menu_open(menu, PAGE_KERNEL);
	menu->pager.at_end = true;
	kernel_fill(menu);
}
