"""Disks with members of RAID arrays and volume groups, made by mdadm, lvm2 and mkfs themselves.

They need a kernel with md and device mapper, which a container has not: Debian's own runs in QEMU, once,
with this machine's tools on it. What comes of it is cached beside the disk of tools/disk.
"""

import fcntl
import functools
import hashlib
import os
import pathlib
import shutil
import subprocess
import tarfile
import tempfile

from disks import debian_disk, initrd
from qemu import run

TOOLS = ("mdadm", "lvm", "mkfs.btrfs", "mkfs.xfs")
MIB = 1 << 20
PARTS = [36] * 11 + [128, 36]
SIZES = {**{name: sum(PARTS) + 2 for name in "abcd"}, "e": 64, "f": 64, "xfs": 320, "g": 200}

# On A to D, in partitions of these numbers. Each file system has a kernel, an initrd and a /check.cfg.
ARRAYS = {
    "raid0": "1 abcd --level=0 --metadata=1.2 --chunk=64",
    "raid10": "2 abcd --level=10 --layout=n2 --metadata=1.2 --chunk=64 --size=12M",
    "raid10far": "3 abcd --level=10 --layout=f2 --metadata=1.1 --chunk=64 --size=12M",
    "raid5": "4 abcd --level=5 --metadata=1.1 --chunk=64 --size=9M",
    "raid5old": "5 abcd --level=5 --layout=ra --metadata=0.90 --chunk=32 --size=9M",
    "raid6": "6 abcd --level=6 --metadata=1.0 --chunk=64 --size=12M",
    "raid6dirty": "7 abcd --level=6 --metadata=1.2 --chunk=64 --size=12M",
    "raid1": "8 cd --level=1 --metadata=1.0 --size=26M",
    "raid1old": "9 ad --level=1 --metadata=0.90 --size=26M",
    "stack": "10 abcd --level=5 --metadata=1.2 --chunk=64 --size=10M",
    "raid4": "13 abcd --level=4 --metadata=1.0 --chunk=64 --size=9M",
}

PIECES = 60


def check_script():
    """A script of a megabyte that sets n to PIECES, if all of it is there and in order."""
    pieces = []
    for piece in range(PIECES):
        pieces.append(f"if [ $n = {piece} ]; then n={piece + 1}; fi\n" + f"# {piece:060}\n" * 250)
    return "".join(pieces)


