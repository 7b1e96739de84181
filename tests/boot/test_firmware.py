"""Images that a machine powers on into by itself: no -kernel, only its flash, its disk or its network."""

import json
import os
import pathlib
import shutil

import pytest

from disks import cpio, debian_disk, grub_disk, grub_files, make_ext4, program
from qemu import BOARD, BUILD, FIRMWARE_KERNEL, FLASH_KERNEL, OVMF, SERVER_DISK, TOP, run
from test_boot import FIRST, SECOND, expect_target


def reach_login(machine, keys):
    """Debian's login, by timeout or through the menu."""
    machine.expect_screen("Booting Debian GNU/Linux", 120)
    if keys:
        machine.press("down")
        machine.expect_screen("Nothing boots until you choose")
        machine.press("up", "enter")
    machine.expect_output("debian login: ", 300)


def test_kernel_is_reproducible(tmp_path):
    """Linked again with its initramfs, later and by somebody else: the same bytes. For all of it from the start,
    elsewhere, which takes half an hour, there is `make reproduce`."""
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "baton/linux"
    objects = max(cache.glob(f"*-gcc*-{BOARD}"), key=os.path.getmtime)
    initramfs = tmp_path / "initramfs.cpio"
    run(TOP / BUILD / "pack", TOP / BUILD / "x86_64/baton", initramfs)
    assert initramfs.read_bytes() == FIRMWARE_KERNEL.with_name("initramfs.cpio").read_bytes()
    run("flock", objects / ".lock", "rm", "-f", *(objects / name for name in (
        "initramfs.cpio", "init/version.o", "vmlinux.o", "vmlinux", "arch/x86/boot/vmlinux.bin", "arch/x86/boot/bzImage",
        "arch/x86/boot/compressed/vmlinux.bin.zst", "arch/x86/boot/compressed/vmlinux")))
    run(TOP / "tools/kernel", BOARD, initramfs, tmp_path / "bzImage", env={
        **os.environ, "TZ": "Pacific/Auckland", "USER": "somebody", "LOGNAME": "somebody"})
    assert (objects / "vmlinux").exists(), "another folder's kernel was linked"
    assert (tmp_path / "bzImage").read_bytes() == FIRMWARE_KERNEL.read_bytes()


@pytest.mark.long
def test_board_is_added(start, tmp_path):
    """As docs/firmware.md says: a folder with another board's kernel, a disk for it, and settings of its own."""
    checkout = tmp_path / "checkout"
    shutil.copytree(TOP, checkout, ignore=shutil.ignore_patterns(".git", os.path.basename(BUILD)), symlinks=True)
    board = checkout / "board/trial-x86_64"
    shutil.copytree(TOP / "board/uefi-x86_64", board)
    (board / "board.mk").write_text(f"KERNEL   ?= {BOARD}\nproducts := BOOTX64.EFI disk.img\n")
    (board / "settings").write_text("default=Entry Second\ntimeout=1\n")
    (checkout / "build").mkdir()
    for made in ("deps", "pack", "messages.xz", "x86_64"):
        (checkout / "build" / made).symlink_to(TOP / BUILD / made)
    run("make", "-C", checkout, "BOARD=trial-x86_64", "image")
    manifest = json.loads((checkout / "build/trial-x86_64/manifest.json").read_text())
    assert [file["fileName"] for file in manifest["files"]] == ["./bzImage", "./BOOTX64.EFI", "./disk.img"]

    disk = grub_disk(tmp_path / "disk.img", [FIRST, SECOND])
    machine = start(disks=[(checkout / "build/trial-x86_64/disk.img", {"bootindex": 0}), disk], kernel=None)
    expect_target(machine, "second", 120)


@pytest.fixture(scope="module")
def boot_disk(tmp_path_factory):
    """The disk of BOARD=uefi-x86_64, with the kernel that is tested here."""
    path = tmp_path_factory.mktemp("firmware") / "disk.img"
    run(TOP / "tools/boot-disk", FIRMWARE_KERNEL, path, env={**os.environ, "SOURCE_DATE_EPOCH": "315532800"})
    return path


