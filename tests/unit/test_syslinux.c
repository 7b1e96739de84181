/* The SYSLINUX family's language, where it is not obvious. */
#include "reading.h"

#include <errno.h>

#include "base/text.h"
#include "config/adv.h"
#include "config/grub/envblock.h"

static const char path[] = "/boot/syslinux/syslinux.cfg";

static void test_names_are_relative_to_the_config(void **state)
{
	struct config *config = read_text(path, "DEFAULT a\n"
						"LABEL a\n"
						" LINUX ../vmlinuz\n"
						" INITRD ucode.img,/initrd.img\n"
						" APPEND root=/dev/sda1   quiet \n");

	(void)state;
	assert_linux(entry_at(config, 0), "a", "/boot/vmlinuz", "/boot/syslinux/ucode.img /initrd.img",
		     "root=/dev/sda1 quiet");
	assert_string_equal(entry_at(config, 0)->boot_image, "BOOT_IMAGE=../vmlinuz");
	assert_int_equal(entry_at(config, 0)->line, 2);
}

static void test_initrd_in_append_is_loaded_and_stays(void **state)
{
	struct config *config = read_text(path, "label a\r\nkernel vmlinuz\r\n"
						"append initrd=i1.gz,i2.gz ro init=\"a  b\"\r\n");

	(void)state;
	assert_linux(entry_at(config, 0), "a", "/boot/syslinux/vmlinuz",
		     "/boot/syslinux/i1.gz /boot/syslinux/i2.gz",
		     "initrd=i1.gz,i2.gz ro init=\"a  b\"");
}

static void test_global_append_is_for_labels_without_their_own(void **state)
{
	struct config *config = read_text(path, "append quiet\n"
						"label a\nlinux k\n"
						"label b\nlinux k\nappend -\n"
						"label c\nlinux k\nappend debug\n");

	(void)state;
	assert_string_equal(entry_at(config, 0)->cmdline, "quiet");
	assert_string_equal(entry_at(config, 1)->cmdline, "");
	assert_string_equal(entry_at(config, 2)->cmdline, "debug");
}

static void test_hotkeys_and_submenus(void **state)
{
	struct config *config = read_text(path, "ui menu.c32\n"
						"label a\nmenu label Re^boot\ncom32 reboot.c32\n"
						"menu begin more\n menu title More ^things\n"
						" menu title On its own screen\n"
						" label b\n linux k\n"
						" label back\n menu exit\n"
						"menu end\n"
						"label c\nlinux k\nmenu hide\n");
	const struct entry *inner = entry_at(config, 1);

	(void)state;
	assert_string_equal(entry_at(config, 0)->title, "Reboot");
	assert_string_equal(entry_at(config, 0)->hotkey, "b");
	assert_int_equal(entry_at(config, 0)->kind, ENTRY_REBOOT);
	assert_int_equal(inner->path.n, 1);
	assert_string_equal(inner->path.at[0], "More things");
	assert_refused(entry_at(config, 2), "back", "MENU EXIT");
	assert_true(entry_at(config, 3)->hidden);
	assert_int_equal(entry_at(config, 3)->path.n, 0);
}

static void test_headings_are_no_entries(void **state)
{
	struct config *config = read_text(path, "label -\nmenu label Network:\nmenu disable\n"
						"menu separator\n"
						"label a\nlinux k\n");

	(void)state;
	assert_int_equal(config->entries.n, 1);
	assert_default(config, "a");
}

