"""The fault matrix: a table of what disks and machines do wrong, and one runner for each kind of row.

Each run has to end in a boot, a menu that answers or a reboot, and may write nothing but what the
entry's own loader would have written. `make test` runs a selection; `make faults` (BATON_FAULTS=all)
runs every row, with more seeds, and each disk alone, too. The counts are in the summary of the run.
"""

import contextlib
import hashlib
import itertools
import json
import os
import random
import re
import time
import typing

import pytest

import faults
from disks import (PARTITION_AT, cpio, ext4_disk, grub_disk, initrd, kernel, menuentry, program,
                   raid1_disk)
from faults import GEOMETRY, SECTOR
from qemu import run
from test_boot import FIRST, expect_target
from test_writes import HEADER, debugfs, environment, power_off, saving

ALL = os.environ.get("BATON_FAULTS") == "all"
PART = PARTITION_AT // SECTOR
WRITABLE = {"writable": True}
MENU_LEFT = b"\x1b[24;1H\r\x1b7\x1b[r\x1b8"     # the cursor below, and the whole screen scrolls again

BAD = menuentry("Entry Bad", options="panic=-1")


# Disks that can't be read, or not well ----------------------------------------------------------------

class Lab:
    """Where a machine's bad disks are made: copies of one that is whole, files, and servers of disks."""

    def __init__(self, directory):
        self.directory = directory
        self.numbers = itertools.count()
        self.images = []
        self.servers = []

    def path(self):
        self.images.append(self.directory / f"bad{next(self.numbers)}.img")
        return self.images[-1]

    def whole(self):
        """A disk that would boot "Entry Bad"."""
        whole = self.directory / "whole.img"
        if not whole.exists():
            grub_disk(whole, [BAD], timeout=1)
        run("cp", "--sparse=always", whole, path := self.path())
        return path

    def served(self, wait, path=None):
        self.servers.append(faults.Server(path or self.whole(), wait))
        return self.servers[-1].disk(), GEOMETRY

    def close(self):
        """The servers' connections, so that what hangs ends with an error."""
        while self.servers:
            self.servers.pop().close()

    def config(self, text, **files):
        """A disk with this grub.cfg, and nothing to boot but what it says."""
        return ext4_disk(self.path(), {"/boot/grub/grub.cfg": text, **files}, size_mib=40)

    def files(self, **files):
        """The whole disk's menu, with other files: kernel=bytes, initrd=bytes."""
        return grub_disk(self.path(), [BAD], timeout=1, files={f"/{n}": d for n, d in files.items()})

    def digests(self):
        return [hashlib.file_digest(open(path, "rb"), "blake2b").digest() for path in self.images]


class Fault(typing.NamedTuple):
    """make(lab): a disk for Machine. alone: how a machine with only this disk ends, own being its entry.

    together: it does not boot by itself, so that many can stand in one machine before a good disk.
    quick: it is in the selection.
    """

    name: str
    make: typing.Callable
    alone: str = "menu"
    together: bool = True
    quick: bool = False


def blocks(lab, path, pick):
    """The whole disk, with errors in some blocks of a file."""
    disk = lab.whole()
    return faults.with_errors(disk, pick(faults.blocks_of(disk, path)))


def first(sectors):
    return sectors[:1]


