"""What runs beside each other in a project: JupyterLab, and the services of flake.nix."""

import json
import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..base.errors import Problem
from ..base.files import write
from ..base.project import Project
from . import jupyter, ports, secret

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


def ready(project: Project, name: str, port: int, pid: int) -> bool:
    """Does the service answer, as itself? `pid` is its process, as the supervisor says.

    Nothing secret is sent: whoever listens on the port may be a stranger. The answer counts when
    the socket is one of the service's own processes, before and after.
    """
    before = ports.own_listener(port, _families(project, pid))
    if before is None:
        return False
    try:
        healthy = _healthy(project, name, port)
    except ports.NoAnswer:
        return False
    return healthy and ports.own_listener(port, _families(project, pid)) == before


def pid_of(state: dict[str, Any] | None) -> int | None:
    """The process of a service that runs, as the supervisor says; None when none does."""
    return state["pid"] if state and state["is_running"] else None


def own_page(project: Project, name: str, port: int, state: dict[str, Any] | None) -> str:
    """The address that opens a service, for a person or a browser, secret included.

    Raises Problem unless the service's own process listens on its port: after a crash, or *Shut
    Down*, anybody on this computer can be quicker to take it.
    """
    pid = pid_of(state)
    if pid and ports.own_listener(port, _families(project, pid)):
        return page(project, name, port)
    if ports.listeners_on(port):
        message = f"Port {port} of {name} is taken by {ports.holder(port)}"
        raise Problem(f"{message}, who would be told the secret.", "lab stop && lab start")
    raise Problem(f"{name} does not answer on port {port}.", "lab status")


def _healthy(project: Project, name: str, port: int) -> bool:
    if name == JUPYTER:
        # Refused, because we do not say the token: so it is up, and closed. (200 would be open,
        # which checks/audit.py tells the user.)
        return ports.ask(port, "/api/status").status in (200, 403)
    health = project.facts["services"][name].get("health")
    return not health or ports.ask(port, health).status == 200


def _families(project: Project, pid: int) -> Iterator[list[int]]:
    """The processes of a service: as a rule one; or its children; or what it left behind."""
    yield [pid]
    from ..base import processes  # psutil costs as much as all the rest of `lab status`

    yield [process.pid for process in processes.family(pid)]
    yield [process.pid for process in processes.running(project)]


def address(project: Project, port: int) -> str:
    """A server's address, without a secret."""
    return f"http://{secret.shown_host(project)}:{port}/"


def page(project: Project, name: str, port: int) -> str:
    """The address to open in a browser, with the secret that opens it."""
    if name != JUPYTER:
        return f"{address(project, port)}?key={secret.read(project, secret.KEY)}"
    start = "notebooks/start.ipynb"
    folder = f"lab/tree/{start}" if (project.root / start).is_file() else "lab"
    return f"{address(project, port)}{folder}?token={secret.read(project)}"


# The menu "Project" in JupyterLab: one entry for each service, which opens its page.
#
# JupyterLab reads it as defaults of its settings, from a file in the state folder: the addresses
# hold the key, so they may stand in no file of the project.


def offer_menu(project: Project, ports: dict[str, int]) -> None:
    """Write the menu for services on these ports; without any, there is no menu."""
    file = _menu_path(project)
    pages = {name: port for name, port in ports.items() if name != JUPYTER}
    entries = [_menu_entry(project, name, port) for name, port in pages.items()]
    if not entries:
        file.unlink(missing_ok=True)
        return
    # Rank 900: after "Settings", before "Help", which has 1000.
    menu = {"id": "nix-jupyter-project", "label": "Project", "rank": 900, "items": entries}
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write(file, json.dumps({"@jupyterlab/mainmenu-extension:plugin": {"menus": [menu]}}))


def _menu_path(project: Project) -> Path:
    """A file of this name in a folder of JUPYTER_CONFIG_DIR, which nix/activate.sh has set."""
    return project.state / "jupyter" / "config" / "labconfig" / "default_setting_overrides.json"


def _menu_entry(project: Project, name: str, port: int) -> dict[str, Any]:
    address = page(project, name, port)
    return {
        "command": "help:open",
        "args": {"text": f"Open {name}", "url": address, "newBrowserTab": True},
    }
