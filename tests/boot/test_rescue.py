"""PID 1 at its end, and its children at theirs: it says so, and there is always a way on."""

import pytest

from disks import cpio, grub_disk, program
from test_boot import FIRST, SECOND, expect_target


@pytest.fixture
def start_with(start, tmp_path):
    """A machine whose PID 1 starts in trouble: see wrap.c."""
    def start_in_trouble(trouble, **options):
        (tmp_path / "extra.cpio").write_bytes(cpio({"wrap": program("wrap")}))
        return start(append=f"rdinit=/wrap trouble={trouble}", **options,
                     controllers=["-initrd", str(tmp_path / "extra.cpio")])
    return start_in_trouble


def test_no_event_loop(start_with):
    """Nothing can be opened: said, and a reboot offered, which ends QEMU (-no-reboot)."""
    machine = start_with("no-descriptors")
    machine.expect_screen(r"baton can't go on: the kernel gives it no event loop")
    machine.expect_screen(r"r +to start it again, +b +to reboot, +p +to power off")
    machine.press("b")
    machine.wait(lambda: not machine.read(0.1), 20, "reboot")


def test_crash_and_retry(start_with, tmp_path):
    """A crash leads to the question, not to a panic; starting again finds everything anew."""
    machine = start_with("crash", disks=[grub_disk(tmp_path / "disk.img", [FIRST, SECOND])])
    machine.expect_output(r"baton can't go on: it reached for memory that is not its own")
    machine.press("x")                  # no key of it
    machine.press("r")
    machine.expect_screen("Entry Second")
    machine.press("down", "enter")
    expect_target(machine, "second")


def test_crash_and_power_off(start_with):
    machine = start_with("crash")
    machine.expect_output(r"baton can't go on")
    machine.press("p")
    machine.wait(lambda: not machine.read(0.1), 20, "power-off")


def test_children_killed_again_and_again(start_with, tmp_path):
    """Probes, menus and loaders die for five seconds; then the default is booted all the same."""
    disk = grub_disk(tmp_path / "disk.img", [FIRST, SECOND], timeout=10)
    machine = start_with("kill-children", disks=[disk])
    expect_target(machine, "first", timeout=90)
