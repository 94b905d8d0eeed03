"""Environments with Dask, and programs that run in them."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "tests" / "support"))
from made_once import made_once

FEATURE = Path(__file__).resolve().parents[1]
ENVIRONMENT = Path(os.environ["LAB_TEST_ENVIRONMENT"])
PACKAGES = [
    "dask==2026.8.0",
    "distributed==2026.8.0",
    "bokeh==3.10.2",
    "cryptography",
    "dask-jobqueue==0.9.0",
    "ipykernel",
    "jsonschema",
    "nbclient",
]
# For its files alone.
OPERATOR = ["--no-deps", "dask-kubernetes==2026.3.0"]

HEAD = """\
import json, time
from cluster import client
"""


def _environment(*groups: list[str]) -> Path:
    """The Python of a virtual environment with groups of packages."""
    uv = ENVIRONMENT / "bin" / "uv"

    def make(directory: Path) -> None:
        made = [uv, "venv", "-q", "--python", ENVIRONMENT / "bin" / "python3", directory]
        subprocess.run(made, check=True)
        for packages in groups:
            install = [uv, "pip", "install", "-q", "--python", directory / "bin" / "python"]
            subprocess.run([*install, *packages], check=True)

    return made_once("dask", (str(ENVIRONMENT), groups), make) / "bin" / "python"


@pytest.fixture(scope="session")
def python() -> Path:
    """A Python with Dask."""
    return _environment(PACKAGES, OPERATOR)


@pytest.fixture(scope="session")
def older() -> Path:
    """A Python with another Dask."""
    return _environment(["dask==2026.3.0", "distributed==2026.3.0"])


@pytest.fixture
def run(python: Path, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a program that imports cluster.py, as a script: its workers import it once more."""

    def run(
        body: str, before: list[str] | None = None, head: str = HEAD, **env: str
    ) -> subprocess.CompletedProcess[str]:
        script = tmp_path / "script.py"
        script.write_text(f"{head}\n{body}")
        found = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "PYTHONPATH": f"{FEATURE / 'files/notebooks'}:{FEATURE / 'tests'}",
        }
        command = [*(before or []), str(python), str(script)]
        return subprocess.run(command, env=found | env, capture_output=True, text=True, check=False)

    return run


@pytest.fixture
def networks() -> Iterator[list[str]]:
    """Three computers in one network: one for the scheduler, two for workers."""
    if os.getuid() != 0 or not shutil.which("ip"):
        pytest.skip("networks of its own need root and iproute2")
    names = [f"dask-{os.getpid()}-{number}" for number in range(3)]
    hub = names[0]

    def ip(words: str) -> None:
        subprocess.run(["ip", *words.split()], check=True, capture_output=True)

    try:
        ip(f"netns add {hub}")
        ip(f"-n {hub} link add hub type bridge")
    except subprocess.CalledProcessError as error:
        subprocess.run(["ip", "netns", "delete", hub], capture_output=True, check=False)
        pytest.skip(f"this computer allows no networks of its own: {error.stderr!r}")
    try:
        ip(f"-n {hub} link set lo up")
        ip(f"-n {hub} link set hub up")
        ip(f"-n {hub} addr add 10.77.0.1/24 dev hub")
        for number, name in enumerate(names[1:], start=2):
            ip(f"netns add {name}")
            ip(f"-n {name} link set lo up")
            ip(f"-n {hub} link add w{number} type veth peer name lan netns {name}")
            ip(f"-n {hub} link set w{number} master hub up")
            ip(f"-n {name} addr add 10.77.0.{number}/24 dev lan")
            ip(f"-n {name} link set lan up")
        yield names
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "delete", name], capture_output=True, check=False)