PROVISION = r"""
set -ex
export PATH=/opt/bin:$PATH LD_LIBRARY_PATH=/opt/lib MDADM_NO_UDEV=1
mkdir -p /mnt/m /run/lvm /run/lock
a=/dev/vdc b=/dev/vdd c=/dev/vde d=/dev/vdf e=/dev/vdg f=/dev/vdh xfs=/dev/vdi g=/dev/vdj
ls /dev/vd*
for module in raid0 raid1 raid10 raid456 dm-mod dm-raid dm-thin-pool dm-cache dm-cache-smq dm-snapshot xfs btrfs; do
    modprobe $module
done
fill() { mke2fs -q -t ext4 -L $2 -d /opt/content $1 20M; }
new_array() { # NUMBER NAME MEMBERS... OPTIONS
    number=$1 name=$2; shift 2
    mdadm --create /dev/md$number --run --assume-clean --name=$name --homehost=host $@
}
config='activation { udev_sync=0 udev_rules=0 monitoring=0 }
    global { thin_check_executable="" cache_check_executable="" event_activation=0 }
    devices { obtain_device_list_from_udev=0 use_devicesfile=0
        filter=[ "a|^/dev/vd[c-f]11$|", "a|^/dev/md10$|", "r|.*|" ] }'
lvm() { command=$1; shift; /opt/bin/lvm $command --config "$config" "$@"; }

@ARRAYS@
fill /dev/md1 raid0
for number in 2:raid10 3:raid10far 4:raid5 5:raid5old 6:raid6 7:raid6dirty 8:raid1 9:raid1old 13:raid4; do
    fill /dev/md${number%:*} ${number#*:}
done
# A whole disk that is mirrored, with a partition on it; and one with a file system of its own.
new_array 20 disk $e $f --level=1 --raid-devices=2 --metadata=1.0
dd if=/opt/gpt of=/dev/md20 conv=notrunc status=none
mke2fs -q -t ext4 -L mirrored -d /opt/whole -E offset=1048576 /dev/md20 40M

lvm pvcreate /dev/md10
lvm vgcreate stack /dev/md10
lvm lvcreate -qq -Wn -Zn -n root -L 20M stack
fill /dev/stack/root stack
lvm pvcreate ${a}11 ${b}11 ${c}11 ${d}11
lvm vgcreate -s 1M disks ${a}11 ${b}11 ${c}11 ${d}11
lvm lvcreate -Wn -Zn -n plain -L 20M disks ${a}11
fill /dev/disks/plain plain
lvm lvcreate -Wn -Zn -n striped -i 3 -I 16 -L 21M disks ${a}11 ${b}11 ${c}11
fill /dev/disks/striped striped
lvm lvcreate -Wn -Zn -n mirror --type raid1 -m 1 -L 20M disks ${c}11 ${d}11
fill /dev/disks/mirror mirror
while ! lvm lvs --noheadings -o sync_percent disks/mirror | grep -q 100.00; do sleep 1; done
lvm lvcreate -Wn -Zn -n lost -L 2M disks ${d}11
lvm lvcreate -n snap -s -L 2M disks/plain
lvm lvcreate -n thinpool --type thin-pool -L 4M --poolmetadatasize 2M disks ${b}11
lvm lvcreate -n thin -V 4M --thinpool thinpool disks
lvm lvcreate -Wn -Zn -n cached -L 2M disks ${b}11
lvm lvcreate -n fast --type cache -L 8M --cachemode writethrough disks/cached ${b}11 -y
lvm lvs -a -o +segtype,devices disks
lvm vgchange -an disks stack

# btrfs on two disks
mkfs.btrfs -q -L btrfs -d raid0 -m raid1 ${a}12 ${d}12
mount -o device=${a}12,device=${d}12 ${a}12 /mnt/m
cp /opt/content/* /mnt/m/
umount /mnt/m

# Never unmounted: there is a log that a system would replay.
leave_dirty() { # DEVICE NAME TYPE
    mkdir -p /mnt/$2
    mount -t $3 $1 /mnt/$2
    mkdir -p /mnt/$2/boot/grub
    cp /opt/content/vmlinuz /opt/content/initrd /mnt/$2/
    sed s/NAME/$2/ /opt/grub.cfg >/mnt/$2/boot/grub/grub.cfg
    umount /mnt/$2
    mount -t $3 $1 /mnt/$2
    echo new >/mnt/$2/file
    sync /mnt/$2/file
}
mkfs.xfs -q -L xfs $xfs
leave_dirty $xfs xfs xfs
mke2fs -q -O journal_dev -b 4096 ${g}1
mke2fs -q -t ext4 -b 4096 -J device=${g}1 -L journal ${g}2
leave_dirty ${g}2 journal ext4
mkfs.btrfs -q -M -L logtree ${g}3
leave_dirty ${g}3 logtree btrfs

mdadm --stop /dev/md1 /dev/md2 /dev/md3 /dev/md4 /dev/md5 /dev/md8 /dev/md9 /dev/md10 /dev/md13 /dev/md20
mdadm /dev/md6 --fail ${c}6 && mdadm /dev/md6 --remove ${c}6
mdadm --stop /dev/md6
# In the middle of being written
echo 0 >/sys/block/md7/md/safe_mode_delay
dd if=/dev/zero of=/dev/md7 bs=1k seek=23k count=1 oflag=direct status=none
mdadm --examine ${a}7
echo "provision: done"
echo b >/proc/sysrq-trigger
"""

GRUB_CFG = """set timeout=30
menuentry 'NAME Right' {
\tlinux /vmlinuz console=ttyS0 quiet entry=right
\tinitrd /initrd
}
"""


def add_bytes(archive, name, data):
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(data), 0o755
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        archive.addfile(entry, file)


