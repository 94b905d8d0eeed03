"""Filling .venv with pip, from requirements.txt. What Nix has is seen and not installed again."""

import shutil
from pathlib import Path

from environment import lock_file, result, running, settings, wheels
from files import rename
from project import Project
from terminal import Progress

STAMP = ".nix-jupyter-key"
PREVIOUS = ".venv.previous"  # the last good one, until the one that is being made is good


def fill(project: Project, venv: Path, progress: Progress) -> None:
    """Make .venv anew, so that it holds what requirements.txt says and nothing of former days.

    The one before is kept until this one has its stamp (then `finish` takes it away), and put back
    by `recover` otherwise: who takes a wrong line out of requirements.txt again, works on at once,
    even without a network.
    """
    if venv.exists():
        rename(venv, venv.with_name(PREVIOUS))
    venv.mkdir()
    (venv / ".gitignore").write_text("*\n", encoding="utf-8")
    _make(project, venv, progress)
    result.check_pip(project, venv)


def finish(venv: Path) -> None:
    """The new .venv has its stamp: the one before is not needed any more."""
    shutil.rmtree(venv.with_name(PREVIOUS), ignore_errors=True)


def recover(venv: Path) -> None:
    """Whatever moment a making was cut short in: the last good .venv has its place again."""
    previous = venv.with_name(PREVIOUS)
    if (venv / STAMP).exists():
        finish(venv)
        return
    if venv.exists():
        shutil.rmtree(venv)
    if previous.is_dir():
        rename(previous, venv)


def _make(project: Project, venv: Path, progress: Progress) -> None:
    python = project.facts["python"]
    variables = settings.for_pip(project) | {"NIX_JUPYTER_SYNC": "1"}
    # pip itself comes from the environment underneath; a copy of its own would take seconds.
    command = [python, "-I", "-m", "venv", "--system-site-packages", "--without-pip", str(venv)]
    if not running.run(project, command, variables, "Making .venv", progress):
        raise running.failure(project, f"{venv} could not be made", "lab doctor")
    if wheels.needed(project):
        wheels.install(project, venv)
    locked = lock_file.is_lock(project)
    if locked and not lock_file.pins(lock_file.text(project)):
        return  # all that is asked for comes from Nix
    command = [str(venv / "bin" / "python3"), "-I", "-m", "pip", "install", "--no-user"]
    command += ["--no-input", "--disable-pip-version-check", "--requirement", "requirements.txt"]
    if locked:
        command.append("--require-hashes")
    step = "Installing requirements.txt into .venv"
    if not running.run(project, command, variables, step, progress):
        what = f"The packages of {project.root / 'requirements.txt'} could not be installed"
        fix = "lab lock && lab sync" if locked else "correct that file, then: lab sync"
        raise running.failure(project, what, fix)
