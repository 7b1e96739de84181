/* What must hold of segments, whatever they were built from. For the unit tests and the fuzzer. */
#ifndef KEXEC_CHECK_H
#define KEXEC_CHECK_H

#include <stdbool.h>

#include "kexec/segments.h"

/* Is [start, end) RAM by the machine's holes, or low memory that is put in a BIOS' order? */
static inline bool in_holes(const struct machine *machine, uint64_t start, uint64_t end)
{
	for (size_t i = 0; i < machine->holes.n; i++)
		if (start >= machine->holes.at[i].start && end <= machine->holes.at[i].end)
			return true;
	for (size_t i = 0; i < machine->map.n && end < MIB; i++)
		if (start >= machine->map.at[i].start && end <= machine->map.at[i].end)
			return machine->map.at[i].type == MEMORY_RAM;
	return false;
}

/* The first rule that the segments break; NULL: they are right. */
static inline const char *broken_rule(const struct build *build)
{
	bool entry = false;

	if (build->segments_n == 0 || build->segments_n > SEGMENTS_MAX)
		return "1 to 16 segments";
	for (size_t i = 0; i < build->segments_n; i++) {
		const struct segment *a = &build->segments[i];
		uint64_t end = a->address + a->room;
		volatile uint8_t byte;

		if (a->address % PAGE || a->room % PAGE || a->room == 0)
			return "whole pages";
		if (a->size > a->room)
			return "content fits";
		if (end < a->address || !in_holes(build->machine, a->address, end))
			return "in free RAM";
		for (size_t j = 0; j < i; j++)
			if (a->address < build->segments[j].address + build->segments[j].room &&
			    build->segments[j].address < end)
				return "no overlap";
		if (a->size) { /* the sanitizer looks at these */
			byte = *(const uint8_t *)a->bytes;
			byte = ((const uint8_t *)a->bytes)[a->size - 1];
			(void)byte;
		}
		entry |= build->entry >= a->address && build->entry < a->address + a->size;
	}
	return entry ? NULL : "entry in a segment";
}

#endif
