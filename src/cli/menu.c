#include "cli/menu.h"

#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/load.h"
#include "config/script.h"
#include "kexec/way.h"
#include "menus/menu.h"
#include "model/edit.h"

/* What PID 1 is to the menu elsewhere: it owns the view, and does what is asked for. */
struct host {
	struct engine *engine;
	struct channel channel;
	struct status status;
	const char *loaded; /* title of what is ready to be started; NULL: nothing */
	bool quit;
};

static void send_view(struct host *host)
{
	struct engine *engine = host->engine;

	for (const struct view_device *d = engine->view.devices; d; d = d->next) {
		struct text fields = TEXT(engine->arena);

		view_device_pack(&fields, d, NULL);
		channel_send(&host->channel, VIEW_DEVICE, &fields);
	}
}

static void send_status(struct host *host)
{
	const struct decision *decision = &host->engine->decision;
	struct text fields = TEXT(host->engine->arena);

	host->status.default_id = decision->entry ? decision->entry->id : NULL;
	host->status.default_why = decision->why;
	host->status.language = setlocale(LC_MESSAGES, NULL);
	host->status.way = kexec_way(host->engine->arena, true);
	host->status.way_multiboot = kexec_way(host->engine->arena, false);
	view_status_pack(&fields, &host->status);
	channel_send(&host->channel, VIEW_STATUS, &fields);
}

static void quit(struct host *host)
{
	channel_send(&host->channel, VIEW_QUIT, NULL);
	host->quit = true;
}

static void tell(struct host *host, bool failed, const char *message)
{
	host->status.phase = PHASE_MENU;
	host->status.message = message;
	host->status.failed = failed;
	send_status(host);
}

/* Requests ------------------------------------------------------------------------------------------- */

/* @entry NULL: there is none, as @why says. */
static void load_it(struct host *host, const char *id, const struct entry *entry,
		    const struct view_device *device, const char *why)
{
	struct engine *engine = host->engine;

	if (entry) {
		host->status.phase = PHASE_LOADING;
		host->status.booting_id = id;
		send_status(host);
		channel_flush(&host->channel);
		why = load_entry(engine, entry, device);
	}
	if (why) {
		tell(host, true, arena_print(engine->arena, "\"%s\" is not loaded: %s",
					     entry ? entry->title : "It", why));
		return;
	}
	host->loaded = *entry->title ? entry->title : entry->kernel.path;
	quit(host);
}

static void load(struct host *host, const struct request *request)
{
	struct engine *engine = host->engine;
	struct view_device *device = engine->view.devices;
	struct entry *entry = view_find(&engine->view, request->id, &device);
	const char *why = "it is gone";

	if (request->text && device)
		entry = entry_edited(engine->arena, entry, device->identity.name, request->text, &why);
	load_it(host, request->id, entry, device, why);
}

static void send_script(struct host *host, const struct view_script *script)
{
	struct text fields = TEXT(host->engine->arena);

	view_script_pack(&fields, script);
	channel_send(&host->channel, VIEW_SCRIPT, &fields);
}

/* Its commands are asked for, or others to be run in their place. */
static void take_script(struct host *host, const struct request *request)
{
	struct engine *engine = host->engine;
	struct view_script answer = { .id = request->id ? request->id : "", .why = "it is gone" };
	struct view_device *device;
	struct entry *entry = view_find(&engine->view, request->id, &device);
	struct volumes volumes;
	struct script script;
	size_t own = 0;

	if (!entry) {
		send_script(host, &answer);
		return;
	}
	for (const struct view_device *d = engine->view.devices; d != device; d = d->next)
		own++;
	engine_volumes(engine, &volumes, own);
	script = script_of(view_config(device, entry), entry, request->text);
	if (request->text) {
		entry = script_run(engine->arena, &volumes, &engine->options, &script, &answer.why);
	} else {
		answer.why = script_read(engine->arena, &volumes, &engine->options, &script);
		answer.text = script.own;
		answer.line = script.own_line;
	}
	answer.why = entry && request->text ? NULL : answer.why;
	send_script(host, &answer);
	if (entry && request->text)
		load_it(host, request->id, entry, device, NULL);
}

