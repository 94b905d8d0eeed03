"""`lab stop`: everything ended, kernels too."""

import signal

from ..base import processes
from ..base import project as projects
from ..base.file_lock import holder, lock
from ..base.project import Project
from ..base.terminal import Answer, Progress
from ..services.shutdown import end


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
