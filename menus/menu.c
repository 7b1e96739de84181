#include "menu.h"

#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "language.h"
#include "page.h"

#define PAGE_MEMORY ((size_t)64 * 1024 * 1024)
#define ANSWER_WINDOW_MS 5000 /* of a terminal to our question, at the start */
#define IDLE_MS     30000 /* after so long, whoever types may have a new terminal before them */
#define DRAIN_MS    10    /* between looks at whether what was drawn has left */
#define STUCK_MS    5000  /* a console that takes longer than this is stuck… */
#define UNSTUCK_MS  500   /* …and is looked at only so often */

/* Pages ---------------------------------------------------------------------------------------- */

void menu_send(struct menu *menu, const struct request *request)
{
	/* When PID 1 is gone, the next read of the channel says so. */
	if (request_send(menu->channel, request) == -ENOBUFS)
		menu->notice = "PID 1 does not answer.";
}

void menu_request(struct menu *menu, enum view_request what, const char *id, const char *text)
{
	menu_send(menu, &(struct request){ .what = what, .id = id, .text = text });
}

struct arena *menu_arena(struct menu *menu)
{
	struct arena *arena = arena_new(PAGE_MEMORY);

	if (!arena)
		longjmp(menu->exhausted, 1);
	arena_guard(arena, &menu->exhausted);
	return arena;
}

void menu_open(struct menu *menu, enum page page)
{
	arena_free(menu->arena);
	menu->arena = menu_arena(menu);
	menu->pager = (struct pager){ .arena = menu->arena };
	menu->subject = NULL;
	menu->page = page;
	menu->back = PAGE_LIST;
	menu->seeking = menu->awaits = false;
}

void menu_close(struct menu *menu)
{
	/* what the help took the place of is made anew; what is typed into has memory of its own */
	static void (*const open[PAGES])(struct menu * menu) = {
		[PAGE_DETAILS] = details_open, [PAGE_LOG] = log_open,
		[PAGE_KERNEL] = kernel_open,   [PAGE_DISKS] = disks_open,
		[PAGE_SYSTEM] = system_open,   [PAGE_SETTINGS] = settings_open,
	};
	bool goes_back = menu->page == PAGE_HELP || menu->page == PAGE_LOGIN;
	enum page page = goes_back			? menu->back
			 : menu->page == PAGE_SETTING	? PAGE_SETTINGS
							: PAGE_LIST;

	if (menu->page == PAGE_EDIT || menu->page == PAGE_SCRIPT)
		menu->tried = false;
	menu->page = page;
	menu->back = PAGE_LIST;
	if (open[page])
		open[page](menu);
}

/* What a page says about the view, said again: it stays scrolled to where it was. */
void menu_refill(struct menu *menu)
{
	static void (*const fill[PAGES])(struct menu * menu) = {
		[PAGE_DETAILS] = details_fill,
		[PAGE_LOG] = log_fill,
		[PAGE_DISKS] = disks_fill,
		[PAGE_SYSTEM] = system_fill,
		[PAGE_SETTINGS] = settings_fill,
	};
	struct arena *before = menu->arena;

	if (!fill[menu->page])
		return;
	menu->arena = menu_arena(menu);
	menu->subject = arena_string(menu->arena, menu->subject);
	menu->pager = (struct pager){ .arena = menu->arena,
				      .top = menu->pager.top,
				      .at = menu->pager.at,
				      .chosen = arena_string(menu->arena, menu->pager.chosen),
				      .sought = menu->pager.sought,
				      .at_end = menu->pager.at_end };
	arena_free(before);
	fill[menu->page](menu);
}

/* In the language that PID 1 names, as far as this terminal can. */
static void choose_language(struct menu *menu)
{
	const struct screen *screen = &menu->screen;

	if (!language_choose(menu->view.status.language, screen->unicode, screen->fd))
		return;
	if (list_build(&menu->list, &menu->view) < 0)
		longjmp(menu->exhausted, 1);
	if (menu->page == PAGE_HELP)
		help_open(menu);
	menu_refill(menu);
}

/* Events --------------------------------------------------------------------------------------- */

static void handle_key(struct menu *menu, uint32_t key)
{
	enum phase phase = menu->view.status.phase;
	int64_t now = clock_ms();

	if (key == INPUT_NONE)
		return;
	if (key == INPUT_REPORT) {
		screen_report(&menu->screen, menu->input.parameters[0], menu->input.parameters[1]);
		choose_language(menu);
		return;
	}
	if (phase != PHASE_MENU && phase != PHASE_BOOTING)
		menu_request(menu, REQUEST_HOLD, NULL, NULL);
	if (now - menu->typed_ms > IDLE_MS) {
		screen_ask(&menu->screen);
		screen_repaint();
	}
	menu->typed_ms = now;
	menu->notice = NULL;
	menu->refused = false;
	if (menu->view.status.hidden) /* nobody means a key by a menu that they can't see */
		menu->view.status.hidden = false;
	else
		keys_run(menu, key);
}

/* 0 or -EIO: the terminal is gone. */
static int take_input(struct menu *menu)
{
	unsigned char bytes[256];
	ssize_t n = read(menu->screen.fd, bytes, sizeof bytes);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0)
		return -EIO;
	for (ssize_t i = 0; i < n; i++)
		handle_key(menu, input_byte(&menu->input, bytes[i]));
	menu->input_ms = clock_ms();
	return 0;
}

