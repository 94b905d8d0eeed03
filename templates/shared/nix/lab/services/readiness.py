"""Whether a service answers, as itself."""

from collections.abc import Iterator
from typing import Any

from ..base.project import Project
from . import http, listeners
from .names import JUPYTER


def ready(project: Project, name: str, port: int, pid: int) -> bool:
    """Does the service answer, as itself? `pid` is its process, as the supervisor says.

    Nothing secret is sent: whoever listens on the port may be a stranger. The answer counts when
    the socket is one of the service's own processes, before and after.
    """
    before = listeners.own_listener(port, families(project, pid))
    if before is None:
        return False
    try:
        healthy = _healthy(project, name, port)
    except http.NoAnswer:
        return False
    return healthy and listeners.own_listener(port, families(project, pid)) == before


def pid_of(state: dict[str, Any] | None) -> int | None:
    """The process of a service that runs, as the supervisor says; None when none does."""
    return state["pid"] if state and state["is_running"] else None


def _healthy(project: Project, name: str, port: int) -> bool:
    if name == JUPYTER:
        # Refused, because we do not say the token: so it is up, and closed. (200 would be open,
        # which checks/audit.py tells the user.)
        return http.ask(port, "/api/status").status in (200, 403)
    health = project.facts["services"][name].get("health")
    return not health or http.ask(port, health).status == 200


def families(project: Project, pid: int) -> Iterator[list[int]]:
    """The processes of a service: as a rule one; or its children; or what it left behind."""
    yield [pid]
    from ..base import processes  # psutil costs as much as all the rest of `lab status`

    yield [process.pid for process in processes.family(pid)]
    yield [process.pid for process in processes.running(project)]