@pytest.mark.parametrize("firmware,driver,keys", [
    ("ovmf", "virtio-blk-pci", False), ("seabios", "ide-hd", True),
    pytest.param("ovmf", "usb-storage", True, marks=pytest.mark.long),
    pytest.param("seabios", "usb-storage", False, marks=pytest.mark.long),
])
def test_disk(start, boot_disk, firmware, driver, keys):
    """The same disk under UEFI and BIOS; as a stick with the kernel for servers. It must not offer itself as a system."""
    bus = {"ide-hd": {"bus": "ide.0"}, "usb-storage": {"bus": "usb.0"}}.get(driver, {})
    image = SERVER_DISK if driver == "usb-storage" else boot_disk
    machine = start(disks=[(image, {"driver": driver, "bootindex": 0, **bus}), debian_disk()],
                    kernel=None, firmware=firmware, memory=1024, controllers=["-device", "qemu-xhci,id=usb"])
    machine.expect_screen("Booting Debian GNU/Linux", 120)
    assert "BOOTX64" not in machine.screen() and "syslinux" not in machine.screen(), machine.screen()
    reach_login(machine, keys)


def test_disk_is_reproducible(boot_disk, tmp_path):
    run(TOP / "tools/boot-disk", FIRMWARE_KERNEL, tmp_path / "disk.img",
        env={**os.environ, "SOURCE_DATE_EPOCH": "315532800"})
    assert boot_disk.read_bytes() == (tmp_path / "disk.img").read_bytes()


@pytest.mark.parametrize("firmware,keys", [
    ("seabios", False), ("ovmf", True),
    pytest.param("seabios", True, marks=pytest.mark.long), pytest.param("ovmf", False, marks=pytest.mark.long),
])
def test_network(start, tmp_path, firmware, keys):
    """PXE: the firmware's own client loads the kernel, for a BIOS through PXELINUX."""
    served = tmp_path / "tftp"
    (served / "pxelinux.cfg").mkdir(parents=True)
    shutil.copy(FIRMWARE_KERNEL, served / "BOOTX64.EFI")
    shutil.copy("/usr/lib/PXELINUX/pxelinux.0", served)
    shutil.copy("/usr/lib/syslinux/modules/bios/ldlinux.c32", served)
    (served / "pxelinux.cfg/default").write_text("DEFAULT baton\nLABEL baton\n\tLINUX BOOTX64.EFI\n")
    bootfile = {"seabios": "pxelinux.0", "ovmf": "BOOTX64.EFI"}[firmware]
    machine = start(disks=[debian_disk()], kernel=None, firmware=firmware, memory=1024, controllers=[
        "-netdev", f"user,id=net,tftp={served},bootfile={bootfile}",
        "-device", "virtio-net-pci,netdev=net,bootindex=0"])
    reach_login(machine, keys)


ESP_NAME = "ba704f4e-0009-4000-8000-000000000003"


def system_disk(path):
    """A server's disk: an ESP with nothing in it but the system's own folder, and the system."""
    esp = path.with_suffix(".esp")
    run("mkfs.fat", "-C", esp, 32 << 10)
    run("mmd", "-i", esp, "::/EFI", "::/EFI/system")
    path.write_bytes(bytes(1 << 20) + esp.read_bytes())
    with open(path, "r+b") as disk:
        disk.truncate(75 << 20)
    make_ext4(path, grub_files([FIRST, SECOND]), 33 << 20, 40)
    run("sfdisk", "-q", path, input=f"label: gpt\nstart=1MiB, size=32MiB, type=uefi, uuid={ESP_NAME}\n"
        "start=33MiB, size=40MiB\n")
    return path


