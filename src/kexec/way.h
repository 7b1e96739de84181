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

/* What decides by which call a kernel is loaded. */
struct kexec_facts {
	bool privileged;      /* this process has CAP_SYS_BOOT and CAP_SYS_ADMIN */
	const char *lockdown; /* "none", "integrity", "confidentiality"; NULL: not known */
	int load, file_load;  /* of kexec_probe() */
};

/* kexec_ask - find out; nothing is changed */
void kexec_ask(struct arena *arena, struct kexec_facts *facts);

/*
 * kexec_way - by which call an entry would be loaded, and why, for a person
 *
 * @linux_kernel: else it is one that only kexec_load(2) can load.
 */
const char *kexec_way(struct arena *arena, bool linux_kernel);

/* kexec_way_by - the same by these facts; pure */
const char *kexec_way_by(struct arena *arena, const struct kexec_facts *facts, bool linux_kernel);

#endif
