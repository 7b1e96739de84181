"""Small disks for the boot tests, made in a second and without root."""

import functools
import pathlib
import shutil
import subprocess
import tempfile

from qemu import TOP, run

PARTITION_AT = 1 << 20


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


def ext4_disk(path, files, uuid="random", label="test", size_mib=40):
    """A GPT disk at path with one ext4 partition that holds files: {path: bytes or text}."""
    tree = pathlib.Path(tempfile.mkdtemp(prefix="baton-disk-"))
    try:
        for name, data in files.items():
            file = tree / name.lstrip("/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data.encode() if isinstance(data, str) else data)
        with open(path, "wb") as disk:
            disk.truncate(size_mib << 20)
        run("sfdisk", "-q", path, input="label: gpt\nstart=1MiB\n")
        run("mke2fs", "-q", "-F", "-t", "ext4", "-L", label, "-U", uuid, "-d", tree,
            "-E", f"offset={PARTITION_AT}", path, f"{size_mib - 2}M")
    finally:
        shutil.rmtree(tree)
    return path


def menuentry(title, kernel="/vmlinuz", initrds=("/initrd",), options=""):
    """A GRUB entry; the target prints its command line, so the title's last word goes into it."""
    lines = [f"\tlinux {kernel} console=ttyS0 quiet entry={title.split()[-1].lower()} {options}"]
    if initrds:
        lines.append("\tinitrd " + " ".join(initrds))
    return "menuentry '%s' {\n%s\n}\n" % (title, "\n".join(lines))


def grub_disk(path, entries, timeout=30, files=None, **options):
    """A disk with Debian's kernel, the tests' target, and a grub.cfg of these entries."""
    content = {"/vmlinuz": kernel(), "/initrd": initrd(),
               "/boot/grub/grub.cfg": f"set default=0\nset timeout={timeout}\n" + "".join(entries)}
    content.update(files or {})
    return ext4_disk(path, content, **options)
