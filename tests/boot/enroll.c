/*
 * PID 1 that gives a UEFI machine its Secure Boot keys, as its owner would: NAME.auth of each, in the order that
 * ends the setup mode last. Switches off.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#define VARIABLES "/sys/firmware/efi/efivars"

/* UEFI 2.10, 8.2: non-volatile, for boot and run time, signed with a time */
#define ATTRIBUTES 0x27

static const struct {
	const char *file, *variable;
} keys[] = {
	{ "/db.auth", VARIABLES "/db-d719b2cb-3d3a-4596-a3bc-dad00e67656f" },
	{ "/KEK.auth", VARIABLES "/KEK-8be4df61-93ca-11d2-aa0d-00e098032b8c" },
	{ "/PK.auth", VARIABLES "/PK-8be4df61-93ca-11d2-aa0d-00e098032b8c" },
};

int main(void)
{
	static char bytes[65536] = { ATTRIBUTES };

	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	mkdir("/sys", 0755);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	mount("efivarfs", VARIABLES, "efivarfs", 0, NULL);
	if (!freopen("/dev/ttyS0", "w", stdout))
		return 1;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		int from = open(keys[i].file, O_RDONLY);
		int to = open(keys[i].variable, O_WRONLY | O_CREAT, 0644);
		ssize_t n = read(from, bytes + 4, sizeof bytes - 4);

		printf("ENROLL %s %s\n", keys[i].file, n > 0 && write(to, bytes, n + 4) == n + 4 ? "done" : "failed");
	}
	printf("ENROLL END\n");
	fflush(stdout);
	tcdrain(STDOUT_FILENO);
	reboot(RB_POWER_OFF);
	return 0;
}
