#include "boot/spcr.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "disk/sysfs.h"

#define TABLE "/sys/firmware/acpi/tables/SPCR"
#define PORTS "/sys/class/tty"

/* Bytes into the table. */
enum {
	LENGTH = 4,
	REVISION = 8,
	TYPE = 36,
	SPACE = 40, /* of the address: 0 memory, 1 I/O */
	ADDRESS = 44,
	BAUD = 58,
	TABLE_LEAST = 80,  /* of revisions 1 to 3 */
	PRECISE_BAUD = 80, /* from revision 4 on; 0: see BAUD */
	TABLE_MOST = 4096, /* the rest is a name that is not needed */
};

static bool is_sound(const uint8_t *table, size_t n)
{
	uint32_t length;
	uint8_t sum = 0;

	if (n < TABLE_LEAST || memcmp(table, "SPCR", 4) != 0)
		return false;
	length = get32(table + LENGTH);
	if (length < TABLE_LEAST || length > n)
		return false;
	for (size_t i = 0; i < length; i++)
		sum += table[i];
	return sum == 0;
}

/*
 * Interfaces with the registers of a 16550: in revision 1 "16550" and "16450"; later they are numbered as
 * in DBG2 ("Microsoft Debug Port Table 2", table 3), where 0x12 is a 16550 that its address describes.
 */
static bool is_16550(const uint8_t *table)
{
	return table[TYPE] <= 1 || (table[REVISION] >= 2 && table[TYPE] == 0x12);
}

static unsigned baud_of(const uint8_t *table)
{
	static const unsigned bauds[] = { [3] = 9600, [4] = 19200, [6] = 57600, [7] = 115200 };
	uint8_t code = table[BAUD];

	if (table[REVISION] >= 4 && get32(table + LENGTH) >= PRECISE_BAUD + 4 &&
	    get32(table + PRECISE_BAUD))
		return get32(table + PRECISE_BAUD);
	return code < sizeof bauds / sizeof *bauds ? bauds[code] : 0;
}

bool spcr_parse(const uint8_t *table, size_t n, struct spcr *spcr)
{
	*spcr = (struct spcr){ 0 };
	if (!is_sound(table, n) || !is_16550(table) || table[SPACE] > 1)
		return false;
	spcr->is_io = table[SPACE] == 1;
	spcr->address = get64(table + ADDRESS);
	spcr->baud = baud_of(table);
	return spcr->address != 0; /* 0: the firmware has its console nowhere */
}

speed_t spcr_speed(unsigned baud)
{
	static const struct {
		unsigned baud;
		speed_t speed;
	} speeds[] = {
		{ 1200, B1200 },     { 2400, B2400 },	  { 4800, B4800 },     { 9600, B9600 },
		{ 19200, B19200 },   { 38400, B38400 },	  { 57600, B57600 },   { 230400, B230400 },
		{ 460800, B460800 }, { 921600, B921600 },
	};

	for (size_t i = 0; i < sizeof speeds / sizeof *speeds; i++)
		if (speeds[i].baud == baud)
			return speeds[i].speed;
	return B115200;
}

static uint64_t number(struct arena *arena, const char *port, const char *attribute)
{
	const char *text = sysfs_read(arena, arena_print(arena, PORTS "/%s/%s", port, attribute));

	return text ? strtoull(text, NULL, 0) : 0;
}

/* Those of 8250's driver that have no chip behind them are of type 0. */
static bool is_at(struct arena *arena, const char *port, const struct spcr *spcr)
{
	return number(arena, port, "type") &&
	       number(arena, port, spcr->is_io ? "port" : "iomem_base") == spcr->address;
}

const char *spcr_console(struct arena *arena, struct spcr *spcr)
{
	uint8_t table[TABLE_MOST];
	int fd = open(TABLE, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, table, sizeof table);
	const char *found = NULL;
	struct dirent *port;
	DIR *ports;

	if (fd >= 0)
		close(fd);
	if (n < 0 || !spcr_parse(table, (size_t)n, spcr) || !(ports = opendir(PORTS)))
		return NULL;
	while (!found && (port = readdir(ports)))
		if (strncmp(port->d_name, "ttyS", 4) == 0 && is_at(arena, port->d_name, spcr))
			found = arena_string(arena, port->d_name);
	closedir(ports);
	return found;
}
