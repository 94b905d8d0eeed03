"""Projects to test `lab` on, as nix/activate.sh sets them up, and the certainty that each ends."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

import packages
from driver import BASH, ENVIRONMENT, LAB, PROCESS_COMPOSE, SMALL_ENVIRONMENT, VERSION, Lab, service
from pypi import ASKED, LOCKED, with_wheels
from venvs import want

# Python's own http.server takes three times as long to load.
SERVER = """\
import os, socket, threading


def answer(connection):
    with connection:
        try:
            healthy = connection.recv(65536).startswith(b"GET /healthz ")
            status = b"200 OK" if healthy else b"404 Not Found"
            connection.sendall(b"HTTP/1.0 " + status + b"\\r\\n\\r\\nok")
        except OSError:
            pass  # whoever it was has gone away


server = socket.create_server((os.environ["HOST"], int(os.environ["PORT"])))
print("server.py listens", flush=True)
while True:
    connection, _ = server.accept()
    threading.Thread(target=answer, args=[connection], daemon=True).start()
"""
NOTEBOOK = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'


@pytest.fixture
def make(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[..., Lab]]:
    """Make projects. At the end they are stopped, and nothing of them may be left.

    JupyterLab is a stand-in but in tests with the mark `jupyterlab`.
    """
    real = request.node.get_closest_marker("jupyterlab")
    with projects(tmp_path, ENVIRONMENT if real else SMALL_ENVIRONMENT) as make:
        yield make


@contextmanager
def projects(directory: Path, prefix: Path) -> Iterator[Callable[..., Lab]]:
    """What makes projects in a directory, on top of an environment."""
    made: list[Lab] = []

    def make(name: str = "my-lab", state: str = "", **facts: Any) -> Lab:
        root = directory / name
        (root / "notebooks").mkdir(parents=True)
        (root / "notebooks" / "start.ipynb").write_text(NOTEBOOK)
        (root / "server.py").write_text(SERVER)
        lab = Lab(root, directory / (state or f"state/{len(made)}"), directory / "home", prefix)
        lab.home.mkdir(exist_ok=True)
        lab.facts = {
            "name": root.name,
            "system": "x86_64-linux",
            "version": "0.1.0",
            "python": str(prefix / "bin" / "python3"),
            "pythonVersion": VERSION,
            "env": str(prefix),
            "flake": str(root / "flake.nix"),
            "shell": str(LAB.parent / "scripts" / "shell.sh"),
            "libraries": [],
            "usesPyPI": True,
            "bash": BASH,
            "processCompose": PROCESS_COMPOSE,
            "uv": str(prefix / "bin" / "uv"),
            "packages": "requirements.in",
            "venv": "pip",
            "variables": _variables(),
            "services": {"server": service()},
            **facts,
        }
        lab.write_facts()
        made.append(lab)
        return lab

    yield make
    for lab in made:
        if (lab.state / "sockets").exists() or lab.processes():
            lab("stop")
    left = [process for lab in made for process in lab.processes()]
    for process in left:
        process.kill()
    psutil.wait_procs(left)
    assert not left


def _variables() -> dict[str, list[str]]:
    """What nix/lab.nix makes of the table."""
    table = json.loads((LAB.parent / "variables.json").read_text())
    rows = [row for group in table.values() for row in group]
    words = {"givenBack": "give back", "kept": "keep", "ours": "set"}
    return {
        fact: [row["name"] for row in rows if row["decision"] == word]
        for fact, word in words.items()
    }


@pytest.fixture
def lab(make: Callable[..., Lab]) -> Lab:
    """One project."""
    return make()


@pytest.fixture
def running(lab: Lab) -> Lab:
    """One project that runs."""
    lab.check("start")
    return lab


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One project that runs the real JupyterLab, for all tests that leave it running as it was."""
    with projects(tmp_path_factory.mktemp("shared"), ENVIRONMENT) as make:
        lab = make()
        lab.check("start")
        yield lab


@pytest.fixture
def pip(make: Callable[..., Lab]) -> Lab:
    """A project whose requirements.txt names one package."""
    lab = make()
    for version in ("1.0", "2.0"):
        packages.wheel(lab.home / "wheels", "alpha", version)
    packages.wheel(lab.home / "wheels", "beta", requires="alpha")
    lab.extra = packages.only_from(lab.home / "wheels", lab.root)
    want(lab, "alpha==1.0", key="first")
    return lab


@pytest.fixture
def pypi(make: Callable[..., Lab]) -> Lab:
    """A project that keeps all of its packages in requirements.in."""
    lab = make(packages="requirements.in")
    (lab.root / "flake.nix").write_text("{ }\n")
    (lab.root / "requirements.in").write_text(ASKED)
    (lab.root / "requirements.txt").write_text(LOCKED)
    return with_wheels(lab)


def pytest_report_header() -> str:
    """Say what the tests ran with."""
    return f"{json.dumps({'environment': str(ENVIRONMENT), 'pid': os.getpid()})}"