def middle(sectors):
    return [sectors[len(sectors) // 2]]


def last(sectors):
    return sectors[-1:]


def hangs_at(lab, path):
    """The whole disk, which stops to answer for ever at the first read of a file."""
    disk = lab.whole()
    at = faults.blocks_of(disk, path)[0] * SECTOR
    return lab.served(lambda _, offset, size: None if offset <= at < offset + size else 0, disk)


def once(seconds, start=0):
    """Slow for one request, the first that is behind start: a disk that has to spin up."""
    slow = itertools.chain([seconds], itertools.repeat(0))
    return lambda _, offset, size: next(slow) if offset + size > start else 0


def slow_at(lab, path, seconds=20):
    disk = lab.whole()
    at = faults.blocks_of(disk, path)[0] * SECTOR
    waits = itertools.chain([seconds], itertools.repeat(0))
    return lab.served(lambda _, offset, size: next(waits) if offset <= at < offset + size else 0, disk)


def dies_after(lab, requests):
    left = iter(range(requests))
    return lab.served(lambda *_: 0 if next(left, None) is not None else None)


def superblock(kind, offset, size, keep=()):
    def make(lab):
        path = faults.formatted(lab.path(), kind, {"/boot/grub/grub.cfg": BAD.encode()})
        return faults.noise(path, offset, size, keep)
    return make


def text(content):
    return lambda lab: lab.config(content)


def special(*commands):
    """A disk whose grub.cfg is no plain file."""
    def make(lab):
        path = ext4_disk(lab.path(), {"/boot/grub/x": ""}, size_mib=8)
        for command in commands:
            run("debugfs", "-w", "-R", command, f"{path}?offset={PARTITION_AT}")
        return path
    return make


READING = [
    # I/O errors, from the first look at the disk to the last file of its entry
    Fault("errors everywhere", lambda lab: faults.with_errors(lab.whole()), quick=True),
    Fault("errors: MBR", lambda lab: faults.with_errors(lab.whole(), [0]), quick=True),
    Fault("errors: GPT header", lambda lab: faults.with_errors(lab.whole(), [1])),
    Fault("errors: GPT entries", lambda lab: faults.with_errors(lab.whole(), [2])),
    Fault("errors: superblock", lambda lab: faults.with_errors(lab.whole(), [PART + 2]), quick=True),
    Fault("errors: group descriptors", lambda lab: faults.with_errors(lab.whole(), [PART + 4])),
    Fault("errors: directory", lambda lab: blocks(lab, "/boot/grub", first), quick=True),
    Fault("errors: inode of grub.cfg", lambda lab: faults.with_errors(
        disk := lab.whole(), [faults.inode_of(disk, "/boot/grub/grub.cfg")])),
    Fault("errors: grub.cfg", lambda lab: blocks(lab, "/boot/grub/grub.cfg", first), quick=True),
    Fault("errors: kernel's start", lambda lab: blocks(lab, "/vmlinuz", first)),
    Fault("errors: kernel", lambda lab: blocks(lab, "/vmlinuz", middle), quick=True),
    Fault("errors: kernel's end", lambda lab: blocks(lab, "/vmlinuz", last)),
    Fault("errors: initrd's start", lambda lab: blocks(lab, "/initrd", first), quick=True),
    Fault("errors: initrd's end", lambda lab: blocks(lab, "/initrd", last)),
    # disks that do not answer, from the start or from then on
    Fault("hangs: everywhere", lambda lab: lab.served(lambda *_: None), quick=True),
    Fault("hangs: grub.cfg", lambda lab: hangs_at(lab, "/boot/grub/grub.cfg"), quick=True),
    Fault("hangs: kernel", lambda lab: hangs_at(lab, "/vmlinuz")),
    Fault("hangs: initrd", lambda lab: hangs_at(lab, "/initrd")),
    # what is slow is not broken
    Fault("slow: 20 s until it answers", lambda lab: lab.served(once(20)), "own", together=False),
    Fault("slow: 20 s at grub.cfg", lambda lab: slow_at(lab, "/boot/grub/grub.cfg"), "own", together=False),
    Fault("slow: 20 s at the kernel", lambda lab: slow_at(lab, "/vmlinuz"), "own", together=False),
    Fault("slow: 20 ms each time", lambda lab: lab.served(lambda *_: 0.02), "own", together=False),
    # superblocks that are recognized, and noise behind that; inodes that are noise
    Fault("noise: ext4 superblock", superblock("ext4", 1024, 1024, [(1080, 2)]), quick=True),
    Fault("noise: xfs superblock", superblock("xfs", 4, 508), quick=True),
    Fault("noise: vfat superblock", superblock("vfat", 11, 400, [(82, 8)]), quick=True),
    Fault("noise: btrfs superblock", superblock("btrfs", (64 << 10) + 96, 2000), quick=True),
    Fault("noise: ext4 inodes", lambda lab: faults.noise(lab.whole(), PARTITION_AT + (8 << 10), 512 << 10),
          quick=True),
    Fault("noise: disk", lambda lab: faults.noise(lab.whole(), 0, 40 << 20)),
    Fault("noise: GPT", lambda lab: faults.noise(lab.whole(), 512, 33 * 512)),
    Fault("noise: GPT entries", lambda lab: faults.noise(lab.whole(), 1024, 32 * 512)),
    # files
    Fault("kernel: cut short", lambda lab: lab.files(vmlinuz=kernel()[:3 << 20]), quick=True),
    Fault("kernel: its end is missing", lambda lab: lab.files(vmlinuz=kernel()[:-4096])),
    Fault("kernel: 1 byte", lambda lab: lab.files(vmlinuz=b"M")),
    Fault("kernel: empty", lambda lab: lab.files(vmlinuz=b"")),
    Fault("kernel: noise", lambda lab: lab.files(vmlinuz=random.Random(1).randbytes(1 << 20)), quick=True),
    Fault("kernel: header only", lambda lab: lab.files(vmlinuz=kernel()[:0x300] + bytes(1 << 20))),
    Fault("initrd: empty", lambda lab: lab.files(initrd=b"")),
    Fault("initrd: cut short", lambda lab: lab.files(initrd=initrd()[:20000]), "reboot", together=False),
    # configs
    Fault("config: noise", text(random.Random(1).randbytes(100_000).decode("latin-1")), quick=True),
    Fault("config: endless loop", text("while true; do true; done\n" + BAD), quick=True),
    Fault("config: eats memory", text("x=1\nwhile true; do x=$x$x; done\n" + BAD), quick=True),
    Fault("config: eats memory in menu entries", text(
        "while true; do menuentry 'x' { linux /vmlinuz\n }\ndone\n"), quick=True),
    Fault("config: calls itself", text("function f { f; f; }\nf\n"), quick=True),
    Fault("config: reads itself", text("source /boot/grub/grub.cfg\n" * 9)),
    Fault("config: deep", text("if true; then\n" * 100_000)),
    Fault("config: is a directory", special("mkdir /boot/grub/grub.cfg"), quick=True),
    Fault("config: is a FIFO", special("cd /boot/grub", "mknod /boot/grub/grub.cfg p")),
    Fault("config: leads to itself", special("symlink /boot/grub/grub.cfg grub.cfg")),
    Fault("config: leads out", special("symlink /boot/grub/grub.cfg /../../../../../dev/zero")),
    Fault("config: a terabyte of nothing", special(
        "write /dev/null /boot/grub/grub.cfg", "sif /boot/grub/grub.cfg size 0x10000000000")),
    # nothing at all
    Fault("disk: empty", lambda lab: lab.path().write_bytes(bytes(1 << 20)) and lab.images[-1]),
    Fault("disk: one sector", lambda lab: lab.path().write_bytes(bytes(512)) and lab.images[-1]),
]
READING += [Fault(f"hangs: after {n} requests", lambda lab, n=n: dies_after(lab, n))
            for n in (1, 2, 4, 8, 16, 32)]


def scattered(kind, seed):
    """Anything may come of it, but not a boot of something else than what is there."""
    def make(lab):
        files = {"/vmlinuz": kernel(), "/initrd": initrd(),
                 "/boot/grub/grub.cfg": b"set timeout=1\n" + BAD.encode()}
        path = faults.formatted(lab.path(), kind, files)
        return faults.scattered(path, seed, files["/vmlinuz"], files["/initrd"])
    return Fault(f"scattered: {kind} {seed}", make, "any", together=False, quick=seed == 1)


SCATTERED = [scattered(kind, seed) for kind in ("ext4", "xfs", "vfat", "btrfs")
             for seed in range(1, 9 if ALL else 2)]


@pytest.fixture
def lab(tmp_path):
    with contextlib.closing(Lab(tmp_path)) as lab:
        yield lab


def answers(machine):
    """The menu is there and has an ear for keys."""
    machine.press("?")
    machine.expect_screen("edit kernel, initrds and command line", 60)


def expect_end(machine, lab, ends, timeout):
    """Wait for a boot of the entry, a menu that has nothing to boot, or a reboot: what it was.

    QEMU resets a disk only when its requests have ended, and so would keep a kernel that baton has
    jumped to from its start; a real one's end with the reset.
    """
    nothing = r"No system that can be booted|can't be booted"

    def ended():
        if b"TARGET END" in machine.output:
            return re.search(rb"entry=(\w+)", machine.output[machine.output.rindex(b"TARGET CMDLINE"):])[1].decode()
        if not machine.process.isalive():
            assert machine.process.exitstatus == 0, machine.describe()
            return "reboot"
        return "menu" if "menu" in ends and re.search(nothing, machine.screen()) else None

    def jumped():
        return "Starting Entry" in machine.screen() or machine.output.endswith(MENU_LEFT)

    if lab.servers and machine.wait(lambda: jumped() or ended(), timeout, "a jump"):
        machine.settle(8)
        lab.close()
    end = machine.wait(ended, timeout, f"an end ({', '.join(ends)})")
    assert end in ends, f"{end}, not {', '.join(ends)}\n{machine.describe()}"
    return end


def in_groups(table, size):
    return [pytest.param(group, id=f"{group[0][0]} …")
            for group in (table[i:i + size] for i in range(0, len(table), size))]


def writable(disk):
    path, properties = disk if isinstance(disk, tuple) else (disk, {})
    return path, {**properties, **WRITABLE}


def power_on(start, disks, controllers=(), **options):
    """What the SeaBIOS of a real machine would do with a disk that hangs is not the question."""
    return start(disks=[writable(disk) for disk in disks], controllers=["-bios", "qboot.rom", *controllers],
                 **options)


GROUPED = [fault for fault in READING if fault.together and (ALL or fault.quick)]


@pytest.mark.parametrize("group", in_groups(GROUPED, 6 if ALL else len(GROUPED)))
def test_bad_disks_before_a_good_one(start, lab, count, group):
    """The good one is booted, none of the others, and nothing is written."""
    count(len(group))
    disks = [fault.make(lab) for fault in group]
    good = grub_disk(lab.path(), [FIRST], timeout=1)
    before = lab.digests()
    # each kernel that hangs is waited for
    limit = 120 + sum(90 if fault.name in ("hangs: kernel", "hangs: initrd") else 10 for fault in group)
    machine = power_on(start, [*disks, good], append="baton.wait=8")
    expect_end(machine, lab, ["first"], limit)
    assert lab.digests() == before


def test_hang_while_loading(start, lab, count):
    """A disk that stops to answer in the middle of a kernel costs seconds, not the loader's whole time."""
    count(1)
    disks = [hangs_at(lab, "/vmlinuz"), grub_disk(lab.path(), [FIRST], timeout=1)]
    machine = power_on(start, disks)
    expect_end(machine, lab, ["first"], 180)


def test_31_disks_that_hang(start, lab, count):
    """None of them comes before the good one, so none is waited for: not for the minutes that it may be."""
    count(31)
    slots = [{"multifunction": True, "addr": f"{8 + number // 8:#x}.{number % 8}"} for number in range(32)]
    disks = [(grub_disk(lab.path(), [FIRST], timeout=1), slots[0])]
    for slot in slots[1:]:
        path, properties = lab.served(lambda *_: None)
        disks.append((path, {**properties, **slot}))
    machine = power_on(start, disks, append="baton.wait=900")
    expect_end(machine, lab, ["first"], 240)


def test_key_while_it_loads(start, lab):
    """The countdown is over, but nothing is booted yet: any key stops that, too."""
    machine = power_on(start, [slow_at(lab, "/vmlinuz", 8)])
    machine.expect_screen("Loading Entry Bad", 100)
    machine.press("up")
    machine.expect_screen("Nothing boots until you choose", 60)
    machine.settle(12)      # it is loaded by now
    machine.expect_screen("Nothing boots until you choose", 1)
    machine.press("enter")
    expect_end(machine, lab, ["bad"], 100)


@pytest.mark.parametrize("fault", [
    pytest.param(fault, id=fault.name)
    for fault in (READING + SCATTERED if ALL else SCATTERED)])
def test_bad_disk_alone(start, lab, count, fault):
    """With nothing else in the machine."""
    count(1)
    disk = fault.make(lab)
    before = lab.digests()
    machine = power_on(start, [disk])
    ends = {"own": ["bad"], "any": ["bad", "menu", "reboot"]}.get(fault.alone, [fault.alone])
    if expect_end(machine, lab, ends, 420) == "menu":
        answers(machine)
    assert lab.digests() == before


# Disks that can't be written --------------------------------------------------------------------------

def saves(*labels):
    """An entry that saves mark=1 in /grubenv of the disks of these labels."""
    lines = "".join(f"\tsearch --label {label} --set=there\n\tsave_env -f ($there)/grubenv mark\n"
                    for label in labels)
    return FIRST.replace("{\n", "{\n\tset mark=1\n" + lines, 1)


def env_disk(path, label, block=None, size=1024):
    content = environment("mark=0\n", size) if block is None else block
    return ext4_disk(path, {"/grubenv": content}, label=label, size_mib=8)


def changed(*commands):
    """The disk that debugfs makes of a fine one."""
    def make(lab, label):
        path = env_disk(lab.path(), label)
        for command in commands:
            run("debugfs", "-w", "-R", command, f"{path}?offset={PARTITION_AT}")
        return path
    return make


def env(size=1024, block=None):
    return lambda lab, label: env_disk(lab.path(), label, block, size)


def failing(event, errno=5, sectors=lambda path: None):
    def make(lab, label):
        path = env_disk(lab.path(), label)
        return faults.with_errors(path, sectors(path), event, errno), {"werror": "report"}
    return make


def slow_to_write(seconds):
    return lambda lab, label: lab.served(lambda write, *_: seconds if write else 0,
                                         env_disk(lab.path(), label))


class Unwritable(typing.NamedTuple):
    """make(lab, label): the disk. after: its /grubenv then; None: the disk is as it was; ANY: either."""

    label: str
    make: typing.Callable
    after: str | None
    quick: bool = True


def new(size=1024):
    return environment("mark=1\n", size)


ANY = "any"
FULL = ("ssv free_blocks_count 0", "ssv free_inodes_count 0")
WRITING = [
    Unwritable("fine", env(), new()),
    Unwritable("readonly", lambda lab, label: f"{env_disk(lab.path(), label)},readonly=on", None),
    Unwritable("failing", failing("write_aio"), None),
    Unwritable("failing-data", failing("write_aio", sectors=lambda path: faults.blocks_of(path, "/grubenv")), ANY),
    Unwritable("failing-flush", failing("flush_to_disk"), ANY),
    Unwritable("no-space", failing("write_aio", 28), None),
    Unwritable("full", changed(*FULL), new()),
    Unwritable("dirty", changed("feature needs_recovery"), new()),
    Unwritable("unclean", changed("ssv state 0"), new(), quick=False),
    Unwritable("orphans", changed("ssv state 2"), new(), quick=False),
    Unwritable("size-0", env(block=""), None),
    Unwritable("size-1", env(block="#"), None, quick=False),
    Unwritable("size-25", env(block=environment("", 25)), None, quick=False),
    Unwritable("size-32", env(32), new(32)),
    Unwritable("size-512", env(512), new(512)),
    Unwritable("size-1023", env(1023), new(1023), quick=False),
    Unwritable("size-1025", env(1025), new(1025), quick=False),
    Unwritable("size-4096", env(4096), new(4096)),
    Unwritable("size-big", env(1 << 20), ANY, quick=False),
    Unwritable("no-block", env(block="timeout=5\n"), None),
    Unwritable("folder", changed("rm /grubenv", "mkdir /grubenv"), None, quick=False),
    Unwritable("leads-away", changed("rm /grubenv", "symlink /grubenv /nowhere"), None, quick=False),
    Unwritable("slow", slow_to_write(0.2), new(), quick=False),
    Unwritable("hanging", slow_to_write(None), ANY, quick=False),     # the last: the writer ends there
]


def env_of(path):
    return debugfs(path, "cat /grubenv")


@pytest.mark.parametrize("table", in_groups([row for row in WRITING if ALL or row.quick], 7))
def test_disks_that_can_not_be_written(start, lab, count, table):
    """One entry saves to all: those that can be written are, the others as they were, and it boots."""
    count(len(table))
    good = grub_disk(lab.path(), [saves(*(row.label for row in table))], timeout=1)
    disks = [row.make(lab, row.label) for row in table]
    before = lab.digests()
    machine = power_on(start, [good, *disks])
    expect_end(machine, lab, ["first"], 200)
    power_off(machine)
    wrong = []
    for row, path, was, now in zip(table, lab.images[1:], before[1:], lab.digests()[1:]):
        if row.after != ANY and (now != was if row.after is None else env_of(path) != row.after):
            wrong.append(row.label)
        if row.after not in (ANY, None):
            run("e2fsck", "-fn", f"{path}?offset={PARTITION_AT}")
    assert not wrong


# Machines in trouble ----------------------------------------------------------------------------------

def start_in(start, tmp_path, trouble, append="", controllers=(), **options):
    """A machine whose PID 1 starts in trouble: see wrap.c."""
    (tmp_path / "extra.cpio").write_bytes(cpio({"wrap": program("wrap")}))
    return start(append=f"rdinit=/wrap trouble={trouble} {append}", **options,
                 controllers=["-initrd", str(tmp_path / "extra.cpio"), *controllers])


class Trouble(typing.NamedTuple):
    """trouble: what wrap.c makes, or None. ends: the ways in which it may end."""

    name: str
    trouble: str | None
    ends: tuple = ("first",)
    counts: int = 1
    memory: int = 512
    timeout: int = 20   # of the menu
    quick: bool = True


# Less memory than this, and the kernel does not come to PID 1: below it, its panic is a reboot.
TROUBLES = [
    Trouble("children killed at random", "kill-one", counts=500),
    Trouble("storm of events, little memory", "storm", memory=160, timeout=3),
    Trouble("no memory for 20 s", "hog", timeout=1),
    Trouble("ten descriptors", "few-descriptors", timeout=1),
    Trouble("no processes for 5 s", "no-processes", timeout=1),
    *(Trouble(f"{size} MB of memory", None, ("first", "menu", "reboot"), memory=size, timeout=1,
              quick=size == 112) for size in (64, 72, 80, 88, 96, 104, 112, 128)),
]


@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in TROUBLES if ALL or row.quick])
def test_machine_in_trouble(start, lab, tmp_path, count, row):
    count(row.counts)
    eater = lab.config("x=1\nwhile true; do x=$x$x; done\n" + BAD)
    disks = [eater, grub_disk(lab.path(), [FIRST], timeout=row.timeout)]
    before = lab.digests()
    options = {"disks": [writable(disk) for disk in disks], "memory": row.memory}
    machine = start_in(start, tmp_path, row.trouble, **options) if row.trouble else start(**options)
    end = expect_end(machine, lab, row.ends, 240)
    print(f"{row.name}: {end}")
    assert lab.digests() == before


