"""Which packages are installed: in the environment of Nix, and in .venv."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..base.project import Project
from .names import canonical

if TYPE_CHECKING:  # a start that fills nothing need not load it
    from importlib.metadata import Distribution


def folder_of_nix(project: Project) -> Path:
    """The folder in which the environment of Nix has its Python packages."""
    version = project.facts["pythonVersion"]
    return Path(project.facts["env"], "lib", f"python{version}", "site-packages")


def provided(project: Project) -> dict[str, Distribution]:
    """The packages of Nix by their canonical names."""
    from importlib.metadata import distributions

    found: dict[str, Distribution] = {}
    for package in distributions(path=[str(folder_of_nix(project))]):
        if package.name:
            found.setdefault(canonical(package.name), package)
    return found


def installed(project: Project, prefixes: list[Path]) -> dict[str, str]:
    """Versions by canonical name. What several environments have counts as in the first one."""
    from importlib.metadata import distributions

    library = Path("lib", f"python{project.facts['pythonVersion']}", "site-packages")
    result: dict[str, str] = {}
    for package in distributions(path=[str(prefix / library) for prefix in prefixes]):
        result.setdefault(canonical(package.name), package.version)
    return result
