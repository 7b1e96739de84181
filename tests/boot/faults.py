"""Disks with faults: what they hold is damaged, or what reads and writes them fails, waits or hangs."""

import contextlib
import json
import pathlib
import random
import select
import shutil
import socket
import struct
import tempfile
import threading

from disks import PARTITION_AT
from qemu import run

SECTOR = 512

# Else QEMU reads the disk to guess them, before the machine is on.
GEOMETRY = {"cyls": 130, "heads": 16, "secs": 63}


def quoted(options):
    """A json: pseudo-filename, its commas doubled for -drive."""
    return "json:" + json.dumps({"driver": "raw", "file": options}).replace(",", ",,")


# Errors and hangs ---------------------------------------------------------------------------------

def with_errors(path, sectors=None, event="read_aio", errno=5):
    """The disk fails with an I/O error: in these sectors, or (None) everywhere."""
    places = [{}] if sectors is None else [{"sector": sector} for sector in sectors]
    return quoted({"driver": "blkdebug", "image": {"driver": "file", "filename": str(path)},
                   "inject-error": [{"event": event, "errno": errno, **place} for place in places]})


class Server:
    """An NBD server (the protocol's oldstyle negotiation, simple replies) that serves a file badly.

    wait(is a write, offset, size): seconds until a request is answered; None: it never is, and nor is
    any after it.
    """

    READ, WRITE, DISCONNECT, FLUSH = range(4)

    def __init__(self, path, wait):
        self.file = open(path, "r+b")
        self.wait = wait
        self.closed = threading.Event()
        self.directory = tempfile.mkdtemp(prefix="baton-nbd-")
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(f"{self.directory}/nbd")
        self.listener.listen()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def disk(self):
        """For Machine."""
        return quoted({"driver": "nbd", "server": {"type": "unix", "path": f"{self.directory}/nbd"}})

    def close(self):
        self.closed.set()
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(10)
        self.file.close()
        shutil.rmtree(self.directory)

    def serve(self):
        with contextlib.suppress(OSError, EOFError):
            while True:
                client, _ = self.listener.accept()
                with client, contextlib.suppress(OSError, EOFError):
                    self.serve_one(client)

    def serve_one(self, client):
        has_flags, sends_flush = 1, 4
        client.sendall(b"NBDMAGIC" + struct.pack(">QQI124x", 0x420281861253, self.file.seek(0, 2),
                                                 has_flags | sends_flush))
        while True:
            _, _, what, handle, offset, size = struct.unpack(">IHHQQI", self.receive(client, 28))
            data = self.receive(client, size) if what == self.WRITE else b""
            if what == self.DISCONNECT:
                return
            seconds = self.wait(what == self.WRITE, offset, size)
            if self.closed.wait(seconds):
                return
            self.file.seek(offset)
            if what == self.WRITE:
                self.file.write(data)
            elif what == self.FLUSH:
                self.file.flush()
            answer = struct.pack(">IIQ", 0x67446698, 0, handle)
            client.sendall(answer + (self.file.read(size) if what == self.READ else b""))

    def receive(self, client, size):
        data = b""
        while len(data) < size:
            if not select.select([client], [], [], 1)[0]:
                if self.closed.is_set():
                    raise EOFError
                continue
            part = client.recv(size - len(data))
            if not part:
                raise EOFError
            data += part
        return data


# Damage -------------------------------------------------------------------------------------------

def blocks_of(disk, path, block_size=1024):
    """The sectors at which a file's blocks begin, on the ext4 partition of ext4_disk()."""
    numbers = run("debugfs", "-R", f"blocks {path}", f"{disk}?offset={PARTITION_AT}")
    return [PARTITION_AT // SECTOR + int(word) * block_size // SECTOR
            for word in numbers.partition("\n")[2].split()]


def inode_of(disk, path):
    """The sector that a file's inode is in, on the same."""
    place = run("debugfs", "-R", f"imap {path}", f"{disk}?offset={PARTITION_AT}")
    block, offset = (int(place.rpartition(word)[2].split(",")[0], 0) for word in ("block ", "offset "))
    return (PARTITION_AT + block * 1024 + offset) // SECTOR


def noise(path, offset, size, keep=(), seed=1):
    """Noise over a part of a file, but for the (offset, size) parts to keep."""
    with open(path, "r+b") as file:
        file.seek(offset)
        original = file.read(size)
        bytes_ = bytearray(random.Random(seed).randbytes(len(original)))
        for at, length in keep:
            bytes_[at - offset:at - offset + length] = original[at - offset:at - offset + length]
        file.seek(offset)
        file.write(bytes_)
    return path