class Stall(typing.NamedTuple):
    """names: of the processes that are stopped for good, each the next of that name.

    since, until: between these two lines of the trace they have least seconds; then it goes on without.
    """

    names: str
    since: str
    until: str
    least: int


# Of each phase. Menus have half a second to end, beside the two until the countdown does not wait for them;
# what else hangs while a system is started is the management controller: see test_bmc.py.
TRACED = "baton: trace [0-9.]+ "
TARGET = "TARGET CMDLINE"
STALLS = [
    Stall("probe,probe", TRACED + "start", TRACED + "default", 20),
    Stall("assemble", TRACED + "start", TRACED + "default", 20),
    Stall("load", TRACED + "default", TRACED + "loaded", 45),
    Stall("menu,menu", TRACED + "default", TRACED + "jump", 3),
    Stall("write", TRACED + "jump", TARGET, 10),
]


@pytest.mark.parametrize("row", [
    pytest.param(row, id=row.names, marks=() if ALL else pytest.mark.long) for row in STALLS])
def test_phases_end(start, lab, tmp_path, count, row):
    """Whatever process does not go on: its time is limited, and the default boots."""
    count(1)
    raid1_disk(member := lab.path(), bytes(1 << 20), slot=0, events=1)
    disk = grub_disk(lab.path(), [HEADER, saving(FIRST)], timeout=1,
                     files={"/boot/grub/grubenv": environment("")})
    machine = start_in(start, tmp_path, f"stall stall={row.names}", append="baton.trace baton.wait=300",
                       disks=[member, (disk, WRITABLE)])
    begun = machine.when(machine.expect_output(row.since, 100).end() - 1)
    ended = machine.when(machine.expect_output(row.until, row.least + 60).end() - 1)
    assert ended - begun > row.least - 0.5
    expect_end(machine, lab, ["first"], 100)


