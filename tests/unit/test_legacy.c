/* GRUB Legacy, LILO, yaboot, kboot, zipl, rEFInd, Limine, and kernels without a config. */
#include "reading.h"

static void test_grub_legacy(void **state)
{
	struct config *config = read_text("/boot/grub/menu.lst",
					  "# kopt=root=/dev/x\n"
					  "# a comment goes on \\\ntimeout 99\n"
					  "default=1 # Xen\ntimeout\t10 s\nfallback 0 8\nhiddenmenu\n"
					  "title\tFirst  one\n"
					  "root (hd0,0)\n"
					  "kernel /vmlinuz root=/dev/sda1 \\\n  ro\n"
					  "initrd /i.img\nsavedefault\nboot\n"
					  "title Xen\n"
					  "kernel (hd0,0)/xen.gz dom0_mem=1G\n"
					  "module /vmlinuz root=x\nmodule /i.img\n"
					  "title Windows\nrootnoverify (hd0,1)\nchainloader +1\n"
					  "title Other disk\nroot (hd1,0)\nkernel /vmlinuz\n"
					  "title Typo\nkernel /vmlinuz\ninitrdd /i\n"
					  "title Blank after it\nkernel /vmlinuz a\\ \ninitrd /i\n"
					  "title Nothing\nnothing that GRUB knows\n"
					  "title Heading\nroot\n"
					  "title Menu\nconfigfile /boot/grub/other.lst\n");
	const struct entry *xen = entry_at(config, 1);

	(void)state;
	assert_linux(entry_at(config, 0), "First  one", "/vmlinuz", "/i.img", "root=/dev/sda1 ro");
	assert_null(entry_at(config, 0)->boot_image);
	assert_int_equal(xen->kind, ENTRY_MULTIBOOT);
	assert_string_equal(entry_full_cmdline(arena, xen), "/xen.gz dom0_mem=1G");
	assert_string_equal(xen->initrds.at[0].args, "/vmlinuz root=x");
	assert_refused(entry_at(config, 2), "Windows", "firmware");
	assert_refused(entry_at(config, 3), "Other disk", "hd1,0");
	assert_linux(entry_at(config, 4), "Typo", "/vmlinuz", "", "");
	assert_linux(entry_at(config, 5), "Blank after it", "/vmlinuz", "/i", "a\\");
	assert_refused(entry_at(config, 6), "Heading", "no kernel");
	assert_refused(entry_at(config, 7), "Menu", "other.lst");
	assert_default(config, "Xen");
	assert_int_equal(config->fallback.n, 1);
	assert_int_equal(config->timeout_ms, 10000);
	assert_int_equal(config->timeout_style, TIMEOUT_COUNTDOWN);
	assert_int_equal(config->wanted.n, 1);
	assert_string_equal(config->wanted.at[0].value, "hd1,1");
}

static void test_grub_legacy_saved_and_locked(void **state)
{
	static const struct memory_file files[] = {
		FILE_OF("/boot/grub/grub.conf", "password secret\ndefault saved\n"
						"title a\nkernel /k\ntitle b\nlock\nkernel /k\n"),
		FILE_OF("/boot/grub/default", "1\n#\n#\n"),
		NO_MORE_FILES,
	};
	struct config *config = read_on("x86_64", files, "/boot/grub/grub.conf");

	(void)state;
	assert_default(config, "b");
	assert_true(config->locked);
	assert_string_equal(config->users.at[0].password, "secret");
	assert_null(entry_at(config, 0)->users);
	assert_string_equal(entry_at(config, 1)->users, "");
}

static void test_grub4dos_variables(void **state)
{
	struct config *config = read_text("/menu.lst", "set name=KLV\nset label=%name%-1\n"
						       "title %label% (a%)\\nand more\n"
						       "set k=vm\nkernel /%k% l=%LABEL% %none%\n"
						       "title b\nkernel /%k%\n");

	(void)state;
	assert_linux(entry_at(config, 0), "KLV-1 (a%)", "/vm", "", "l=KLV-1 %none%");
	assert_linux(entry_at(config, 1), "b", "/%k%", "", "");
}

