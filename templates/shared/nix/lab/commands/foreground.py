"""`lab start --foreground`: stay, show the logs, and end everything with this command."""

import signal

import ending
import services
import supervisor
from files import lock
from follow import Follower
from problem import Interrupted
from project import Project
from terminal import note

PAUSE = 0.2


def stay(project: Project) -> int:
    """Show the logs until Ctrl-C, SIGTERM, or a `lab stop` from elsewhere."""
    follower = Follower(project, services.names(project))
    try:
        while supervisor.answers(project):
            follower.show(PAUSE)
        note(f"{project.name} was stopped.")
    except (KeyboardInterrupt, Interrupted):
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signum, signal.SIG_IGN)
        note(f"\nStopping {project.name} …")
        with lock(project.state / "start.lock", "stop"):
            ending.end(project)
    follower.show(0)
    return 0
