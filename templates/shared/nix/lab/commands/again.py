"""`lab start --again`: what runs is stopped first, and starts with what the files say now.

It may be typed in a terminal of the JupyterLab that is to be stopped, or in a cell.
"""

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

from ..base.called import CELL, MARK, called_by_path, in_cell, in_jupyterlab
from ..base.files import holder, read_own
from ..base.project import Project, inherited, leave
from ..base.terminal import (
    SIGNALS,
    Interrupted,
    Problem,
    Progress,
    full,
    has_room,
    note,
    uninterrupted,
)
from ..services import supervisor
from .startup import require

AGAIN = "--again"
LOG = "start"
UNTOLD = "start-failed"  # the same, until a terminal of the next JupyterLab says it (shell.sh)
# What it runs is nobody's child: `lab stop` ends the children of what it ends, too.
ORPHAN = """
log=$1 untold=$2
shift 2
{
  "$@" 2>&1
  code=$?
  [ $code -ne 1 ] || mv -f "$log" "$untold" 2>/dev/null
  echo $code >&2
} &
"""
STOPPING = "Stopping"
PAUSE_SECONDS = 0.1


def anew(project: Project, options: set[str]) -> int | None:
    """Start it by its own script, which enters the environment that flake.nix describes now.

    Gives the exit code; None where that is done already, or there is no such script.
    """
    script = project.root / "lab"
    inside = in_jupyterlab()
    if inside and project.state.name == "there":
        raise _of_another_computer(project)
    if inside and not script.is_file():
        # What goes on here would end with JupyterLab.
        fix = shlex.join(["git", "-C", str(project.root), "checkout", "HEAD", "--", "lab"])
        raise Problem(f"{script} no longer exists.", fix)
    if not script.is_file() or (called_by_path() and not inside):
        return None
    words = ["sh", str(script), "start", *sorted(options)]
    if not inside:
        os.execvpe(words[0], words, _as_before(project))
    if "--foreground" in options:
        message = "--foreground shows the logs until Ctrl-C, and this ends with JupyterLab."
        raise Problem(message, "lab start --again", 2)
    return _outlive(project, [*words, "--no-open"])


def _of_another_computer(project: Project) -> Problem:
    called = (read_own(project.root.parent / "called") or "lab").strip()
    message = f"{project.name} was started from another computer, which alone can start it again."
    return Problem(message, f"on that computer:  {called} start --again")


def _as_before(project: Project) -> dict[str, str]:
    """The environment without what flake.nix had put on PATH: it may not be in there any more."""
    variables = inherited()
    leave(project, variables)
    return variables


def _outlive(project: Project, words: list[str]) -> int:
    """Let it go on when JupyterLab, and this with it, is stopped. Until then, show what it says.

    As long as it fails before that, such as on a mistake in flake.nix, all goes on as before. So it
    does on Ctrl-C; and where JupyterLab is stopped by another command, it stays stopped.
    """
    if not has_room(project.state):  # nobody would learn why it does not start
        raise full(project.state)
    variables = _as_before(project)
    del variables[MARK]
    if in_cell():
        variables[CELL] = "!"
    log = project.log(LOG)
    log.unlink(missing_ok=True)  # of one that is typed twice, each has its own
    shown = bytearray()
    process: subprocess.Popen[bytes] | None = None
    with open(log, "wb") as output, open(log, "rb") as said:
        try:
            with _postponed():
                note(
                    f"{project.name} starts again. Its kernels end, and JupyterLab is back at the "
                    "same address. Then: save what this page has not saved, and reload it. If "
                    "something does not start, the next terminal says so. If JupyterLab does not "
                    "come back, ./start in a terminal outside of it does."
                )
                process = subprocess.Popen(
                    ["sh", "-c", ORPHAN, "sh", log, project.log(UNTOLD), *words],
                    cwd=project.root,
                    env=variables,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.PIPE,
                    start_new_session=True,
                    umask=project.umask,
                )
            code = _watch(process, said, shown)
            project.log(UNTOLD).unlink(missing_ok=True)
            return code
        except (KeyboardInterrupt, Interrupted) as error:
            # What stops JupyterLab interrupts its kernels and terminals: this one, or another.
            shown += _show(said)
            if process and STOPPING.encode() not in shown:
                os.killpg(process.pid, signal.SIGTERM)
                if isinstance(error, KeyboardInterrupt):
                    note(f"{project.name} goes on as it was.")
            raise


@contextmanager
def _postponed() -> Iterator[None]:
    """What a signal asks for in this block is done after it: what it begins is known by then."""
    came: list[int] = []
    before = {each: signal.signal(each, lambda number, _: came.append(number)) for each in SIGNALS}
    try:
        yield
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)
    for signum in came:
        signal.raise_signal(signum)


def _watch(process: subprocess.Popen[bytes], said: BinaryIO, shown: bytearray) -> int:
    assert process.stderr  # a pipe, as asked for
    os.set_blocking(process.stderr.fileno(), False)
    while (code := process.stderr.read()) is None:
        shown += _show(said)
        time.sleep(PAUSE_SECONDS)
    shown += _show(said)
    return int(code or 1)


def _show(said: BinaryIO) -> bytes:
    text = said.read()
    with suppress(OSError):  # as in note
        sys.stderr.buffer.write(text)
        sys.stderr.flush()
    return text


def take_over(project: Project, progress: Progress) -> None:
    """Ask a start that still waits, as for a service that never answers, to give up.

    Raises Problem where this one cannot start either. Typed in the JupyterLab that goes then, it is
    not to be cancelled by that: it says first that it stops it.
    """
    require(project)
    if (held := holder(project.state / "start.lock")) and held[0] == "start":
        from .stop import end_starting

        progress.show(f"{STOPPING} {project.name}")
        end_starting(project)


def end_before(project: Project, progress: Progress) -> None:
    """End what runs, once it is certain that it can start. Its caller holds start.lock.

    Raises Problem, and all runs as before, where it cannot.
    """
    from ..packages import venv
    from ..services.shutdown import end

    require(project)
    if project.venv and supervisor.answers(project):
        try:
            venv.bring_up_to_date(project, progress)
        except Problem as problem:
            from ..packages import fallback

            words = f"{project.name} goes on as it was."
            raise fallback.with_words(problem, words) from None
    progress.show(f"{STOPPING} {project.name}")
    with uninterrupted():
        end(project)
