/*
 * The menu of a terminal that can only print lines (TERM=dumb), or of no terminal at all: numbered
 * entries, and commands of a letter and a number. Nothing that was printed is ever printed over.
 */
#include "lines.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "language.h"
#include "model/edit.h"
#include "model/lock.h"
#include "page.h"
#include "title.h"

#define QUIET_MS       200 /* a list is printed when the view has not changed for so long */
#define COLUMNS        80  /* of a terminal that can't be asked */
#define PROMPT_COLUMNS 2

/* Printing ------------------------------------------------------------------------------------- */

static void print_bytes(struct lines *lines, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t written = write(lines->terminal, bytes, n);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0 && errno == EAGAIN) {
			struct pollfd writable = { .fd = lines->terminal, .events = POLLOUT };

			poll(&writable, 1, -1);
			continue;
		}
		if (written <= 0)
			return; /* the next read says that the terminal is gone */
		bytes += written;
		n -= (size_t)written;
	}
}

void lines_put(struct lines *lines, const char *text)
{
	print_bytes(lines, text, strlen(text));
}

/* What came from outside: printable ASCII only. */
void lines_safe(struct lines *lines, const char *text)
{
	struct title title = TITLE(text, false);
	struct glyph glyph;

	while (title_next(&title, &glyph))
		for (const wchar_t *c = glyph.text; *c; c++)
			print_bytes(lines, (char[]){ (char)*c }, 1);
}

void lines_line(struct lines *lines, const char *before, const char *text, const char *after)
{
	lines_put(lines, before);
	lines_safe(lines, text);
	lines_put(lines, after);
	lines_put(lines, "\n");
}

void lines_tell(struct lines *lines, const char *english)
{
	lines_line(lines, "", language_sentence(lines->list.arena, english), "");
}

static void print_prompt(struct lines *lines)
{
	if (lines->asking == ASK_COMMAND)
		lines_put(lines, "> ");
	if (lines->asking == ASK_EDITOR)
		lines_put(lines, "edit> ");
	lines_safe(lines, text_end(&lines->typed));
}

void lines_request(struct lines *lines, enum view_request what, const char *id, const char *text)
{
	struct request request = { .what = what, .id = id, .text = text };

	request_send(lines->channel, &request); /* if PID 1 is gone, the next read says so */
}

/* Whoever has logged in to see an entry's commands need not do so again to run them. */
static bool is_known(const struct lines *lines, const struct request *request)
{
	return request->what == REQUEST_RUN && lines->asked.what == REQUEST_SCRIPT &&
	       lines->asked.password && string_same(lines->asked.id, request->id);
}

void lines_ask(struct lines *lines, const struct request *request)
{
	struct request asked = *request;

	if (is_known(lines, request)) {
		asked.user = lines->asked.user;
		asked.password = lines->asked.password;
	}
	if (lines->view.status.is_guest || asked.password ||
	    !lock_of_request(&lines->view, request).config) {
		request_send(lines->channel, &asked);
		return;
	}
	asked.id = arena_string(lines->arena, request->id);
	asked.text = arena_string(lines->arena, request->text);
	lines->asked = asked;
	lines->asking = ASK_USER;
	lines_line(lines, "", request->what == REQUEST_BOOT
				      ? _("It is locked: a user of its configuration may boot it.")
				      : _("Locked: a superuser of a configuration may do that."), "");
	lines_put(lines, _("User"));
	lines_put(lines, ": ");
}

static void boot_edited(struct lines *lines, const char *cmdline)
{
	struct view_device *device;
	const struct entry *entry = view_find(&lines->view, lines->subject, &device);

	if (entry)
		lines_ask(lines, &(struct request){
					 .what = REQUEST_BOOT,
					 .id = entry->id,
					 .text = entry_text(lines->arena, entry,
							    device->identity.name, cmdline),
				 });
	else
		lines_tell(lines, "This entry is gone.");
}

static void enter(struct lines *lines)
{
	const char *line = arena_string(lines->arena, text_end(&lines->typed));
	enum asking asking = lines->asking;

	lines_put(lines, "\n");
	text_cut(&lines->typed, 0);
	lines->asking = ASK_COMMAND;
	switch (asking) {
	case ASK_COMMAND:
		lines_command(lines, line + strspn(line, " "));
		break;
	case ASK_EDIT:
		boot_edited(lines, line);
		break;
	case ASK_EDITOR:
		lines_edit_command(lines, line + strspn(line, " "));
		break;
	case ASK_LINE:
		lines_edit_line(lines, line);
		break;
	case ASK_CONFIRM:
		if (strcasecmp(line, "y") == 0 || strcasecmp(line, "yes") == 0)
			lines_request(lines, lines->question, NULL, NULL);
		break;
	case ASK_USER:
		lines->asked.user = line;
		lines->asking = ASK_PASSWORD;
		lines_put(lines, _("Password"));
		lines_put(lines, ": ");
		return;
	case ASK_PASSWORD:
		lines->asked.password = line;
		request_send(lines->channel, &lines->asked);
		break;
	}
	print_prompt(lines);
}

/* Typing --------------------------------------------------------------------------------------- */

