"""The menu on real terminals, with a PID 1 that only pretends (demo.c)."""

import glob
import os
import re
import termios
import time

import pytest
import wcwidth

from terminal import (DOWN, END, ESCAPE, F1, F10, HERE, HOME, LEFT, PAGE_DOWN, PAGE_UP, RIGHT, UP,
                      Terminal, compare, control, load)

SERVERS = load("servers")
CMDLINE = "root=UUID=3f1c2a6e-0d0e-4c55-9c55-0f6a2f9f0a11 ro console=ttyS0,115200 quiet"
KERNEL, INITRD = "sda2:/boot/vmlinuz-6.1.0-18-amd64", "sda2:/boot/initrd.img-6.1.0-18-amd64"
EDITED = f"boot sda2-1 <{KERNEL}> <{INITRD}>"


def started(script=SERVERS, **how):
    terminal = Terminal(script, **how)
    terminal.wait("any key stops|Taste h|touche arr|按 *任 *意" if "phase 1" in str(script) else "baton")
    terminal.settle()
    return terminal


# Whole screens -----------------------------------------------------------------------------------


@pytest.mark.parametrize("term, size, answers", [
    ("vt100", (80, 24), False),
    ("vt220", (80, 24), True),
    ("linux", (80, 24), True),
    ("xterm-256color", (132, 43), True),
    ("screen", (40, 12), True),
    ("ansi", (80, 24), False),
])
def test_first_screen(term, size, answers):
    with started(term=term, size=size, answers=answers) as terminal:
        compare(terminal, f"first-{term}-{size[0]}x{size[1]}")


@pytest.mark.parametrize("name, keys", [
    ("hold", [DOWN]),
    ("submenu", [DOWN, RIGHT, DOWN, DOWN]),
    ("unbootable", [DOWN, DOWN, "\r"]),
    ("edit", ["e", control("a"), "x"]),
    ("path", ["c", "vmlinuz"]),
    ("edit-error", ["e", "\t", control("u"), "vmlinuz", "\r"]),
    ("details-missing", [DOWN, DOWN, "i"]),
    ("details", [DOWN, RIGHT, DOWN, "i"]),
    ("disks", ["D"]),
    ("log", ["l"]),
    ("help", ["?"]),
    ("help-end", ["?", END]),
    ("search", ["/", *"fed"]),
    ("search-nothing", ["/", *"xyz"]),
    ("reboot", ["R"]),
    ("power-off", ["P"]),
    ("rescan", ["r"]),
])
def test_page(name, keys):
    with started() as terminal:
        terminal.press(*keys)
        compare(terminal, name)


@pytest.mark.parametrize("name", ["edit", "help", "details"])
def test_page_on_small_screen(name):
    with started(size=(40, 12)) as terminal:
        terminal.press({"edit": "e", "help": "?", "details": "i"}[name])
        compare(terminal, f"{name}-40x12")


@pytest.mark.parametrize("name, script", [
    ("scanning", "device sda1\nstate 1\ndevice sda2\nstate 0\nphase 0\n"),
    ("nothing-found", "device sda1\ntype vfat\nnote nothing to boot\nphase 2\n"),
    ("nothing-found", "device sda1\ntype vfat\nnote nothing to boot\n"
     "message No system that can be booted was found on the disks.\nphase 0\n"),
    ("nothing-but-errors", "device sda1\ntype ext4\nstate 3\nnote mount: Input/output error\nphase 2\n"),
    ("loading", SERVERS + b"booting nvme0n1p3-1\nphase 3\n"),
    ("failure", SERVERS + b"message Debian GNU/Linux was not booted: "
     b"open /boot/initrd.img-6.1.0-18-amd64 on sda2: No such file or directory. "
     b"Its initrd is missing; the next entry is tried.\nphase 1\n"),
    ("problems", SERVERS.replace(b"entry Memory", b"problem unknown command 'gfxmode'\nentry Memory")),
])
def test_state(name, script):
    with Terminal(script) as terminal:
        terminal.settle(0.5)
        compare(terminal, name)


def test_size_is_asked_from_the_terminal():
    with started(size=(100, 30), told=False) as terminal:
        compare(terminal, "asked-100x30")


def test_a_silent_terminal_of_no_size_gets_80x24():
    with started(term="vt100", told=False, answers=False) as terminal:
        compare(terminal, "first-vt100-80x24")


def test_resizing_is_followed():
    with started() as terminal:
        terminal.screen.resize(30, 100)
        terminal.child.setwinsize(30, 100)
        terminal.settle()
        compare(terminal, "asked-100x30")


# Hostile text -------------------------------------------------------------------------------------


HOSTILE = b"""device sda1
  label evil\033[2Jlabel
  type ext4
config /grub.cfg
entry \033]0;owned\007title \033[31mred\033[0m \x9b5n
  kernel /k
entry backspaces\b\b\b and returns\rover and tabs\tin it
  kernel /k
entry no UTF-8: \xff\xfe\xc0\xaf \xed\xa0\x80 \xf5\x80\x80\x80 cut \xe4\xb8
  kernel /k
entry bidi \xe2\x80\xaegnp.exe zero\xe2\x80\x8bwidth
  kernel /k
entry \xcc\x81 combining first, e\xcc\x81, too many e\xcc\x81\xcc\x81\xcc\x81\xcc\x81
  kernel /k
entry \xe4\xb8\xad\xe6\x96\x87\xe6\xa0\x87\xe9\xa2\x98 Debian \xd0\xa0\xd1\x83\xd1\x81\xd1\x81\xd0\xba\xd0\xb8\xd0\xb9
  kernel /k
entry """ + b"\xe4\xb8\xad" * 60 + b"""
  kernel /k
entry """ + b"long " * 60 + b"""
  kernel /k
entry
phase 2
"""


