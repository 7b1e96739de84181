"""Disks that come and go, and a menu on every console."""

import os
import pathlib
import re
import socket
import struct

import pyte

import vga
from disks import grub_disk, menuentry
from qemu import FIRMWARE_KERNEL
from test_boot import FIRST, SECOND, expect_target


def test_hot_plug(start, tmp_path):
    """A disk appears in the open menu; it boots."""
    machine = start(disks=[grub_disk(tmp_path / "first.img", [FIRST])])
    machine.expect_screen("Entry First")
    machine.press("up")
    machine.plug(grub_disk(tmp_path / "second.img", [SECOND]))
    machine.expect_screen("Entry Second")
    machine.press("end", "enter")
    expect_target(machine, "second")


def test_unplug(start, tmp_path):
    """A disk that is pulled out takes its entries with it; the others still boot."""
    machine = start(disks=[grub_disk(tmp_path / "first.img", [FIRST])])
    machine.expect_screen("Entry First")
    machine.press("up")
    disk = machine.plug(grub_disk(tmp_path / "second.img", [SECOND]))
    machine.expect_screen("Entry Second")
    machine.unplug(disk)
    machine.expect_screen_without("Entry Second")
    machine.expect_screen("Entry First")
    machine.press("home", "enter")
    expect_target(machine, "first")


def expect_picture(machine, name, font):
    """The VGA screen is the stored one, which a person has looked at. UPDATE=1 stores it anew."""
    machine.settle(1)
    path = pathlib.Path(__file__).parent / "screens" / f"{name}.txt"
    picture = vga.picture(machine.screenshot(), font)
    if os.environ.get("UPDATE"):
        path.write_text(picture)
    assert picture == path.read_text(), f"the screen is not tests/boot/screens/{name}.txt"


def test_screen_and_keyboard(start, tmp_path):
    """The same menu on VGA in text mode, where the keyboard moves the bar and boots."""
    disk = grub_disk(tmp_path / "disk.img", [FIRST, SECOND])
    machine = start(disks=[disk], append="console=tty0 console=ttyS0,115200 quiet")
    machine.expect_screen("Entry Second")
    machine.press_on_keyboard("down")
    machine.expect_screen("Nothing boots until you choose")
    expect_picture(machine, "text", vga.bios_font())
    machine.press_on_keyboard("ret")
    expect_target(machine, "second")


def test_framebuffer(start, tmp_path):
    """And on the framebuffer that UEFI leaves, where there is room for more; in German, as its font can."""
    machine = start(disks=[grub_disk(tmp_path / "disk.img", [FIRST, SECOND])], firmware="ovmf",
                    append="console=tty0 console=ttyS0,115200 quiet baton.lang=de")
    machine.expect_screen("Entry Second", 60)
    machine.press_on_keyboard("down")
    machine.expect_screen("Es startet nichts, bis Sie wählen")
    expect_picture(machine, "framebuffer", vga.kernel_font(FIRMWARE_KERNEL))


class Line:
    """The other end of a second serial port, with a terminal that answers no questions."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(path))
        self.socket.settimeout(0.05)
        self.screen = pyte.Screen(80, 24)
        self.stream = pyte.ByteStream(self.screen)

    def read(self):
        try:
            self.stream.feed(self.socket.recv(1 << 16))
        except TimeoutError:
            pass

    def shows(self, pattern):
        self.read()
        return re.search(pattern, "\n".join(self.screen.display))


def spcr(port, baud):
    """ACPI's table of the firmware's serial console: a 16550 at an I/O port (revision 2)."""
    body = struct.pack("<B3xBBBBQBBIBBBBBB", 0, 1, 8, 0, 0, port, 3, 3, 3, baud, 0, 1, 0, 0, 0)
    body = body.ljust(80 - 36, b"\0")
    return b"SPCR" + struct.pack("<IBB6s8sI4sI", 80, 2, 0, b"TEST", b"TEST", 1, b"TEST", 1) + body


def test_the_firmwares_console(start, tmp_path):
    """Where ACPI's SPCR says that the firmware has its console there is a menu, too."""
    (tmp_path / "spcr").write_bytes(spcr(0x2f8, 7))
    machine = start(disks=[grub_disk(tmp_path / "disk.img", [FIRST, SECOND])], controllers=[
        "-serial", f"unix:{tmp_path}/line,server=on,wait=off", "-acpitable", f"file={tmp_path}/spcr"])
    machine.wait((tmp_path / "line").exists, 20, "QEMU's second serial port")
    line = Line(tmp_path / "line")
    machine.wait(lambda: line.shows("Entry Second"), 40, "the menu on the firmware's console")
    machine.press("p")
    machine.expect_screen(r"Consoles +tty1 ttyS0 ttyS1")
    line.socket.send(b"\033[B\r")
    expect_target(machine, "second")


def test_the_hypervisors_console(start, tmp_path):
    """hvc0, of which only the command line tells: a terminal as any other."""
    machine = start(disks=[grub_disk(tmp_path / "disk.img", [FIRST, SECOND])], controllers=[
        "-device", "virtio-serial-pci", "-device", "virtconsole,chardev=hvc",
        "-chardev", f"socket,id=hvc,path={tmp_path}/line,server=on,wait=off"],
        append="console=hvc0 console=ttyS0,115200 quiet")
    machine.wait((tmp_path / "line").exists, 20, "QEMU's virtual console")
    line = Line(tmp_path / "line")
    machine.wait(lambda: line.shows("Entry Second"), 40, "the menu on the virtual console")
    line.socket.send(b"\033[B\r")
    expect_target(machine, "second")


def test_help_names_the_keys(start, tmp_path):
    machine = start(disks=[grub_disk(tmp_path / "disk.img", [FIRST])])
    machine.expect_screen("Entry First")
    machine.expect_screen(r"(?s)Enter\W+boot.*\be\W+edit.*help")
    machine.press("?")
    machine.expect_screen(r"edit kernel, initrds and command line")
    machine.press("escape")
    machine.expect_screen("Entry First")


def test_many_entries(start, tmp_path):
    """A thousand lines, and the last one can be reached and booted."""
    entries = [menuentry(f"Entry {n}") for n in range(999)] + [menuentry("Entry Last")]
    machine = start(disks=[grub_disk(tmp_path / "disk.img", entries)])
    machine.expect_screen("Entry 0")
    machine.press("end")
    machine.expect_screen("Entry Last")
    machine.press("enter")
    expect_target(machine, "last")
