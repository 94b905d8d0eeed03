"""The packages of a uv project whose source is in it: for an image built without a network."""

import re
import shlex
import subprocess
import tomllib
from pathlib import Path
from typing import NamedTuple

from ..base.project import Project
from ..base.terminal import Problem, indented
from .names import canonical, name_of

# A copy of the project's source, because what builds a package writes beside it.
COPY = "own"

# Lines of `uv export`, each with those that are indented below it.
_ENTRY = re.compile(r"^\S.*(?:\n[ \t].*)*", re.MULTILINE)
_GIT = re.compile(r"(\S+) @ git\+(\S+?)(?:@([0-9a-f]{40}))?(?:#.*)?(?: ;.*)?$")


class Exported(NamedTuple):
    """What `uv export` gives: from PyPI, with hashes, and from the project, as requirements."""

    hashed: str
    own: list[str]


def split(exported: str) -> Exported:
    """Tell both apart. Raises Problem for what no image can have."""
    hashed, own = [], []
    for entry in _ENTRY.findall(exported):
        if found := _GIT.match(entry):
            _refuse_git(*found.groups())
        local = entry.removeprefix("-e ")
        if local.startswith(("file:", "/", "../")) or " @ file:" in local:
            raise Problem(
                f"The package at {local.partition(' ;')[0]} is outside of the project, "
                "so it cannot be in an image.",
                "put it into the project, and  uv add ./DIRECTORY",
            )
        if local.startswith("."):
            own.append(local)
        else:
            hashed.append(entry)
    return Exported("\n".join(hashed), own)


def _refuse_git(name: str, url: str, commit: str | None) -> None:
    words = ["git", "subtree", "add", "--squash", f"--prefix=vendor/{name}", url, commit or "HEAD"]
    raise Problem(
        f"{name} comes from git, {url}, and an image is built without a network.",
        f"put it into the project: {shlex.join(words)} && uv add ./vendor/{name}",
    )


def install(project: Project, own: list[str], found: Path, venv: Path) -> None:
    """Build each and install it.

    What builds them, such as hatchling, is one of the wheels in `found`, or uv itself.
    """
    if not own:
        return
    subprocess.run(["cp", "-R", f"{project.root}/.", COPY], check=True)
    subprocess.run(["chmod", "-R", "u+w", COPY], check=True)
    for entry in own:
        file = Path("own.txt")
        file.write_text(f"./{COPY}/{entry}\n", encoding="utf-8")
        command = [project.facts["uv"], "pip", "install", "--python", str(venv / "bin" / "python3")]
        command += [
            "--offline",
            "--no-cache",
            "--no-index",
            "--find-links",
            str(found),
            "--no-deps",
        ]
        done = subprocess.run(
            [*command, "--requirement", str(file)], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise _failure(project, entry.split()[0], done.stderr)


def _failure(project: Project, place: str, said: str) -> Problem:
    lines = indented(said.strip().splitlines()[-8:])
    file = (project.root / place / "pyproject.toml").relative_to(project.root)
    what = f"The package of this project at {file} could not be built for the image:{lines}"
    if absent := _not_locked(project, project.root / file):
        message = (
            f"{what}\nIt is built without a network, and uv.lock does not have: {', '.join(absent)}"
        )
        return Problem(message, f"./lab add {shlex.join(absent)} && git add pyproject.toml uv.lock")
    return Problem(what, f"uv build {shlex.quote(place)}    and correct what it says")


def _not_locked(project: Project, file: Path) -> list[str]:
    """What a package is built with and the lock does not have."""
    if not file.is_file():
        return []
    system = tomllib.loads(file.read_text(encoding="utf-8")).get("build-system", {})
    lock = tomllib.loads((project.root / "uv.lock").read_text(encoding="utf-8"))
    locked = {canonical(package["name"]) for package in lock.get("package", [])}
    asked = system.get("requires", ["setuptools"])
    return [each for each in asked if name_of(each) not in locked]
