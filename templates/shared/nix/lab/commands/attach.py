"""`lab attach`: process-compose's own screen."""

import os
import sys
from typing import NoReturn

from ..base import project as projects
from ..base.errors import Problem
from ..services import process_compose, supervisor


def attach(options: set[str], arguments: list[str]) -> NoReturn:
    """Become process-compose's screen for this project. Leaving it stops nothing."""
    project = projects.load()
    if not sys.stdin.isatty() or not sys.stdout.isatty():
        raise Problem("lab attach needs a terminal, and this is none.", "lab logs -f")
    if not supervisor.answers(project):
        raise Problem(f"{project.name} is not running.", "lab start")
    environment = process_compose.environment(project)
    # The screen keeps its settings here; without this it would write into the user's own.
    os.makedirs(environment["PROC_COMP_CONFIG"], exist_ok=True)
    os.chdir(project.state)
    command = process_compose.command(project, "attach", "--log-file", "log/attach.log")
    os.execve(command[0], command, environment)
