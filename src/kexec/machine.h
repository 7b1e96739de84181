/* The machine as its firmware gave it to us: what to tell the next kernel, and where it fits. */
#ifndef KEXEC_MACHINE_H
#define KEXEC_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "kexec/layout.h"

#define BOOT_PARAMS_SIZE    4096
#define EFI_DESCRIPTOR_SIZE 40 /* struct efi_memory_desc_t, version 1 (UEFI 2.10, GetMemoryMap) */
#define RNG_SEED_SIZE       32

/* A node of boot_params' setup_data list (boot.rst, "setup_data"). */
struct setup_data {
	uint32_t type;
	const void *bytes;
	size_t size;
};

struct efi {
	bool runtime; /* all of what follows is known; else the next kernel must do without EFI */
	const uint8_t
		*map;    /* descriptors of the runtime regions, as the running kernel mapped them */
	size_t map_size; /* bytes */
	uint64_t fw_vendor, tables, smbios; /* physical addresses */
};

enum screen {
	SCREEN_AS_FOUND, /* nobody changed it, or a driver that only draws into it */
	SCREEN_MOVED,    /* the same framebuffer at .framebuffer: its PCI BAR was reassigned */
	SCREEN_TAKEN, /* a native driver set a mode of its own: nothing that we know still holds */
};

struct machine {
	struct ranges map;     /* the e820 map for the next kernel: sorted, without overlaps */
	struct ranges holes;   /* where segments may go: page-aligned RAM from 1 MiB up */
	uint64_t ceiling;      /* below it places are better: see read_efi_tables(); 0: it does not
				  matter */
	const uint8_t *params; /* BOOT_PARAMS_SIZE bytes: the running kernel's own; never NULL */
	VEC(struct setup_data) setup_data; /* nodes to hand on */
	struct efi efi;
	uint64_t rsdp; /* physical address of ACPI's root; 0: not known, to be searched for */
	enum screen screen;
	uint64_t framebuffer;
	bool five_level; /* the CPU runs with five levels of page tables */
	bool encrypted;  /* memory may be: then only the running kernel's page tables say where */
	uint8_t rng_seed[RNG_SEED_SIZE];
	uint64_t dice; /* a random number, for the place of the kernel */
};

/*
 * machine_read - find out about the running machine from sysfs and procfs
 *
 * @root is put in front of the paths: "" for this machine, a directory for a recorded one. Returns
 * 0; or -errno and *@why. What is left out by an old or small kernel is not an error, as long as
 * the next kernel can run without it. After an error .params is NULL, or else only what concerns
 * memory is missing.
 */
int machine_read(struct arena *arena, const char *root, struct machine *machine, const char **why);

/*
 * machine_read_memory - the part of machine_read() that fills in .map and .holes
 *
 * The map is the firmware's own (/sys/firmware/memmap), which "mem=" on our command line does not
 * change, overlaid with what the running kernel reserved for the firmware's sake. Where that is
 * not configured, /proc/iomem alone.
 */
int machine_read_memory(struct arena *arena, const char *root, struct machine *machine,
			const char **why);

/*
 * machine_file - a file below @root, at most @limit bytes, with a NUL after them
 *
 * Returns NULL if it can't be read; *@size, unless NULL, gets the number of bytes.
 */
char *machine_file(struct arena *arena, const char *root, const char *path, size_t limit,
		   size_t *size);

/* machine_number - the number in a file below @root, in C's notation; false if there is none */
bool machine_number(struct arena *arena, const char *root, const char *path, uint64_t *number);

#endif