@pytest.mark.parametrize("answers", [True, False])
def test_hostile_titles_are_shown_not_obeyed(answers):
    with Terminal(HOSTILE, answers=answers) as terminal:
        terminal.wait("entries")
        terminal.settle()
        compare(terminal, "hostile" if answers else "hostile-ascii")
        for sequence in (b"\033]", b"\007", b"\033[31m", b"\033[2J", b"\x9b", b"\t", b"\xff"):
            assert sequence not in terminal.raw


def test_hostile_titles_in_the_line_menu():
    with Terminal(HOSTILE, term="dumb") as terminal:
        terminal.wait("A number boots")
        terminal.settle()
        assert set(terminal.raw.partition(b"\n")[2]) <= set(range(0x20, 0x7F)) | set(b"\r\n")


# Keys ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("keys, expected", [
    (["\r"], ["hold", "boot sda2-1"]),
    ([DOWN, UP, "\r"], ["hold", "boot sda2-1"]),
    (["j", "j", "k", "\r", "j", "\r"], ["hold", "boot sda2-2"]),
    ([END, "\r"], ["hold", "boot nvme0n1p3-2"]),
    ([PAGE_DOWN, PAGE_UP, "\r"], ["hold", "boot sda2-1"]),
    ([END, HOME, "\n"], ["hold", "boot sda2-1"]),
    ([DOWN, RIGHT, DOWN, DOWN, LEFT, LEFT, DOWN, UP, UP, "\r"], ["hold", "boot sda2-1"]),
    ([ESCAPE + "[B", "\033OB", "\033OB", "\033OB", "\r"], ["hold", "boot nvme0n1p3-1"]),
    (["s"], ["hold", "boot nvme0n1p3-2"]),
    (["/", *"rescue", "\r"], ["hold", "boot nvme0n1p3-2"]),
    (["/", *"fedora", DOWN, "\r"], ["hold", "boot nvme0n1p3-2"]),
    (["5", "\r"], ["hold", "boot nvme0n1p3-1"]),
    (["9", "1", "9", "\r"], ["hold", "boot nvme0n1p3-2"]),
    ([RIGHT, "\r"], ["hold", "boot sda2-1"]),
    (["\t", "\r"], ["hold", f"{EDITED} <{CMDLINE}>"]),
    (["R", "y"], ["hold", "reboot"]),
    (["P", "y"], ["hold", "poweroff"]),
    (["R", "n", "P", "x", "\r"], ["hold", "boot sda2-1"]),
    (["r", "\r"], ["hold", "rescan", "boot sda2-1"]),
    (["i", "q", "l", ESCAPE, "D", "q", "?", "q", "\r"], ["hold", "boot sda2-1"]),
    (["e", "\r"], ["hold", f"{EDITED} <{CMDLINE}>"]),
    (["e", " single", F10], ["hold", f"{EDITED} <{CMDLINE} single>"]),
    (["e", control("w"), control("x")], ["hold", f"{EDITED} <{CMDLINE[:-5]}>"]),
    (["e", control("u"), "a b", "\r"], ["hold", f"{EDITED} <a b>"]),
    (["e", control("a"), control("k"), "x", control("y"), "\r"], ["hold", f"{EDITED} <x{CMDLINE}>"]),
    (["e", "x", control("z"), "\r"], ["hold", f"{EDITED} <{CMDLINE}>"]),
    (["e", control("u"), control("r"), "\r"], ["hold", f"{EDITED} <{CMDLINE}>"]),
    (["e", HOME, "\033[3~", "\033[1;5C", "X", END, LEFT, "Y", "\x7f", "\x7f", "\r"],
     ["hold", f"{EDITED} <{CMDLINE[1:46]}X{CMDLINE[46:-2]}t>"]),
    (["e", "ü中", LEFT, "\b", "\r"], ["hold", f"{EDITED} <{CMDLINE}中>"]),
    (["e", "x", F1, "q", "y", "\r"], ["hold", f"{EDITED} <{CMDLINE}xy>"]),
    (["e", "x", ESCAPE, "\r"], ["hold", "boot sda2-1"]),
    (["e", "\t", ".old", "\r"],
     ["hold", f"boot sda2-1 <{KERNEL}.old> <{INITRD}> <{CMDLINE}>"]),
    (["e", "\t", "\t", control("o"), "sdc1:/micro code.img", "\r"],
     ["hold", f"{EDITED} <sdc1:/micro code.img> <{CMDLINE}>"]),
    (["e", "\t", "\t", control("u"), "\x7f", "\r"],
     ["hold", f"boot sda2-1 <{KERNEL}> <{CMDLINE}>"]),
    (["e", HOME, "\x7f", UP, HOME, "\x7f", END, "\033[3~", DOWN, END, "!", "\r"],
     ["hold", f"{EDITED} <{CMDLINE}!>"]),
    (["e", "\t", control("u"), "vmlinuz", "\r", control("u"), "/vmlinuz", "\r"],
     ["hold", f"boot sda2-1 </vmlinuz> <{INITRD}> <{CMDLINE}>"]),
])
def test_keys(keys, expected):
    with started() as terminal:
        for key in keys:
            terminal.send(key)
            if key == ESCAPE:  # else it would be Alt with the next key
                time.sleep(0.3)
        terminal.end()
        assert terminal.requests() == ["painted", *expected, "end 0"]


F2, DELETE = "\033OQ", "\033[3~"


@pytest.mark.parametrize("key, told", [
    *((key, "no way into its setup") for key in ("F", "f", F2, F10, DELETE)), (RIGHT, "Enter boots this entry"),
    ("w", "Windows"), ("a", "macOS"), ("q", "nothing to go back to"), ("Q", "nothing to go back to"),
])
def test_keys_of_others(key, told):
    """What they do elsewhere can't be done here: that is said, and nothing is done."""
    with started() as terminal:
        terminal.press(key)
        assert told in terminal.text()
        assert terminal.requests() == ["painted", "hold"]


