"""Small disks for the boot tests, made in a second and without root."""

import functools
import hashlib
import os
import pathlib
import re
import shutil
import struct
import subprocess
import tempfile
import zlib

from qemu import TOP, run

PARTITION_AT = 1 << 20
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "baton"


@functools.lru_cache(maxsize=None)
def debian_disk():
    """The real Debian, made once and cached; takes minutes the first time."""
    return subprocess.run([TOP / "tools/disk", "debian"], check=True, text=True,
                          stdout=subprocess.PIPE).stdout.strip()


@functools.lru_cache(maxsize=None)
def kernel():
    """Debian's kernel, as bytes."""
    path = subprocess.run([TOP / "tools/disk", "kernel"], check=True, text=True,
                          stdout=subprocess.PIPE).stdout.strip()
    return pathlib.Path(path).read_bytes()


@functools.lru_cache(maxsize=None)
def package(name, *wanted):
    """The folder that a package of Debian's is unpacked in, not installed, or what matches of it; downloaded once."""
    key = hashlib.sha256(" ".join(wanted).encode()).hexdigest()[:8] if wanted else ""
    directory = CACHE / "packages" / "-".join(filter(None, (name, key)))
    if not directory.exists():
        directory.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=directory.parent) as work:
            run("apt-get", "download", "-qq", "-o", "APT::Sandbox::User=", name, cwd=work)
            archive, content, complete = *pathlib.Path(work).glob("*.deb"), f"{work}/content", f"{work}/complete"
            with open(content, "wb") as file:
                subprocess.run(["dpkg-deb", "--fsys-tarfile", archive], check=True, stdout=file)
            os.mkdir(complete)
            run("tar", "-x", "-C", complete, "-f", content, "--wildcards", *(wanted or ["*"]))
            if not directory.exists():      # another process may have been faster
                os.rename(complete, directory)
    return directory


def package_file(name, path):
    return (package(name) / path).read_bytes()


@functools.lru_cache(maxsize=None)
def kernel_package(flavour):
    """The package that Debian's linux-image-FLAVOUR, which is always of the newest kernel, stands for."""
    depends = run("apt-cache", "depends", "--important", f"linux-image-{flavour}")
    return re.search(r"Depends: (linux-image-\d\S+)", depends)[1]


def kernel_of(flavour):
    """That kernel, as bytes."""
    return next(package(kernel_package(flavour), "./boot/vmlinuz-*").glob("boot/vmlinuz-*")).read_bytes()


@functools.lru_cache(maxsize=None)
def program(name):
    """A small static program of the tests, NAME.c, as bytes."""
    with tempfile.TemporaryDirectory(prefix="baton-") as directory:
        result = pathlib.Path(directory) / name
        run("gcc", "-static", "-Os", "-s", "-o", result, pathlib.Path(__file__).parent / f"{name}.c")
        return result.read_bytes()


def cpio(files):
    """A newc archive (Documentation/driver-api/early-userspace/buffer-format.rst) of name: bytes."""
    parents = {str(parent): None for name in files for parent in [*pathlib.PurePath(name).parents][-2::-1]}
    archive = b""
    for number, (name, data) in enumerate([*parents.items(), *files.items(), ("TRAILER!!!", b"")], 1):
        mode = 0o40755 if data is None else 0o100755 if name != "TRAILER!!!" else 0
        data = data or b""
        fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0)
        archive += b"070701" + b"".join(b"%08X" % field for field in fields)
        archive = pad(archive + name.encode() + b"\0", 4)
        archive = pad(archive + data, 4)
    return pad(archive, 512)


def pad(data, size):
    return data + bytes(-len(data) % size)


def initrd(name="first", init=True):
    """An initrd that leaves the mark initrd-NAME, which the target reports; with or without /init."""
    files = {f"initrd-{name}": b""}
    if init:
        files["init"] = program("target")
    return cpio(files)


def ext4_disk(path, files, size_mib=40, **options):
    """A GPT disk at path with one ext4 partition that holds files: {path: bytes or text}."""
    with open(path, "wb") as disk:
        disk.truncate(size_mib << 20)
    run("sfdisk", "-q", path, input="label: gpt\nstart=1MiB\n")
    make_ext4(path, files, PARTITION_AT, size_mib - 2, **options)
    return path


