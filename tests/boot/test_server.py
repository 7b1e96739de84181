"""The kernel with the drivers of real servers, BOARD=server-x86_64, with what QEMU can imitate of them."""

import pytest

from bmc import BMC
from disks import grub_disk, menuentry
from qemu import SERVER_KERNEL
from test_boot import FIRST, expect_target
from test_faults import start_in

pytestmark = pytest.mark.long

VALID, STICK = 0x80, 15 << 2    # of a BMC's boot flags: the next start, and only that, is from a stick

# Each has a disk of its own, whose only entry has the controller's name: QEMU's options, the disk's properties.
CONTROLLERS = {
    "MegaRAID": (["-device", "megasas,id=megaraid"], {"driver": "scsi-hd", "bus": "megaraid.0"}),
    "MegaRAID-2": (["-device", "megasas-gen2,id=second"], {"driver": "scsi-hd", "bus": "second.0"}),
    "Fusion-SAS": (["-device", "mptsas1068,id=fusion"], {"driver": "scsi-hd", "bus": "fusion.0", "wwn": 0x5000C50000000001}),
    "VMware": (["-device", "pvscsi,id=vmware"], {"driver": "scsi-hd", "bus": "vmware.0"}),
    "NVMe": ([], {"driver": "nvme", "serial": "1"}),
    "AHCI": ([], {"driver": "ide-hd", "bus": "ide.0"}),
    "virtio": ([], {}),
    "virtio-SCSI": (["-device", "virtio-scsi-pci,id=scsi"], {"driver": "scsi-hd", "bus": "scsi.0"}),
    "USB-3": (["-device", "qemu-xhci,id=usb3"], {"driver": "usb-storage", "bus": "usb3.0"}),
    "UAS": (["-device", "usb-uas,id=uas,bus=usb3.0"], {"driver": "scsi-hd", "bus": "uas.0"}),
    "USB-2": (["-device", "usb-ehci,id=usb2"], {"driver": "usb-storage", "bus": "usb2.0"}),
    "SD": (["-device", "sdhci-pci,id=sdhci"], {"driver": "sd-card", "bus": "sd-bus"}),
}


def test_it_fits():
    """8 MiB with everything: what is usual for a board's flash, less what its own firmware takes."""
    assert SERVER_KERNEL.stat().st_size < 8 << 20


@pytest.mark.parametrize("firmware,names", [
    ("seabios", ["MegaRAID", "Fusion-SAS", "NVMe", "virtio", "USB-3", "UAS"]),
    ("ovmf", ["VMware", "MegaRAID-2", "AHCI", "virtio-SCSI", "USB-2", "SD"]),
])
def test_controllers(start, tmp_path, firmware, names):
    """All are in the menu; the first is the default that boots."""
    disks, options = [], []
    for name in names:
        path = grub_disk(tmp_path / f"{name}.img", [menuentry(name)], size_mib=64, timeout=300)     # an SD card's size
        disks.append((path, CONTROLLERS[name][1]))
        options += CONTROLLERS[name][0]
    machine = start(kernel=SERVER_KERNEL, firmware=firmware, disks=disks, controllers=options,
                    append=f"baton.default={names[0]}")
    for name in names:
        machine.expect_screen(rf"(?m)^[ >]+{name}( |$)", 200)
    machine.press("enter")
    expect_target(machine, names[0].lower(), 200)


def test_watchdog(start, tmp_path):
    """PID 1 stands still, and the watchdog of QEMU's and KVM's machines resets this one, which ends QEMU."""
    machine = start_in(start, tmp_path, "stop", append="baton.watchdog=8", kernel=SERVER_KERNEL,
                       controllers=["-device", "i6300esb"])
    machine.wait(lambda: not machine.read(0.1), 200, "reset")


def test_management_controller(start, tmp_path):
    """The BMC is heard: it asks for a start from a stick, and takes that back."""
    bmc = BMC(tmp_path, bytes([VALID, STICK, 0, 0, 0]))
    stick = grub_disk(tmp_path / "stick.img", [menuentry("Entry Second")], timeout=2)
    machine = start(kernel=SERVER_KERNEL, controllers=[*bmc.options, "-device", "qemu-xhci,id=usb"], disks=[
        grub_disk(tmp_path / "disk.img", [FIRST], timeout=2), (stick, {"driver": "usb-storage", "bus": "usb.0"})])
    expect_target(machine, "second", 300)
    assert bmc.flags == bytes(5)
