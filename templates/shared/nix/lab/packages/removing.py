"""Taking packages out of the file in which they stand."""

import re

from packages import change, requirement_lines
from packages.names import Wanted, canonical, nearest
from packages.report import Result
from problem import Problem
from project import Project
from terminal import Progress


def remove(project: Project, unwanted: list[Wanted], progress: Progress) -> Result:
    """Remove packages. Raises Problem, with every file as before, when one is in no file."""
    names = [each.name for each in unwanted]
    if project.facts["packages"] == "pyproject.toml":
        _refuse_absent(project, names, _in_pyproject(project))
        change.with_uv(project, "remove", names, progress)
        return Result({"pyproject.toml": names})
    asked = project.root / "requirements.in"
    in_flake, in_requirements = change.in_nix_list(project), requirement_lines.names(asked)
    from_flake = [name for each in unwanted for name in in_flake if name in each.attributes]
    from_requirements = [name for name in names if name in in_requirements]
    present = [*from_requirements]
    present += [each.name for each in unwanted if set(each.attributes) & set(in_flake)]
    if set(names) - set(present):
        _refuse_absent(project, [n for n in names if n not in present], in_flake + in_requirements)
    change.with_nix(
        project,
        (lambda members: members.remove(from_flake)) if from_flake else None,
        requirement_lines.remove(asked, from_requirements) if from_requirements else None,
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
    return [canonical(re.split(r"[^A-Za-z0-9._-]", text.strip(), maxsplit=1)[0]) for text in found]


def _refuse_absent(project: Project, names: list[str], present: list[str]) -> None:
    for name in names:
        if name not in present:
            near = nearest(name, present)
            message = f"{name} is in no file of {project.name}, so it cannot be removed."
            raise Problem(
                f'{message} Did you mean "{near}"?' if near else message,
                f"lab remove {near}" if near else "lab remove --help",
            )