def test_console_that_is_stuck(start, tmp_path, count):
    """Nobody takes what it is sent: the default is booted all the same."""
    count(1)
    entry = FIRST.replace("console=ttyS0", "console=ttyS1")
    machine = start(disks=[grub_disk(tmp_path / "disk.img", [entry], timeout=5)],
                    controllers=["-serial", f"file:{tmp_path}/second"], append="baton.console=ttyS0")
    machine.expect_screen("Entry First", 60)
    for _ in range(200):
        if b"TARGET END" in (tmp_path / "second").read_bytes():
            return
        time.sleep(1)
    pytest.fail("it did not boot")


def test_watchdog(start, tmp_path, count):
    """PID 1 stands still, and the machine is reset, which ends QEMU; a boot leaves it stopped."""
    count(2)
    machine = start_in(start, tmp_path, "stop", append="baton.watchdog=8", controllers=WATCHED)
    machine.wait(lambda: not machine.read(0.1), 120, "reset")
    machine = start(disks=[grub_disk(tmp_path / "disk.img", [FIRST], timeout=9)],
                    append="baton.watchdog=4", controllers=WATCHED)
    expect_target(machine, "first", timeout=120)


WATCHED = ["-device", "i6300esb"]


@pytest.mark.parametrize("key", [None, pytest.param("R", marks=() if ALL else pytest.mark.long)])
def test_watchdog_on_the_way_out(start, lab, count, key):
    """The kernel waits for ever for a disk while it shuts its devices down, for a jump (no key) or a reboot."""
    count(1)
    hanging = lab.served(lambda _write, _offset, size: 0 if size else None)     # a flush is never answered
    disk = grub_disk(lab.path(), [FIRST], timeout=300 if key else 3)
    machine = power_on(start, [(hanging[0], {"driver": "scsi-hd", "bus": "scsi.0"}), disk],
                       append="watchdog.stop_on_reboot=0 baton.watchdog=8 baton.watchdog-keep=8",
                       controllers=[*WATCHED, "-device", "virtio-scsi-pci,id=scsi"])
    machine.expect_screen("Entry First", 60)
    machine.qmp("query-status")
    if key:
        machine.press(key)
        machine.expect_screen("now\\?")
        machine.press("y")
    machine.monitor.settimeout(100)     # QEMU itself waits for the disk before it ends
    assert any(json.loads(line).get("event") == "WATCHDOG" for line in machine.replies)


