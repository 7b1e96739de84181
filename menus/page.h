/* What the parts of the menu share: the pages of one console, their keys and their drawing. */
#ifndef MENUS_PAGE_H
#define MENUS_PAGE_H

#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/channel.h"
#include "edit.h"
#include "input.h"
#include "list.h"
#include "model/view.h"
#include "pager.h"
#include "screen.h"

enum page {
	PAGE_LIST,
	PAGE_SEARCH, /* the list, while typing what to look for */
	PAGE_EDIT,
	PAGE_SCRIPT,  /* the commands of an entry */
	PAGE_SETTING, /* one that is changed */
	PAGE_LOGIN,
	PAGE_DETAILS,
	PAGE_LOG,
	PAGE_KERNEL,
	PAGE_DISKS,
	PAGE_SYSTEM,
	PAGE_SETTINGS,
	PAGE_HELP,
	PAGE_CONFIRM, /* a question about the whole machine */
	PAGES,
};

#define TEXT_PAGES                                                                               \
	(1u << PAGE_DETAILS | 1u << PAGE_LOG | 1u << PAGE_KERNEL | 1u << PAGE_DISKS |            \
	 1u << PAGE_SYSTEM | 1u << PAGE_SETTINGS | 1u << PAGE_HELP)

struct menu {
	struct screen screen;
	struct input input;
	struct channel *channel;
	struct view view;
	struct list list;
	enum page page, back; /* back: where leaving help or the login leads */
	struct pager pager;   /* of the pages that are text */
	struct edit edit;
	struct text search;
	struct text sought; /* in the page that is a text */
	bool seeking;       /* that is being typed */
	struct edit login;      /* user and password… */
	struct request asked;   /* …for this; in .login.arena */
	const char *subject; /* id of the entry of the details page, or to be the default; in .arena */
	const char *edited;  /* id of the entry that is edited, in .edit.arena; NULL: a kernel by path */
	bool tried; /* what is in .edit was to be booted: it is there again if that failed */
	const struct setting *setting; /* of PAGE_SETTING */
	bool awaits; /* what was asked for on this page has its answer in the status or in .view.script */
	unsigned scripts; /* of .view.scripts, those that were seen */
	struct arena *arena; /* of the page: made anew when another one is opened */
	const char *notice; /* what the latest key came to, until the next one */
	bool refused;                /* it is why the selected entry can't be booted */
	enum view_request question;  /* of PAGE_CONFIRM */
	int64_t opened_ms, drawn_ms; /* of the first and of the latest drawing */
	int64_t typed_ms, input_ms;  /* of the latest key, of the latest byte */
	bool painted;                /* PID 1 was told of the first paint */
	bool behind;                 /* the terminal has not got all that was drawn */
	jmp_buf exhausted;           /* where an arena goes that may not grow */
};

/* menu_request - send a request to PID 1; see struct request */
void menu_request(struct menu *menu, enum view_request what, const char *id, const char *text);

void menu_send(struct menu *menu, const struct request *request);

/* menu_arena - a new arena that ends the menu when it is exhausted */
struct arena *menu_arena(struct menu *menu);

/* menu_open - go to a page with an arena and a pager of its own */
void menu_open(struct menu *menu, enum page page);

/* menu_refill - say anew what the page says about the view */
void menu_refill(struct menu *menu);

/* menu_close - back to where the page was opened from */
void menu_close(struct menu *menu);

#define KEYS_CHOSEN (1u << PAGES) /* in struct binding.pages: told only when there is something to choose */

/* One row for each thing that a key does. */
struct binding {
	uint32_t keys[4];  /* 0: no more */
	unsigned pages;    /* bits of enum page */
	const char *name;  /* of the key, for people; NULL: not told */
	const char *label; /* in the line at the bottom; NULL: only on the help page */
	const char *help;  /* a sentence about it */
	void (*run)(struct menu *menu);
};

extern const struct binding bindings[];
extern const unsigned bindings_n;

/* keys_apply - does a row of the table count on @page, here and now? */
bool keys_apply(const struct menu *menu, const struct binding *binding, enum page page);

