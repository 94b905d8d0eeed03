"""`lab start --again`: what runs is stopped first, and starts with what the files say now.

It may be typed in a terminal of the JupyterLab that is to be stopped, or in a cell.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

from ..base.called import MARK, called_by_path, in_jupyterlab
from ..base.files import read_own
from ..base.project import Project, inherited
from ..base.terminal import Problem, Progress, note
from ..services import supervisor

AGAIN = "--again"
LOG = "start"
# What it runs is nobody's child: `lab stop` ends the children of what it ends, too.
ORPHAN = '{ "$@" >"$0" 2>&1; echo $?; } &'
PAUSE_SECONDS = 0.1


def anew(project: Project, options: set[str]) -> int | None:
    """Start it by its own script, which enters the environment that flake.nix describes now.

    Gives the exit code; None where that is done already, or there is no such script.
    """
    script = project.root / "lab"
    inside = in_jupyterlab()
    if inside and project.state.name == "there":
        raise _of_another_computer(project)
    if not script.is_file() or (called_by_path() and not inside):
        return None
    words = ["sh", str(script), "start", *sorted(options)]
    if not inside:
        os.execvp(words[0], words)
    return _outlive(project, [*words, "--no-open"])


def _of_another_computer(project: Project) -> Problem:
    called = (read_own(project.root.parent / "called") or "lab").strip()
    message = f"{project.name} was started from another computer, which alone can start it again."
    return Problem(message, f"on that computer:  {called} start --again")


def _outlive(project: Project, words: list[str]) -> int:
    """Let it go on when JupyterLab, and this with it, is stopped. Until then, show what it says.

    As long as it fails before that, such as on a mistake in flake.nix, all goes on as before.
    """
    variables = inherited()
    del variables[MARK]
    log = project.log(LOG)
    log.unlink(missing_ok=True)
    note(f"{project.name} starts again. It is back at the same address: reload this page then.")
    process = subprocess.Popen(
        ["sh", "-c", ORPHAN, str(log), *words],
        cwd=project.root,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        umask=project.umask,
    )
    assert process.stdout  # a pipe, as asked for
    os.set_blocking(process.stdout.fileno(), False)
    shown = 0
    while (code := process.stdout.read()) is None:
        shown += _show(log, shown)
        time.sleep(PAUSE_SECONDS)
    _show(log, shown)
    return int(code or 1)


def _show(log: Path, shown: int) -> int:
    if not log.exists():
        return 0
    with open(log, "rb") as file:
        file.seek(shown)
        text = file.read()
    sys.stderr.buffer.write(text)
    sys.stderr.flush()
    return len(text)


def end_before(project: Project, progress: Progress) -> None:
    """End what runs, once it is certain that .venv can be filled. Its caller holds start.lock.

    Raises Problem, and all runs as before, where it cannot.
    """
    from ..packages import venv
    from ..services.shutdown import end

    if project.venv and supervisor.answers(project):
        venv.bring_up_to_date(project, progress)
    progress.show(f"Stopping {project.name}")
    end(project)
