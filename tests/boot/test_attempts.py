"""Starts that are counted by baton itself, and what the booted system can read of its start."""

from disks import cpio, grub_disk, menuentry, program
from qemu import BUILD, TOP
from test_boot import FIRST, expect_target
from test_faults import start_in
from test_settings import store
from test_writes import power_off


def test_system_that_never_confirms(start, tmp_path):
    """It is passed over after its attempts, for one that then does, and that reads why it was booted."""
    kept = store(tmp_path / "kept.img", text="attempts=1\n")
    baton = (TOP / BUILD / "x86_64/baton").read_bytes()
    second = menuentry("Entry Second", initrds=["/system"], options="-- /baton log --last-boot")
    disk = grub_disk(tmp_path / "disk.img", [FIRST, second], timeout=1, files={
        "/system": cpio({"init": program("command"), "baton": baton})})
    disks = [disk, (kept, {"writable": True})]

    machine = start(disks=disks)
    expect_target(machine, "first")
    power_off(machine)
    for confirmed in False, True:
        machine = start_in(start, tmp_path, "confirm", disks=disks) if confirmed else start(disks=disks)
        machine.expect_output('booted "Entry Second", [0-9a-f]{16}, of vda1\r', 60)
        machine.expect_output('because .*"Entry First" was started 1 times and never confirmed')
        machine.expect_output(r" [0-9.]+ s  the default was known\r")
        machine.expect_output("vda1: /boot/grub/grub.cfg: 2 entries")
        machine.expect_output("COMMAND STATUS 0")
        machine.close()
