"""What the target gets from baton: its parts, and the machine as the firmware gave it."""

import collections
import json
import pathlib
import re
import struct
import subprocess

import pytest

from disks import cpio, debian_disk, ext4_disk, grub_disk, initrd, kernel, menuentry, program
from qemu import BUILD, FIRMWARE_KERNEL, TOP, run


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
    machine.expect_output("TARGET UP", 100)
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
    # Where no loader.conf says otherwise, systemd-boot and baton start the first at once.
    machine = start(disks=[ext4_disk(tmp_path / "disk.img", {"/EFI/Linux/unified.efi": image})],
                    append="baton.timeout=30")
    machine.expect_screen("Rescue")
    machine.press("down", "enter")
    assert parts(machine) == ("console=ttyS0 quiet entry=rescue", {"inside", "microcode"})


def test_file_put_into_the_initramfs(start, tmp_path):
    """GRUB's newc:NAME:FILE."""
    entry = menuentry("Entry First", initrds=["/initrd", "newc:initrd-named:/some/file"])
    machine = start(disks=[grub_disk(tmp_path / "disk.img", [entry], timeout=0,
                                     files={"/some/file": "content"})])
    assert parts(machine)[1] == {"first", "named"}


@pytest.fixture
def running_system(start, tmp_path, request):
    """running_system(options, command): Debian's kernel, on which an administrator loads the entry of /disk.

    Of that the kernel is Debian's as well, or what the test's parameter makes.
    """
    disk = {"boot/grub/grub.cfg": menuentry("Entry First").encode(), "vmlinuz": getattr(request, "param", kernel)(),
            "initrd": initrd()}
    for name, data in disk.items():
        path = tmp_path / "disk" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    baton = (TOP / BUILD / "x86_64/baton").resolve()
    # by the same relative name as in the guest, for an entry's id is also of its device's name
    listed = subprocess.run([baton, "list", "--json", "--root", "disk"], cwd=tmp_path, check=True,
                            stdout=subprocess.PIPE).stdout
    identity = json.loads(listed)["entries"][0]["id"]
    files = {"init": program("command"), "bin/systemctl": program("command"), "baton": baton.read_bytes()}
    files.update({f"disk/{name}": data for name, data in disk.items()})
    (tmp_path / "vmlinuz").write_bytes(kernel())
    (tmp_path / "initrd").write_bytes(cpio(files))
    commands = f"show --root disk {identity} ; /baton load --root disk {identity}"
    return lambda options="", command=commands, cpu="qemu64": start(
        kernel=tmp_path / "vmlinuz", controllers=["-initrd", str(tmp_path / "initrd"), "-cpu", cpu], memory=2048,
        append=f"console=ttyS0 quiet {options} -- /baton {command}")


def test_load_on_a_running_system(running_system):
    """With five levels of page tables, and memory above the first GiB; below, four are tried."""
    machine = running_system(cpu="max")
    machine.expect_output("kexec_load: baton lays out the memory itself", 60)
    machine.expect_output("COMMAND STATUS 0")
    machine.expect_output(r"(?s)It is loaded.*COMMAND STATUS 0", 60)
    assert parts(machine) == ("BOOT_IMAGE=/vmlinuz console=ttyS0 quiet entry=first", {"first"})


@pytest.mark.parametrize("running_system", [FIRMWARE_KERNEL.read_bytes], ids=[""], indirect=True)
def test_load_of_a_kernel_with_four_levels(running_system):
    """By one that runs with five: by the 32-bit entry, without any."""
    machine = running_system(cpu="max")
    cmdline, initrds = parts(machine)   # a firmware kernel has words of its own, which come first
    assert cmdline.endswith("BOOT_IMAGE=/vmlinuz console=ttyS0 quiet entry=first") and initrds == {"first"}


def test_menu_on_a_running_system(running_system):
    """An entry is edited there, loaded, and started at once."""
    machine = running_system("TERM=vt220", "menu --root disk")
    machine.expect_screen("Nothing boots until you choose", 60)
    machine.press("e", *" more", "enter")
    machine.expect_screen("Entry First is loaded. End this system and start it now", 60)
    machine.type("y\r")
    assert parts(machine) == ("BOOT_IMAGE=/vmlinuz console=ttyS0 quiet entry=first more", {"first"})
    assert b"COMMAND" not in machine.output


def test_load_on_a_kernel_that_is_locked_down(running_system):
    """Whose keyring is empty: on a PC, firmware and shim would have filled it."""
    machine = running_system("lockdown=integrity")
    machine.expect_output("kexec_file_load, which takes bzImages and unified kernel images, because the running "
                          r"kernel is locked down \(integrity\)", 60)
    machine.expect_output("COMMAND STATUS 0")
    machine.expect_output(r"/vmlinuz: kexec_file_load: kexec is switched off \(.*\), or the running kernel is locked "
                          "down, and this one is not signed by a key that it trusts: take a kernel that its "
                          "distribution signed", 60)
    machine.expect_output("COMMAND STATUS 1")
    machine.expect_output("COMMAND END")


