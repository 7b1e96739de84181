/*
 * A boot manager (BDS) that boots one thing: the kernel that lies in the same flash chip.
 *
 * The DXE core calls it when its drivers are there (PI 1.7, volume 2, 12.4). It does what a
 * platform owes the drivers and the operating system: PCI, the screen, the events that lock the
 * firmware's doors. No disk, no network, no keyboard: the kernel has better drivers for them. Then
 * it starts the first application in the firmware volume that bears our name.
 */
#include "firmware/uefi.h"

#define GUID(...) ((const struct efi_guid){ __VA_ARGS__ })

/* UEFI 2.10 and PI 1.7 give these. */
#define BDS_PROTOCOL \
	GUID(0x665e3ff6, 0x46cc, 0x11d4, { 0x9a, 0x38, 0, 0x90, 0x27, 0x3f, 0xc1, 0x4d })
#define VOLUME_PROTOCOL \
	GUID(0x220e73b6, 0x6bdb, 0x4413, { 0x84, 0x05, 0xb9, 0x74, 0xb1, 0x08, 0x61, 0x9a })
#define PATH_PROTOCOL \
	GUID(0x09576e91, 0x6d3f, 0x11d2, { 0x8e, 0x39, 0, 0xa0, 0xc9, 0x69, 0x72, 0x3b })
#define PCI_PROTOCOL \
	GUID(0x4cf5b200, 0x68b8, 0x4ca5, { 0x9e, 0xec, 0xb2, 0x3e, 0x3f, 0x50, 0x02, 0x9a })
#define PCI_ROOT_PROTOCOL \
	GUID(0x2f707ebb, 0x4a1a, 0x11d4, { 0x9a, 0x38, 0, 0x90, 0x27, 0x3f, 0xc1, 0x4d })
#define TEXT_OUTPUT_PROTOCOL \
	GUID(0x387477c2, 0x69c7, 0x11d2, { 0x8e, 0x39, 0, 0xa0, 0xc9, 0x69, 0x72, 0x3b })
#define DXE_SERVICES_TABLE \
	GUID(0x05ad34ba, 0x6f02, 0x4214, { 0x95, 0x2e, 0x4d, 0xa0, 0x39, 0x8e, 0x2b, 0xb9 })
#define END_OF_DXE \
	GUID(0x02ce967a, 0xdd7e, 0x4ffc, { 0x9e, 0xe7, 0x81, 0x0c, 0xf0, 0x47, 0x08, 0x80 })
#define SMM_READY_TO_LOCK \
	GUID(0x60ff8964, 0xe906, 0x41d0, { 0xaf, 0xed, 0xf2, 0x41, 0xe9, 0x74, 0xe0, 0x8e })
#define READY_TO_BOOT \
	GUID(0x7ce88fb3, 0x4bd7, 0x4679, { 0x87, 0xa8, 0xa8, 0xd8, 0xde, 0xe5, 0x0d, 0x2b })
/* OVMF's own event: the ACPI tables, which name PCI devices, are installed when these are there. */
#define ROOT_BRIDGES_CONNECTED \
	GUID(0x24a2d66f, 0xeedd, 0x4086, { 0x90, 0x42, 0xf2, 0x6e, 0x47, 0x97, 0xee, 0x69 })
/* Our volumes, as tools/ovmf-rom names them: the kernel's, and the drivers'. */
#define KERNEL_VOLUME GUID(0xba704f4e, 0x0002, 0x4000, { 0x80, 0, 0, 0, 0, 0, 0, 1 })
#define DRIVER_VOLUME GUID(0xba704f4e, 0x0002, 0x4000, { 0x80, 0, 0, 0, 0, 0, 0, 4 })

/* Where a PC's flash chip ends, how much of it chipsets decode, how volumes are aligned. */
#define FLASH_END    0x100000000
#define FLASH_MOST   0x1000000
#define VOLUME_ALIGN 0x1000

#define RESTART_AFTER 30 /* seconds */

static efi_handle image;
static struct efi_system_table *system;
static struct efi_boot_services *boot;

static bool same(const struct efi_guid *a, const struct efi_guid *b)
{
	const uint8_t *x = (const uint8_t *)a, *y = (const uint8_t *)b;

	for (size_t i = 0; i < sizeof *a; i++) {
		if (x[i] != y[i])
			return false;
	}
	return true;
}

/* All handles that have a protocol; n is 0 if there are none. Never freed. */
static efi_handle *find(const struct efi_guid *protocol, size_t *n)
{
	efi_handle *handles = NULL;

	if (boot->locate_handle_buffer(EFI_SEARCH_BY_PROTOCOL, protocol, NULL, n, &handles))
		*n = 0;
	return handles;
}

static void ignore(void *event, void *context)
{
	(void)event;
	(void)context;
}

