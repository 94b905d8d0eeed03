"""The addresses of services, and the menu of JupyterLab that opens them."""

import json
from pathlib import Path
from typing import Any

from ..base.files import write
from ..base.project import Project
from ..base.terminal import Problem
from . import http, listeners, ports, secret, supervisor
from .names import JUPYTER, named
from .readiness import families, pid_of


def find_url(project: Project, arguments: list[str]) -> tuple[str, str]:
    """The service that a command line names, or JupyterLab, and the address of its page.

    Raises Problem unless it runs, and as own_page.
    """
    (name,) = named(project, arguments or [JUPYTER])
    try:
        states = supervisor.states(project)
    except http.NoAnswer:
        states = {}
    if not states:
        raise Problem(f"{project.name} is not running.", "lab start")
    return name, own_page(project, name, ports.required(project, name), states.get(name))


def require(project: Project, names: list[str]) -> dict[str, int]:
    """The ports of services of a project that runs; raises Problem when a file of it is gone."""
    for each in secret.OF_A_RUN:
        secret.required(project, each)
    return {name: ports.required(project, name) for name in names}


def own_page(project: Project, name: str, port: int, state: dict[str, Any] | None) -> str:
    """The address that opens a service, for a person or a browser, secret included.

    Raises Problem unless the service's own process listens on its port: after a crash, or *Shut
    Down*, anybody on this computer can be quicker to take it.
    """
    pid = pid_of(state)
    if pid and listeners.own_listener(port, families(project, pid)):
        return page(project, name, port)
    if listeners.on_port(port):
        message = f"Port {port} of {name} is taken by {listeners.holder(port)}"
        raise Problem(f"{message}, which would receive the secret.", "lab start --again")
    raise Problem(f"{name} does not answer on port {port}.", "lab status" if pid else "lab start")


def address(project: Project, port: int) -> str:
    """A server's address, without a secret."""
    return f"http://{secret.shown_host(project)}:{port}/"


def page(project: Project, name: str, port: int) -> str:
    """The address to open in a browser, with the secret that opens it, where one is asked for."""
    if project.facts["services"].get(name, {}).get("open"):
        return address(project, port)
    if name != JUPYTER:
        return f"{address(project, port)}?key={secret.required(project, secret.KEY)}"
    start = "notebooks/start.ipynb"
    directory = f"lab/tree/{start}" if (project.root / start).is_file() else "lab"
    return f"{address(project, port)}{directory}?token={secret.required(project)}"


# The menu "Project" in JupyterLab: one entry for each service, which opens its page.
#
# JupyterLab reads it as defaults of its settings, from a file in the state directory: the addresses
# hold the key, so they may stand in no file of the project.


def offer_menu(project: Project, chosen: dict[str, int]) -> None:
    """Write the menu for services on the chosen ports; without any, there is no menu."""
    file = _path(project)
    pages = {name: port for name, port in chosen.items() if name != JUPYTER}
    entries = [_entry(project, name, port) for name, port in pages.items()]
    if not entries:
        file.unlink(missing_ok=True)
        return
    # Rank 900: after "Settings", before "Help", which has 1000.
    menu = {"id": "nix-jupyter-project", "label": "Project", "rank": 900, "items": entries}
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write(file, json.dumps({"@jupyterlab/mainmenu-extension:plugin": {"menus": [menu]}}))


def _path(project: Project) -> Path:
    """A file of this name in a directory of JUPYTER_CONFIG_DIR, which nix/activate.sh has set."""
    return project.state / "jupyter" / "config" / "labconfig" / "default_setting_overrides.json"


def _entry(project: Project, name: str, port: int) -> dict[str, Any]:
    url = page(project, name, port)
    return {
        "command": "help:open",
        "args": {"text": f"Open {name}", "url": url, "newBrowserTab": True},
    }
