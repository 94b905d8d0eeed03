"""`lab add` and `lab remove`: Python packages, put where this project keeps them."""

import os
import re
import shlex
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ..base import project as projects
from ..base.errors import Problem
from ..base.file_lock import lock
from ..base.files import write_shared
from ..base.invocation import called_by_path
from ..base.project import Project
from ..base.terminal import Answer, Progress, note
from ..packages import locks, nixpkgs, requirements, venv, wheels
from ..packages.locks import uv_variables
from ..packages.nixpkgs import IMPORTED_AS, NixList, NotFound, Wanted, canonical, nearest
from ..services import supervisor

# What `lab add` and `lab remove` say at the end: what is where, and how what runs gets it.


@dataclass
class Result:
    """What was changed: the packages by file, remarks, and whether a new shell is needed for it."""

    files: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    new_shell: bool = False


def _answer(project: Project, word: str, result: Result) -> Answer:
    """What was added (`word` is "added") or removed ("removed"), and what is next."""
    what, command = _next(project, result) if result.files else ("", "")
    packages = [
        {"name": name, "file": file} for file, names in result.files.items() for name in names
    ]
    preposition = "to" if word == "added" else "from"
    lines = [
        f"{word.capitalize()} {preposition} {file}: {', '.join(names)}."
        for file, names in result.files.items()
    ]
    lines += [line for line in (*result.notes, what) if line]
    lines += [f"  Next: {command}"] if command else []
    return Answer({word: packages, "notes": result.notes, "next": command or None}, lines)


def _next(project: Project, result: Result) -> tuple[str, str]:
    """How it reaches what runs already: in words, and the command."""
    there = "" if Path.cwd() == project.root else f"cd {shlex.quote(str(project.root))} && "
    if supervisor.answers(project):
        if result.new_shell:
            return (
                "JupyterLab and open shells have the packages from before until they start again.",
                f"{there}./stop && ./start",
            )
        return "Notebooks that are open see the change when their kernel is started again.", ""
    # direnv enters the new shell by itself.
    entered = os.environ.get("IN_NIX_SHELL") and not called_by_path()
    if result.new_shell and entered and "DIRENV_DIR" not in os.environ:
        return (
            "This shell has the packages from before. Leave it with: exit",
            f"{there}./start    or: nix develop",
        )
    return "", ""


def add(options: set[str], arguments: list[str]) -> Answer:
    """Add packages. When they cannot be had, every file is as before."""
    return _change("add", "added", _add, arguments)


def remove(options: set[str], arguments: list[str]) -> Answer:
    """Remove packages. When something fails, every file is as before."""
    return _change("remove", "removed", _remove, arguments)


def _change(
    command: str,
    word: str,
    change: Callable[[Project, list[Wanted], Progress], Result],
    arguments: list[str],
) -> Answer:
    if not arguments:
        raise Problem("Which package?", f"lab {command} numpy", 2)
    packages = nixpkgs.parse(arguments)
    project = projects.load()
    had_venv = project.venv is not None
    progress = Progress()
    try:
        with lock(project.state / "packages.lock", command):
            result = change(project, packages, progress)
    finally:
        progress.clear()
    result.new_shell = "flake.nix" in result.files or (project.venv is not None) != had_venv
    return _answer(project, word, result)


# Which file a package is added to: flake.nix where nixpkgs has it, else the one for PyPI.


def _add(project: Project, wanted: list[Wanted], progress: Progress) -> Result:
    """Add packages. Raises Problem, with every file as before, when they cannot be had."""
    if project.facts["packages"] == "pyproject.toml":
        texts = [each.text for each in wanted]
        try:
            with_uv(project, "add", texts, progress)
        except Problem as problem:
            raise _explained(problem, wanted, []) from None
        return Result({"pyproject.toml": texts})
    return _add_with_nix(project, wanted, progress)


def _add_with_nix(project: Project, wanted: list[Wanted], progress: Progress) -> Result:
    result = Result()
    asked = project.root / "requirements.in"
    in_flake, in_requirements = in_nix_list(project), requirements.names_in(asked)
    fresh = []
    for each in wanted:
        if each.bare and (each.name in in_requirements or set(each.attributes) & set(in_flake)):
            file = "requirements.in" if each.name in in_requirements else "flake.nix"
            result.notes.append(f"{each.name} is in {file} already.")
        else:
            fresh.append(each)
    answer = nixpkgs.Answer.empty()
    if project.facts["packages"] == "flake.nix":
        progress.show("Looking into nixpkgs")
        answer = nixpkgs.ask(project, [each for each in fresh if each.bare])
    for_nix = [found for each in fresh if (found := answer.attributes.get(each.name))]
    for_pypi = [each for each in fresh if not answer.attributes.get(each.name)]
    progress.clear()
    for each in for_pypi:
        _remark(each, answer)
    if not fresh:
        return result
    try:
        with_nix(
            project,
            (lambda names: names.add(for_nix)) if for_nix else None,
            requirements.with_packages(asked, for_pypi) if for_pypi else None,
            progress,
        )
    except Problem as problem:
        raise _explained(problem, for_pypi, answer.names) from None
    files = {"flake.nix": for_nix, "requirements.in": [each.text for each in for_pypi]}
    result.files = {file: names for file, names in files.items() if names}
    return result


def _remark(wanted: Wanted, answer: nixpkgs.Answer) -> None:
    """Said before anything is taken from PyPI: who has mistyped a name can still stop it."""
    if wanted.name in answer.refused:
        note(f"nixpkgs has {wanted.name} and refuses it (broken, unfree or not for this Python).")
    elif near := wanted.bare and nearest(wanted.name, answer.names):
        note(f"nixpkgs has no {wanted.name}, so it is looked for on PyPI. Did you mean {near}?")


