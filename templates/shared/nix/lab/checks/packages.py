"""Are the programs and packages there, and are they safe to use?"""

import json
import os
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from checks import Finding, good
from environment import sync
from project import Project

# The oldest versions without known holes. tests/test_versions.py of a project reads the same file.
FLOORS = Path(__file__).with_name("floors.json")


def tools(project: Project) -> Iterator[Finding]:
    """Are the programs from Nix there? A garbage collection can take them."""
    programs = [project.facts[name] for name in ("python", "bash", "processCompose", "uv")]
    missing = [name for name in programs if name and not os.access(name, os.X_OK)]
    for program in missing:
        yield Finding("tools", f"{program} is missing.", "leave this shell and run: nix develop")
    if not missing:
        yield good("tools", "Python, bash and process-compose are there.")


def environment(project: Project) -> Iterator[Finding]:
    """Does .venv hold what the project's files ask for?"""
    if project.venv is None:
        yield good("venv", "No virtual environment is needed: all packages come from Nix.")
    elif sync.up_to_date(project):
        yield good("venv", f"{project.venv} is up to date.")
    else:
        yield Finding("venv", f"{project.venv} is not up to date.", "lab sync")


def versions(project: Project) -> Iterator[Finding]:
    """Are JupyterLab and what it stands on free of known security holes?"""
    found = _installed(project)
    for name, rule in json.loads(FLOORS.read_text()).items():
        version = found.get(name)
        if version is None and rule.get("needed"):
            fix = "lab sync" if project.venv else "leave this shell and run: nix develop"
            yield Finding("versions", f"{name} is not installed.", fix)
        elif version and not safe(version, rule):
            fix = "lab lock --upgrade && lab sync" if _from_pypi(project) else "nix flake update"
            message = f"{name} {version} has known security holes or faults: {rule['why']}."
            yield Finding("versions", message, fix)
        elif version:
            yield good("versions", f"{name} {version} has no security hole that lab knows of.")


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


def _from_pypi(project: Project) -> bool:
    return project.facts["venv"] == "uv"


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:3] if part.isdigit())


CHECKS = [tools, environment, versions]