def test_hotkeys_come_before_keys_of_others():
    with started(SERVERS.replace(b"hotkey s", b"hotkey w")) as terminal:
        terminal.press("s")
        assert "no EFI shell" in terminal.text()
        terminal.press("w")
        terminal.end()
        assert terminal.requests() == ["painted", "hold", "boot nvme0n1p3-2", "end 0"]


@pytest.mark.parametrize("keys, expected", [
    (["1\r"], "boot sda2-1"),
    (["6\r"], "boot nvme0n1p3-1"),
    (["e 1\r", " single\r"], f"{EDITED} <{CMDLINE} single>"),
    (["e 1\r", control("w"), "x\x7f\r"], f"{EDITED} <{CMDLINE[:-5]}>"),
    (["e 1\r", ESCAPE, "2\r"], "boot sda2-2"),
    (["/rescue\r", "1\r"], "boot nvme0n1p3-2"),
    (["4\r", "R\r", "n\r", "P\r", "y\r"], "poweroff"),
    (["v\r", "m\r", "S\r", "3\r"], "boot sda2-3"),
    (["99\r", "0\r", "-1\r", "1x\r", "i 2\r", "l\r", "D\r", "?\r", "/\r", "3\r"], "boot sda2-3"),
])
def test_line_menu(keys, expected):
    with started(term="dumb") as terminal:
        for key in keys:
            terminal.send(key)
            if key == ESCAPE:
                time.sleep(0.3)
        terminal.end()
        assert terminal.requests() == ["painted", "hold", expected, "end 0"]


LOCKED = SERVERS.replace(b"config /boot/grub/grub.cfg\n", b"config /boot/grub/grub.cfg\nlocked\n").replace(
    b"entry Memory", b"users alice bob\nentry Memory")
SINGLE = (f"boot sda2-3 <{KERNEL}> <{INITRD}> "
          "<root=UUID=3f1c2a6e-0d0e-4c55-9c55-0f6a2f9f0a11 ro single>")


@pytest.mark.parametrize("keys, expected", [
    (["\r"], "boot sda2-1"),
    (["/", *"recovery\r", *"alice\r", "wonder", "\r"], "boot sda2-3 user alice password wonder"),
    (["/", *"recovery\r", "\t", "x", "\t", "y", "\r", *"z\r"], "boot sda2-3 user y password xz"),
    (["/", *"recovery\r", *"al\r", ESCAPE, ESCAPE, HOME, "\r"], "boot sda2-1"),
    (["/", *"recovery", DOWN, "\r", "\r", "\r"], "boot sda2-3 user  password "),
    (["e", "\r", *"root\r", *"secret\r"], f"{EDITED} <{CMDLINE}> user root password secret"),
    ([END, "e", "\r", *"root\r", *"secret\r"],
     "boot nvme0n1p3-2 <nvme0n1p3:/vmlinuz-0-rescue-2c0f> "
     "<nvme0n1p3:/initramfs-0-rescue-2c0f.img> <> user root password secret"),
    (["c", "vmlinuz", "\r", *"root\r", *"secret\r"],
     "boot <sda2:/vmlinuz> <> <> user root password secret"),
])
def test_login(keys, expected):
    with started(LOCKED) as terminal:
        for key in keys:
            terminal.send(key)
            if key == ESCAPE:
                time.sleep(0.3)
        terminal.end()
        assert terminal.requests() == ["painted", "hold", expected, "end 0"]
        assert b"secret" not in terminal.raw and b"wonder" not in terminal.raw


@pytest.mark.parametrize("keys, expected", [
    (["3\r", "bob\r", "builder\r"], "boot sda2-3 user bob password builder"),
    (["3\r", "bob\r", "buil\x7f\x7fxder\r"], "boot sda2-3 user bob password buxder"),
    (["3\r", "bob\r", ESCAPE, "1\r"], "boot sda2-1"),
    (["e 3\r", "\r", "root\r", "secret\r"], f"{SINGLE} user root password secret"),
])
def test_login_in_the_line_menu(keys, expected):
    with started(LOCKED, term="dumb") as terminal:
        for key in keys:
            terminal.send(key)
            if key == ESCAPE:
                time.sleep(0.3)
        terminal.end()
        assert terminal.requests() == ["painted", "hold", expected, "end 0"]
        assert b"builder" not in terminal.raw and b"secret" not in terminal.raw


def test_no_login_on_a_running_system():
    with started(b"guest\n" + LOCKED) as terminal:
        terminal.send("/", *"recovery\r")
        terminal.end()
        assert terminal.requests() == ["painted", "hold", "boot sda2-3", "end 0"]


def test_login_screen():
    with started(LOCKED) as terminal:
        terminal.press("/", *"recovery", "\r", *"alice\r", *"wond")
        compare(terminal, "login")


def test_line_menu_screen():
    with started(term="dumb", size=(100, 40)) as terminal:
        terminal.press("i 1\r", "4\r")
        compare(terminal, "lines")


@pytest.mark.parametrize("down", ["\033[B", "\033OB"])
def test_sequences_split_by_a_slow_line(down):
    with started() as terminal:
        for _ in range(4):
            terminal.drip(down)
        terminal.drip("e")
        terminal.drip("\033[1~")
        terminal.drip("new ")
        terminal.drip("\033[21~")
        terminal.end()
        assert terminal.requests()[2].endswith(" <new root=/dev/mapper/fedora-root ro rd.lvm.lv=fedora/root>")


def test_escape_alone_is_escape():
    with started() as terminal:
        terminal.press("?")
        assert "Help" in terminal.text()
        terminal.send(ESCAPE)
        terminal.wait("Boot menu", 1)


