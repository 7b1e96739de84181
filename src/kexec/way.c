#include "kexec/way.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/text.h"
#include "kexec/machine.h"

#define NO_SUCH_FLAG 0x8000UL

/* Both are in the first word. */
static bool is_privileged(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];
	uint32_t needed = CAP_TO_MASK(CAP_SYS_BOOT) | CAP_TO_MASK(CAP_SYS_ADMIN);

	return syscall(SYS_capget, &header, sets) == 0 &&
	       (sets[CAP_TO_INDEX(CAP_SYS_BOOT)].effective & needed) == needed;
}

int kexec_probe(struct arena *arena, enum kexec_call call)
{
	uint64_t limit;
	long result;

	/* -1, also for kernels before 6.3: there is no limit */
	if (machine_number(arena, "", "/proc/sys/kernel/kexec_load_limit_reboot", &limit) &&
	    limit != UINT64_MAX)
		return limit && is_privileged() ? 0 : EPERM;
	if (call == KEXEC_LOAD)
		result = syscall(SYS_kexec_load, 0UL, 0UL, NULL, NO_SUCH_FLAG);
	else
		result = syscall(SYS_kexec_file_load, -1, -1, 0UL, NULL, NO_SUCH_FLAG);
	return result < 0 && errno != EINVAL ? errno : 0;
}

static const char *read_lockdown(struct arena *arena)
{
	const char *text = machine_file(arena, "", "/sys/kernel/security/lockdown", 256, NULL);

	text = text ? strchr(text, '[') : NULL;
	return text ? arena_copy(arena, text + 1, strcspn(text + 1, "]")) : NULL;
}

void kexec_ask(struct arena *arena, struct kexec_facts *facts)
{
	facts->privileged = is_privileged();
	facts->lockdown = read_lockdown(arena);
	facts->load = kexec_probe(arena, KEXEC_LOAD);
	facts->file_load = kexec_probe(arena, KEXEC_FILE_LOAD);
}

/* Why kexec_load(2) is not to be had; NULL: it is. */
static const char *find_obstacle(struct arena *arena, const struct kexec_facts *facts)
{
	if (facts->load == ENOSYS)
		return "the running kernel was built without CONFIG_KEXEC";
	if (facts->lockdown && strcmp(facts->lockdown, "none") != 0)
		return arena_print(arena, "the running kernel is locked down (%s)",
				   facts->lockdown);
	if (!facts->privileged || facts->load == 0)
		return NULL;
	return facts->load == EACCES ? "a security policy (IMA) refuses it"
				     : "the running kernel refuses it";
}

const char *kexec_way_by(struct arena *arena, const struct kexec_facts *facts, bool linux_kernel)
{
	const char *obstacle = find_obstacle(arena, facts);
	const char *user = facts->privileged ? "" : " (as root: this user may not)";

	if (!obstacle)
		return arena_print(arena, "kexec_load: baton lays out the memory itself%s", user);
	if (!linux_kernel)
		return arena_print(arena,
				   "nothing: %s, and kexec_file_load takes no multiboot kernels",
				   obstacle);
	if (facts->privileged && facts->file_load)
		return arena_print(arena, "nothing: %s, and kexec_file_load does not work either",
				   obstacle);
	return arena_print(arena,
			   "kexec_file_load, which takes bzImages and unified kernel images, "
			   "because %s%s",
			   obstacle, user);
}

const char *kexec_way(struct arena *arena, bool linux_kernel)
{
	struct kexec_facts facts;

	kexec_ask(arena, &facts);
	return kexec_way_by(arena, &facts, linux_kernel);
}
