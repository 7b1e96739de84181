# A whole flash chip of QEMU's machines with UEFI: OVMF with a boot manager of ours, and the kernel.
KERNEL   ?= qemu-x86_64
products := flash.fd
