"""What the target gets from baton: its parts, and the machine as the firmware gave it."""

import collections
import json
import re
import struct

import pytest

from disks import cpio, debian_disk, ext4_disk, grub_disk, initrd, kernel, menuentry, program
from qemu import BUILD, TOP, run


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


# The machine ----------------------------------------------------------------------------------------

# Fields of boot_params (zero-page.rst): offset, length. The rest is the kernel's own header, or differs
# between any two boots: addresses of what the loader placed, the cursor.
SAME_PARAMS = {
    "screen mode": (0x06, 0x3a),
    "IST information": (0x60, 16),
    "Secure Boot": (0x1ec, 1),
    "EFI loader signature, system table": (0x1c0, 8),
    "EFI system table, high half": (0x1d8, 4),
}

# Regions that are of the firmware whoever boots; others hold what was allocated in this boot.
RUNTIME_TYPES = {"0x5": "code", "0x6": "data", "0xb": "memory-mapped I/O", "0xd": "PAL code"}


def efivarfs(directory):
    """The module of Debian's kernel that reads EFI's variables."""
    disk = f"{debian_disk()}?offset={18 << 20}"
    release = re.search(rb"\d+\.\d+\.\d+-\S+-amd64", kernel())[0].decode()
    path = f"/lib/modules/{release}/kernel/fs/efivarfs/efivarfs.ko"
    run("debugfs", "-R", f"dump {path} {directory}/efivarfs.ko", disk)
    return (directory / "efivarfs.ko").read_bytes()


def look_around(machine):
    """What the target finds, as {kind: [lines]}, and how its screen looks."""
    machine.expect_output("TARGET UP", 100)
    said = machine.expect_output(r"(?s).*?TARGET END", 30)[0].decode().replace("\r", "")
    found = collections.defaultdict(list)
    for kind, line in re.findall(r"(?m)^TARGET (\w+)[ |]?(.*)$", said):
        found[kind].append(line)
    width, height, pixels = machine.screenshot()
    lit = sum(any(pixels[i:i + 3]) for i in range(0, len(pixels), 3))
    assert lit > width * height // 100, "the target's screen is dark"
    found["SCREEN"] = [f"{width}x{height}"]
    return found


def essence(found):
    """The part that the firmware determines."""
    params = bytes.fromhex(found["PARAMS"][0])
    same = {name: params[at:at + size].hex() for name, (at, size) in SAME_PARAMS.items()}
    for kind in ("MEMORY", "FRAMEBUFFER", "SCREEN"):
        same[kind] = found[kind]
    same["RUNTIME"] = sorted(line for line in found["RUNTIME"] if line.split("|")[0] in RUNTIME_TYPES)
    same["VARIABLE"] = sorted(found["VARIABLE"])
    for line in found["LOG"]:
        if line.startswith("efi: ") and "=" in line:
            # the firmware's tables; some it makes anew at each start, and INITRD is that of its loader
            same["tables"] = sorted(re.findall(r"(?:ACPI|ACPI 2.0|SMBIOS|SMBIOS 3.0|ESRT)=\S+", line))
        elif not line.startswith("efi: Freeing"):
            same[line.split()[0]] = line
    return same


@pytest.mark.parametrize("firmware, memory, megabytes", [
    ("seabios", 1024, 0), ("ovmf", 1024, 0), ("seabios", 6144, 0), ("ovmf", 6144, 100)])
def test_machine_is_as_the_firmware_gave_it(start, tmp_path, firmware, memory, megabytes):
    """The same kernel, started by the firmware itself and by baton, finds the same machine."""
    archive = cpio({"init": program("handover"), "efivarfs.ko": efivarfs(tmp_path),
                    "baton": (TOP / BUILD / "x86_64/baton").read_bytes(),
                    "ballast": bytes(range(256)) * (megabytes << 12)})
    disk = grub_disk(tmp_path / "disk.img", [menuentry("Entry First", options="console=tty0")],
                     timeout=0, files={"/initrd": archive}, size_mib=megabytes + 40)
    (tmp_path / "vmlinuz").write_bytes(kernel())
    (tmp_path / "initrd").write_bytes(archive)
    direct = start(disks=[disk], memory=memory, firmware=firmware, kernel=tmp_path / "vmlinuz",
                   append="console=ttyS0 quiet console=tty0",
                   controllers=["-initrd", str(tmp_path / "initrd")])
    expected = essence(look_around(direct))
    direct.close()
    machine = start(disks=[disk], memory=memory, firmware=firmware)
    all_found = look_around(machine)
    found = essence(all_found)
    assert found == expected
    assert found["MEMORY"] and "ACPI:" in found
    if firmware == "ovmf":
        assert found["VARIABLE"] and found["RUNTIME"] and found["FRAMEBUFFER"] == ["0 EFI VGA"]
    checks = {check["name"]: check for check in json.loads(all_found["DOCTOR"][0])["checks"]}
    assert [check for check in checks.values() if check["verdict"] != "ok"] == []
    assert checks["kexec_load"]["text"] == "works"
    assert checks["EFI"]["text"].endswith("regions of runtime services") == (firmware == "ovmf")
    assert checks["screen"]["text"].startswith("1280 x 800" if firmware == "ovmf" else "VGA text")
