"""`lab stop` and `lab restart`."""

import signal
import time

from ..base import processes
from ..base import project as projects
from ..base.files import holder, lock
from ..base.project import Project
from ..base.terminal import Answer, Problem, Progress
from ..services import http, supervisor, urls, wait
from ..services.names import named
from ..services.shutdown import STOP_SECONDS, end


def stop(options: set[str], arguments: list[str]) -> Answer:
    """End the project's services within ten seconds. Nothing to end is no failure."""
    project = projects.load()
    # Typed in a terminal of JupyterLab, this command must outlive that terminal.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    end_starting(project)
    progress = Progress()
    with lock(project.state / "start.lock", "stop"):
        progress.show(f"Stopping {project.name}")
        found = end(project)
        progress.clear()
    line = f"{project.name} is stopped." if found else f"{project.name} was not running."
    return Answer({"project": project.name, "stopped": found}, [line])


def end_starting(project: Project) -> None:
    """A `lab start` that still waits for its services is asked to give up; it cleans up itself."""
    found = holder(project.state / "start.lock")
    # The name may be of one that was killed, and its number may be another program's by now.
    if found and found[0] == "start" and "start" in processes.command(found[1]):
        processes.terminate(processes.family(found[1])[:1])


# `lab restart`: one service or all, ended and started again.


def restart(options: set[str], arguments: list[str]) -> Answer:
    """Restart one service or all, and wait until they answer again."""
    project = projects.load()
    names = named(project, arguments)
    if not supervisor.answers(project):
        raise Problem(f"{project.name} is not running.", "lab start")
    progress = Progress()
    asked = supervisor.identity(project)
    try:
        before = supervisor.states(project)
        for name in names:
            if name not in before:
                why = f"it was added to flake.nix after {project.name} was started"
                raise Problem(f"{name} is not running: {why}.", "lab start --again")
        # What a service needs is looked for while it still runs.
        waited_for = urls.require(project, names)
        for name in names:
            progress.show(f"Restarting {name}")
            _restart_one(project, name, before[name]["pid"])
        for problem in wait.until_ready(project, waited_for, progress, before, restarted=True):
            raise problem
    except (http.NoAnswer, Problem) as error:
        if _being_stopped(project) or supervisor.identity(project) != asked:
            raise Problem(f"{project.name} was stopped in the meantime.", "lab start") from None
        raise _with_the_venv(project, error) from None
    finally:
        progress.clear()
    return Answer({"restarted": names}, [f"{' and '.join(names)} restarted."])


def _with_the_venv(project: Project, error: Exception) -> Exception:
    """The same, with what a service's own log does not say: .venv is filled by a start alone."""
    from ..packages import venv

    if not isinstance(error, Problem) or venv.up_to_date(project):
        return error
    message = f"{error.message}\n{project.venv} is not up to date."
    return Problem(message, "lab start --again")


def _being_stopped(project: Project) -> bool:
    """Does `lab stop` or `lab start --again`, from elsewhere, end what we wait for?"""
    if not supervisor.answers(project):
        return True
    name, pid = holder(project.state / "start.lock") or ("", 0)
    return name == "stop" or (name == "start" and "--again" in processes.command(pid))


def _restart_one(project: Project, name: str, pid: int) -> None:
    # Not process-compose's own restart: that sleeps for a second between the two.
    supervisor.stop_service(project, name)
    deadline = time.monotonic() + STOP_SECONDS - 1
    while not supervisor.start_service(project, name):
        time.sleep(0.02)
        if time.monotonic() > deadline + 2:
            message = f"process-compose cannot restart {name}."
            raise Problem(message, "lab start --again")
        if time.monotonic() > deadline:
            processes.kill(processes.family(pid))