/* A blank over each letter; but no terminal goes back over the edge, so a long line comes anew. */
static void rub_out(struct lines *lines, size_t to)
{
	struct text *typed = &lines->typed;
	int columns = title_width(text_end(typed) + to, NULL, false);
	bool is_long = lines->asking != ASK_PASSWORD &&
		       title_width(typed->at, NULL, false) + PROMPT_COLUMNS >= COLUMNS;

	text_cut(typed, to);
	if (is_long && columns > 0) {
		lines_put(lines, "\n");
		print_prompt(lines);
		return;
	}
	while (columns-- > 0 && lines->asking != ASK_PASSWORD)
		lines_put(lines, "\b \b");
}

static size_t before_character(const struct text *typed)
{
	size_t n = typed->n;

	while (n > 0 && (typed->at[--n] & 0xc0) == 0x80)
		;
	return n;
}

static size_t before_word(const struct text *typed)
{
	size_t n = typed->n;

	while (n > 0 && typed->at[n - 1] == ' ')
		n--;
	while (n > 0 && typed->at[n - 1] != ' ')
		n--;
	return n;
}

static void handle_key(struct lines *lines, uint32_t key)
{
	enum phase phase = lines->view.status.phase;

	if (key == INPUT_NONE || key == INPUT_REPORT)
		return;
	if (phase != PHASE_MENU && phase != PHASE_BOOTING)
		lines_request(lines, REQUEST_HOLD, NULL, NULL);
	if (lines->second > 0) { /* leave the line of the countdown */
		lines->second = 0;
		lines_put(lines, "\n");
		print_prompt(lines);
	}
	if (lines->view.status.hidden) { /* nobody means a key by a menu that they can't see */
		lines->view.status.hidden = false;
		return;
	}
	switch (key) {
	case INPUT_ENTER:
		enter(lines);
		return;
	case INPUT_BACKSPACE:
		rub_out(lines, before_character(&lines->typed));
		return;
	case CONTROL('W'):
		rub_out(lines, before_word(&lines->typed));
		return;
	case CONTROL('U'):
		rub_out(lines, 0);
		return;
	case INPUT_ESCAPE:
	case CONTROL('C'):
		lines->asking = ASK_COMMAND;
		text_cut(&lines->typed, 0);
		lines_put(lines, "\n");
		print_prompt(lines);
		return;
	}
	if (key < 0x20 || key > 0x7e)
		return;
	text_char(&lines->typed, (char)key);
	if (lines->is_terminal && lines->asking != ASK_PASSWORD)
		print_bytes(lines, (char[]){ (char)key }, 1);
}

static int take_input(struct lines *lines)
{
	unsigned char bytes[256];
	ssize_t n = read(lines->terminal, bytes, sizeof bytes);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0)
		return -EIO;
	for (ssize_t i = 0; i < n; i++)
		handle_key(lines, input_byte(&lines->input, bytes[i]));
	lines->input_ms = clock_ms();
	return 0;
}

/* What PID 1 says ------------------------------------------------------------------------------ */

static const char *title_of(const struct lines *lines, const char *id)
{
	const struct entry *entry = id ? view_find(&lines->view, id, NULL) : NULL;

	return entry ? entry->title : _("the default");
}

static void tell_phase(struct lines *lines)
{
	const struct status *status = &lines->view.status;

	switch (status->phase) {
	case PHASE_SCANNING:
		lines_line(lines, "\n", _("Looking for systems on the disks..."), "");
		break;
	case PHASE_COUNTDOWN:
		lines_put(lines, "\n");
		lines_line(lines, _("Booting "), title_of(lines, status->default_id),
			   status->hidden ? "" : _(" - any key stops"));
		if (status->hidden)
			lines_line(lines, "", _("Any key shows the menu."), "");
		else if (status->default_why)
			lines_line(lines, "", arena_print(lines->list.arena, _("Default: %s"),
							  language_sentence(lines->list.arena, status->default_why)),
				   "");
		lines->second = -1;
		break;
	case PHASE_MENU:
		lines_line(lines, "\n", _("Nothing boots until you choose."), "");
		print_prompt(lines);
		lines->second = 0;
		break;
	case PHASE_LOADING:
		lines_put(lines, "\n");
		lines_line(lines, _("Loading "), title_of(lines, status->booting_id), " ...");
		break;
	case PHASE_BOOTING:
		lines_put(lines, "\n");
		lines_line(lines, _("Starting "), title_of(lines, status->booting_id), " ...");
		break;
	}
}

static void tell_status(struct lines *lines)
{
	const struct status *status = &lines->view.status;

	if (status->message && !string_same(status->message, lines->message)) {
		lines_put(lines, "\n");
		lines_put(lines, status->failed ? _("Failed: ") : "");
		lines_tell(lines, status->message);
		if (string_same(status->message, view_nothing_found))
			lines_line(lines, "", _(menu_what_to_do), "");
		lines->message = arena_string(lines->list.kept, status->message);
	}
	if (status->phase != lines->told.phase)
		tell_phase(lines);
	lines->told = *status;
}

