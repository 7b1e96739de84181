"""Disks whose power fails, from a log of what was written to them."""

import json
import random
import struct

SECTOR = 512


def quoted(options):
    """A json: pseudo-filename, its commas doubled for -drive."""
    return "json:" + json.dumps({"driver": "raw", "file": options}).replace(",", ",,")


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


def power_cuts(image, writes, points, seed=1):
    """The images that power cuts could leave: what was flushed is there, of the rest any part.

    One for the state before each write, and more, up to points, that lose any of the writes since
    the last flush and tear one at a sector.
    """
    chance = random.Random(seed)
    for number in range(max(points, len(writes) + 1)):
        end = number if number <= len(writes) else chance.randrange(1, len(writes) + 1)
        begun = max((i + 1 for i in range(end) if writes[i][2]), default=0)
        torn = bytearray(image)
        for i, (sector, data, _) in enumerate(writes[:end]):
            if i >= begun and number > len(writes):
                if chance.random() < 0.5:
                    continue
                data = data[:chance.randrange(len(data) // SECTOR + 1) * SECTOR]
            torn[sector * SECTOR:sector * SECTOR + len(data)] = data
        yield bytes(torn)
