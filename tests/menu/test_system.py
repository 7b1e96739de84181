"""`baton menu`: the menu in a terminal of a running system."""

import os
import re
import subprocess

import pytest

from terminal import DOWN, ESCAPE, HERE, Terminal, compare, control

BATON = os.environ.get("BATON", os.path.join(HERE, "../../build/host/baton"))

GRUB_CFG = """set default=0
menuentry 'Debian GNU/Linux' --id debian {
    linux /vmlinuz root=LABEL=root ro quiet
    initrd /initrd.img
}
submenu 'Advanced options' {
    menuentry 'Debian GNU/Linux (recovery mode)' { linux /vmlinuz root=LABEL=root single
        initrd /initrd.img
    }
}
"""


@pytest.fixture
def tree(tmp_path):
    (tmp_path / "boot/grub").mkdir(parents=True)
    (tmp_path / "boot/grub/grub.cfg").write_text(GRUB_CFG)
    (tmp_path / "vmlinuz").write_bytes(b"\0" * 5000)  # no kernel: it can't be loaded
    (tmp_path / "initrd.img").write_bytes(b"\0" * 100)
    return tmp_path


def menu(tree, **how):
    terminal = Terminal(command=[BATON, "menu", "--root", str(tree)], **how)
    terminal.wait("Debian GNU/Linux +\\(default\\)")
    terminal.settle()
    return terminal


def test_it_is_the_menu_and_boots_nothing_by_itself(tree):
    with menu(tree) as terminal:
        assert "Nothing boots until you choose." in terminal.text()
        assert re.search(r"q quit", terminal.text())
        assert "power off" not in terminal.text()
        terminal.press("R", "P", "F")
        assert "now?" not in terminal.text()
        terminal.press("q")
        terminal.end()
        assert terminal.child.exitstatus == 0
        assert not terminal.screen.cursor.hidden


def test_what_cant_be_loaded_is_told_in_the_menu(tree):
    with menu(tree) as terminal:
        terminal.press("\r")
        terminal.wait('"Debian GNU/Linux" is not loaded: ')
        terminal.press(DOWN, "\r", DOWN, "e", "\t", control("u"), "/nowhere", "\r")
        terminal.wait("(?s)is not loaded.*/nowhere: open: No such")
        terminal.press(control("c"))
        terminal.end()
        assert terminal.child.exitstatus == 0


def test_rescan_reads_anew(tree):
    with menu(tree) as terminal:
        (tree / "boot/grub/grub.cfg").write_text(GRUB_CFG.replace("Advanced", "Other"))
        terminal.press("r")
        terminal.wait("Other options")


def test_the_language_of_the_locale(tree, monkeypatch):
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    with Terminal(command=[BATON, "menu", "--root", str(tree)]) as terminal:
        terminal.wait("Startmenü" if has_locale() else "Boot menu")


def has_locale():
    """glibc, which the program under test is linked with, knows only the locales that were made."""
    return "de_DE.utf8" in subprocess.run(["locale", "-a"], capture_output=True, text=True).stdout


def test_line_menu(tree):
    with menu(tree, term="dumb", size=(200, 40)) as terminal:
        terminal.press("i 2\r")
        assert "root=LABEL=root single" in terminal.text()
        terminal.press("q\r")
        terminal.end()
        assert terminal.child.exitstatus == 0


def test_it_needs_a_terminal(tree):
    with Terminal(command=["/bin/sh", "-c", f"{BATON} menu --root {tree} </dev/null"]) as terminal:
        terminal.wait("needs a terminal")