/* keys_run - do what @key means on this page; false if it means nothing */
bool keys_run(struct menu *menu, uint32_t key);

/* keys_draw - the line of help at row @y */
void keys_draw(const struct menu *menu, int y);

/* search.c: in the list. search_apply() makes its rows anew, of what is sought or of everything */
void search_apply(struct menu *menu);
void search_open(struct menu *menu);
void search_type(struct menu *menu, uint32_t key);
void search_rub_out(struct menu *menu);
void search_stop(struct menu *menu);
void search_close(struct menu *menu);

/* In a page that is a text. seek_type() takes keys while menu->seeking; false: one without meaning */
void seek_open(struct menu *menu);
void seek_next(struct menu *menu);
void seek_last(struct menu *menu);
bool seek_type(struct menu *menu, uint32_t key);

/* Of the pages, for people. */
extern const char *const menu_names[PAGES];

/* Where nothing was found: what a person can do about it. */
extern const char menu_what_to_do[];

/* draw - the whole screen, by the page that is open */
void draw(struct menu *menu);

/* describe_size - bytes for people: "512 MB", "1.9 TB" (powers of 1000, as disks are sold) */
const char *describe_size(struct arena *arena, uint64_t bytes);

/* describe_device - what a person calls a disk: label, name, file system, size, model */
const char *describe_device(struct arena *arena, const struct identity *id);

/* describe_entry - what an entry would boot, in one line */
const char *describe_entry(struct arena *arena, const struct view_device *device,
			   const struct entry *entry);

/* forms_send - ask PID 1 for what changes something. First a login, where a configuration has locks */
void forms_send(struct menu *menu, const struct request *request);

/* forms_boot - ask PID 1 to boot an entry; @text: see struct request. First a login, if it takes one */
void forms_boot(struct menu *menu, const char *id, const char *text);

/* The pages that are typed into, and what Enter does there. */
void forms_edit(struct menu *menu);
void forms_path(struct menu *menu);
void forms_boot_edited(struct menu *menu);
void forms_login(struct menu *menu);
void forms_script(struct menu *menu);
void forms_run(struct menu *menu);
void forms_setting(struct menu *menu, const struct setting *setting, const char *value);

/* The pages that are text: they fill menu->pager. */
void details_open(struct menu *menu);
void log_open(struct menu *menu);
void kernel_open(struct menu *menu);
void disks_open(struct menu *menu);
void system_open(struct menu *menu);
void settings_open(struct menu *menu);
void help_open(struct menu *menu);

/* forms_take_script - an entry's commands, or the answer to those that were sent, may have come */
void forms_take_script(struct menu *menu);

/* settings_move - choose the setting that is @by settings away */
void settings_move(struct menu *menu, long by);

/* settings_ask - edit the setting of a name, if this machine lets anyone do that */
void settings_ask(struct menu *menu, const char *name);

/* settings_value - the value of a setting that counts now, or NULL where there are no settings */
const struct view_setting *settings_value(const struct view *view, const char *name);

/* settings_change, settings_keep - edit the setting that is chosen; have PID 1 keep it */
void settings_change(struct menu *menu);
void settings_keep(struct menu *menu);

/* settings_describe - what is known of the setting that is edited, at @rows rows from @y on */
void settings_describe(const struct menu *menu, int y, int rows);

/* They follow the view while they are open. */
void details_fill(struct menu *menu);
void log_fill(struct menu *menu);
void kernel_fill(struct menu *menu);
void disks_fill(struct menu *menu);
void system_fill(struct menu *menu);
void settings_fill(struct menu *menu);

/* shell_run - give this console to a shell until that ends */
void shell_run(struct menu *menu);

/* shell_refused - why there is none for whoever is at this console; NULL: there is one */
const char *shell_refused(const struct view *view);

/* shell_start - the same for a terminal whose modes are those of a shell; false: it can't be started */
bool shell_start(int terminal);

/* lines_run - the menu of a terminal that only prints lines; as menu_run() */
int lines_run(int terminal, struct channel *channel);

#endif
