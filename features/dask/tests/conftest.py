"""Environments with Dask, and programs that run in them."""

import os
import subprocess
import sys
from collections.abc import Callable
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

    def make(folder: Path) -> None:
        made = [uv, "venv", "-q", "--python", ENVIRONMENT / "bin" / "python3", folder]
        subprocess.run(made, check=True)
        for packages in groups:
            install = [uv, "pip", "install", "-q", "--python", folder / "bin" / "python"]
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
