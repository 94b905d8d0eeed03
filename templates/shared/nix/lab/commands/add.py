"""`lab add` and `lab remove`: Python packages, put where this project keeps them, or taken out."""

import os
import shlex
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ..base import project as projects
from ..base.called import called_by_path, here, script
from ..base.files import lock
from ..base.project import Project
from ..base.terminal import Answer, Problem, Progress, edit, note
from ..packages import manifests, nixpkgs, requirements
from ..packages.names import IMPORTED_AS, Wanted, name_of, nearest, parse, refuse_redirected
from ..services import supervisor


@dataclass
class Result:
    """What was changed: the packages by file, remarks, and whether a new shell is needed for it."""

    files: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    new_shell: bool = False


def change(
    command: str,
    word: str,
    apply: Callable[[Project, list[Wanted], Progress], Result],
    arguments: list[str],
) -> Answer:
    """Apply a change, and say what has become of it."""
    if not arguments:
        raise Problem("Which package?", f"lab {command} numpy", 2)
    packages = parse(arguments)
    project = projects.load()
    had_venv = project.venv is not None
    progress = Progress()
    try:
        with lock(project.state / "packages.lock", command):
            result = apply(project, packages, progress)
    finally:
        progress.clear()
    result.new_shell = "flake.nix" in result.files or (project.venv is not None) != had_venv
    return _answer(project, word, result)


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
    if supervisor.answers(project):
        if result.new_shell:
            return (
                "JupyterLab and open shells have the packages from before until they start again.",
                here("lab start --again"),
            )
        return "Notebooks that are open see the change when their kernel is started again.", ""
    there = "" if Path.cwd() == project.root else f"cd {shlex.quote(str(project.root))} && "
    # direnv enters the new shell by itself.
    entered = os.environ.get("IN_NIX_SHELL") and not called_by_path()
    if result.new_shell and entered and "DIRENV_DIR" not in os.environ:
        return (
            "This shell has the packages from before. Leave it with: exit",
            f"{script('start')}    or: {there}nix develop",
        )
    return "", ""


# `lab add`: Python packages, put where this project keeps them.


def add(options: set[str], arguments: list[str]) -> Answer:
    """Add packages. When they cannot be had, every file is as before."""
    if arguments:
        refuse_redirected(arguments)
    return change("add", "added", _add, arguments)


def _add(project: Project, wanted: list[Wanted], progress: Progress) -> Result:
    """Add packages. Raises Problem, with every file as before, when they cannot be had."""
    add = _add_with_uv if project.facts["packages"] == "pyproject.toml" else _add_with_nix
    return add(project, wanted, progress)


def _add_with_uv(project: Project, wanted: list[Wanted], progress: Progress) -> Result:
    present = _in_pyproject(project)
    fresh = [each for each in wanted if not each.bare or each.name not in present]
    notes = [f"{each.name} is in pyproject.toml already." for each in wanted if each not in fresh]
    if not fresh:
        return Result(notes=notes)
    texts = [each.text for each in fresh]
    try:
        manifests.change_with_uv(project, "add", texts, progress)
    except Problem as problem:
        raise _explained(problem, fresh, []) from None
    return Result({"pyproject.toml": texts}, notes)


def _add_with_nix(project: Project, wanted: list[Wanted], progress: Progress) -> Result:
    result = Result()
    asked = project.root / "requirements.in"
    in_flake, in_requirements = manifests.in_nix_list(project), requirements.names_in(asked)
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
        manifests.change_with_nix(
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
        if each.name in manifests.unknown_names(problem):
            near = nearest(each.name, [*known, *IMPORTED_AS.values()])
            message = f'There is no package "{each.name}" on PyPI. Every file is as before.'
            if near:
                return Problem(f'{message} Did you mean "{near}"?', f"lab add {near}")
            return Problem(message, "lab add --help")
    return problem


# `lab remove`: Python packages, taken out of the file in which they stand.


def remove(options: set[str], arguments: list[str]) -> Answer:
    """Remove packages. When something fails, every file is as before."""
    return change("remove", "removed", _remove, arguments)


def _remove(project: Project, unwanted: list[Wanted], progress: Progress) -> Result:
    """Remove packages. Raises Problem, with every file as before, when one is in no file."""
    names = [each.name for each in unwanted]
    if project.facts["packages"] == "pyproject.toml":
        if "jupyterlab" in names:
            # Everything else can be taken back in JupyterLab's own terminal.
            message = f"{project.name} cannot start without jupyterlab, so it is not removed."
            raise Problem(message)
        _refuse_absent(project, names, _in_pyproject(project))
        manifests.change_with_uv(project, "remove", names, progress)
        return Result({"pyproject.toml": names})
    asked = project.root / "requirements.in"
    in_flake, in_requirements = manifests.in_nix_list(project), requirements.names_in(asked)
    from_flake = [name for each in unwanted for name in in_flake if name in each.attributes]
    from_requirements = [name for name in names if name in in_requirements]
    present = [*from_requirements]
    present += [each.name for each in unwanted if set(each.attributes) & set(in_flake)]
    if set(names) - set(present):
        _refuse_absent(project, [n for n in names if n not in present], in_flake + in_requirements)
    manifests.change_with_nix(
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
        raise Problem(f"{file} cannot be read: {error}.", edit(file)) from None
    found = table.get("project", {}).get("dependencies", [])
    return [name_of(text) for text in found]


def _refuse_absent(project: Project, names: list[str], present: list[str]) -> None:
    for name in names:
        if name not in present:
            near = nearest(name, present)
            message = f"{name} is in no file of {project.name}, so it cannot be removed."
            raise Problem(
                f'{message} Did you mean "{near}"?' if near else message,
                f"lab remove {near}" if near else "lab remove --help",
            )