static void test_which_default(void **state)
{
	struct config *config;

	(void)state;
	/* the menu module is no entry: the menu's own default counts */
	assert_default(read_text(path, "default menu.c32\nlabel a\nlinux k\n"
				       "label b\nlinux k\nmenu default\n"),
		       "b");
	/* .c32 may be missing, and a MENU END too many is nothing, as in what Cobbler writes */
	config = read_text(path, "default menu\ntimeout 50\nontimeout b\nlabel a\nlinux k\n"
				 "label b\nlinux k\nmenu end\n");
	assert_default(config, "b");
	assert_int_equal(config->problems.n, 0);
	/* without a menu, DEFAULT does */
	assert_default(read_text(path, "default a\nlabel b\nmenu default\nlinux k\n"
				       "label a\nlinux k\n"),
		       "a");
	/* what boots when nobody is there */
	assert_default(read_text(path, "default a\nprompt 1\ntimeout 50\nontimeout b\n"
				       "label a\nlinux k\nlabel b\nlinux k\n"),
		       "b");
	/* but only where something waits, and not for ever */
	assert_int_equal(read_text(path, "ui menu.c32\nmenu shiftkey\ntimeout 50\nlabel a\nlinux a\n")
				 ->timeout_ms, 0);
	assert_string_equal(entry_at(read_text(path, "label a\nmenu label ^A\nmenu indent 2\nlinux a\n"),
				     0)->title, "  A");
	assert_default(read_text(path, "default a\ntimeout 50\nontimeout b\n"
				       "label a\nlinux k\nlabel b\nlinux k\n"),
		       "a");
	assert_default(read_text(path, "ui menu.c32\ndefault a\nontimeout b\n"
				       "label a\nlinux k\nlabel b\nlinux k\n"),
		       "a");
	/* the firmware's next device is no way on: the default stays */
	assert_default(read_text(path, "default a\nprompt 1\ntimeout 50\nontimeout b\n"
				       "label a\nlinux k\nlabel b\nlocalboot -1\n"),
		       "a");
	/* a label that is not there, and no file either: the menu's own, and nothing starts by itself */
	config = read_text(path, "ui menu.c32\ntimeout 50\nontimeout gone\nlabel a\nlinux k\n"
				 "label b\nmenu default\nlinux k\n");
	assert_default(config, "b");
	assert_int_equal(config->entries.n, 2);
	assert_non_null(strstr(config->problems.at[0].text, "ONTIMEOUT gone"));
	config = read_text(path, "default gone\nlabel a\nlinux k\n");
	assert_default(config, "a");
	assert_false(config->at_once);
	assert_non_null(strstr(config->problems.at[0].text, "DEFAULT gone"));
	/* a menu marks the label's entry, and not one that it hides; what follows is not looked at */
	assert_default(read_text(path, "ui menu.c32\ndefault b quiet\n"
				       "label a\nlinux k\nlabel b\nlinux k\n"),
		       "b");
	assert_default(read_text(path, "ui menu.c32\ndefault b\n"
				       "label a\nlinux k\nlabel b\nmenu hide\nlinux k\n"),
		       "a");
	/* nothing that is no label can be chosen in a menu */
	assert_default(read_text(path, "default local\nui gfxboot bootlogo\nlabel a\nlinux k\n"), "a");
	/* into a submenu */
	assert_default(read_text(path, "ui menu.c32\nlabel a\nlinux k\nmenu begin s\nmenu default\n"
				       "label b\nlinux k\nlabel c\nmenu default\nlinux k\n"
				       "menu end\n"),
		       "c");
}

/* What `extlinux --once='b ro'` makes of the end of ldlinux.sys. */
static char *adv_file(size_t *size)
{
	static const unsigned char sector[512] = {
		0xa5, 0x2f, 0x2d, 0x5a, 0xf4, 0xa3, 0xa1, 0x82, 1, 4, 'b', ' ', 'r', 'o',
		[508] = 0x64, 0xbf, 0x28, 0xdd
	};
	char *file = arena_array(arena, 3000, 1);

	*size = 3000;
	memcpy(file + 3000 - 1024, sector, 512);
	memcpy(file + 3000 - 512, sector, 512);
	return file;
}

static struct config *read_with_adv(const char *text, const char *adv, size_t size)
{
	struct memory_file *files = arena_array(arena, 3, sizeof *files);

	files[0] = (struct memory_file){ .path = path, .bytes = text, .size = strlen(text) };
	files[1] = (struct memory_file){ .path = "/boot/ldlinux.sys", .bytes = adv, .size = size };
	return read_on("x86_64", files, path);
}