/* 0 or -errno: PID 1 is gone, or makes no sense. */
static int take_view(struct menu *menu)
{
	int result = view_receive(&menu->view, menu->channel);

	if (menu->view.quit)
		return 0;
	if (result < 0)
		return result;
	if (result && list_build(&menu->list, &menu->view) < 0)
		return -ENOMEM;
	if (result) {
		forms_take_script(menu);
		choose_language(menu);
		menu_refill(menu);
	}
	return 0;
}

/*
 * Draws only when the terminal has everything that was drawn before: keys that come faster than a
 * slow line can show are all done, but only the last of their screens is sent; and a stuck console
 * never blocks this process. What the terminal has got is what PID 1 is told.
 */
static void show(struct menu *menu, int64_t now)
{
	menu->behind = screen_unsent(&menu->screen) > 0;
	if (!menu->behind) {
		draw(menu);
		menu->drawn_ms = now;
		menu->behind = screen_unsent(&menu->screen) > 0;
	}
	if (menu->painted || (menu->behind && now - menu->opened_ms < STUCK_MS))
		return;
	menu->painted = true;
	menu_request(menu, REQUEST_PAINTED, NULL, NULL);
}

static int sooner(int timeout, int64_t other)
{
	if (other < 0)
		other = 0;
	return timeout < 0 || other < timeout ? (int)other : timeout;
}

/*
 * How long an ESC may wait for what follows it. While the terminal still owes the answer to our
 * question, an ESC is the beginning of that and no key, however slowly the rest comes: a key would
 * stop the countdown of a machine at which nobody is.
 */
static int patience_of(const struct menu *menu, int64_t now)
{
	int patience = input_patience(&menu->input);
	bool owed = menu->screen.asked && now - menu->opened_ms < ANSWER_WINDOW_MS;

	return patience >= 0 && owed ? ANSWER_WINDOW_MS : patience;
}

/* Milliseconds until something is to be done without an event; -1: nothing. */
static int next_timeout(const struct menu *menu, int64_t now)
{
	int64_t left = menu->view.status.deadline_ms - now;
	int patience = patience_of(menu, now), timeout = -1;

	if (menu->behind)
		timeout = now - menu->drawn_ms < STUCK_MS ? DRAIN_MS : UNSTUCK_MS;
	if (patience >= 0)
		timeout = sooner(timeout, menu->input_ms + patience - now);
	/* The second that is shown is rounded up: it changes just after a whole one is left. */
	if (menu->view.status.phase == PHASE_COUNTDOWN && left > 0)
		timeout = sooner(timeout, (left - 1) % 1000 + 1);
	return timeout;
}

static void check_patience(struct menu *menu, int64_t now)
{
	int patience = patience_of(menu, now);

	if (patience >= 0 && now - menu->input_ms >= patience)
		handle_key(menu, input_timeout(&menu->input));
}

static int run(struct menu *menu, int resized)
{
	struct pollfd polled[] = {
		{ .fd = menu->screen.fd, .events = POLLIN },
		{ .fd = menu->channel->fd, .events = POLLIN },
		{ .fd = resized, .events = POLLIN },
	};
	struct signalfd_siginfo signal;
	int error = 0;

	while (!error) {
		error = take_view(menu);
		if (error || menu->view.quit)
			break;
		show(menu, clock_ms());
		polled[1].events = POLLIN | (channel_pending(menu->channel) ? POLLOUT : 0);
		if (poll(polled, 3, next_timeout(menu, clock_ms())) < 0 && errno != EINTR)
			return -errno;
		if (polled[1].revents & POLLOUT)
			error = channel_flush(menu->channel);
		if (polled[0].revents && !error)
			error = take_input(menu);
		if (polled[2].revents && read(resized, &signal, sizeof signal) > 0)
			screen_resize(&menu->screen);
		check_patience(menu, clock_ms());
	}
	return menu->view.quit ? 0 : error;
}

/* The signal that a terminal's size has changed, as a descriptor; -1 costs only that. */
static int watch_size(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGWINCH);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

static int run_on_screen(struct menu *menu, int terminal, const char *type)
{
	int resized = watch_size(), error = screen_open(&menu->screen, terminal, type);

	if (!error) {
		/* Memory that runs out ends this process, which PID 1 starts anew. */
		if (setjmp(menu->exhausted) == 0) {
			menu->arena = menu_arena(menu);
			menu->search = (struct text)TEXT(menu_arena(menu));
			menu->sought = (struct text)TEXT(menu->search.arena);
			menu->opened_ms = menu->typed_ms = clock_ms();
			error = list_open(&menu->list, &menu->exhausted);
			if (!error)
				error = run(menu, resized);
		} else {
			error = -ENOMEM;
		}
		screen_close(&menu->screen);
	}
	if (resized >= 0)
		close(resized);
	return error;
}

int menu_run(int terminal, const char *term, struct channel *channel)
{
	const char *type = screen_type(terminal, term);
	struct menu menu = { .channel = channel };
	int error;

	/* Widths and encodings of characters; musl has no other locale than this one. */
	setlocale(LC_CTYPE, "C.UTF-8");
	error = type ? run_on_screen(&menu, terminal, type) : -ENOTSUP;
	if (error == -ENOTSUP)
		return lines_run(terminal, channel);
	list_close(&menu.list);
	arena_free(menu.search.arena);
	arena_free(menu.edit.arena);
	arena_free(menu.login.arena);
	arena_free(menu.arena);
	view_free(&menu.view);
	return error;
}
