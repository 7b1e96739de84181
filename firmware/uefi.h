/*
 * What the boot manager uses of a UEFI firmware: UEFI 2.10 (tables, protocols) and PI 1.7 (volume
 * 2, DXE). Members that it does not use are only counted. All calls have the Microsoft convention,
 * which the compiler for a Windows target has by itself.
 */
#ifndef FIRMWARE_UEFI_H
#define FIRMWARE_UEFI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef void *efi_handle;
typedef size_t efi_status; /* 0, or an error with the highest bit set (appendix D) */

struct efi_guid {
	uint32_t a;
	uint16_t b, c;
	uint8_t d[8];
};

/* 4.2: what every table begins with */
struct efi_header {
	uint64_t signature;
	uint32_t revision, size, crc32, reserved;
};

/* 12.4 */
struct efi_text_output {
	efi_status (*reset)(struct efi_text_output *this, bool verify);
	efi_status (*output_string)(struct efi_text_output *this, const uint16_t *string);
};

/* 7 */
struct efi_boot_services {
	struct efi_header header;
	void *task_priority[2];
	efi_status (*allocate_pages)(int how, int type, size_t n, uint64_t *address);
	efi_status (*free_pages)(uint64_t address, size_t n);
	void *memory[3];
	void *create_event, *set_timer, *wait_for_event;
	efi_status (*signal_event)(void *event);
	efi_status (*close_event)(void *event);
	void *check_event;
	efi_status (*install_protocol)(efi_handle *handle, const struct efi_guid *protocol,
				       int type, void *interface);
	void *reinstall_protocol, *uninstall_protocol;
	efi_status (*handle_protocol)(efi_handle handle, const struct efi_guid *protocol,
				      void *interface);
	void *reserved;
	efi_status (*register_protocol_notify)(const struct efi_guid *protocol, void *event,
					       void **registration);
	void *locate_handle, *locate_device_path;
	void *install_configuration_table;
	efi_status (*load_image)(bool by_policy, efi_handle parent, const void *path,
				 const void *source, size_t size, efi_handle *image);
	efi_status (*start_image)(efi_handle image, size_t *exit_data_size, uint16_t **exit_data);
	void *exit, *unload_image, *exit_boot_services, *next_monotonic_count;
	efi_status (*stall)(size_t microseconds);
	void *set_watchdog_timer;
	efi_status (*connect_controller)(efi_handle controller, efi_handle *drivers,
					 const void *remaining, bool recursive);
	void *disconnect_controller, *open_protocol, *close_protocol, *open_protocol_information;
	void *protocols_per_handle;
	efi_status (*locate_handle_buffer)(int search, const struct efi_guid *protocol, void *key,
					   size_t *n, efi_handle **handles);
	efi_status (*locate_protocol)(const struct efi_guid *protocol, void *registration,
				      void *interface);
	void *install_protocols, *uninstall_protocols, *calculate_crc32;
	void *copy_mem, *set_mem;
	efi_status (*create_event_ex)(uint32_t type, size_t priority,
				      void (*notify)(void *event, void *context),
				      const void *context, const struct efi_guid *group,
				      void **event);
};

#define EFI_ALLOCATE_ANY        0
#define EFI_BOOT_SERVICES_DATA  4
#define EFI_PAGE_SIZE           0x1000
#define EFI_SEARCH_ALL          0
#define EFI_SEARCH_BY_PROTOCOL  2
#define EFI_EVENT_NOTIFY_SIGNAL 0x200
#define EFI_PRIORITY_CALLBACK   8

/* 8 */
struct efi_runtime_services {
	struct efi_header header;
	void *time[4], *virtual_memory[2], *variables[3], *next_high_monotonic_count;
	void (*reset_system)(int type, efi_status status, size_t size, const void *data);
};

/* 4.3 */
struct efi_system_table {
	struct efi_header header;
	const uint16_t *firmware_vendor;
	uint32_t firmware_revision;
	efi_handle console_in_handle;
	void *console_in;
	efi_handle console_out_handle;
	struct efi_text_output *console_out;
	efi_handle standard_error_handle;
	struct efi_text_output *standard_error;
	struct efi_runtime_services *runtime;
	struct efi_boot_services *boot;
	size_t n_tables;
	struct {
		struct efi_guid name;
		void *table;
	} * tables;
};

bool efi_same(const struct efi_guid *a, const struct efi_guid *b);

