"""The power fails while something is written: wherever that is, the old or the new state is there.

The disk's writes are logged; the states that a power cut could leave are made of them, and each is
mounted as the next start would and then checked with its file system's own tool.
"""

import os
import pathlib
import tempfile

import pytest

import faults
from disks import cpio, grub_disk, grub_files, program
from qemu import run
from test_boot import FIRST, expect_target
from test_writes import HEADER, SIGNATURE, debugfs, environment, power_off, saving

ALL = os.environ.get("BATON_FAULTS") == "all"
OLD, NEW = "saved_entry=0\n", "saved_entry=Entry First\nrecordfail=1\n"

# A superblock of ext4 that is torn between its two sectors takes the check that an initramfs makes; btrfs
# has its sectors of 4 KiB written whole, as disks with such sectors do.
BEFORE = {"ext4": 'e2fsck -fy "$0" || test $? = 1', "xfs": "true", "btrfs": "true"}
UNIT = {"btrfs": 4096}
AFTER = {"ext4": ("e2fsck", "-fn"), "xfs": ("xfs_repair", "-n"), "btrfs": ("btrfs", "check", "--readonly")}

# A machine has interrupts for that many; each is one function of a slot.
DISKS_MOST, FIRST_SLOT, FUNCTIONS = 60, 8, 8


def replay(start, tmp_path, images):
    """Mount every image once, in machines that do nothing else: {number: its environment block}."""
    blocks = {}
    for first in range(0, len(images), DISKS_MOST):
        some = replay_some(start, tmp_path, images[first:first + DISKS_MOST])
        blocks |= {first + number: block for number, block in some.items()}
    return blocks


def replay_some(start, tmp_path, images):
    (tmp_path / "replay.cpio").write_bytes(cpio({"replay": program("replay")}))
    disks = [(image, {"writable": True, "serial": str(number), "multifunction": True,
                      "addr": f"{FIRST_SLOT + number // FUNCTIONS:#x}.{number % FUNCTIONS}"})
             for number, image in enumerate(images)]
    machine = start(disks=disks, ports=0, append="rdinit=/replay loglevel=1",
                    controllers=["-initrd", str(tmp_path / "replay.cpio"), "-bios", "qboot.rom"])
    blocks = {}
    for _ in images:
        match = machine.expect_output(r"REPLAY (\d+):([^\r\n]*)\r", 120)
        blocks[int(match[1])] = match[2].decode().replace("|", "\n")
    machine.expect_output("REPLAY END", 60)
    power_off(machine)
    return blocks


@pytest.mark.parametrize("kind, points", [("ext4", 60), ("xfs", 50), ("btrfs", 50)])
def test_power_cuts(start, tmp_path, count, kind, points):
    """An environment block is written: through the kernel's file system, where GRUB could not."""
    points *= 5 if ALL else 1
    files = grub_files([HEADER, saving(FIRST)], timeout=1) | {"/boot/grub/grubenv": environment(OLD)}
    files = {name: data.encode() if isinstance(data, str) else data for name, data in files.items()}
    disk, log = faults.formatted(tmp_path / "disk.img", kind, files), tmp_path / "log"
    run("cp", "--sparse=always", disk, before := tmp_path / "before.img")
    machine = start(disks=[(faults.logging_writes(disk, log), {"writable": True})])
    expect_target(machine, "first", 60)
    power_off(machine)
    writes = list(faults.logged_writes(log))
    assert writes, "nothing was written"
    with tempfile.TemporaryDirectory(dir=tmp_path) as directory:
        torn = []
        for number, kept in enumerate(faults.power_cuts(writes, points, UNIT.get(kind, faults.SECTOR))):
            torn.append(faults.torn(before, pathlib.Path(directory) / f"{number}.img", kept))
            run("sh", "-c", BEFORE[kind], torn[-1])
        count(len(torn))
        blocks = replay(start, tmp_path, torn)
        for image in torn:
            run(*AFTER[kind], image)
    assert {*blocks.values()} == {environment(OLD), environment(NEW)}
    assert blocks[0] == environment(OLD) and blocks[len(writes)] == environment(NEW)


def test_journal_is_not_replayed_for_nothing(start, tmp_path, count):
    """Two disks with journals that are due; the one that the entry saves to is replayed, the other not."""
    count(1)
    saves = grub_disk(tmp_path / "saves.img", [HEADER, saving(FIRST)], timeout=1, files={
        "/boot/grub/grubenv": environment(OLD)})
    other = grub_disk(tmp_path / "other.img", [FIRST], timeout=1)
    for disk in saves, other:
        run("debugfs", "-w", "-R", "feature needs_recovery", f"{disk}?offset={1 << 20}")
    was = other.read_bytes()
    machine = start(disks=[(saves, {"writable": True}), (other, {"writable": True})])
    machine.expect_screen("vdb1", 60)
    expect_target(machine, "first", 60)
    power_off(machine)
    assert other.read_bytes() == was
    assert "needs_recovery" not in debugfs(saves, "stats").partition("Filesystem flags")[0]
    assert debugfs(saves, "cat /boot/grub/grubenv").startswith(SIGNATURE + NEW)
