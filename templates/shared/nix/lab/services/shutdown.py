"""Bringing a project to rest: everything ended, no socket left."""

import time
from contextlib import suppress

from ..base import processes
from ..base.project import Project
from . import sockets, supervisor

STOP_SECONDS = 10


def end(project: Project) -> bool:
    """End all that runs for this project, gracefully and within ten seconds. Was there anything?

    process-compose's own "stopped" is not trusted: it has been seen to leave a child behind, and
    to hang. What counts is that no process carries the project's mark any more.
    """
    deadline = time.monotonic() + STOP_SECONDS
    found = processes.running(project)
    if supervisor.answers(project):
        supervisor.request_stop(project)
        _wait_for_supervisor(project, found, deadline - 1)
    _finish(project, deadline)
    with suppress(OSError):  # gone, or on a disk that can only be read
        supervisor.socket_of(project).unlink()
    sockets.remove(project)
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
    # Until a look finds nothing: more can have been started since the last one, and on a busy
    # computer what was killed takes its time to end.
    deadline = time.monotonic() + STOP_SECONDS
    while left := processes.alive({*left, *processes.running(project)}):
        processes.kill(left)
        left = processes.wait(left, deadline)
        if time.monotonic() > deadline:
            return
