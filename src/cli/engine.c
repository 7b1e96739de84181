#include "cli/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/hardware.h"
#include "base/text.h"
#include "disk/identify.h"
#include "disk/loop.h"
#include "disk/mount.h"
#include "disk/sysfs.h"

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
	LAST_BOOT,
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
	{ "last-boot", no_argument, NULL, LAST_BOOT },
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
		engine->options.platform = optarg; /* GRUB has more of them than a list could keep */
		return 0;
	case ARCH:
		engine->options.arch = optarg;
		return 0;
	case CONFIG:
		engine->config = path_join(engine->arena, "/", optarg);
		return 0;
	case PREFIX:
		engine->options.prefix = *optarg == '(' ? optarg
							: path_join(engine->arena, "/", optarg);
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
	case LAST_BOOT:
		engine->last_boot = true;
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

static int complain(const char *path, const char *what, int error)
{
	fprintf(stderr, "baton: %s: %s: %s\n", path, what, strerror(error));
	return -1;
}

static void add_volume(struct engine *engine, struct volume *volume)
{
	for (size_t i = 0; i < engine->assumed.n; i++)
		vec_push(engine->arena, &volume->assumed) = engine->assumed.at[i];
	vec_push(engine->arena, &engine->volumes) = volume;
}

static int open_tree(struct engine *engine, struct root *root)
{
	int fd = open(root->path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return complain(root->path, "open", errno);
	if (!root->identity.grub && engine->roots.n == 1)
		root->identity.grub = "hd0,gpt2"; /* a tree says nothing of its disk */
	add_volume(engine, volume_open_directory(engine->arena, fd, &root->identity));
	return 0;
}

/* Mount what is on a block device, if it is a file system; complaints count only for those. */
static bool open_device(struct engine *engine, struct identity *identity)
{
	int fd = open(arena_print(engine->arena, "/dev/%s", identity->name), O_RDONLY | O_CLOEXEC);
	struct volume *volume = NULL;
	const char *why;

	if (fd < 0) {
		complain(identity->name, "open", errno);
		return false;
	}
	if (identify(engine->arena, fd, identity) == 0 && identity->is_filesystem) {
		volume = mount_device(engine->arena, identity, &why);
		if (volume)
			add_volume(engine, volume);
		else
			fprintf(stderr, "baton: %s: %s\n", identity->name, why);
	}
	close(fd);
	return volume != NULL;
}

/* A block device and the partitions on it, as the firmware would look at them. */
struct disk_root {
	struct engine *engine;
	const char *name;
	size_t mounted;
};

static void open_if_on_disk(void *context, const char *name)
{
	struct disk_root *root = context;
	struct identity *identity = arena_make(root->engine->arena, struct identity);

	if (sysfs_identity(root->engine->arena, name, identity) == 0 &&
	    (strcmp(name, root->name) == 0 || strcmp(identity->disk, root->name) == 0))
		root->mounted += open_device(root->engine, identity);
}

static size_t open_disk(struct engine *engine, const struct root *root)
{
	const char *slash = strrchr(root->path, '/');
	struct disk_root disk = { .engine = engine, .name = slash ? slash + 1 : root->path };

	sysfs_each(open_if_on_disk, &disk);
	return disk.mounted;
}

static bool open_part(struct engine *engine, int image, const struct root *root,
		      const struct partition *partition)
{
	struct identity *identity = arena_make(engine->arena, struct identity);
	bool mounted;
	int device;

	*identity = partition->identity;
	device = loop_attach(engine->arena, image, partition->start, partition->identity.bytes,
			     &identity->name);
	if (device < 0) {
		complain(root->path, "loop device", -device);
		return false;
	}
	identity->disk = partition->identity.partition ? root->path : identity->name;
	mounted = open_device(engine, identity);
	close(device);
	return mounted;
}

/* An image of a disk. Its table is read here, since not every kernel looks into loop devices. */
static size_t open_image(struct engine *engine, const struct root *root)
{
	int image = open(root->path, O_RDONLY | O_CLOEXEC);
	const struct partition whole = { .start = 0 };
	struct partition *partitions;
	size_t mounted = 0;
	ssize_t n;

	if (image < 0) {
		complain(root->path, "open", errno);
		return 0;
	}
	n = identify_partitions(engine->arena, image, &partitions);
	if (n <= 0)
		mounted = open_part(engine, image, root, &whole);
	for (ssize_t i = 0; i < n; i++)
		mounted += open_part(engine, image, root, &partitions[i]);
	close(image);
	return mounted;
}

static int open_root(struct engine *engine, struct root *root)
{
	struct stat st;

	if (stat(root->path, &st))
		return complain(root->path, "stat", errno);
	if (S_ISDIR(st.st_mode))
		return open_tree(engine, root);
	if (S_ISBLK(st.st_mode) ? open_disk(engine, root) : open_image(engine, root))
		return 0;
	fprintf(stderr, "baton: %s: no file system on it could be mounted\n", root->path);
	return -1;
}

/* An ISO file that a script looks into; only root can mount it. */
static struct volume *mount_iso(struct volumes *volumes, const struct volume *host, const char *path)
{
	const char *why;

	return mount_image(volumes->arena, host, path, &why);
}

static int read_volume(struct engine *engine, struct volumes *volumes, struct view_device *device)
{
	struct found found = { .engine = engine, .device = device };
	struct config *config;
	int error;

	if (!engine->config) {
		readers_scan(engine->arena, volumes, &engine->options, add_config, &found);
		return 0;
	}
	config = readers_read(engine->arena, volumes, &engine->options, engine->config, &error);
	if (!config && error == -ENOEXEC) {
		fprintf(stderr, "baton: %s: no configuration format that baton knows\n",
			engine->config);
		return -1;
	}
	if (!config)
		return complain(engine->config, "read", -error);
	add_config(&found, config);
	return 0;
}

/* Is it a disk of this machine? A tree or an image may be another one's. */
static bool is_of_this_machine(const struct root *root)
{
	struct stat st;

	return strcmp(root->path, "/") == 0 || (stat(root->path, &st) == 0 && S_ISBLK(st.st_mode));
}

static int open_roots(struct engine *engine)
{
	if (!engine->roots.n)
		add_root(engine, "/");
	engine->options.hardware = hardware_read;
	for (size_t i = 0; i < engine->roots.n; i++) {
		if (!is_of_this_machine(&engine->roots.at[i]))
			engine->options.hardware = NULL;
		if (open_root(engine, &engine->roots.at[i]))
			return -1;
	}
	return 0;
}

void engine_volumes(struct engine *engine, struct volumes *volumes, size_t own)
{
	struct identity *identities = arena_array(engine->arena, engine->volumes.n, sizeof *identities);

	*volumes = (struct volumes){
		.arena = engine->arena,
		.any = engine->any_uuid,
		.image = mount_iso,
		.n = engine->volumes.n,
		.mounted = engine->volumes.at,
		.at = identities,
		.own = own,
	};
	for (size_t i = 0; i < volumes->n; i++)
		identities[i] = *volumes->mounted[i]->identity;
}

int engine_run(struct engine *engine)
{
	struct settings settings;
	struct view_device **last = &engine->view.devices;
	struct volumes volumes;

	if (!engine->volumes.n && open_roots(engine))
		return -1;
	engine_volumes(engine, &volumes, 0);
	*last = NULL;
	for (size_t i = 0; i < (engine->config ? 1 : volumes.n); i++) {
		struct view_device *device = arena_make(engine->arena, struct view_device);

		device->identity = volumes.at[i];
		device->arena = engine->arena;
		device->state = PROBE_DONE;
		volumes.own = i;
		if (read_volume(engine, &volumes, device))
			return -1;
		*last = device;
		last = &device->next;
	}
	view_number_clones(&engine->view, NULL, NULL);
	view_find_duplicates(&engine->view, NULL, NULL);
	settings_init(&settings);
	policy_decide(engine->arena, &engine->view, &settings, NULL, &engine->decision);
	return 0;
}