/* core/adv.inc, com32/elflink/ldlinux/ldlinux.c: carried out once, before any menu, and forgotten. */
static void test_boot_once(void **state)
{
	static const char text[] = "ui menu.c32\ntimeout 50\nlabel a\nlinux k\nlabel b\nlinux l\n";
	size_t size;
	char *adv = adv_file(&size);
	struct config *config;

	(void)state;
	assert_string_equal(adv_get(arena, adv, size, ADV_BOOT_ONCE), "b ro");
	config = read_with_adv(text, adv, size);
	assert_default(config, "b");
	assert_string_equal(config->entries.at[config->default_entry]->cmdline, "ro");
	assert_int_equal(config->timeout_ms, 0);
	assert_true(config->at_once);
	assert_int_equal(config->writes.n, 1);
	assert_string_equal(config->writes.at[0].file.path, "/boot/ldlinux.sys");
	assert_string_equal(config->writes.at[0].name, "boot-once");
	assert_null(config->writes.at[0].value);
	/* as it is without it, once that is written */
	assert_int_equal(adv_set(adv, size, ADV_BOOT_ONCE, NULL), 0);
	config = read_with_adv(text, adv, size);
	assert_default(config, "a");
	assert_int_equal(config->timeout_ms, 5000);
	assert_int_equal(config->writes.n, 0);
	/* a label that is gone is forgotten, too */
	assert_int_equal(adv_set(adv, size, ADV_BOOT_ONCE, "gone"), 0);
	config = read_with_adv(text, adv, size);
	assert_default(config, "a");
	assert_false(config->at_once);
	assert_int_equal(config->writes.n, 1);
	assert_non_null(strstr(config->problems.at[0].text, "\"gone\""));
}

/* menu.txt, MENU SAVE */
static void test_menu_save(void **state)
{
	static const char text[] = "ui menu.c32\ndefault a\nmenu save\nlabel a\nlinux k\nlabel b\nlinux l\n"
				   "label c\nlinux m\nmenu nosave\n";
	size_t size;
	char *adv = adv_file(&size);
	struct config *config;

	(void)state;
	assert_int_equal(adv_set(adv, size, ADV_BOOT_ONCE, NULL), 0);
	config = read_with_adv(text, adv, size);
	assert_default(config, "a");
	assert_int_equal(entry_at(config, 0)->writes.n, 0); /* it boots by itself */
	assert_int_equal(entry_at(config, 1)->writes.n, 1);
	assert_string_equal(entry_at(config, 1)->writes.at[0].name, "menu-save");
	assert_string_equal(entry_at(config, 1)->writes.at[0].value, "b");
	assert_int_equal(entry_at(config, 2)->writes.n, 0);
	assert_int_equal(adv_set(adv, size, ADV_MENU_SAVE, "b"), 0);
	config = read_with_adv(text, adv, size);
	assert_default(config, "b");
	assert_int_equal(entry_at(config, 0)->writes.n, 1);
	assert_default(read_with_adv("ui menu.c32\nlabel a\nlinux k\nlabel b\nlinux l\n", adv, size), "a");
}

/* A script of GRUB's saves a variable in ldlinux.sys: no vector, and if it is no block, not even that. */
static void test_variables_in_a_vectors_file(void **state)
{
	static const char grub[] = "a=1\nsave_env -f /boot/ldlinux.sys a\nmenuentry A { linux /k; }\n";
	size_t size;
	char *adv = adv_file(&size);
	struct memory_file files[] = {
		FILE_OF("/boot/grub/grub.cfg", grub),
		{ .path = "/boot/ldlinux.sys", .bytes = adv, .size = size },
		NO_MORE_FILES,
	};
	struct config *config = read_on("x86_64", files, files[0].path);
	const struct env_write *write;

	(void)state;
	assert_int_equal(config->writes.n, 0);
	assert_non_null(strstr(config->problems.at[0].text, "/boot/ldlinux.sys is no environment block"));
	memcpy(adv, ENVBLOCK_SIGNATURE, strlen(ENVBLOCK_SIGNATURE));
	config = read_on("x86_64", files, files[0].path);
	assert_int_equal(config->writes.n, 1);
	write = &config->writes.at[0];
	assert_false(adv_is_meant(write->file.path, write->name));
	assert_true(adv_is_meant(write->file.path, ADV_BOOT_ONCE));
	assert_true(adv_is_meant("/ldlinux.sys", ADV_MENU_SAVE));
	assert_false(adv_is_meant("/grubenv", ADV_MENU_SAVE));
}

