"""What runs beside each other in a project: JupyterLab, and the services of flake.nix."""

import os
import shlex
from typing import Any

from ..base.project import Project
from . import jupyter, secret, sockets
from .names import JUPYTER, service_names


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
    # -P: a file `random.py` in the project's directory must not break JupyterLab, nor one of ours.
    flags = jupyter.flags(project, port, secret.ensure_host(project))
    command = [project.python, "-P", jupyter.__file__, *flags]
    # JUPYTER_DATA_DIR: extensions keep files in it, and some fail where it is not there.
    (project.state / "jupyter" / "data").mkdir(mode=0o700, parents=True, exist_ok=True)
    environment = {
        "JUPYTER_TOKEN_FILE": str(secret.path(project)),
        "JUPYTER_RUNTIME_DIR": str(sockets.ensure(project)),
    }
    if project.without_venv:
        from ..packages import fallback

        path = f"{fallback.kernels(project)}:{os.environ.get('JUPYTER_PATH', '')}"
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
