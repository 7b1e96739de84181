"""Settings that are kept on a disk, where the firmware has no UEFI variables."""

import pytest

import faults
from disks import PARTITION_AT, grub_disk, menuentry
from qemu import run
from test_boot import FIRST, SECOND, expect_target
from test_faults import start_in
from test_writes import power_off

WRITTEN = "default=Entry Second\n"
F10 = "\x1b[21~"


def store(path, name="BATON", text=None, folder="::"):
    """A disk with a FAT partition of that name."""
    part = path.with_suffix(".part")
    run("mkfs.fat", "-C", part, 8 << 10)
    if folder != "::":
        run("mmd", "-i", part, "::/EFI", folder)
    if text:
        (path.parent / "text").write_text(text)
        run("mcopy", "-i", part, path.parent / "text", f"{folder}/baton.conf")
    path.write_bytes(bytes(PARTITION_AT) + part.read_bytes() + bytes(1 << 20))
    run("sfdisk", "-q", path, input=f'label: gpt\nstart=1MiB, size=8MiB, name="{name}"\n')
    part.unlink()
    return path


def kept(image, folder="::"):
    """The store's text, on an image of its disk."""
    image.with_suffix(".part").write_bytes(image.read_bytes()[PARTITION_AT:])
    return run("mtype", "-i", image.with_suffix(".part"), f"{folder}/baton.conf")


@pytest.mark.parametrize("option,reads,reached", [("baton.store=built-in", 8, "second"), ("", 1, "first")])
def test_store_on_another_disk(start, tmp_path, option, reads, reached):
    """Where the store is named, it is waited for although its disk is slow and the config boots at once; else
    no other disk delays the default. One on a stick is not believed."""
    stick = store(tmp_path / "stick.img", text="default=Entry Third\ntimeout=-1\n")
    disk = grub_disk(tmp_path / "disk.img", [FIRST, SECOND, menuentry("Entry Third")], timeout=0)
    slow = faults.quoted({"driver": "throttle", "throttle-group": "slow", "file": {
        "driver": "file",
        "filename": str(store(tmp_path / "kept.img", text="default=Entry Second\nfrobnicate=1\n"))}})
    machine = start(disks=[(stick, {"driver": "usb-storage"}), disk, slow], append=option, controllers=[
        "-device", "qemu-xhci", "-object", f"throttle-group,id=slow,x-iops-read={reads}"])
    expect_target(machine, reached, 60)


def test_store_survives_power_cuts(start, tmp_path, count):
    """`baton settings set` writes what PID 1 then reads; wherever the power fails, the old or the new text."""
    points = 60
    count(points)
    image, log = tmp_path / "kept.img", tmp_path / "log"
    store(image, "ESP", "timeout=0\nwait=9\n", "::/EFI/baton")
    run("cp", image, before := tmp_path / "before.img")
    disk = grub_disk(tmp_path / "disk.img", [FIRST, SECOND])
    machine = start_in(start, tmp_path, "keep", disks=[
        disk, (faults.logging_writes(image, log), {"writable": True})])
    expect_target(machine, "second", 60)
    power_off(machine)
    writes = list(faults.logged_writes(log))
    assert writes
    states = []
    for cut in faults.power_cuts(writes, points):
        states.append(kept(faults.torn(before, tmp_path / "torn.img", cut), "::/EFI/baton"))
        assert states[-1] in ("timeout=0\nwait=9\n", "timeout=0\nwait=9\n" + WRITTEN), states[-1]
    assert WRITTEN not in states[0] and WRITTEN in states[len(writes)]


def test_what_the_menu_changes(start, tmp_path):
    """A setting, which stays; and the commands of an entry, for one boot."""
    image = store(tmp_path / "kept.img")
    disk = grub_disk(tmp_path / "disk.img", [FIRST, SECOND])
    machine = start(disks=[disk, (image, {"writable": True})])
    machine.expect_screen("Entry First")
    machine.press("S", "down", "down", "down", "enter")
    machine.expect_screen("timeout=SECONDS")
    machine.type("\x15" "77\r")
    machine.expect_screen("The setting is kept in ")
    machine.expect_screen(r"timeout +77 \(from the store\)")
    machine.press("q", "end", "d")
    machine.expect_screen('Keep "Entry Second" as the default, from now on')
    machine.press("y")
    machine.expect_screen("The setting is kept in ")
    machine.expect_screen(r"Entry Second  \(default\)")
    machine.press("home", "E")
    machine.expect_screen("Commands, for this boot only")
    machine.press("end", *"edited", "down", "end", "enter", *"bogus")
    machine.type(F10)
    machine.expect_screen(r'/boot/grub/grub.cfg:6: unknown command "bogus"')
    machine.press(*["backspace"] * 6)
    machine.type(F10)
    assert "edited" in expect_target(machine, "first").split()
    assert "default=" in kept(image) and kept(image).startswith("timeout=77\n")