static void test_grub4dos_iso(void **state)
{
	static const struct memory_file files[] = {
		FILE_OF("/menu.lst", "title iso\nfind --set-root /x.iso\nmap /x.iso (0xff)\nmap --hook\n"
				     "root (0xff)\nkernel /casper/vmlinuz boot=casper\n"
				     "initrd /casper/initrd.lz\n"),
		FILE_OF("/x.iso", "iso"),
		NO_MORE_FILES,
	};
	const struct entry *entry = entry_at(read_on("x86_64", files, "/menu.lst"), 0);

	(void)state;
	assert_linux(entry, "iso", "/casper/vmlinuz", "/casper/initrd.lz", "boot=casper");
	assert_string_equal(entry->kernel.loop, "/x.iso");
	assert_string_equal(entry->initrds.at[0].loop, "/x.iso");
}

static void test_lilo(void **state)
{
	struct config *config = read_text("/etc/lilo.conf",
					  "boot = /dev/sda # the MBR\n"
					  "prompt\ntimeout=50\ndefault=bee\nread-only\n"
					  "append=\"quiet \\\"x y\\\"\"\n"
					  "image=/boot/k1 label=a root=/dev/sda1 initrd=/boot/i\n"
					  "image=/boot/k2\n label=b\n alias=bee\n read-write\n append=\"\"\n"
					  " addappend=\" more\"\n"
					  "image=/boot/k3\n label=c\n literal=\"only this\"\n"
					  "other=/dev/sda2\n label=dos\n");

	(void)state;
	assert_linux(entry_at(config, 0), "a", "/boot/k1", "/boot/i",
		     "root=/dev/sda1 ro quiet \"x y\"");
	assert_string_equal(entry_at(config, 0)->boot_image, "BOOT_IMAGE=a");
	assert_linux(entry_at(config, 1), "b", "/boot/k2", "", "rw more");
	assert_linux(entry_at(config, 2), "c", "/boot/k3", "", "only this");
	assert_refused(entry_at(config, 3), "dos", "/dev/sda2");
	assert_default(config, "b");
	assert_int_equal(config->timeout_ms, 5000);
	assert_int_equal(read_text("/etc/lilo.conf", "image=/k\nlabel=x\n")->timeout_ms, 0);
	assert_int_equal(read_text("/etc/lilo.conf", "prompt\nimage=/k\nlabel=x\n")->timeout_ms,
			 NO_TIMEOUT);
}

static void test_lilo_finds_boot_by_fstab(void **state)
{
	static const struct memory_file root[] = {
		FILE_OF("/etc/lilo.conf", "image=/boot/k\nlabel=a\ninitrd=/boot/i\n"),
		FILE_OF("/etc/fstab", "# x\nUUID=b00t\t/boot ext2 defaults 0 0\n"),
		NO_MORE_FILES,
	};
	static const struct memory_file boot[] = {
		FILE_OF("/k", "kernel"),
		FILE_OF("/i", "initrd"),
		NO_MORE_FILES,
	};
	static const struct identity identity = { .name = "sda2", .disk = "sda", .uuid = "b00t" };
	struct reading_options options = { .platform = "pc", .arch = "x86_64" };
	struct identity identities[] = { disk, identity };
	struct volume *mounted[2];
	struct volumes volumes;
	struct config *config;
	int error;

	(void)state;
	volumes_init(&volumes, arena, volume_open_memory(arena, root, &disk));
	mounted[0] = volumes_own(&volumes);
	mounted[1] = volume_open_memory(arena, boot, &identity);
	volumes.at = identities;
	volumes.n = 2;
	volumes.mounted = mounted;
	config = readers_read(arena, &volumes, &options, "/etc/lilo.conf", &error);
	assert_non_null(config);
	assert_linux(entry_at(config, 0), "a", "/k", "/i", "");
	assert_string_equal(entry_at(config, 0)->kernel.device, "sda2");
	assert_string_equal(entry_at(config, 0)->initrds.at[0].device, "sda2");
}

