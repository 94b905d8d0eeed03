"""`lab restart`: one service or all, ended and started again."""

import time

from ..base import processes
from ..base import project as projects
from ..base.errors import Problem
from ..base.file_lock import holder
from ..base.project import Project
from ..base.terminal import Answer, Progress
from ..services import http, ports, supervisor, wait
from ..services.names import named
from ..services.shutdown import STOP_SECONDS


def restart(options: set[str], arguments: list[str]) -> Answer:
    """Restart one service or all, and wait until they answer again."""
    project = projects.load()
    names = named(project, arguments)
    if not supervisor.answers(project):
        raise Problem(f"{project.name} is not running.", "lab start")
    progress = Progress()
    try:
        before = supervisor.states(project)
        for name in names:
            if name not in before:
                message = f"{name} does not run: flake.nix got it after {project.name} was started."
                raise Problem(message, "lab stop && lab start")
        for name in names:
            progress.show(f"Restarting {name}")
            _restart_one(project, name, before[name]["pid"])
        chosen = ports.remembered(project)
        waited_for = {name: chosen[name] for name in names}
        for problem in wait.until_ready(project, waited_for, progress, before, restarted=True):
            raise problem
    except (http.NoAnswer, Problem):
        if not _being_stopped(project):
            raise
        raise Problem(f"{project.name} was stopped meanwhile.", "lab start") from None
    finally:
        progress.clear()
    return Answer({"restarted": names}, [f"{' and '.join(names)} restarted."])


def _being_stopped(project: Project) -> bool:
    """Has `lab stop`, from elsewhere, ended what we wait for?"""
    found = holder(project.state / "start.lock")
    return not supervisor.answers(project) or (found is not None and found[0] == "stop")


def _restart_one(project: Project, name: str, pid: int) -> None:
    # Not process-compose's own restart: that sleeps for a second between the two.
    supervisor.stop_service(project, name)
    deadline = time.monotonic() + STOP_SECONDS - 1
    while not supervisor.start_service(project, name):
        time.sleep(0.02)
        if time.monotonic() > deadline + 2:
            message = f"process-compose does not start {name} again."
            raise Problem(message, "lab stop && lab start")
        if time.monotonic() > deadline:
            processes.kill(processes.family(pid))