def test_any_key_stops_the_countdown():
    with started() as terminal:
        terminal.press("x")
        compare(terminal, "stopped")
        assert terminal.requests() == ["painted", "hold"]


HIDDEN = SERVERS.replace(b"phase 1", b"hidden\nphase 1")


@pytest.mark.parametrize("size", [(80, 24), (40, 12)])
def test_a_hidden_menu(size):
    """Any key shows it, and does nothing else."""
    with Terminal(HIDDEN, size=size) as terminal:
        terminal.wait("Any key shows the menu")
        terminal.settle()
        compare(terminal, f"hidden-{size[0]}x{size[1]}")
        assert len(terminal.raw) < 450
        terminal.press("R")
        terminal.wait("Nothing boots until you choose")
        assert "Fedora" in terminal.text() and terminal.requests() == ["painted", "hold"]
        terminal.press("R")
        terminal.wait("Reboot the machine now")


def test_a_hidden_menu_that_is_not_asked_for_stays_hidden():
    with Terminal(HIDDEN.replace(b"phase 1", b"phase 1\nwait 900\nbooting sda2-1\nphase 3\nwait 900")) as terminal:
        terminal.wait("Loading Debian GNU/Linux")
        terminal.settle()
        assert "Fedora" not in terminal.text() and "Any key" not in terminal.text()


def test_a_hidden_menu_of_lines():
    with Terminal(HIDDEN, term="dumb") as terminal:
        terminal.wait("Any key shows the menu")
        terminal.settle(0.5)
        assert "Fedora" not in terminal.text()
        terminal.press("1")
        terminal.wait("6  Fedora")
        terminal.press("\r")
        terminal.wait("6  Fedora")
        assert terminal.requests() == ["painted", "hold"]


def test_noise_does_not_stop_the_countdown():
    with started() as terminal:
        for noise in (b"\0", b"\xff", b"\x80", b"\0\0\0\xfe\xff", b"\xc3", b"\033[", b"\033[\0"):
            terminal.child.send(noise)
            terminal.settle(0.6)
        assert terminal.requests() == ["painted"]


def test_the_end_of_the_countdown_restores_the_terminal():
    with started(b"timeout 1500\n" + SERVERS.replace(b"timeout", b"# timeout"), term="xterm") as terminal:
        terminal.end()
        assert terminal.requests() == ["painted", "timeout", "end 0"]
        assert not terminal.screen.cursor.hidden
        assert terminal.screen.cursor.x == 0
        assert not terminal.screen.cursor.attrs.reverse
        assert b"\033[?1049l" in terminal.raw


def test_the_terminals_modes_are_restored():
    with started() as terminal:
        during = termios.tcgetattr(terminal.child.child_fd)
        assert not during[3] & (termios.ECHO | termios.ICANON | termios.ISIG)
        terminal.press("\r")
        terminal.end()
        assert b"\033[?25h" in terminal.raw
        assert b"\033[24;1H" in terminal.raw[-40:]


LONG_LOG = b"".join(b"log %d.5 line %d of the log%s\n" % (i, i, b": Needle" if i % 30 == 7 else b"")
                    for i in range(100)) + SERVERS


def test_search_in_a_text():
    with started(LONG_LOG) as terminal:
        terminal.press("l", HOME, "/", *"needle")
        compare(terminal, "log-search")
        terminal.press("\r")
        assert "7.5 line 7 of" in terminal.text().splitlines()[2]
        terminal.press("n")
        assert "37.5 line 37" in terminal.text().splitlines()[2]
        terminal.press("n", "N")
        assert "37.5 line 37" in terminal.text().splitlines()[2]
        terminal.press("n", "n", "n")
        assert "Nothing more of that" in terminal.text()
        terminal.press("/", *"absent", "\x7f", ESCAPE)
        time.sleep(0.3)
        terminal.press("q")
        assert "Boot menu" in terminal.text()


def test_messages_of_the_kernel():
    with started() as terminal:
        terminal.press("m")
        assert "Kernel messages" in terminal.text()
        assert re.search(r"(?m)^ +0\.000 Linux version 6", terminal.text())


def test_system():
    with started(b"consoles tty1 ttyS0 ttyS1\n" + SERVERS) as terminal:
        terminal.press("p")
        compare(terminal, "system")


def test_a_system_without_smbios_has_no_half_rows(monkeypatch):
    monkeypatch.setenv("NO_SMBIOS", "1")
    with started() as terminal:
        terminal.press("p")
        assert "Machine" not in terminal.text()
        assert re.search(r"^ Firmware +UEFI, Secure Boot is on$", terminal.text(), re.M)


def test_shell():
    with started(b"guest\n" + SERVERS) as terminal:
        terminal.press("!")
        terminal.send("echo shell $((6 * 7)) is here; exit\r")
        terminal.wait("Boot menu")
        terminal.settle()
        assert b"shell 42 is here" in terminal.raw
        terminal.press(DOWN, UP, "\r")
        terminal.end()
        assert terminal.requests() == ["painted", "hold", "boot sda2-1", "end 0"]


def test_no_shell_where_a_configuration_is_locked():
    with started(LOCKED) as terminal:
        terminal.press("!")
        assert "Locked" in terminal.text()


SETTINGS = b"settings baton.timeout=7 baton.lang=en baton.lock="


def test_settings_screen():
    with started(SETTINGS + b"shell\n" + SERVERS) as terminal:
        terminal.press("S")
        compare(terminal, "settings")


