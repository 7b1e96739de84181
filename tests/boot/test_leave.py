"""The other ways out of the menu: reboot, power-off, the firmware's setup."""

import json

import pytest

from disks import grub_disk
from test_boot import FIRST
from test_faults import is_in_flash


@pytest.mark.parametrize("key, firmware, reason", [
    ("R", "seabios", "guest-reset"), ("P", "seabios", "guest-shutdown"), ("F", "ovmf", "guest-reset"),
])
def test_leave(start, tmp_path, key, firmware, reason):
    """As QEMU sees it; the firmware finds in OsIndications that it is to show its setup."""
    machine = start(disks=[grub_disk(tmp_path / "disk.img", [FIRST])], firmware=firmware)
    machine.expect_screen("Entry First", 60)
    machine.qmp("query-status")
    machine.press(key)
    machine.expect_screen("now\\?")
    machine.press("y")
    machine.wait(lambda: not machine.read(0.1), 30, reason)
    events = [json.loads(line) for line in machine.replies]
    assert [event["data"]["reason"] for event in events if event.get("event") == "SHUTDOWN"] == [reason]
    if key == "F":
        assert is_in_flash(machine, "OsIndications", (1).to_bytes(8, "little"))
