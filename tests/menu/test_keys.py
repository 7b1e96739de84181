"""
What the keys of GRUB and systemd-boot do here: each key that they have, and what a hand that knows
them gets. GRUB: run_menu() of grub-core/normal/menu.c and grub_menu_entry_run() of menu_entry.c;
systemd-boot: "Key bindings" of systemd-boot(7), and the undocumented ones of line_edit().
"""

import re
import time

import pytest

from terminal import DOWN, END, ESCAPE, F1, F10, HOME, LEFT, PAGE_DOWN, PAGE_UP, RIGHT, UP, Terminal, control, load

F2, DELETE, CTRL_DELETE, RXVT_CTRL_DELETE = "\033OQ", "\033[3~", "\033[3;5~", "\033[3^"
CTRL_LEFT, CTRL_RIGHT = "\033[1;5D", "\033[1;5C"
VIEW = b"settings baton.timeout=7\nstays\n" + load("servers").replace(
    b"phase 1", b"script one two\\nlinux /boot/vmlinuz ro\nphase 2")

# Where the selection is afterwards: the line that is marked.
FIRST, SECOND, LAST = "> +Debian GNU/Linux ", "> \\S Advanced", "> +Fedora.*rescue"
NO_FIRMWARE = "no way into its setup"

# Name, what is pressed in the menu, beginning on its first line; what the screen then shows, or (">=") is asked.
GRUB_MENU = [
    ("Down", [DOWN], SECOND), ("Ctrl-N", [control("n")], SECOND), ("v", ["v"], SECOND),
    ("Up", [DOWN, UP], FIRST), ("Ctrl-P", [DOWN, control("p")], FIRST), ("^", [DOWN, "^"], FIRST),
    ("End", [END], LAST), ("Ctrl-E", [control("e")], LAST),
    ("Home", [END, HOME], FIRST), ("Ctrl-A", [END, control("a")], FIRST),
    ("PgDn", [PAGE_DOWN], LAST), ("Ctrl-C", [control("c")], LAST),
    ("PgUp", [END, PAGE_UP], FIRST), ("Ctrl-G", [END, control("g")], FIRST),
    ("Enter", ["\r"], ">=boot sda2-1"), ("Enter on a submenu", [DOWN, "\r"], "with Linux 6.1.0-18-amd64$"),
    ("Esc in a submenu", [DOWN, "\r", DOWN, DOWN, ESCAPE], "(?s)" + SECOND + "(?!.*recovery)"),
    # These would boot. Here Right opens a submenu, and one time too many must do nothing; Ctrl-F is vi's.
    ("Right", [RIGHT], "Enter boots this entry"), ("Right on a submenu", [DOWN, RIGHT], "with Linux 6.1.0-18-amd64$"),
    ("Ctrl-F", [control("f")], LAST),
    ("c", ["c"], "Kernel +sda2:/(?s:.*)no command line as GRUB's"),
    ("e", ["e"], "Kernel +sda2:/boot/vmlinuz"), ("e, as GRUB shows it", ["E"], "118 one two"),
    ("a hotkey", ["s"], ">=boot nvme0n1p3-2"),
]

SYSTEMD_BOOT_MENU = [
    ("Up", [DOWN, UP], FIRST), ("k", [DOWN, "k"], FIRST), ("Down", [DOWN], SECOND), ("j", ["j"], SECOND),
    ("PgDn", [PAGE_DOWN], LAST), ("PgUp", [END, PAGE_UP], FIRST),
    ("End", [END], LAST), ("Alt->", ["\033>"], LAST), ("Home", [END, HOME], FIRST), ("Alt-<", [END, "\033<"], FIRST),
    ("Enter", ["\r"], ">=boot sda2-1"), ("Right", [RIGHT], "Enter boots this entry"),
    ("d", ["d"], "as the default, from now on"), ("e", ["e"], "Kernel +sda2:/boot/vmlinuz"),
    *((key, [key], "timeout=SECONDS") for key in "+t-T"),
    ("p", ["p"], "baton - System"), *((key, [key], "baton - Help") for key in ("h", "?", F1)),
    *((key, [key], NO_FIRMWARE) for key in ("f", "F", F2, F10, DELETE)),
    ("O", ["O"], "Power the machine off now"), ("B", ["B"], "Reboot the machine now"),
    ("w", ["w"], "Windows can't be"), ("a", ["a"], "macOS can't be"), ("Q", ["Q"], "nothing to go back to"),
    *((str(n), [str(n)], mark) for n, mark in [(1, FIRST), (2, SECOND), (6, LAST), (9, LAST)]),
    ("s", ["s"], ">=boot nvme0n1p3-2"),  # the configuration's, as there; without one it says that there is no shell
    # Screens have no resolution here, "l" has no one system to boot, and Esc leaves things.
    ("r", ["r"], "All disks are being read again"), ("R", ["R"], "Reboot the machine now"),
    ("l", ["l"], "baton - Log"), ("Esc", [ESCAPE], FIRST), ("Ctrl-L", [control("l")], FIRST),
]

