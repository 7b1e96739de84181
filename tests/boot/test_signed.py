"""Signatures: what an administrator's baton loads on a machine with Secure Boot, whose kernel is locked down."""

import json
import pathlib
import struct
import subprocess

import pytest

from disks import cpio, debian_disk, grub_disk, initrd, kernel, menuentry, package, program
from qemu import BUILD, OVMF, TOP, run
from test_boot import SECOND, expect_target
from test_handover import parts, unified_image

BATON = (TOP / BUILD / "x86_64/baton").resolve()
CERTIFICATES = 4    # the row of the optional header's directories (PE format, "Optional Header Data Directories")


def certificates(image):
    """Where the row of a PE's signatures is, and what it says: offset and size in the file."""
    header = struct.unpack_from("<I", image, 0x3c)[0] + 24
    at = header + 112 + 8 * CERTIFICATES
    return at, *struct.unpack_from("<II", image, at)


def without_signature(image):
    row, at, size = certificates(image)
    assert size, "Debian's kernel is not signed"
    return image[:row] + bytes(8) + image[row + 8:at]


def changed(image):
    """Signed, and then another byte: of the kernel's code."""
    middle = len(image) // 2
    return image[:middle] + bytes([image[middle] ^ 1]) + image[middle + 1:]


def systems():
    """Folders as an administrator's /, {name: {path: bytes}}."""
    config = menuentry("Entry First").encode()
    unified = unified_image([(".linux", kernel()), (".osrel", b"ID=test\nPRETTY_NAME=Unified\n"),
                             (".initrd", initrd("inside")), (".cmdline", b"console=ttyS0 quiet entry=unified\n")])
    return {
        "none": {"vmlinuz": without_signature(kernel()), "initrd": initrd(), "boot/grub/grub.cfg": config},
        "bad": {"vmlinuz": changed(kernel()), "initrd": initrd(), "boot/grub/grub.cfg": config},
        "good": {"vmlinuz": kernel(), "initrd": initrd(), "boot/grub/grub.cfg": config},
        "uki": {"EFI/Linux/unified.efi": unified},
    }


def identify(directory, name, files):
    """The id of the only entry of a system, by the same relative name as in the guest: it is of that name, too."""
    for path, data in files.items():
        file = directory / name / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    listed = subprocess.run([BATON, "list", "--json", "--root", name], cwd=directory, check=True,
                            stdout=subprocess.PIPE).stdout
    return json.loads(listed)["entries"][0]["id"]


def commands_disk(directory, commands):
    """A signed disk whose system runs these commands of an administrator's baton."""
    found, words = systems(), []
    for verb, name in commands:
        words += [";"] * bool(words) + ["/baton", verb, "--root", name, identify(directory, name, found[name])]
    files = {"init": program("command"), "baton": BATON.read_bytes(), "dev/none": b""}
    files.update({f"{name}/{path}": data for name, system in found.items() for path, data in system.items()})
    quoted = " ".join(f"'{word}'" for word in words)
    return signed_disk(directory, cpio(files), f"-- {quoted}")


def signed_disk(directory, initrd, options):
    """Debian's way of Secure Boot: the shim that Microsoft signed, and the GRUB and the kernel that Debian signed."""
    shim = package("shim-signed") / "usr/lib/shim/shimx64.efi.signed"
    grub = package("grub-efi-amd64-signed") / "usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed"
    config = f"linux /vmlinuz console=ttyS0 quiet {options}\ninitrd /initrd\nboot\n"
    disk = directory / "disk.img"
    with open(disk, "wb") as file:
        file.truncate(160 << 20)
    run("mformat", "-i", disk, "-F", "::")
    run("mmd", "-i", disk, "::/EFI", "::/EFI/BOOT", "::/EFI/debian")
    for path, data in (("EFI/BOOT/BOOTX64.EFI", shim.read_bytes()), ("EFI/BOOT/grubx64.efi", grub.read_bytes()),
                       ("EFI/debian/grub.cfg", config.encode()), ("vmlinuz", kernel()), ("initrd", initrd)):
        file = directory / pathlib.Path(path).name
        file.write_bytes(data)
        run("mcopy", "-o", "-i", disk, file, f"::/{path}")
    return disk


# The reason, and what to do about it.
REFUSALS = {"none": "it has no signature, and the running kernel demands one: take a kernel that its distribution "
                    "signed",
            "bad": "its signature is wrong: it was changed after it was signed: install it again"}


@pytest.mark.long
@pytest.mark.parametrize("name,said", [("good", ("BOOT_IMAGE=/vmlinuz console=ttyS0 quiet entry=first", {"first"})),
                                       ("uki", ("console=ttyS0 quiet entry=unified", {"inside"}))])
def test_secure_boot(start, tmp_path, name, said):
    """What Debian signed is loaded and starts, in a unified image too; what nobody signed, or has changed, is not."""
    refused = REFUSALS if name == "good" else {}
    commands = [("show", name), *(("load", other) for other in refused), ("load", name)]
    machine = start(disks=[commands_disk(tmp_path, commands)], kernel=None, firmware="ovmf", memory=2048,
                    variables=OVMF.replace("4M", "4M.ms") % "VARS")
    machine.expect_output("kexec_file_load, which takes bzImages and unified kernel images, because the running "
                          r"kernel is locked down \(integrity\)", 300)
    machine.expect_output("COMMAND STATUS 0")
    for reason in refused.values():
        machine.expect_output(f"/vmlinuz: kexec_file_load: {reason}", 60)
        machine.expect_output("COMMAND STATUS 1")
    machine.expect_output("(?s)It is loaded.*COMMAND STATUS 0", 60)
    assert parts(machine) == said


# Debian's kernel has modules for the disks: its own initramfs has them, and the program that loads them.
START = b"""#!/bin/sh
/sbin/modprobe virtio_pci
/sbin/modprobe virtio_blk
/sbin/modprobe ext4
exec /baton
"""


@pytest.mark.long
def test_next_after_a_bad_signature(start, tmp_path):
    """PID 1 of a kernel that demands signatures: what can't be loaded is passed over, with the reason."""
    modules = pathlib.Path(debian_disk()).with_name("initrd.img").read_bytes()
    firmware = cpio({"start": START, "baton": BATON.read_bytes()}) + modules
    entries = [menuentry(f"Entry {name.capitalize()}", kernel=f"/vmlinuz-{name}") for name in ("bad", "none")]
    disk = grub_disk(tmp_path / "grub.img", [*entries, SECOND], timeout=3, size_mib=80, files={
        "/vmlinuz-bad": changed(kernel()), "/vmlinuz-none": without_signature(kernel())})
    machine = start(disks=[signed_disk(tmp_path, firmware, "rdinit=/start baton.devices=vdb"), disk],
                    kernel=None, firmware="ovmf", memory=2048, variables=OVMF.replace("4M", "4M.ms") % "VARS")
    for name, reason in ("bad", "its signature is wrong"), ("none", "it has no signature"):
        said = f"\"Entry {name.capitalize()}\" can't be booted: /vmlinuz-{name}: kexec_file_load: {reason}"
        machine.expect_screen(said.replace(" ", r"\s+"), 300)
    expect_target(machine, "second")
