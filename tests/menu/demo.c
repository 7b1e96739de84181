/*
 * demo - the menu on this terminal, with a PID 1 that only pretends
 *
 * usage: demo SCRIPT [TRANSCRIPT]
 *
 * Reads a view from SCRIPT, one word and its argument per line (see words[] below), runs the menu
 * on standard input and output as PID 1 would, plays PID 1's part in the countdown, and writes
 * each request of the menu to TRANSCRIPT. A request to boot, reboot or power off ends it.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "menus/menu.h"
#include "model/view.h"

struct demo {
	struct arena *arena;
	struct channel channel;
	struct status status;
	int64_t timeout_ms;
	struct view_device *device; /* the one being described; sent with the next one */
	struct config *config;
	struct entry *entry;
	VEC(const char *) path;
	FILE *script, *transcript;
	const char *script_text; /* commands */
	int64_t resume_ms; /* the script waits until then; -1: it is at its end */
	bool stays; /* nothing that is booted ends it */
	bool quit;
};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Sending -------------------------------------------------------------------------------------- */

static void send_text(struct demo *demo, enum view_record record, const char *text)
{
	struct text fields = TEXT(demo->arena);

	pack_string(&fields, text);
	channel_send(&demo->channel, record, text ? &fields : NULL);
}

static void send_device(struct demo *demo)
{
	struct text fields = TEXT(demo->arena);

	if (!demo->device)
		return;
	view_device_pack(&fields, demo->device, NULL);
	channel_send(&demo->channel, VIEW_DEVICE, &fields);
	demo->device = NULL;
	demo->config = NULL;
	demo->entry = NULL;
}

static void send_status(struct demo *demo)
{
	struct text fields = TEXT(demo->arena);

	view_status_pack(&fields, &demo->status);
	channel_send(&demo->channel, VIEW_STATUS, &fields);
}

/* Words of a script ---------------------------------------------------------------------------- */

static void word_device(struct demo *demo, char *name)
{
	send_device(demo);
	demo->device = arena_make(demo->arena, struct view_device);
	demo->device->state = PROBE_DONE;
	demo->device->identity.name = name;
	demo->device->identity.disk = name;
	demo->path.n = 0;
}

static void word_config(struct demo *demo, char *file)
{
	demo->config = config_new(demo->arena, strstr(file, "grub") ? "grub2" : "bls", file);
	vec_push(demo->arena, &demo->device->configs) = demo->config;
}

static void word_entry(struct demo *demo, char *title)
{
	struct entry *entry = config_add(demo->arena, demo->config, title);

	entry->id = arena_print(demo->arena, "%s-%zu", demo->device->identity.name,
				demo->config->entries.n);
	entry->cmdline = "";
	for (size_t i = 0; i < demo->path.n; i++)
		vec_push(demo->arena, &entry->path) = demo->path.at[i];
	demo->entry = entry;
}

static void word_entries(struct demo *demo, char *number)
{
	for (long i = 0, n = atol(number); i < n; i++) {
		word_entry(demo, arena_print(demo->arena, "Entry number %ld", i));
		demo->entry->kernel.path = arena_print(demo->arena, "/boot/vmlinuz-%ld", i);
	}
}

static void word_type(struct demo *demo, char *text)
{
	demo->device->identity.type = text;
}

static void word_label(struct demo *demo, char *text)
{
	demo->device->identity.label = text;
}

static void word_model(struct demo *demo, char *text)
{
	demo->device->identity.model = text;
}

static void word_uuid(struct demo *demo, char *text)
{
	demo->device->identity.uuid = text;
}

static void word_bytes(struct demo *demo, char *text)
{
	demo->device->identity.bytes = strtoull(text, NULL, 10);
}

static void word_usb(struct demo *demo, char *text)
{
	(void)text;
	demo->device->identity.is_usb = true;
}

static void word_state(struct demo *demo, char *number)
{
	demo->device->state = (enum probe_state)atoi(number);
}

static void word_note(struct demo *demo, char *text)
{
	demo->device->note = text;
}

static void word_problem(struct demo *demo, char *text)
{
	config_problem(demo->arena, demo->config, demo->config->file, 12, 1, "%s", text);
}

