"""What a boot leaves on the disk: what the entry's own loader would have written, and nothing else."""

import re
import struct

import faults
from disks import PARTITION_AT, ext4_disk, grub_disk, initrd, kernel, menuentry
from qemu import run
from test_boot import FIRST, SECOND, expect_target

SIGNATURE = "# GRUB Environment Block\n"

# As Debian's and Ubuntu's grub-mkconfig begin their files, with what one of their entries does.
HEADER = """
if [ -s $prefix/grubenv ]; then
  set have_grubenv=true
  load_env
fi
if [ "${next_entry}" ] ; then
   set default="${next_entry}"
   set next_entry=
   save_env next_entry
   set boot_once=true
else
   set default="${saved_entry}"
fi
function savedefault {
  if [ -z "${boot_once}" ]; then
    saved_entry="${chosen}"
    save_env saved_entry
  fi
}
function recordfail {
  set recordfail=1
  if [ -n "${have_grubenv}" ]; then if [ -z "${boot_once}" ]; then save_env recordfail; fi; fi
}
"""


def saving(entry):
    """The entry, remembered when it is booted."""
    return entry.replace("{\n", "{\n\tsavedefault\n\trecordfail\n", 1)


def environment(text, size=1024):
    return (SIGNATURE + text).ljust(size, "#")


def debugfs(disk, command):
    """A line of debugfs(8) on the disk's file system, as it is without replaying its journal."""
    return run("debugfs", "-R", command, f"{disk}?offset={PARTITION_AT}").partition("\n")[2]


def saved(disk):
    """The lines of the environment block."""
    block = debugfs(disk, "cat /boot/grub/grubenv")
    assert block.startswith(SIGNATURE), block
    return block.removeprefix(SIGNATURE).rstrip("#\n").split("\n")


def check(disk):
    """The file system is whole, and was unmounted in order."""
    part = disk.with_suffix(".part")
    part.write_bytes(disk.read_bytes()[PARTITION_AT:])
    run("e2fsck", "-fn", part)
    assert "needs_recovery" not in run("dumpe2fs", "-h", part)


def power_off(machine):
    machine.wait(lambda: not machine.read(0.1), 20, "power-off")


def test_grub_environment(start, tmp_path):
    """next_entry for one boot, then a choice that is remembered: in place, size and blocks unchanged."""
    disk = grub_disk(tmp_path / "disk.img", [HEADER, saving(FIRST), saving(SECOND)], timeout=1, files={
        "/boot/grub/grubenv": environment("saved_entry=0\nnext_entry=Entry Second\nother=x\\\\y\n")})
    blocks = debugfs(disk, "blocks /boot/grub/grubenv")

    machine = start(disks=[(disk, {"writable": True})])
    expect_target(machine, "second")
    power_off(machine)
    assert saved(disk) == ["saved_entry=0", "next_entry=", "other=x\\\\y"]
    check(disk)

    machine = start(disks=[(disk, {"writable": True})])
    machine.expect_screen("Booting Entry First")
    machine.press("down", "enter")
    expect_target(machine, "second")
    power_off(machine)
    assert saved(disk) == ["saved_entry=Entry Second", "next_entry=", "other=x\\\\y", "recordfail=1"]
    assert debugfs(disk, "blocks /boot/grub/grubenv") == blocks
    assert re.search(r"Size: 1024\b", debugfs(disk, "stat /boot/grub/grubenv"))
    check(disk)


def vector(item):
    """SYSLINUX's auxiliary data vector, twice, with one item in it."""
    data = item.ljust(500, b"\0")
    check_sum = (0xa3041767 - sum(struct.unpack("<125I", data))) & 0xffffffff
    return 2 * (struct.pack("<II", 0x5a2d2fa5, check_sum) + data + struct.pack("<I", 0xdd28bf64))