def metadata(image, *contents):
    """The sectors of an image that hold something, and nothing that is in the contents."""
    known = {data[at:at + SECTOR] for data in (*contents, bytes(SECTOR))
             for at in range(0, len(data), SECTOR)}
    return [at for at in range(0, len(image), SECTOR) if image[at:at + SECTOR] not in known]


def scattered(path, seed, *contents):
    """Damage to a few sectors of a file system's metadata: bits, bytes, zeros or noise in them."""
    chance = random.Random(seed)
    image = bytearray(path.read_bytes())
    places = metadata(bytes(image), *contents)
    for at in chance.choices(places, k=chance.choice((1, 3, 10, 30))):
        kind = chance.randrange(4)
        if kind == 0:
            image[at + chance.randrange(SECTOR)] ^= 1 << chance.randrange(8)
        elif kind == 1:
            for _ in range(8):
                image[at + chance.randrange(SECTOR)] = chance.choice((0, 1, 0x7F, 0x80, 0xFF))
        else:
            image[at:at + SECTOR] = chance.randbytes(SECTOR) if kind == 2 else bytes(SECTOR)
    path.write_bytes(image)
    return path


def formatted(path, kind, files):
    """A disk at path that is one file system of this kind and holds files: {path: bytes}."""
    tree = pathlib.Path(tempfile.mkdtemp(prefix="baton-disk-"))
    try:
        for name, data in files.items():
            file = tree / name.lstrip("/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        with open(path, "wb") as disk:
            disk.truncate({"xfs": 320, "btrfs": 128}.get(kind, 40) << 20)
        if kind == "ext4":
            run("mke2fs", "-q", "-F", "-t", "ext4", "-d", tree, path)
        elif kind == "btrfs":
            run("mkfs.btrfs", "-q", "--rootdir", tree, path)
        elif kind == "xfs":
            (tree / "prototype").write_text("/dev/null\n0 0\n" + prototype(tree))
            run("mkfs.xfs", "-q", "-p", tree / "prototype", path)
        else:
            run("mkfs.fat", "-F", "32", path)
            run("mcopy", "-s", "-i", path, *tree.iterdir(), "::/")
    finally:
        shutil.rmtree(tree)
    return path


def prototype(tree, name=""):
    """A folder as mkfs.xfs -p takes it."""
    inside = "".join(prototype(path, path.name) if path.is_dir() else f"{path.name} ---644 0 0 {path}\n"
                     for path in sorted(tree.iterdir()) if path.name != "prototype")
    return f"{name} d--755 0 0\n{inside}$\n"


# Power cuts ---------------------------------------------------------------------------------------

def logging_writes(path, log):
    """Every write is noted in a file, in dm-log-writes' format."""
    with open(log, "wb") as file:
        file.truncate(64 << 20)
    return quoted({"driver": "blklogwrites", "file": {"driver": "file", "filename": str(path)},
                   "log": {"driver": "file", "filename": str(log)}, "log-super-update-interval": 1})


def logged_writes(log):
    """The log's entries: (sector, data, is a flush)."""
    data = log.read_bytes()
    magic, version, entries, sector_size = struct.unpack_from("<QQQI", data)
    assert (magic, version) == (0x6A736677736872, 1)
    at = sector_size
    for _ in range(entries):
        sector, sectors, flags, _ = struct.unpack_from("<QQQQ", data, at)
        at += sector_size
        size = 0 if flags & 4 else sectors * sector_size    # a discard carries nothing
        yield sector, data[at:at + size], bool(flags & 1)
        at += size


def power_cuts(writes, points, unit=SECTOR, seed=1):
    """What of the writes power cuts could leave, as [(offset, data)]: all that was flushed, any of the rest.

    One for the state before each write, and more, up to points, that lose any of the writes since
    the last flush and tear one between two units, which a disk writes whole or not at all.
    """
    chance = random.Random(seed)
    for number in range(max(points, len(writes) + 1)):
        end = number if number <= len(writes) else chance.randrange(1, len(writes) + 1)
        begun = max((i + 1 for i in range(end) if writes[i][2]), default=0)
        kept = []
        for i, (sector, data, _) in enumerate(writes[:end]):
            if i >= begun and number > len(writes):
                if chance.random() < 0.5:
                    continue
                data = data[:chance.randrange(len(data) // unit + 1) * unit]
            kept.append((sector * SECTOR, data))
        yield kept


def torn(before, path, kept):
    """A disk at path: as it was before, and these writes."""
    run("cp", "--sparse=always", before, path)
    with open(path, "r+b") as disk:
        for offset, data in kept:
            disk.seek(offset)
            disk.write(data)
    return path
