"""`lab restart`: end a service and start it again, on the same port."""

import time

import ports
import project as projects
import readiness
import services
import supervisor
from problem import Problem
from project import Project
from terminal import Progress, say


def run(options: set[str], arguments: list[str]) -> int:
    """Restart one service or all, and wait until they answer again."""
    project = projects.load()
    names = services.named(project, arguments)
    if not supervisor.answers(project):
        raise Problem(f"{project.name} is not running.", "lab start")
    progress = Progress()
    try:
        before = supervisor.states(project)
        for name in names:
            progress.show(f"Restarting {name}")
            _restart(project, name)
        chosen = ports.remembered(project)
        readiness.wait(project, {name: chosen[name] for name in names}, progress, before)
    finally:
        progress.clear()
    say(f"{' and '.join(names)} restarted.")
    return 0


def _restart(project: Project, name: str) -> None:
    # Not process-compose's own restart: that sleeps for a second between the two.
    supervisor.stop_service(project, name)
    deadline = time.monotonic() + supervisor.STOP_SECONDS
    while not supervisor.start_service(project, name):
        if time.monotonic() > deadline:
            raise Problem(f"process-compose does not start {name} again.", "lab stop && lab start")
        time.sleep(0.02)
