"""`lab logs`: what the services print."""

import project as projects
import services
from follow import Follower

LINES = 200
PAUSE = 0.1


def run(options: set[str], arguments: list[str]) -> int:
    """Show the end of the logs, of one service or of all, and with -f what comes after it."""
    project = projects.load()
    follower = Follower(project, services.named(project, arguments))
    follower.last(LINES)
    try:
        while "-f" in options:
            follower.show(PAUSE)
    except KeyboardInterrupt:
        pass  # the way to end it
    return 0