static void rescan(struct host *host)
{
	struct engine *engine = host->engine;

	if (engine_run(engine))
		tell(host, true, "What could be read before can't be read any more.");
	else
		tell(host, false, NULL);
	send_view(host);
}

static void take_request(struct host *host, const struct request *request)
{
	switch (request->what) {
	case REQUEST_BOOT:
		load(host, request);
		return;
	case REQUEST_RESCAN:
		rescan(host);
		return;
	case REQUEST_LEAVE:
		quit(host);
		return;
	case REQUEST_REBOOT:
	case REQUEST_POWEROFF:
	case REQUEST_FIRMWARE:
		tell(host, true, "That is left to the running system: see systemctl(1).");
		return;
	case REQUEST_SCRIPT:
	case REQUEST_RUN:
		take_script(host, request);
		return;
	case REQUEST_SET:
		tell(host, true, "Not from here: see baton settings.");
		return;
	case REQUEST_HOLD:
	case REQUEST_PAINTED:
		return;
	}
}

/* Until the menu has ended, or was told to. 0 or -errno. */
static int serve(struct host *host)
{
	while (!host->quit) {
		struct fields fields;
		struct request request;
		uint32_t type;
		int result;

		result = channel_drain(&host->channel);
		if (!result)
			result = channel_wait(&host->channel, -1);
		if (result >= 0)
			result = channel_receive(&host->channel, host->engine->arena, &type, &fields);
		if (result < 0)
			return result == -EPIPE ? 0 : result;
		if (!result)
			continue;
		request_unpack(type, &fields, &request);
		if (fields.bad)
			return -EBADMSG;
		take_request(host, &request);
	}
	return channel_drain(&host->channel);
}

/* --------------------------------------------------------------------------------------------------- */

/* An own process, as on a console: what goes wrong in it can't leave half a request behind. */
static pid_t start(struct host *host)
{
	int fds[2], error = channel_pair(fds);
	pid_t pid;

	if (error) {
		errno = -error;
		return -1;
	}
	pid = fork();
	if (pid == 0) {
		struct channel channel;

		close(fds[0]);
		channel_open(&channel, fds[1]);
		_exit(-menu_run(STDIN_FILENO, getenv("TERM"), &channel));
	}
	close(fds[1]);
	channel_open(&host->channel, fds[0]);
	return pid;
}

static int jump(const char *title)
{
	char *command[] = { "systemctl", "kexec", NULL };
	char answer[8] = "";

	printf("%s is loaded. End this system and start it now? [y/N] ", title);
	fflush(stdout);
	if (!fgets(answer, sizeof answer, stdin) || (*answer != 'y' && *answer != 'Y')) {
		puts("It stays loaded: \"systemctl kexec\" ends this system and starts it.");
		return 0;
	}
	execvp(*command, command);
	perror("baton: systemctl");
	return 1;
}

int menu_on_system(struct engine *engine)
{
	struct host host = { .engine = engine, .status = { .phase = PHASE_MENU, .is_guest = true } };
	int status = 0, error;
	pid_t pid;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
		fputs("baton: the menu needs a terminal (try baton list)\n", stderr);
		return 2;
	}
	if (engine_run(engine))
		return 1;
	pid = start(&host);
	if (pid < 0) {
		perror("baton: fork");
		return 1;
	}
	send_view(&host);
	send_status(&host);
	error = serve(&host);
	channel_close(&host.channel);
	waitpid(pid, &status, 0);
	if (!error && WIFEXITED(status))
		error = -WEXITSTATUS(status);
	if (error) {
		fprintf(stderr, "baton: the menu has ended: %s\n", strerror(-error));
		return 1;
	}
	return host.loaded ? jump(host.loaded) : 0;
}
