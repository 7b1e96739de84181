# A whole flash chip of QEMU's q35 machine: coreboot, with baton as its payload.
KERNEL   ?= qemu-x86_64
products := baton.rom
