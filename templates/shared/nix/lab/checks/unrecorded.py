"""Is something in .venv that stands in no file, so that only this computer has it?"""

import re
import shlex
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path

from checks import Finding, good
from environment import requirements
from packages.names import canonical
from project import Project


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
    extra = sorted(set(there) - _with_needs(_recorded(project), there))
    if not extra:
        yield good("unrecorded", f"All that {project.venv} holds stands in the project's files.")
        return
    names = ", ".join(extra)
    message = f"{project.venv} holds what stands in no file of the project: {names}."
    yield Finding("unrecorded", message, f"lab add {shlex.join(extra)}")


def _recorded(project: Project) -> set[str]:
    """The names in the lock, or in a requirements.txt that is none."""
    if project.facts["venv"] == "uv":
        import tomllib

        lock = project.root / "uv.lock"
        text = lock.read_text(encoding="utf-8") if lock.exists() else ""
        return {canonical(package["name"]) for package in tomllib.loads(text).get("package", [])}
    lines = requirements.read(project.root / "requirements.txt")
    return {_name(line.text) for line in lines}


def _with_needs(names: set[str], there: dict[str, Distribution]) -> set[str]:
    """These packages, and all that they need, whatever the condition."""
    found, queue = set(names), list(names)
    for name in queue:
        for need in map(_name, there[name].requires or [] if name in there else []):
            if need not in found:
                found.add(need)
                queue.append(need)
    return found


def _name(requirement: str) -> str:
    return canonical(re.split(r"[^A-Za-z0-9._-]", requirement.strip(), maxsplit=1)[0])


CHECKS = [unrecorded]
