/*
 * A machine that is the same everywhere, for the screens that describe one: preloaded, it gives the
 * menu files of its own for those of the kernel.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#define DMI "/sys/class/dmi/id/"

static const char *const files[][2] = {
	{ DMI "sys_vendor", "Example Computers\n" },
	{ DMI "product_name", "R1 Server\n" },
	{ DMI "bios_vendor", "Example Firmware\n" },
	{ DMI "bios_version", "2.21.2\n" },
	{ DMI "bios_date", "02/19/2024\n" },
	{ "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c", "\6" },
	{ "/proc/cpuinfo", "processor\t: 0\nmodel name\t: Example Processor 6230 @ 2.10GHz\n" },
	{ "/proc/stat", "cpu  1 2 3\ncpu0 1 2 3\ncpu1 1 2 3\ncpu2 1 2 3\ncpu3 1 2 3\n" },
	{ "/proc/meminfo", "MemTotal:       65830144 kB\nMemAvailable:   65102336 kB\n" },
	{ "/proc/cmdline", "console=tty0 console=ttyS0,115200 quiet baton.timeout=30\n" },
};

/* As /dev/kmsg gives them, one at a time. */
static const char *const records[] = {
	"6,0,0,-;Linux version 6.12.0 (builder@example.org) (gcc 12.2.0) #1 SMP\n",
	"6,1,4211,-;Command line: console=tty0 console=ttyS0,115200 quiet baton.timeout=30\n",
	"6,2,391847,-;ACPI: SPCR 0x00000000BFFE2F1C 000050 (v02 EXAMPL R1SERVER 00000001)\n",
	"6,3,1204518,-;nvme nvme0: 8/0/0 default/read/poll queues\n SUBSYSTEM=pci\n",
	"3,4,1518200,-;ata2.00: failed to IDENTIFY (I/O error, err_mask=0x100)\n",
	"4,5,1802113,-;EXT4-fs error (device sdb1): ext4_fill_super: inode #8: comm baton-probe: iget: checksum invalid\n",
	"6,6,12800431,-;usb 1-1: new high-speed USB device number 2 using xhci_hcd\n",
};

static int open_records(void)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends))
		return -1;
	for (size_t i = 0; i < sizeof records / sizeof *records; i++)
		if (write(ends[1], records[i], strlen(records[i])) < 0)
			return -1;
	close(ends[1]);
	errno = 0;
	return ends[0];
}

static int open_text(const char *text)
{
	/* Secure Boot's variable has four bytes of attributes, then one that is 0 or 1 */
	static const char on[] = { 6, 0, 0, 0, 1 };
	int fd = memfd_create("file", 0);
	size_t n = *text == 6 ? sizeof on : strlen(text);

	if (fd >= 0 && write(fd, *text == 6 ? on : text, n) == (ssize_t)n)
		lseek(fd, 0, SEEK_SET);
	return fd;
}

int open(const char *path, int flags, ...)
{
	int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, "open");
	va_list args;
	int mode;

	va_start(args, flags);
	mode = flags & O_CREAT ? va_arg(args, int) : 0;
	va_end(args);
	if (strcmp(path, "/dev/kmsg") == 0)
		return open_records();
	if (getenv("NO_SMBIOS") && strncmp(path, DMI, strlen(DMI)) == 0)
		return errno = ENOENT, -1;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		if (strcmp(files[i][0], path) == 0)
			return open_text(files[i][1]);
	return real(path, flags, mode);
}

int access(const char *path, int mode)
{
	int (*real)(const char *, int) = dlsym(RTLD_NEXT, "access");

	return strcmp(path, "/sys/firmware/efi") == 0 ? 0 : real(path, mode);
}

int uname(struct utsname *name)
{
	*name = (struct utsname){ .sysname = "Linux", .release = "6.12.0", .machine = "x86_64",
				  .version = "#1 SMP" };
	return 0;
}

char *ttyname(int fd)
{
	static char name[] = "/dev/ttyS0";

	(void)fd;
	return name;
}