static void test_yaboot(void **state)
{
	struct config *config = read_text("/etc/yaboot.conf",
					  "timeout=50\ndefault=Two words\nroot=/dev/sda3\n"
					  "image=/vmlinux\n\tlabel=one\n\tread-only\n"
					  "\tinitrd=/i\n\tinitrd-size=8192\n\tappend=\"a b\"\n"
					  "image=hd:3,/vmlinux.old\n\tlabel=Two words # really\n"
					  "\troot=UUID=x\n"
					  "image[64bit]=/vmlinux64\n\tlabel=wide\n"
					  "macosx=/dev/sda9\n");

	(void)state;
	assert_linux(entry_at(config, 0), "one", "/vmlinux", "/i",
		     "root=/dev/sda3 ro ramdisk_size=8192 a b");
	assert_linux(entry_at(config, 1), "Two words", "/vmlinux.old", "", "root=UUID=x");
	assert_linux(entry_at(config, 2), "wide", "/vmlinux64", "", "root=/dev/sda3");
	assert_default(config, "Two words");
	assert_int_equal(config->timeout_ms, 5000);
}

static void test_yaboot_of_suse(void **state)
{
	struct config *config = read_text("/suseboot/yaboot.cnf",
					  "message=yaboot.txt\nimage[64bit]=inst64\n  label=install\n"
					  "  initrd=/boot/i\n  append=\"quiet sysrq=1   \"\n");

	(void)state;
	assert_linux(entry_at(config, 0), "install", "/suseboot/inst64", "/boot/i", "quiet sysrq=1");
}

static void test_kboot(void **state)
{
	struct config *config = read_text("/etc/kboot.conf",
					  "default=b\ntimeout=3\nmessage=/x\n"
					  "a='/vmlinux initrd=/i1,/i2 ro  quiet'\n"
					  "b=\"usb:/vmlinux dtb=/d\"\n; no\nnonsense\n"
					  "bg_color=0x00000000\nc='/dev/sda9:/k append=\"x y\"'\n");

	(void)state;
	assert_linux(entry_at(config, 0), "a", "/vmlinux", "/i1 /i2", "ro quiet");
	assert_linux(entry_at(config, 1), "b", "/vmlinux", "", "");
	assert_string_equal(entry_at(config, 1)->devicetree.path, "/d");
	assert_linux(entry_at(config, 2), "c", "/k", "", "append=\"x y");
	assert_int_equal(config->entries.n, 3);
	assert_default(config, "b");
	assert_int_equal(config->timeout_ms, 3000);
	assert_int_equal(config->problems.n, 1);
}

static void test_petitboot(void **state)
{
	struct config *config = read_text("/boot/petitboot.conf",
					  "default=b\nname=a\nimage=/k\ninitrd=/i\nargs=root=x ro\n"
					  "name=b\nimage=/k2\nname=c\n");

	(void)state;
	assert_linux(entry_at(config, 0), "a", "/k", "/i", "root=x ro");
	assert_default(config, "b");
	assert_refused(entry_at(config, 2), "c", "no kernel");
}

static void test_petitboot_now(void **state)
{
	struct config *config = read_text("/petitboot.conf",
					  "default A  long name\n\nname first\nimage k=1\ninitrd /i\n"
					  "args root=x\nimage /second\nargs  ro \n"
					  "name A  long name\n\nimage /k2\ndtb /d\nnonsense\n");

	(void)state;
	assert_linux(entry_at(config, 0), "first", "/k=1", "/i", "root=xro");
	assert_string_equal(entry_at(config, 1)->devicetree.path, "/d");
	assert_default(config, "A  long name");
	assert_int_equal(config->problems.n, 1);
}

static void test_zipl_own_menu(void **state)
{
	struct config *config = read_text("/etc/zipl.conf",
					  "[defaultboot]\ndefaultauto\nprompt=1\ntimeout=5\n"
					  "default=b\ntarget=/boot\n"
					  "[a]\nimage=/k\n[b]\nimage=/k2\n"
					  ":m\n1=b\n2=a\ndefault=2\nprompt=1\ntimeout=30\n");

	(void)state;
	assert_default(config, "b");
	assert_int_equal(config->timeout_ms, 5000);
}

