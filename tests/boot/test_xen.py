"""Xen, and on it the Debian of tools/disk as dom0, to its login."""

import pytest

from disks import cpio, debian_disk, ext4_disk, kernel_package, package, program

# Debian's generic kernel, for the one of the disk (cloud) can't be a dom0; and what it needs to find its root, in
# the order in which it is loaded
KERNEL = "./boot/vmlinuz-*"
MODULES = ("virtio/virtio_ring", "virtio/virtio", "virtio/virtio_pci_legacy_dev", "virtio/virtio_pci_modern_dev",
           "virtio/virtio_pci", "block/virtio_blk", "crc16", "mbcache", "jbd2/jbd2", "crc32c_generic", "libcrc32c",
           "ext4/ext4")


def dom0():
    """Its kernel and its initrd, as bytes."""
    directory = package(kernel_package("amd64"), KERNEL, *(f"*/{name}.ko" for name in MODULES))
    modules = {f"modules/{number:02}.ko": next(directory.rglob(f"{name}.ko")).read_bytes()
               for number, name in enumerate(MODULES)}
    return (next(directory.glob("boot/vmlinuz-*")).read_bytes(),
            cpio({"init": program("dom0"), "dev/none": b"", **modules}))


OPTIONS = "fstab=no systemd.wants=console-getty.service systemd.mask=serial-getty@hvc0.service"


def xen_disk(path, version):
    """Without the file systems of /etc/fstab: the modules that they need are of the other kernel. And the login does
    not wait for udev to have seen its console, for which a busy machine has more to do than systemd gives it time."""
    hypervisor = next(package("xen-hypervisor-4.17-amd64", "./boot/*").glob("boot/xen-*.gz")).read_bytes()
    vmlinuz, initrd = dom0()
    suffix = "2" if version == 2 else ""
    config = f"""set timeout=0
menuentry 'Debian with Xen' {{
\tmultiboot{suffix} /xen.gz placeholder console=com1 com1=115200,8n1 dom0_mem=512M
\tmodule{suffix} /vmlinuz placeholder ROOT=/dev/vdb3 console=hvc0 quiet rw {OPTIONS}
\tmodule{suffix} /initrd
}}
"""
    return ext4_disk(path, {"/boot/grub/grub.cfg": config, "/xen.gz": hypervisor, "/vmlinuz": vmlinuz,
                            "/initrd": initrd}, size_mib=60)


@pytest.mark.long
@pytest.mark.parametrize("firmware,version", [("seabios", 1), ("seabios", 2), ("ovmf", 2)])
def test_xen(start, tmp_path, firmware, version):
    machine = start(disks=[xen_disk(tmp_path / "disk.img", version), debian_disk()], firmware=firmware, memory=1536)
    machine.expect_output(r"Xen version 4\.17", 120)
    machine.expect_output("DOM0 UP", 300)
    if version == 2:
        machine.expect_output("debian login: ", 600)
        machine.type("root\n")
        machine.expect_output("# ", 60)
        machine.type("cat /sys/hypervisor/type /proc/xen/capabilities; ls /sys/firmware/acpi/tables | head -n 3\n")
        machine.expect_output("xen", 60)
