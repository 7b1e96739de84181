"""What the target gets from baton: its parts, and the machine as the firmware gave it."""

import struct

from disks import ext4_disk, grub_disk, initrd, kernel, menuentry


def unified_image(sections):
    """A PE file of (name, bytes) sections: a unified kernel image without the part that firmware runs."""
    table, content = b"", b""
    start = 0x1000
    for name, data in sections:
        padded = data + bytes(-len(data) % 512)
        table += struct.pack("<8sIIII16x", name.encode(), len(data), 0x10000 + len(content), len(padded),
                             start + len(content))
        content += padded
    header = b"MZ".ljust(0x3c, b"\0") + struct.pack("<I", 0x40)
    coff = b"PE\0\0" + struct.pack("<HHIIIHH", 0x8664, len(sections), 0, 0, 0, 0, 0x22)
    return (header + coff + table).ljust(start, b"\0") + content


def parts(machine):
    """What the target says: its command line, and the names of its initrds."""
    machine.expect_output("TARGET UP", 40)
    cmdline = machine.expect_output(r"TARGET CMDLINE ([^\r\n]*)\r")[1].decode()
    said = machine.expect_output(r"(?s).*?TARGET END")[0].decode()
    return cmdline, {line.split()[2] for line in said.splitlines() if line.startswith("TARGET INITRD")}


def test_unified_kernel_image(start, tmp_path):
    """A profile of an image that holds everything, on a disk without any other configuration."""
    image = unified_image([
        (".linux", kernel()),
        (".osrel", b"ID=test\nPRETTY_NAME=Unified\n"),
        (".initrd", initrd("inside")),
        (".ucode", initrd("microcode", init=False)),
        (".cmdline", b"console=ttyS0 quiet entry=base\n"),
        (".profile", b"ID=normal\n"),
        (".profile", b"ID=rescue\nTITLE=Rescue\n"),
        (".cmdline", b"console=ttyS0 quiet entry=rescue\n"),
    ])
    machine = start(disks=[ext4_disk(tmp_path / "disk.img", {"/EFI/Linux/unified.efi": image})])
    machine.expect_screen("Rescue")
    machine.press("down", "enter")
    assert parts(machine) == ("console=ttyS0 quiet entry=rescue", {"inside", "microcode"})


def test_file_put_into_the_initramfs(start, tmp_path):
    """GRUB's newc:NAME:FILE."""
    entry = menuentry("Entry First", initrds=["/initrd", "newc:initrd-named:/some/file"])
    machine = start(disks=[grub_disk(tmp_path / "disk.img", [entry], timeout=0,
                                     files={"/some/file": "content"})])
    assert parts(machine)[1] == {"first", "named"}
