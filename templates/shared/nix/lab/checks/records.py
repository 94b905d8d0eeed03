"""Is something in .venv that stands in no file, so that only this computer has it?"""

import shlex
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path

from ..base.project import Project
from ..packages.backends.backend import backend_of
from ..packages.names import canonical, name_of
from .findings import Finding, line


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
