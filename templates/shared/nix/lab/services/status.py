"""What runs in a project: data for `lab status`, and for all that asks it."""

import os
from typing import Any

from ..base.project import Project
from . import http, ports, readiness, secret, supervisor, urls
from .names import JUPYTER, service_names


def status_of(project: Project) -> dict[str, Any]:
    """What runs, since the supervisor knows and the services answer."""
    chosen = ports.remembered(project)
    try:
        states = supervisor.states(project)
    except http.NoAnswer:
        states = {}
    found = [_service(project, name, states.get(name), chosen) for name in service_names(project)]
    # Until JupyterLab answers as itself, its port may be anybody's, and the address has the token.
    known = any(one["name"] == JUPYTER and one["ready"] for one in found)
    known = known and secret.read(project) is not None
    url = urls.page(project, JUPYTER, chosen[JUPYTER]) if known else None
    return {**unknown(project), "running": bool(states), "url": url, "services": found}


def unknown(project: Project) -> dict[str, Any]:
    """The same words where nobody can be asked what runs."""
    return {
        "project": project.name,
        "root": str(project.root),
        "state": str(project.state),
        "environment": project.facts["env"],
        "hash": os.environ.get("NIX_JUPYTER_HASH", ""),
        "running": None,
        "url": None,
        "services": [],
    }


def _service(
    project: Project, name: str, state: dict[str, Any] | None, chosen: dict[str, int]
) -> dict[str, Any]:
    pid = readiness.pid_of(state)
    running = pid is not None
    port = chosen.get(name)
    return {
        "name": name,
        "running": running,
        "ready": bool(pid and port and readiness.ready(project, name, port, pid)),
        "pid": pid,
        "port": port if running else None,
        "url": urls.address(project, port) if running and port else None,
        "failed": bool(state and not running and state["exit_code"]),
        "restarts": state["restarts"] if state else 0,
    }