OPTIONS = "root=UUID=3f1c2a6e-0d0e-4c55-9c55-0f6a2f9f0a11 ro console=ttyS0,115200 quiet"
WITHOUT_ROOT = OPTIONS.partition(" ")[2]

# The same in the editor of an entry, whose cursor is at the end of the last line; of what is asked, that line.
SYSTEMD_BOOT_EDITOR = [
    ("Enter", ["\r"], OPTIONS),
    ("Home", [HOME, "x", "\r"], "x" + OPTIONS), ("Ctrl-A", [control("a"), "x", "\r"], "x" + OPTIONS),
    ("End", [HOME, END, "x", "\r"], OPTIONS + "x"), ("Ctrl-E", [HOME, control("e"), "x", "\r"], OPTIONS + "x"),
    ("Left", [LEFT, "x", "\r"], OPTIONS[:-1] + "xt"), ("Ctrl-B", [control("b"), "x", "\r"], OPTIONS[:-1] + "xt"),
    ("Right", [HOME, RIGHT, "x", "\r"], "rx" + OPTIONS[1:]), ("Ctrl-F", [HOME, control("f"), "x", "\r"], "rx" + OPTIONS[1:]),
    ("Ctrl-Left", [CTRL_LEFT, "x", "\r"], OPTIONS[:-5] + "xquiet"), ("Alt-B", ["\033b", "x", "\r"], OPTIONS[:-5] + "xquiet"),
    *((name, [HOME, key, "x", "\r"], OPTIONS.replace(" ", "x ", 1))
      for name, key in [("Ctrl-Right", CTRL_RIGHT), ("Ctrl-Right of rxvt", "\033Oc"), ("Alt-F", "\033f")]),
    ("Delete", [HOME, DELETE, "\r"], OPTIONS[1:]), ("Ctrl-D", [HOME, control("d"), "\r"], OPTIONS[1:]),
    ("Backspace", ["\x7f", "\r"], OPTIONS[:-1]), ("Ctrl-H", ["\b", "\r"], OPTIONS[:-1]),
    ("Ctrl-K", [HOME, RIGHT, control("k"), "\r"], "r"),
    ("Ctrl-W", [control("w"), "\r"], OPTIONS[:-5]), ("Alt-Backspace", ["\033\x7f", "\r"], OPTIONS[:-5]),
    *((name, [HOME, key, "\r"], " " + WITHOUT_ROOT)
      for name, key in [("Ctrl-Delete", CTRL_DELETE), ("Ctrl-Delete of rxvt", RXVT_CTRL_DELETE), ("Alt-D", "\033d")]),
    ("Esc", ["x", ESCAPE], None), ("Ctrl-C", ["x", control("c")], None), ("Ctrl-G", ["x", control("g")], None),
    # Up and Down are the lines of this editor, as in GRUB's; there is more than one.
    ("Up", [UP, UP, "x", "\r"], OPTIONS), ("F2, GRUB's", [F2, "x", "\r"], OPTIONS + "x"),
]

# In the commands of an entry: "one two", "linux /boot/vmlinuz ro"; the cursor is at the beginning. What is run.
GRUB_EDITOR = [
    ("F10", [F10], "<one two> <linux /boot/vmlinuz ro>"), ("Ctrl-X", [control("x")], "<one two> <linux /boot/vmlinuz ro>"),
    ("Down", [DOWN, "x"], "<one two> <xlinux"), ("Ctrl-N", [control("n"), "x"], "<one two> <xlinux"),
    ("Up", [DOWN, UP, "x"], "<xone two>"), ("Ctrl-P", [DOWN, control("p"), "x"], "<xone two>"),
    ("Right", [RIGHT, "x"], "<oxne two>"), ("Ctrl-F", [control("f"), "x"], "<oxne two>"),
    ("Left", [RIGHT, LEFT, "x"], "<xone two>"), ("Ctrl-B", [RIGHT, control("b"), "x"], "<xone two>"),
    ("End", [END, "x"], "<one twox>"), ("Ctrl-E", [control("e"), "x"], "<one twox>"),
    ("Home", [END, HOME, "x"], "<xone two>"), ("Ctrl-A", [END, control("a"), "x"], "<xone two>"),
    ("Delete", [DELETE], "<ne two>"), ("Ctrl-D", [control("d")], "<ne two>"), ("Ctrl-D at the end", [END, control("d")], "<one twolinux"),
    ("Backspace", [END, "\x7f"], "<one tw>"), ("Ctrl-H", [END, control("h")], "<one tw>"),
    ("Ctrl-K", [RIGHT, control("k")], "<o>"), ("Ctrl-Y", [RIGHT, control("k"), control("y"), control("y")], "<one twone two>"),
    ("Ctrl-O", [RIGHT, control("o"), "x"], "<o> <xne two>"), ("Enter", [RIGHT, "\r", "x"], "<o> <xne two>"),
    ("Ctrl-L", [control("l"), "x"], "<xone two>"), ("Esc", ["x", ESCAPE], None),
    # What would open a command line, or complete names, says what there is instead, and what was typed stays.
    *((name, ["x", key, "y"], "<xyone two>") for name, key in [("Ctrl-C", control("c")), ("F2", F2), ("Tab", "\t")]),
]


