"""Are the programs and packages there, and are they safe to use?"""

import json
import os
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from ..base.project import Project
from ..packages import venv
from ..packages.backends.backend import backend_of
from ..packages.names import canonical
from .findings import Finding, line, quoted

# Its `floors` are the oldest versions without known holes. A project's own tests read them too.
TABLE = Path(__file__).parents[1] / "packages" / "known.json"


def tools(project: Project) -> Iterator[Finding]:
    """Are the programs from Nix there? A garbage collection can take them."""
    programs = [project.facts[name] for name in ("python", "bash", "processCompose", "uv")]
    missing = [name for name in programs if name and not os.access(name, os.X_OK)]
    for program in missing:
        yield line("tool-missing", program=program)
    if not missing:
        yield line("tools")


def environment(project: Project) -> Iterator[Finding]:
    """Does .venv hold what the project's files ask for?"""
    if project.venv is None:
        yield line("venv-none")
    elif venv.up_to_date(project):
        yield line("venv", venv=project.venv)
    else:
        yield line("venv-old", venv=project.venv)


def versions(project: Project) -> Iterator[Finding]:
    """Are JupyterLab and what it stands on free of known security holes?"""
    found = _installed(project)
    for name, rule in json.loads(TABLE.read_text())["floors"].items():
        version = found.get(name)
        if version is None and rule.get("needed"):
            yield _missing(project, name)
        elif version and not safe(version, rule):
            line_name = (
                "package-unsafe" if backend_of(project).has_jupyterlab else "package-unsafe-nix"
            )
            yield line(line_name, name=name, version=version, why=rule["why"])
        elif version:
            yield line("versions", name=name, version=version)


def _missing(project: Project, name: str) -> Finding:
    backend = backend_of(project)
    if not backend.has_jupyterlab or project.venv is None:
        return line("package-missing-nix", name=name)
    if canonical(name) in backend.recorded(project):
        return line("package-missing-venv", name=name, venv=quoted(project.venv))
    return line("package-missing", name=name, package=canonical(name))


def safe(version: str, rule: dict[str, Any]) -> bool:
    """Is a version at least the floor of its own series, or else the newest floor?"""
    floors = [_numbers(floor) for floor in rule["floors"]]
    mine = _numbers(version)
    floor = next((floor for floor in floors if floor[:2] == mine[:2]), floors[-1])
    return mine >= floor and version not in rule.get("not", [])


def _installed(project: Project) -> dict[str, str]:
    library = Path("lib", f"python{project.facts['pythonVersion']}", "site-packages")
    folders = [folder / library for folder in (project.venv, Path(project.facts["env"])) if folder]
    result: dict[str, str] = {}
    for package in distributions(path=[str(folder) for folder in folders]):
        result.setdefault(package.name.lower().replace("-", "_"), package.version)
    return result


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:3] if part.isdigit())
