"""The way of a boot: from power-on to a target, with and without a person."""

import subprocess

import pytest

from disks import debian_disk, grub_disk, initrd, menuentry

FIRST, SECOND = menuentry("Entry First"), menuentry("Entry Second")


def expect_target(machine, entry, timeout=90):
    """The target is up, and it is that entry's."""
    machine.expect_output(r"TARGET UP", timeout)
    cmdline = machine.expect_output(r"TARGET CMDLINE ([^\r\n]*)\r")[1].decode()
    machine.expect_output(r"TARGET END")
    assert f"entry={entry}" in cmdline.split(), cmdline
    return cmdline


@pytest.fixture
def disk(tmp_path):
    """Two entries, and half a minute to choose."""
    return grub_disk(tmp_path / "disk.img", [FIRST, SECOND])


def test_debian_boots_by_itself(start):
    """No key pressed: the countdown ends, and Debian asks who is there."""
    machine = start(disks=[debian_disk()], memory=1024)
    machine.expect_screen("Debian GNU/Linux")
    machine.expect_output("debian login: ", 200)
    machine.type("root\n")
    machine.expect_output("# ")
    machine.type("cat /proc/cmdline\n")
    machine.expect_output(r"root=UUID=[0-9a-f-]+ ro console=ttyS0 quiet\r")


def test_debian_boots_by_keys(start):
    """A person stops the countdown, opens the submenu and chooses an entry in it."""
    machine = start(disks=[debian_disk()], memory=1024)
    machine.expect_screen("Booting Debian GNU/Linux")
    machine.press("down")
    machine.expect_screen("Nothing boots until you choose")
    machine.press("enter")
    machine.expect_screen(r"Debian GNU/Linux, with Linux [^ ]+\s*\n")
    machine.press("down", "enter")
    machine.expect_output("debian login: ", 200)


def test_countdown_ends(start, tmp_path):
    machine = start(disks=[grub_disk(tmp_path / "disk.img", [FIRST, SECOND], timeout=3)])
    machine.expect_screen("Entry First")
    expect_target(machine, "first")


def test_timeout_of_zero_boots_at_once(start, tmp_path):
    machine = start(disks=[grub_disk(tmp_path / "disk.img", [FIRST, SECOND], timeout=0)])
    expect_target(machine, "first")


def test_held_key_stops_a_timeout_of_zero(start, tmp_path):
    machine = start(disks=[grub_disk(tmp_path / "disk.img", [FIRST, SECOND], timeout=0)])
    for _ in range(3000):
        machine.press("up")
        if "Nothing boots until you choose" in machine.screen():
            break
    machine.settle(3)
    machine.expect_screen("Nothing boots until you choose", 1)
    machine.press("enter")
    expect_target(machine, "first")


def test_hidden_menu(start, tmp_path):
    """As its configuration wants: only what will be booted, until a key, which does nothing else."""
    disk = grub_disk(tmp_path / "disk.img", ["set timeout_style=hidden\n", FIRST, SECOND], timeout=20)
    machine = start(disks=[disk])
    machine.expect_screen("Any key shows the menu")
    assert "Entry Second" not in machine.screen() and "Booting Entry First" in machine.screen()
    machine.press("enter")
    machine.expect_screen("Nothing boots until you choose")
    machine.press("down", "enter")
    expect_target(machine, "second")


def test_key_stops_the_countdown(start, tmp_path):
    machine = start(disks=[grub_disk(tmp_path / "disk.img", [FIRST, SECOND], timeout=5)])
    machine.expect_screen("Entry First")
    machine.press("down", "up")
    machine.settle(8)
    assert b"TARGET UP" not in machine.output
    machine.expect_screen("Entry First")
    machine.press("enter")
    expect_target(machine, "first")


def test_enter_boots_the_default(start, disk):
    machine = start(disks=[disk])
    machine.expect_screen("Entry First")
    machine.press("enter")
    expect_target(machine, "first", 20)


def test_another_entry(start, disk):
    machine = start(disks=[disk])
    machine.expect_screen("Entry Second")
    machine.press("down", "enter")
    expect_target(machine, "second")


def test_entry_of_a_submenu(start, tmp_path):
    inner = "submenu 'More systems' {\n" + SECOND + "}\n"
    machine = start(disks=[grub_disk(tmp_path / "disk.img", [FIRST, inner])])
    machine.expect_screen("More systems")
    machine.press("down", "enter")
    machine.expect_screen("Entry Second")
    machine.press("down", "enter")
    expect_target(machine, "second")


def test_edited_command_line(start, disk):
    machine = start(disks=[disk])
    machine.expect_screen("Entry First")
    machine.press("e")
    machine.expect_screen("entry=first")
    machine.press("end")
    machine.type(" edited=yes")
    machine.expect_screen("edited=yes")
    machine.press("enter")
    assert "edited=yes" in expect_target(machine, "first").split()


def test_leaving_the_editor_changes_nothing(start, disk):
    machine = start(disks=[disk])
    machine.expect_screen("Entry First")
    machine.press("e")
    machine.expect_screen("entry=first")
    machine.press("end")
    machine.type(" edited=yes")
    machine.expect_screen("edited=yes")
    machine.press("escape")
    machine.expect_screen("Entry Second")
    machine.press("enter")
    assert "edited=yes" not in expect_target(machine, "first")


def test_several_initrds(start, tmp_path):
    entry = menuentry("Entry First", initrds=["/initrd", "/initrd-2", "/initrd-3"])
    files = {f"/initrd-{n}": initrd(f"number{n}", init=False) for n in (2, 3)}
    machine = start(disks=[grub_disk(tmp_path / "disk.img", [entry], timeout=0, files=files)])
    machine.expect_output("TARGET UP", 40)
    said = machine.expect_output(r"(?s)TARGET CMDLINE.*TARGET END")[0].decode()
    for name in ("first", "number2", "number3"):
        assert f"TARGET INITRD {name}\r" in said, said


def test_partition_knows_its_uuid(start, tmp_path):
    """What sysfs says of a partition finds it in its disk's table."""
    disk = tmp_path / "disk.img"
    config = "probe --set=uuid --part-uuid $root\n" + menuentry("Part $uuid")
    grub_disk(disk, [config.replace("'", '"')])
    uuid = subprocess.run(["sfdisk", "--part-uuid", disk, "1"], check=True, capture_output=True,
                          text=True).stdout.strip().lower()
    start(disks=[disk]).expect_screen(f"Part {uuid}")


@pytest.mark.parametrize("bus", ["nvme", "ahci", "virtio-scsi", "usb"])
def test_buses(start, disk, bus):
    """The disk on another kind of controller."""
    properties, extra = {
        "nvme": ({"driver": "nvme", "serial": "1"}, []),
        "ahci": ({"driver": "ide-hd", "bus": "ide.0"}, []),
        "virtio-scsi": ({"driver": "scsi-hd", "bus": "scsi.0"}, ["-device", "virtio-scsi-pci,id=scsi"]),
        "usb": ({"driver": "usb-storage", "bus": "usb.0"}, ["-device", "qemu-xhci,id=usb"]),
    }[bus]
    machine = start(disks=[(disk, properties)], controllers=extra)
    machine.expect_screen("Entry First")
    machine.press("enter")
    expect_target(machine, "first")


def test_uefi(start, disk):
    """The firmware kernel started by UEFI: the memory map, ACPI and the screen come another way."""
    machine = start(disks=[disk], firmware="ovmf")
    machine.expect_screen("Entry Second", 60)
    machine.press("down", "enter")
    expect_target(machine, "second")