def test_extlinux_once(start, tmp_path):
    """`extlinux --once` is carried out and forgotten, in a file that is immutable before and after."""
    program = bytes(range(256)) * 229 + b"end"
    label = "".join(f"LABEL {name}\n LINUX /vmlinuz\n INITRD /initrd\n APPEND console=ttyS0 quiet entry={name}\n"
                    for name in ("old", "new"))
    disk = ext4_disk(tmp_path / "disk.img", {
        "/vmlinuz": kernel(), "/initrd": initrd(),
        "/boot/extlinux/extlinux.conf": "DEFAULT old\n" + label,
        "/boot/extlinux/ldlinux.sys": program + vector(b"\x01\x03new")})
    run("debugfs", "-w", "-R", "sif /boot/extlinux/ldlinux.sys flags 0x80010",
        f"{disk}?offset={PARTITION_AT}")

    machine = start(disks=[(disk, {"writable": True})])
    expect_target(machine, "new")
    power_off(machine)
    run("debugfs", "-R", f"dump /boot/extlinux/ldlinux.sys {tmp_path / 'after'}", f"{disk}?offset={PARTITION_AT}")
    assert (tmp_path / "after").read_bytes() == program + vector(b"")
    assert "Flags: 0x80010" in debugfs(disk, "stat /boot/extlinux/ldlinux.sys")
    check(disk)


def counters(image):
    """The names of its entries, on an image of a disk whose file system is FAT."""
    part = image.with_suffix(".part")
    part.write_bytes(image.read_bytes()[PARTITION_AT:PARTITION_AT + (64 << 20)])
    names = run("mdir", "-b", "-i", part, "::/loader/entries").split()
    return sorted(path.rpartition("/")[2] for path in names if path.endswith(".conf"))


def check_counted(part, content):
    """What the next system's check of its file systems makes of a FAT: the entry is there, whole, by either name."""
    run("sh", "-c", 'fsck.fat -a "$0" || test $? = 1', part)
    run("fsck.fat", "-n", part)
    names = run("mdir", "-b", "-i", part, "::/loader/entries").split()
    assert content in [run("mtype", "-i", part, name).encode() for name in names if "/new+" in name], names


def test_boot_counting(start, tmp_path):
    """
    An entry's tries are counted in its name, on vfat, where no power cut takes both names from it; one
    whose tries are used up is not the default.
    """
    part, disk, log = tmp_path / "disk.part", tmp_path / "disk.img", tmp_path / "log"
    run("mkfs.fat", "-C", "-F", "16", "-s", "4", part, 64 << 10)     # a folder is one cluster
    run("mmd", "-i", part, "::/loader", "::/loader/entries")
    files = {"::/vmlinuz": kernel(), "::/initrd": initrd(), "::/loader/loader.conf": b"timeout 1\n"}
    for name in "old", "new+1-2":
        words = f"console=ttyS0 quiet entry={name[:3]}"
        files[f"::/loader/entries/{name}.conf"] = (
            f"title {name[:3]}\nsort-key {'a' if name[0] == 'n' else 'b'}\n"
            f"linux /vmlinuz\ninitrd /initrd\noptions {words}\n").encode()
    # so many that the old and the new name are not in the same sector of the directory
    files.update({f"::/loader/entries/OTHER{number}": b"" for number in range(10)})
    for name, data in files.items():
        (tmp_path / "file").write_bytes(data)
        run("mcopy", "-i", part, tmp_path / "file", name)
    disk.write_bytes(bytes(PARTITION_AT) + part.read_bytes() + bytes(1 << 20))
    run("sfdisk", "-q", disk, input="label: gpt\nstart=1MiB, size=64MiB\n")
    run("cp", disk, before := tmp_path / "before.img")

    for expected in "new", "old":
        written = faults.logging_writes(disk, log) if expected == "new" else disk
        machine = start(disks=[(written, {"writable": True})])
        expect_target(machine, expected)
        power_off(machine)
        assert counters(disk) == ["new+0-3.conf", "old.conf"]
        run("fsck.fat", "-n", part)
    for kept in faults.power_cuts(list(faults.logged_writes(log)), 80):
        torn = faults.torn(before, tmp_path / "torn.img", kept)
        assert {"new+0-3.conf", "new+1-2.conf"} & {*counters(torn)}
        check_counted(torn.with_suffix(".part"), files["::/loader/entries/new+1-2.conf"])
