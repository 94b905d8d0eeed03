"""The lock of the packages from PyPI: whether it still says what was asked for, and its update."""

import os
import re
import shlex
import subprocess

from ..base.project import Project
from ..base.terminal import Problem, Progress, note
from . import addresses, installer, requirements, site_packages, uv
from .backend import backend_of
from .names import canonical


def missing(project: Project) -> list[str]:
    """What requirements.in asks for and neither the lock, requirements.txt, nor Nix gives.

    Raises Problem for what can never be in such a lock.
    """
    if not requirements.is_lock(project):
        return []
    asked = project.root / "requirements.in"
    requirements.refuse_unhashable(asked)

    # It comes along with JupyterLab.
    from packaging.requirements import InvalidRequirement, Requirement

    text = requirements.read_lock(project)
    pins, to_nix = requirements.pins_in(text), requirements.left_to_nix(text)
    provided = site_packages.provided(project) if to_nix else {}
    found = [name for name in to_nix if name not in provided]
    for line in requirements.read(asked):
        try:
            requirement = Requirement(line.text)
        except InvalidRequirement:
            # An address alone.
            if line.text not in text:
                found.append(line.text)
            continue
        name = canonical(requirement.name)
        version, url = pins.get(name, ("", ""))
        if name in to_nix and name in provided:
            version = provided[name].version
        if requirement.url:
            fits = url == requirement.url
        else:
            # What comes from an address has the version that is there.
            fits = bool(url) or requirement.specifier.contains(version, prereleases=True)
        if not fits or not (version or url):
            found.append(str(requirement))
    return found


def superfluous(project: Project) -> list[str]:
    """What the lock holds for requirements.in, and requirements.in does not ask for any more."""
    if not requirements.is_lock(project):
        return []
    lines = requirements.read(project.root / "requirements.in")
    asked = [canonical(re.split(r"[^A-Za-z0-9._-]", line.text)[0]) for line in lines]
    return [
        name for name in requirements.direct(requirements.read_lock(project)) if name not in asked
    ]


def update_if_stale(project: Project, progress: Progress) -> None:
    """Update requirements.txt if requirements.in asks for something else. (uv sees to uv.lock.)

    On a build machine nobody would see or keep the new lock, so there it is an error.
    """
    absent, left = ", ".join(missing(project)), ", ".join(superfluous(project))
    _refuse_unhashed(project)
    if not absent and not left:
        return
    if os.environ.get("CI"):
        message = (
            f"{project.root / 'requirements.in'} asks for {absent}, which is not locked."
            if absent
            else f"{project.root / 'requirements.txt'} holds {left}, which nothing asks for."
        )
        raise Problem(message, "nix run .#lab -- lock    and commit requirements.txt")
    if absent:
        note(f"Not locked yet: {absent}. Finding versions that fit together, for requirements.txt.")
    if left:
        note(f"Not in requirements.in any more: {left}. Taking it out of requirements.txt.")
    update(project, progress, upgrade=False)


def _refuse_unhashed(project: Project) -> None:
    """Who writes a name into requirements.txt by hand is told where it belongs."""
    if requirements.is_lock(project) and (
        found := requirements.unhashed(requirements.read_lock(project))
    ):
        raise Problem(
            f"{project.root / 'requirements.txt'} is the lock of requirements.in, and this stands "
            f"in it without a hash: {', '.join(found)}.",
            f"lab add {shlex.join(found)}",
        )


def update(project: Project, progress: Progress, *, upgrade: bool) -> str:
    """Write uv.lock, or requirements.txt from requirements.in. Gives the file's name."""
    backend = backend_of(project)
    file, command = backend.lock, backend.lock_command(project)
    if upgrade:
        command.append("--upgrade")
    variables, before = installer.for_uv(project), requirements.read_lock(project)
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
    return file


def key_after_update(project: Project) -> str:
    """The key of .venv for the files as they are now, from activate.sh, which alone makes it."""
    script = 'source "$NIX_JUPYTER_ACTIVATE" && printf %s "$NIX_JUPYTER_VENV_KEY"'
    command = [project.facts["bash"], "--norc", "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    # Without an answer the old key does no harm: the next start looks again, and finds all well.
    return done.stdout if done.returncode == 0 else project.venv_key
