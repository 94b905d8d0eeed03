"""One style for all of the Python here, and files that one can read at a sitting."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from driver import LAB

HERE = Path(__file__).parent
CONFIGURATION = ["--config", str(HERE / "ruff.toml"), "--no-cache"]


@pytest.mark.parametrize("directory", [LAB, HERE])
@pytest.mark.parametrize("command", [["check", "--quiet"], ["format", "--check", "--quiet"]])
def test_ruff(directory: Path, command: list[str]) -> None:
    ruff = [sys.executable, "-m", "ruff", *command, *CONFIGURATION, "."]
    done = subprocess.run(ruff, cwd=directory, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("command", [["check", "--quiet"], ["format", "--check", "--quiet"]])
def test_ruff_of_this_repository(command: list[str]) -> None:
    """Whatever else is Python here, with the configuration at its root."""
    ruff = [sys.executable, "-m", "ruff", *command, "--no-cache", "."]
    done = subprocess.run(ruff, cwd=HERE.parents[1], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_projects_own_ruff_agrees() -> None:
    """A generated project carries this configuration, and `ruff check` there finds nothing."""
    shared = LAB.parents[1]
    ruff = [sys.executable, "-m", "ruff", "check", "--no-cache", "--config", "ruff.toml", "nix/lab"]
    done = subprocess.run(ruff, cwd=shared, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


FILES = pytest.mark.parametrize(
    "file", sorted(LAB.rglob("*.py")), ids=lambda file: str(file.relative_to(LAB))
)


MAX_LINES = 250


@FILES
def test_files_are_short(file: Path) -> None:
    assert len(file.read_text().splitlines()) <= MAX_LINES


def test_no_module_hides_one_of_pythons() -> None:
    """They are a package: who asks for venv gets Python's."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import lab.packages.venv, venv; print(venv)"
    )
    command = [sys.executable, "-I", "-B", "-c", code, str(LAB.parent)]
    there = subprocess.check_output(command, text=True)
    assert str(LAB) not in there


ROOMS = ("base", "packages", "services", "checks", "commands", "remote", "cli")


@FILES
def test_a_room_knows_the_rooms_before_it(file: Path) -> None:
    """Imports go one way, from the first of these to the last: DESIGN's rule for the program."""
    room = file.relative_to(LAB).parts[0].removesuffix(".py")
    before = ROOMS[: ROOMS.index(room)] if room in ROOMS else ()
    level = len(file.relative_to(LAB).parts)
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level == level:
            asked = (node.module or "").split(".")[0]
            assert asked in before, f"line {node.lineno}: {asked} comes after {room}"