def make_ext4(path, files, offset, size_mib, uuid="random", label="test"):
    """An ext4 of files in the bytes of path that begin at offset."""
    tree = pathlib.Path(tempfile.mkdtemp(prefix="baton-disk-"))
    try:
        for name, data in files.items():
            file = tree / name.lstrip("/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data.encode() if isinstance(data, str) else data)
        run("mke2fs", "-q", "-F", "-t", "ext4", "-L", label, "-U", uuid, "-d", tree,
            "-E", f"offset={offset}", path, f"{size_mib}M")
    finally:
        shutil.rmtree(tree)


def menuentry(title, kernel="/vmlinuz", initrds=("/initrd",), options=""):
    """A GRUB entry; the target prints its command line, so the title's last word goes into it."""
    lines = [f"\tlinux {kernel} console=ttyS0 quiet entry={title.split()[-1].lower()} {options}"]
    if initrds:
        lines.append("\tinitrd " + " ".join(initrds))
    return "menuentry '%s' {\n%s\n}\n" % (title, "\n".join(lines))


def grub_files(entries, timeout=30):
    return {"/vmlinuz": kernel(), "/initrd": initrd(),
            "/boot/grub/grub.cfg": f"set default=0\nset timeout={timeout}\n" + "".join(entries)}


def grub_disk(path, entries, timeout=30, files=None, **options):
    """A disk with Debian's kernel, the tests' target, and a grub.cfg of these entries."""
    return ext4_disk(path, grub_files(entries, timeout) | (files or {}), **options)


def lvm_checksum(data):
    return zlib.crc32(data, ~0xf597a6cf & 0xffffffff) ^ 0xffffffff


def lvm_image(path, files, size_mib=40):
    """A physical volume at path, whose group "test-vg" has one volume "root" of two segments, of files.

    As lvm2 writes it: label and header in the second sector, a ring of text from 4 KiB on.
    """
    mib, ring = 2048, 1 << 20
    make_ext4(path, files, 0, size_mib - 2)
    half = (size_mib - 2) // 2
    data = path.read_bytes()
    data = data[half << 20:] + data[:half << 20]   # the volume's second half comes first
    pv, vg, lv = "a" * 32, "b" * 32, "c" * 32
    text = f"""test-vg {{
id = "{vg[:6]}-{vg[6:]}"
seqno = 3
format = "lvm2" # informational
status = ["RESIZEABLE", "READ", "WRITE"]
extent_size = {mib}
physical_volumes {{
pv0 {{
id = "{pv[:6]}-{pv[6:]}"
device = "/dev/md\\"0"
status = ["ALLOCATABLE"]
pe_start = {mib + 2048}
}}
}}
logical_volumes {{
root {{
id = "{lv[:6]}-{lv[6:]}"
status = ["READ", "WRITE", "VISIBLE"]
segment_count = 2
segment1 {{
start_extent = 0
extent_count = {half}
type = "striped"
stripe_count = 1
stripes = [
"pv0", {half}
]
}}
segment2 {{
start_extent = {half}
extent_count = {half}
type = "striped"
stripe_count = 1
stripes = [
"pv0", 0
]
}}
}}
thin {{
id = "{lv[:6]}-{lv[6:]}"
status = ["READ", "WRITE", "VISIBLE"]
segment1 {{
start_extent = 0
extent_count = 1
type = "thin-pool"
}}
}}
}}
}}
contents = "Text Format Volume Group"
""".encode()
    header = pv.encode() + struct.pack("<Q", size_mib << 20)
    header += struct.pack("<10Q", 2 << 20, 0, 0, 0, 4096, ring, 0, 0, 0, 0)
    label = struct.pack("<I8s", 32, b"LVM2 001") + header
    label += bytes(512 - 20 - len(label))
    label = struct.pack("<8sQI", b"LABELONE", 1, lvm_checksum(label)) + label
    at = ring - 700                                # so that the text goes round
    area = struct.pack("<16sIQQ", b" LVM2 x[5A%r0N*>", 1, 4096, ring)
    area += struct.pack("<QQII", at, len(text), lvm_checksum(text), 0)
    area += bytes(512 - 4 - len(area))
    area = struct.pack("<I", lvm_checksum(area)) + area
    image = bytearray(2 << 20)
    image[512:512 + len(label)] = label
    image[4096:4096 + len(area)] = area
    image[4096 + at:4096 + ring] = text[:ring - at]
    image[4096 + 512:4096 + 512 + len(text) - (ring - at)] = text[ring - at:]
    path.write_bytes(bytes(image) + data)


def raid1_disk(path, content, slot, events, name="host:boot", disks=2, features=1):
    """A member of a RAID1 of version 1.2, with a write-intent bitmap, at path."""
    start, sectors = 2048, len(content) // 512
    roles = struct.pack(f"<{disks}H", *range(disks))
    block = struct.pack("<IIII16s32sQiIQIIiIQIIII", 0xa92b4efc, 1, features, 0, bytes(range(16)),
                        name.encode(),
                        0, 1, 0, sectors, 0, disks, 8, 0, 0, 0, 0, 0, 0)
    block += struct.pack("<QQQQII16s8s", start, sectors, 8, 0, slot, 0, bytes([slot]) * 16, bytes(8))
    block += struct.pack("<QQQII32s", 0, events, 2**64 - 1, 0, disks, bytes(32)) + roles
    total = sum(struct.unpack(f"<{len(block) // 4}I", block))
    total = (total & 0xffffffff) + (total >> 32)
    block = block[:216] + struct.pack("<I", total & 0xffffffff) + block[220:]
    bitmap = struct.pack("<II16sQQQIIII", 0x6d746962, 4, bytes(range(16)), events, events, sectors, 0,
                         64 << 20, 5, 0)
    image = bytearray(start * 512)
    image[4096:4096 + len(block)] = block
    image[8192:8192 + len(bitmap)] = bitmap
    path.write_bytes(bytes(image) + content)