@pytest.mark.parametrize("keys, expected", [
    (["S", DOWN, DOWN, DOWN, "\r", control("u"), *"soon\r", control("u"), *"15\r", "q", "\r"],
     ["set timeout <15>", "boot sda2-1"]),
    (["S", DOWN, "\r", control("u"), "\r", "\r", ESCAPE, "q", "\r"], ["set default", "boot sda2-1"]),
    (["e", ESCAPE, "S", DOWN, "\r", "x", F1, "q", "\r", "q", "e", ESCAPE, "t", ESCAPE, "q", "\r"],
     ["set default <x>", "boot sda2-1"]),
    (["S"] + [DOWN] * 11 + ["e", F1, "q", control("u"), "edit", F10, "S", "q", "\r"],
     ["set lock <edit>", "boot sda2-1"]),
])
def test_settings_are_changed(keys, expected):
    with started(SETTINGS + b"nothing\n" + SERVERS) as terminal:
        for key in keys:
            terminal.send(key)
            if key == ESCAPE:
                time.sleep(0.3)
        terminal.end()
        assert terminal.requests() == ["painted", "hold", *expected, "end 0"]


@pytest.mark.parametrize("name, keys", [
    ("setting", [DOWN] * 3 + ["\r"]),
    ("setting-bad", [DOWN] * 3 + ["\r", "s", "\r"]),
    ("setting-kept", [DOWN] * 3 + ["\r", "0", "\r"]),
])
def test_changing_a_setting(name, keys):
    with started(SETTINGS + b"nothing\n" + SERVERS) as terminal:
        terminal.press("S", *keys)
        compare(terminal, name)


@pytest.mark.parametrize("keys, expected", [
    (["d", "y"], ["set default <sda2-1>"]), (["d", "n"], []),
    ([END, "d", "y", HOME], ["set default <nvme0n1p3-2>"]),
    ([END, UP, UP, "d", "y", UP, "d", "y", HOME], []),  # neither can be booted
    (["t", control("u"), *"9\r", "q"], ["set timeout <9>"]),
    (["+", ESCAPE, ESCAPE, "T", control("u"), "-", "1", "\r", "q"], ["set timeout <-1>"]),
])
def test_keys_that_change_settings(keys, expected):
    """As systemd-boot's."""
    with started(b"settings baton.lang=en\n" + SERVERS) as terminal:
        for key in [*keys, "\r"]:
            terminal.send(key)
            terminal.settle()
            if key == ESCAPE:
                time.sleep(0.3)
        terminal.end()
        assert terminal.requests() == ["painted", "hold", *expected, "boot sda2-1", "end 0"]


@pytest.mark.parametrize("settings, locked, keys, told", [
    ("default=x", False, "d", "command line sets the default"),
    ("lock=settings", False, "d", "let nobody do that"),
    ("lang=en", True, "dy", "Log in"),
])
def test_no_default_for_everyone(settings, locked, keys, told):
    with started(b"settings baton.%s\n" % settings.encode() + (LOCKED if locked else SERVERS)) as terminal:
        terminal.press(*keys)
        assert told in terminal.text()
        assert terminal.requests() == ["painted", "hold"]


def test_the_default_screen():
    with started(b"settings baton.lang=en\n" + SERVERS) as terminal:
        terminal.press(END, "d")
        compare(terminal, "default")


def test_the_default_is_forgotten():
    with started(b"settings baton.lang=en\n" + SERVERS + b"store default=sda2-1\n") as terminal:
        terminal.press("d", "y", "\r")
        terminal.end()
        assert terminal.requests() == ["painted", "hold", "set default", "boot sda2-1", "end 0"]


def test_a_setting_takes_a_password_where_there_are_superusers():
    with started(SETTINGS + b"nothing\n" + LOCKED) as terminal:
        terminal.send("S", DOWN, "\r", *"sda\r", *"root\r", *"secret\r", "q", "\r")
        terminal.end()
        assert terminal.requests() == ["painted", "hold", "set default <sda> user root password secret",
                                       "boot sda2-1", "end 0"]


SCRIPTED = SERVERS.replace(b"phase 1", b"script setgfx\\n\\nlinux /boot/vmlinuz\nphase 1")


@pytest.mark.parametrize("keys, expected", [
    (["E", END, "2", F10], ["script sda2-1", "run sda2-1 <setgfx2> <> <linux /boot/vmlinuz>"]),
    (["E", DOWN, "x", "\r", "y", control("x")],
     ["script sda2-1", "run sda2-1 <setgfx> <x> <y> <linux /boot/vmlinuz>"]),
    (["E", control("k"), "bad", F10, control("r"), control("x")],
     ["script sda2-1", "run sda2-1 <bad> <> <linux /boot/vmlinuz>",
      "run sda2-1 <setgfx> <> <linux /boot/vmlinuz>"]),
    (["E", "x", ESCAPE, "E", F10], ["script sda2-1"] * 2 + ["run sda2-1 <setgfx> <> <linux /boot/vmlinuz>"]),
    ([END, "E", UP, "\r"], ["boot nvme0n1p3-1"]),  # no commands there: it is no configuration of GRUB
])
def test_commands_are_edited(keys, expected):
    with started(SCRIPTED) as terminal:
        for key in keys:
            terminal.send(key)
            terminal.settle()
            if key == ESCAPE:
                time.sleep(0.3)
        terminal.end()
        assert terminal.requests() == ["painted", "hold", *expected, "end 0"]


LINES = ["painted", "hold"]


