"""What `lab doctor` looks at in the environment, from programs to the driver, and of what runs."""

import json
import os
import re
import shlex
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

from ..base import processes
from ..base.files import last_words
from ..base.project import Project
from ..packages import locks, requirements, venv
from ..packages.nixpkgs import canonical
from ..services import definitions, ports, supervisor
from . import audit
from .doctor import Finding, line, quoted

# Are the programs and packages there, and are they safe to use?


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
                "package-unsafe" if locks.kind_of(project).has_jupyterlab else "package-unsafe-nix"
            )
            yield line(line_name, name=name, version=version, why=rule["why"])
        elif version:
            yield line("versions", name=name, version=version)


def _missing(project: Project, name: str) -> Finding:
    kind = locks.kind_of(project)
    if not kind.has_jupyterlab or project.venv is None:
        return line("package-missing-nix", name=name)
    if canonical(name) in kind.recorded(project):
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


OF_PACKAGES = [tools, environment, versions]


# Are JupyterLab's extensions where JupyterLab can hand them to the browser?


def extensions(project: Project) -> Iterator[Finding]:
    """Look for the script with which each begins. It may be missing, or be refused."""
    found = _extensions(project)
    wrong = False
    for name, (root, folder) in sorted(found.items()):
        if why := _problem(root, folder):
            wrong = True
            yield _refused(project, folder, name, why)
    if not wrong:
        yield line("extensions", count=len(found))


def _extensions(project: Project) -> dict[str, tuple[Path, Path]]:
    """For each the folder that JupyterLab serves, and its own in there. The first one counts."""
    places = [project.venv / "share" / "jupyter"] if project.venv else []
    places += [Path(place) for place in os.environ.get("JUPYTER_PATH", "").split(":") if place]
    found: dict[str, tuple[Path, Path]] = {}
    for root in (place / "labextensions" for place in places):
        for pattern in ("*/package.json", "@*/*/package.json"):
            for file in root.glob(pattern):
                name = str(file.parent.relative_to(root))
                found.setdefault(name, (root, file.parent))
    return found


def _problem(root: Path, folder: Path) -> str:
    try:
        package = json.loads((folder / "package.json").read_text(encoding="utf-8"))
        script = folder / package["jupyterlab"]["_build"]["load"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        return f"{folder / 'package.json'} cannot be read ({error})."
    if not script.is_file():
        return f"{script} is not there."
    # tornado, from 6.5.9 on, gives out nothing that a link leads to from outside.
    if not script.resolve().is_relative_to(root.resolve()):
        return f"{script} is a link that leads out of {root}, and such files are refused."
    return ""


def _refused(project: Project, folder: Path, name: str, why: str) -> Finding:
    if project.venv and folder.is_relative_to(project.venv):
        return line("extension-refused", name=name, why=why, venv=quoted(project.venv))
    return line("extension-refused-nix", name=name, why=why)


OF_EXTENSIONS = [extensions]


# Is something in .venv that stands in no file, so that only this computer has it?


def unrecorded(project: Project) -> Iterator[Finding]:
    """Name what an installer has put there beside `lab sync`."""
    if project.venv is None:
        return
    library = Path("lib", f"python{project.facts['pythonVersion']}", "site-packages")
    there = {
        canonical(package.name): package
        for package in distributions(path=[str(project.venv / library)])
        if package.name
    }
    extra = sorted(set(there) - _with_needs(locks.kind_of(project).recorded(project), there))
    if not extra:
        yield line("packages-recorded", venv=project.venv)
        return
    slots = {"names": ", ".join(extra), "quoted": shlex.join(extra)}
    yield line("packages-unrecorded", venv=project.venv, **slots)


def _with_needs(names: set[str], there: dict[str, Distribution]) -> set[str]:
    """These packages, and all that they need, whatever the condition."""
    found, queue = set(names), list(names)
    for name in queue:
        for need in map(requirements.name_of, there[name].requires or [] if name in there else []):
            if need not in found:
                found.add(need)
                queue.append(need)
    return found


OF_RECORDS = [unrecorded]


# In the CUDA shell: is the driver of the graphics card where it can be used?


# As in enter.sh, which looks in this order.
PLACES = (
    "/run/opengl-driver/lib, /usr/lib/wsl/lib, /usr/local/nvidia/lib64, "
    "and where `ldconfig -p` says"
)

# What CUDA 13 needs, for which the PyTorch of the CUDA shell is made. Also in enter.sh.
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


OF_GRAPHICS = [driver]


# Does what should run run, and is nothing left of former days?


def running(project: Project) -> Iterator[Finding]:
    """Do all services answer, if the project runs?"""
    try:
        states = supervisor.states(project)
    except supervisor.Busy:
        yield line("supervisor-busy", project=project.name)
        return
    except ports.NoAnswer:
        yield from _not_running(project)
        return
    chosen = ports.remembered(project)
    for name in definitions.names(project):
        if name not in states or name not in chosen:
            yield line("service-new", name=name, project=project.name)
        elif definitions.ready(project, name, chosen[name], states[name]["pid"]):
            yield line("services", name=name, port=chosen[name])
        else:
            shown = "".join(f"\n         | {line}" for line in last_words(project.log(name), 5))
            if states[name]["is_running"]:
                yield line("service-silent", name=name, port=chosen[name], words=shown)
            else:
                code = states[name]["exit_code"]
                yield line("service-ended", name=name, code=code, words=shown)


def _not_running(project: Project) -> Iterator[Finding]:
    left = processes.running(project)
    for process in left:
        yield line("process-left", pid=process.pid, project=project.name)
    if not left and supervisor.socket_of(project).exists():
        yield line("socket-left", socket=supervisor.socket_of(project))
    elif not left:
        yield line("processes", project=project.name)
    for name, port in ports.remembered(project).items():
        if not left and not ports.free(port):
            yield line("port-taken", port=port, holder=ports.holder(port), name=name)


def open_to_others(project: Project) -> Iterator[Finding]:
    """Is anybody else on this computer answered? `lab audit` says more."""
    try:
        supervisor.states(project)
    except (ports.NoAnswer, supervisor.Busy):
        return  # it is said above
    _, risks = audit.report(project)
    yield from risks
    if not risks:
        yield line("audit")


OF_PROCESSES = [running, open_to_others]
