"""A disk that can be read only from some moment on, as Linux makes one of a disk with errors."""

import shlex
from collections.abc import Iterator

import pytest

from driver import Lab
from strangers import needs_root


@pytest.fixture
def lost(running: Lab) -> Iterator[Lab]:
    """A project that runs, and whose state nothing can be written to any more."""
    state = shlex.quote(str(running.state))
    mount = f"mount --bind {state} {state} && mount -o remount,bind,ro {state}"
    running.before = ["unshare", "--mount", "sh", "-c", f'{mount}; exec "$@"', "sh"]
    yield running
    running.before = []


@needs_root
def test_stop_needs_to_write_nothing(lost: Lab) -> None:
    name = lost.facts["name"]
    assert lost.check("stop") == f"{name} is stopped.\n"
    assert lost.processes() == []
    assert lost.check("stop") == f"{name} was not running.\n"


@needs_root
@pytest.mark.parametrize("command", [["start"], ["start", "--again"], ["add", "cowsay"]])
def test_what_has_to_write_names_the_disk(lost: Lab, command: list[str]) -> None:
    before = [process.pid for process in lost.processes()]
    done = lost(*command)
    assert done.returncode == 1
    said, _, fix = done.stderr.rpartition("\n  Next: ")
    assert said.endswith(f"The disk that holds {lost.state} can no longer be written to.")
    assert fix.startswith("sudo mount -o remount,rw /")
    assert [process.pid for process in lost.processes()] == before


@needs_root
def test_doctor_finds_it(lost: Lab) -> None:
    said = lost("doctor").stdout
    assert f"PROBLEM  The disk that holds {lost.state} can no longer be written to.\n" in said