static void test_damaged_vectors(void **state)
{
	size_t size;
	char *adv = adv_file(&size), *other, big[300];

	(void)state;
	memset(big, 'x', sizeof big - 1);
	big[sizeof big - 1] = '\0';
	adv[size - 1024 + 11] = 'X'; /* the other copy is whole */
	assert_string_equal(adv_get(arena, adv, size, ADV_BOOT_ONCE), "b ro");
	assert_int_equal(adv_set(adv, size, ADV_MENU_SAVE, "label"), 0); /* repairs it */
	assert_memory_equal(adv + size - 1024, adv + size - 512, 512);
	assert_string_equal(adv_get(arena, adv, size, ADV_BOOT_ONCE), "b ro");
	assert_int_equal(adv_set(adv, size, ADV_BOOT_ONCE, NULL), 0);
	assert_string_equal(adv_get(arena, adv, size, ADV_MENU_SAVE), "label");
	assert_int_equal(adv_set(adv, size, ADV_BOOT_ONCE, big), -ENOSPC);
	big[255] = '\0';
	assert_int_equal(adv_set(adv, size, ADV_BOOT_ONCE, big), 0);
	assert_int_equal(adv_set(adv, size, ADV_MENU_SAVE, big), -ENOSPC);
	assert_string_equal(adv_get(arena, adv, size, ADV_MENU_SAVE), "label");
	/* every byte counts, and what is short or empty has none */
	for (size_t i = 0; i < 512; i++) {
		other = adv_file(&size);
		other[size - 1024 + i] ^= 1;
		other[size - 512 + i] ^= 1;
		assert_null(adv_get(arena, other, size, ADV_BOOT_ONCE));
		assert_int_equal(adv_set(other, size, ADV_BOOT_ONCE, NULL), -EINVAL);
	}
	assert_null(adv_get(arena, adv, 1000, ADV_BOOT_ONCE));
	assert_null(adv_get(arena, NULL, 0, ADV_BOOT_ONCE));
	/* an item that is longer than the vector: the sum is right */
	other = adv_file(&size);
	other[size - 1024 + 8] = 7, other[size - 512 + 8] = 7;
	other[size - 1024 + 4] -= 6, other[size - 512 + 4] -= 6;
	assert_null(adv_get(arena, other, size, ADV_BOOT_ONCE));
	assert_int_equal(adv_set(other, size, ADV_BOOT_ONCE, "z"), 0);
	assert_string_equal(adv_get(arena, other, size, ADV_BOOT_ONCE), "z");
}

static void test_default_is_a_command_line(void **state)
{
	struct config *config = read_text(path, "default vmlinuz initrd=i root=/dev/sda1\n");
	struct config *more = read_text(path, "default a single\nlabel a\nlinux k\nappend ro\n");

	(void)state;
	assert_linux(entry_at(config, 0), "vmlinuz", "/boot/syslinux/vmlinuz", "/boot/syslinux/i",
		     "initrd=i root=/dev/sda1");
	assert_int_equal(more->entries.n, 2);
	assert_true(entry_at(more, 1)->hidden);
	assert_int_equal(more->default_entry, 1);
	assert_linux(entry_at(more, 1), "a", "/boot/syslinux/k", "", "ro single");
	assert_int_equal(read_text(path, "implicit 0\ndefault vmlinuz\nlabel x\nlinux k\n")->entries.n,
			 1);
}