static void test_zipl(void **state)
{
	static const struct memory_file files[] = {
		FILE_OF("/etc/zipl.conf", "[defaultboot]\ndefaultmenu=m\n"
					  "[a]\nimage=/boot/k,0x10000\nramdisk=/boot/i\n"
					  "parmfile=/boot/parm\nparameters=\"root=/dev/dasda1 ro\"\n"
					  "[b]\nimage=/boot/k2\nparameters=root=x ro\n"
					  "[d]\ndumpto=/dev/dasdb1\n"
					  ":m\ntarget=/boot\n1=a\n2=b\ndefault=2\nprompt=1\n"
					  "timeout=15\n"),
		FILE_OF("/boot/parm", "one\ntwo\n"),
		NO_MORE_FILES,
	};
	struct config *config = read_on("s390x", files, "/etc/zipl.conf");

	(void)state;
	assert_linux(entry_at(config, 0), "a", "/boot/k", "/boot/i",
		     "one two root=/dev/dasda1 ro");
	assert_linux(entry_at(config, 1), "b", "/boot/k2", "", "root=x ro");
	assert_refused(entry_at(config, 2), "d", "dumpto");
	assert_default(config, "b");
	assert_int_equal(config->timeout_ms, 15000);
}

static void test_refind(void **state)
{
	static const struct memory_file files[] = {
		FILE_OF("/boot/refind_linux.conf",
			"# x\n\"Boot\" \"root=x ro say=\"\"hi\"\" initrd=\\boot\\i-%v.img\"\n"
			"Single \"single %% %v\"\n"),
		FILE_OF("/boot/vmlinuz-6.9", "k"),
		FILE_OF("/boot/vmlinuz-6.10", "k"),
		FILE_OF("/boot/vmlinuz-6.10.sig", "k"),
		FILE_OF("/boot/initrd.img-6.9", "i"),
		NO_MORE_FILES,
	};
	struct config *config = read_on("x86_64", files, "/boot/refind_linux.conf");

	(void)state;
	assert_int_equal(config->entries.n, 4);
	assert_linux(entry_at(config, 0), "Boot", "/boot/vmlinuz-6.10", "/boot/i-6.10.img",
		     "root=x ro say=\"hi\" initrd=\\boot\\i-6.10.img");
	assert_linux(entry_at(config, 1), "Single", "/boot/vmlinuz-6.10", "", "single % 6.10");
	assert_int_equal(entry_at(config, 2)->path.n, 1);
	assert_linux(entry_at(config, 3), "Single", "/boot/vmlinuz-6.9", "/boot/initrd.img-6.9",
		     "single % 6.9");
	/* only these quotes are quotes, and without them words are short */
	config = read_text("/boot/refind_linux.conf", "'Boot' 'root=/dev/sda1 ro'\n");
	assert_linux(entry_at(config, 0), "'Boot'", "/boot/vmlinuz", "", "'root");
}

static void test_refind_words(void **state)
{
	/* a quote ends a word, and begins one; what has no options ends the file */
	struct config *config = read_text("/boot/refind_linux.conf",
					  "a/b\"c d\"\"e/f\" x\n\"a\"\"b\"\t,\"\"#c\nend\nlost \"x\"\n");

	(void)state;
	assert_int_equal(config->entries.n, 2);
	assert_linux(entry_at(config, 0), "a\\b", "/boot/vmlinuz", "", "c d\"e/f");
	assert_linux(entry_at(config, 1), "a\"b", "/boot/vmlinuz", "", "");
	assert_int_equal(config->problems.n, 1);
}