@pytest.mark.parametrize("keys, expected", [
    (["k 1", "1", ".old", "b"], [f"boot sda2-1 <{KERNEL}.old> <{INITRD}> <{CMDLINE}>"]),
    (["k 1", "-2", "+2", "sdc1:/u.img", "3", control("u") + "x y", "-1", "-3", "+1", "+9", "9", "b"],
     [f"boot sda2-1 <{KERNEL}> <sdc1:/u.img> <x y>"]),
    (["k 1", "1", control("u") + "vmlinuz", "b", "1", control("u") + "/v", "b"],
     [f"boot sda2-1 </v> <{INITRD}> <{CMDLINE}>"]),
    (["k 1", "q", "k 1", "1", ESCAPE, "1"], ["boot sda2-1"]),
    (["c sdc1:/vmlinuz", "3", "root=/dev/sdc1", "b"], ["boot <sdc1:/vmlinuz> <> <root=/dev/sdc1>"]),
    (["E 1", "1", "2", "-2", "+1", "set a=b", "+4", "boot", "b"],
     ["script sda2-1", "run sda2-1 <set a=b> <setgfx2> <linux /boot/vmlinuz> <boot>"]),
    (["E 1", "1", control("u") + "bad", "b", "-1", "-1", "b"],
     ["script sda2-1", "run sda2-1 <bad> <> <linux /boot/vmlinuz>", "run sda2-1 <linux /boot/vmlinuz>"]),
    (["E 6", "6"], ["boot nvme0n1p3-1"]),
    (["S timeout=15", "S timeout=", "S frob=1", "S timeout=soon", "S x", "d 5", "d 2", "1"],
     ["set timeout <15>", "set timeout", "set default <sda2-2>", "boot sda2-1"]),
])
def test_powers_of_the_line_menu(keys, expected):
    with started(b"settings baton.lang=en\n" + SCRIPTED, term="dumb") as terminal:
        for key in keys:
            terminal.send(key, *[] if key == ESCAPE else ["\r"])
            if key == ESCAPE:
                time.sleep(0.3)
            terminal.settle()
        terminal.end()
        assert terminal.requests() == [*LINES, *expected, "end 0"]


@pytest.mark.parametrize("keys, expected", [
    (["S timeout=5", "root", "secret", "1"], ["set timeout <5> user root password secret", "boot sda2-1"]),
    (["E 1", "root", "secret", "b"], ["script sda2-1 user root password secret",
                                      "run sda2-1 <setgfx> <> <linux /boot/vmlinuz> user root password secret"]),
    (["c sda2:/v", "b", "root", "secret"], ["boot <sda2:/v> <> <> user root password secret"]),
    (["!", "1"], ["boot sda2-1"]),
])
def test_locks_of_the_line_menu(keys, expected):
    script = LOCKED.replace(b"phase 1", b"script setgfx\\n\\nlinux /boot/vmlinuz\nphase 1")
    with started(b"settings baton.lang=en\n" + script, term="dumb") as terminal:
        for key in keys:
            terminal.send(key, "\r")
            terminal.settle()
        terminal.end()
        assert terminal.requests() == [*LINES, *expected, "end 0"]
        assert b"secret" not in terminal.raw
        assert (b"superusers" in terminal.raw) == ("!" in keys)


@pytest.mark.parametrize("level, keys, locked", [
    ("nothing", ["k 1", "q", "E 1", "q", "c", "q", "S timeout=1"], 0), ("shell", ["!", "e 1"], 1),
    ("edit", ["!", "e 1", "k 1", "E 1", "c", "S timeout=1"], 5), ("settings", ["c", "d 1", "S timeout=1"], 3),
])
def test_what_settings_lock_in_the_line_menu(level, keys, locked):
    with started(SETTINGS + level.encode() + b"\n" + SCRIPTED, term="dumb") as terminal:
        for key in keys:
            terminal.send(key, "\r")
            terminal.settle()
        assert terminal.raw.count(b"let nobody do that") == locked


def test_shell_in_the_line_menu():
    with started(SERVERS, term="dumb") as terminal:
        terminal.press("!\r")
        terminal.send("echo shell $((6 * 7)) is here; exit\r")
        terminal.wait("shell 42 is here")
        terminal.settle(0.3)
        terminal.press("1\r")
        terminal.end()
        assert terminal.requests() == [*LINES, "boot sda2-1", "end 0"]


def test_a_long_log_in_the_line_menu():
    """At 9600 baud its lines could not be stopped."""
    with started(LONG_LOG, term="dumb") as terminal:
        terminal.press("l\r")
        assert b"(the last 50 of 102 lines" in terminal.raw
        assert b"line 51 of" not in terminal.raw and b"line 52 of" in terminal.raw
        terminal.press("l 102\r")
        assert b"line 0 of" in terminal.raw


def test_editor_of_the_line_menu_on_the_screen():
    with started(SCRIPTED, term="dumb", size=(100, 40)) as terminal:
        terminal.press("?\r", "k 2\r", "3\r", " single\r", "q\r", "E 1\r")
        compare(terminal, "lines-edit")


def test_commands_take_a_password_once():
    with started(LOCKED.replace(b"phase 1", b"script true\nphase 1")) as terminal:
        terminal.press("E", *"root\r", *"secret\r")
        assert "true" in terminal.text()
        terminal.send(F10)
        terminal.end()
        assert terminal.requests()[2:] == ["script sda2-1 user root password secret",
                                           "run sda2-1 <true> user root password secret", "end 0"]


@pytest.mark.parametrize("name, keys", [
    ("script", []), ("script-wrong", [control("k"), "bad", F10]), ("script-40x12", []),
])
def test_commands_on_the_screen(name, keys):
    with started(SCRIPTED, size=(40, 12) if name.endswith("40x12") else (80, 24)) as terminal:
        terminal.press("E", *keys)
        compare(terminal, name)


def test_what_failed_is_edited_further():
    with started(b"stays\n" + SERVERS) as terminal:
        terminal.press("e", " single", "\r")
        terminal.press("e", "2")
        assert "quiet single2" in terminal.text()
        terminal.press(control("r"))
        assert "single" not in terminal.text()
        terminal.press(F10, "e", ESCAPE)
        time.sleep(0.3)
        terminal.press("e")
        assert "single" not in terminal.text()


