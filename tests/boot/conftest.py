"""What every boot test uses: machines that are ended and, if the test failed, whose log is kept."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from qemu import BUILD, TOP, Machine  # noqa: E402

LOGS = TOP / BUILD / "boot-logs"


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.when == "call":
        item.failed = report.failed


@pytest.fixture
def start(request):
    """start(disks=…, …): a Machine that lasts as long as the test."""
    machines = []
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{request.node.name}.log"

    def start_machine(**options):
        machines.append(Machine(log=log, **options))
        return machines[-1]

    yield start_machine
    for machine in machines:
        machine.close()
    if not getattr(request.node, "failed", True):
        log.unlink(missing_ok=True)