/* UEFI 2.10, 7.1: an event group is signalled through any member of it. */
static void signal(const struct efi_guid *group)
{
	void *event;

	if (boot->create_event_ex(EFI_EVENT_NOTIFY_SIGNAL, EFI_PRIORITY_CALLBACK, ignore, NULL,
				  group, &event))
		return;
	boot->signal_event(event);
	boot->close_event(event);
}

static void connect_pci(void)
{
	size_t n;
	efi_handle *bridges = find(&PCI_ROOT_PROTOCOL, &n);

	for (size_t i = 0; i < n; i++)
		boot->connect_controller(bridges[i], NULL, NULL, false);
}

/* PCI 3.0, appendix D: base class and subclass */
#define CLASS_OLD_VGA    0x0001
#define CLASS_DISPLAY    0x0300
#define CLASS_ISA_BRIDGE 0x0601
#define BASE_CLASS       0xff00

/* A PCI device's, or 0 of what is none; *@pci is what it is reached by. */
static unsigned class_of(efi_handle device, struct efi_pci_protocol **pci)
{
	uint8_t class[2];

	if (boot->handle_protocol(device, &PCI_PROTOCOL, pci) ||
	    (*pci)->config_read(*pci, EFI_PCI_UINT8, 0x0a, sizeof class, class))
		return 0;
	return class[1] << 8 | class[0];
}

static efi_status (*write_memory)(struct efi_pci_protocol *this, int width, uint8_t bar,
				  uint64_t offset, size_t count, void *buffer);

/*
 * Filling a screen word by word, through the layers below, takes a quarter of a second in an
 * emulator; one instruction does it, too. Everything else goes its way.
 */
static efi_status fill_memory(struct efi_pci_protocol *this, int width, uint8_t bar,
			      uint64_t offset, size_t count, void *buffer)
{
	uint32_t base[2];
	uint64_t at;

	if (width != EFI_PCI_FILL_UINT32 || bar > 4 ||
	    this->config_read(this, EFI_PCI_UINT32, 0x10 + 4 * bar, 2, base))
		return write_memory(this, width, bar, offset, count, buffer);
	at = (base[0] & ~0xfu) + offset;
	if ((base[0] & 6) == 4) /* PCI 3.0, 6.2.5.1: an address of 64 bits */
		at |= (uint64_t)base[1] << 32;
	__asm__ volatile("rep stosl" : "+D"(at), "+c"(count) : "a"(*(uint32_t *)buffer) : "memory");
	return 0;
}

/* The kernel takes the screen over as it is, so its mode is set here. */
static void connect_display(efi_handle device, struct efi_pci_protocol *pci)
{
	write_memory = pci->memory_write;
	pci->memory_write = fill_memory;
	boot->connect_controller(device, NULL, NULL, false);
	pci->memory_write = write_memory;
}

static void connect_displays(void)
{
	struct efi_pci_protocol *pci;
	size_t n;
	efi_handle *devices = find(&PCI_PROTOCOL, &n);

	for (size_t i = 0; i < n; i++) {
		unsigned class = class_of(devices[i], &pci);

		if ((class & BASE_CLASS) == CLASS_DISPLAY || class == CLASS_OLD_VGA)
			connect_display(devices[i], pci);
	}
}

/* From here on only the operating system is to come (PI 1.7, volume 2, 5.1.2.1; volume 4, 5.6). */
static void lock(void)
{
	efi_handle handle = NULL;

	signal(&END_OF_DXE);
	boot->install_protocol(&handle, &SMM_READY_TO_LOCK, 0, NULL);
}

/* PI 1.7, volume 3, 3.2.1: a volume's header, and behind it the one that has a name. */
struct volume {
	uint8_t zeros[16];
	struct efi_guid format;
	uint64_t size;
	uint8_t signature[4];
	uint32_t attributes;
	uint16_t header_size, checksum, extended_at;
};

static bool is_called(const struct volume *volume, uint64_t most, const struct efi_guid *name)
{
	const char *signature = "_FVH";

	for (size_t i = 0; i < sizeof volume->signature; i++) {
		if (volume->signature[i] != signature[i])
			return false;
	}
	if (volume->size > most || volume->extended_at < sizeof *volume)
		return false;
	return same((const void *)((const uint8_t *)volume + volume->extended_at), name);
}

/*
 * The DXE core knows the volumes that its own firmware came from; ours it has to be told. It then
 * starts the drivers in it, at once or as soon as what they wait for is there.
 */
static efi_handle find_volume(const struct efi_guid *name)
{
	struct efi_dxe_services *dxe = NULL;
	efi_handle handle;

	for (size_t i = 0; i < system->n_tables; i++) {
		if (same(&system->tables[i].name, &DXE_SERVICES_TABLE))
			dxe = system->tables[i].table;
	}
	if (!dxe)
		return NULL;
	for (uint64_t at = FLASH_END - FLASH_MOST; at < FLASH_END; at += VOLUME_ALIGN) {
		const struct volume *volume = (const void *)at;

		if (is_called(volume, FLASH_END - at, name) &&
		    !dxe->process_firmware_volume(volume, volume->size, &handle))
			return handle;
	}
	return NULL;
}

