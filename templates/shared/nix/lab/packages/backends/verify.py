"""A look at what an installer has left: is in .venv what was asked for?

An installer's word is not enough. With the wrong setting it installs elsewhere, or nothing at
all, and says that all went well.
"""

from collections.abc import Iterator
from pathlib import Path

from ...base.errors import Problem
from ...base.project import Project
from .. import requirements, site_packages
from ..names import canonical


def check_pip(project: Project, venv: Path) -> None:
    """Raise Problem where a package of requirements.txt is missing or has another version."""
    # It comes along with JupyterLab.
    from packaging.requirements import InvalidRequirement, Requirement

    found = site_packages.installed(project, [venv, Path(project.facts["env"])])
    wrong = []
    for line in requirements.read(project.root / "requirements.txt"):
        try:
            wanted = Requirement(line.text)
        except InvalidRequirement:
            continue  # a file or an address alone does not say a name
        if wanted.marker and not wanted.marker.evaluate():
            continue
        version = found.get(canonical(wanted.name))
        if version is None or not wanted.specifier.contains(version, prereleases=True):
            wrong.append(f"{wanted.name}{wanted.specifier}")
    _report(project, venv, "pip", wrong)


def check_uv(project: Project, venv: Path) -> None:
    """Raise Problem where a package that uv.lock gives to every system is missing in .venv."""
    import tomllib

    lock = tomllib.loads((project.root / "uv.lock").read_text(encoding="utf-8"))
    packages: dict[str, list[dict]] = {}
    for package in lock.get("package", []):
        packages.setdefault(package["name"], []).append(package)
    found = site_packages.installed(project, [venv])
    wrong = []
    for name in _needed(packages):
        versions = {package.get("version") for package in packages[name]}
        if found.get(name) not in versions:
            wrong.append(f"{name} {' or '.join(sorted(filter(None, versions)))}")
    _report(project, venv, "uv", wrong)


def _needed(packages: dict[str, list[dict]]) -> Iterator[str]:
    """The names that the project needs whatever the system is: without a condition."""
    queue = [
        package
        for found in packages.values()
        for package in found
        if "." in (package["source"].get("virtual"), package["source"].get("editable"))
    ]
    seen: set[str] = set()
    while queue:
        for dependency in queue.pop().get("dependencies", []):
            name = dependency["name"]
            if name not in seen and "marker" not in dependency and len(packages[name]) == 1:
                seen.add(name)
                queue += packages[name]
                yield name


def _report(project: Project, venv: Path, program: str, wrong: list[str]) -> None:
    if wrong:
        raise Problem(
            f"{program} said that all is installed, but {venv} does not have: {', '.join(wrong)}.\n"
            f"What {program} printed is in {project.log('sync')}.",
            "lab sync",
        )
