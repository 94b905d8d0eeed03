"""Are programs, packages, extensions and driver there, safe to use, and written down?"""

import json
import os
import re
import shlex
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

from ..base.project import Project
from ..packages import site_packages, venv
from ..packages.backend import backend_of
from ..packages.names import canonical, name_of
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
    prefixes = [directory for directory in (project.venv, Path(project.facts["env"])) if directory]
    found = site_packages.installed(project, prefixes)
    for name, rule in json.loads(TABLE.read_text())["floors"].items():
        version = found.get(canonical(name))
        if version is None and rule.get("needed"):
            if venv.up_to_date(project):  # otherwise it is said above
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


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:3] if part.isdigit())


# Are JupyterLab's extensions where JupyterLab can hand them to the browser?


def extensions(project: Project) -> Iterator[Finding]:
    """Look for the script with which each begins. It may be missing, or be refused."""
    found = _extensions(project)
    wrong = False
    for name, (root, directory) in sorted(found.items()):
        if why := _problem(root, directory):
            wrong = True
            yield _refused(project, directory, name, why)
    if not wrong:
        yield line("extensions", count=len(found))


def _extensions(project: Project) -> dict[str, tuple[Path, Path]]:
    """For each the directory that JupyterLab serves, and its own in there. The first one counts."""
    places = [project.venv / "share" / "jupyter"] if project.venv else []
    places += [Path(place) for place in os.environ.get("JUPYTER_PATH", "").split(":") if place]
    found: dict[str, tuple[Path, Path]] = {}
    for root in (place / "labextensions" for place in places):
        for pattern in ("*/package.json", "@*/*/package.json"):
            for file in root.glob(pattern):
                name = str(file.parent.relative_to(root))
                found.setdefault(name, (root, file.parent))
    return found


def _problem(root: Path, directory: Path) -> str:
    try:
        package = json.loads((directory / "package.json").read_text(encoding="utf-8"))
        script = directory / package["jupyterlab"]["_build"]["load"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        return f"{directory / 'package.json'} cannot be read ({error})."
    if not script.is_file():
        return f"{script} is not there."
    # tornado, from 6.5.9 on, gives out nothing that a link leads to from outside.
    if not script.resolve().is_relative_to(root.resolve()):
        return f"{script} is a link that leads out of {root}, and such files are refused."
    return ""


def _refused(project: Project, directory: Path, name: str, why: str) -> Finding:
    if project.venv and directory.is_relative_to(project.venv):
        return line("extension-refused", name=name, why=why, venv=quoted(project.venv))
    return line("extension-refused-nix", name=name, why=why)


# Is something in .venv that stands in no file, so that only this computer has it?


def unrecorded(project: Project) -> Iterator[Finding]:
    """Name what an installer has put there beside `lab sync`."""
    if project.venv is None or not project.venv.exists():
        return
    library = Path("lib", f"python{project.facts['pythonVersion']}", "site-packages")
    there = {
        canonical(package.name): package
        for package in distributions(path=[str(project.venv / library)])
        if package.name
    }
    extra = sorted(set(there) - _with_needs(backend_of(project).recorded(project), there))
    if not extra:
        yield line("packages-recorded", venv=project.venv)
        return
    slots = {"names": ", ".join(extra), "quoted": shlex.join(extra)}
    yield line("packages-unrecorded", venv=project.venv, **slots)


def _with_needs(names: set[str], there: dict[str, Distribution]) -> set[str]:
    """These packages, and all that they need, whatever the condition."""
    found, queue = set(names), list(names)
    for name in queue:
        for need in map(name_of, there[name].requires or [] if name in there else []):
            if need not in found:
                found.add(need)
                queue.append(need)
    return found


# In the CUDA shell: is the driver of the graphics card where it can be used?


# As in nix/scripts/driver.sh, which looks in this order.
PLACES = (
    "/run/opengl-driver/lib, /usr/lib/wsl/lib, /usr/local/nvidia/lib64, "
    "and where `ldconfig -p` says"
)

# What CUDA 13 needs, for which the PyTorch of the CUDA shell is made. Also in scripts/driver.sh.
NEEDED = 580


def driver(project: Project) -> Iterator[Finding]:
    """Was a driver found when the shell was entered? The other shells do not ask for one."""
    if project.facts.get("compute") != "cuda":
        return
    library = project.state / "driver" / "libcuda.so.1"
    if library.exists():
        yield _judged(os.path.realpath(library))
        return
    yield line("driver-missing", places=PLACES)


def _judged(library: str) -> Finding:
    """Is it new enough? On WSL2 the file does not say its version, and counts as good."""
    version = re.search(r"/libcuda\.so\.((\d{2,})\.[\d.]+)$", library)
    if version is None or int(version[2]) >= NEEDED:
        return line("driver", version=library)
    return line("driver-old", version=version[1], needed=NEEDED)
