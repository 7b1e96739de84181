"""Software RAID and LVM: a system that is on them boots, and nothing is written to their disks."""

import re
import shutil
import struct

from disks import ext4_disk, grub_files, lvm_image, make_ext4, menuentry, raid1_disk
from members import ARRAYS, PIECES, member_disks
from test_boot import expect_target


def test_lvm_on_a_degraded_raid(start, tmp_path):
    """The member that missed the last writes is left alone; the config names volumes as GRUB does."""
    new, old = tmp_path / "new.img", tmp_path / "old.img"
    uuid = bytes(range(16)).hex()
    volumes = "lvmid/bbbbbb-bbbbbbbbbbbbbbbbbbbbbbbbbb/cccccc-cccccccccccccccccccccccccc"
    files = grub_files([f"set root='mduuid/{uuid}'\n",
                        f"if [ -f (lvm/test--vg-root)/vmlinuz ]; then set root='{volumes}'; fi\n",
                        menuentry("Entry Right")], timeout=1)
    lvm_image(new, files)
    content = new.read_bytes()
    raid1_disk(old, bytes(len(content)), slot=0, events=7)
    raid1_disk(new, content, slot=1, events=9)
    images = old.read_bytes(), new.read_bytes()
    machine = start(disks=[(old, {"writable": True}), (new, {"writable": True})])
    expect_target(machine, "right", 90)
    machine.close()
    assert (old.read_bytes(), new.read_bytes()) == images


LABELS = [*ARRAYS, "plain", "striped", "mirror", "btrfs"]


def control_disk(path, kernel_from):
    """A disk whose config reads a script from every file system of LABELS, and says which it could not."""
    config = f"""set timeout=-1
lacks=
for label in {' '.join(LABELS)}; do
    n=0
    if search --no-floppy --label $label --set=dev; then source ($dev)/check.cfg; fi
    if [ $n != {PIECES} ]; then lacks="$lacks $label,$n"; fi
done
search --no-floppy --label {kernel_from} --set=root
menuentry "Lacks:$lacks." {{
\tlinux /vmlinuz console=ttyS0 quiet entry=members
\tinitrd /initrd
}}
"""
    return ext4_disk(path, {"/boot/grub/grub.cfg": config}, size_mib=8)


def read_log(machine):
    """All of the log, without the blanks in it: it is wrapped."""
    machine.press("l")
    machine.expect_screen("Log")
    text, last = "", None
    while last != machine.screen():
        last = machine.screen()
        text = re.sub(r"\s", "", last) + text
        machine.press("page up")
        machine.settle(0.5)
    machine.press("escape")
    machine.expect_screen("Boot menu")
    return text


def expect_logged(log, *sentences):
    for sentence in sentences:
        assert re.sub(r"\s", "", sentence) in log, f"{sentence!r} not in {log}"


def expect_nothing_written(machine):
    """Of all disks, by QEMU's count."""
    writes = {drive["device"]: drive["stats"]["wr_operations"] + drive["stats"]["unmap_operations"]
              for drive in machine.qmp("query-blockstats")}
    assert writes and not any(writes.values()), writes


KEEP = ["-no-shutdown"]     # QEMU stays to be asked when the target has ended


def test_whole(start, tmp_path):
    """Every level and place of superblocks, LVM's kinds of volumes, LVM on RAID, btrfs on two disks."""
    disks = [control_disk(tmp_path / "control", "raid0"), *(member_disks() / f"{name}.img" for name in "abcd")]
    machine = start(disks=disks, memory=768, controllers=KEEP)
    machine.expect_screen(r"Lacks:\.", 240)
    expect_logged(read_log(machine),
                  'disks-thin: it is thinly provisioned (LVM\'s type "thin")',
                  'disks-cached: it is cached (LVM\'s type "cache")',
                  "disks-snap: it is a snapshot",
                  "md_raid6: RAID6 \"raid6\" is read from 3 of its 4 disks")
    machine.press("enter")
    expect_target(machine, "members", 120)
    expect_nothing_written(machine)


def test_one_disk_missing(start, tmp_path):
    """The same without the last disk; of raid6, another one was taken out before. Its kernel is computed from parity."""
    disks = [control_disk(tmp_path / "control", "raid6"), *(member_disks() / f"{name}.img" for name in "abc")]
    machine = start(disks=disks, memory=768, controllers=KEEP)
    machine.expect_screen(r"Lacks: raid0,0 btrfs,0\.", 240)
    expect_logged(read_log(machine),
                  'RAID "raid0" on vdb1: 3 of its 4 disks are here and up to date, and RAID0 takes 4',
                  'RAID6 "raid6" is read from 2 of its 4 disks',
                  "disks-lost: a disk of its group is missing",
                  "disks-mirror: found, without one of its mirrors",
                  "vdb12: mount: this btrfs is on several disks, and one of them is missing")
    machine.press("enter")
    expect_target(machine, "members", 120)
    expect_nothing_written(machine)


def test_partitions_of_a_mirror(start):
    """Both disks look as if they had partitions of their own: what is on those is offered from the array, once."""
    machine = start(disks=[member_disks() / "e.img", member_disks() / "f.img"], controllers=KEEP)
    machine.expect_screen("disk Right", 90)
    machine.expect_screen("1 entry")
    machine.expect_screen("md_disk1 ")
    machine.press("D")
    machine.expect_screen("seen on one disk of a RAID array")
    machine.press("escape")
    machine.expect_screen("Boot menu")
    machine.press("enter")
    expect_target(machine, "right", 90)
    expect_nothing_written(machine)


def test_mirror_of_an_unknown_kind(start, tmp_path):
    """An array that can't be put together: what is on its mirrors can be read all the same, as GRUB reads it."""
    whole, last = tmp_path / "whole.img", tmp_path / "last.img"
    shutil.copyfile(member_disks() / "e.img", whole)
    with open(whole, "r+b") as disk:
        disk.seek((64 << 20) - 8192 + 8)
        disk.write(struct.pack("<I", 1 << 20))      # a feature of a later time, …
        disk.seek((64 << 20) - 8192 + 216)
        total = struct.unpack("<I", disk.read(4))[0] + (1 << 20)
        disk.seek(-4, 1)
        disk.write(struct.pack("<I", (total & 0xffffffff) + (total >> 32)))     # … and the sum
    make_ext4(last, grub_files([menuentry("Entry Last")]), 0, 38)
    raid1_disk(last, last.read_bytes(), slot=0, events=9, features=1 << 20)
    machine = start(disks=[whole, last], controllers=KEEP)
    machine.expect_screen("disk Right", 90)
    machine.expect_screen("Entry Last", 90)
    machine.press("end", "enter")
    expect_target(machine, "last", 90)
    expect_nothing_written(machine)


def test_logs_are_not_replayed(start):
    """Power failed while xfs, ext4 with a journal on another disk, and btrfs were written: they are read as they are."""
    disks = [member_disks() / "xfs.img", member_disks() / "g.img"]
    with open(disks[1], "rb") as disk:
        disk.seek((1 + 16 << 20) + 1024 + 0x60)
        assert struct.unpack("<I", disk.read(4))[0] & 4, "ext4's journal needs no recovery"
        disk.seek((1 + 16 + 60 << 20) + (64 << 10) + 0x60)
        assert struct.unpack("<Q", disk.read(8))[0], "btrfs has no log tree"
    machine = start(disks=disks, controllers=KEEP)
    for name in "xfs", "journal", "logtree":
        machine.expect_screen(f"{name} Right", 90)
    machine.press("enter")
    expect_target(machine, "right", 90)
    expect_nothing_written(machine)
