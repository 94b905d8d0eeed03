"""Filling .venv with uv, from pyproject.toml and uv.lock."""

import os
import shutil
from pathlib import Path

from environment import answers, result, running, settings, wheels
from files import tail
from problem import Problem
from project import Project
from terminal import Progress


def variables(project: Project) -> dict[str, str]:
    """Settings that keep uv to the project's own interpreter and folder."""
    found = settings.for_uv(project)
    # Exported, it would aim every uv command at the interpreter in the read-only store.
    found.pop("UV_PYTHON", None)
    return found | {
        "UV_PROJECT_ENVIRONMENT": str(project.root / ".venv"),
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_PYTHON_PREFERENCE": "only-system",
    }


def fill(project: Project, venv: Path, progress: Progress) -> None:
    """Let uv bring .venv to what uv.lock says. It removes what is not in there."""
    if venv.is_symlink() or (venv.exists() and not (venv / "bin" / "python3").exists()):
        # uv refuses a folder without an interpreter, such as one whose interpreter is gone.
        _remove(venv)
    command = [project.facts["uv"], "sync"]
    if not wheels.installed(project, venv):
        # With it, uv would not recognise the interpreter behind our script, and begin from nothing.
        command += ["--python", project.facts["python"]]
    if os.environ.get("CI"):
        # On a build machine nobody would see or keep a new lock. Elsewhere uv updates it as needed.
        command.append("--locked")
    step = "Installing uv.lock into .venv"
    if running.run(project, command, variables(project), step, progress):
        answers.install(project, venv)
        result.check_uv(project, venv)
        return
    if "lockfile" in "".join(tail(project.log("sync"), 5)) and "--locked" in command:
        message = f"{project.root / 'uv.lock'} does not fit pyproject.toml any more."
        raise Problem(message, "nix run .#lab -- lock    and commit uv.lock")
    what = f"The packages of {project.root / 'uv.lock'} could not be installed"
    fix = "correct pyproject.toml where it is wrong, then: lab sync"
    raise running.failure(project, what, fix)


def fill_from_lock(project: Project, venv: Path, progress: Progress) -> bool:
    """Let uv bring .venv to what uv.lock says, whatever pyproject.toml asks for. Did it succeed?"""
    command = [project.facts["uv"], "sync", "--frozen", "--python", project.facts["python"]]
    step = "Installing uv.lock as it is"
    try:
        if not running.run(project, command, variables(project), step, progress):
            return False
    finally:
        progress.clear()
    answers.install(project, venv)
    if wheels.needed(project):
        wheels.install(project, venv)
    return True


def _remove(venv: Path) -> None:
    if venv.is_symlink():
        venv.unlink()
    else:
        shutil.rmtree(venv)
