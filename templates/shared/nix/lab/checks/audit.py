"""What others on this computer can reach of the project: ports, files, processes. `lab audit`."""

import os
import socket
from typing import Any, NamedTuple

import psutil

from ..base import processes
from ..base import project as projects
from ..base.errors import Problem
from ..base.invocation import here
from ..base.project import Project
from ..base.terminal import Answer
from ..services import definitions, ports, secret, supervisor
from .doctor import Finding, line, quoted

# What a stranger is answered: each port is asked, without a secret.


LOOPBACK = ("127.0.0.1", "::1")
STRANGER = "stranger.example"  # a page elsewhere could give 127.0.0.1 this name (DNS rebinding)
MAX_REDIRECTS = 4
# A greeting of ZeroMQ, which kernels speak: signature, version 3.1, mechanism, filler.
ZMQ_GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x01" + b"NULL".ljust(20, b"\0") + bytes(32)
ZMQ_KIND = b"Socket-Type"


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
    for listener in ports.listeners_of([process.pid for process in processes.running(project)]):
        if listener.identity not in found and listener.pid:
            name = owners.get(listener.pid) or processes.name(listener.pid)
            answer, detail = _judge(project, name, listener, chosen)
            found[listener.identity] = Port(
                name, listener.pid, listener.address, listener.port, answer, detail
            )
    return sorted(found.values())


def refuse_open_ports(project: Project) -> None:
    """Raise Problem when a stranger is answered, and the project's owner has not said so."""
    for port in look_at_ports(project):
        if port.finding:
            raise Problem(about_port(project, port).message, f"edit {project.root / 'flake.nix'}")


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
    except (ports.NoAnswer, supervisor.Busy):
        return {}
    return {
        process.pid: name
        for name, state in states.items()
        for process in (processes.family(state["pid"]) if state["is_running"] else ())
    }


def _judge(
    project: Project, name: str, listener: ports.Listener, chosen: dict[str, int]
) -> tuple[str, str]:
    if listener.address not in LOOPBACK:
        return "open", f"listens on {listener.address}"
    if listener.address == "::1":
        return "unknown", "listens on ::1"
    if chosen.get(name) == listener.port and name == definitions.JUPYTER:
        return _judge_jupyter(listener.port)
    if chosen.get(name) == listener.port:
        return _judge_service(project, name, listener.port)
    answer, detail = _judge_other(listener.port)
    return _on_purpose(project, name, answer), detail


def _judge_jupyter(port: int) -> tuple[str, str]:
    try:
        status = ports.ask(port, "/api/status").status
        if status != 403:
            return "open", f"/api/status without the token: {status}"
        status = ports.ask(port, "/api", STRANGER).status
    except ports.NoAnswer:
        return "unknown", "no answer"
    return ("closed", "403") if status == 403 else ("open", f"under another host name: {status}")


def _judge_service(project: Project, name: str, port: int) -> tuple[str, str]:
    try:
        status = _followed(port)
    except ports.NoAnswer:
        return "unknown", "no HTTP"
    if not 200 <= status < 300:
        return "closed", f"{status}"
    answer = _on_purpose(project, name, "open")
    return answer, f"{status}" if answer != "open" else f"/ without the key: {status}"


def _on_purpose(project: Project, name: str, answer: str) -> str:
    """What flake.nix says of a service holds for every port of it."""
    is_meant = project.facts["services"].get(name, {}).get("open")
    return "open on purpose" if answer == "open" and is_meant else answer


def _followed(port: int) -> int:
    """The status of the first page, or of the one that it leads to on the same server."""
    path, status = "/", 0
    for _ in range(MAX_REDIRECTS):
        answer = ports.ask(port, path)
        status = answer.status
        place = answer.header("location") or ""
        own = f"http://127.0.0.1:{port}/"
        path = place.removeprefix(own[:-1])
        if not 300 <= answer.status < 400 or not path.startswith("/") or path.startswith("//"):
            break
    return status


