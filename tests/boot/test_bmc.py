"""What a server's management controller asks of the next start."""

import pytest

from bmc import BMC
from disks import grub_disk, menuentry
from test_boot import FIRST, expect_target
from test_faults import is_in_flash, start_in

VALID = 0x80
NETWORK, SETUP, STICK = 1 << 2, 6 << 2, 15 << 2
VOID = bytes(5)


@pytest.fixture
def server(start, tmp_path):
    """server(flags): the machine and its BMC; a disk, and a stick that nobody would boot by itself."""
    def power_on(flags, timeout=2, append=""):
        bmc = BMC(tmp_path, flags)
        disk = grub_disk(tmp_path / "disk.img", [FIRST], timeout=timeout)
        stick = grub_disk(tmp_path / "stick.img", [menuentry("Entry Second")], timeout=timeout)
        machine = start(append=append, controllers=[*bmc.options, "-device", "qemu-xhci,id=usb"],
                        disks=[disk, (stick, {"driver": "usb-storage", "bus": "usb.0"})])
        return machine, bmc
    return power_on


def test_boot_from_stick_once(server):
    """It outranks the disk, and is taken back before anything is booted."""
    machine, bmc = server(bytes([VALID, STICK, 0, 0, 0]))
    expect_target(machine, "second", 150)
    assert bmc.flags == VOID
    assert [command for _, command, _ in bmc.asked] == [9, 8]


def test_network_can_not_be_had(server):
    """A BIOS can't be asked for it: that is said, the request is taken back, and the default boots."""
    machine, bmc = server(bytes([VALID, NETWORK, 0, 0, 0]), timeout=5)
    machine.expect_screen(r"asks for a boot from the network, which is not done:\s+this machine's", 100)
    expect_target(machine, "first", 60)
    assert bmc.flags == VOID


@pytest.mark.parametrize("wish, variable, value", [
    (SETUP, "OsIndications", (1).to_bytes(8, "little")),
    pytest.param(NETWORK, "BootNext", (7).to_bytes(2, "little"), marks=pytest.mark.long),
])
def test_asked_of_uefi(start, tmp_path, wish, variable, value):
    """The machine restarts, and its firmware finds what to do then; the request is taken back before."""
    bmc = BMC(tmp_path, bytes([VALID, wish, 0, 0, 0]))
    disk = grub_disk(tmp_path / "disk.img", [FIRST], timeout=300)
    machine = start_in(start, tmp_path, "offer-network", firmware="ovmf", disks=[disk],
                       controllers=bmc.options)
    machine.wait(lambda: not machine.read(0.1), 200, "a restart")
    assert is_in_flash(machine, variable, value)
    assert bmc.flags == VOID


def test_controller_that_does_not_answer(server):
    """The default boots all the same, at once but for the two seconds that an answer may take."""
    machine, bmc = server(None, timeout=0, append="baton.trace")
    begun = float(machine.expect_output(r"trace ([0-9.]+) start", 100)[1])
    jumped = float(machine.expect_output(r"trace ([0-9.]+) jump", 100)[1])
    expect_target(machine, "first", 60)
    assert 1.9 < jumped - begun < 20
    assert [command for _, command, _ in bmc.asked] == [9]
