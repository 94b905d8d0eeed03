"""One style for all of the Python here, and files that one can read at a sitting."""

import subprocess
import sys
from pathlib import Path

import pytest

from driver import LAB

HERE = Path(__file__).parent
CONFIGURATION = ["--config", str(HERE / "ruff.toml"), "--no-cache"]


@pytest.mark.parametrize("folder", [LAB, HERE])
@pytest.mark.parametrize("command", [["check", "--quiet"], ["format", "--check", "--quiet"]])
def test_ruff(folder: Path, command: list[str]) -> None:
    ruff = [sys.executable, "-m", "ruff", *command, *CONFIGURATION, "."]
    done = subprocess.run(ruff, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_projects_own_ruff_agrees() -> None:
    """A generated project carries this configuration, and `ruff check` there finds nothing."""
    shared = LAB.parents[1]
    ruff = [sys.executable, "-m", "ruff", "check", "--no-cache", "--config", "ruff.toml", "nix/lab"]
    done = subprocess.run(ruff, cwd=shared, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("file", sorted(LAB.rglob("*.py")), ids=lambda file: file.name)
def test_files_are_short(file: Path) -> None:
    assert len(file.read_text().splitlines()) <= 400


def test_no_module_hides_one_of_pythons() -> None:
    """They are a package: who asks for venv gets Python's."""
    code = "import sys; sys.path.insert(0, sys.argv[1]); import lab.venv, venv; print(venv)"
    command = [sys.executable, "-I", "-B", "-c", code, str(LAB.parent)]
    there = subprocess.check_output(command, text=True)
    assert str(LAB) not in there
