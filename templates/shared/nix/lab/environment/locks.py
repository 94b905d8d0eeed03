"""The lock of the packages from PyPI: whether it still says what was asked for, and its renewal."""

import os
import re
import subprocess

from environment import requirements, running, with_uv
from problem import Problem
from project import Project
from terminal import Progress, note

PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[.*\])?(?:==([^\s;\\]+)|\s*@\s*(\S+))", re.MULTILINE)


def missing(project: Project) -> list[str]:
    """What requirements.in asks for and the lock, requirements.txt, does not give.

    Raises Problem for what can never be in such a lock.
    """
    asked = project.root / "requirements.in"
    if project.facts["venv"] == "uv" or not asked.exists():
        return []
    requirements.refuse_unhashable(asked)

    # It comes along with JupyterLab.
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.utils import canonicalize_name

    locked = project.root / "requirements.txt"
    text = locked.read_text(encoding="utf-8") if locked.exists() else ""
    pins = {canonicalize_name(name): (version, url) for name, version, url in PINNED.findall(text)}
    found = []
    for line in requirements.read(asked):
        try:
            requirement = Requirement(line.text)
        except InvalidRequirement:
            # An address alone.
            if line.text not in text:
                found.append(line.text)
            continue
        version, url = pins.get(canonicalize_name(requirement.name), ("", ""))
        if requirement.url:
            fits = url == requirement.url
        else:
            # What comes from an address has the version that is there.
            fits = bool(url) or requirement.specifier.contains(version, prereleases=True)
        if not fits or not (version or url):
            found.append(str(requirement))
    return found


def renew_if_stale(project: Project, progress: Progress) -> None:
    """Renew requirements.txt if it lacks something. (uv sees to its own lock.)

    On a build machine nobody would see or keep the new lock, so there it is an error.
    """
    names = ", ".join(missing(project))
    if not names:
        return
    if os.environ.get("CI"):
        message = f"{project.root / 'requirements.in'} asks for {names}, which is not locked."
        raise Problem(message, "nix run .#lab -- lock    and commit requirements.txt")
    note(f"Not locked yet: {names}. Finding versions that fit together, for requirements.txt.")
    renew(project, progress, upgrade=False)


def renew(project: Project, progress: Progress, *, upgrade: bool) -> str:
    """Write uv.lock, or requirements.txt from requirements.in. Gives the file's name."""
    file, command = _command(project)
    if file == "requirements.txt":
        requirements.refuse_unhashable(project.root / "requirements.in")
    if upgrade:
        command.append("--upgrade")
    variables = with_uv.variables(project)
    if not running.run(project, command, variables, f"Renewing {file}", progress):
        raise running.failure(project, f"{project.root / file} could not be renewed", "lab lock")
    return file


def key_after_renewal(project: Project) -> str:
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
            "pin a version there, such as: cowsay==6.1",
        )
    if uv is None:
        raise Problem(
            f"{project.root / 'requirements.in'} is newer than this shell, which has no uv yet.",
            "git add requirements.in, leave this shell, and run: nix develop",
        )
    command = [uv, "pip", "compile", "requirements.in", "--output-file", "requirements.txt"]
    # For every system, and with no trace of where this one found the packages.
    command += ["--universal", "--generate-hashes", "--python", python, "--no-emit-index-url"]
    command += ["--custom-compile-command", "lab lock"]
    return "requirements.txt", command
