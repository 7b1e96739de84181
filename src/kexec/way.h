/* Which of the kernel's calls will load a kernel here, found out without loading one. */
#ifndef KEXEC_WAY_H
#define KEXEC_WAY_H

#include <stdbool.h>

#include "base/arena.h"

enum kexec_call { KEXEC_LOAD, KEXEC_FILE_LOAD };

/*
 * kexec_probe - what the call would say to this process
 *
 * Returns 0, or errno: ENOSYS, EPERM, EACCES. Asks the kernel itself, by a call that it refuses for
 * its flags, which it looks at last; nothing is loaded or unloaded. Such a call would be counted
 * where their number is limited (kexec_load_limit_reboot), so there it is not made, and the limit
 * alone is looked at.
 */
int kexec_probe(struct arena *arena, enum kexec_call call);

/* kexec_privileged - does this process have CAP_SYS_BOOT and CAP_SYS_ADMIN? */
bool kexec_privileged(struct arena *arena);

/* kexec_lockdown - "none", "integrity", "confidentiality"; NULL: not known */
const char *kexec_lockdown(struct arena *arena);

/*
 * kexec_way - by which call an entry would be loaded, and why, for a person
 *
 * @linux_kernel: else it is one that only kexec_load(2) can load.
 */
const char *kexec_way(struct arena *arena, bool linux_kernel);

#endif
