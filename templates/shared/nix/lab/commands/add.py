"""`lab add`: Python packages, put where this project keeps them."""

from ..base.errors import Problem
from ..base.project import Project
from ..base.terminal import Answer, Progress, note
from ..packages import manifests, nixpkgs, requirements
from ..packages.names import IMPORTED_AS, Wanted, nearest
from .package_change import Result, change


def add(options: set[str], arguments: list[str]) -> Answer:
    """Add packages. When they cannot be had, every file is as before."""
    return change("add", "added", _add, arguments)


def _add(project: Project, wanted: list[Wanted], progress: Progress) -> Result:
    """Add packages. Raises Problem, with every file as before, when they cannot be had."""
    if project.facts["packages"] == "pyproject.toml":
        texts = [each.text for each in wanted]
        try:
            manifests.change_with_uv(project, "add", texts, progress)
        except Problem as problem:
            raise _explained(problem, wanted, []) from None
        return Result({"pyproject.toml": texts})
    return _add_with_nix(project, wanted, progress)


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
