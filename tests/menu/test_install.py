"""`baton install`: the file on the ESP, the boot entry and its place in the order; and back again."""

import os
import resource
import signal
import struct
import subprocess
import uuid

import pytest

BATON = os.environ["BATON"]
GLOBAL = "8be4df61-93ca-11d2-aa0d-00e098032b8c"
PARTITION = uuid.UUID("ba704f4e-0001-4000-8000-000000000002")
KEPT = struct.pack("<I", 7)


@pytest.fixture
def root(tmp_path):
    """A folder as the system's files: its ESP is partition 2 of a disk with blocks of 4096 bytes."""
    status = os.stat(tmp_path)
    block = tmp_path / f"sys/dev/block/{os.major(status.st_dev)}:{os.minor(status.st_dev)}"
    for folder in (block, block.parent / "queue", tmp_path / "sys/firmware/efi/efivars",
                   tmp_path / "boot/efi/EFI/debian", tmp_path / "dev/disk/by-partuuid"):
        folder.mkdir(parents=True)
    (block / "partition").write_text("2\n")
    (block / "start").write_text("16384\n")
    (block / "size").write_text("204800\n")
    (block.parent / "queue/logical_block_size").write_text("4096\n")
    (tmp_path / "dev/disk/by-partuuid" / str(PARTITION)).touch()
    (tmp_path / "program.efi").write_bytes(b"MZ" + bytes(5000))
    return tmp_path


def variable(root, name):
    return root / f"sys/firmware/efi/efivars/{name}-{GLOBAL}"


def baton(root, *arguments, **options):
    return subprocess.run([BATON, arguments[0], "--root", root, *arguments[1:]], text=True, timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)


def installed(root):
    result = baton(root, "install", root / "program.efi")
    assert result.returncode == 0, result.stdout
    return result.stdout


def test_it_is_first_and_the_others_stay(root):
    variable(root, "Boot0000").write_bytes(KEPT + b"debian")
    variable(root, "Boot0002").write_bytes(KEPT + b"network")
    variable(root, "BootOrder").write_bytes(KEPT + struct.pack("<HH", 2, 0))
    assert "Boot0001, the first in the boot order" in installed(root)
    assert variable(root, "BootOrder").read_bytes() == KEPT + struct.pack("<HHH", 1, 2, 0)
    program = root / "boot/efi/EFI/baton/batonx64.efi"
    assert program.read_bytes() == (root / "program.efi").read_bytes()

    # UEFI 2.10, 3.1.3, and 10.3.5.1 and .4: what efibootmgr --create would have written
    path = "\\EFI\\baton\\batonx64.efi\0".encode("utf-16-le")
    disk = struct.pack("<BBHIQQ16sBB", 4, 1, 42, 2, 2048, 25600, PARTITION.bytes_le, 2, 2)
    file = struct.pack("<BBH", 4, 4, 4 + len(path)) + path
    nodes = disk + file + b"\x7f\xff\x04\x00"
    option = struct.pack("<IH", 1, len(nodes)) + "baton\0".encode("utf-16-le") + nodes
    assert variable(root, "Boot0001").read_bytes() == KEPT + option

    # Again: the same entry. And back.
    assert "Boot0001" in installed(root)
    assert variable(root, "BootOrder").read_bytes() == KEPT + struct.pack("<HHH", 1, 2, 0)
    assert baton(root, "uninstall").returncode == 0
    assert variable(root, "BootOrder").read_bytes() == KEPT + struct.pack("<HH", 2, 0)
    assert not variable(root, "Boot0001").exists() and not program.parent.exists()
    assert variable(root, "Boot0000").exists() and (root / "boot/efi/EFI/debian").exists()


def refused(root, text):
    result = baton(root, "install", root / "program.efi")
    assert result.returncode == 1 and text in result.stdout, result.stdout
    assert not list((root / "sys/firmware/efi").glob("efivars/Boot*"))


def test_a_bios_is_refused(root):
    (root / "sys/firmware/efi/efivars").rmdir()
    refused(root, "no UEFI variables")


def test_no_esp_is_refused(root):
    (root / "boot/efi/EFI/debian").rmdir()
    (root / "boot/efi/EFI").rmdir()
    refused(root, "none is mounted on /boot/efi, /efi or /boot")


def test_no_gpt_is_refused(root):
    (root / "dev/disk/by-partuuid" / str(PARTITION)).unlink()
    refused(root, "it is on no partition of a GPT")


def test_what_is_no_program_is_refused(root):
    (root / "program.efi").write_text("#!/bin/sh\n")
    refused(root, "it is no EFI program")


def test_a_full_esp_is_refused(root):
    with open(root / "program.efi", "r+b") as file:
        file.truncate(1 << 42)
    refused(root, "are free")
    assert not (root / "boot/efi/EFI/baton").exists()


def test_another_disks_entry_stays(root):
    """Two disks, an ESP on each, and baton on both: each has an entry, and only its own goes."""
    installed(root)
    other = variable(root, "Boot0000").read_bytes().replace(PARTITION.bytes_le, uuid.uuid4().bytes_le)
    variable(root, "Boot0000").write_bytes(other)
    assert "Boot0001" in installed(root)
    assert variable(root, "BootOrder").read_bytes() == KEPT + struct.pack("<HH", 1, 0)
    assert baton(root, "uninstall").returncode == 0
    assert variable(root, "Boot0000").read_bytes() == other and not variable(root, "Boot0001").exists()
    assert variable(root, "BootOrder").read_bytes() == KEPT + struct.pack("<H", 0)


def test_half_a_copy_is_taken_back(root):
    """The ESP takes only a part of it: the one that was there before stays."""
    def small_files():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    def fails():
        result = baton(root, "install", root / "program.efi", preexec_fn=small_files, restore_signals=False)
        assert result.returncode == 1 and "File too large" in result.stdout, result.stdout

    fails()
    assert not (root / "boot/efi/EFI/baton").exists()
    installed(root)
    before = (root / "boot/efi/EFI/baton/batonx64.efi").read_bytes()
    (root / "program.efi").write_bytes(b"MZ" + bytes(6000))
    fails()
    assert [file.name for file in (root / "boot/efi/EFI/baton").iterdir()] == ["batonx64.efi"]
    assert (root / "boot/efi/EFI/baton/batonx64.efi").read_bytes() == before


def test_a_file_in_the_folders_place_is_refused(root):
    (root / "boot/efi/EFI/baton").write_text("somebody's")
    refused(root, "Not a directory")
    assert (root / "boot/efi/EFI/baton").read_text() == "somebody's"


def test_an_order_that_can_not_be_written(root):
    """It says so, and what it has done is undone when the variable can be written again."""
    variable(root, "BootOrder").mkdir()
    result = baton(root, "install", root / "program.efi")
    assert result.returncode == 1 and "the boot entry can't be written: Is a directory" in result.stdout
    assert '"baton uninstall" removes it' in result.stdout
    variable(root, "BootOrder").rmdir()
    assert baton(root, "uninstall").returncode == 0
    assert not list((root / "sys/firmware/efi").glob("efivars/Boot*"))
    assert not (root / "boot/efi/EFI/baton").exists()