static void test_refind_stanzas(void **state)
{
	static const struct memory_file files[] = {
		FILE_OF("/EFI/refind/refind.conf",
			"timeout 5\ndefault_selection \"+,arch,2\"\ninclude more.conf\n"
			"menuentry Arch {\n\tvolume NOWHERE\n\tvolume boot\n\tloader /vmlinuz-x\n"
			"initrd /i.img\noptions \"root=/dev/a  ro initrd=\\u.img\"\n"
			"submenuentry \"Fall\" {\ninitrd f/f.img\nadd_options single\n}\n"
			"submenuentry Bare {\nadd_options lost\noptions\ninitrd\n}\n"
			"submenuentry Off {\ndisabled\n}\noptions \"late\"\n}\n"
			"menuentry Gone {\nloader /vmlinuz\nDISABLED\nsubmenuentry in {\n}\n}\n"
			"menuentry Windows {\nloader \\EFI\\m.efi\n}\n"
			"menuentry Away {\nvolume Elsewhere\nloader /vmlinuz\n}\n"
			"menuentry Empty {\n}\n"
			"menuentry Typed\n{\nostype Linux\nadd_options \"only in submenus\"\n"
			"loader EFI/l.efi"),
		FILE_OF("/EFI/refind/more.conf",
			"timeout -1\ninclude refind.conf\nmenuentry Included {\nloader /bzImage\n}\n"),
		FILE_OF("/boot/refind_linux.conf", "Found \"ro\"\nSingle \"ro single\"\n"),
		FILE_OF("/boot/vmlinuz-1", "k"),
		NO_MORE_FILES,
	};
	struct config *config = read_on("x86_64", files, "/EFI/refind/refind.conf");

	(void)state;
	assert_int_equal(config->entries.n, 10);
	assert_linux(entry_at(config, 0), "Found", "/boot/vmlinuz-1", "", "ro");
	assert_string_equal(entry_at(config, 0)->config, "/boot/refind_linux.conf");
	assert_linux(entry_at(config, 2), "Included", "/bzImage", "", "");
	assert_string_equal(entry_at(config, 2)->config, "/EFI/refind/more.conf");
	assert_refused(entry_at(config, 3), "Arch", "volume boot is not here");
	assert_string_equal(entry_at(config, 3)->cmdline, "late");
	assert_string_equal(entry_at(config, 4)->path.at[0], "Arch");
	assert_string_equal(entry_at(config, 4)->cmdline, "root=/dev/a ro initrd=\\u.img single");
	assert_string_equal(entry_at(config, 4)->initrds.at[0].path, "/u.img");
	assert_string_equal(entry_at(config, 4)->initrds.at[1].path, "/f/f.img");
	assert_string_equal(entry_at(config, 5)->title, "Bare");
	assert_int_equal(entry_at(config, 5)->initrds.n, 0);
	assert_string_equal(entry_at(config, 5)->cmdline, "");
	assert_refused(entry_at(config, 6), "Windows", "needs the firmware");
	assert_refused(entry_at(config, 7), "Away", "volume Elsewhere");
	assert_refused(entry_at(config, 8), "Empty", "no loader");
	assert_linux(entry_at(config, 9), "Typed", "/EFI/l.efi", "", "");
	assert_default(config, "Arch");
	assert_int_equal(config->timeout_ms, 0);
	assert_int_equal(config->timeout_style, TIMEOUT_HIDDEN);
}

static struct config *with_refind(const char *settings)
{
	return read_text("/EFI/BOOT/refind.conf",
			 arena_print(arena, "%smenuentry \"A b\" {\nloader /vmlinuz\n}\n"
					    "menuentry C {\nloader /kernel\n}\n", settings));
}

static void test_refind_settings(void **state)
{
	struct config *config = with_refind("");

	(void)state;
	assert_default(config, "A b");
	assert_int_equal(config->timeout_ms, 20000);
	assert_int_equal(with_refind("timeout 0\n")->timeout_ms, NO_TIMEOUT);
	assert_default(with_refind("default_selection 2\n"), "C");
	assert_default(with_refind("default_selection 9\n"), "A b");
	assert_default(with_refind("default_selection \"none,c\"\n"), "A b"); /* a key, not a name */
	assert_default(with_refind("default_selection \"none, B\"\n"), "A b");
	assert_default(with_refind("default_selection C 8:00 9:00\n"), "A b");
	assert_int_equal(with_refind("include theme.conf\n")->problems.n, 1);
	assert_int_equal(with_refind("scanfor internal\n")->entries.n, 0);
	assert_int_equal(with_refind("scanfor hdbios,biosexternal,Manual\n")->entries.n, 2);
}

