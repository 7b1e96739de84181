"""A machine in QEMU: what is on its serial console, its keys, its screen, its disks.

The serial line leads to a terminal as a person would have it: pyte keeps the 80x24 screen and answers
the questions that programs ask of terminals. Every byte is kept with the host's time of its arrival.
"""

import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import time

import pexpect
import pyte

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BUILD", TOP / "build"))
BOARD = os.environ.get("BOARD", "qemu-x86_64")
FIRMWARE_KERNEL = (TOP / BUILD / BOARD / "bzImage").resolve()

# BOARD=ovmf-x86_64, whose kernel is compressed for speed; that of BOARD=coreboot-q35 has the same options.
FLASH_KERNEL = (TOP / BUILD / "ovmf-x86_64/bzImage").resolve()

# BOARD=server-x86_64, and the disk of BOARD=uefi-x86_64, which has that kernel.
SERVER_KERNEL = (TOP / BUILD / "server-x86_64/bzImage").resolve()
SERVER_DISK = (TOP / BUILD / "uefi-x86_64/disk.img").resolve()

OVMF = "/usr/share/OVMF/OVMF_%s_4M.fd"

# DECCKM as pyte numbers private modes: set by a program that wants ESC O A for an arrow, not ESC [ A.
APPLICATION_CURSOR_KEYS = 1 << 5
CURSOR_KEYS = {"up": "A", "down": "B", "right": "C", "left": "D", "end": "F", "home": "H"}
KEYS = {
    "enter": "\r",
    "escape": "\x1b",
    "tab": "\t",
    "space": " ",
    "backspace": "\x7f",
    "delete": "\x1b[3~",
    "page up": "\x1b[5~",
    "page down": "\x1b[6~",
}


class Failure(AssertionError):
    """What was awaited did not come; says what was on the screen instead."""


class Terminal(pyte.Screen):
    """80x24, and answers to the machine (cursor position, terminal type)."""

    def __init__(self, answer):
        super().__init__(80, 24)
        self.answer = answer

    def write_process_input(self, data):
        self.answer(data)


