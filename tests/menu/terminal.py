"""A terminal with a menu in it: keys go in, whole screens come out."""

import atexit
import functools
import os
import re
import shlex
import signal
import subprocess
import tempfile
import time

import pexpect
import pyte

HERE = os.path.dirname(os.path.abspath(__file__))
DEMO = os.environ.get("MENU_DEMO", os.path.join(HERE, "../../build/host/menu-demo"))

UP, DOWN, RIGHT, LEFT = "\033[A", "\033[B", "\033[C", "\033[D"
HOME, END, PAGE_UP, PAGE_DOWN = "\033[1~", "\033[4~", "\033[5~", "\033[6~"
F1, F10, ESCAPE = "\033OP", "\033[21~", "\033"


@functools.lru_cache(maxsize=None)
def machine():
    """What gives a program the machine of machine.c instead of this one: words before its command."""
    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    path = os.path.join(folder.name, "machine.so")
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", path, os.path.join(HERE, "machine.c")], check=True)
    return ["/usr/bin/env", f"LD_PRELOAD={path}", "ASAN_OPTIONS=verify_asan_link_order=0"]


def control(letter):
    return chr(ord(letter) & 0x1F)


class Screen(pyte.Screen):
    """pyte's, which answers where its cursor is, if it is a terminal that does."""

    def __init__(self, columns, rows, answers):
        super().__init__(columns, rows)
        self.answers = answers
        self.reply = b""

    def ensure_vbounds(self, use_margins=None):
        # pyte 0.8 keeps a restored cursor within the margins; terminals do only in origin mode.
        super().ensure_vbounds()

    def set_margins(self, top=None, bottom=None):
        # Nor does it know CSI r, which makes the whole screen the scrolling region again.
        if not top and not bottom:
            self.margins = None
            self.cursor_position()
        else:
            super().set_margins(top, bottom)

    def report_device_status(self, mode, **kwargs):
        if mode == 6 and self.answers:
            self.reply += b"\033[%d;%dR" % (self.cursor.y + 1, min(self.cursor.x + 1, self.columns))


