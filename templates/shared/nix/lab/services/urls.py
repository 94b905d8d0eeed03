"""The addresses of services: with a secret for who may know it, and without."""

from typing import Any

from ..base.errors import Problem
from ..base.project import Project
from . import host_name, http, listeners, ports, secret, supervisor
from .names import JUPYTER, named
from .readiness import families, pid_of


def find_url(project: Project, arguments: list[str]) -> tuple[str, str]:
    """The service that a command line names, or JupyterLab, and the address of its page."""
    (name,) = named(project, arguments or [JUPYTER])
    port = ports.remembered(project).get(name)
    try:
        states = supervisor.states(project)
    except http.NoAnswer:
        states = {}
    if port is None or not states:
        raise Problem(f"{project.name} is not running.", "lab start")
    return name, own_page(project, name, port, states.get(name))


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
        raise Problem(f"{message}, who would be told the secret.", "lab stop && lab start")
    raise Problem(f"{name} does not answer on port {port}.", "lab status")


def address(project: Project, port: int) -> str:
    """A server's address, without a secret."""
    return f"http://{host_name.shown(project)}:{port}/"


def page(project: Project, name: str, port: int) -> str:
    """The address to open in a browser, with the secret that opens it."""
    if name != JUPYTER:
        return f"{address(project, port)}?key={secret.read(project, secret.KEY)}"
    start = "notebooks/start.ipynb"
    folder = f"lab/tree/{start}" if (project.root / start).is_file() else "lab"
    return f"{address(project, port)}{folder}?token={secret.read(project)}"
