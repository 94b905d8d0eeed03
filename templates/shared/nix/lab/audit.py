"""What another user of this computer could reach of a project: ports, files, command lines."""

import os
import shlex
from typing import Any, NamedTuple

import psutil

import exposure
import hostname
import processes
import secret
import sockets
import supervisor
from project import Project


class Risk(NamedTuple):
    """Something that another user can reach, and the command that closes it."""

    message: str
    fix: str


def report(project: Project) -> tuple[list[exposure.Port], list[Risk]]:
    """Every listening port of the project, and what is wrong with ports, files and processes."""
    found = exposure.look(project)
    risks = [Risk(exposure.message(project, port), "lab stop") for port in found if port.finding]
    return found, [*risks, *_files(project), *_processes(project)]


def as_data(project: Project, found: list[exposure.Port], risks: list[Risk]) -> dict[str, Any]:
    """The same for programs."""
    return {
        "project": project.name,
        "host": hostname.read(project),
        "ports": [port._asdict() for port in found],
        "findings": [risk._asdict() for risk in risks],
    }


def _files(project: Project) -> list[Risk]:
    """The folders that keep others out, and the files that would tell them something."""
    folders = [folder for folder in (project.state, sockets.noted(project)) if folder]
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
