"""Git and Nix, run to their end."""

import shlex
import subprocess
from pathlib import Path

from .project import Project, inherited
from .terminal import Problem

NIX = ("nix", "--extra-experimental-features", "nix-command flakes")


def git(project: Project, *arguments: str) -> str | None:
    """What git prints in the project's folder; None where it fails, or is not there."""
    command = ["git", *arguments]
    done = subprocess.run(
        command,
        cwd=project.root,
        env=inherited(),
        capture_output=True,
        text=True,
        errors="surrogateescape",
        check=False,
    )
    return done.stdout if done.returncode == 0 else None


def run(command: list[str], folder: Path, what: str, fix: str = "lab doctor") -> str:
    """Run a program to its end and give what it prints. Raises Problem with its last words."""
    done = subprocess.run(
        command, cwd=folder, env=inherited(), capture_output=True, text=True, check=False
    )
    if done.returncode == 0:
        return done.stdout
    said = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    if "No space left" in done.stderr:
        raise full(folder)
    raise Problem("\n  | ".join([f"{what}:", *(line[:300] for line in said[-4:])]), fix)


def full(folder: Path) -> Problem:
    """Say that there is no room for the bundle."""
    message = f"The disk that holds {folder} is full, and no bundle was written."
    return Problem(message, f"df -h {shlex.quote(str(folder))}")