class Machine:
    """A running QEMU.

    disks: paths of raw images, or (path, {QEMU -device property: value}) pairs; never
    written, unless the properties say "writable".
    firmware: "seabios", "ovmf", or the path of a whole flash chip, which "keeps" what is written to it, or
    can't be written. kernel: what -kernel is given, None to let the firmware find the disk's boot loader.
    variables: what UEFI finds in its flash. ports: how many empty slots there are to plug disks into.
    controllers: QEMU options for what the disks' properties refer to.
    """

    def __init__(self, disks=(), memory=512, firmware="seabios", kernel=FIRMWARE_KERNEL, append="",
                 ports=2, log=None, nice=0, controllers=(), variables=OVMF % "VARS", keeps=False):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="baton-qemu-"))
        self.output = b""           # everything the serial line said
        self.stamps = []            # (host time, length of output by then)
        self.position = 0           # how far expect_output has read
        self.log = open(log, "wb") if log else None
        self.terminal = Terminal(self.type)
        self.stream = pyte.ByteStream(self.terminal)
        self.monitor = None
        self.plugged = 0

        command = ["qemu-system-x86_64", "-M", "q35", "-accel", "tcg", "-m", str(memory), "-no-reboot",
                   "-nodefaults", "-display", "none", "-device", "VGA", "-serial", "stdio",
                   "-qmp", f"unix:{self.directory}/qmp,server=on,wait=off"]
        if firmware == "ovmf":
            shutil.copy(variables, self.directory / "vars")
            command += ["-drive", f"if=pflash,format=raw,readonly=on,file={OVMF % 'CODE'}",
                        "-drive", f"if=pflash,format=raw,file={self.directory}/vars"]
        elif firmware != "seabios":
            readonly = "off" if keeps else "on"
            command += ["-drive", f"if=pflash,format=raw,readonly={readonly},file={firmware}"]
        if kernel:
            command += ["-kernel", str(kernel), "-append", append]
        for port in range(ports):
            command += ["-device", f"pcie-root-port,id=port{port},chassis={port},slot={port}"]
        command += controllers
        for number, disk in enumerate(disks):
            path, properties = disk if isinstance(disk, tuple) else (disk, {})
            properties = {"driver": "virtio-blk-pci", "drive": f"disk{number}", **properties}
            snapshot = "off" if properties.pop("writable", False) else "on"
            command += ["-drive", f"id=disk{number},if=none,format=raw,snapshot={snapshot},file={path}",
                        "-device", json.dumps(properties)]
        self.started = time.monotonic()
        self.process = pexpect.spawn(command[0], command[1:], timeout=None, maxread=1 << 16, echo=False,
                                     preexec_fn=lambda: set_nice(nice))
        self.process.delaybeforesend = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """End QEMU, whatever the guest is doing."""
        try:
            self.process.close(force=True)
        except pexpect.ExceptionPexpect:    # it was killed, which takes longer where the machine is busy
            self.process.wait()
        if self.monitor:
            self.monitor.close()
        if self.log:
            self.log.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    # The serial line ------------------------------------------------------------------------------

    def read(self, timeout):
        """Take in what the serial line says within timeout seconds. False when QEMU has ended."""
        try:
            data = self.process.read_nonblocking(1 << 16, timeout)
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        self.output += data
        self.stamps.append((time.monotonic(), len(self.output)))
        if self.log:
            self.log.write(data)
            self.log.flush()
        self.stream.feed(data)
        return True

    def wait(self, condition, timeout, what):
        """Read until condition() is true; return its value."""
        deadline = time.monotonic() + timeout
        while True:
            result = condition()
            if result:
                return result
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                raise Failure(f"{what}: not within {timeout} s.\n{self.describe()}")
            if not self.read(min(remaining, 0.2)) and not condition():
                raise Failure(f"{what}: QEMU ended.\n{self.describe()}")

    def settle(self, seconds):
        """Read for that long, whatever comes."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.read(deadline - time.monotonic()):
            pass

    def screen(self):
        """The 24 lines of the serial console's screen, as one text."""
        return "\n".join(line.rstrip() for line in self.terminal.display)

    def expect_screen(self, pattern, timeout=30):
        """Wait until the screen matches; return the match."""
        return self.wait(lambda: re.search(pattern, self.screen()), timeout, f"screen /{pattern}/")

    def expect_screen_without(self, pattern, timeout=30):
        """Wait until nothing on the screen matches."""
        self.wait(lambda: not re.search(pattern, self.screen()), timeout, f"screen without /{pattern}/")

    def expect_output(self, pattern, timeout=30):
        """Wait for a match in what the line said since the last match; return the match."""
        def find():
            return re.compile(pattern.encode()).search(self.output, self.position)
        match = self.wait(find, timeout, f"output /{pattern}/")
        self.position = match.end()
        return match

    def when(self, position):
        """Seconds from power-on until the byte at that position of the output arrived."""
        return next(stamp for stamp, length in self.stamps if length > position) - self.started

    def describe(self):
        """The screen and the last of the output, for a person who reads why a test failed."""
        last = self.output[-1000:].decode(errors="replace").encode("unicode_escape").decode()
        return f"--- screen ---\n{self.screen()}\n--- last output ---\n{last}"

    # Keys -----------------------------------------------------------------------------------------

    def type(self, text):
        """Send characters down the serial line."""
        self.process.send(text)

    def press(self, *keys):
        """Press keys by name (KEYS, CURSOR_KEYS) or as the character they give."""
        for key in keys:
            if key in CURSOR_KEYS:
                mode = "O" if APPLICATION_CURSOR_KEYS in self.terminal.mode else "["
                self.type("\x1b" + mode + CURSOR_KEYS[key])
            else:
                self.type(KEYS.get(key, key))
            self.settle(0.1)

    def press_on_keyboard(self, *keys):
        """Press keys, by QEMU's names, on the keyboard next to the VGA screen."""
        for key in keys:
            self.qmp("send-key", keys=[{"type": "qcode", "data": key}])
            self.settle(0.3)

    # The monitor ----------------------------------------------------------------------------------

    def qmp(self, command, **arguments):
        """Execute a QMP command; return its result."""
        if not self.monitor:
            self.monitor = socket.socket(socket.AF_UNIX)
            self.monitor.connect(str(self.directory / "qmp"))
            self.replies = self.monitor.makefile()
            self.replies.readline()     # the greeting
            self.qmp("qmp_capabilities")
        request = {"execute": command, "arguments": arguments}
        self.monitor.sendall(json.dumps(request).encode() + b"\n")
        while True:
            reply = json.loads(self.replies.readline())
            if "error" in reply:
                raise Failure(f"{request}: {reply['error']}")
            if "return" in reply:       # anything else is an event
                return reply["return"]

    def plug(self, path):
        """Plug a disk in; return its name, for unplug."""
        name = f"plug{self.plugged}"
        self.qmp("blockdev-add", driver="raw", **{
            "node-name": name, "read-only": True, "file": {"driver": "file", "filename": str(path)}})
        self.qmp("device_add", driver="virtio-blk-pci", id=name, drive=name, bus=f"port{self.plugged}")
        self.plugged += 1
        return name

    def unplug(self, name):
        """Press the eject button of a disk; the kernel lets it go when it is ready."""
        self.qmp("device_del", id=name)

    def screenshot(self):
        """The VGA screen: (width, height, RGB bytes)."""
        path = self.directory / "screen.ppm"
        self.qmp("screendump", filename=str(path))
        header = re.match(rb"P6\n(\d+) (\d+)\n255\n", path.read_bytes())
        return int(header[1]), int(header[2]), path.read_bytes()[header.end():]

    def cpu_seconds(self):
        """The processor time QEMU has used so far: less than wall time means that it had to wait."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def set_nice(value):
    """Best effort: only root may go below 0."""
    try:
        os.nice(value)
    except PermissionError:
        pass


def run(*command, **options):
    """Run a command quietly; its output is in the exception if it fails."""
    try:
        return subprocess.run([str(part) for part in command], check=True, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options).stdout
    except subprocess.CalledProcessError as error:
        raise RuntimeError(f"{' '.join(error.cmd)}: {error.output}") from error
