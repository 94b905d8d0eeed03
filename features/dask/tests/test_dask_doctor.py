"""What `lab doctor` asks about Dask, asked as it asks."""

import json
import os
import socket
import subprocess
from pathlib import Path

import pytest

FILES = Path(__file__).resolve().parents[1] / "files"
QUESTIONS = json.loads((FILES / "nix/features/dask/doctor.json").read_text())


def succeeds(command: list[str], python: Path, **env: str) -> bool:
    variables = {"PATH": f"{python.parent}:{os.environ['PATH']}", **env}
    return subprocess.run(command, cwd=FILES, env=variables, check=False).returncode == 0


def test_the_packages_are_there_or_not(python: Path) -> None:
    test = QUESTIONS[0]["test"]
    assert succeeds(test, python)
    # With -I -S, Python finds no package.
    assert not succeeds([test[0], "-I", "-S", *test[1:]], python)


@pytest.mark.parametrize(
    "address", ["", " ", "ucx://here:8786", "inproc://1/2", "tcp://here", "tcp://here:word", "[::"]
)
def test_what_cannot_be_known_is_not_asked(python: Path, address: str) -> None:
    when = QUESTIONS[1]["when"]
    assert not succeeds(when, python, DASK_SCHEDULER_ADDRESS=address)
    assert not succeeds(when, python)
    # The same way of asking does find one that can be known.
    assert succeeds(when, python, DASK_SCHEDULER_ADDRESS="tcp://here:8786")


@pytest.mark.parametrize("scheme", ["", "tcp://", "tls://", "ws://"])
def test_a_cluster_is_there_or_not(python: Path, scheme: str) -> None:
    _, question = QUESTIONS
    with socket.create_server(("127.0.0.1", 0)) as server:
        named = {"DASK_SCHEDULER_ADDRESS": f"{scheme}127.0.0.1:{server.getsockname()[1]}"}
        assert succeeds(question["when"], python, **named)
        assert succeeds(question["test"], python, **named)
    assert not succeeds(question["test"], python, **named)
