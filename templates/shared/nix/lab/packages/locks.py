"""The lock of the packages from PyPI, brought up to date, and the key of .venv that follows."""

import os
import subprocess

from ..base.project import Project
from ..base.terminal import Problem, Progress, note
from . import addresses, installer, requirements, settings, uv
from .backend import backend_of


def update_if_stale(project: Project, progress: Progress) -> None:
    """Update the lock if something else is asked for.

    On a build machine nobody would see or keep the new lock, so there it is a Problem.
    """
    absent, left = map(", ".join, backend_of(project).differences(project))
    if not absent and not left:
        return
    if os.environ.get("CI"):
        message = (
            f"{project.root / 'requirements.in'} asks for {absent}, which is not locked."
            if absent
            else f"{project.root / 'requirements.txt'} holds {left}, which nothing asks for."
        )
        raise Problem(message, "nix run '.#lab' -- lock    and commit requirements.txt")
    if absent:
        note(f"Not locked yet: {absent}. Finding versions that fit together, for requirements.txt.")
    if left:
        note(f"No longer in requirements.in: {left}. Removing it from requirements.txt.")
    update(project, progress, upgrade=False)


def update(project: Project, progress: Progress, *, upgrade: bool) -> None:
    """Write uv.lock, or requirements.txt from requirements.in. Raises Problem."""
    backend = backend_of(project)
    file, command = backend.lock, backend.lock_command(project)
    if upgrade:
        command.append("--upgrade")
    variables, before = settings.for_uv(project), requirements.read_lock(project)
    with uv.kept(project):
        done = installer.run(project, command, variables, f"Updating {file}", progress)
    if not done:
        fix = f"correct {backend.asked} where it is wrong, then: lab lock"
        raise installer.failure(project, f"{project.root / file} could not be updated", fix)
    if file == "requirements.txt" and requirements.pins_in(requirements.read_lock(project)):
        found = project.state / "pylock.toml"
        found.unlink(missing_ok=True)
        command = addresses.command(project, found)
        if not installer.run(project, command, variables, "Finding their files", progress):
            what = f"The addresses of the wheels in {project.root / file} could not be found"
            raise installer.failure(project, what, "lab lock")
        addresses.append(project, found, before)


def announce(project: Project) -> None:
    """Let activate.sh look at the files as they are now: the key of .venv, the hash, the kernel.

    What starts then, and what is filled, goes by them.
    """
    names = ("NIX_JUPYTER_VENV_KEY", "NIX_JUPYTER_HASH")
    values = " ".join(f'"${{{name}-}}"' for name in names)
    script = f"""source "$NIX_JUPYTER_ACTIVATE" && printf '%s\\n' {values}"""
    command = [project.facts["bash"], "--norc", "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=False, umask=project.umask)
    # Without an answer the old ones do no harm: the next start looks again, and finds all well.
    if done.returncode == 0:
        os.environ.update(zip(names, done.stdout.splitlines(), strict=True))
