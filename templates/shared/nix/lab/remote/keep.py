"""What keeps the connection to the other computer: a process that restores it when it was lost."""

import subprocess
import sys
import time
from pathlib import Path

from ..base import browser
from ..base import project as projects
from ..base.called import MARK
from ..base.files import holder, lock, read_own
from ..base.project import Project, inherited
from ..base.terminal import Problem, note
from ..services import ports
from .host import There, place_of

KEEP = "import sys; sys.path.insert(0, sys.argv.pop(1)); from lab.remote.keep import keep; keep()"
RETRY_SECONDS = 3


def is_kept(project: Project) -> bool:
    """Is there a process that restores the connection?"""
    return holder(project.state / "keep.lock") is not None


def keep_connection(project: Project, descriptors: list[int]) -> None:
    """Start what restores a lost connection. It holds the same ports of ::1 (ports.py)."""
    with open(project.log("connection"), "ab") as log:
        subprocess.Popen(
            [sys.executable, "-I", "-c", KEEP, browser.DIRECTORY],
            env=inherited() | {MARK: str(project.state)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            pass_fds=descriptors,
            umask=project.umask,
        )
    deadline = time.monotonic() + 10
    while not is_kept(project) and time.monotonic() < deadline:
        time.sleep(0.02)


def keep() -> None:
    """Wait for the end of the connection, and restore it, until `lab stop` ends this process."""
    project = projects.load()
    with lock(project.state / "keep.lock", "keep"):
        while place := place_of(project):
            there = There(project, place)
            there.connection.wait_for_end()
            if place_of(project) and not _restore(there):
                time.sleep(RETRY_SECONDS)


def _restore(there: There) -> bool:
    note(f"{time.strftime('%F %T')} The connection to {there.host} was lost.")
    try:
        there.connection.connect(may_ask=False)
        there.connection.forward(ports.remembered(there.project).values())
    except Problem as problem:
        note(problem.message)
        there.connection.close()
        return False
    try:
        there.project.root = _root_now(there.project)
        for text in there.fetch().lines:
            note(text)
    except Problem as problem:
        note(problem.message)
    except OSError as error:  # a full disk: the connection is kept all the same
        note(f"What was changed on {there.host} did not come back: {error}")
    return True


def _root_now(project: Project) -> Path:
    """Where the project is now: it may have been moved since this process began.

    Raises Problem where no command has found it at its new place yet: files would go elsewhere.
    """
    _, _, path = (read_own(project.state / "root") or "").partition(" ")  # nix/scripts/state.sh
    if (read_own(Path(path, ".nix-jupyter/id")) or "").strip() != project.state.name:
        raise Problem(f"{project.name} is not at {path} any more: what was changed waits.")
    return Path(path)


def end_here(project: Project) -> None:
    """End what keeps the connection, and the connection."""
    from ..services.shutdown import end

    end(project)
