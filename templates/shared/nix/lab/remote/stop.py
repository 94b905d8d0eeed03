"""`lab stop` for a project that runs on another computer."""

import shlex
import signal

from ..base.errors import Problem
from ..base.file_lock import lock
from ..base.project import RECORD
from ..base.terminal import Answer, Progress
from ..commands.stop import end_starting
from .connection import Cut
from .host import There, place_of
from .keep import end_here


def stop(there: There) -> Answer:
    """End it there, bring back what was changed, and leave nothing."""
    project, host = there.project, there.host
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    end_starting(project)
    progress = Progress()
    with lock(project.state / "start.lock", "stop"):
        if not place_of(project):  # a start has given up meanwhile
            return Answer(
                {"project": project.name, "stopped": False}, [f"{project.name} is stopped."]
            )
        progress.show(f"Stopping {project.name} on {host}")
        try:
            there.line.connect(may_ask=True)
        except Cut as cut:
            message = f"{cut.message}\nAll is as it was there, with what was changed."
            never = f"if {host} will never be back: rm {shlex.quote(str(project.state / RECORD))}"
            raise Problem(message, f"lab stop    when {host} answers; {never}") from None
        lines = []
        if there.prepare().get("lab") == "there":
            there.line.ask(*there.words("lab"), "stop")
            lines = there.fetch()
        there.script("remove")
        there.forget()
        end_here(project)
        progress.clear()
    return Answer(
        {"project": project.name, "stopped": True, "on": host, "files": lines},
        [*lines, f"{project.name} is stopped, and nothing of it is left on {host}."],
    )
