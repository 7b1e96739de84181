"""Kernels in other containers than Debian's, and what is no Linux kernel, each started from the menu's default."""

import struct
import subprocess

import pytest

from disks import grub_disk, kernel, kernel_of, menuentry, package_file


@pytest.mark.parametrize("name,command", [("xz", "xz -1 -C crc32 -c"), ("zstd", "zstd -q -c")])
def test_efi_zboot(start, tmp_path, name, command):
    """EFI's compressed image (drivers/firmware/efi/libstub/zboot-header.S) of Debian's kernel."""
    payload = subprocess.run(command.split(), input=kernel(), check=True, stdout=subprocess.PIPE).stdout
    image = struct.pack("<4s4sII8x32s", b"MZ", b"zimg", 512, len(payload), name.encode()).ljust(512, b"\0") + payload
    machine = start(disks=[grub_disk(tmp_path / "disk.img", [menuentry("Entry First", kernel="/vmlinuz.efi")],
                                     timeout=0, files={"/vmlinuz.efi": image})])
    machine.expect_output("TARGET CMDLINE BOOT_IMAGE=/vmlinuz.efi console=ttyS0 quiet entry=first", 100)


@pytest.mark.long
def test_memtest(start, tmp_path):
    """memtest86+ has a kernel's header, only the 32-bit entry, and ends within the last 16 bytes that it says it has."""
    image = package_file("memtest86+", "boot/memtest86+x64.bin")
    entry = "menuentry 'Memory test' {\n\tlinux /memtest.bin console=ttyS0,115200\n}"
    machine = start(disks=[grub_disk(tmp_path / "disk.img", [entry], timeout=0, files={"/memtest.bin": image})])
    machine.expect_output("(?i)memtest86.{0,20}6", 100)
    machine.expect_output("Testing|Pass|SMP", 100)


@pytest.mark.long
@pytest.mark.parametrize("firmware", ["seabios", "ovmf"])
@pytest.mark.parametrize("flavour", ["amd64", "cloud-amd64", "rt-amd64", "6.12-amd64", "6.12-cloud-amd64",
                                     "6.12-rt-amd64"])
def test_flavours_of_debian(start, tmp_path, flavour, firmware):
    """Each kernel that Debian 12 has, to its init."""
    disk = grub_disk(tmp_path / "disk.img", [menuentry("Entry First")], timeout=0,
                     files={"/vmlinuz": kernel_of(flavour)})
    machine = start(disks=[disk], firmware=firmware, memory=1024)
    machine.expect_output("TARGET CMDLINE BOOT_IMAGE=/vmlinuz console=ttyS0 quiet entry=first", 300)
