"""Does what should run run, and is nothing left of former days?"""

from collections.abc import Iterator
from typing import Any

from ..base import processes
from ..base.files import last_words
from ..base.project import Project
from ..packages import manifests, venv
from ..services import (
    computers,
    http,
    listeners,
    ports,
    process_compose,
    readiness,
    secret,
    supervisor,
)
from ..services.names import service_names
from . import audit
from .findings import Finding, line


def running(project: Project) -> Iterator[Finding]:
    """Do all services answer, if the project runs?"""
    computers.require_here()
    try:
        states = supervisor.states(project)
    except supervisor.Busy:
        yield line("supervisor-busy", project=project.name)
        return
    except http.NoAnswer:
        yield from _not_running(project)
        return
    found = list(_of_services(project, states))
    yield from found
    # Otherwise it is said already, or cannot be known.
    if not all(each.ok for each in found) or not venv.up_to_date(project):
        return
    if manifests.entered_before(project):
        yield line("flake-changed")
    elif process_compose.is_behind(project):
        yield line("services-old", project=project.name)


def _of_services(project: Project, states: dict[str, Any]) -> Iterator[Finding]:
    for name in secret.OF_A_RUN:
        if secret.read(project, name) is None:
            yield line("secret-missing", file=secret.path(project, name), project=project.name)
    chosen = ports.remembered(project)
    if not chosen.keys() >= states.keys():
        yield line("ports-missing", file=ports.path(project), project=project.name)
    for name in service_names(project):
        if name not in states:
            yield line("service-new", name=name, project=project.name)
        elif name not in chosen:
            continue  # it is said above
        elif readiness.ready(project, name, chosen[name], states[name]["pid"]):
            yield line("services", name=name, port=chosen[name])
        else:
            shown = "".join(f"\n         | {line}" for line in last_words(project.log(name), 5))
            if states[name]["is_running"]:
                yield line("service-silent", name=name, port=chosen[name], words=shown)
            else:
                code = states[name]["exit_code"]
                ended = "service-ended" if code else "service-stopped"
                yield line(ended, name=name, code=code, words=shown)


def _not_running(project: Project) -> Iterator[Finding]:
    left = processes.running(project)
    for process in left:
        yield line("process-left", pid=process.pid, project=project.name)
    if not left and supervisor.socket_of(project).exists():
        yield line("socket-left", socket=supervisor.socket_of(project))
    elif not left:
        yield line("processes", project=project.name)
    for name, port in ports.remembered(project).items():
        if not left and not ports.free(port):
            yield line("port-taken", port=port, holder=listeners.holder(port), name=name)


def open_to_others(project: Project) -> Iterator[Finding]:
    """Is anybody else on this computer answered? `lab audit` says more."""
    try:
        states = supervisor.states(project)
    except (http.NoAnswer, supervisor.Busy):
        return  # it is said above
    if not ports.remembered(project).keys() >= states.keys():
        return  # nor is it known then which port is whose
    _, risks = audit.report(project)
    yield from risks
    if not risks:
        yield line("audit")
