/*
 * The readers of every format but GRUB 2's. Each has the two functions that struct reader asks for
 * (see config/reader.h); one file per format says which documents it follows.
 */
#ifndef CONFIG_FORMATS_H
#define CONFIG_FORMATS_H

#include <stdbool.h>
#include <stddef.h>

struct reading;

/* SYSLINUX, ISOLINUX, EXTLINUX, PXELINUX, and U-Boot's extlinux.conf */
bool syslinux_claims(const char *path, const char *bytes, size_t size);
int syslinux_read(struct reading *reading);

/* Boot Loader Specification type 1: loader/entries, with systemd-boot's loader.conf */
bool bls_claims(const char *path, const char *bytes, size_t size);
int bls_read(struct reading *reading);

/* Boot Loader Specification type 2: unified kernel images */
bool uki_claims(const char *path, const char *bytes, size_t size);
int uki_read(struct reading *reading);

/* GRUB 0.97: menu.lst, grub.conf */
bool grub_legacy_claims(const char *path, const char *bytes, size_t size);
int grub_legacy_read(struct reading *reading);

/* LILO and ELILO: lilo.conf, elilo.conf */
bool lilo_claims(const char *path, const char *bytes, size_t size);
int lilo_read(struct reading *reading);

/* kboot, petitboot's and XeLL's kboot.conf */
bool kboot_claims(const char *path, const char *bytes, size_t size);
int kboot_read(struct reading *reading);

/* yaboot.conf */
bool yaboot_claims(const char *path, const char *bytes, size_t size);
int yaboot_read(struct reading *reading);

/* rEFInd's refind_linux.conf */
bool refind_claims(const char *path, const char *bytes, size_t size);
int refind_read(struct reading *reading);

/* limine.conf and limine.cfg */
bool limine_claims(const char *path, const char *bytes, size_t size);
int limine_read(struct reading *reading);

/* zipl.conf */
bool zipl_claims(const char *path, const char *bytes, size_t size);
int zipl_read(struct reading *reading);

/* U-Boot's boot.scr, which is named, not run */
bool uboot_claims(const char *path, const char *bytes, size_t size);
int uboot_read(struct reading *reading);

/* kernels on a volume that no config names */
bool found_claims(const char *path, const char *bytes, size_t size);
int found_read(struct reading *reading);

#endif
