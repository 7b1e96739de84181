"""The fault matrix: each run ends in a boot, or in a reset where nothing else is left."""

import faults
from disks import PARTITION_AT, cpio, grub_disk, menuentry, program
from qemu import run
from test_boot import FIRST, expect_target
from test_writes import HEADER, environment, power_off, saving


def report(name, count):
    """The count is what the matrix is judged by."""
    print(f"\nfault matrix: {name}: {count} cases, all ended as they should")


def test_power_cuts(start, tmp_path):
    """Wherever the power fails while the environment is written, the old or the new one is there."""
    disk = grub_disk(tmp_path / "disk.img", [HEADER, saving(FIRST)], timeout=1, files={
        "/boot/grub/grubenv": environment("saved_entry=0\n")})
    image, part, log = disk.read_bytes(), tmp_path / "part.img", tmp_path / "log"
    machine = start(disks=[(faults.logging_writes(disk, log), {"writable": True})])
    expect_target(machine, "first", 60)
    power_off(machine)
    writes = list(faults.logged_writes(log))
    states = []
    for torn in faults.power_cuts(image, writes, 60):
        part.write_bytes(torn[PARTITION_AT:])
        run("sh", "-c", 'e2fsck -fy "$0" || test $? = 1', part)     # as the next start would: its journal
        run("e2fsck", "-fn", part)
        block = run("debugfs", "-R", "cat /boot/grub/grubenv", part).partition("\n")[2]
        states.append(block == environment("saved_entry=Entry First\nrecordfail=1\n"))
        assert states[-1] or block == environment("saved_entry=0\n"), block
    assert not states[0] and states[len(writes)]
    report("power cuts", len(states))


def start_in(start, tmp_path, trouble, append="", controllers=(), **options):
    """A machine whose PID 1 starts in trouble: see wrap.c."""
    (tmp_path / "extra.cpio").write_bytes(cpio({"wrap": program("wrap")}))
    return start(append=f"rdinit=/wrap trouble={trouble} {append}", **options,
                 controllers=["-initrd", str(tmp_path / "extra.cpio"), *controllers])


def test_children_killed_at_random(start, tmp_path):
    """Any child, at any moment, 500 times; then the default is booted all the same."""
    machine = start_in(start, tmp_path, "kill-one",
                       disks=[grub_disk(tmp_path / "disk.img", [FIRST], timeout=20)])
    expect_target(machine, "first", timeout=180)
    report("children killed", 500)


def test_storm_of_events(start, tmp_path):
    """The kernel announces each disk again, 5,000 times, on a machine that is short of memory."""
    disks = [grub_disk(tmp_path / f"{name}.img", [FIRST], timeout=3) for name in "ab"]
    machine = start_in(start, tmp_path, "storm", disks=disks, memory=160)
    expect_target(machine, "first", timeout=120)
    report("storm", 1)


def test_watchdog(start, tmp_path):
    """PID 1 stands still, and the machine is reset, which ends QEMU; a boot leaves it stopped."""
    device = ["-device", "i6300esb"]
    machine = start_in(start, tmp_path, "stop", append="baton.watchdog=8", controllers=device)
    machine.wait(lambda: not machine.read(0.1), 60, "reset")
    machine = start(disks=[grub_disk(tmp_path / "disk.img", [FIRST], timeout=9)],
                    append="baton.watchdog=4", controllers=device)
    expect_target(machine, "first", timeout=60)
    report("watchdog", 2)


def is_in_flash(machine, name, value):
    """Does the firmware's flash hold this variable, and none of that name with another value?

    Authenticated variables (MdeModulePkg's VariableFormat.h): 0x55AA, state 0x3F while it counts.
    """
    flash = (machine.directory / "vars").read_bytes()
    name = (name + "\0").encode("utf-16-le")
    found = []
    at = flash.find(name)
    while at >= 0:
        header = flash[at - 60:at]
        if header[:2] == b"\xaa\x55" and header[2] == 0x3F:
            size = int.from_bytes(header[40:44], "little")
            found.append(flash[at + len(name):at + len(name) + size])
        at = flash.find(name, at + 1)
    return found == ([] if value is None else [value])


THIRD = "title Third\nlinux /vmlinuz\ninitrd /initrd\noptions console=ttyS0 quiet entry=third\n"


def test_uefi_variables(start, tmp_path):
    """A store in a UEFI variable, what was asked for once, and what the system is told in turn."""
    disk = grub_disk(tmp_path / "disk.img", [FIRST, menuentry("Entry Second")], timeout=300,
                     files={"/loader/entries/third.conf": THIRD})
    machine = start_in(start, tmp_path, "ask", firmware="ovmf", disks=[disk])
    expect_target(machine, "third", timeout=100)
    assert is_in_flash(machine, "LoaderInfo", "baton\0".encode("utf-16-le"))
    assert is_in_flash(machine, "LoaderEntryOneShot", None)
    assert is_in_flash(machine, "LoaderConfigTimeoutOneShot", None)
    assert is_in_flash(machine, "BatonSettings", b"default=Entry Second\n")
    assert is_in_flash(machine, "LoaderEntrySelected", "third.conf\0".encode("utf-16-le"))
    power_off(machine)
    machine = start(firmware="ovmf", disks=[disk], variables=machine.directory / "vars",
                    append="baton.timeout=1")
    expect_target(machine, "second", timeout=100)