/* The first application in a volume, as a device path: the volume's own, and the file's name. */
static const void *find_program(efi_handle handle)
{
	static uint64_t key[8];
	static uint8_t path[256];
	struct efi_volume_protocol *volume;
	struct efi_path_volume_file *file;
	const uint8_t *start;
	uint8_t type = EFI_FILE_APPLICATION;
	uint32_t attributes;
	size_t size, n = 0;

	if (boot->handle_protocol(handle, &VOLUME_PROTOCOL, &volume) ||
	    boot->handle_protocol(handle, &PATH_PROTOCOL, &start) || volume->key_size > sizeof key)
		return NULL;
	while (start[n] != EFI_PATH_END) {
		n += start[n + 2] | start[n + 3] << 8;
		if (n > sizeof path - sizeof *file - sizeof file->node)
			return NULL;
	}
	for (size_t i = 0; i < n; i++)
		path[i] = start[i];
	file = (void *)(path + n);
	if (volume->get_next_file(volume, key, &type, &file->name, &attributes, &size))
		return NULL;
	file->node =
		(struct efi_path_node){ EFI_PATH_MEDIA, EFI_PATH_VOLUME_FILE, { sizeof *file } };
	file[1].node = (struct efi_path_node){ EFI_PATH_END, 0xff, { sizeof file->node } };
	return path;
}

/* Returns only if it can't be started, or has come back; the reason is for a person. */
static const uint16_t *start_kernel(void)
{
	efi_handle volume = find_volume(&KERNEL_VOLUME), kernel;
	const void *path;

	if (!volume)
		return u"there is no firmware volume with its name in the flash";
	path = find_program(volume);
	if (!path)
		return u"there is no application in its firmware volume";
	if (boot->load_image(false, image, path, NULL, 0, &kernel))
		return u"its EFI program can't be loaded";
	signal(&READY_TO_BOOT);
	boot->start_image(kernel, NULL, NULL);
	return u"it came back to the firmware";
}

/* OVMF's driver for serial lines takes only an ISA bridge that decodes addresses. */
static void enable_isa(void)
{
	static const uint8_t decodes = 3; /* I/O ports and memory; in the command, at 4 */
	struct efi_pci_protocol *pci;
	size_t n;
	efi_handle *devices = find(&PCI_PROTOCOL, &n);

	for (size_t i = 0; i < n; i++) {
		if (class_of(devices[i], &pci) == CLASS_ISA_BRIDGE)
			pci->config_write(pci, EFI_PCI_UINT8, 4, 1, &decodes);
	}
}

/* On every console that there is a driver for: until now, none was needed. */
static void say(const uint16_t *const *words)
{
	struct efi_text_output *console;
	efi_handle *handles;
	size_t n;

	enable_isa();
	if (!boot->locate_handle_buffer(EFI_SEARCH_ALL, NULL, NULL, &n, &handles)) {
		for (size_t i = 0; i < n; i++)
			boot->connect_controller(handles[i], NULL, NULL, true);
	}
	handles = find(&TEXT_OUTPUT_PROTOCOL, &n);
	for (size_t i = 0; i < n; i++) {
		if (boot->handle_protocol(handles[i], &TEXT_OUTPUT_PROTOCOL, &console))
			continue;
		console->reset(console,
			       false); /* a terminal has no mode, and says nothing, before */
		for (const uint16_t *const *word = words; *word; word++)
			console->output_string(console, *word);
	}
}

static void boot_entry(struct efi_bds_protocol *this)
{
	const uint16_t *why;

	(void)this;
	connect_pci();
	signal(&ROOT_BRIDGES_CONNECTED);
	lock();
	connect_displays();
	why = start_kernel();
	say((const uint16_t *[]){ u"\r\nbaton's kernel did not start: ", why,
				  u".\r\nThis machine restarts in half a minute.\r\n", NULL });
	boot->stall(RESTART_AFTER * 1000000);
	system->runtime->reset_system(0, 0, 0, NULL);
}

/*
 * The driver's entry point (UEFI 2.10, 4.1). The other drivers may lie unpacked in a volume of
 * their own: the firmware's start-up code unpacks what is packed with a small, slow routine.
 */
efi_status driver_main(efi_handle handle, struct efi_system_table *table)
{
	static struct efi_bds_protocol protocol = { boot_entry };

	image = handle;
	system = table;
	boot = table->boot;
	find_volume(&DRIVER_VOLUME);
	return boot->install_protocol(&handle, &BDS_PROTOCOL, 0, &protocol);
}