@pytest.mark.parametrize("level, keys, locked", [
    (b"nothing", ["e"], False), (b"shell", ["!"], True), (b"shell", ["e"], False),
    (b"edit", ["e"], True), (b"edit", ["c"], True), (b"edit", ["!"], True), (b"settings", ["e"], True),
])
def test_what_settings_lock(level, keys, locked):
    with started(SETTINGS + level + b"\n" + SERVERS) as terminal:
        terminal.press(*keys)
        assert ("let nobody do that" in terminal.text()) == locked


# Languages -----------------------------------------------------------------------------------------


CATALOGUES = os.path.join(HERE, "../../menus/messages")
LANGUAGES = ["de", "fr", "zh"]


def catalogue(language):
    with open(os.path.join(CATALOGUES, language + ".txt")) as file:
        head, *lines = file.read().splitlines()
    assert head == "@" + language and len(lines) % 2 == 0
    assert all(other.startswith("\t") for other in lines[1::2])
    return {english: other[1:] for english, other in zip(lines[::2], lines[1::2])}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name, keys", [
    ("first", []), ("submenu", [DOWN]), ("help", ["?"]), ("edit", ["e"]), ("details", ["i"]),
    ("disks", ["D"]), ("reboot", ["R"]), ("settings", ["S"]), ("system", ["p"]), ("problems", [DOWN, DOWN]),
])
def test_page_in_another_language(language, name, keys):
    script = b"settings baton.timeout=7 baton.lang=%s\n" % language.encode() + SERVERS
    if name in ("disks", "problems"):
        script = script.replace(b"entry Memory", b"problem unknown command \"gfxmode\"\nproblem x\nentry Memory")
        script = script.replace(b"note nothing to boot", b"note encrypted (LUKS), and baton asks for no keys; /boot can "
                                b"be on ext4, xfs or btrfs, on a disk as it is, software RAID or LVM")
    with started(script) as terminal:
        terminal.press(*keys)
        compare(terminal, f"{language}/{name}")


@pytest.mark.parametrize("language", ["de", "fr"])
def test_line_menu_in_another_language(language):
    """In ASCII, as nobody knows what such a terminal makes of other bytes."""
    with started(b"language %s\n" % language.encode() + SERVERS, term="dumb", size=(100, 60)) as terminal:
        terminal.press(ESCAPE)
        terminal.wait("Es startet nichts|Rien ne demarre")
        terminal.press("?\r", "i 2\r", "4\r", "99\r", "e 1\r", ESCAPE)
        time.sleep(0.3)
        terminal.press("/fedora\r", "R\r")
        compare(terminal, f"{language}/lines")
        assert not set(terminal.raw) & set(range(0x80, 0x100))


@pytest.mark.parametrize("language", LANGUAGES)
def test_catalogue(language):
    """It has all the sentences that the others have, each of them is in the code, and each can be printed."""
    sentences = catalogue(language)
    assert [*sentences] == [*catalogue(LANGUAGES[0])]
    code = ""
    for name in glob.glob(os.path.join(HERE, "../../menus/*.c")) + glob.glob(
            os.path.join(HERE, "../../src/**/*.c"), recursive=True):
        with open(name) as file:
            code += re.sub(r'(?<!\\)"(?:\s|\\\n)*"', "", file.read())
    code += "".join(f'"{error}"' for error in ("No such file or directory", "I/O error", "Out of memory", "Permission denied", "Operation not permitted",
        "Read-only file system", "No space left on device", "No such device", "No such device or address",
        "Invalid argument", "Resource busy", "Not a directory", "Is a directory", "Symbolic link loop",
        "No medium found", "Operation timed out"))
    conversion = r"%(?:\.?[\d*]*)(?:z|ll)?[a-z]"
    code += re.sub(conversion, "%s", code)  # as language_sentence() has them
    for english, other in sentences.items():
        written = english.replace('"', r'\"') + '"'
        assert ('"' + written in code or ": " + written in code or f"({english})" in code or
                english.startswith("%s") and '"' + written[2:] in code), english
        assert re.findall(conversion, english) == re.findall(conversion, other), english
        assert "%" not in re.sub(conversion, "", other), english
        assert other.strip() or not english.strip()
        if language != "zh":
            other.encode("cp437")  # one letter that the VT's font has not, and all of it is English there
        if wcwidth.wcswidth(english) < 78:  # what fits into a line does so in every language
            assert 0 <= wcwidth.wcswidth(other) <= 78, other


@pytest.mark.parametrize("english, german", [
    ('The setting is kept in /baton.conf.', "Die Einstellung ist gemerkt in /baton.conf."),
    ('"Log" is not booted: kernel /a: b.c: no such file', "»Log« wird nicht gestartet: Kernel /a: b.c: die Datei fehlt"),
    ('"Boot menu" can\'t be booted: /vmlinuz: open: No such file or directory',
     "»Boot menu« startet nicht: /vmlinuz: open: Datei oder Verzeichnis fehlt"),
    ("/k: a gzip file that is damaged or truncated", "/k: eine gzip-Datei, beschädigt oder abgeschnitten"),
    ("mount: the file system is damaged (ext4: bad geometry)", "mount: das Dateisystem ist beschädigt (ext4: bad"),
    ('RAID "data" on sda1: 1 of its 3 disks are here and up to date, and RAID5 takes 2 to be read',
     "RAID »data« auf sda1: 1 von 3 Platten sind da und aktuell, und RAID5 braucht 2 zum Lesen"),
    ("/k: kexec_load: not permitted: this needs root, and a running kernel that is neither locked down nor told not to "
     "(sysctl kernel.kexec_load_disabled, kexec_load_limit_reboot) (12 MiB in 3 segments)",
     "kexec_load_limit_reboot) (12 MiB in 3 Segmenten)"),
    ("kexec_file_load: it has no signature, and the running kernel demands one: take a kernel that its distribution "
     "signed, or sign it (sbsign) with a key of the firmware's db or of shim's list (mokutil) (error 126; kexec_load: "
     "Operation not permitted)", "er hat keine Signatur, und der laufende Kernel verlangt eine: einen von der Distribution"),
    ("chain.c32 hd0 starts another boot loader, which needs the firmware", "chain.c32 hd0 startet einen anderen Lader"),
    ("what nobody has translated: I/O error", "what nobody has translated: Ein-/Ausgabefehler"),
    ("initrd /x to /y: z", "Initrd /x to /y: z"), ("a to b", "a to b"),
    ("kernel " * 150 + ": no such file", "kernel kernel"),
])
def test_sentences_in_another_language(english, german):
    """Of what PID 1 or a reader says; names in it stay what they are."""
    with started(b"language de\n" + SERVERS.replace(b"phase 1", b"message " + english.encode() + b"\nphase 1")) as terminal:
        assert german in re.sub(r"\s+", " ", terminal.text())


