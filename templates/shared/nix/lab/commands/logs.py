"""`lab logs`: what the services print."""

from ..base import project as projects
from ..services.logs import Follower
from ..services.names import named

LINES = 200
PAUSE = 0.1


def logs(options: set[str], arguments: list[str]) -> int:
    """Show the end of the logs, of one service or of all, and with -f what comes after it.

    For programs a line of JSON for each line, so that they can follow, too.
    """
    project = projects.load()
    names = named(project, arguments)
    follower = Follower(project, names, for_programs="--json" in options)
    follower.last(LINES)
    try:
        while "-f" in options:
            follower.show(PAUSE)
    except KeyboardInterrupt:
        pass  # the way to end it
    return 0
