"""Software RAID and LVM: a system that is on them boots, and nothing is written to their disks."""

from disks import grub_files, lvm_image, menuentry, raid1_disk
from test_boot import expect_target


def test_lvm_on_a_degraded_raid(start, tmp_path):
    """The member that missed the last writes is left alone; the config names volumes as GRUB does."""
    new, old = tmp_path / "new.img", tmp_path / "old.img"
    uuid = bytes(range(16)).hex()
    volumes = "lvmid/bbbbbb-bbbbbbbbbbbbbbbbbbbbbbbbbb/cccccc-cccccccccccccccccccccccccc"
    files = grub_files([f"set root='mduuid/{uuid}'\n",
                        f"if [ -f (lvm/test--vg-root)/vmlinuz ]; then set root='{volumes}'; fi\n",
                        menuentry("Entry Right")], timeout=1)
    lvm_image(new, files)
    content = new.read_bytes()
    raid1_disk(old, bytes(len(content)), slot=0, events=7)
    raid1_disk(new, content, slot=1, events=9)
    images = old.read_bytes(), new.read_bytes()
    machine = start(disks=[(old, {"writable": True}), (new, {"writable": True})])
    expect_target(machine, "right")
    machine.close()
    assert (old.read_bytes(), new.read_bytes()) == images