def _explained(problem: Problem, wanted: list[Wanted], known: list[str]) -> Problem:
    """Say it plainly when the name is what is wrong."""
    for each in wanted:
        if each.name in unknown_names(problem):
            near = nearest(each.name, [*known, *IMPORTED_AS.values()])
            message = f'There is no package "{each.name}" on PyPI. Every file is as before.'
            if near:
                return Problem(f'{message} Did you mean "{near}"?', f"lab add {near}")
            return Problem(message, "lab add --help")
    return problem


# Taking packages out of the file in which they stand.


def _remove(project: Project, unwanted: list[Wanted], progress: Progress) -> Result:
    """Remove packages. Raises Problem, with every file as before, when one is in no file."""
    names = [each.name for each in unwanted]
    if project.facts["packages"] == "pyproject.toml":
        if "jupyterlab" in names:
            # Everything else can be taken back in JupyterLab's own terminal.
            message = f"{project.name} cannot start without jupyterlab, so it is not removed."
            raise Problem(message)
        _refuse_absent(project, names, _in_pyproject(project))
        with_uv(project, "remove", names, progress)
        return Result({"pyproject.toml": names})
    asked = project.root / "requirements.in"
    in_flake, in_requirements = in_nix_list(project), requirements.names_in(asked)
    from_flake = [name for each in unwanted for name in in_flake if name in each.attributes]
    from_requirements = [name for name in names if name in in_requirements]
    present = [*from_requirements]
    present += [each.name for each in unwanted if set(each.attributes) & set(in_flake)]
    if set(names) - set(present):
        _refuse_absent(project, [n for n in names if n not in present], in_flake + in_requirements)
    with_nix(
        project,
        (lambda members: members.remove(from_flake)) if from_flake else None,
        requirements.without_packages(asked, from_requirements) if from_requirements else None,
        progress,
    )
    files = {"flake.nix": from_flake, "requirements.in": from_requirements}
    return Result({file: removed for file, removed in files.items() if removed})


def _in_pyproject(project: Project) -> list[str]:
    import tomllib

    file = project.root / "pyproject.toml"
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Problem(f"{file} cannot be read: {error}.", "correct that file") from None
    found = table.get("project", {}).get("dependencies", [])
    return [requirements.name_of(text) for text in found]


def _refuse_absent(project: Project, names: list[str], present: list[str]) -> None:
    for name in names:
        if name not in present:
            near = nearest(name, present)
            message = f"{name} is in no file of {project.name}, so it cannot be removed."
            raise Problem(
                f'{message} Did you mean "{near}"?' if near else message,
                f"lab remove {near}" if near else "lab remove --help",
            )


# Changing the files that name the packages, and all that follows.


LOG = "packages"


def with_uv(project: Project, word: str, names: list[str], progress: Progress) -> None:
    """Let `uv add` or `uv remove` change pyproject.toml and uv.lock, then fill .venv from them."""
    folder = project.root / ".venv"
    command = [project.facts["uv"], word, "--no-sync"]
    if not wheels.installed(project, folder):
        command += ["--python", project.facts["python"]]
    with all_or_nothing(project):
        _run(project, [*command, "--", *names], uv_variables(project), "pyproject.toml", progress)
        announce(project)
        venv.bring_up_to_date(project, progress)


def with_nix(
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
        if new is not None or _entered_before(project):
            _enter(project, progress)
        else:
            project.log("sync").unlink(missing_ok=True)
            locks.update(project, progress, upgrade=False)
            announce(project)
            if _lacks_libraries(project):
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
    said = re.findall(r"Because (\S+) was not found in", words)
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


def _entered_before(project: Project) -> bool:
    """Has flake.nix changed since this shell was entered? Then its Python is an older one."""
    return Path(project.facts["flake"]).read_text(encoding="utf-8") != _text(project)


def _lacks_libraries(project: Project) -> bool:
    """Did Nix not bring what wheels need, because nothing was from PyPI when it was entered?"""
    return wheels.needed(project) and not project.facts["usesPyPI"]


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
    if not wheels.run_installer(
        project, command, variables, f"Installing what {file} asks for", progress, LOG
    ):
        what = f"{project.root / file} is as before, because this failed"
        raise wheels.installer_failure(project, what, "lab doctor", LOG)


def _remove_unneeded(project: Project) -> None:
    """Without any package from PyPI there is no .venv; one that we made goes away."""
    folder = project.root / ".venv"
    needed = project.facts.get("compute") == "cuda" or any(
        requirements.names_in(project.root / name)
        for name in ("requirements.in", "requirements.txt")
    )
    if not needed and venv.made_here(project):
        shutil.rmtree(folder)


# All or nothing: what describes the packages is as before unless everything has succeeded.


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
        announce(project)
        if isinstance(error, Problem):
            message = f"{error.message}\nEvery file is as before."
            fix = "choose another package or version, and type the command again"
            if isinstance(error, wheels.NoPackage):
                fix = error.fix
            raise Problem(message, fix) from None
        raise


def announce(project: Project) -> None:
    """Let activate.sh look at the files as they are now: the key of .venv, and the kernel."""
    os.environ["NIX_JUPYTER_VENV_KEY"] = locks.key_after_update(project)


def _restore(file: Path, content: bytes | None) -> None:
    if content is None:
        file.unlink(missing_ok=True)
    elif not file.exists() or file.read_bytes() != content:
        file.write_bytes(content)
