"""The lock of the packages from PyPI: `lab lock`."""

import os
import re
import shlex
import subprocess

from . import installers, kinds, requirements
from . import project as projects
from .nixpkgs import canonical
from .problem import Problem
from .project import Project
from .terminal import Answer, Progress, note


def lock_packages(options: set[str], arguments: list[str]) -> Answer:
    """Update uv.lock, or requirements.txt where there is a requirements.in."""
    project = projects.load()
    progress = Progress()
    project.log("sync").unlink(missing_ok=True)
    try:
        file = update(project, progress, upgrade="--upgrade" in options)
    finally:
        progress.clear()
    line = f"{project.root / file} is updated. Install it with: lab sync"
    return Answer({"file": str(project.root / file)}, [line])


# The lock of the packages from PyPI: whether it still says what was asked for, and its update.


def missing(project: Project) -> list[str]:
    """What requirements.in asks for and neither the lock, requirements.txt, nor Nix gives.

    Raises Problem for what can never be in such a lock.
    """
    if not is_lock(project):
        return []
    asked = project.root / "requirements.in"
    requirements.refuse_unhashable(asked)

    # It comes along with JupyterLab.
    from packaging.requirements import InvalidRequirement, Requirement

    text = lock_text(project)
    pins, to_nix = pins_in(text), left_to_nix(text)
    provided = requirements.provided(project) if to_nix else {}
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
    if not is_lock(project):
        return []
    lines = requirements.read(project.root / "requirements.in")
    asked = [canonical(re.split(r"[^A-Za-z0-9._-]", line.text)[0]) for line in lines]
    return [name for name in direct(lock_text(project)) if name not in asked]


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
    if is_lock(project) and (found := unhashed(lock_text(project))):
        raise Problem(
            f"{project.root / 'requirements.txt'} is the lock of requirements.in, and this stands "
            f"in it without a hash: {', '.join(found)}.",
            f"lab add {shlex.join(found)}",
        )


def update(project: Project, progress: Progress, *, upgrade: bool) -> str:
    """Write uv.lock, or requirements.txt from requirements.in. Gives the file's name."""
    kind = kinds.of(project)
    file, command = kind.lock, kind.lock_command(project)
    if upgrade:
        command.append("--upgrade")
    variables = kinds.uv_variables(project)
    if not installers.run(project, command, variables, f"Renewing {file}", progress):
        fix = f"correct {kind.asked} where it is wrong, then: lab lock"
        raise installers.failure(project, f"{project.root / file} could not be updated", fix)
    return file


def key_after_update(project: Project) -> str:
    """The key of .venv for the files as they are now, from activate.sh, which alone makes it."""
    script = 'source "$NIX_JUPYTER_ACTIVATE" && printf %s "$NIX_JUPYTER_VENV_KEY"'
    command = [project.facts["bash"], "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    # Without an answer the old key does no harm: the next start looks again, and finds all well.
    return done.stdout if done.returncode == 0 else project.venv_key


# requirements.txt where it is the lock of requirements.in: what stands in it.


# A name with its version or address. What follows, indented, are hashes and who has asked for it.
_ENTRY = re.compile(
    r"^([A-Za-z0-9._-]+)(?:\[.*\])?(?:==([^\s;\\]+)|\s*@\s*(\S+))(.*\n?(?:[ \t].*\n?)*)",
    re.MULTILINE,
)
_ANY_ENTRY = re.compile(r"^(?![#\s-]).+(?:\n[ \t].*)*", re.MULTILINE)
_LEFT_OUT = "# The following packages were excluded from the output:"


def is_lock(project: Project) -> bool:
    """Is it written by `lab lock`? Without requirements.in it is the user's own file."""
    written = kinds.of(project).lock == "requirements.txt"
    return written and (project.root / "requirements.in").exists()


def lock_text(project: Project) -> str:
    """The whole file; empty when it is not there."""
    file = project.root / "requirements.txt"
    return file.read_text(encoding="utf-8") if file.exists() else ""


def pins_in(lock: str) -> dict[str, tuple[str, str]]:
    """Version and address of each package, of which one is empty, by canonical name."""
    return {canonical(name): (version, url) for name, version, url, _ in _ENTRY.findall(lock)}


def direct(lock: str) -> list[str]:
    """The packages that are in it because requirements.in itself asks for them."""
    found = _ENTRY.findall(lock)
    return [canonical(name) for name, _, _, rest in found if "-r requirements.in" in rest]


def unhashed(lock: str) -> list[str]:
    """What has no hash, and so was not written by `lab lock`."""
    entries = [entry for entry in _ANY_ENTRY.findall(lock) if "--hash=" not in entry]
    return [re.split(r"\s#", entry)[0].strip() for entry in entries]


def left_to_nix(lock: str) -> list[str]:
    """The packages that it leaves out because Nix has them."""
    _, mark, rest = lock.partition(_LEFT_OUT)
    return re.findall(r"^# (\S+)$", rest, re.MULTILINE) if mark else []