class Terminal:
    """
    A view (the text of a script for the demo program) on a terminal of a type and size.

    answers: it says where its cursor is, so that the menu learns its size and that it has UTF-8;
    told: the kernel knows its size, as that of a pseudo-terminal, and not 0x0, as a serial line's;
    command: what is run instead of the demo program.
    """

    def __init__(self, script="", term="vt220", size=(80, 24), answers=True, told=True, command=None):
        self.folder = tempfile.TemporaryDirectory()
        path = os.path.join(self.folder.name, "view")
        with open(path, "wb") as file:
            file.write(script if isinstance(script, bytes) else script.encode())
        self.transcript = os.path.join(self.folder.name, "transcript")
        columns, rows = size
        self.screen = Screen(columns, rows, answers)
        self.stream = pyte.ByteStream(self.screen)
        self.raw = b""
        command = command or [*machine(), DEMO, path, self.transcript]
        self.spawn(command, dict(os.environ, TERM=term), *(size if told else (0, 0)))

    def spawn(self, command, env, columns, rows):
        self.child = pexpect.spawn(command[0], command[1:], env=env, dimensions=(rows, columns))
        self.child.delaybeforesend = None
        self.child.delayafterclose = self.child.delayafterterminate = 0.01

    def close(self):
        self.child.kill(signal.SIGKILL)  # the menu itself ends because its PID 1 is gone
        self.child.close(force=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
        self.folder.cleanup()

    def read(self, seconds=0.05):
        """What the menu sends within some time, also given to the screen."""
        try:
            got = self.child.read_nonblocking(65536, timeout=seconds)
        except (pexpect.TIMEOUT, pexpect.EOF):
            return b""
        self.raw += got
        self.stream.feed(got)
        if self.screen.reply:
            self.child.send(self.screen.reply)
            self.screen.reply = b""
        return got

    def cpu_seconds(self):
        """Processor time that the menu and its PID 1 have used, whatever else runs on this machine."""
        pids, ns = [self.child.pid], 0
        for pid in pids:
            with open(f"/proc/{pid}/task/{pid}/children") as file:
                pids += file.read().split()
            with open(f"/proc/{pid}/schedstat") as file:
                ns += int(file.read().split()[0])
        assert len(pids) == 2 and ns
        return ns / 1e9

    def text(self):
        return "\n".join(line.rstrip() for line in self.screen.display)

    def wait(self, pattern, seconds=10):
        """Until the screen shows something; returns the seconds that took."""
        begin = time.monotonic()
        while time.monotonic() < begin + seconds:
            if re.search(pattern, self.text()):
                return time.monotonic() - begin
            self.read()
        raise AssertionError(f"no {pattern!r} on the screen:\n{self.text()}")

    def settle(self, quiet=0.15):
        """Until the menu has sent nothing for a while."""
        while self.read(quiet):
            pass

    def send(self, *keys):
        for key in keys:
            self.child.send(key)

    def press(self, *keys):
        """Keys, one after the other, each shown before the next one."""
        for key in keys:
            self.send(key)
            self.settle()

    def drip(self, keys, seconds=0.02):
        """Keys over a slow line."""
        for byte in keys.encode():
            self.child.send(bytes([byte]))
            time.sleep(seconds)
        self.settle()

    def end(self):
        """Until the menu has ended."""
        for _ in range(200):
            if not self.read() and not self.child.isalive():
                return
        raise AssertionError(f"the menu has not ended:\n{self.text()}")

    def requests(self):
        """What was asked of PID 1 so far, repetitions of hold left out."""
        with open(self.transcript) as file:
            lines = file.read().splitlines()
        return [line for i, line in enumerate(lines) if line != "hold" or line not in lines[:i]]

    def picture(self):
        """
        The screen as text: each line after a mark, "#" where it is reverse, "*" where it begins
        bold; the countdown's second is N; at last the place of the cursor, if it can be seen.
        """
        lines = []
        for y in range(self.screen.lines):
            cells = self.screen.buffer[y]
            inked = [cells[x] for x in range(self.screen.columns) if cells[x].data.strip()]
            mark = "#" if cells[0].reverse else "*" if inked and inked[0].bold else " "
            lines.append(f"{mark}|{self.screen.display[y].rstrip()}")
        cursor = self.screen.cursor
        if not cursor.hidden:
            lines.append(f"cursor {cursor.x},{cursor.y}")
        return re.sub(r"( in| dans|在) \d+ (s|秒)", r"\1 N \2", "\n".join(lines)) + "\n"


class Tmux(Terminal):
    """
    The same in tmux, which is a terminal of its own: it knows sizes, answers, has UTF-8.

    Its screen, as it is captured, is given to pyte for the picture.
    """

    def spawn(self, command, env, columns, rows):
        self.socket = os.path.join(self.folder.name, "tmux")
        self.captured = None
        words = " ".join(map(shlex.quote, ["env", f"TERM={env['TERM']}", *command]))
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows),
                  f"{words}; tmux -S {self.socket} wait-for -S ended",
                  ";", "set-option", "status", "off", ";", "set-option", "remain-on-exit", "on",
                  ";", "resize-window", "-x", str(columns), "-y", str(rows))

    def tmux(self, *arguments):
        return subprocess.run(["tmux", "-u", "-S", self.socket, *arguments], check=True,
                              stdout=subprocess.PIPE, timeout=30).stdout

    def close(self):
        self.tmux("kill-server")

    def send(self, *keys):
        for key in keys:
            self.tmux("send-keys", "-H", *(f"{byte:x}" for byte in key.encode()))

    def read(self, seconds=0.05):
        time.sleep(seconds)
        cursor = "#{cursor_flag} #{cursor_x} #{cursor_y}"
        captured = self.tmux("capture-pane", "-e", "-p", ";", "display-message", "-p", cursor)
        if captured == self.captured:
            return b""
        self.captured = captured
        *lines, cursor = captured.decode().splitlines()
        self.screen.reset()
        for y, line in enumerate(lines):
            self.stream.feed(f"\033[{y + 1};1H\033[m{line}".encode())
        shown, x, y = map(int, cursor.split())
        self.screen.cursor.x, self.screen.cursor.y, self.screen.cursor.hidden = x, y, not shown
        return captured

    def end(self):
        self.tmux("wait-for", "ended")


def load(name):
    with open(os.path.join(HERE, name + ".view"), "rb") as file:
        return file.read()


def compare(terminal, name, cursor=True):
    """
    The screen with the stored one, which a person has looked at. `make menu-test UPDATE=1` stores
    all anew. cursor: also its place, which a terminal that can't hide it always has.
    """
    path = os.path.join(HERE, "screens", name + ".txt")
    picture = terminal.picture()
    if not cursor:
        picture = re.sub(r"cursor \d+,\d+\n$", "", picture)
    if os.environ.get("UPDATE"):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(picture)
    with open(path) as file:
        assert picture == file.read(), f"the screen is not tests/menu/screens/{name}.txt"