static void test_limine(void **state)
{
	struct config *config = read_text("/boot/limine.conf",
					  "${V}=6.1\ntimeout: no\ndefault_entry: 2\n"
					  "/Closed\n//hidden\nprotocol: linux\npath: boot():/h\n"
					  "/+Open\n//Linux ${V}\ncomment: x\nprotocol: linux\n"
					  "kernel_path: boot():/vmlinuz-${V}#abc\n"
					  "module_path: boot():/u.img\nmodule_path: hdd(1:1):/i.img\n"
					  "cmdline: root=UUID=a:b ro\n"
					  "//Away\nprotocol: linux\npath: hdd(4:1):/k\n"
					  "/Old\nprotocol: limine\npath: boot():/k\n");

	(void)state;
	assert_linux(entry_at(config, 1), "Linux 6.1", "/vmlinuz-6.1", "/u.img /i.img",
		     "root=UUID=a:b ro");
	assert_string_equal(entry_at(config, 1)->path.at[0], "Open");
	assert_refused(entry_at(config, 2), "Away", "not here");
	assert_refused(entry_at(config, 3), "Old", "protocol");
	assert_default(config, "Linux 6.1");
	assert_int_equal(config->timeout_ms, NO_TIMEOUT);
	assert_int_equal(read_text("/limine.conf", "/a\nprotocol: linux\npath: boot():/k\n")->timeout_ms,
			 5000);
	assert_linux(entry_at(read_text("/limine.cfg", ":a\nPROTOCOL=linux\nKERNEL_PATH=boot:///k\n"
						       "CMDLINE=a=b\n"),
			      0),
		     "a", "/k", "", "a=b");
}

static void test_limine_levels_may_be_skipped(void **state)
{
	struct config *config = read_text("/limine.conf",
					  "///deep\nprotocol: linux\npath: boot():/k\n"
					  "/a\n///b\nprotocol: linux\npath: boot():/k\n");

	(void)state;
	assert_int_equal(config->entries.n, 2);
	assert_int_equal(entry_at(config, 0)->path.n, 0);
	assert_int_equal(entry_at(config, 1)->path.n, 1);
	assert_string_equal(entry_at(config, 1)->path.at[0], "a");
	assert_default(config, "b");
}

static void test_found(void **state)
{
	static const struct memory_file files[] = {
		FILE_OF("/boot/vmlinuz-6.1.0-9-amd64", "k"),
		FILE_OF("/boot/vmlinuz-6.1.0-10-amd64", "k"),
		FILE_OF("/boot/vmlinuz-0-rescue-abc", "k"),
		FILE_OF("/boot/vmlinuz-6.1.0-9-amd64.sha512", "x"),
		FILE_OF("/boot/initrd.img-6.1.0-10-amd64", "i"),
		FILE_OF("/etc/os-release", "PRETTY_NAME=\"Debian 12\"\n"),
		FILE_OF("/etc/fstab", "UUID=abc / btrfs defaults,subvol=@,noatime 0 1\n"),
		NO_MORE_FILES,
	};
	static const struct memory_file alone[] = { FILE_OF("/boot/vmlinuz", "k"), NO_MORE_FILES };
	struct config *config = read_on("x86_64", files, "/boot");

	(void)state;
	assert_int_equal(config->entries.n, 3);
	assert_linux(entry_at(config, 0), "vmlinuz-6.1.0-10-amd64 (Debian 12)",
		     "/boot/vmlinuz-6.1.0-10-amd64", "/boot/initrd.img-6.1.0-10-amd64",
		     "root=UUID=abc rootflags=subvol=@ ro");
	assert_true(entry_at(config, 0)->found);
	assert_string_equal(entry_at(config, 2)->own_id, "vmlinuz-0-rescue-abc");
	assert_refused(entry_at(read_on("x86_64", alone, "/boot"), 0), "vmlinuz", "root");
}

static void test_uboot_script_is_named(void **state)
{
	struct config *config = read_text("/boot/boot.scr", "\x27\x05\x19\x56 setenv bootargs x");

	(void)state;
	assert_int_equal(config->entries.n, 1);
	assert_refused(entry_at(config, 0), "U-Boot script boot.scr", "not run");
}

