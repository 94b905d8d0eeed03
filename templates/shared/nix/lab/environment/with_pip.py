"""Filling .venv with pip, from requirements.txt. What Nix has is seen and not installed again."""

import os
import shutil
from pathlib import Path

from environment import running, wheels
from problem import Problem
from project import Project
from terminal import Progress, note
from variables import inherited

STAMP = ".nix-jupyter-key"
MAKING = ".nix-jupyter-making"  # in a .venv that is being made, or whose making was cut short
PREVIOUS = ".previous"  # the last good .venv, inside the one that is being made


def fill(project: Project, venv: Path, progress: Progress) -> None:
    """Make .venv anew, so that it holds what requirements.txt says and nothing of former days.

    The one before is kept until this one is good, and put back otherwise: who takes a wrong line
    out of requirements.txt again, works on at once, even without a network.
    """
    _recover(venv)
    if os.path.lexists(venv) and not (venv / STAMP).exists():
        _move_aside(venv)
    _begin(venv)
    try:
        _make(project, venv, progress)
    except BaseException:
        _recover(venv)
        raise
    shutil.rmtree(venv / PREVIOUS, ignore_errors=True)
    (venv / MAKING).unlink()


def _make(project: Project, venv: Path, progress: Progress) -> None:
    python = project.facts["python"]
    variables = inherited()
    # pip itself comes from the environment underneath; a copy of its own would take seconds.
    command = [python, "-I", "-m", "venv", "--system-site-packages", "--without-pip", str(venv)]
    if not running.run(project, command, variables, "Making .venv", progress):
        raise running.failure(project, f"{venv} could not be made", "lab doctor")
    if wheels.needed(project):
        wheels.install(project, venv)
    command = [str(venv / "bin" / "python3"), "-I", "-m", "pip", "install", "--no-user"]
    command += ["--no-input", "--disable-pip-version-check", "--requirement", "requirements.txt"]
    if (project.root / "requirements.in").exists():
        command.append("--require-hashes")
    step = "Installing requirements.txt into .venv"
    if not running.run(project, command, variables, step, progress):
        what = f"The packages of {project.root / 'requirements.txt'} could not be installed"
        raise running.failure(project, what, "correct that file, then: lab sync")


def _begin(venv: Path) -> None:
    """Make an empty .venv, with the one before inside: git sees neither of them there."""
    before = venv.with_name(f"{venv.name}.{os.getpid()}")
    if venv.exists():
        venv.rename(before)
    venv.mkdir()
    (venv / MAKING).touch()
    if before.exists():
        before.rename(venv / PREVIOUS)


def _recover(venv: Path) -> None:
    """Take a half-made .venv away, and put the one before in its place."""
    if not (venv / MAKING).exists():
        return
    before = venv.with_name(f"{venv.name}.{os.getpid()}")
    if (venv / PREVIOUS).exists():
        (venv / PREVIOUS).rename(before)
    shutil.rmtree(venv)
    if before.exists():
        before.rename(venv)


def _move_aside(venv: Path) -> None:
    """A .venv that we did not make may hold somebody's work: it gets another name."""
    for number in range(1, 100):
        aside = venv.with_name(f"{venv.name}.before-{number}")
        if not aside.exists() and not aside.is_symlink():
            venv.rename(aside)
            note(f"{venv} was not made by lab. It is called {aside.name} now, should you miss it.")
            return
    raise Problem(f"{venv} was not made by lab, and is in the way.", f'rm -r "{venv}"')
