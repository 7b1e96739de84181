"""A Debian that baton has started on a UEFI machine, asked by systemd's own tools what its boot loader was."""

import pathlib

import pytest

from disks import debian_disk, package_file
from qemu import run

# Without its fstab, which waits for a partition that is not needed here longer than a busy machine gives it.
ENTRY = """title {title}
version 6.1
linux /vmlinuz
initrd /initrd.img
options root=UUID=ba70ba70-0001-4000-8000-00000000d12a rw fstab=no console=ttyS0 quiet
"""


def system_partition(directory):
    """A disk with an EFI system partition: Debian's kernel, two entries for it, and bootctl, which it lacks."""
    disk, part, tree = directory / "esp.img", directory / "esp.part", directory / "tree"
    (tree / "loader/entries").mkdir(parents=True)
    (tree / "loader/loader.conf").write_text("timeout 30\n")
    for name in "debian", "other":
        (tree / f"loader/entries/{name}.conf").write_text(ENTRY.format(title=f"The {name} one"))
    for name in "vmlinuz", "initrd.img":
        (tree / name).write_bytes(pathlib.Path(debian_disk()).with_name(name).read_bytes())
    (tree / "bootctl").write_bytes(package_file("systemd-boot", "usr/bin/bootctl"))
    with open(part, "wb") as file:
        file.truncate(120 << 20)
    run("mkfs.vfat", "-F", "32", part)
    run("mcopy", "-s", "-i", part, *tree.iterdir(), "::/")
    with open(disk, "wb") as file:
        file.seek(1 << 20)
        file.write(part.read_bytes())
        file.truncate(122 << 20)
    run("sfdisk", "-q", disk, input="label: gpt\nstart=1MiB, size=120MiB, type=uefi\n")
    return disk


def ask(machine, command):
    """What it prints, lines with single blanks."""
    machine.type(f"{command} 2>&1 | cat; echo END=$?\n")
    said = machine.expect_output(r"(?s)END=\$\?\r(.*?)END=0", 60)[1].decode()
    return [" ".join(line.split()) for line in said.splitlines()]


@pytest.mark.long
def test_bootctl(start, tmp_path):
    machine = start(disks=[system_partition(tmp_path), debian_disk()], memory=1024, firmware="ovmf")
    machine.expect_screen("The debian one", 120)
    machine.press("down", "enter")
    machine.expect_output("debian login: ", 400)
    machine.type("root\n")
    machine.expect_output("# ", 60)
    machine.type("stty cols 200; mount /dev/vda1 /boot/efi && cp /boot/efi/bootctl /usr/bin && echo REA''DY\n")
    machine.expect_output("READY", 60)

    status = ask(machine, "bootctl status")
    for line in ("Product: baton", "Features: ✓ Boot counting", "✓ Menu timeout control",
                 "✓ One-shot menu timeout control", "✓ Default entry control", "✓ One-shot entry control",
                 "✓ Support for XBOOTLDR partition", "✓ Support Type #1 sort-key field",
                 "✓ Support @saved pseudo-entry", "✓ Boot loader sets ESP information"):
        assert line in status, status
    partition = next(line for line in status if line.startswith("ESP: /dev/disk/by-partuuid/"))
    assert f"ESP: /boot/efi ({partition.removeprefix('ESP: ')})" in status, status

    listed = ask(machine, "bootctl list")
    assert "title: The other one (default)" in listed and "title: The debian one (selected)" in listed, listed
    assert sum(line.endswith("(reported/absent)") for line in listed) == 3, listed    # those of GRUB's config
    ask(machine, "bootctl set-default debian.conf")
    assert "title: The debian one (default) (selected)" in ask(machine, "bootctl list")
    times = ask(machine, "systemd-analyze time")
    assert any("(firmware) +" in line and "(loader) +" in line for line in times), times
