"""Images that a machine powers on into by itself: no -kernel, only its flash, its disk or its network."""

import os
import shutil

import pytest

from disks import debian_disk, grub_disk
from qemu import BUILD, FIRMWARE_KERNEL, TOP, run
from test_boot import FIRST, SECOND, expect_target


def reach_login(machine, keys):
    """Debian's login, by timeout or through the menu."""
    machine.expect_screen("Booting Debian GNU/Linux", 120)
    if keys:
        machine.press("down")
        machine.expect_screen("Nothing boots until you choose")
        machine.press("up", "enter")
    machine.expect_output("debian login: ", 300)


@pytest.fixture(scope="module")
def boot_disk(tmp_path_factory):
    """The disk of BOARD=uefi-x86_64, with the kernel that is tested here."""
    path = tmp_path_factory.mktemp("firmware") / "disk.img"
    run(TOP / "tools/boot-disk", FIRMWARE_KERNEL, path, env={**os.environ, "SOURCE_DATE_EPOCH": "315532800"})
    return path


@pytest.mark.parametrize("firmware,driver,keys", [("ovmf", "virtio-blk-pci", False), ("seabios", "ide-hd", True)])
def test_disk(start, boot_disk, firmware, driver, keys):
    """The same disk under UEFI and BIOS; it must not offer itself as a system."""
    where = {"bus": "ide.0"} if driver == "ide-hd" else {}
    machine = start(disks=[(boot_disk, {"driver": driver, "bootindex": 0, **where}), debian_disk()],
                    kernel=None, firmware=firmware, memory=1024)
    machine.expect_screen("Booting Debian GNU/Linux", 120)
    assert "BOOTX64" not in machine.screen() and "syslinux" not in machine.screen(), machine.screen()
    reach_login(machine, keys)


def test_disk_is_reproducible(boot_disk, tmp_path):
    run(TOP / "tools/boot-disk", FIRMWARE_KERNEL, tmp_path / "disk.img",
        env={**os.environ, "SOURCE_DATE_EPOCH": "315532800"})
    assert boot_disk.read_bytes() == (tmp_path / "disk.img").read_bytes()


@pytest.mark.parametrize("firmware", ["seabios", "ovmf"])
def test_network(start, tmp_path, firmware):
    """PXE: the firmware's own client loads the kernel, for a BIOS through PXELINUX."""
    served = tmp_path / "tftp"
    (served / "pxelinux.cfg").mkdir(parents=True)
    shutil.copy(FIRMWARE_KERNEL, served / "BOOTX64.EFI")
    shutil.copy("/usr/lib/PXELINUX/pxelinux.0", served)
    shutil.copy("/usr/lib/syslinux/modules/bios/ldlinux.c32", served)
    (served / "pxelinux.cfg/default").write_text("DEFAULT baton\nLABEL baton\n\tLINUX BOOTX64.EFI\n")
    bootfile = {"seabios": "pxelinux.0", "ovmf": "BOOTX64.EFI"}[firmware]
    disk = grub_disk(tmp_path / "disk.img", [FIRST, SECOND])
    machine = start(disks=[disk], kernel=None, firmware=firmware, controllers=[
        "-netdev", f"user,id=net,tftp={served},bootfile={bootfile}",
        "-device", "virtio-net-pci,netdev=net,bootindex=0"])
    machine.expect_screen("Entry Second", 120)
    machine.press("down", "enter")
    expect_target(machine, "second")


def make_flash(path, **settings):
    """The flash chip of BOARD=ovmf-x86_64, with the kernel that is tested here."""
    run(TOP / "tools/ovmf-rom", TOP / BUILD / "fv", TOP / BUILD / "bds.efi", FIRMWARE_KERNEL, path,
        env={**os.environ, **settings})
    return path


VARIABLE = "/sys/firmware/efi/efivars/Test-ba704f4e-0009-4000-8000-000000000001"


def test_flash(start, tmp_path):
    """UEFI from one chip, twice: what Debian writes into a variable is there after a power cycle."""
    flash = make_flash(tmp_path / "flash.fd")
    assert flash.stat().st_size == 8 << 20
    machine = start(disks=[debian_disk()], kernel=None, firmware=flash, keeps=True, memory=1024)
    reach_login(machine, keys=False)
    machine.type("root\n")
    machine.expect_output("# ")
    machine.type(f"printf '\\7\\0\\0\\0kept' >{VARIABLE}; sync; echo written=$?\n")
    machine.expect_output("written=0")
    machine.close()

    machine = start(disks=[debian_disk()], kernel=None, firmware=flash, keeps=True, memory=1024)
    reach_login(machine, keys=True)
    machine.type("root\n")
    machine.expect_output("# ")
    machine.type(f"echo value=$(tail -c 4 {VARIABLE})\n")
    machine.expect_output("value=kept")


def test_flash_says_why_it_does_not_start(start, tmp_path):
    """The boot manager has text on every console when its kernel is gone."""
    flash = make_flash(tmp_path / "flash.fd")
    run(TOP / BUILD / "fv", "edit", flash, "remove", "BA704F4E-0002-4000-8000-000000000002")
    machine = start(kernel=None, firmware=flash)
    machine.expect_output("baton's kernel did not start: there is no application in its firmware volume", 60)


def test_flash_is_reproducible_and_has_its_limit(tmp_path):
    flash = make_flash(tmp_path / "flash.fd").read_bytes()
    assert flash == make_flash(tmp_path / "again.fd").read_bytes()
    with pytest.raises(RuntimeError, match=r"bytes, and the longest free room in \S+ has"):
        make_flash(tmp_path / "small.fd", FLASH=str(6 << 20))
    assert not (tmp_path / "small.fd").exists()


def test_coreboot(start, tmp_path):
    """An 8 MiB flash chip with coreboot and the kernel."""
    rom = tmp_path / "baton.rom"
    run(TOP / "tools/coreboot-rom", FIRMWARE_KERNEL, rom)
    assert rom.stat().st_size == 8 << 20
    machine = start(disks=[debian_disk()], kernel=None, firmware=rom, memory=1024)
    reach_login(machine, keys=True)


def test_coreboot_refuses_what_does_not_fit(tmp_path):
    """The room in the flash is checked, and no image is left."""
    large = tmp_path / "bzImage"
    large.write_bytes(FIRMWARE_KERNEL.read_bytes() + bytes(8 << 20))
    with pytest.raises(RuntimeError, match=r"bytes, and .* has room for"):
        run(TOP / "tools/coreboot-rom", large, tmp_path / "baton.rom")
    assert not (tmp_path / "baton.rom").exists()


def test_coreboot_refuses_a_kernel_that_reaches_too_high(tmp_path):
    """boot.rst, init_size: cbfstool's loader would put an initrd at 64 MiB, into the kernel's memory."""
    high = tmp_path / "bzImage"
    data = bytearray(FIRMWARE_KERNEL.read_bytes())
    data[0x260:0x264] = (64 << 20).to_bytes(4, "little")
    high.write_bytes(data)
    with pytest.raises(RuntimeError, match="beyond 64 MiB"):
        run(TOP / "tools/coreboot-rom", high, tmp_path / "baton.rom")
    assert not (tmp_path / "baton.rom").exists()


def test_coreboot_is_reproducible(tmp_path):
    for name in ("first.rom", "second.rom"):
        run(TOP / "tools/coreboot-rom", FIRMWARE_KERNEL, tmp_path / name)
    assert (tmp_path / "first.rom").read_bytes() == (tmp_path / "second.rom").read_bytes()