static void test_too_many_entries(void **state)
{
	static const char one[] = "title x\nkernel /right\n", last[] = "title y\nkernel /wrong\n";
	size_t n = 20000, size = n * (sizeof one - 1) + sizeof last;
	char *text = arena_alloc(arena, size);
	struct config *config;

	(void)state;
	for (size_t i = 0; i < n; i++)
		memcpy(text + i * (sizeof one - 1), one, sizeof one - 1);
	memcpy(text + n * (sizeof one - 1), last, sizeof last);
	config = read_text("/menu.lst", text);
	assert_int_equal(config->entries.n, n);
	assert_string_equal(config->entries.at[n - 1]->kernel.path, "/right");
	assert_int_equal(config->problems.n, 1);
}

static void remember(void *context, struct config *config)
{
	*(struct config **)context = config;
}

/* Where loaders keep their configs besides the usual places. */
static void test_places(void **state)
{
	static const struct memory_file places[] = {
		FILE_OF("/flatcar/grub/grub.cfg", "menuentry A { linux /k; }\n"),
		FILE_OF("/EFI/redhat/grub.conf", "title A\nroot (hd0,0)\nkernel /k\n"),
		FILE_OF("/boot/syslinux/isolinux.cfg", "label A\nlinux /k\n"),
		FILE_OF("/EFI/arch/limine.conf", "/A\nprotocol: linux\npath: boot():/k\n"),
		FILE_OF("/suseboot/yaboot.cnf", "image=/k\nlabel=A\n"),
		FILE_OF("/petitboot.conf", "name A\nimage /k\n"),
	};
	struct reading_options options = { .platform = "efi", .arch = "x86_64", .any_file = true };

	(void)state;
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		struct memory_file *files = arena_array(arena, 2, sizeof *files);
		struct config *config = NULL;
		struct volumes volumes;

		files[0] = places[i];
		volumes_init(&volumes, arena, volume_open_memory(arena, files, &disk));
		assert_int_equal(readers_scan(arena, &volumes, &options, remember, &config), 1);
		assert_string_equal(config->file, places[i].path);
		assert_linux(entry_at(config, 0), "A", "/k", "", "");
	}
}

static void test_entries_that_grub_has_read_are_not_read_again(void **state)
{
	struct memory_file *files = arena_array(arena, 5, sizeof *files);
	struct reading_options options = { .platform = "pc", .arch = "x86_64", .any_file = true };
	struct config *config = NULL;
	struct volumes volumes;

	(void)state;
	files[0] = (struct memory_file)FILE_OF("/grub2/grub.cfg", "set first=ignition\nblscfg\n");
	files[1] = (struct memory_file)FILE_OF("/loader/entries/a.conf",
					       "title A\nlinux /k\noptions $first quiet\n");
	volumes_init(&volumes, arena, volume_open_memory(arena, files, &disk));
	assert_int_equal(readers_scan(arena, &volumes, &options, remember, &config), 1);
	assert_linux(entry_at(config, 0), "A", "/k", "", "ignition quiet");
	/* and are where it has not */
	files[0] = (struct memory_file)FILE_OF("/grub2/grub.cfg", "menuentry A { linux /k }\n");
	volumes_init(&volumes, arena, volume_open_memory(arena, files, &disk));
	assert_int_equal(readers_scan(arena, &volumes, &options, remember, &config), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		READER_TEST(test_grub_legacy),
		READER_TEST(test_entries_that_grub_has_read_are_not_read_again),
		READER_TEST(test_grub_legacy_saved_and_locked),
		READER_TEST(test_grub4dos_variables),
		READER_TEST(test_grub4dos_iso),
		READER_TEST(test_lilo),
		READER_TEST(test_lilo_finds_boot_by_fstab),
		READER_TEST(test_yaboot),
		READER_TEST(test_yaboot_of_suse),
		READER_TEST(test_kboot),
		READER_TEST(test_places),
		READER_TEST(test_petitboot),
		READER_TEST(test_petitboot_now),
		READER_TEST(test_zipl),
		READER_TEST(test_zipl_own_menu),
		READER_TEST(test_refind),
		READER_TEST(test_refind_words),
		READER_TEST(test_refind_stanzas),
		READER_TEST(test_refind_settings),
		READER_TEST(test_limine),
		READER_TEST(test_limine_levels_may_be_skipped),
		READER_TEST(test_found),
		READER_TEST(test_uboot_script_is_named),
		READER_TEST(test_too_many_entries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