def is_in_flash(machine, name, value):
    """Does the firmware's flash hold this variable, and none of that name with another value?

    Authenticated variables (MdeModulePkg's VariableFormat.h): 0x55AA, state 0x3F while it counts.
    """
    flash = (machine.directory / "vars").read_bytes()
    name = (name + "\0").encode("utf-16-le")
    found = []
    at = flash.find(name)
    while at >= 0:
        header = flash[at - 60:at]
        if header[:2] == b"\xaa\x55" and header[2] == 0x3F:
            size = int.from_bytes(header[40:44], "little")
            found.append(flash[at + len(name):at + len(name) + size])
        at = flash.find(name, at + 1)
    return found == ([] if value is None else [value])


THIRD = "title Third\nlinux /vmlinuz\ninitrd /initrd\noptions console=ttyS0 quiet entry=third\n"


def test_uefi_variables(start, tmp_path):
    """A store in a UEFI variable, what was asked for once, and what the system is told in turn."""
    disk = grub_disk(tmp_path / "disk.img", [FIRST, menuentry("Entry Second")], timeout=300,
                     files={"/loader/entries/third.conf": THIRD})
    machine = start_in(start, tmp_path, "ask", firmware="ovmf", disks=[disk])
    machine.expect_screen("Nothing boots until you choose", 100)    # a time of 0 asks for the menu
    for name in "LoaderEntryOneShot", "LoaderConfigTimeoutOneShot":
        machine.wait(lambda: is_in_flash(machine, name, None), 20, f"{name} taken back")
    machine.press("enter")
    expect_target(machine, "third", timeout=100)
    assert is_in_flash(machine, "LoaderInfo", "baton\0".encode("utf-16-le"))
    assert is_in_flash(machine, "LoaderFeatures", 0x9433F.to_bytes(8, "little"))
    assert is_in_flash(machine, "BatonSettings", b"default=Entry Second\n")
    assert is_in_flash(machine, "LoaderEntrySelected", "third.conf\0".encode("utf-16-le"))
    power_off(machine)
    machine = start(firmware="ovmf", disks=[disk], variables=machine.directory / "vars",
                    append="baton.timeout=1")
    expect_target(machine, "second", timeout=100)
