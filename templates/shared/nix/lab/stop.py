"""`lab stop` and `lab restart`: everything ended, kernels too, and started again."""

import signal
import time

from . import ports, processes, readiness, request, secret, services, supervisor
from . import project as projects
from .files import holder, lock
from .problem import Problem
from .project import Project
from .terminal import Answer, Progress


def stop(options: set[str], arguments: list[str]) -> Answer:
    """End the project's services within ten seconds. Nothing to end is no failure."""
    project = projects.load()
    # Typed in a terminal of JupyterLab, this command must outlive that terminal.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    _end_starting(project)
    progress = Progress()
    with lock(project.state / "start.lock", "stop"):
        progress.show(f"Stopping {project.name}")
        found = end(project)
        progress.clear()
    line = f"{project.name} is stopped." if found else f"{project.name} was not running."
    return Answer({"project": project.name, "stopped": found}, [line])


def _end_starting(project: Project) -> None:
    """A `lab start` that still waits for its services is asked to give up; it cleans up itself."""
    found = holder(project.state / "start.lock")
    # The name may be of one that was killed, and its number may be another program's by now.
    if found and found[0] == "start" and "start" in processes.command(found[1]):
        processes.terminate(processes.family(found[1])[:1])


def restart(options: set[str], arguments: list[str]) -> Answer:
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
            _restart_one(project, name, before[name]["pid"])
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
    return Answer({"restarted": names}, [f"{' and '.join(names)} restarted."])


def _being_stopped(project: Project) -> bool:
    """Has `lab stop`, from elsewhere, ended what we wait for?"""
    found = holder(project.state / "start.lock")
    return not supervisor.answers(project) or (found is not None and found[0] == "stop")


def _restart_one(project: Project, name: str, pid: int) -> None:
    # Not process-compose's own restart: that sleeps for a second between the two.
    supervisor.stop_service(project, name)
    deadline = time.monotonic() + SECONDS - 1
    while not supervisor.start_service(project, name):
        time.sleep(0.02)
        if time.monotonic() > deadline + 2:
            message = f"process-compose does not start {name} again."
            raise Problem(message, "lab stop && lab start")
        if time.monotonic() > deadline:
            processes.kill(processes.family(pid))


# Bringing a project to rest: everything ended, no socket left.


SECONDS = 10


def end(project: Project) -> bool:
    """End all that runs for this project, gracefully and within ten seconds. Was there anything?

    process-compose's own "stopped" is not trusted: it has been seen to leave a child behind, and
    to hang. What counts is that no process carries the project's mark any more.
    """
    deadline = time.monotonic() + SECONDS
    found = processes.running(project)
    if supervisor.answers(project):
        supervisor.request_stop(project)
        _wait_for_supervisor(project, found, deadline - 1)
    _finish(project, deadline)
    supervisor.socket_of(project).unlink(missing_ok=True)
    secret.remove_sockets(project)
    return bool(found)


def _wait_for_supervisor(project: Project, found: list[processes.Process], deadline: float) -> None:
    """Wait until the supervisor has done its part, which it shows by taking its socket away."""
    orphans = time.monotonic() + 1
    while supervisor.socket_of(project).exists() and processes.alive(found):
        now = time.monotonic()
        if now > deadline:
            return
        if now > orphans:
            # A child that outlives its service keeps the service's output open, and for that the
            # supervisor would wait as long as the child likes.
            left = _orphans(project)
            processes.terminate(left)
            processes.kill(processes.wait(left, now + 0.5))
            orphans = time.monotonic() + 0.5
        time.sleep(0.01)


def _orphans(project: Project) -> list[processes.Process]:
    """Processes whose parent has ended; the supervisor itself is not meant."""
    program = project.facts["processCompose"]
    tops = processes.tops(processes.running(project))
    return [process for process in tops if program not in processes.command(process.pid)[:1]]


def _finish(project: Project, deadline: float) -> None:
    """End what the supervisor has left: orphans of one that was killed, or what did not obey."""
    left = processes.alive(processes.running(project))
    # The services first: JupyterLab ends its kernels by itself and in good order.
    processes.terminate(processes.tops(left))
    left = processes.wait(left, min(deadline - 0.5, time.monotonic() + 5))
    processes.terminate(left)
    left = processes.wait(left, min(deadline, time.monotonic() + 0.5))
    # Twice, for what was started since we looked.
    for _ in range(2):
        left = processes.alive({*left, *processes.running(project)})
        processes.kill(left)
        processes.wait(left, time.monotonic() + 1)
