/*
 * ACPI's Serial Port Console Redirection table: the serial port on which the firmware has its own console.
 *
 * On x86 Linux takes it for early messages only, and for no console, so that people at that port
 * would see the firmware and then nothing. Specification: Microsoft, "Serial Port Console
 * Redirection Table (SPCR)", revision 4; the addresses are the Generic Address Structures of ACPI 6.5, 5.2.3.2.
 */
#ifndef BOOT_SPCR_H
#define BOOT_SPCR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <termios.h>

#include "base/arena.h"

struct spcr {
	bool is_io;       /* .address is an I/O port; else it is in memory */
	uint64_t address; /* of the registers of a 16550 or one like it */
	unsigned baud;    /* 0: as it is */
};

/* spcr_parse - what a table of @n bytes says; false: it names no such port, or makes no sense */
bool spcr_parse(const uint8_t *table, size_t n, struct spcr *spcr);

/* spcr_speed - the same in termios' terms; "as it is", which can't be asked, is 115200 everywhere */
speed_t spcr_speed(unsigned baud);

/*
 * spcr_console - the name below /dev of the port that this machine's table names; NULL: none
 *
 * @spcr is filled. Found by its address: the numbers of ports are not the firmware's.
 */
const char *spcr_console(struct arena *arena, struct spcr *spcr);

#endif
