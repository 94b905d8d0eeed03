"""`lab audit`: what others on this computer can reach of the project."""

import os
import shlex
from typing import Any, NamedTuple

import psutil

from . import exposure, listeners, ports, processes, secret, supervisor
from . import project as projects
from .problem import here
from .project import Project
from .terminal import Answer

# What another user of this computer could reach of a project: ports, files, command lines.


class Risk(NamedTuple):
    """Something that another user can reach, and the command that closes it."""

    message: str
    fix: str


def report(project: Project) -> tuple[list[exposure.Port], list[Risk]]:
    """Every listening port of the project, and what is wrong with ports, files and processes."""
    found = exposure.look(project)
    risks = [Risk(exposure.message(project, port), "lab stop") for port in found if port.finding]
    return found, [*risks, *_strangers(project), *_files(project), *_processes(project)]


def _as_data(project: Project, found: list[exposure.Port], risks: list[Risk]) -> dict[str, Any]:
    """The same for programs."""
    return {
        "project": project.name,
        "host": secret.read_host(project),
        "ports": [port._asdict() for port in found],
        "findings": [risk._asdict() for risk in risks],
    }


def _strangers(project: Project) -> list[Risk]:
    """The project's ports that somebody else has taken, since a service crashed or was stopped."""
    ours = {process.pid for process in processes.running(project)}
    risks = []
    for name, port in ports.remembered(project).items() if supervisor.answers(project) else ():
        held = listeners.on(port)
        if held and not any(one.pid in ours for one in held):
            message = f"Port {port} of {name} is taken by {listeners.holder(port)}."
            risks.append(Risk(message, "lab stop && lab start"))
    return risks


def _files(project: Project) -> list[Risk]:
    """The folders that keep others out, and the files that would tell them something."""
    folders = [folder for folder in (project.state, secret.noted(project)) if folder]
    files = [project.state / name for name in (*secret.SHAPES, supervisor.CONFIG, "ports.json")]
    risks = []
    for path in (*folders, *files):
        try:
            status = path.lstat()
        except FileNotFoundError:
            continue
        if status.st_uid != os.getuid():
            risks.append(
                Risk(f"{path} belongs to another user.", f"rm -rf {shlex.quote(str(path))}")
            )
        elif status.st_mode & 0o077:
            fix = f"chmod go= {shlex.quote(str(path))}"
            risks.append(Risk(f"Other users have rights on {path}.", fix))
    return risks


def _processes(project: Project) -> list[Risk]:
    """No command line holds a secret, and no environment that the secret is not meant for."""
    values = [value for name in secret.SHAPES if (value := secret.read(project, name))]
    risks = []
    for process in psutil.process_iter():
        line = " ".join(processes.command(process.pid))
        if process.pid != os.getpid() and any(value in line for value in values):
            message = f"The command line of process {process.pid} holds a secret of {project.name}."
            risks.append(Risk(message, f"kill {process.pid}"))
    for process in processes.running(project):
        if any(value in text for value in values for text in _environment(process)):
            message = f"The environment of process {process.pid} holds a secret of {project.name}."
            risks.append(Risk(message, "lab restart"))
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
    lines.append(problems if risks else "Nobody else on this computer is answered.")
    return Answer(_as_data(project, found, risks), lines, 1 if risks else 0)