def _judge_other(port: int) -> tuple[str, str]:
    """A port that is not a service's own: a kernel's, or of whatever a program has opened."""
    if zmq := _zmq(port):
        # Anybody may push into a PULL socket, which says nothing; ipykernel has one for what forked
        # processes print, and takes only what begins with its own secret number.
        return ("open" if zmq.startswith("NULL") and zmq != "NULL PULL" else "closed"), zmq
    try:
        status = ports.ask(port, "/").status
    except ports.NoAnswer:
        return "unknown", "no HTTP"
    return ("closed" if status in (401, 403) else "open"), f"/: {status}"


def _zmq(port: int) -> str | None:
    """How ZeroMQ wants to be spoken to, such as "CURVE" or "NULL PUB"; None when it is no ZeroMQ.

    NULL takes anybody, and then says what kind of socket it is.
    """
    heard = b""
    try:
        with socket.create_connection(("127.0.0.1", port), 0.2) as connection:
            heard = connection.recv(10)  # ZeroMQ greets first, and HTTP does not
            if not heard.startswith(b"\xff"):
                return None
            connection.settimeout(1)
            connection.sendall(ZMQ_GREETING)
            while ZMQ_KIND not in heard and (part := connection.recv(512)):
                heard += part
    except OSError:
        pass
    mechanism = heard[12:32].rstrip(b"\0").decode("latin-1")
    _, found, kind = heard.partition(ZMQ_KIND)
    # The value of a property has its length before it, in four bytes.
    return f"{mechanism} {kind[4 : 4 + kind[3]].decode('latin-1')}" if found else mechanism or None


# What another user of this computer could reach: ports, files, command lines.


def report(project: Project) -> tuple[list[Port], list[Finding]]:
    """Every listening port of the project, and what is wrong with ports, files and processes."""
    found = look_at_ports(project)
    risks = [about_port(project, port) for port in found if port.finding]
    return found, [*risks, *_strangers(project), *_files(project), *_processes(project)]


def _as_data(project: Project, found: list[Port], risks: list[Finding]) -> dict[str, Any]:
    """The same for programs."""
    return {
        "project": project.name,
        "host": secret.read_host(project),
        "ports": [port._asdict() for port in found],
        "findings": [risk._asdict() for risk in risks],
    }


def _strangers(project: Project) -> list[Finding]:
    """The project's ports that somebody else has taken, since a service crashed or was stopped."""
    ours = {process.pid for process in processes.running(project)}
    risks = []
    for name, port in ports.remembered(project).items() if supervisor.answers(project) else ():
        held = ports.listeners_on(port)
        if held and not any(one.pid in ours for one in held):
            risks.append(line("port-lost", port=port, name=name, holder=ports.holder(port)))
    return risks


def _files(project: Project) -> list[Finding]:
    """The folders that keep others out, and the files that would tell them something."""
    folders = [folder for folder in (project.state, secret.noted(project)) if folder]
    files = [project.state / name for name in (*secret.SHAPES, supervisor.CONFIG, "ports.json")]
    risks = []
    for path in (*folders, *files):
        try:
            status = path.lstat()
        except FileNotFoundError:
            continue
        if status.st_mode & 0o077:  # that they are ours is seen by every command
            risks.append(line("file-exposed", file=path, quoted=quoted(path)))
    return risks


def _processes(project: Project) -> list[Finding]:
    """No command line holds a secret, and no environment that the secret is not meant for."""
    values = [value for name in secret.SHAPES if (value := secret.read(project, name))]
    secrets = " ".join(quoted(secret.path(project, name)) for name in secret.SHAPES)
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


def audit(options: set[str], arguments: list[str]) -> Answer:
    """Ask every port without a secret, look at files and processes. 1 when something is open."""
    project = projects.load()
    found, risks = report(project)
    lines = []
    for port in found:
        where = f"{port.address}:{port.port}"
        by = f"{port.service} (process {port.pid}): {port.detail}"
        lines.append(f"{port.answer:15}  {where:21}  {by}")
    for risk in risks:
        lines += [f"PROBLEM  {risk.message}", f"         Next: {here(risk.fix)}"]
    problems = f"Problems: {len(risks)}."
    lines.append(problems if risks else line("audit").message)
    return Answer(_as_data(project, found, risks), lines, 1 if risks else 0)