static void tell_second(struct lines *lines)
{
	int64_t left = lines->view.status.deadline_ms - clock_ms();
	int64_t second = left > 0 ? (left + 999) / 1000 : 1;
	char text[32];

	if (lines->view.status.phase != PHASE_COUNTDOWN || second == lines->second ||
	    !lines->second)
		return;
	snprintf(text, sizeof text, "%lld ", (long long)second);
	lines_put(lines, text);
	lines->second = second;
}

static int take_view(struct lines *lines)
{
	int result = view_receive(&lines->view, lines->channel);

	if (lines->view.quit)
		return 0;
	if (result < 0)
		return result;
	if (result == 0)
		return 0;
	language_choose(lines->view.status.language, false, lines->terminal);
	if (list_build(&lines->list, &lines->view) < 0)
		return -ENOMEM;
	lines->changed_ms = clock_ms();
	if (lines_take_script(lines))
		print_prompt(lines);
	return 0;
}

static bool is_typing(const struct lines *lines)
{
	return lines->asking != ASK_COMMAND || lines->typed.n > 0;
}

/* The list first, then what happens to it; nothing in the middle of what a person types. */
static void tell(struct lines *lines)
{
	enum phase phase = lines->view.status.phase;
	bool quiet = lines->changed_ms && clock_ms() - lines->changed_ms >= QUIET_MS;

	if (is_typing(lines) && phase < PHASE_LOADING)
		return;
	if (quiet && phase != PHASE_SCANNING && !lines->view.status.hidden && lines->list.entries != lines->listed)
		lines_list(lines);
	if (quiet || phase >= PHASE_LOADING)
		tell_status(lines);
	if (quiet)
		lines->changed_ms = 0;
	tell_second(lines);
}

static int next_timeout(const struct lines *lines)
{
	int64_t now = clock_ms(), left = lines->view.status.deadline_ms - now;
	int patience = input_patience(&lines->input);

	if (patience >= 0)
		return patience;
	if (lines->changed_ms && !is_typing(lines))
		return QUIET_MS / 4;
	if (lines->view.status.phase == PHASE_COUNTDOWN && left > 0)
		return (int)((left - 1) % 1000 + 1);
	return -1;
}

static int run(struct lines *lines)
{
	struct pollfd polled[] = {
		{ .fd = lines->terminal, .events = POLLIN },
		{ .fd = lines->channel->fd, .events = POLLIN },
	};
	int error;

	poll(polled + 1, 1, QUIET_MS); /* for the language */
	error = take_view(lines);
	lines_line(lines, "\n", _("Looking for systems on the disks..."), "");
	lines_request(lines, REQUEST_PAINTED, NULL, NULL);
	while (!error && !lines->view.quit) {
		tell(lines);
		polled[1].events = POLLIN | (channel_pending(lines->channel) ? POLLOUT : 0);
		if (poll(polled, 2, next_timeout(lines)) < 0 && errno != EINTR)
			return -errno;
		if (polled[1].revents & POLLOUT)
			error = channel_flush(lines->channel);
		if (polled[0].revents && !error)
			error = take_input(lines);
		else if (input_patience(&lines->input) >= 0 &&
			 clock_ms() - lines->input_ms >= input_patience(&lines->input))
			handle_key(lines, input_timeout(&lines->input));
		if (!error)
			error = take_view(lines);
	}
	return lines->view.quit ? 0 : error;
}

/* Keys come one by one, unechoed; output stays as the terminal's line discipline makes it. */
static void set_modes(struct lines *lines)
{
	struct termios modes;

	lines->is_terminal = tcgetattr(lines->terminal, &lines->found) == 0;
	if (!lines->is_terminal)
		return;
	modes = lines->found;
	modes.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG | IEXTEN);
	modes.c_iflag &= ~(tcflag_t)(IXON | ICRNL | INLCR);
	modes.c_oflag |= OPOST | ONLCR;
	modes.c_cc[VMIN] = 1;
	modes.c_cc[VTIME] = 0;
	tcsetattr(lines->terminal, TCSADRAIN, &modes);
}

bool lines_lend(struct lines *lines)
{
	bool started;

	if (lines->is_terminal)
		tcsetattr(lines->terminal, TCSADRAIN, &lines->found);
	started = shell_start(lines->terminal);
	set_modes(lines);
	return started;
}

int lines_run(int terminal, struct channel *channel)
{
	struct lines lines = { .terminal = terminal, .channel = channel };
	int error = list_open(&lines.list, &lines.exhausted);

	set_modes(&lines);
	if (setjmp(lines.exhausted))
		error = -ENOMEM;
	else if (!error && (lines.arena = arena_new((size_t)64 * 1024 * 1024))) {
		arena_guard(lines.arena, &lines.exhausted);
		lines.typed = (struct text)TEXT(lines.arena);
		lines.list.search = ""; /* found in everything: a flat list */
		error = run(&lines);
	}
	lines_put(&lines, "\n");
	if (lines.is_terminal)
		tcsetattr(terminal, TCSADRAIN, &lines.found);
	list_close(&lines.list);
	arena_free(lines.arena);
	view_free(&lines.view);
	return error;
}
