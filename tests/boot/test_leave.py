"""The other ways out of the menu: reboot, power-off, the firmware's setup."""

import json

import pytest

from disks import grub_disk
from test_boot import FIRST
from test_faults import is_in_flash, start_in


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


@pytest.mark.long
def test_ends_that_the_settings_name(start, tmp_path):
    """With nothing to boot, after looking again three times."""
    reasons = {"reboot": "guest-reset", "poweroff": "guest-shutdown"}
    machines = {word: start(append=f"baton.at-end={word}") for word in reasons}
    for machine in machines.values():
        machine.expect_screen("No system that can be booted was found", 100)
        machine.qmp("query-status")
    for word, machine in machines.items():
        machine.wait(lambda: not machine.read(0.1), 240, reasons[word])
        events = [json.loads(line) for line in machine.replies]
        assert [event["data"]["reason"] for event in events if event.get("event") == "SHUTDOWN"] == [
            reasons[word]]


@pytest.mark.long
def test_network_at_the_end(start, tmp_path):
    """With nothing to boot, after looking again three times: the next start is the firmware's network boot."""
    machine = start_in(start, tmp_path, "offer-network", append="baton.at-end=network", firmware="ovmf")
    machine.expect_screen("No system that can be booted was found", 100)
    assert is_in_flash(machine, "BootNext", None)
    machine.wait(lambda: not machine.read(0.1), 240, "guest-reset")
    assert is_in_flash(machine, "BootNext", (7).to_bytes(2, "little"))
