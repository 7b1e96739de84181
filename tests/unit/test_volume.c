/* Volumes: nothing leads out of them, and names find the right one. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/reader.h"
#include "disk/volume.h"

static const struct identity nobody = { .name = "sda1", .disk = "sda" };

struct tree {
	struct arena *arena;
	struct volume *volume;
	char path[32];
};

static void put(int root, const char *path, const char *text)
{
	int fd = openat(root, path, O_WRONLY | O_CREAT, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static int setup(void **state)
{
	struct arena *arena = arena_new(1 << 22);
	struct tree *tree = arena_make(arena, struct tree);
	int root;

	tree->arena = arena;
	strcpy(tree->path, "/tmp/baton-volume-XXXXXX");
	if (!mkdtemp(tree->path))
		return -1;
	root = open(tree->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	mkdirat(root, "etc", 0755);
	put(root, "etc/passwd", "inside");
	assert_int_equal(symlinkat("/etc/passwd", root, "absolute"), 0);
	assert_int_equal(symlinkat("../../../../etc/passwd", root, "etc/up"), 0);
	assert_int_equal(symlinkat("loop", root, "loop"), 0);
	assert_int_equal(mkfifoat(root, "fifo", 0644), 0);
	tree->volume = volume_open_directory(arena, root, &nobody);
	*state = tree;
	return 0;
}

static int teardown(void **state)
{
	struct tree *tree = *state;
	char command[64];

	volume_close(tree->volume);
	snprintf(command, sizeof command, "rm -rf %s", tree->path);
	arena_free(tree->arena);
	return system(command);
}

static void assert_reads(struct tree *tree, const char *path, const char *text)
{
	char *bytes;
	size_t size;

	assert_int_equal(volume_read(tree->arena, tree->volume, path, 100, &bytes, &size), 0);
	assert_string_equal(bytes, text);
	assert_int_equal(size, strlen(text));
}

static void test_nothing_leads_out(void **state)
{
	struct tree *tree = *state;

	assert_reads(tree, "/etc/passwd", "inside");
	assert_reads(tree, "/absolute", "inside");
	assert_reads(tree, "/etc/up", "inside");
	assert_reads(tree, "/../../etc/passwd", "inside");
}

static void test_what_is_no_file(void **state)
{
	struct tree *tree = *state;
	char *bytes;
	size_t size;

	assert_int_equal(volume_open_file(tree->volume, "/etc"), -EISDIR);
	assert_int_equal(volume_open_file(tree->volume, "/fifo"), -EINVAL);
	assert_int_equal(volume_open_file(tree->volume, "/loop"), -ELOOP);
	assert_int_equal(volume_open_file(tree->volume, "/none"), -ENOENT);
	assert_int_equal(volume_read(tree->arena, tree->volume, "/etc/passwd", 5, &bytes, &size), -EFBIG);
}

static void test_assumed_files(void **state)
{
	struct tree *tree = *state;

	assert_false(volume_is_file(tree->volume, "/boot/vmlinuz"));
	vec_push(tree->arena, &tree->volume->assumed) = "/boot/vmlinuz";
	assert_true(volume_is_file(tree->volume, "/boot/vmlinuz"));
	assert_true(volume_is_file(tree->volume, "//boot/vmlinuz"));
}

static void test_memory(void **state)
{
	struct tree *tree = *state;
	const struct memory_file files[] = { { "/a/b/c", "C", 1 }, { "/a/d", "D", 1 }, { NULL, NULL, 0 } };
	struct volume *volume = volume_open_memory(tree->arena, files, &nobody);
	const char **names;
	struct file_info info;

	assert_int_equal(volume_list(tree->arena, volume, "/a", 10, &names), 2);
	assert_string_equal(names[0], "b");
	assert_int_equal(volume_list(tree->arena, volume, "/a", 1, &names), 1);
	assert_int_equal(volume_list(tree->arena, volume, "/", 10, &names), 1);
	assert_int_equal(volume_stat(volume, "/a/b", &info), 0);
	assert_int_equal(info.kind, FILE_DIRECTORY);
	assert_int_equal(volume_stat(volume, "/a/", &info), 0);
	assert_int_equal(volume_stat(volume, "/x", &info), -ENOENT);
	assert_true(volume_is_file(volume, "a/d"));
}

/* Two disks and a CD; the config is on the second disk, which is therefore hd0. */
static const struct identity machine[] = {
	{ .name = "sda", .disk = "sda", .scheme = NULL },
	{ .name = "sda1", .disk = "sda", .partition = 1, .scheme = "dos", .uuid = "AAAA-1111" },
	{ .name = "sdb", .disk = "sdb" },
	{ .name = "sdb1", .disk = "sdb", .partition = 1, .scheme = "gpt", .uuid = "b1", .label = "root" },
	{ .name = "sdb2", .disk = "sdb", .partition = 2, .scheme = "gpt", .uuid = "b2", .label = "root" },
	{ .name = "sr0", .disk = "sr0", .is_optical = true },
	{ .name = "dm-0", .disk = "dm-0", .dm_name = "vg-root" },
};
#define OWN 4

static struct volumes table(struct tree *tree)
{
	struct volumes volumes;

	volumes_init(&volumes, tree->arena, tree->volume);
	volumes.at = machine;
	volumes.n = sizeof machine / sizeof *machine;
	volumes.own = OWN;
	volumes.mounted = arena_array(tree->arena, volumes.n, sizeof *volumes.mounted);
	volumes.mounted[OWN] = tree->volume;
	return volumes;
}

