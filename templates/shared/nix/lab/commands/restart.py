"""`lab restart`: end a service and start it again, on the same port."""

import time

import ending
import ports
import processes
import project as projects
import readiness
import request
import services
import supervisor
from files import holder
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
            if name not in before:
                message = f"{name} does not run: flake.nix got it after {project.name} was started."
                raise Problem(message, "lab stop && lab start")
        for name in names:
            progress.show(f"Restarting {name}")
            _restart(project, name, before[name]["pid"])
        chosen = ports.remembered(project)
        waited_for = {name: chosen[name] for name in names}
        for problem in readiness.wait(project, waited_for, progress, before, restarted=True):
            raise problem
    except (request.NoAnswer, Problem):
        if not _being_stopped(project):
            raise
        raise Problem(f"{project.name} was stopped meanwhile.", "lab start") from None
    finally:
        progress.clear()
    say(f"{' and '.join(names)} restarted.")
    return 0


def _being_stopped(project: Project) -> bool:
    """Has `lab stop`, from elsewhere, ended what we wait for?"""
    found = holder(project.state / "start.lock")
    return not supervisor.answers(project) or (found is not None and found[0] == "stop")


def _restart(project: Project, name: str, pid: int) -> None:
    # Not process-compose's own restart: that sleeps for a second between the two.
    supervisor.stop_service(project, name)
    deadline = time.monotonic() + ending.SECONDS - 1
    while not supervisor.start_service(project, name):
        time.sleep(0.02)
        if time.monotonic() > deadline + 2:
            message = f"process-compose does not start {name} again."
            raise Problem(message, "lab stop && lab start")
        if time.monotonic() > deadline:
            processes.kill(processes.family(pid))
