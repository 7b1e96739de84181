#include "cli/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/text.h"

/* --root DIR[,device=hd0,gpt2][,uuid=…][,label=…] ---------------------------------------------------- */

static const struct root_key {
	const char *name;
	size_t offset; /* of the string in struct identity */
} root_keys[] = {
	{ ",device=", offsetof(struct identity, grub) },
	{ ",uuid=", offsetof(struct identity, uuid) },
	{ ",label=", offsetof(struct identity, label) },
	{ ",partuuid=", offsetof(struct identity, partuuid) },
	{ ",partlabel=", offsetof(struct identity, partlabel) },
};

/* The first key at or after @at, since values (hd0,gpt2) may hold commas themselves. */
static const char *next_key(const char *at, const struct root_key **key)
{
	const char *first = NULL;

	for (size_t i = 0; i < sizeof root_keys / sizeof *root_keys; i++) {
		const char *found = strstr(at, root_keys[i].name);

		if (found && (!first || found < first)) {
			first = found;
			*key = &root_keys[i];
		}
	}
	return first;
}

static void add_root(struct engine *engine, const char *argument)
{
	struct root root = { .identity = { .is_filesystem = true, .type = "directory" } };
	const struct root_key *key = NULL, *next = NULL;
	const char *at = next_key(argument, &key);

	root.path = at ? arena_copy(engine->arena, argument, (size_t)(at - argument)) : argument;
	while (at) {
		const char *value = at + strlen(key->name), *end = next_key(value, &next);
		const char *copy = end ? arena_copy(engine->arena, value, (size_t)(end - value)) : value;

		*(const char **)((char *)&root.identity + key->offset) = copy;
		at = end;
		key = next;
	}
	root.identity.name = root.path;
	vec_push(engine->arena, &engine->roots) = root;
}

/* Options -------------------------------------------------------------------------------------------- */

enum {
	ROOT = 256,
	PLATFORM,
	ARCH,
	CONFIG,
	PREFIX,
	BOOT_DEVICE,
	GRUB_VARIANT,
	SET,
	ASSUME_FILE,
	ANY_UUID,
	ANY_FILE,
	JSON,
};

static const struct option options[] = {
	{ "root", required_argument, NULL, ROOT },
	{ "platform", required_argument, NULL, PLATFORM },
	{ "arch", required_argument, NULL, ARCH },
	{ "config", required_argument, NULL, CONFIG },
	{ "prefix", required_argument, NULL, PREFIX },
	{ "boot-device", required_argument, NULL, BOOT_DEVICE },
	{ "grub-variant", required_argument, NULL, GRUB_VARIANT },
	{ "set", required_argument, NULL, SET },
	{ "assume-file", required_argument, NULL, ASSUME_FILE },
	{ "any-uuid", no_argument, NULL, ANY_UUID },
	{ "any-file", no_argument, NULL, ANY_FILE },
	{ "json", no_argument, NULL, JSON },
	{ NULL, 0, NULL, 0 },
};

static int one_of(const char *option, const char *value, const char *a, const char *b)
{
	if (strcmp(value, a) == 0 || strcmp(value, b) == 0)
		return 0;
	fprintf(stderr, "baton: --%s %s: expected %s or %s\n", option, value, a, b);
	return -1;
}

static int add_variable(struct engine *engine, char *assignment)
{
	size_t n = strcspn(assignment, "=");

	if (n == 0 || !assignment[n]) {
		fprintf(stderr, "baton: --set %s: expected NAME=VALUE\n", assignment);
		return -1;
	}
	vec_push(engine->arena, &engine->options.set) = (struct variable){
		.name = arena_copy(engine->arena, assignment, n),
		.value = assignment + n + 1,
	};
	return 0;
}

