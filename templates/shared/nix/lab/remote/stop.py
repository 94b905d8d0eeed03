"""`lab stop` for a project that runs on another computer, which leaves nothing there."""

import shlex
import signal

from ..base.files import lock
from ..base.project import RECORD
from ..base.terminal import Answer, Problem, Progress
from ..commands.stop import end_starting
from .connection import Lost
from .fetch import some
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
            there.connection.connect(may_ask=True)
        except Lost as lost:
            message = f"{lost.message}\nAll is as it was there, with what was changed."
            never = f"if {host} will never be back: rm {shlex.quote(str(project.state / RECORD))}"
            raise Problem(message, f"lab stop    when {host} answers; {never}") from None
        lines = []
        if there.prepare().get("lab") == "there":
            there.connection.ask(*there.words("lab"), "stop")
            lines, unreadable = there.fetch(progress)
            if unreadable:
                raise _unreadable(there, lines, unreadable)
        _remove(there, lines)
        there.forget()
        end_here(project)
        progress.clear()
    return Answer(
        {"project": project.name, "stopped": True, "on": host, "files": lines},
        [*lines, f"{project.name} is stopped, and nothing of it is left on {host}."],
    )


def _unreadable(there: There, lines: list[str], paths: list[str]) -> Problem:
    """Others have written there, as a container does: what cannot be read would be lost."""
    said = [*lines, f"On {there.host}, you may not read {some(paths)} Nothing was removed there."]
    own = shlex.join(["ssh", "-t", there.host, f'sudo chown -R "$(id -u)" {there.directory}'])
    return Problem("\n".join(said), f"{own} && lab stop")


def _remove(there: There, lines: list[str]) -> None:
    """Raises Problem where something of it cannot be removed, once all files are here."""
    try:
        there.script("remove")
    except Lost:
        raise
    except Problem as problem:
        last = problem.message.splitlines()[-1]
        said = [*lines, f"What was changed is here. Not all could be removed there: {last}"]
        remove = shlex.join(["ssh", "-t", there.host, f"sudo rm -rf {there.directory}"])
        raise Problem("\n".join(said), f"{remove} && lab stop") from None