def add_tools(archive):
    """Programs and their libraries, but for the C library, which the same Debian has there."""
    libraries = set()
    for tool in TOOLS:
        path = shutil.which(tool, path="/usr/sbin:/usr/bin:/sbin:/bin")
        archive.add(os.path.realpath(path), f"opt/bin/{tool}")
        libraries |= {word for word in run("ldd", path).split() if word.startswith("/")}
    for library in libraries:
        name = pathlib.Path(library).name
        if not name.startswith(("libc.so", "ld-linux", "libm.so")):
            archive.add(os.path.realpath(library), f"opt/lib/{name}")


def provision():
    """The script that makes it all, as PID 1 of the guest."""
    lines = []
    for name, words in ARRAYS.items():
        number, disks, *options = words.split()
        members = " ".join(f"${{{disk}}}{number}" for disk in disks)
        lines.append(f"new_array {number} {name} {members} --raid-devices={len(disks)} {' '.join(options)}")
    return PROVISION.replace("@ARRAYS@", "\n".join(lines))


def partition(path, sizes):
    lines = "".join(f"size={size}MiB\n" for size in sizes)
    run("sfdisk", "-q", path, input=f"label: gpt\n{lines}")


def make(directory):
    """Everything, in an empty directory."""
    vmlinuz = pathlib.Path(debian_disk()).parent / "vmlinuz"
    for name, size in SIZES.items():
        with open(directory / f"{name}.img", "wb") as image:
            image.truncate(size * MIB)
    for name in "abcd":
        partition(directory / f"{name}.img", PARTS)
    partition(directory / "g.img", [16, 60, 110])
    gpt = directory / "gpt"
    with open(gpt, "wb") as file:
        file.truncate(63 * MIB)
    partition(gpt, [50])
    with tarfile.open(directory / "tree.tar", "w") as archive:
        add_bytes(archive, "./provision", provision().encode())
        add_tools(archive)
        for place in "content", "whole":
            archive.add(vmlinuz, f"opt/{place}/vmlinuz")
            add_bytes(archive, f"opt/{place}/initrd", initrd())
        add_bytes(archive, "opt/content/check.cfg", check_script().encode())
        add_bytes(archive, "opt/whole/boot/grub/grub.cfg", GRUB_CFG.replace("NAME", "disk").encode())
        add_bytes(archive, "opt/grub.cfg", GRUB_CFG.encode())
        add_bytes(archive, "opt/gpt", gpt.read_bytes()[:34 * 512])
    boot(directory)
    for name in "gpt", "tree.tar":
        (directory / name).unlink()
    for name in SIZES:
        os.chmod(directory / f"{name}.img", 0o444)


def boot(directory):
    base = pathlib.Path(debian_disk()).parent
    command = ["timeout", "900", "qemu-system-x86_64", "-M", "q35", "-m", "768", "-nodefaults", "-display", "none",
               "-no-reboot", "-kernel", base / "vmlinuz", "-initrd", base / "initrd.img", "-append",
               'root=/dev/vda3 rw console=ttyS0 quiet panic=-1 init=/bin/sh -- -c "tar -C / -xf /dev/vdb && '
               'exec sh /provision"',
               "-drive", f"file={base}/disk.img,format=raw,if=virtio,snapshot=on",
               "-drive", f"file={directory}/tree.tar,format=raw,if=virtio,readonly=on"]
    with open(directory / "tree.tar", "ab") as tree:
        tree.truncate(-(-tree.tell() // 512) * 512)
    for name in SIZES:
        command += ["-drive", f"file={directory}/{name}.img,format=raw,if=virtio,cache=unsafe"]
    log = directory / "provision.log"
    subprocess.run([str(word) for word in [*command, "-serial", f"file:{log}"]], check=True,
                   stdin=subprocess.DEVNULL)
    said = log.read_text(errors="replace")
    assert "provision: done" in said, said[-3000:]


@functools.lru_cache(maxsize=None)
def member_disks():
    """The folder of a.img to g.img, made once: two minutes."""
    base = pathlib.Path(debian_disk()).parent
    key = hashlib.sha256(pathlib.Path(__file__).read_bytes() + base.name.encode() + initrd()).hexdigest()
    cache = base.parent
    place = cache / f"members-{key[:16]}"
    with open(cache / "members.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.exists():
            new = pathlib.Path(tempfile.mkdtemp(prefix="members.new.", dir=cache))
            make(new)
            new.rename(place)
    return place
