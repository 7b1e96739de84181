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
def count(request):
    """count(n): so many faults are in this test; they have ended as they should if it passes."""
    return lambda n: request.node.user_properties.append(("faults", n))


def pytest_terminal_summary(terminalreporter):
    """How many faults the matrix has had, and how many of them ended as they should."""
    told = [(dict(report.user_properties)["faults"], report.passed)
            for reports in terminalreporter.stats.values() for report in reports
            if getattr(report, "when", "") == "call" and "faults" in dict(report.user_properties)]
    if told:
        terminalreporter.write_line(f"{sum(n for n, _ in told)} faults: "
                                    f"{sum(n for n, passed in told if passed)} ended in boot, menu or reboot")


def pytest_configure(config):
    config.addinivalue_line("markers", "long: takes about a minute, or more; `make boot-test-long` runs it")


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

