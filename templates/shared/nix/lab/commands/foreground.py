"""`lab start --foreground`: stay, show the logs, and end everything with this command."""

import signal

import ending
import services
import supervisor
from files import lock
from follow import Follower
from project import Project
from terminal import note

PAUSE = 0.2


def follow(project: Project) -> None:
    """Show the logs until Ctrl-C, SIGTERM, or a `lab stop` from elsewhere."""
    follower = Follower(project, services.names(project))
    try:
        while supervisor.answers(project):
            follower.show(PAUSE)
    finally:
        follower.show(0)
    note(f"{project.name} was stopped.")


def end(project: Project) -> None:
    """End everything; a second Ctrl-C does not stop that."""
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, signal.SIG_IGN)
    follower = Follower(project, services.names(project))
    note(f"\nStopping {project.name} …")
    with lock(project.state / "start.lock", "stop"):
        ending.end(project)
    follower.show(0)
