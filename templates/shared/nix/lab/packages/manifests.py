"""Changing the files that name the packages, and all that follows: all of it, or nothing."""

import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ..base.files import write_shared
from ..base.project import Project
from ..base.terminal import Problem, Progress
from . import installer, locks, nixpkgs, requirements, settings, stamp, uv, venv, wheel_libraries
from .flake_list import NixList, NotFound
from .names import canonical

FILES = ("flake.nix", "requirements.in", "requirements.txt", "pyproject.toml", "uv.lock")


@contextmanager
def all_or_nothing(project: Project) -> Iterator[None]:
    """Give the files back, byte for byte, when the block ends with any exception.

    A Problem then says so, too.
    """
    files = [project.root / name for name in FILES]
    before = {file: file.read_bytes() if file.exists() else None for file in files}
    try:
        yield
    except BaseException as error:
        for file, content in before.items():
            _restore(file, content)
        locks.announce(project)
        if isinstance(error, Problem):
            message = f"{error.message}\nEvery file is as before."
            fix = "choose another package or version, and run the command again"
            if isinstance(error, installer.NoPackage):
                fix = error.fix
            raise Problem(message, fix) from None
        raise


def _restore(file: Path, content: bytes | None) -> None:
    if content is None:
        file.unlink(missing_ok=True)
    elif not file.exists() or file.read_bytes() != content:
        file.write_bytes(content)


LOG = "packages"


def change_with_uv(project: Project, word: str, names: list[str], progress: Progress) -> None:
    """Let `uv add` or `uv remove` change pyproject.toml and uv.lock, then fill .venv from them.

    Raises Problem, with all files as before, when the packages cannot be had.
    """
    directory = project.root / ".venv"
    command = [project.facts["uv"], word, "--no-sync"]
    if not wheel_libraries.installed(project, directory):
        command += ["--python", project.facts["python"]]
    with all_or_nothing(project):
        variables = settings.for_uv(project)
        with uv.kept(project):
            _run(project, [*command, "--", *names], variables, "pyproject.toml", progress)
        locks.announce(project)
        venv.bring_up_to_date(project, progress)


def change_with_nix(
    project: Project,
    edit: Callable[[NixList], str] | None,
    asked: str | None,
    progress: Progress,
) -> None:
    """Edit the list in flake.nix, give requirements.in a new text, or both; None leaves one be.

    Raises Problem, with all files as before, when the packages cannot be had.
    """
    new = _edited(project, edit) if edit else None
    if asked is not None:
        _check_requirements(project)
    with all_or_nothing(project):
        if asked is not None:
            write_shared(project.root / "requirements.in", asked)
        if new is not None:
            write_shared(project.root / "flake.nix", new)
        if new is not None or entered_before(project):
            _enter(project, progress)
        else:
            project.log("sync").unlink(missing_ok=True)
            locks.update(project, progress, upgrade=False)
            locks.announce(project)
            if _needs_libraries(project):
                _enter(project, progress)
            else:
                venv.bring_up_to_date(project, progress)
    _remove_unneeded(project)


def in_nix_list(project: Project) -> list[str]:
    """The names in pythonPackages of flake.nix; none where there is no such list."""
    try:
        return NixList(_text(project)).names
    except (NotFound, OSError):
        return []


def unknown_names(problem: Problem) -> list[str]:
    """The packages of which uv has said that nobody has them."""
    # It breaks its lines where they are long.
    words = " ".join(problem.message.replace("\n  |", " ").split())
    said = re.findall(r"Because (\S+) was not found in (?!the cache)", words)
    return [canonical(re.split(r"[\[{<>=!~]", name)[0]) for name in said]


def _text(project: Project) -> str:
    with open(project.root / "flake.nix", encoding="utf-8", newline="") as file:
        return file.read()


def _edited(project: Project, edit: Callable[[NixList], str]) -> str:
    try:
        return edit(NixList(_text(project)))
    except NotFound:
        raise Problem(
            f"The list pythonPackages in {project.root / 'flake.nix'} has a form that lab cannot "
            "edit. Write or remove the names there by hand.",
            "nix develop    when that is done",
        ) from None


def _check_requirements(project: Project) -> None:
    locked = project.root / "requirements.txt"
    if not (project.root / "requirements.in").exists() and requirements.names_in(locked):
        message = f"{locked} is installed as it is written, because there is no requirements.in."
        raise Problem(message, "mv requirements.txt requirements.in && lab lock")


def entered_before(project: Project) -> bool:
    """Has flake.nix changed since this shell was entered? Then its Python is an older one."""
    now = project.root / "flake.nix"
    return now.is_file() and Path(project.facts["flake"]).read_bytes() != now.read_bytes()


def _needs_libraries(project: Project) -> bool:
    """Did Nix not bring what wheels need, because nothing was from PyPI when it was entered?"""
    return wheel_libraries.needed(project) and not project.facts["usesPyPI"]


def _enter(project: Project, progress: Progress) -> None:
    """Enter the shell that flake.nix describes now: that downloads what is new, and fills .venv."""
    command = [*nixpkgs.program(), "develop", nixpkgs.shell(project), "--command", "true"]
    # On a build machine it would not update the lock by itself, and here it has been told to.
    variables = {name: value for name, value in os.environ.items() if name != "CI"}
    _run(project, command, variables, "flake.nix", progress)


def _run(
    project: Project,
    command: list[str],
    variables: Mapping[str, str],
    file: str,
    progress: Progress,
) -> None:
    project.log(LOG).unlink(missing_ok=True)
    if not installer.run(
        project, command, variables, f"Installing what {file} asks for", progress, LOG
    ):
        what = f"{project.root / file} is as before, because this failed"
        raise installer.failure(project, what, "lab doctor", LOG)


def _remove_unneeded(project: Project) -> None:
    """Without any package from PyPI there is no .venv; one that we made goes away."""
    directory = project.root / ".venv"
    needed = project.facts.get("compute") == "cuda" or any(
        requirements.names_in(project.root / name)
        for name in ("requirements.in", "requirements.txt")
    )
    if not needed and stamp.made_here(project):
        shutil.rmtree(directory)
