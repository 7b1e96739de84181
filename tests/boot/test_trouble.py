"""What must not stop a boot, and what must not be booted."""

import hashlib
import os

from disks import PARTITION_AT, grub_disk, kernel, menuentry
from test_boot import FIRST, SECOND, expect_target


def test_no_disk_at_all(start, tmp_path):
    """It waits, says so, and takes the disk that comes."""
    machine = start()
    machine.expect_screen(r"(?i)no (system|disk|boot)")
    machine.settle(5)
    machine.expect_screen(r"(?i)no (system|disk|boot)")
    machine.plug(grub_disk(tmp_path / "disk.img", [FIRST], timeout=2))
    expect_target(machine, "first")


def test_disk_without_a_system(start, tmp_path):
    (tmp_path / "empty.img").write_bytes(bytes(1 << 20))
    machine = start(disks=[tmp_path / "empty.img"])
    machine.expect_screen(r"(?i)no (system|disk|boot)")


def test_kernel_is_garbage(start, tmp_path):
    """Said, with the file's name; and the next entry is booted."""
    bad = menuentry("Entry Bad", kernel="/vmlinuz-bad")
    disk = grub_disk(tmp_path / "disk.img", [bad, SECOND], timeout=2,
                     files={"/vmlinuz-bad": os.urandom(1 << 20)})
    machine = start(disks=[disk])
    machine.expect_output(r"vmlinuz-bad")
    assert "entry=bad" not in expect_target(machine, "second")


def test_kernel_is_cut_short(start, tmp_path):
    bad = menuentry("Entry Bad", kernel="/vmlinuz-bad")
    disk = grub_disk(tmp_path / "disk.img", [bad, SECOND], timeout=2,
                     files={"/vmlinuz-bad": kernel()[:3 << 20]})
    machine = start(disks=[disk])
    machine.expect_output(r"vmlinuz-bad")
    expect_target(machine, "second")


def test_initrd_is_missing(start, tmp_path):
    """Never without a part that the config names: the next entry is booted instead."""
    bad = menuentry("Entry Bad", initrds=["/initrd", "/initrd-absent"])
    machine = start(disks=[grub_disk(tmp_path / "disk.img", [bad, SECOND], timeout=2)])
    machine.expect_output(r"initrd-absent")
    expect_target(machine, "second")


def test_initrd_is_missing_and_chosen(start, tmp_path):
    """A person who asks for it is told why not, and keeps the menu."""
    bad = menuentry("Entry Bad", initrds=["/initrd-absent"])
    machine = start(disks=[grub_disk(tmp_path / "disk.img", [FIRST, bad])])
    machine.expect_screen("Entry Bad")
    machine.press("down", "enter")
    machine.expect_screen("initrd-absent")
    machine.settle(5)
    assert b"TARGET UP" not in machine.output
    machine.expect_screen("Entry First")
    machine.press("up", "enter")
    expect_target(machine, "first")


def test_only_entry_can_not_boot(start, tmp_path):
    """Nothing to fall back to: the reason stays on the screen, and so does the menu."""
    bad = menuentry("Entry Bad", initrds=["/initrd-absent"])
    machine = start(disks=[grub_disk(tmp_path / "disk.img", [bad], timeout=2)])
    machine.expect_screen("initrd-absent")
    machine.settle(6)
    machine.expect_screen("Entry Bad")
    assert b"TARGET UP" not in machine.output


def test_locked_entry(start, tmp_path):
    """What takes a password of GRUB's boots with it only; what is wrong is answered late."""
    password = "set superusers=root\npassword_pbkdf2 root " + grub_hash("secret") + "\n"
    machine = start(disks=[grub_disk(tmp_path / "disk.img", [password, SECOND, FIRST])])
    machine.expect_screen("The default takes a password")
    for seconds, guess in (1, "Secret"), (2, "secre"):
        machine.press("enter")
        machine.expect_screen("Log in")
        machine.type("root\r" + guess + "\r")
        machine.expect_screen(f"Wrong user or password. The next answer takes {seconds} s")
    machine.press("e")
    machine.expect_screen("Options")
    machine.press("end")
    machine.type(" edited=yes\r")
    machine.expect_screen("Log in")
    machine.type("root\rsecret\r")
    assert "edited=yes" in expect_target(machine, "second").split()
    assert b"secret" not in machine.output


def grub_hash(password, rounds=10000):
    """As grub-mkpasswd-pbkdf2 makes it."""
    salt = bytes(range(64))
    key = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, rounds)
    return f"grub.pbkdf2.sha512.{rounds}.{salt.hex().upper()}.{key.hex().upper()}"


def test_config_with_mistakes(start, tmp_path):
    """A line that is nonsense costs that line."""
    broken = "frobnicate --now 'x'\nif [ ; then\nset y=${\n"
    machine = start(disks=[grub_disk(tmp_path / "disk.img", [FIRST + "frobnicate\n" + SECOND])])
    machine.expect_screen("Entry Second")
    machine.close()
    machine = start(disks=[grub_disk(tmp_path / "disk.img", [FIRST + SECOND + broken])])
    machine.expect_screen("Entry Second")
    machine.press("down", "enter")
    expect_target(machine, "second")


def test_broken_disks(start, tmp_path):
    """Noise, and a file system whose inodes are noise, next to a good disk."""
    (tmp_path / "noise.img").write_bytes(os.urandom(4 << 20))
    broken = grub_disk(tmp_path / "broken.img", [menuentry("Entry Broken")])
    with open(broken, "r+b") as file:
        file.seek(PARTITION_AT + (8 << 10))     # past the superblock and the first group descriptors
        file.write(os.urandom(512 << 10))
    good = grub_disk(tmp_path / "good.img", [FIRST, SECOND])
    machine = start(disks=[tmp_path / "noise.img", broken, good])
    machine.expect_screen("Entry Second")
    machine.expect_screen("Entry First")
    machine.press("home", "enter")
    expect_target(machine, "first")


def test_enormous_texts(start, tmp_path):
    """Titles and mistakes of a megabyte cost only their own disk: nobody has to press a key."""
    word = "x" * 1_100_000
    endless = f"{word}\nmenuentry '{word}' {{\n\tlinux /absent\n}}\n"
    bad = grub_disk(tmp_path / "bad.img", [endless], timeout=2)
    machine = start(disks=[bad, grub_disk(tmp_path / "good.img", [FIRST], timeout=4)])
    machine.expect_screen("Entry First")
    expect_target(machine, "first")


def test_copied_disk(start, tmp_path):
    """Both halves of a mirror have the same UUIDs; what is chosen on the second starts from there."""
    uuid = "6f5a1c0e-6d0f-4c0e-9c58-4f2d4a1b7c11"
    disks = [grub_disk(tmp_path / f"{half}.img", [menuentry("Entry First", options=f"half={half}")],
                       uuid=uuid) for half in "ab"]
    machine = start(disks=disks)
    machine.expect_screen("2 entries")
    machine.press("down", "enter")
    assert "half=b" in expect_target(machine, "first").split()


def test_disk_is_not_written(start, tmp_path):
    """A choice, a boot: not one byte of the disk has changed, although it was not read-only."""
    disk = grub_disk(tmp_path / "disk.img", [FIRST, SECOND])
    before = disk.read_bytes()
    machine = start(disks=[(disk, {"writable": True})])
    machine.expect_screen("Entry Second")
    machine.press("down", "enter")
    expect_target(machine, "second")
    machine.wait(lambda: not machine.read(0.1), 20, "power-off")
    assert disk.read_bytes() == before
