"""What another user of this computer could reach: ports, files, command lines."""

import os
from typing import NamedTuple

import psutil

from ..base import processes
from ..base.project import Project
from ..base.terminal import Problem, edit
from ..services import http, listeners, ports, process_compose, secret, sockets, supervisor
from .findings import Finding, line, quoted
from .probes import LOOPBACK, judge


class Port(NamedTuple):
    """A port on which the project listens, and what a stranger gets there."""

    service: str
    pid: int
    address: str
    port: int
    answer: str  # "closed"; "open on purpose"; "open": this is a finding; "unknown": not HTTP
    detail: str

    @property
    def finding(self) -> bool:
        """Is it one that should not be?"""
        return self.answer == "open"


def look_at_ports(project: Project) -> list[Port]:
    """Ask on every TCP port on which a process of the project listens."""
    chosen = ports.remembered(project)
    owners = _owners(project)
    found: dict[str, Port] = {}
    for listener in listeners.of_processes([process.pid for process in processes.running(project)]):
        if listener.identity not in found and listener.pid:
            name = owners.get(listener.pid) or processes.name(listener.pid)
            answer, detail = judge(project, name, listener, chosen)
            found[listener.identity] = Port(
                name, listener.pid, listener.address, listener.port, answer, detail
            )
    return sorted(found.values())


def refuse_open_ports(project: Project) -> None:
    """Raise Problem when a stranger is answered, and the project's owner has not said so."""
    for port in look_at_ports(project):
        if port.finding:
            raise Problem(about_port(project, port).message, edit(project.root / "flake.nix"))


def about_port(project: Project, port: Port) -> Finding:
    """Say of an open port what is wrong, and the ways out."""
    slots = {"where": f"{port.service} on port {port.port}", "detail": port.detail}
    if port.address not in LOOPBACK:
        return line("port-for-others", address=port.address, **slots)
    if port.service in project.facts["services"]:
        return line("port-open-service", service=port.service, **slots)
    return line("port-open", **slots)


def _owners(project: Project) -> dict[int, str]:
    """Which process belongs to which service."""
    try:
        states = supervisor.states(project)
    except (http.NoAnswer, supervisor.Busy):
        return {}
    return {
        process.pid: name
        for name, state in states.items()
        for process in (processes.family(state["pid"]) if state["is_running"] else ())
    }


def report(project: Project) -> tuple[list[Port], list[Finding]]:
    """Every listening port of the project, and what is wrong with ports, files and processes."""
    found = look_at_ports(project)
    risks = [about_port(project, port) for port in found if port.finding]
    return found, [*risks, *_strangers(project), *_files(project), *_processes(project)]


def _strangers(project: Project) -> list[Finding]:
    """The project's ports that somebody else has taken, since a service crashed or was stopped."""
    ours = {process.pid for process in processes.running(project)}
    risks = []
    for name, port in ports.remembered(project).items() if supervisor.answers(project) else ():
        held = listeners.on_port(port)
        if held and not any(one.pid in ours for one in held):
            risks.append(line("port-lost", port=port, name=name, holder=listeners.holder(port)))
    return risks


def _files(project: Project) -> list[Finding]:
    """The directories that keep others out, and the files that would tell them something."""
    directories = [directory for directory in (project.state, sockets.find(project)) if directory]
    files = [project.state / name for name in (*secret.SHAPES, process_compose.CONFIG)]
    files.append(ports.path(project))
    risks = []
    for path in (*directories, *files):
        try:
            status = path.lstat()
        except FileNotFoundError:
            continue
        if status.st_mode & 0o077:  # that they are ours is seen by every command
            risks.append(line("file-exposed", file=path, quoted=quoted(path)))
    return risks


def _processes(project: Project) -> list[Finding]:
    """No command line holds a secret, and no environment that the secret is not meant for."""
    values = [value for name in secret.OF_A_RUN if (value := secret.read(project, name))]
    secrets = " ".join(quoted(secret.path(project, name)) for name in secret.OF_A_RUN)
    risks = []
    for process in psutil.process_iter():
        command = " ".join(processes.command(process.pid))
        if process.pid != os.getpid() and any(value in command for value in values):
            risks.append(line("secret-in-command", pid=process.pid, project=project.name))
    for process in processes.running(project):
        if any(value in text for value in values for text in _environment(process)):
            slots = {"pid": process.pid, "project": project.name, "secrets": secrets}
            risks.append(line("secret-in-environment", **slots))
    return risks


def _environment(process: psutil.Process) -> list[str]:
    try:
        return list(process.environ().values())
    except (psutil.Error, OSError):
        return []  # it has ended