static void word_submenu(struct demo *demo, char *title)
{
	vec_push(demo->arena, &demo->path) = title;
}

static void word_end(struct demo *demo, char *text)
{
	(void)text;
	demo->path.n--;
}

static void word_kernel(struct demo *demo, char *path)
{
	demo->entry->kernel.path = path;
	demo->entry->line = 117;
}

static void word_initrd(struct demo *demo, char *path)
{
	vec_push(demo->arena, &demo->entry->initrds).path = path;
}

static void word_cmdline(struct demo *demo, char *text)
{
	demo->entry->cmdline = text;
	demo->entry->boot_image =
		arena_print(demo->arena, "BOOT_IMAGE=%s", demo->entry->kernel.path);
}

static void word_reason(struct demo *demo, char *text)
{
	demo->entry->reason = text;
}

static void word_hotkey(struct demo *demo, char *text)
{
	demo->entry->hotkey = text;
}

static void word_users(struct demo *demo, char *names)
{
	demo->entry->users = names;
}

static void word_locked(struct demo *demo, char *text)
{
	(void)text;
	demo->config->locked = true;
}

static void word_size(struct demo *demo, char *bytes)
{
	struct entry *entry = demo->entry;
	struct file_ref *ref =
		entry->initrds.n ? &entry->initrds.at[entry->initrds.n - 1] : &entry->kernel;

	ref->bytes = *bytes == '-' ? FILE_MISSING : strtoull(bytes, NULL, 10);
}

static void word_way(struct demo *demo, char *text)
{
	demo->status.way = text;
}

static void word_language(struct demo *demo, char *name)
{
	demo->status.language = name;
}

static void no_complaint(void *context, const char *text)
{
	(void)context;
	fprintf(stderr, "demo: %s\n", text);
	exit(2);
}

/* As a kernel's command line has them. */
static void word_settings(struct demo *demo, char *cmdline)
{
	struct text fields = TEXT(demo->arena);
	struct settings settings;

	settings_init(&settings);
	settings_parse(demo->arena, &settings, cmdline, no_complaint, NULL);
	demo->status.lock = (enum lock_level)settings.lock;
	demo->status.language = settings.language;
	view_settings_pack(&fields, &settings);
	channel_send(&demo->channel, VIEW_SETTINGS, &fields);
}

static void word_consoles(struct demo *demo, char *names)
{
	demo->status.consoles = names;
}

/* As a store has one: all others are what is built in. */
static void word_store(struct demo *demo, char *line)
{
	struct text fields = TEXT(demo->arena);
	struct settings settings;

	settings_init(&settings);
	settings_read(demo->arena, &settings, SETTINGS_STORE, line, strlen(line), "store", no_complaint, NULL);
	view_settings_pack(&fields, &settings);
	channel_send(&demo->channel, VIEW_SETTINGS, &fields);
}

/* Commands of each entry; "\n" ends a line. */
static void word_script(struct demo *demo, char *text)
{
	struct text lines = TEXT(demo->arena);

	for (; *text; text++)
		if (text[0] == '\\' && text[1] == 'n')
			text_char(&lines, (++text, '\n'));
		else
			text_char(&lines, *text);
	demo->script_text = text_end(&lines);
}

static void word_stays(struct demo *demo, char *text)
{
	(void)text;
	demo->stays = true;
}

static void word_guest(struct demo *demo, char *text)
{
	(void)text;
	demo->status.is_guest = true;
}

static void word_kind(struct demo *demo, char *number)
{
	demo->entry->kind = (enum entry_kind)atoi(number);
}

/* This entry is the default, because of what is said. */
static void word_default(struct demo *demo, char *why)
{
	demo->status.default_id = demo->entry->id;
	demo->status.default_why = why;
}

static void word_hidden(struct demo *demo, char *text)
{
	(void)text;
	demo->status.hidden = true;
}

static void word_timeout(struct demo *demo, char *ms)
{
	demo->timeout_ms = atol(ms);
}

static void word_phase(struct demo *demo, char *number)
{
	send_device(demo);
	demo->status.phase = (enum phase)atoi(number);
	demo->status.deadline_ms = now_ms() + demo->timeout_ms;
	send_status(demo);
}

