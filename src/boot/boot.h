/* PID 1. */
#ifndef BOOT_BOOT_H
#define BOOT_BOOT_H

/* boot_main - be PID 1: find, show, choose, load, jump; never returns */
_Noreturn void boot_main(void);

#endif
