"""The virtual environment is filled by one at a time, and can be interrupted at any moment."""

import signal
from pathlib import Path

import pytest

from driver import Lab, wait_for
from venvs import imported, want

SLOW = """
import os, sys, time
from pathlib import Path
gate = Path(os.environ["GATE"])
gate.with_suffix(".reached").touch()
while not gate.exists():
    time.sleep(0.02)
"""


def _slowly(lab: Lab) -> Path:
    """Make pip wait for a file to appear, in the venv's own start-up."""
    gate = lab.home / "gate"
    slow = lab.home / "slow"
    slow.mkdir()
    (slow / "slow.py").write_text(SLOW)
    fake = lab.home / "python"
    # The real interpreter; only `-m venv` waits for the gate before it begins.
    fake.write_text(
        f'#!/bin/bash\n[[ " $* " != *" venv "* ]] || {lab.prefix}/bin/python3 {slow}/slow.py\n'
        f'exec -a "$0" {lab.prefix}/bin/python3 "$@"\n'
    )
    fake.chmod(0o755)
    lab.extra["GATE"] = str(gate)
    return gate


def test_two_at_once(pip: Lab) -> None:
    gate = _slowly(pip)
    real = pip.facts["python"]
    pip.facts["python"] = str(pip.home / "python")
    pip.write_facts()
    first = pip.begin("sync")
    wait_for(gate.with_suffix(".reached").exists, "the first to be at work")
    pip.facts["python"] = real
    pip.write_facts()
    second = pip.begin("sync")
    assert second.stderr
    assert second.stderr.readline() == "Waiting for another `lab sync` of this project …\n"
    gate.touch()
    said = first.communicate()[0], second.communicate()[0]
    assert [first.returncode, second.returncode] == [0, 0]
    assert "is up to date now" in said[0]
    assert "was up to date already" in said[1]


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_interrupted(pip: Lab, signum: signal.Signals) -> None:
    pip.check("sync")
    want(pip, "alpha==2.0", "second")
    gate = _slowly(pip)
    real = pip.facts["python"]
    pip.facts["python"] = str(pip.home / "python")
    pip.write_facts()
    sync = pip.begin("sync")
    wait_for(gate.with_suffix(".reached").exists, "pip to be at work")
    sync.send_signal(signum)
    sync.wait()
    assert sync.returncode == {2: 130, 15: 143, 9: -9}[signum]
    gate.touch()
    pip.facts["python"] = real
    pip.write_facts()
    want(pip, "alpha==1.0", "first")
    pip.check("sync")
    assert imported(pip, "alpha") == "1.0"
    want(pip, "alpha==2.0", "second")
    pip.check("sync")
    assert imported(pip, "alpha") == "2.0"
    assert sorted(path.name for path in pip.root.glob(".venv*")) == [".venv"]


def test_stop_after_a_start_that_was_killed_while_installing(pip: Lab) -> None:
    """The installer still holds the lock of `lab start`, which is no more."""
    gate = _slowly(pip)
    pip.facts["python"] = str(pip.home / "python")
    pip.write_facts()
    start = pip.begin("start")
    wait_for(gate.with_suffix(".reached").exists, "pip to be at work")
    start.kill()
    start.wait()
    stop = pip.begin("stop")
    assert stop.stderr
    wait_for(lambda: "Waiting for another `lab start`" in stop.stderr.readline(), "stop to wait")
    gate.touch()
    assert stop.communicate()[0] == "my-lab was not running.\n"
    assert stop.returncode == 0