static void test_initrd_inside_a_word(void **state)
{
	struct config *config = read_text(path, "label a\nlinux k\nappend live.initrd=i,j quiet\n"
						"label b\nlinux k\nappend initrd= quiet\n");

	(void)state;
	assert_linux(entry_at(config, 0), "a", "/boot/syslinux/k",
		     "/boot/syslinux/i /boot/syslinux/j", "live.initrd=i,j quiet");
	assert_linux(entry_at(config, 1), "b", "/boot/syslinux/k", "", "initrd= quiet");
}

/* com32/modules/linux.c: the last initrd= counts, be it INITRD's, then every initrd+= and initrdfile=. */
static void test_linux_module_finds_its_initrds(void **state)
{
	struct config *config = read_text(path,
		"label a\ncom32 linux.c32 -dhcpinfo k\ninitrd i\nappend initrd+=j,l initrd=no ro\n"
		"label b\ncom32 linux.c32 k ro\nappend initrd=no initrd=i\n"
		"label c\ncom32 linux.c32 k initrdfile=d/net.cfg@/etc/net.cfg,d/m initrd+=j initrd=i\n"
		"label d\ncom32 linux.c32 k noinitrd=x\n");
	const struct entry *packed = entry_at(config, 2);

	(void)state;
	assert_linux(entry_at(config, 0), "a", "/boot/syslinux/k",
		     "/boot/syslinux/i /boot/syslinux/j /boot/syslinux/l",
		     "initrd+=j,l initrd=no ro");
	assert_linux(entry_at(config, 1), "b", "/boot/syslinux/k", "/boot/syslinux/i",
		     "ro initrd=no initrd=i");
	assert_linux(packed, "c", "/boot/syslinux/k",
		     "/boot/syslinux/i /boot/syslinux/j /boot/syslinux/d/net.cfg /boot/syslinux/d/m",
		     "initrdfile=d/net.cfg@/etc/net.cfg,d/m initrd+=j initrd=i");
	assert_null(packed->initrds.at[1].name);
	assert_string_equal(packed->initrds.at[2].name, "/etc/net.cfg");
	assert_string_equal(packed->initrds.at[3].name, "m");
	assert_linux(entry_at(config, 3), "d", "/boot/syslinux/k", "", "noinitrd=x");
}

static void test_modules(void **state)
{
	struct config *config = read_text(
		path,
		"label xen\nkernel mboot.c32\nappend -solo xen.gz dom0_mem=1G --- k root=x --- i\n"
		"label lin\ncom32 linux.c32\nappend k initrd=i ro\n"
		"label cpu\ncom32 ifcpu64\nappend lin -- xen\n"
		"label smp\ncom32 ifcpu.c32\nappend smp -- lin -- xen\n"
		"label chain\ncom32 chain.c32\nappend hd0 1\n"
		"label hdt\nkernel hdt.c32\n"
		"label bin\nkernel memtest.bin\n"
		"label more\nkernel ifcpu64.c32\nappend sys scan=1 -- xen\n"
		"label sys\nlinux k\nappend a=1\ninitrd i,j setkmap=us\n");
	const struct entry *xen = entry_at(config, 0);

	(void)state;
	assert_int_equal(xen->kind, ENTRY_MULTIBOOT);
	assert_string_equal(xen->kernel.path, "/boot/syslinux/xen.gz");
	assert_string_equal(entry_full_cmdline(arena, xen), "xen.gz dom0_mem=1G");
	assert_int_equal(xen->initrds.n, 2);
	assert_string_equal(xen->initrds.at[0].args, "k root=x");
	assert_string_equal(xen->initrds.at[1].path, "/boot/syslinux/i");
	assert_linux(entry_at(config, 1), "lin", "/boot/syslinux/k", "/boot/syslinux/i",
		     "initrd=i ro");
	assert_linux(entry_at(config, 2), "cpu", "/boot/syslinux/k", "/boot/syslinux/i",
		     "initrd=i ro");
	assert_refused(entry_at(config, 3), "smp", "smp");
	assert_refused(entry_at(config, 4), "chain", "hd0 1");
	assert_refused(entry_at(config, 5), "hdt", "hdt.c32");
	assert_refused(entry_at(config, 6), "bin", "boot sector");
	assert_linux(entry_at(config, 7), "more", "/boot/syslinux/k",
		     "/boot/syslinux/i /boot/syslinux/j", "a=1 setkmap=us scan=1");
}