static void test_names_of_grub(void **state)
{
	static const char *const names[] = { "hd1", "hd1,msdos1", "hd0", "hd0,gpt1", "hd0,gpt2", "cd0",
					     "lvm/vg-root" };
	struct tree *tree = *state;
	struct volumes volumes = table(tree);

	for (size_t i = 0; i < volumes.n; i++) {
		assert_string_equal(volumes_grub_name(tree->arena, &volumes, i), names[i]);
		assert_int_equal(volumes_index(&volumes, VOLUME_GRUB, names[i]), i);
	}
	assert_int_equal(volumes_index(&volumes, VOLUME_GRUB, "hd1,1"), 1);
	assert_int_equal(volumes_index(&volumes, VOLUME_GRUB, "hd0,msdos1"), -1);
	assert_int_equal(volumes_index(&volumes, VOLUME_GRUB, "hd0,3"), -1);
	assert_int_equal(volumes_index(&volumes, VOLUME_GRUB, "hd9"), -1);
}

static void test_names_of_file_systems(void **state)
{
	struct tree *tree = *state;
	struct volumes volumes = table(tree);

	assert_int_equal(volumes_index(&volumes, VOLUME_UUID, "aaaa-1111"), 1);
	assert_int_equal(volumes_index(&volumes, VOLUME_LABEL, "root"), OWN); /* the own one first */
	assert_int_equal(volumes_index(&volumes, VOLUME_LABEL, "ROOT"), -1);
	assert_int_equal(volumes_index(&volumes, VOLUME_NAME, "vg-root"), 6);
	assert_int_equal(volumes_index(&volumes, VOLUME_UUID, "none"), -1);
	volumes.any = true;
	assert_int_equal(volumes_index(&volumes, VOLUME_UUID, "none"), OWN);
	assert_ptr_equal(volumes_find(&volumes, VOLUME_FILE, "/etc/passwd"), tree->volume);
}

static unsigned asked;

static bool no_more(struct volumes *volumes, enum volume_key key, const char *value)
{
	(void)volumes, (void)key, (void)value;
	asked++;
	return false;
}

static struct volume *open_image(struct volumes *volumes, const struct volume *host, const char *path)
{
	(void)host;
	asked++;
	return strcmp(path, "/bad.iso") == 0 ? NULL : volumes_own(volumes);
}

static void test_asked_once(void **state)
{
	struct tree *tree = *state;
	struct volumes volumes = table(tree);

	asked = 0;
	volumes.await = no_more;
	for (unsigned i = 0; i < 3; i++) {
		assert_null(volumes_find(&volumes, VOLUME_UUID, "none"));
		assert_null(volumes_find(&volumes, VOLUME_FILE, "/none"));
	}
	assert_int_equal(asked, 1);
}

static void test_images(void **state)
{
	struct tree *tree = *state;
	struct volumes volumes = table(tree);
	char name[16];

	assert_null(volumes_image(&volumes, tree->volume, "/a.iso")); /* nobody mounts them */
	asked = 0;
	volumes.image = open_image;
	for (unsigned i = 0; i < 3; i++) {
		assert_ptr_equal(volumes_image(&volumes, tree->volume, "/a.iso"), tree->volume);
		assert_null(volumes_image(&volumes, tree->volume, "/bad.iso"));
	}
	assert_int_equal(asked, 2);
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(name, sizeof name, "/%u.iso", i);
		volumes_image(&volumes, tree->volume, name);
	}
	assert_in_range(asked, 10, 100);
}

/* Answers are remembered: each path has its own, however many there are, until something may change. */
static void test_remembered(void **state)
{
	struct tree *tree = *state;
	struct file_info info;
	char path[16];
	int fd;

	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 300; i++) {
			snprintf(path, sizeof path, "/n%d", i);
			if (round == 0 && i % 3) {
				fd = openat(tree->volume->root, path + 1, O_CREAT | O_WRONLY, 0600);
				assert_int_equal(ftruncate(fd, i), 0);
				close(fd);
			}
			assert_int_equal(volume_stat(tree->volume, path, &info), i % 3 ? 0 : -ENOENT);
			if (i % 3)
				assert_int_equal(info.size, i);
		}
	assert_int_equal(volume_stat(tree->volume, "/n7", &info), 0);
	fd = volume_open_folder(tree->volume, "/");
	assert_int_equal(unlinkat(fd, "n7", 0), 0);
	close(fd);
	assert_int_equal(volume_stat(tree->volume, "/n7", &info), -ENOENT);
}

static void test_paths(void **state)
{
	static const char *const cases[][3] = {
		{ "/boot", "x", "/boot/x" },	  { "/boot/", "../x", "/x" },
		{ "/boot", "/x//y/./z", "/x/y/z" }, { "/", "../../..", "/" },
		{ "/a/b", "../..", "/" },	  { "/a", "", "/a" },
		{ "/a", "b/../../../c", "/c" },	  { "", "..a/.b", "/..a/.b" },
	};
	struct tree *tree = *state;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_string_equal(path_join(tree->arena, cases[i][0], cases[i][1]), cases[i][2]);
	assert_string_equal(path_directory(tree->arena, "/a/b"), "/a");
	assert_string_equal(path_directory(tree->arena, "/a"), "/");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nothing_leads_out), TEST(test_what_is_no_file), TEST(test_assumed_files),
		TEST(test_memory),	      TEST(test_names_of_grub),	  TEST(test_names_of_file_systems),
		TEST(test_asked_once),	      TEST(test_images),	  TEST(test_remembered),
		TEST(test_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
