/* baton: PID 1 of a firmware's kernel, or an administrator's command. */
#include <locale.h>
#include <unistd.h>

#include "boot/boot.h"
#include "cli/cli.h"

int main(int argc, char **argv)
{
	setlocale(LC_ALL, "");
	if (getpid() == 1)
		boot_main();
	return cli_main(argc, argv);
}
