"""Unified kernel images, as objcopy puts them together on systemd's stub: the target they boot into."""

from disks import ext4_disk, initrd, kernel
from qemu import run
from test_boot import expect_target

STUB = "/usr/lib/systemd/boot/efi/linuxx64.efi.stub"


def efi_image(path, **sections):
    """A program for UEFI with sections .NAME of these bytes; returns its own bytes."""
    command, at = ["objcopy"], 1 << 24
    for name, data in sections.items():
        file = path.parent / f"{path.name}.{name}"
        file.write_bytes(data)
        command += ["--add-section", f".{name}={file}", "--change-section-vma", f".{name}={at:#x}"]
        at += len(data) + 4095 & ~4095
    run(*command, STUB, path)
    return path.read_bytes()


def unified_kernel(path):
    return efi_image(path, osrel=b'ID=test\nPRETTY_NAME="Unified System"\n', linux=kernel(), initrd=initrd(),
                     cmdline=b"console=ttyS0 quiet entry=unified\n\0", uname=b"6.1.0")


def expect_initrds(machine, position, names):
    """Of those that the target reported: it does so before its end, and after the position."""
    said = machine.output[position:].decode(errors="replace")
    for name in names:
        assert f"TARGET INITRD {name}\r" in said, said


def test_addons(start, tmp_path):
    """On an EFI system partition: the words and the initrds of an image's addons, and of all images', are added."""
    part, disk = tmp_path / "esp", tmp_path / "disk.img"
    tree = tmp_path / "EFI/Linux/test.efi.extra.d"
    tree.mkdir(parents=True)
    (tmp_path / "loader/addons").mkdir(parents=True)
    (tmp_path / "EFI/Linux/test.efi").write_bytes(unified_kernel(tmp_path / "uki"))
    (tree / "own.addon.efi").write_bytes(efi_image(
        tmp_path / "own", cmdline=b"own=yes\n", initrd=initrd("addon", init=False)))
    (tree / "other.addon.efi").write_bytes(efi_image(
        tmp_path / "other", cmdline=b"wrong=kernel", uname=b"9.9.9"))
    (tmp_path / "loader/addons/all.addon.efi").write_bytes(efi_image(tmp_path / "all", cmdline=b"all=yes"))
    with open(part, "wb") as file:
        file.truncate(60 << 20)
    run("mkfs.vfat", "-F", "32", part)
    run("mcopy", "-s", "-i", part, tmp_path / "EFI", tmp_path / "loader", "::/")
    with open(disk, "wb") as file:
        file.seek(1 << 20)
        file.write(part.read_bytes())
        file.truncate(62 << 20)
    run("sfdisk", "-q", disk, input="label: gpt\nstart=1MiB, size=60MiB, type=uefi\n")
    machine = start(disks=[disk])  # without a loader.conf, it is booted at once
    position = len(machine.output)
    words = expect_target(machine, "unified", 90).split()
    assert "own=yes" in words and "all=yes" in words and "wrong=kernel" not in words, words
    expect_initrds(machine, position, ["first", "addon"])


def test_chainloader(start, tmp_path):
    """GRUB's chainloader starts the image, and what stands behind its name takes its command line's place."""
    config = "menuentry 'Chain' {\n\tchainloader /EFI/Linux/test.efi console=ttyS0 quiet entry=given\n}\n"
    disk = ext4_disk(tmp_path / "disk.img", {
        "/EFI/Linux/test.efi": unified_kernel(tmp_path / "uki"),
        "/boot/grub/grub.cfg": f"set timeout=1\n{config}"})
    machine = start(disks=[disk])
    assert "entry=unified" not in expect_target(machine, "given", 90)
