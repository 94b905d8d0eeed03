"""What is installed: in .venv, and in the environment of Nix, which the lock fits on top of."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from ..base.project import Project
from . import requirements
from .names import canonical

if TYPE_CHECKING:  # a start that fills nothing need not load it
    from importlib.metadata import Distribution


def directory_of_nix(project: Project) -> Path:
    """The directory in which the environment of Nix has its Python packages."""
    version = project.facts["pythonVersion"]
    return Path(project.facts["env"], "lib", f"python{version}", "site-packages")


def provided(project: Project) -> dict[str, Distribution]:
    """The packages of Nix by their canonical names."""
    from importlib.metadata import distributions

    found: dict[str, Distribution] = {}
    for package in distributions(path=[str(directory_of_nix(project))]):
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


# What the environment of Nix has already, so that the lock of PyPI's packages fits on top of it.
#
# The resolver is shown each package of Nix as a wheel that holds nothing but its name and
# version, and is told to take that version and to leave it out of the lock. So a package from
# PyPI that needs numpy gets a version that works with the numpy of Nix, which is not installed a
# second time.


def options(project: Project) -> list[str]:
    """The options for `uv pip compile`. Empty where all packages come from PyPI."""
    if project.facts["packages"] != "flake.nix":
        return []
    directory = project.state / "from-nix"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    result = ["--find-links", str(directory), "--constraint", str(directory / "constraints.txt")]
    constraints = []
    for name, package in sorted(provided(project).items()):
        if not _version(package) or _asked_otherwise(project, name, package):
            continue
        _write_wheel(directory, name, package)
        constraints.append(f"{name}=={_version(package)}\n")
        result += ["--no-emit-package", name]
    (directory / "constraints.txt").write_text("".join(constraints), encoding="utf-8")
    return result


def _asked_otherwise(project: Project, name: str, package: Distribution) -> bool:
    """Does requirements.in want another version than Nix has? Then it comes from PyPI."""
    from packaging.requirements import InvalidRequirement, Requirement

    for line in requirements.read(project.root / "requirements.in"):
        try:
            wanted = Requirement(line.text)
        except InvalidRequirement:
            continue  # an address alone
        fits = not wanted.url and wanted.specifier.contains(package.version, prereleases=True)
        if canonical(wanted.name) == name and not fits:
            return True
    return False


def _version(package: Distribution) -> str:
    """Its version where it is one by the rules; packages of Nix may have others."""
    from packaging.version import InvalidVersion, Version

    try:
        return str(Version(package.version))
    except (InvalidVersion, TypeError):
        return ""


def _write_wheel(directory: Path, name: str, package: Distribution) -> None:
    """A wheel without files. What it needs has come along from Nix, but for its extras."""
    import zipfile

    version = _version(package)
    extras = [line for line in package.requires or [] if "extra ==" in line]
    metadata = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}"]
    names = package.metadata.get_all("Provides-Extra", [])
    metadata += [f"Provides-Extra: {name}" for name in names]
    metadata += [f"Requires-Dist: {line}" for line in extras]
    stem = f"{name.replace('-', '_')}-{version}"
    with zipfile.ZipFile(directory / f"{stem}-py3-none-any.whl", "w") as wheel:
        info = f"{stem}.dist-info"
        wheel.writestr(f"{info}/METADATA", "\n".join(metadata) + "\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
