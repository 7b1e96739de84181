"""The output of `baton list --json` and `baton show`: whoever changes it breaks someone's program."""

import json
import os
import pathlib
import re
import subprocess

import pytest

HERE = pathlib.Path(__file__).parent
BATON = os.environ.get("BATON", HERE / "../../build/host/baton")

GRUB_CFG = """set default="More>1"
set timeout=5
set timeout_style=countdown
set superusers=root
set fallback="1 2"
search --fs-uuid --set=other 00000000-0000-4000-8000-000000000002
menuentry 'Café "1"' --id one --hotkey=c --unrestricted {
    linux ($other)/vmlinuz root=LABEL=root quiet
    initrd /initrd.img ($other)/more.img
    devicetree /board.dtb
    saved_entry=one
    save_env -f ($other)/grubenv saved_entry
}
submenu 'More' {
    menuentry 'A part of an image' --users alice {
        loopback loop /live.iso
        linux (loop)/casper/vmlinuz
        initrd newc:etc/motd:/motd (loop)/casper/initrd
    }
    menuentry 'Firmware' { fwsetup }
}
frobnicate
"""

SYSLINUX_CFG = """DEFAULT linux quiet
LABEL linux
  MENU LABEL Linux
  LINUX /vmlinuz
  INITRD /initrd.img
LABEL hidden
  MENU HIDE
  LINUX /vmlinuz
"""

# A config that boots by itself: what it boots is "direct".
DIRECT_CFG = "linux /vmlinuz direct\nboot\n"

# One that gives a moment to stop it before its timeout of 0.
ASKING_CFG = "if sleep --verbose --interruptible 3; then set timeout=0; fi\nmenuentry Linux { linux /vmlinuz; }\n" \
             "menuentry Xen { multiboot2 /vmlinuz; module2 /vmlinuz root=/dev/sda1 ro; }\n"


def write(root, files):
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)


@pytest.fixture
def roots(tmp_path):
    write(tmp_path / "1", {"boot/grub/grub.cfg": GRUB_CFG, "initrd.img": "x", "board.dtb": "x",
                           "motd": "x", "live.iso": "x",
                           "boot/syslinux/syslinux.cfg": SYSLINUX_CFG})
    write(tmp_path / "2", {"vmlinuz": "x", "more.img": "x",
                           "grubenv": "# GRUB Environment Block\n".ljust(1024, "#"),
                           "grub/grub.cfg": DIRECT_CFG})
    return [f"{tmp_path}/{n},device=hd0,gpt{n},uuid=00000000-0000-4000-8000-00000000000{n}"
            for n in (1, 2)]


def baton(roots, *words):
    command = [BATON, words[0], *(w for root in roots for w in ("--root", root)),
               "--platform", "pc", "--arch", "x86_64", *words[1:]]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout


def once(pairs):
    members = dict(pairs)
    assert len(members) == len(pairs), f"a member is there twice: {pairs}"
    return members


def without_roots(text, roots):
    for i, root in enumerate(roots):
        text = text.replace(root.split(",")[0], f"ROOT{i + 1}")
    return text


@pytest.fixture
def syslinux_root(tmp_path):
    write(tmp_path / "3", {"syslinux.cfg": SYSLINUX_CFG.replace(" quiet", ""), "vmlinuz": "x",
                           "initrd.img": "x"})
    return [f"{tmp_path}/3,uuid=00000000-0000-4000-8000-000000000003"]


@pytest.fixture
def asking_root(tmp_path):
    write(tmp_path / "4", {"boot/grub/grub.cfg": ASKING_CFG, "vmlinuz": "x"})
    return [f"{tmp_path}/4,uuid=00000000-0000-4000-8000-000000000004"]


@pytest.mark.parametrize("case", ["list", "list-at-once", "list-asks"])
def test_json_is_as_it_was(case, roots, syslinux_root, asking_root):
    """All members, their order and types. If this is to change, so must docs/baton.8 and "version"."""
    used = {"list": roots, "list-at-once": syslinux_root, "list-asks": asking_root}[case]
    text = without_roots(baton(used, "list", "--json"), used)
    now = json.dumps(json.loads(text, object_pairs_hook=once), indent=1, ensure_ascii=False) + "\n"
    stored = HERE / f"{case}.json"
    if os.environ.get("BATON_STORE"):
        stored.write_text(now)
    assert now == stored.read_text()


def members(value):
    if isinstance(value, list):
        return set().union(*map(members, value), set())
    if isinstance(value, dict):
        return set(value) | members(list(value.values()))
    return set()


def test_the_man_page_documents_exactly_these_members():
    page = (HERE / "../../docs/baton.8").read_text()
    described = page.split(".Sh JSON")[1].split(".Bd -literal")[1].split(".Ed")[0]
    examples = {"grub2", "bls", "syslinux", "menu", "countdown", "hidden", "DEFAULT a\nquiet"}
    names = set(re.findall(r'"([a-z_]+)"', described)) - (examples - {"hidden"})
    assert names == set().union(*(members(json.loads(stored.read_text()))
                                  for stored in HERE.glob("list*.json")))


def test_show_names_other_devices(roots):
    ids = {e["title"]: e["id"] for e in json.loads(baton(roots, "list", "--json"))["entries"]}
    shown = without_roots(baton(roots, "show", ids['Café "1"']), roots).splitlines()
    lines = [re.sub(" +", " ", line) for line in shown]
    for line in ("kernel ROOT2:/vmlinuz", "initrd /initrd.img", "initrd ROOT2:/more.img",
                 "devicetree /board.dtb", "writes saved_entry=one to ROOT2:/grubenv"):
        assert line in lines, shown
    shown = re.sub(" +", " ", baton(roots, "show", ids["A part of an image"]))
    assert "kernel /casper/vmlinuz in the image /live.iso\n" in shown
    assert "initrd /motd as etc/motd\n" in shown
