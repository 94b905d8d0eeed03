"""The lock of the packages from PyPI: whether it still says what was asked for, and its update."""

import os
import re
import shlex
import subprocess

from environment import from_nix, lock_file, requirements, running, with_uv
from packages.names import canonical
from problem import Problem
from project import Project
from terminal import Progress, note


def missing(project: Project) -> list[str]:
    """What requirements.in asks for and neither the lock, requirements.txt, nor Nix gives.

    Raises Problem for what can never be in such a lock.
    """
    if not lock_file.is_lock(project):
        return []
    asked = project.root / "requirements.in"
    requirements.refuse_unhashable(asked)

    # It comes along with JupyterLab.
    from packaging.requirements import InvalidRequirement, Requirement

    text = lock_file.text(project)
    pins, to_nix = lock_file.pins(text), lock_file.left_to_nix(text)
    provided = from_nix.provided(project) if to_nix else {}
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
    if not lock_file.is_lock(project):
        return []
    lines = requirements.read(project.root / "requirements.in")
    asked = [canonical(re.split(r"[^A-Za-z0-9._-]", line.text)[0]) for line in lines]
    return [name for name in lock_file.direct(lock_file.text(project)) if name not in asked]


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
    if lock_file.is_lock(project) and (found := lock_file.unhashed(lock_file.text(project))):
        raise Problem(
            f"{project.root / 'requirements.txt'} is the lock of requirements.in, and this stands "
            f"in it without a hash: {', '.join(found)}.",
            f"lab add {shlex.join(found)}",
        )


def update(project: Project, progress: Progress, *, upgrade: bool) -> str:
    """Write uv.lock, or requirements.txt from requirements.in. Gives the file's name."""
    file, command = _command(project)
    if file == "requirements.txt":
        requirements.refuse_unhashable(project.root / "requirements.in")
    if upgrade:
        command.append("--upgrade")
    variables = with_uv.variables(project)
    if not running.run(project, command, variables, f"Renewing {file}", progress):
        asked = "pyproject.toml" if file == "uv.lock" else "requirements.in"
        fix = f"correct {asked} where it is wrong, then: lab lock"
        raise running.failure(project, f"{project.root / file} could not be updated", fix)
    return file


def key_after_update(project: Project) -> str:
    """The key of .venv for the files as they are now, from activate.sh, which alone makes it."""
    script = 'source "$NIX_JUPYTER_ACTIVATE" && printf %s "$NIX_JUPYTER_VENV_KEY"'
    command = [project.facts["bash"], "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    # Without an answer the old key does no harm: the next start looks again, and finds all well.
    return done.stdout if done.returncode == 0 else project.venv_key


def _command(project: Project) -> tuple[str, list[str]]:
    uv, python = project.facts["uv"], project.facts["python"]
    if project.facts["venv"] == "uv":
        return "uv.lock", [uv, "lock", "--python", python]
    if not (project.root / "requirements.in").exists():
        raise Problem(
            f"{project.name} has nothing to lock: flake.lock pins what comes from Nix, and "
            f"{project.root / 'requirements.txt'} is installed as it is written.",
            "mv requirements.txt requirements.in && lab lock",
        )
    command = [uv, "pip", "compile", "requirements.in", "--output-file", "requirements.txt"]
    # For every system, and with no trace of where this one found the packages.
    command += ["--universal", "--generate-hashes", "--python", python, "--no-emit-index-url"]
    command += ["--custom-compile-command", "lab lock"]
    return "requirements.txt", [*command, *from_nix.options(project)]
