"""Two computers with one home directory, and one whose disk knows no locks."""

import platform
import shutil
from collections.abc import Iterator

import pytest

from driver import Lab
from strangers import needs_root


@pytest.fixture
def other(running: Lab) -> Iterator[Lab]:
    """The same project, seen from a computer that has none of its processes."""
    there = ["unshare", "--pid", "--fork", "--mount-proc", "--uts"]
    running.before = [*there, "sh", "-c", 'hostname other; exec "$@"', "sh"]
    yield running
    running.before = []


COMMANDS = ["start", "start --again", "stop", "status", "url", "logs", "restart"]


@needs_root
@pytest.mark.parametrize("command", COMMANDS)
def test_the_other_computer_is_named_and_nothing_is_changed(other: Lab, command: str) -> None:
    pids = [process.pid for process in other.processes()]
    done = other(*command.split())
    assert done.returncode == 1
    assert done.stderr == (
        f"This project is running on {platform.node()}, which has the same home directory.\n"
        f"  Next: ssh {platform.node()} {other.root}/stop\n"
    )
    other.before = []
    assert [process.pid for process in other.processes()] == pids
    assert "jupyter  ready" in other.check("status")


@needs_root
def test_doctor_says_it_too_and_after_stop_it_can_start_there(other: Lab) -> None:
    assert f"PROBLEM  This project is running on {platform.node()}" in other("doctor").stdout
    there, other.before = other.before, []
    other.check("stop")
    other.before = there
    assert "is not running" in other.check("status")


def test_when_all_of_it_is_killed_nobody_runs(running: Lab) -> None:
    for process in running.processes():
        process.kill()
    assert "is not running" in running.check("status")
    assert "is running" in running.check("start")


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not here")
@pytest.mark.parametrize("error", ["ENOSYS", "ENOLCK"])
def test_a_disk_without_locks(lab: Lab, error: str) -> None:
    lab.before = ["strace", "-qq", "-o", "/dev/null", "-e", f"inject=flock:error={error}"]
    assert "is running" in lab.check("start")
    assert "jupyter  ready" in lab.check("status")
    assert "is stopped" in lab.check("stop")
