"""What `lab doctor` asks about Dask, asked as it asks."""

import json
import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

FEATURE = Path(__file__).resolve().parents[1]
SCRIPTS = FEATURE.parents[1] / "templates/shared/nix/scripts"
QUESTIONS = json.loads((FEATURE / "files/nix/features/dask/doctor.json").read_text())


class Doctor:
    """A project with the feature, whose environment has the Python of the tests."""

    def __init__(self, project: Path, python: Path) -> None:
        self.project = project
        self.path = f"{python.parent}:{os.environ['PATH']}"
        shutil.copytree(FEATURE / "files", project)
        shutil.copytree(SCRIPTS, project / "nix/scripts")

    def succeeds(self, command: list[str], **env: str) -> bool:
        variables = {"PATH": self.path, **env}
        return subprocess.run(command, cwd=self.project, env=variables, check=False).returncode == 0


@pytest.fixture
def doctor(tmp_path: Path, python: Path) -> Doctor:
    return Doctor(tmp_path / "project", python)


def test_the_packages_are_there_or_not(doctor: Doctor) -> None:
    test = QUESTIONS[0]["test"]
    assert doctor.succeeds(test)
    # With -I -S, Python finds no package.
    assert not doctor.succeeds([test[0], "-I", "-S", *test[1:]])


@pytest.mark.parametrize(
    "address", ["", " ", "ucx://here:8786", "inproc://1/2", "tcp://here", "tcp://here:word", "[::"]
)
def test_what_cannot_be_known_is_not_asked(doctor: Doctor, address: str) -> None:
    when = QUESTIONS[1]["when"]
    assert not doctor.succeeds(when, DASK_SCHEDULER_ADDRESS=address)
    assert not doctor.succeeds(when)
    # The same way of asking does find one that can be known.
    assert doctor.succeeds(when, DASK_SCHEDULER_ADDRESS="tcp://here:8786")


@pytest.mark.parametrize("scheme", ["", "tcp://", "tls://", "ws://"])
@pytest.mark.parametrize("is_in_file", [False, True])
def test_a_cluster_is_there_or_not(doctor: Doctor, scheme: str, is_in_file: bool) -> None:
    _, question = QUESTIONS
    with socket.create_server(("127.0.0.1", 0)) as server:
        named = {"DASK_SCHEDULER_ADDRESS": f"{scheme}127.0.0.1:{server.getsockname()[1]}"}
        if is_in_file:
            (doctor.project / ".env").write_text("".join(f"{n}={v}\n" for n, v in named.items()))
            named = {}
        assert doctor.succeeds(question["when"], **named)
        assert doctor.succeeds(question["test"], **named)
    assert not doctor.succeeds(question["test"], **named)