static void word_message(struct demo *demo, char *text)
{
	demo->status.message = text;
	demo->status.failed = true;
}

static void word_booting(struct demo *demo, char *id)
{
	demo->status.booting_id = id;
}

static void word_gone(struct demo *demo, char *name)
{
	send_device(demo);
	send_text(demo, VIEW_GONE, name);
}

static void word_log(struct demo *demo, char *text)
{
	send_text(demo, VIEW_LOG, text);
}

static void word_wait(struct demo *demo, char *ms)
{
	send_device(demo);
	demo->resume_ms = now_ms() + atol(ms);
}

static void word_quit(struct demo *demo, char *text)
{
	(void)text;
	send_device(demo);
	send_text(demo, VIEW_QUIT, NULL);
	demo->quit = true;
}

static const struct {
	const char *word;
	void (*run)(struct demo *demo, char *argument);
} words[] = {
	{ "device", word_device },   { "type", word_type },       { "label", word_label },
	{ "model", word_model },     { "uuid", word_uuid },       { "bytes", word_bytes },
	{ "usb", word_usb },         { "state", word_state },     { "note", word_note },
	{ "config", word_config },   { "problem", word_problem }, { "submenu", word_submenu },
	{ "end", word_end },         { "entry", word_entry },     { "entries", word_entries },
	{ "kernel", word_kernel },   { "initrd", word_initrd },   { "cmdline", word_cmdline },
	{ "reason", word_reason },   { "hotkey", word_hotkey },   { "kind", word_kind },
	{ "default", word_default }, { "timeout", word_timeout }, { "phase", word_phase },
	{ "message", word_message }, { "booting", word_booting }, { "gone", word_gone },
	{ "log", word_log },         { "wait", word_wait },       { "quit", word_quit },
	{ "users", word_users },     { "locked", word_locked },   { "size", word_size },
	{ "way", word_way },         { "guest", word_guest },
	{ "script", word_script },   { "stays", word_stays },
	{ "language", word_language }, { "settings", word_settings },
	{ "store", word_store },         { "hidden", word_hidden },
	{ "consoles", word_consoles },
};

static void run_word(struct demo *demo, const char *word, char *argument)
{
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(words[i].word, word) == 0) {
			words[i].run(demo, argument);
			return;
		}
	fprintf(stderr, "demo: unknown word '%s'\n", word);
	exit(2);
}

/* Up to the next pause. */
static void run_script(struct demo *demo)
{
	char *line = NULL;
	size_t room = 0;

	demo->resume_ms = 0;
	while (demo->resume_ms == 0) {
		char *argument;

		if (getline(&line, &room, demo->script) < 0) {
			send_device(demo);
			demo->resume_ms = -1;
			break;
		}
		line[strcspn(line, "\n")] = '\0';
		argument = arena_string(demo->arena, line + strspn(line, "\t "));
		if (!*argument || *argument == '#')
			continue;
		argument += strcspn(argument, " ");
		argument += *argument == ' ';
		run_word(demo, strtok(line, "\t "), argument);
	}
	free(line);
}

/* Requests ------------------------------------------------------------------------------------- */

/* There are no commands but the script's; any with "bad" in them are wrong. */
static void answer_script(struct demo *demo, const struct request *request)
{
	struct view_script script = { .id = request->id, .line = 118 };
	struct text fields = TEXT(demo->arena);

	if (!request->text)
		script.text = demo->script_text;
	else if (strstr(request->text, "bad"))
		script.why = "/boot/grub/grub.cfg:118: unknown command \"bad\"";
	view_script_pack(&fields, &script);
	channel_send(&demo->channel, VIEW_SCRIPT, &fields);
	if (request->text && !script.why && !demo->stays)
		word_quit(demo, NULL);
}

