"""What runs beside each other in a project: JupyterLab, and the services of flake.nix."""

import os
import re
import shlex
from typing import Any

from ..base.project import Project
from ..base.terminal import Problem
from . import jupyter, secret

JUPYTER = "jupyter"


def service_names(project: Project) -> list[str]:
    """The names of all services, JupyterLab first."""
    for name in project.facts["services"]:
        # The name becomes the name of a log file.
        if name == JUPYTER or not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", name):
            raise Problem(
                f'flake.nix calls a service "{name}", which cannot be the name of one '
                f"(letters, digits, _ . -, and not {JUPYTER}).",
                f'{os.environ.get("EDITOR", "nano")} "{project.root / "flake.nix"}"',
            )
    return [JUPYTER, *sorted(project.facts["services"])]


def named(project: Project, arguments: list[str]) -> list[str]:
    """The services that a command line names; all of them when it names none."""
    known = service_names(project)
    for name in arguments:
        if name not in known:
            message = f'{project.name} has no service "{name}", only {", ".join(known)}.'
            raise Problem(message, "lab status", 2)
    return arguments or known


# What runs beside each other in a project: JupyterLab, and the services of flake.nix.


class Service:
    """One program and how it is started."""

    def __init__(self, name: str, command: str, environment: dict[str, str]) -> None:
        self.name = name
        self.command = command
        self.environment = environment


def define(project: Project, ports: dict[str, int]) -> list[Service]:
    """Say how each service is started on its port."""
    services = [_jupyter(project, ports[JUPYTER])]
    for name in service_names(project)[1:]:
        services.append(_own(project, name, project.facts["services"][name], ports[name]))
    return services


def _jupyter(project: Project, port: int) -> Service:
    # -P: a file `random.py` in the project's folder must not break JupyterLab, nor one of ours.
    flags = jupyter.flags(project, port, secret.ensure_host(project))
    command = [project.python, "-P", jupyter.__file__, *flags]
    # JUPYTER_DATA_DIR: extensions keep files in it, and some fail where it is not there.
    (project.state / "jupyter" / "data").mkdir(mode=0o700, parents=True, exist_ok=True)
    environment = {
        "JUPYTER_TOKEN_FILE": str(secret.path(project)),
        "JUPYTER_RUNTIME_DIR": str(secret.ensure_sockets(project)),
    }
    if project.without_venv:
        from ..packages import venv

        path = f"{venv.kernels(project)}:{os.environ.get('JUPYTER_PATH', '')}"
        environment["JUPYTER_PATH"] = path
    return Service(JUPYTER, f"exec {shlex.join(command)}", environment)


def _own(project: Project, name: str, facts: dict[str, Any], port: int) -> Service:
    environment = {
        "PYTHONUNBUFFERED": "1",  # or the log stays empty for a long time
        **(facts.get("environment") or {}),
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "NIX_JUPYTER_STATE": str(project.state),
        "NIX_JUPYTER_HOST": secret.ensure_host(project),
    }
    return Service(name, facts["command"], environment)
