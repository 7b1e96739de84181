/*
 * A boot manager (BDS) that boots one thing: the kernel that lies in the same flash chip.
 *
 * The DXE core calls it when its drivers are there (PI 1.7, volume 2, 12.2). It does what a
 * platform owes the drivers and the operating system: PCI, the screen, the events that lock the
 * firmware's doors. No disk, no network, no keyboard: the kernel has better drivers for them. Then
 * it starts the kernel in the firmware volume that bears our name.
 */
#include "firmware/flash.h"
#include "firmware/pages.h"
#include "firmware/uefi.h"

#define GUID(...) ((const struct efi_guid){ __VA_ARGS__ })

/* UEFI 2.10 and PI 1.7 give these. */
#define BDS_PROTOCOL \
	GUID(0x665e3ff6, 0x46cc, 0x11d4, { 0x9a, 0x38, 0, 0x90, 0x27, 0x3f, 0xc1, 0x4d })
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
/* As tools/ovmf-rom names them: the kernel's volume, the drivers', and in these the kernel's parts.
 */
#define OURS(n)       GUID(0xba704f4e, 0x0002, 0x4000, { 0x80, 0, 0, 0, 0, 0, 0, n })
#define KERNEL_VOLUME OURS(1)
#define KERNEL_FILE   OURS(2)
#define DRIVER_VOLUME OURS(4)
#define KERNEL_REST   OURS(6)

#define RESTART_AFTER 30 /* seconds */

static efi_handle image;
static struct efi_system_table *system;
static struct efi_boot_services *boot;

bool efi_same(const struct efi_guid *a, const struct efi_guid *b)
{
	const uint8_t *x = (const uint8_t *)a, *y = (const uint8_t *)b;

	for (size_t i = 0; i < sizeof *a; i++) {
		if (x[i] != y[i])
			return false;
	}
	return true;
}

void *efi_find_table(struct efi_system_table *table, const struct efi_guid *name)
{
	for (size_t i = 0; i < table->n_tables; i++) {
		if (efi_same(&table->tables[i].name, name))
			return table->tables[i].table;
	}
	return NULL;
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

/*
 * The DXE core knows the volumes that its own firmware came from; ours it has to be told. It then
 * starts the drivers in it, at once or as soon as what they wait for is there.
 */
static efi_handle announce(const struct efi_volume *volume)
{
	struct efi_dxe_services *dxe = efi_find_table(system, &DXE_SERVICES_TABLE);
	efi_handle handle;

	if (!volume || !dxe || dxe->process_firmware_volume(volume, volume->size, &handle))
		return NULL;
	return handle;
}

/* The kernel's file, as a device path: its volume's own, and its name. NULL: its volume has no
 * path. */
static const void *path_of_kernel(efi_handle handle)
{
	static uint8_t path[256];
	struct efi_path_volume_file *file;
	const uint8_t *start;
	size_t n = 0;

	if (boot->handle_protocol(handle, &PATH_PROTOCOL, &start))
		return NULL;
	while (start[n] != EFI_PATH_END) {
		n += start[n + 2] | start[n + 3] << 8;
		if (n > sizeof path - sizeof *file - sizeof file->node)
			return NULL;
	}
	for (size_t i = 0; i < n; i++)
		path[i] = start[i];
	file = (void *)(path + n);
	*file = (struct efi_path_volume_file){
		{ EFI_PATH_MEDIA, EFI_PATH_VOLUME_FILE, { sizeof *file } }, KERNEL_FILE
	};
	file[1].node = (struct efi_path_node){ EFI_PATH_END, 0xff, { sizeof file->node } };
	return path;
}

/* Eight bytes at a time: an emulator counts each as an instruction. */
static uint8_t *copy(uint8_t *to, struct flash_bytes from)
{
	const uint8_t *at = from.at;
	size_t words = from.n / 8, bytes = from.n % 8;

	__asm__ volatile("rep movsq\n\tmov %3, %2\n\trep movsb"
			 : "+D"(to), "+S"(at), "+c"(words)
			 : "r"(bytes)
			 : "memory");
	return to;
}

/*
 * The kernel as it lies in the flash; or, if it is longer than the room before the variables, a
 * copy of both its parts. The core would make four copies of what it reads itself.
 */
static struct flash_bytes read_kernel(void)
{
	struct flash_bytes first = flash_file(flash_volume(&KERNEL_VOLUME), &KERNEL_FILE);
	struct flash_bytes rest = flash_file(flash_volume(&DRIVER_VOLUME), &KERNEL_REST);
	uint64_t whole;

	if (!first.n || !rest.n)
		return first;
	if (boot->allocate_pages(EFI_ALLOCATE_ANY, EFI_BOOT_SERVICES_DATA,
				 (first.n + rest.n + EFI_PAGE_SIZE - 1) / EFI_PAGE_SIZE, &whole))
		return (struct flash_bytes){ NULL, 0 };
	copy(copy((uint8_t *)whole, first), rest);
	return (struct flash_bytes){ (const uint8_t *)whole, first.n + rest.n };
}

/* Returns only if it can't be started, or has come back; the reason is for a person. */
static const uint16_t *start_kernel(void)
{
	efi_handle volume = announce(flash_volume(&KERNEL_VOLUME)), kernel;
	struct flash_bytes program;
	const void *path;

	if (!volume)
		return u"there is no firmware volume with its name in the flash";
	program = read_kernel();
	path = path_of_kernel(volume);
	if (!program.n || !path)
		return u"it is not in its firmware volume";
	if (boot->load_image(false, image, path, program.at, program.n, &kernel))
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
	pages_complete(system);
	announce(flash_volume(&DRIVER_VOLUME));
	return boot->install_protocol(&handle, &BDS_PROTOCOL, 0, &protocol);
}