@pytest.mark.parametrize("expected, script, how", [
    ("jede Taste haelt an", b"language de\n", {"answers": False}),  # no UTF-8, so ASCII
    ("une touche arrete", b"language fr\n", {"answers": False}),
    ("any key stops", b"language zh\n", {"answers": False}),
    ("any key stops", b"language xx\n", {}),
    ("touche arr", b"language fr_CA.UTF-8\n", {}),
])
def test_choice_of_the_language(expected, script, how):
    with started(script + SERVERS, **how) as terminal:
        assert expected in terminal.text()


# Changes while it is open -----------------------------------------------------------------------


def test_disks_come_and_go_without_moving_the_selection():
    script = SERVERS + b"""phase 2
wait 1500
device sdd1
  model USB stick
config /boot/grub/grub.cfg
entry Late system
  kernel /k
wait 1500
gone sda2
"""
    with Terminal(script) as terminal:
        terminal.wait("Nothing boots until")
        terminal.press(END, UP)
        terminal.wait("Late system")
        assert "> Fedora Linux (6.8.5" in terminal.text()
        terminal.wait("(?s)^((?!Debian).)*$")
        assert "> Fedora Linux (6.8.5" in terminal.text()
        terminal.press("\r")
        terminal.end()
        assert terminal.requests() == ["painted", "boot nvme0n1p3-1", "end 0"]


def test_entries_appear_as_disks_answer_and_the_default_is_selected():
    script = b"""device sda1
state 1
phase 0
wait 700
device sda1
state 2
config /a.cfg
entry First
  kernel /k
wait 700
device sda2
config /b.cfg
submenu Around
entry Second
  kernel /k
  default the configuration says so
timeout 30000
phase 1
"""
    with Terminal(script) as terminal:
        terminal.wait("Looking for systems")
        assert terminal.wait("> First") < 3
        terminal.wait("any key stops")
        terminal.settle()
        assert ">   Second" in terminal.text()
        assert "Default: the configuration says so" in terminal.text()


def test_an_entry_that_vanishes_while_it_is_shown():
    script = SERVERS + b"phase 2\nwait 1500\ngone sda2\n"
    with Terminal(script) as terminal:
        terminal.wait("Nothing boots until")
        terminal.press("i")
        terminal.wait("This entry is gone")
        terminal.press("q")
        assert "Debian" not in terminal.text()


# Frugality ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("term", ["vt100", "vt220", "xterm-256color", "linux", "screen"])
def test_bytes(term):
    with started(term=term, answers=False) as terminal:
        assert len(terminal.raw) < 2000
        assert b"\0" not in terminal.raw  # padding
        before = len(terminal.raw)
        end = time.monotonic() + 2.2
        while time.monotonic() < end:
            terminal.read()
        ticks = len(terminal.raw) - before
        assert 0 < ticks <= 3 * 4
        terminal.press(DOWN)
        before = len(terminal.raw)
        terminal.press(DOWN)
        assert len(terminal.raw) - before < 300


def test_a_full_screen_stays_below_2_kb():
    entries = b"".join(b"entry Debian GNU/Linux, with Linux 6.1.0-%d-amd64 (recovery mode)\nkernel /boot/vmlinuz\n"
                       b"cmdline root=/dev/sda1 ro quiet\n" % i for i in range(30))
    with Terminal(b"device sda1\nconfig /grub.cfg\n" + entries + b"phase 2\n", answers=False) as terminal:
        terminal.wait("30 entries")
        terminal.settle()
        before = len(terminal.raw)
        terminal.press(control("l"))
        assert 1000 < len(terminal.raw) - before < 2000


def test_5000_entries_scroll_and_search_without_delay():
    """In processor time, which does not depend on what else runs; it is that of the sanitizers, too."""
    with Terminal(b"device sda1\nconfig /grub.cfg\nentries 5000\nphase 2\n") as terminal:
        terminal.wait("5000 entries")
        terminal.settle()

        def cost(*keys, shows):
            before = terminal.cpu_seconds()
            terminal.press(*keys)
            assert shows in terminal.text()
            return (terminal.cpu_seconds() - before) / len(keys)

        assert cost(END, shows="> Entry number 4999") < 0.01
        assert cost(*[UP] * 5, shows="> Entry number 4994") < 0.005
        assert cost(*[PAGE_UP] * 5, shows="> Entry number 4914") < 0.005
        assert cost("/", *"4321", shows="> Entry number 4321") < 0.02
        assert "Entry number 4320" not in terminal.text()
        terminal.press(ESCAPE)
        terminal.wait("Entry number 4320")
        assert "> Entry number 4321" in terminal.text()
        before = len(terminal.raw)
        terminal.press(DOWN)
        assert len(terminal.raw) - before < 400