def administer(start, tmp_path, variables, disk, *words):
    """Run baton as a command on a Linux that UEFI has started; (number of boot entries, order) before and after."""
    files = {"install": program("install"), "BOOTX64.EFI": FIRMWARE_KERNEL.read_bytes()}
    (tmp_path / "system.cpio").write_bytes(cpio(files))
    machine = start(disks=[(disk, {"writable": True})], firmware="ovmf", variables=variables,
                    append=f"rdinit=/install -- {ESP_NAME} {' '.join(words)}",
                    controllers=["-initrd", str(tmp_path / "system.cpio")])
    found = []
    for when in ("BEFORE", "AFTER"):
        count = machine.expect_output(rf"{when} (\d+) entries", 120)[1]
        found.append((int(count), machine.expect_output(rf"{when} order([ 0-9A-F]*)\.")[1].split()))
    machine.expect_output("INSTALL STATUS 0\r")
    machine.wait(lambda: not machine.process.isalive(), 30, "power off")
    shutil.copy(machine.directory / "vars", variables)
    return found


def test_install(start, tmp_path):
    """`baton install` on a running server: the disk alone then starts baton; `baton uninstall` undoes it."""
    disk, variables = system_disk(tmp_path / "disk.img"), tmp_path / "vars"
    shutil.copy(OVMF % "VARS", variables)
    before, after = administer(start, tmp_path, variables, disk, "install", "/BOOTX64.EFI")
    assert after[0] == before[0] + 1 and after[1][1:] == before[1]

    machine = start(disks=[disk], kernel=None, firmware="ovmf", variables=variables)
    machine.expect_screen("Entry Second", 120)
    assert "batonx64" not in machine.screen(), machine.screen()
    machine.press("down", "enter")
    expect_target(machine, "second")

    installed, left = administer(start, tmp_path, variables, disk, "uninstall")
    assert installed[1][0] == after[1][0]
    assert left[0] == installed[0] - 1 and left[1] == installed[1][1:]
    disk.with_suffix(".esp").write_bytes(disk.read_bytes()[1 << 20:33 << 20])
    assert run("mdir", "-b", "-i", disk.with_suffix(".esp"), "::/EFI").split() == ["::/EFI/system/"]


def make_keys(folder):
    """A key and its certificate, for all that Secure Boot wants signed: db, KEK and PK."""
    key, certificate = folder / "own.key", folder / "own.crt"
    run("openssl", "req", "-new", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=throw-away", "-days", "99",
        "-keyout", key, "-out", certificate)
    run("cert-to-efi-sig-list", "-g", "ba704f4e-0009-4000-8000-000000000004", certificate, folder / "list")
    for name in ("db", "KEK", "PK"):
        run("sign-efi-sig-list", "-t", "2020-01-01", "-k", key, "-c", certificate, name, folder / "list",
            folder / f"{name}.auth")
    return key, certificate


def test_secure_boot(start, tmp_path):
    """Where the machine has its owner's keys, the file that is signed with them starts, and the other does not."""
    key, certificate = make_keys(tmp_path)
    signed, variables = tmp_path / "signed.efi", tmp_path / "vars"
    run("sbsign", "--key", key, "--cert", certificate, "--output", signed, FIRMWARE_KERNEL)
    run("sbverify", "--cert", certificate, signed)
    shutil.copy(OVMF % "VARS", variables)
    (tmp_path / "keys.cpio").write_bytes(cpio({"enroll": program("enroll"), "dev/none": b"", **{
        f"{name}.auth": (tmp_path / f"{name}.auth").read_bytes() for name in ("db", "KEK", "PK")}}))
    machine = start(firmware="ovmf", variables=variables, append="rdinit=/enroll",
                    controllers=["-initrd", str(tmp_path / "keys.cpio")])
    machine.expect_output("ENROLL END", 120)
    assert b"failed" not in machine.output, machine.output[-300:]
    machine.wait(lambda: not machine.process.isalive(), 30, "power off")
    shutil.copy(machine.directory / "vars", variables)

    for file, expected in ((FIRMWARE_KERNEL, "Access Denied"), (signed, "baton")):
        run(TOP / "tools/boot-disk", file, tmp_path / "disk.img", env={**os.environ, "SOURCE_DATE_EPOCH": "315532800"})
        machine = start(disks=[tmp_path / "disk.img"], kernel=None, firmware="ovmf", variables=variables)
        machine.expect_output(expected, 120)
        assert (b"Access Denied" in machine.output) == (file is FIRMWARE_KERNEL)
        machine.close()


