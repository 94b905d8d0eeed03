"""Are the programs and packages there, and are they safe to use?"""

import os
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path

from checks import Finding, good
from environment import sync
from project import Project

# Older ones have known holes: script in a notebook runs code, the token ends up in a log.
SAFE_SERVER = (2, 20, 1)
SAFE_LAB = (4, 6, 2)
SAFE_OLD_LAB = (4, 5, 10)  # the 4.5 series was mended, too


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
    """Are JupyterLab and its server free of known security holes?"""
    found = _installed(project)
    for name, safe in (("jupyter_server", _safe_server), ("jupyterlab", _safe_lab)):
        version = found.get(name)
        if version is None:
            fix = "lab sync" if project.venv else "leave this shell and run: nix develop"
            yield Finding("versions", f"{name} is not installed.", fix)
        elif not safe(_numbers(version)):
            fix = "lab lock --upgrade && lab sync" if _from_pypi(project) else "nix flake update"
            yield Finding("versions", f"{name} {version} has known security holes.", fix)
        else:
            yield good("versions", f"{name} {version} has no security hole that lab knows of.")


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


def _safe_server(version: tuple[int, ...]) -> bool:
    return version >= SAFE_SERVER


def _safe_lab(version: tuple[int, ...]) -> bool:
    return version >= SAFE_LAB or SAFE_OLD_LAB <= version < (4, 6)


CHECKS = [tools, environment, versions]