static int take_option(struct engine *engine, int option, const char **boot_device)
{
	switch (option) {
	case ROOT:
		add_root(engine, optarg);
		return 0;
	case PLATFORM:
		engine->options.platform = optarg;
		return one_of("platform", optarg, "pc", "efi");
	case ARCH:
		engine->options.arch = optarg;
		return 0;
	case CONFIG:
		engine->config = path_join(engine->arena, "/", optarg);
		return 0;
	case PREFIX:
		engine->options.prefix = path_join(engine->arena, "/", optarg);
		return 0;
	case BOOT_DEVICE:
		*boot_device = optarg;
		return 0;
	case GRUB_VARIANT:
		engine->options.grub_variant = optarg;
		return one_of("grub-variant", optarg, "upstream", "redhat");
	case SET:
		return add_variable(engine, optarg);
	case ASSUME_FILE:
		vec_push(engine->arena, &engine->assumed) = path_join(engine->arena, "/", optarg);
		return 0;
	case ANY_UUID:
		engine->any_uuid = true;
		return 0;
	case ANY_FILE:
		engine->options.any_file = true;
		return 0;
	case JSON:
		engine->json = true;
		return 0;
	}
	return -1; /* getopt_long() has said why */
}

int engine_options(struct engine *engine, int argc, char **argv)
{
	static struct utsname uts;
	const char *boot_device = NULL;
	int option;

	uname(&uts);
	engine->options.arch = uts.machine;
	engine->options.platform = access("/sys/firmware/efi", F_OK) == 0 ? "efi" : "pc";
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (take_option(engine, option, &boot_device))
			return -1;
	if (boot_device && engine->roots.n)
		engine->roots.at[0].identity.grub = boot_device;
	return optind;
}

/* From roots to a view ------------------------------------------------------------------------------- */

struct found {
	struct engine *engine;
	struct view_device *device;
};

static void add_config(void *context, struct config *config)
{
	struct found *found = context;

	vec_push(found->engine->arena, &found->device->configs) = config;
}

static struct volume *open_root(struct engine *engine, struct root *root)
{
	int fd = open(root->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct volume *volume;

	if (fd < 0) {
		fprintf(stderr, "baton: %s: open: %s\n", root->path, strerror(errno));
		return NULL;
	}
	if (!root->identity.grub && engine->roots.n == 1)
		root->identity.grub = "hd0,gpt2"; /* a tree says nothing of its disk */
	volume = volume_open_directory(engine->arena, fd, &root->identity);
	for (size_t i = 0; i < engine->assumed.n; i++)
		vec_push(engine->arena, &volume->assumed) = engine->assumed.at[i];
	return volume;
}

static int read_root(struct engine *engine, struct volumes *volumes, struct view_device *device)
{
	struct found found = { .engine = engine, .device = device };
	struct config *config;
	int error;

	if (!engine->config) {
		readers_scan(engine->arena, volumes, &engine->options, add_config, &found);
		return 0;
	}
	config = readers_read(engine->arena, volumes, &engine->options, engine->config, &error);
	if (!config) {
		fprintf(stderr, "baton: %s: %s\n", engine->config,
			error == -ENOEXEC ? "no configuration format that baton knows"
					  : strerror(-error));
		return -1;
	}
	add_config(&found, config);
	return 0;
}

int engine_run(struct engine *engine)
{
	size_t n = engine->roots.n;
	struct volumes volumes = { .arena = engine->arena, .n = n, .any = engine->any_uuid };
	struct identity *identities = arena_array(engine->arena, n, sizeof *identities);
	struct settings settings = { .timeout_ms = TIMEOUT_OF_CONFIG };
	struct view_device **last = &engine->view.devices;

	volumes.at = identities;
	volumes.mounted = arena_array(engine->arena, n, sizeof *volumes.mounted);
	for (size_t i = 0; i < n; i++) {
		volumes.mounted[i] = open_root(engine, &engine->roots.at[i]);
		if (!volumes.mounted[i])
			return -1;
		identities[i] = engine->roots.at[i].identity;
	}
	for (size_t i = 0; i < (engine->config ? 1 : n); i++) {
		struct view_device *device = arena_make(engine->arena, struct view_device);

		device->identity = identities[i];
		device->state = PROBE_DONE;
		volumes.own = i;
		if (read_root(engine, &volumes, device))
			return -1;
		*last = device;
		last = &device->next;
	}
	policy_decide(engine->arena, &engine->view, &settings, NULL, &engine->decision);
	return 0;
}