static void test_circles_end(void **state)
{
	struct config *config = read_text(path, "default a\n"
						"label a\ncom32 cmd.c32\nappend b\n"
						"label b\ncom32 whichsys.c32\nappend -sys- a\n"
						"include syslinux.cfg\n");

	(void)state;
	assert_refused(entry_at(config, 0), "a", "circles");
	assert_true(config->problems.n > 0);
}

static void test_config_leads_to_another_file(void **state)
{
	static const struct memory_file files[] = {
		FILE_OF("/isolinux/isolinux.cfg", "default pick\nlabel pick\ncom32 whichsys.c32\n"
						  "append -pxe- net -iso- disc\n"
						  "label disc\nconfig /boot/disc.cfg\nappend /boot\n"),
		FILE_OF("/boot/disc.cfg", "include more.cfg\ndefault b\ntimeout 25\n"
					  "label a\nlinux k\n"),
		FILE_OF("/boot/more.cfg", "label b\nlinux k2\n"),
		NO_MORE_FILES,
	};
	struct config *config = read_on("x86_64", files, "/isolinux/isolinux.cfg");

	(void)state;
	assert_linux(entry_at(config, 0), "b", "/boot/k2", "", "");
	assert_string_equal(entry_at(config, 0)->config, "/boot/more.cfg");
	assert_default(config, "b");
	assert_int_equal(config->timeout_ms, 2500);
}

static void test_uboot(void **state)
{
	static const struct memory_file files[] = {
		FILE_OF("/extlinux/extlinux.conf", "timeout 30\nlabel Linux 6.1\nkernel /Image\n"
						   "initrd /i\nfdt /board.dtb\nappend ${x} ro\n"),
		NO_MORE_FILES,
	};
	struct config *config = read_on("aarch64", files, "/extlinux/extlinux.conf");

	(void)state;
	assert_linux(entry_at(config, 0), "Linux 6.1", "/Image", "/i", "${x} ro");
	assert_null(entry_at(config, 0)->boot_image);
	assert_string_equal(entry_at(config, 0)->devicetree.path, "/board.dtb");
	assert_int_equal(config->timeout_ms, 3000);
}

static void test_pxelinux_starts_from_above(void **state)
{
	struct config *config = read_text("/tftp/pxelinux.cfg/default",
					  "label a\nkernel dir/linux\nappend initrd=::/i\n");

	(void)state;
	assert_linux(entry_at(config, 0), "a", "/tftp/dir/linux", "/i", "initrd=::/i");
}

static void test_deep_menus_are_flattened(void **state)
{
	static const char begin[] = "menu begin x\n", end[] = "menu end\n";
	size_t n = 200000;
	char *text = arena_alloc(arena, n * sizeof begin + 100 * sizeof end + 64);
	char *at = text;
	struct config *config;

	(void)state;
	for (size_t i = 0; i < n; i++)
		at = stpcpy(at, begin);
	at = stpcpy(at, "label a\nlinux k\n");
	config = read_text(path, text);
	assert_in_range(entry_at(config, 0)->path.n, 1, 100);
	/* what was flattened is closed first */
	at = text;
	for (size_t i = 0; i < 40; i++)
		at = stpcpy(at, begin);
	for (size_t i = 0; i < 40; i++)
		at = stpcpy(at, end);
	stpcpy(at, "label a\nlinux k\n");
	config = read_text(path, text);
	assert_int_equal(entry_at(config, 0)->path.n, 0);
	assert_int_equal(config->problems.n, 0);
}

