"""A project's .venv: what it is asked to hold, and what it holds."""

import json
import os
import subprocess
from pathlib import Path

from driver import LAB, Lab


def want(lab: Lab, requirements: str, key: str) -> None:
    """Change requirements.txt, upon which nix/activate.sh finds another key."""
    (lab.root / "requirements.txt").write_text(f"{requirements}\n")
    lab.key = key


def imported(lab: Lab, module: str) -> str:
    """The version of a module in .venv; empty when it is not there."""
    code = f"import {module}; print({module}.version)"
    python = str(lab.root / ".venv" / "bin" / "python")
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def stamp(lab: Lab) -> str:
    """The key that .venv was made for."""
    return (lab.root / ".venv" / ".nix-jupyter-key").read_text().splitlines()[0]


def build(lab: Lab, target: Path) -> subprocess.CompletedProcess[str]:
    """Make the virtual environment of an image, as nix/venv/image.nix does."""
    facts = json.dumps(lab.facts | {"hash": "0" * 64})
    wheels = str(lab.home / "wheels")
    command = [lab.facts["python"], "-P", "-m", "lab.packages.image", facts, str(lab.root), wheels]
    directory = lab.home / "build"
    directory.mkdir(exist_ok=True)
    variables = {"PYTHONPATH": str(LAB.parent), "HOME": str(directory), "PYTHONHASHSEED": "0"}
    return subprocess.run(
        [*command, str(target)],
        cwd=directory,
        env=variables | {"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )


def fails_with_another_state_directory(lab: Lab) -> None:
    """A sandbox that has a state directory of its own, and no network: .venv stays as it was."""
    lab.check("sync")
    lab.key = stamp(lab)
    wheels, state = lab.home / "wheels", lab.state
    there = state.rename(state.with_name("as-before"))
    packages = wheels.rename(wheels.with_name("gone"))
    for _ in range(2):
        done = lab("sync")
        assert done.returncode == 1, done.stderr
        assert "with another XDG_STATE_HOME. Making it again." in done.stderr
        assert imported(lab, "alpha") == "1.0"
    assert not (lab.root / ".venv.previous").exists()
    other = state.rename(state.with_name("other"))
    there.rename(state)
    assert "was up to date already" in lab.check("sync")
    state.rename(there)
    other.rename(state)
    packages.rename(wheels)
    lab.check("sync")
    assert imported(lab, "alpha") == "1.0"
    assert not (lab.root / ".venv.previous").exists()
