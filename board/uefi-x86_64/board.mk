# What a UEFI machine starts from its ESP, and a disk or stick that starts UEFI and BIOS machines.
KERNEL   ?= server-x86_64
products := BOOTX64.EFI disk.img
