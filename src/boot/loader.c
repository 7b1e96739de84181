/* Loading an entry, in a child: open its files on its devices and hand them to kexec. */
#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "boot/state.h"
#include "disk/mount.h"
#include "kexec/kexec.h"

#define LOAD_LIMIT_MS (5 * 60 * 1000) /* 100 MB from a worn USB stick take a while */
#define LOAD_STALL_MS 45000 /* the kernel gives a disk 30 s to answer, then resets it and tries again */
#define BUSY_TRIES 600 /* a minute: a dying disk's reads end after its timeouts, and not before */
#define BUSY_US 100000
#define LOAD_MEMORY ((size_t)64 * 1024 * 1024)

enum loader_record { LOADER_FAILED = 1 };

struct load {
	struct boot *boot;
	const struct entry *entry;
	const struct view_device *device;
	const char *cmdline;
	struct arena *arena;
	struct volume *own;
	const char *failure; /* that the child has told, in .arena; NULL: none */
};

/* In the child ----------------------------------------------------------------------------------------- */

static struct volume *mount_named(struct load *load, const char *name, const char **why)
{
	for (struct view_device *d = load->boot->view.devices; d; d = d->next)
		if (string_same(d->identity.name, name))
			return mount_device(load->arena, &d->identity, why);
	*why = arena_print(load->arena, "the device %s is gone", name);
	return NULL;
}

static const char *open_ref(struct load *load, const struct file_ref *ref, struct load_file *file)
{
	const char *why = NULL;
	struct volume *volume = load->own;

	if (ref->device)
		volume = mount_named(load, ref->device, &why);
	if (!volume)
		return arena_print(load->arena, "%s: %s", ref->path, why);
	if (ref->loop)
		volume = mount_image(load->arena, volume, ref->loop, &why);
	if (!volume)
		return arena_print(load->arena, "%s in the image %s: %s", ref->path, ref->loop, why);
	file->name = ref->path;
	file->args = ref->args;
	file->as = ref->name;
	file->fd = volume_open_file(volume, ref->path);
	if (file->fd >= 0)
		return NULL;
	return arena_print(load->arena, "%s: open: %s", ref->path, string_error(-file->fd));
}

/*
 * A load that was stopped may still be in the kernel, which takes one at a time: killed, but waiting
 * for its disk. Another disk's entry is worth waiting for; the time that a load has bounds it all.
 */
static int load_patiently(struct load *load, const struct load_order *order, const char **why)
{
	int error, tries = BUSY_TRIES;

	while ((error = kexec_load_order(load->arena, order, why)) == -EBUSY && --tries)
		usleep(BUSY_US);
	return error;
}

/* Returns NULL once the entry is loaded, else why it is not. */
static const char *load_entry(struct load *load)
{
	const struct entry *entry = load->entry;
	struct load_file *initrds = arena_array(load->arena, entry->initrds.n, sizeof *initrds);
	struct load_order order = { .initrds = initrds, .initrds_n = entry->initrds.n };
	const char *why = NULL;

	load->own = mount_device(load->arena, &load->device->identity, &why);
	if (!load->own)
		return arena_print(load->arena, "%s: %s", load->device->identity.name, why);
	why = open_ref(load, &entry->kernel, &order.kernel);
	for (size_t i = 0; i < entry->initrds.n && !why; i++)
		why = open_ref(load, &entry->initrds.at[i], &initrds[i]);
	if (why)
		return why;
	order.cmdline = load->cmdline;
	order.note = note_write(load->arena, load->boot, entry, load->device);
	order.multiboot = entry->kind == ENTRY_MULTIBOOT ? entry->version : 0;
	if (load_patiently(load, &order, &why))
		return why ? why : "the kernel could not be loaded";
	return NULL;
}

static int fail(struct arena *arena, struct channel *channel, const char *why)
{
	struct text fields = TEXT(arena);

	pack_string(&fields, why);
	channel_send(channel, LOADER_FAILED, &fields);
	channel_drain(channel);
	return 1;
}

static int run_load(void *context, struct channel *channel)
{
	struct load *load = context;
	jmp_buf exhausted;
	const char *why;

	setpriority(PRIO_PROCESS, 0, -20); /* a person, or the countdown, waits for nothing else */
	load->arena = arena_new(LOAD_MEMORY);
	if (!load->arena)
		return 1;
	if (setjmp(exhausted)) {
		load->arena = arena_new(LOAD_MEMORY);
		return load->arena ? fail(load->arena, channel, "loading it takes too much memory") : 1;
	}
	arena_guard(load->arena, &exhausted);
	why = load_entry(load);
	return why ? fail(load->arena, channel, why) : 0;
}

/* In PID 1 ------------------------------------------------------------------------------------------- */

static bool load_record(void *context, uint32_t type, struct fields *fields)
{
	struct load *load = context;
	const char *why = unpack_text(fields);

	if (type != LOADER_FAILED || fields->bad)
		return false;
	if (load->failure)
		return false; /* one is all that it has to say */
	load->failure = arena_string(load->arena, why);
	return true;
}

static const char *load_failure(const struct load *load, int status)
{
	if (load->failure)
		return load->failure;
	if (status == 0)
		return NULL;
	if (status == CHILD_LEFT || status == CHILD_STALLED)
		return "the disk does not answer";
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return "loading took too long or too much memory";
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS)
		return "a file could not be read to its end: the disk fails, or the file is damaged";
	if (WIFSIGNALED(status))
		return "the loader crashed; please report it";
	return "the loader ended without a word";
}

static void load_ended(void *context, int status)
{
	struct load *load = context;
	struct boot *boot = load->boot;

	if (boot->load == load) { /* else it was stopped, or another one has been started since */
		boot->load = NULL;
		boot->loader = NULL;
		chooser_loaded(boot, load_failure(load, status));
	}
	arena_free(load->arena);
}

static const struct child_kind load_kind = {
	.name = "baton-load",
	.run = run_load,
	.record = load_record,
	.ended = load_ended,
	.limit_ms = LOAD_LIMIT_MS,
	.stall_ms = LOAD_STALL_MS,
};

void loader_stop(struct boot *boot)
{
	if (boot->loader)
		child_stop(boot->loader);
	boot->loader = NULL;
	boot->load = NULL;
	boot->not_started = NULL;
}

void loader_start(struct boot *boot, const struct entry *entry, const struct view_device *device,
		  const char *cmdline)
{
	struct arena *arena = arena_new(LOAD_MEMORY);
	struct load *load;

	loader_stop(boot);
	if (!arena) {
		boot->not_started = "no memory is left for loading";
		return;
	}
	load = arena_make(arena, struct load);
	load->boot = boot;
	load->arena = arena;
	load->entry = entry;
	load->device = device;
	load->cmdline = cmdline;
	boot->load = load;
	boot->loader = child_start(&boot->children, &load_kind, load);
	if (boot->loader)
		return;
	boot->load = NULL;
	boot->not_started = errno == ENOMEM ? "no process can be started to load it: fork: out of memory"
					    : "no process can be started to load it: fork failed";
	arena_free(arena);
}