static void take_request(struct demo *demo, uint32_t request, struct fields *fields)
{
	static const char *const names[] = {
		[REQUEST_HOLD] = "hold",         [REQUEST_PAINTED] = "painted",
		[REQUEST_BOOT] = "boot",         [REQUEST_RESCAN] = "rescan",
		[REQUEST_REBOOT] = "reboot",     [REQUEST_POWEROFF] = "poweroff",
		[REQUEST_FIRMWARE] = "firmware", [REQUEST_LEAVE] = "leave",
		[REQUEST_SET] = "set",           [REQUEST_SCRIPT] = "script",
		[REQUEST_RUN] = "run",
	};
	struct request got;

	request_unpack(request, fields, &got);
	fprintf(demo->transcript, "%s", request <= REQUEST_RUN ? names[request] : "?");
	if (got.id)
		fprintf(demo->transcript, " %s", got.id);
	for (const char *at = got.text; at; at = strchr(at, '\n'), at = at ? at + 1 : NULL)
		fprintf(demo->transcript, " <%.*s>", (int)strcspn(at, "\n"), at);
	if (got.user)
		fprintf(demo->transcript, " user %s password %s", got.user, got.password);
	fprintf(demo->transcript, "\n");
	if (request == REQUEST_HOLD && demo->status.phase <= PHASE_COUNTDOWN) {
		demo->status.phase = PHASE_MENU;
		demo->status.hidden = false;
		send_status(demo);
	}
	if (request == REQUEST_SCRIPT || request == REQUEST_RUN)
		answer_script(demo, &got);
	if (request == REQUEST_SET) {
		demo->status.message = "The setting is kept in BatonSettings.";
		send_status(demo);
	}
	if ((request == REQUEST_BOOT && !demo->stays) || request == REQUEST_REBOOT || request == REQUEST_POWEROFF)
		word_quit(demo, NULL);
}

static void take_requests(struct demo *demo)
{
	struct fields fields;
	uint32_t request;
	int result;

	while ((result = channel_receive(&demo->channel, demo->arena, &request, &fields)) > 0)
		take_request(demo, request, &fields);
	if (result == -EPIPE)
		demo->quit = true;
}

static void serve(struct demo *demo)
{
	struct pollfd ready = { .fd = demo->channel.fd };

	while (!demo->quit) {
		int64_t wait = -1, left;

		if (demo->resume_ms >= 0 && now_ms() >= demo->resume_ms)
			run_script(demo);
		left = demo->status.deadline_ms - now_ms();
		if (demo->resume_ms > 0)
			wait = demo->resume_ms - now_ms();
		if (demo->status.phase == PHASE_COUNTDOWN && left <= 0) {
			fprintf(demo->transcript, "timeout\n");
			word_quit(demo, NULL);
			break;
		}
		if (demo->status.phase == PHASE_COUNTDOWN && (wait < 0 || left < wait))
			wait = left;
		channel_flush(&demo->channel);
		ready.events = POLLIN | (channel_pending(&demo->channel) ? POLLOUT : 0);
		poll(&ready, 1, wait < 0 ? -1 : (int)wait);
		take_requests(demo);
	}
	channel_drain(&demo->channel);
}

int main(int argc, char **argv)
{
	struct demo demo = { .arena = arena_new(SIZE_MAX) };
	int fds[2], status = 0;
	pid_t child;

	if (argc < 2 || !(demo.script = fopen(argv[1], "r")) || channel_pair(fds) < 0) {
		fprintf(stderr, "usage: demo SCRIPT [TRANSCRIPT]\n");
		return 2;
	}
	demo.transcript = fopen(argc > 2 ? argv[2] : "/dev/null", "w");
	setvbuf(demo.transcript, NULL, _IOLBF, 0);
	child = fork();
	if (child == 0) {
		int error;

		close(fds[0]);
		channel_open(&demo.channel, fds[1]);
		error = menu_run(STDIN_FILENO, getenv("TERM"), &demo.channel);
		channel_close(&demo.channel);
		fclose(demo.script);
		fclose(demo.transcript);
		arena_free(demo.arena);
		exit(-error);
	}
	close(fds[1]);
	channel_open(&demo.channel, fds[0]);
	serve(&demo);
	waitpid(child, &status, 0);
	fprintf(demo.transcript, "end %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	channel_close(&demo.channel);
	fclose(demo.script);
	fclose(demo.transcript);
	arena_free(demo.arena);
	return 0;
}
