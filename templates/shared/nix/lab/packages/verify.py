"""A look at what an installer has left: is in .venv what was asked for?

An installer's word is not enough. With the wrong setting it installs elsewhere, or nothing at
all, and says that all went well.
"""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

from ..base.project import Project
from ..base.terminal import Problem
from . import requirements, site_packages
from .names import canonical


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
    """Raise Problem where a package that uv.lock gives to this computer is missing in .venv."""
    import tomllib

    lock = tomllib.loads((project.root / "uv.lock").read_text(encoding="utf-8"))
    packages: dict[str, list[dict]] = {}
    for package in lock.get("package", []):
        packages.setdefault(package["name"], []).append(package)
    found = site_packages.installed(project, [venv])
    wrong = []
    for name in _needed(packages, _true_here(venv, packages)):
        versions = {package.get("version") for package in packages[name]}
        if found.get(name) not in versions:
            wrong.append(f"{name} {' or '.join(sorted(filter(None, versions)))}")
    _report(project, venv, "uv", wrong)


def _needed(packages: dict[str, list[dict]], true_here: set[str]) -> Iterator[str]:
    """The names that the project needs here. Of a name with several versions, uv chooses one."""
    queue = [
        package
        for found in packages.values()
        for package in found
        if "." in (package["source"].get("virtual"), package["source"].get("editable"))
    ]
    seen: set[str] = set()
    while queue:
        for dependency in queue.pop().get("dependencies", []):
            name, marker = dependency["name"], dependency.get("marker", "")
            wanted = not marker or marker in true_here
            if name not in seen and wanted and len(packages[name]) == 1:
                seen.add(name)
                queue += packages[name]
                yield name


# With the packaging of .venv, which comes along with JupyterLab: this Python has only psutil. What
# it cannot judge, such as a condition about extras, is left to uv.
_JUDGE = """
import json, sys
from packaging.markers import Marker, UndefinedEnvironmentName

def holds(marker):
    try:
        return Marker(marker).evaluate()
    except UndefinedEnvironmentName:
        return False

print(json.dumps([marker for marker in json.load(sys.stdin) if holds(marker)]))
"""


def _true_here(venv: Path, packages: dict[str, list[dict]]) -> set[str]:
    """The conditions in the lock that hold for .venv: some uv write one behind each dependency."""
    dependencies = [
        dependency
        for found in packages.values()
        for package in found
        for dependency in package.get("dependencies", [])
    ]
    markers = sorted({found["marker"] for found in dependencies if "marker" in found})
    if not markers:
        return set()
    done = subprocess.run(
        [venv / "bin" / "python3", "-I", "-c", _JUDGE],
        input=json.dumps(markers),
        capture_output=True,
        text=True,
        check=False,
    )
    return set(json.loads(done.stdout)) if done.returncode == 0 else set()


def _report(project: Project, venv: Path, program: str, wrong: list[str]) -> None:
    if wrong:
        raise Problem(
            f"{program} reported success, but {venv} does not have: {', '.join(wrong)}.\n"
            f"What {program} printed is in {project.log('sync')}.",
            "lab sync",
        )
