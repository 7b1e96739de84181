/* kexec_file_load(2): the running kernel lays out the segments itself, and checks a signature. */
#ifndef KEXEC_FILELOAD_H
#define KEXEC_FILELOAD_H

#include "kexec/kexec.h"

/*
 * fileload_order - load a kernel with kexec_file_load(2)
 *
 * For a running kernel that allows nothing else. It takes files, a bzImage and one initrd, so what
 * is in a unified kernel image or compressed, and several initrds, are put into files in memory.
 * The signature that counts is the one of the bzImage itself. @because is why kexec_load(2) was not
 * to be had. Returns 0; or -errno and *@why.
 */
int fileload_order(struct arena *arena, const struct load_order *order, const char *because,
		   const char **why);

#endif