def press(terminal, keys):
    """All at once; only an Escape that is not alone would be Alt with the next key."""
    for key in keys:
        terminal.send(key)
        if key == ESCAPE:
            time.sleep(0.25)


def asked_since(terminal, before, seconds=5):
    """What was asked of PID 1, as soon as there is something."""
    end = time.monotonic() + seconds
    while len(terminal.requests()) <= before and time.monotonic() < end:
        terminal.read(0.02)
    return terminal.requests()[before:]


def in_the_menu(terminal, keys, expected, before):
    press(terminal, keys[:-1])
    terminal.settle(0.08)  # before the last key, the screen is not yet as expected
    press(terminal, keys[-1:])
    if expected.startswith(">="):
        assert asked_since(terminal, before) == [expected[2:]]
    elif keys[-1] in (ESCAPE, control("l"), "1"):
        terminal.settle(0.1)  # or it is, and is to be so still
    terminal.wait("(?m)" + expected.partition(">=")[0], 5)


def in_the_editor(terminal, keys, expected, before):
    press(terminal, ["e", control("r"), *keys])
    if expected is not None:
        asked, = asked_since(terminal, before)
        assert asked.rpartition("<")[2] == expected + ">"
    terminal.wait("baton - Boot menu", 5)


def in_the_commands(terminal, keys, expected, before):
    press(terminal, ["E"])
    terminal.wait("baton - Commands", 5)  # they come from PID 1
    press(terminal, [control("r"), UP, UP, HOME, *keys])
    if expected is not None:
        press(terminal, [F10] * (keys[-1] not in (F10, control("x"))))
        asked, = asked_since(terminal, before + 1)
        assert asked.startswith("run sda2-1 " + expected)
    terminal.wait("baton - Boot menu", 5)


def wrong_rows(rows, check):
    """Each row on a menu in which nothing else has been pressed, as far as the screen tells."""
    with Terminal(VIEW) as terminal:
        terminal.wait("Nothing boots until")
        assert asked_since(terminal, 0) == ["painted"]  # it may come after what is painted
        wrong = []
        for name, keys, expected in rows:
            before = len(terminal.requests())
            try:
                check(terminal, keys, expected, before)
                if expected is None:
                    assert len(terminal.requests()) <= before + 1
            except (AssertionError, ValueError) as error:
                wrong.append((name, str(error)))
            press(terminal, [control("g"), HOME, DOWN, LEFT, HOME, "x"])
            terminal.wait(FIRST, 5)
            terminal.settle(0.05)
    return wrong


@pytest.mark.parametrize("rows, check", [
    (GRUB_MENU, in_the_menu), (SYSTEMD_BOOT_MENU, in_the_menu), (SYSTEMD_BOOT_EDITOR, in_the_editor),
    (GRUB_EDITOR, in_the_commands),
], ids=["grub", "systemd-boot", "systemd-boot-editor", "grub-editor"])
def test_keys_of_other_loaders(rows, check):
    assert not wrong_rows(rows, check)


def test_escape_only_stops_the_countdown():
    """The submenu in which the default is stays open."""
    with Terminal(b"device sda1\nconfig /grub.cfg\nsubmenu Around\nentry Inside\n  kernel /k\n  default so\n"
                  b"timeout 30000\nphase 1\n") as terminal:
        terminal.wait("any key stops")
        press(terminal, [ESCAPE])
        terminal.wait("Nothing boots until")
        terminal.settle()
        assert re.search("> +Inside", terminal.text())
        press(terminal, [ESCAPE])
        terminal.wait("> . Around")
        assert "Inside" not in terminal.text()