/* UEFI 2.10, 4.6: a table that other standards define, or NULL. */
void *efi_find_table(struct efi_system_table *system, const struct efi_guid *name);

/* PI 1.7, volume 3, 5: what the start-up code tells the drivers; each block is followed by the
 * next. */
struct efi_hob {
	uint16_t type, size;
	uint32_t reserved;
};

struct efi_hob_resource {
	struct efi_hob header;
	struct efi_guid owner;
	uint32_t type, attributes;
	uint64_t start, length;
};

struct efi_hob_cpu {
	struct efi_hob header;
	uint8_t address_bits, io_bits, reserved[6];
};

#define EFI_HOB_RESOURCE    3
#define EFI_HOB_CPU         6
#define EFI_HOB_END         0xffff
#define EFI_RESOURCE_MEMORY 0

/* PI 1.7, volume 3, 3.2.1: a firmware volume, and behind its header the one that has a name; 3.2.3
 * and 3.2.4: a file, a section in it. They are aligned to 8 and 4 bytes. */
struct efi_volume {
	uint8_t zeros[16];
	struct efi_guid format;
	uint64_t size;
	uint8_t signature[4];
	uint32_t attributes;
	uint16_t header_size, checksum, extended_at;
};

struct efi_volume_name {
	struct efi_guid name;
	uint32_t size;
};

struct efi_file {
	struct efi_guid name;
	uint16_t checksum;
	uint8_t type, attributes, size[3], state;
};

struct efi_section {
	uint8_t size[3], type;
};

/* PI 1.7, volume 1, 4.2, and 4.3.1: what runs when an interface is installed */
struct efi_pei_notify;

struct efi_pei_services {
	struct efi_header header;
	void *install_ppi, *reinstall_ppi, *locate_ppi;
	efi_status (*notify_ppi)(struct efi_pei_services **services,
				 const struct efi_pei_notify *notify);
	void *boot_mode[2];
	efi_status (*get_hob_list)(struct efi_pei_services **services, struct efi_hob **list);
};

struct efi_pei_notify {
	size_t flags;
	const struct efi_guid *name;
	efi_status (*notify)(struct efi_pei_services **services, void *descriptor, void *ppi);
};

#define EFI_PEI_NOTIFY_CALLBACK 0x20
#define EFI_PEI_LIST_END        0x80000000

/* PI 1.7, volume 2, 7.1 */
struct efi_dxe_services {
	struct efi_header header;
	void *memory_space[7], *io_space[6], *dispatch, *schedule, *trust;
	efi_status (*process_firmware_volume)(const void *volume, size_t size, efi_handle *handle);
};

/* PI 1.7, volume 2, 12.3; attributes: UEFI 2.10, 7.2, these for the ways to cache */
struct efi_cpu_protocol {
	void *flush_data_cache, *interrupts[3], *init, *register_interrupt_handler,
		*get_timer_value;
	efi_status (*set_memory_attributes)(struct efi_cpu_protocol *this, uint64_t start,
					    uint64_t length, uint64_t attributes);
};

#define EFI_MEMORY_CACHED 0x1full /* UC, WC, WT, WB, UCE */

/* PI 1.7, volume 2, 12.2 */
struct efi_bds_protocol {
	void (*entry)(struct efi_bds_protocol *this);
};

/* 14.4: of the accesses, writes to a BAR's memory and those to configuration space */
struct efi_pci_protocol {
	void *poll[2], *memory_read;
	efi_status (*memory_write)(struct efi_pci_protocol *this, int width, uint8_t bar,
				   uint64_t offset, size_t count, void *buffer);
	void *io[2];
	efi_status (*config_read)(struct efi_pci_protocol *this, int width, uint32_t offset,
				  size_t count, void *buffer);
	efi_status (*config_write)(struct efi_pci_protocol *this, int width, uint32_t offset,
				   size_t count, const void *buffer);
};

#define EFI_PCI_UINT8       0
#define EFI_PCI_UINT32      2
#define EFI_PCI_FILL_UINT32 10

/* 10.2: type, subtype, size of the node; 10.3.1: the end; PI, volume 3, 3.3.1: a file in a volume
 */
struct efi_path_node {
	uint8_t type, subtype, size[2];
};

#define EFI_PATH_MEDIA       4
#define EFI_PATH_VOLUME_FILE 6
#define EFI_PATH_END         0x7f

struct efi_path_volume_file {
	struct efi_path_node node;
	struct efi_guid name;
};

#endif
