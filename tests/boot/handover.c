/*
 * /init of the target that tells what machine it finds: memory map, boot_params, ACPI, EFI, screen. What
 * it says after a kexec must be what it says when the firmware starts it. Stays, for its screen.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static void say_line(const char *what, const char *path)
{
	char line[256] = "";
	FILE *file = fopen(path, "r");

	if (file && fgets(line, sizeof line, file))
		line[strcspn(line, "\n")] = '\0';
	if (file)
		fclose(file);
	printf("TARGET %s %s\n", what, line);
}

/* Each entry N of a directory of numbers is one line of the files in it. */
static void say_table(const char *what, const char *directory, const char *const fields[])
{
	for (unsigned i = 0; i < 256; i++) {
		char path[256], value[64];

		snprintf(path, sizeof path, "%s/%u", directory, i);
		if (access(path, F_OK))
			return;
		printf("TARGET %s", what);
		for (unsigned j = 0; fields[j]; j++) {
			FILE *file;

			snprintf(path, sizeof path, "%s/%u/%s", directory, i, fields[j]);
			file = fopen(path, "r");
			if (file && fgets(value, sizeof value, file)) {
				value[strcspn(value, "\n")] = '\0';
				printf("|%s", value);
			}
			if (file)
				fclose(file);
		}
		putchar('\n');
	}
}

static void say_params(void)
{
	FILE *file = fopen("/sys/kernel/boot_params/data", "r");
	int c;

	printf("TARGET PARAMS ");
	while (file && (c = getc(file)) != EOF)
		printf("%02x", c);
	putchar('\n');
}

/* The lines of the kernel's log that tell where the firmware's tables are. */
static void say_log(void)
{
	static const char *const marks[] = { ";ACPI: RSDP", ";efi: ", ";SMBIOS " };
	int log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
	char record[8193];
	ssize_t n;

	while ((n = read(log, record, sizeof record - 1)) > 0) {
		record[n] = '\0';
		for (unsigned i = 0; i < sizeof marks / sizeof *marks; i++) {
			char *text = strstr(record, marks[i]);

			if (!text)
				continue;
			text[strcspn(text, "\n")] = '\0';
			printf("TARGET LOG %s\n", text + 1);
		}
	}
}

/* Reading a variable takes a call into the firmware. */
static void say_variables(void)
{
	int module = open("/efivarfs.ko", O_RDONLY);
	struct dirent *file;
	DIR *directory;

	if (module >= 0)
		syscall(SYS_finit_module, module, "", 0);
	if (mount("efivarfs", "/sys/firmware/efi/efivars", "efivarfs", 0, NULL))
		return;
	directory = opendir("/sys/firmware/efi/efivars");
	while (directory && (file = readdir(directory))) {
		char path[512], value[4];
		int fd;

		snprintf(path, sizeof path, "/sys/firmware/efi/efivars/%s", file->d_name);
		fd = open(path, O_RDONLY);
		if (*file->d_name != '.' && read(fd, value, sizeof value) == sizeof value)
			printf("TARGET VARIABLE %s\n", file->d_name);
		close(fd);
	}
}

/* What baton says of this machine as an administrator's command. */
static void say_doctor(void)
{
	fflush(stdout);
	if (fork() == 0) {
		printf("TARGET DOCTOR ");
		fflush(stdout);
		execl("/baton", "baton", "doctor", "--json", (char *)NULL);
		_exit(127);
	}
	wait(NULL);
}

int main(void)
{
	static const char *const memmap[] = { "start", "end", "type", NULL };
	static const char *const runtime[] = { "type", "phys_addr", "num_pages", "attribute", NULL };
	FILE *screen;

	mkdir("/dev", 0755);
	mkdir("/proc", 0755);
	mkdir("/sys", 0755);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	mount("proc", "/proc", "proc", 0, NULL);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	if (!freopen("/dev/ttyS0", "w", stdout))
		return 1;
	printf("\nTARGET UP\n");
	say_table("MEMORY", "/sys/firmware/memmap", memmap);
	say_table("RUNTIME", "/sys/firmware/efi/runtime-map", runtime);
	say_params();
	say_log();
	say_variables();
	say_line("FRAMEBUFFER", "/proc/fb");
	say_doctor();
	screen = fopen("/dev/tty0", "w");
	if (screen) {
		for (int i = 0; i < 50; i++)
			fputs("the target's screen\n", screen);
		fclose(screen);
	}
	printf("TARGET END\n");
	fflush(stdout);
	tcdrain(STDOUT_FILENO);
	for (;;)
		pause();
}
