#include "base/hardware.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#ifdef __x86_64__
#include <cpuid.h>
#endif

#include "base/text.h"

#define TABLE_MOST    ((size_t)256 * 1024) /* DSP0134 would allow 4 GB; real ones are of some KB */
#define END_OF_TABLE  127
#define HEADER_SIZE   4

static const unsigned char *read_table(struct arena *arena, size_t *size)
{
	int fd = open("/sys/firmware/dmi/tables/DMI", O_RDONLY | O_CLOEXEC);
	unsigned char *table;
	ssize_t n;

	if (fd < 0)
		return NULL;
	table = arena_alloc(arena, TABLE_MOST);
	for (*size = 0; *size < TABLE_MOST; *size += (size_t)n) {
		n = read(fd, table + *size, TABLE_MOST - *size);
		if (n <= 0 && !(n < 0 && errno == EINTR))
			break;
		n = n < 0 ? 0 : n;
	}
	close(fd);
	return *size ? table : NULL;
}

#ifdef __x86_64__
/* SYSLINUX's doc/syslinux.txt, SYSAPPEND 8; the bits are those of CPUID leaves 1 and 0x80000001. */
static const char *read_cpu(struct arena *arena)
{
	enum { EDX, ECX, EXTENDED_EDX, EXTENDED_ECX };
	static const struct {
		unsigned leaf_register, bit;
		char letter;
	} features[] = {
		{ EDX, 6, 'P' },           { ECX, 5, 'V' },           { ECX, 6, 'T' },
		{ EXTENDED_EDX, 20, 'X' }, { EXTENDED_EDX, 29, 'L' }, { EXTENDED_ECX, 2, 'S' },
	};
	unsigned eax, ebx, flags[4] = { 0 }, family;
	struct text text = TEXT(arena);

	if (!__get_cpuid(1, &eax, &ebx, &flags[ECX], &flags[EDX]))
		return NULL;
	family = (eax & 0x0ff00f00) >> 8;
	text_char(&text, family >= 6 ? '6' : (char)('0' + family));
	__get_cpuid(0x80000001, &eax, &ebx, &flags[EXTENDED_ECX], &flags[EXTENDED_EDX]);
	for (size_t i = 0; i < sizeof features / sizeof *features; i++)
		if (flags[features[i].leaf_register] >> features[i].bit & 1)
			text_char(&text, features[i].letter);
	return text_end(&text);
}
#else
static const char *read_cpu(struct arena *arena)
{
	(void)arena;
	return NULL;
}
#endif

const struct hardware *hardware_read(struct arena *arena)
{
	struct hardware *hardware = arena_make(arena, struct hardware);

	hardware->smbios = read_table(arena, &hardware->smbios_size);
	hardware->cpu = read_cpu(arena);
	return hardware;
}

/* After the strings of a structure, which two NULs end; NULL: the table ends within them. */
static const unsigned char *skip_strings(const unsigned char *at, const unsigned char *end)
{
	for (; end - at >= 2; at++)
		if (!at[0] && !at[1])
			return at + 2;
	return NULL;
}

bool hardware_structure(const struct hardware *hardware, long type, long handle, unsigned long nth,
		       struct smbios *structure)
{
	const unsigned char *at = hardware->smbios, *end = at + hardware->smbios_size, *next;

	for (; at && end - at >= HEADER_SIZE; at = next) {
		size_t size = at[1];

		if (size < HEADER_SIZE || size > (size_t)(end - at))
			return false;
		next = skip_strings(at + size, end);
		if ((type < 0 || type == at[0]) && (handle < 0 || handle == (at[2] | at[3] << 8)) &&
		    nth-- <= 1) {
			*structure = (struct smbios){ .at = at,
						      .size = size,
						      .strings = (const char *)at + size,
						      .end = (const char *)(next ? next : end) };
			return true;
		}
		if (at[0] == END_OF_TABLE)
			break;
	}
	return false;
}

const char *smbios_string(struct arena *arena, const struct smbios *structure, size_t offset)
{
	const char *at = structure->strings;
	unsigned number = offset < structure->size ? structure->at[offset] : 0;

	for (; number && at < structure->end && *at; number--) {
		size_t n = strnlen(at, (size_t)(structure->end - at));

		if (number == 1)
			return n < (size_t)(structure->end - at) ? arena_copy(arena, at, n) : NULL;
		at += n + 1;
	}
	return NULL;
}
