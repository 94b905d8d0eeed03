"""`lab remove`: Python packages, taken out of the file in which they stand."""

from ..base.errors import Problem
from ..base.project import Project
from ..base.terminal import Answer, Progress
from ..packages import manifests, requirements
from ..packages.names import Wanted, name_of, nearest
from .package_change import Result, change


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
        raise Problem(f"{file} cannot be read: {error}.", "correct that file") from None
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
