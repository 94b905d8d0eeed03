"""process-compose: the program that starts the services, restarts them and ends them.

It runs without a terminal, in the state directory, and is asked over a unix socket there; its TCP
port, which would obey every user of the machine, is never opened.
"""

import json
import os
import shlex
import stat
from pathlib import Path
from typing import Any

from ..base.project import Project
from ..base.terminal import Problem
from . import http


def socket_of(project: Project) -> Path:
    """The socket that the supervisor listens on. It exists while one runs."""
    return project.state / "pc.sock"


def _own_socket(project: Project) -> Path:
    """The socket, looked at before it is spoken to. Raises Problem when it is not ours."""
    path = socket_of(project)
    try:
        status = path.lstat()
    except FileNotFoundError:
        raise http.NoAnswer("there is no socket") from None
    if not stat.S_ISSOCK(status.st_mode) or status.st_uid != os.getuid():
        message = f"lab did not make {path}: it is not a socket of yours."
        raise Problem(message, f"rm -rf {shlex.quote(str(path))}")
    return path


class Busy(Problem):
    """A supervisor runs, and does not answer in time: it is not to be ended for that."""

    def __init__(self, project: Project) -> None:
        message = (
            f"{project.name} is running, but process-compose, its supervisor, does not answer."
        )
        super().__init__(message, "lab status    when the computer is less busy; or: lab stop")


def answers(project: Project) -> bool:
    """Does a supervisor run for this project?"""
    try:
        return http.ask_socket(_own_socket(project), "GET", "/live").status == 200
    except http.Slow:
        return True
    except http.NoAnswer:
        return False


def identity(project: Project) -> tuple[int, int] | None:
    """What tells this supervisor from the next one; None when none runs."""
    try:
        status = socket_of(project).lstat()
    except OSError:
        return None
    return status.st_ino, status.st_ctime_ns


def states(project: Project) -> dict[str, dict[str, Any]]:
    """What the supervisor says of each service: status, pid, restarts, exit_code, is_running.

    Raises NoAnswer when none runs, and Busy.
    """
    try:
        body = http.ask_socket(_own_socket(project), "GET", "/processes").body
        return {state["name"]: state for state in json.loads(body)["data"]}
    except http.Slow:
        raise Busy(project) from None
    except (ValueError, KeyError) as error:
        raise http.NoAnswer(str(error)) from None


def request_stop(project: Project) -> None:
    """Ask the supervisor to end its services and itself. Does not wait for it."""
    # It answers when all is over; whether all is over is seen by looking at the processes.
    try:
        http.ask_socket(_own_socket(project), "POST", "/project/stop", timeout_seconds=0.05)
    except http.NoAnswer:
        pass


def start_service(project: Project, name: str) -> bool:
    """Start one service that does not run. False while its last run has not ended."""
    return http.ask_socket(_own_socket(project), "POST", f"/process/start/{name}").status == 200


def stop_service(project: Project, name: str) -> None:
    """Ask one service to end. Does not wait for it."""
    http.ask_socket(_own_socket(project), "PATCH", f"/process/stop/{name}")