def test_vmlinux_in_lz4(start, tmp_path):
    """The ELF file inside Debian's bzImage, compressed as it is there (boot.rst, "payload_offset")."""
    image = kernel()
    at = (image[0x1f1] + 1) * 512 + int.from_bytes(image[0x248:0x24c], "little")
    payload = image[at:at + int.from_bytes(image[0x24c:0x250], "little") - 4]   # and 4 bytes of size
    assert payload[:4] == b"\x02\x21\x4c\x18"
    machine = start(disks=[grub_disk(tmp_path / "disk.img", [menuentry("Entry First", kernel="/vmlinux")],
                                     timeout=0, files={"/vmlinux": payload})])
    assert parts(machine) == ("BOOT_IMAGE=/vmlinux console=ttyS0 quiet entry=first", {"first"})


# The machine ----------------------------------------------------------------------------------------

# Fields of boot_params (zero-page.rst): offset, length. The rest is the kernel's own header, or differs
# between any two boot loaders: addresses of what they placed, the cursor, what GRUB makes up.
SAME_PARAMS = {
    "text mode": (0x06, 2),             # number, columns
    "text lines, kind of screen": (0x0e, 2),
    "screen size, depth, address": (0x12, 10),
    "screen line, colours": (0x24, 10),
    "screen address, high half": (0x3a, 4),
    "EDID": (0x140, 128),
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


def memory_map(lines):
    """The map as [start, end, type]. What GRUB calls by a number of its own is nothing that may be used."""
    ranges = []
    for line in lines:
        start, end, kind = line.split("|")
        kind = kind.replace("Unknown E820 type", "Reserved")
        if ranges and ranges[-1][2] == kind and int(ranges[-1][1], 16) + 1 == int(start, 16):
            ranges[-1][1] = end
        else:
            ranges.append([start, end, kind])
    return ranges


def essence(found):
    """The part that the firmware determines."""
    params = bytes.fromhex(found["PARAMS"][0])
    same = {name: params[at:at + size].hex() for name, (at, size) in SAME_PARAMS.items()}
    if params[0x0f] == 1:       # VGA text: there is no framebuffer for these to be about
        same = {name: value for name, value in same.items() if not name.startswith("screen")}
    same["FRAMEBUFFER"], same["SCREEN"] = found["FRAMEBUFFER"], found["SCREEN"]
    same["MEMORY"] = memory_map(found["MEMORY"])
    same["RUNTIME"] = sorted(line for line in found["RUNTIME"] if line.split("|")[0] in RUNTIME_TYPES)
    # of the firmware's boot menu, those of the disks are made when it looks for a boot loader on them
    # Loader…: what a boot loader tells of itself, which GRUB does not; see test_uefi_variables
    same["VARIABLE"] = sorted(name for name in found["VARIABLE"]
                              if not re.match("(Boot(Current|[0-9])|Loader[A-Z].*-4a67b082-)", name))
    for line in found["LOG"]:
        if line.startswith("efi: ") and "=" in line:
            # the firmware's tables; some it makes anew at each start, and INITRD is that of its loader
            same["tables"] = sorted(re.findall(r"(?:ACPI|ACPI 2.0|SMBIOS|SMBIOS 3.0|ESRT)=\S+", line))
        elif not line.startswith("efi: Freeing"):
            same[line.split()[0]] = line
    return same


GRUB_CONFIG = """search --file --set=root /vmlinuz
linux@ /vmlinuz console=ttyS0 quiet console=tty0
initrd@ /initrd
boot
"""


def grub(directory, firmware, disk, suffix=""):
    """How to start a machine whose boot loader is GRUB, which boots the disk's kernel; by linux16, if so suffixed."""
    platform, screen = {"seabios": ("i386-pc", "biosdisk"), "ovmf": ("x86_64-efi", "efi_gop")}[firmware]
    (directory / "grub.cfg").write_text(GRUB_CONFIG.replace("@", suffix))
    image = directory / "grub.img"
    run("grub-mkimage", "-O", platform, "-c", directory / "grub.cfg", "-p", "/boot/grub", "-o", image,
        "part_gpt", "ext2", "search", "search_fs_file", f"linux{suffix}", screen)
    if firmware == "seabios":       # as the "Linux kernel" that QEMU's ROM starts, it finds a BIOS as ever
        head = pathlib.Path("/usr/lib/grub/i386-pc/lnxboot.img").read_bytes()
        image.write_bytes(head + image.read_bytes())
        return {"kernel": image, "append": "", "disks": [disk]}
    esp = directory / "esp.img"
    esp.write_bytes(bytes(4 << 20))
    run("mformat", "-i", esp, "::")
    run("mmd", "-i", esp, "::/EFI", "::/EFI/BOOT")
    run("mcopy", "-i", esp, image, "::/EFI/BOOT/BOOTX64.EFI")
    return {"kernel": None, "disks": [esp, disk]}


def target_disk(directory, megabytes):
    """A disk with the target that looks around, in an initrd with that much ballast."""
    archive = cpio({"init": program("handover"), "efivarfs.ko": efivarfs(directory),
                    "baton": (TOP / BUILD / "x86_64/baton").read_bytes(),
                    "ballast": bytes(range(256)) * (megabytes << 12)})
    return grub_disk(directory / "disk.img", [menuentry("Entry First", options="console=tty0")],
                     timeout=0, files={"/initrd": archive}, size_mib=megabytes + 40)


@pytest.fixture(scope="module")
def found_by_grub():
    """What the target found that GRUB booted: {(firmware, memory): essence}."""
    return {}


# As SAME_PARAMS, of what only the kernel's own real mode code asks a BIOS for.
BIOS_PARAMS = {
    "SpeedStep": (0x60, 16),
    "numbers of disks and of signatures": (0x1e9, 2),
    "signatures": (0x290, 64),
    "disks": (0xd00, 492),
}


@pytest.mark.long
def test_what_the_bios_says_of_its_disks(start, tmp_path):
    """EDD, which the firmware kernel asks for as the target's real mode code does that GRUB's linux16 starts."""
    disk, found = target_disk(tmp_path, 0), []
    for options in grub(tmp_path, "seabios", disk, "16"), {"disks": [disk]}:
        machine = start(memory=1024, **options)
        params = bytes.fromhex(look_around(machine)["PARAMS"][0])
        found.append({name: params[at:at + size].hex() for name, (at, size) in BIOS_PARAMS.items()})
        machine.close()
    assert found[0] == found[1]
    assert found[0]["numbers of disks and of signatures"] == "0101" and found[0]["disks"].strip("0")


# Page tables of five levels where the processor has them, and all memory but 512 MiB above 4 GiB.
SPLIT = ["-cpu", "max,la57=on", "-machine", "max-ram-below-4g=512M"]


@pytest.mark.long
@pytest.mark.parametrize("firmware", ["seabios", "ovmf"])
def test_machine_with_five_levels_and_split_memory(start, tmp_path, firmware):
    """It, too, is to the target as it is by GRUB."""
    disk = target_disk(tmp_path, 0)
    machine = start(memory=6144, firmware=firmware, controllers=SPLIT, **grub(tmp_path, firmware, disk))
    expected = essence(look_around(machine))
    machine.close()
    machine = start(disks=[disk], memory=6144, firmware=firmware, controllers=SPLIT)
    assert essence(look_around(machine)) == expected
    assert any(int(end, 16) > 6 << 30 for _, end, _ in expected["MEMORY"])


# A group is run by one process: GRUB boots each machine once.
MACHINES = [pytest.param(firmware, memory, marks=pytest.mark.xdist_group(f"{firmware}-{memory}"))
            for firmware in ("seabios", "ovmf") for memory in (1024, 6144)]


@pytest.mark.parametrize("megabytes", [0, 100])
@pytest.mark.parametrize("firmware,memory", MACHINES)
def test_machine_is_as_the_firmware_gave_it(start, tmp_path, found_by_grub, firmware, memory, megabytes):
    """The same kernel, started by GRUB and by baton, finds the same machine."""
    disk = target_disk(tmp_path, megabytes)
    if (firmware, memory) not in found_by_grub:
        machine = start(memory=memory, firmware=firmware, **grub(tmp_path, firmware, disk))
        found_by_grub[firmware, memory] = essence(look_around(machine))
        machine.close()
    machine = start(disks=[disk], memory=memory, firmware=firmware)
    all_found = look_around(machine)
    found = essence(all_found)
    assert found == found_by_grub[firmware, memory]
    assert found["MEMORY"] and "ACPI:" in found
    if firmware == "ovmf":
        assert found["VARIABLE"] and found["RUNTIME"] and found["FRAMEBUFFER"] == ["0 EFI VGA"]
    checks = {check["name"]: check for check in json.loads(all_found["DOCTOR"][0])["checks"]}
    assert [check for check in checks.values() if check["verdict"] != "ok"] == []
    assert checks["kexec_load"]["text"] == "works"
    assert checks["EFI"]["text"].endswith("regions of runtime services") == (firmware == "ovmf")
    assert checks["screen"]["text"].startswith("1280 x 800" if firmware == "ovmf" else "VGA text")
