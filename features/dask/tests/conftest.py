"""Environments with Dask, and programs that run in them."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

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
    """The Python of a virtual environment with groups of packages, made once for all."""
    key = hashlib.sha256(f"{sys.version} {ENVIRONMENT} {groups}".encode()).hexdigest()[:12]
    folder = ENVIRONMENT.parent / f"dask-{key}"
    if not (folder / "bin" / "python").exists():
        part = Path(f"{folder}.{os.getpid()}")
        uv = ENVIRONMENT / "bin" / "uv"
        subprocess.run(
            [uv, "venv", "-q", "--python", ENVIRONMENT / "bin" / "python3", part], check=True
        )
        for packages in groups:
            install = [uv, "pip", "install", "-q", "--python", part / "bin" / "python"]
            subprocess.run([*install, *packages], check=True)
        try:
            part.rename(folder)
        except OSError:  # another worker was first
            shutil.rmtree(part)
    return folder / "bin" / "python"


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
