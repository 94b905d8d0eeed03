"""What makes .venv good beyond its packages: libraries for wheels, answers, a last look."""

import re
import shlex
import shutil
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path

from . import requirements
from .files import rename
from .problem import Problem
from .project import Project
from .requirements import site_packages

# Letting compiled wheels from PyPI find libstdc++ and its like, and nothing else.
#
# A wheel expects a few libraries where other Linux systems have them; Nix has them elsewhere.
# Setting LD_LIBRARY_PATH in the shell would push them on git, on editors and on every program of
# the machine, and break some. But the variable is read only once, when a process starts. So the
# `python3` of .venv is a small script that sets it and becomes the interpreter, and a line in a
# .pth file takes it out again before any code of the user runs. Python children come through the
# script again.


# Holds the user's own value in between. Its presence is what tells the .pth line to act.
KEPT = "NIX_JUPYTER_KEPT_LIBRARY_PATH"

PTH = (
    f"import os; kept = os.environ.pop({KEPT!r}, None); "
    "kept is None or os.environ.pop('LD_LIBRARY_PATH', None); "
    "kept and os.environ.update(LD_LIBRARY_PATH=kept)\n"
)


def needed(project: Project) -> bool:
    """Is it this kind of system? (macOS needs none of it.)"""
    return bool(project.facts["libraries"])


def installed(project: Project, venv: Path) -> bool:
    """Is everything in place? An installer may have put its own link there since."""
    try:
        return (
            not (venv / "bin" / "python3").is_symlink()
            and (venv / "bin" / "python3").read_text(encoding="utf-8") == _script(project)
            and _pth(project, venv).read_text(encoding="utf-8") == PTH
        )
    except OSError:
        return False


def install(project: Project, venv: Path) -> None:
    """Put the script in the interpreter's place, under all its names."""
    _pth(project, venv).write_text(PTH, encoding="utf-8")
    script = venv / "bin" / ".python3"
    script.write_text(_script(project), encoding="utf-8")
    script.chmod(0o755)
    rename(script, venv / "bin" / "python3")
    for name in ("python", f"python{project.facts['pythonVersion']}"):
        link = venv / "bin" / f".{name}"
        link.unlink(missing_ok=True)
        link.symlink_to("python3")
        rename(link, venv / "bin" / name)


def _pth(project: Project, venv: Path) -> Path:
    version = project.facts["pythonVersion"]
    return venv / "lib" / f"python{version}" / "site-packages" / "nix_jupyter.pth"


def _script(project: Project) -> str:
    libraries = shlex.quote(":".join(project.facts["libraries"]))
    driver = shlex.quote(str(project.state / "driver"))
    # -p: no BASH_ENV of the user's. The driver of the graphics card is looked for at every start.
    return f"""\
#!{project.facts["bash"]} -p
# Made by `lab sync`. It lets packages from PyPI find the libraries that they expect on any Linux.
libraries={libraries}
[[ ! -d {driver} ]] || libraries+=:{driver}
export {KEPT}=${{LD_LIBRARY_PATH-}}
export LD_LIBRARY_PATH=$libraries${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}
exec -a "$0" {shlex.quote(project.facts["python"])} "$@"
"""


# A look at what an installer has left: is in .venv what was asked for?
#
# An installer's word is not enough. With the wrong setting it installs elsewhere, or nothing at
# all, and says that all went well.


def check_pip(project: Project, venv: Path) -> None:
    """Raise Problem where a package of requirements.txt is missing or has another version."""
    # It comes along with JupyterLab.
    from packaging.requirements import InvalidRequirement, Requirement

    found = _installed(project, [venv, Path(project.facts["env"])])
    wrong = []
    for line in requirements.read(project.root / "requirements.txt"):
        try:
            wanted = Requirement(line.text)
        except InvalidRequirement:
            continue  # a file or an address alone does not say a name
        if wanted.marker and not wanted.marker.evaluate():
            continue
        version = found.get(_normal(wanted.name))
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
    found = _installed(project, [venv])
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


def _installed(project: Project, prefixes: list[Path]) -> dict[str, str]:
    library = Path("lib", f"python{project.facts['pythonVersion']}", "site-packages")
    result: dict[str, str] = {}
    for package in distributions(path=[str(prefix / library) for prefix in prefixes]):
        result.setdefault(_normal(package.name), package.version)
    return result


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _report(project: Project, venv: Path, program: str, wrong: list[str]) -> None:
    if wrong:
        raise Problem(
            f"{program} said that all is installed, but {venv} does not have: {', '.join(wrong)}.\n"
            f"What {program} printed is in {project.log('sync')}.",
            "lab sync",
        )


# What `pip install` answers, and Jupyter's settings, for a .venv that does not see Nix's.
#
# Both are files of nix/answers, which each start of Python reads.


ANSWERS = ("nix_jupyter_answers.py", "nix_jupyter_answers.pth", "nix_jupyter_own.pth")


def install_answers(project: Project, venv: Path) -> None:
    """Copy it into .venv. The environment of Nix has it from the beginning."""
    version = project.facts["pythonVersion"]
    target = venv / "lib" / f"python{version}" / "site-packages"
    for name in ANSWERS:
        shutil.copyfile(site_packages(project) / name, target / name)
