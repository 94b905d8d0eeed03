"""The names of the services: JupyterLab's, and those of flake.nix."""

import re

from ..base.project import Project
from ..base.terminal import Problem, edit

JUPYTER = "jupyter"


def service_names(project: Project) -> list[str]:
    """The names of all services, JupyterLab first. Raises Problem for one that cannot be a name."""
    for name in project.facts["services"]:
        # The name becomes the name of a log file.
        if name == JUPYTER or not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", name):
            raise Problem(
                f'flake.nix calls a service "{name}", which cannot be the name of one '
                f"(letters, digits, _ . -, and not {JUPYTER}).",
                edit(project.root / "flake.nix"),
            )
    return [JUPYTER, *sorted(project.facts["services"])]


def named(project: Project, arguments: list[str]) -> list[str]:
    """The services that a command line names; all of them when it names none. Raises Problem."""
    known = service_names(project)
    for name in arguments:
        if name not in known:
            message = f'Unknown service "{name}". Available: {", ".join(known)}'
            raise Problem(message, "lab status", 2)
    return arguments or known
