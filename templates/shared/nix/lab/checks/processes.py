"""Does what should run run, and is nothing left of former days?"""

from collections.abc import Iterator

import audit
import listeners
import ports
import processes
import request
import services
import supervisor
from checks import Finding, good
from files import tail
from project import Project


def running(project: Project) -> Iterator[Finding]:
    """Do all services answer, if the project runs?"""
    try:
        states = supervisor.states(project)
    except request.NoAnswer:
        yield from _not_running(project)
        return
    chosen = ports.remembered(project)
    for name in services.names(project):
        if name not in states or name not in chosen:
            message = f"{name} does not run: flake.nix got it after {project.name} was started."
            yield Finding("services", message, "lab stop && lab start")
        elif services.ready(project, name, chosen[name], states[name]["pid"]):
            yield good("services", f"{name} answers on port {chosen[name]}.")
        else:
            words = "".join(f"\n         | {line}" for line in tail(project.log(name), 5))
            message = f"{name} does not answer on port {chosen[name]}. The end of its log:{words}"
            yield Finding("services", message, f"lab logs {name}")


def _not_running(project: Project) -> Iterator[Finding]:
    left = processes.running(project)
    for process in left:
        message = f"Process {process.pid} is left over from a time when {project.name} ran."
        yield Finding("processes", message, "lab stop")
    if not left and supervisor.socket_of(project).exists():
        message = f"{supervisor.socket_of(project)} is left over, and nobody listens there."
        yield Finding("processes", message, "lab stop")
    elif not left:
        yield good("processes", f"{project.name} is not running, and nothing is left of it.")
    for name, port in ports.remembered(project).items():
        if not left and not ports.free(port):
            message = f"Port {port} is taken by {listeners.holder(port)}; {name} will get another."
            yield good("ports", message)


def open_to_others(project: Project) -> Iterator[Finding]:
    """Is anybody else on this computer answered? `lab audit` says more."""
    if not supervisor.answers(project):
        return
    _, risks = audit.report(project)
    for risk in risks:
        yield Finding("audit", risk.message, risk.fix)
    if not risks:
        yield good("audit", "Nobody else on this computer is answered.")


CHECKS = [running, open_to_others]