static void test_problems_have_a_place(void **state)
{
	struct config *config = read_text(path, "label a\nlinux k\n  frobnicate 1\ntimeout soon\n");

	(void)state;
	assert_int_equal(config->problems.n, 2);
	assert_int_equal(config->problems.at[0].line, 3);
	assert_int_equal(config->problems.at[0].column, 3);
	assert_int_equal(config->problems.at[1].line, 4);
	assert_int_equal(config->timeout_ms, NO_TIMEOUT);
}

static void test_passwords_lock(void **state)
{
	struct config *config = read_text(path, "label a\nlinux k\nmenu passwd secret\n"
						"label b\nlinux k\nmenu passwd $4$salt$hash\n"
						"label c\nlinux k\n");

	(void)state;
	assert_string_equal(entry_at(config, 0)->users, "a");
	assert_string_equal(config->users.at[0].password, "secret");
	assert_refused(entry_at(config, 1), "b", "password");
	assert_null(entry_at(config, 2)->users);
}

static bool is_at_once(const char *arch, const char *text)
{
	struct memory_file *files = arena_array(arena, 2, sizeof *files);

	files[0] = (struct memory_file){ "/extlinux.conf", text, strlen(text) };
	return read_on(arch, files, "/extlinux.conf")->at_once;
}

static void test_who_asks_nobody(void **state)
{
	(void)state;
	assert_true(is_at_once("x86_64", "default a\nlabel a\nlinux k\nmenu label A\n"));
	assert_false(is_at_once("x86_64", "default a\nprompt 1\nlabel a\nlinux k\n"));
	assert_false(is_at_once("x86_64", "ui menu.c32\ndefault a\nlabel a\nlinux k\n"));
	assert_false(is_at_once("x86_64", "default menu.c32\nlabel a\nlinux k\n"));
	assert_false(is_at_once("x86_64", "label a\nlinux k\n"));
	assert_true(is_at_once("aarch64", "prompt 1\nlabel a\nmenu label A\nlinux k\n"));
	assert_false(is_at_once("aarch64", "menu title T\nlabel a\nlinux k\n"));
	assert_true(is_at_once("x86_64", "label a\nlinux k\nfdtdir /d\n"));
}

static void test_first_initrd_of_uboot(void **state)
{
	static const char text[] = "label a\nlinux /k\nappend initrd=/a ro\ninitrd /b\n"
				   "label b\nlinux /k\ninitrd /a\nappend initrd=/b ro\ninitrd /c\n";
	struct memory_file *files = arena_array(arena, 2, sizeof *files);
	struct config *config;

	(void)state;
	files[0] = (struct memory_file)FILE_OF("/extlinux.conf", text);
	config = read_on("aarch64", files, "/extlinux.conf");
	assert_linux(entry_at(config, 0), "a", "/k", "/a", "initrd=/a ro");
	assert_linux(entry_at(config, 1), "b", "/k", "/a", "initrd=/b ro");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		READER_TEST(test_who_asks_nobody),
		READER_TEST(test_first_initrd_of_uboot),
		READER_TEST(test_names_are_relative_to_the_config),
		READER_TEST(test_initrd_in_append_is_loaded_and_stays),
		READER_TEST(test_global_append_is_for_labels_without_their_own),
		READER_TEST(test_hotkeys_and_submenus),
		READER_TEST(test_headings_are_no_entries),
		READER_TEST(test_which_default),
		READER_TEST(test_default_is_a_command_line),
		READER_TEST(test_initrd_inside_a_word),
		READER_TEST(test_modules),
		READER_TEST(test_boot_once),
		READER_TEST(test_menu_save),
		READER_TEST(test_variables_in_a_vectors_file),
		READER_TEST(test_damaged_vectors),
		READER_TEST(test_linux_module_finds_its_initrds),
		READER_TEST(test_circles_end),
		READER_TEST(test_config_leads_to_another_file),
		READER_TEST(test_uboot),
		READER_TEST(test_pxelinux_starts_from_above),
		READER_TEST(test_deep_menus_are_flattened),
		READER_TEST(test_problems_have_a_place),
		READER_TEST(test_passwords_lock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
