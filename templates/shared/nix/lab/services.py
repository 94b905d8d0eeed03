"""What runs beside each other in a project: JupyterLab, and the services of flake.nix."""

import os
import re
import shlex
from typing import Any

import hostname
import request
import secret
from problem import Problem
from project import Project

JUPYTER = "jupyter"


class Service:
    """One program and how it is started."""

    def __init__(self, name: str, command: str, environment: dict[str, str]) -> None:
        self.name = name
        self.command = command
        self.environment = environment


def names(project: Project) -> list[str]:
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
    known = names(project)
    for name in arguments:
        if name not in known:
            message = f'{project.name} has no service "{name}", only {", ".join(known)}.'
            raise Problem(message, "lab status", 2)
    return arguments or known


def define(project: Project, ports: dict[str, int]) -> list[Service]:
    """Say how each service is started on its port."""
    services = [_jupyter(project, ports[JUPYTER])]
    for name in names(project)[1:]:
        services.append(_own(project, name, project.facts["services"][name], ports[name]))
    return services


def _jupyter(project: Project, port: int) -> Service:
    settings = {
        "ip": "127.0.0.1",
        "port": port,
        "port_retries": 0,
        "open_browser": False,
        "root_dir": project.root,
        "local_hostnames": hostname.ensure(project),
    }
    # -P: a file `random.py` in the project's folder must not break JupyterLab.
    command = [project.python, "-P", "-m", "jupyterlab"]
    command += [f"--ServerApp.{name}={value}" for name, value in settings.items()]
    if os.getuid() == 0:
        command.append("--ServerApp.allow_root=True")
    environment = {"JUPYTER_TOKEN_FILE": str(secret.path(project))}
    return Service(JUPYTER, f"exec {shlex.join(command)}", environment)


def _own(project: Project, name: str, facts: dict[str, Any], port: int) -> Service:
    environment = {
        "PYTHONUNBUFFERED": "1",  # or the log stays empty for a long time
        **(facts.get("environment") or {}),
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "NIX_JUPYTER_STATE": str(project.state),
        "NIX_JUPYTER_HOST": hostname.ensure(project),
    }
    return Service(name, facts["command"], environment)


def ready(project: Project, name: str, port: int) -> bool:
    """Does the service answer, as itself?"""
    token = None
    if name == JUPYTER:
        # /api answers without a token; /api/status does not, and so proves that the server is ours.
        health, token = "/api/status", secret.read(project)
    else:
        health = project.facts["services"][name].get("health")
    try:
        return request.tcp(port, health, token)[0] == 200 if health else request.listens(port)
    except request.NoAnswer:
        return False


def address(project: Project, port: int) -> str:
    """A server's address, without a secret."""
    return f"http://{hostname.shown(project)}:{port}/"


def page(project: Project, name: str, port: int) -> str:
    """The address to open in a browser, with the secret that opens it."""
    if name != JUPYTER:
        return f"{address(project, port)}?key={secret.read(project, secret.KEY)}"
    start = "notebooks/start.ipynb"
    folder = f"lab/tree/{start}" if (project.root / start).is_file() else "lab"
    return f"{address(project, port)}{folder}?token={secret.read(project)}"