def make_flash(path, **settings):
    """The flash chip of BOARD=ovmf-x86_64, with that board's kernel."""
    run(TOP / "tools/ovmf-rom", TOP / BUILD, FLASH_KERNEL, path,
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

    machine = start(disks=[debian_disk()], kernel=None, firmware=flash, keeps=True, memory=1024,
                    controllers=["-smp", "2"])
    reach_login(machine, keys=True)
    machine.type("root\n")
    machine.expect_output("# ")
    machine.type(f"echo value=$(tail -c 4 {VARIABLE})\n")
    machine.expect_output("value=kept")
    # baton's kernel leaves the other processor as it is, for the one that starts it.
    machine.type("echo processors=$(nproc)\n")
    machine.expect_output("processors=2")
    # firmware/pages.c lets OVMF pass the pages of PCI's addresses by, but not its range register.
    machine.type("echo ranges=$(grep -c 'size=131072MB.*uncachable' /proc/mtrr)\n")
    machine.expect_output("ranges=1")


@pytest.mark.parametrize("memory,processor", [(6144, "qemu64"), (512, "max"), (128, "qemu64,phys-bits=36")])
def test_flash_maps_all_memory(start, tmp_path, memory, processor):
    """More memory than the firmware's first page tables have; a processor that needs none of ours; few of them."""
    flash = make_flash(tmp_path / "flash.fd")
    machine = start(disks=[grub_disk(tmp_path / "disk.img", [FIRST, SECOND])], kernel=None, firmware=flash,
                    memory=memory, controllers=["-cpu", processor])
    machine.expect_screen("Entry Second", 120)


@pytest.mark.long
def test_large_flash(start, tmp_path):
    """A chip of 16 MiB, in which the kernel's volume begins further down, and has the whole kernel."""
    flash = make_flash(tmp_path / "flash.fd", FLASH=str(16 << 20))
    assert flash.stat().st_size == 16 << 20
    machine = start(disks=[grub_disk(tmp_path / "disk.img", [FIRST, SECOND])], kernel=None, firmware=flash,
                    controllers=["-machine", "max-fw-size=16777216"])
    machine.expect_screen("Entry Second", 120)
    machine.press("down", "enter")
    expect_target(machine, "second")


def test_flash_says_why_it_does_not_start(start, tmp_path):
    """The boot manager has text on every console when its kernel is gone."""
    flash = make_flash(tmp_path / "flash.fd")
    run(TOP / BUILD / "fv", "edit", flash, "remove", "BA704F4E-0002-4000-8000-000000000002")
    machine = start(kernel=None, firmware=flash)
    machine.expect_output("baton's kernel did not start: it is not in its firmware volume", 60)


def test_flash_is_reproducible_and_has_its_limit(tmp_path):
    flash = make_flash(tmp_path / "flash.fd").read_bytes()
    assert flash == make_flash(tmp_path / "again.fd").read_bytes()
    with pytest.raises(RuntimeError, match=r"bytes, and the longest free room in \S+ has"):
        make_flash(tmp_path / "small.fd", FLASH=str(6 << 20))
    assert not (tmp_path / "small.fd").exists()


@pytest.mark.parametrize("keys", [True, pytest.param(False, marks=pytest.mark.long)])
def test_coreboot(start, tmp_path, keys):
    """An 8 MiB flash chip with coreboot and the kernel."""
    rom = tmp_path / "baton.rom"
    run(TOP / "tools/coreboot-rom", FLASH_KERNEL, rom)
    assert rom.stat().st_size == 8 << 20
    machine = start(disks=[debian_disk()], kernel=None, firmware=rom, memory=1024)
    reach_login(machine, keys)


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
