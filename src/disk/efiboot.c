#include "disk/efiboot.h"

#include <errno.h>

#include "base/bytes.h"
#include "disk/efivar.h"

#define ACTIVE 1
#define NODE_HEADER 4

enum { OPTION_PATH_SIZE = 4, OPTION_TITLE = 6 }; /* bytes into EFI_LOAD_OPTION */
enum { MESSAGING = 3, BIOS_BOOT = 5, END = 0x7f }; /* kinds of nodes (10.3) */
enum { BBS_NETWORK = 0x06, BBS_ROM = 0x80 }; /* device types (10.3.6): a network card's ROM is one */

static bool is_network_node(const uint8_t *node, size_t size)
{
	/* MAC address, IPv4, IPv6, VLAN, URI, Wi-Fi, DNS (10.3.4) */
	static const uint8_t kinds[] = { 11, 12, 13, 20, 24, 28, 31 };

	for (size_t i = 0; i < sizeof kinds && node[0] == MESSAGING; i++)
		if (node[1] == kinds[i])
			return true;
	return node[0] == BIOS_BOOT && size >= NODE_HEADER + 2 &&
	       (get16(node + NODE_HEADER) == BBS_NETWORK || get16(node + NODE_HEADER) == BBS_ROM);
}

bool efiboot_is_network(const uint8_t *option, size_t size)
{
	size_t at = OPTION_TITLE, end;

	if (size < OPTION_TITLE || !(get32(option) & ACTIVE))
		return false;
	for (; at + 2 <= size && get16(option + at); at += 2)
		;
	at += 2;
	if (at > size || get16(option + OPTION_PATH_SIZE) > size - at)
		return false;
	end = at + get16(option + OPTION_PATH_SIZE);
	while (at + NODE_HEADER <= end && option[at] != END) {
		size_t length = get16(option + at + 2);

		if (length < NODE_HEADER || length > end - at)
			return false;
		if (is_network_node(option + at, length))
			return true;
		at += length;
	}
	return false;
}

int efiboot_ask_network(struct arena *arena)
{
	size_t size = 0, option_size;
	const char *order = efivar_read(arena, EFIVAR_GLOBAL("BootOrder"), &size);

	for (size_t i = 0; order && i + 2 <= size; i += 2) {
		unsigned number = get16((const uint8_t *)order + i);
		const char *name = arena_print(arena, EFIVAR_GLOBAL("Boot%04X"), number);
		const char *option = efivar_read(arena, name, &option_size);

		if (option && efiboot_is_network((const uint8_t *)option, option_size))
			return efivar_write(arena, EFIVAR_GLOBAL("BootNext"), order + i, 2);
	}
	return -ENOENT;
}
