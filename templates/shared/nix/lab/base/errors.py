"""What went wrong, said to a person: what happened, and the command that fixes it."""

import errno
import os
import shlex
import sys
from pathlib import Path

from .invocation import here


class Problem(Exception):
    """Something that the user can fix: what happened, and the one command that fixes it."""

    def __init__(self, message: str, fix: str | None = None, code: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix
        self.code = code

    def __str__(self) -> str:
        return f"{self.message}\n  Next: {here(self.fix)}" if self.fix else self.message


class Interrupted(Exception):
    """A signal asks us to leave. Carries the exit code that shells expect (128 + signal)."""

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.code = 128 + signum


# A disk without room: noticed before a start, and named wherever else it is met.


ROOM = 1 << 20  # bytes; with less, JupyterLab starts and cannot write down who has logged in
FULL = (errno.ENOSPC, errno.EDQUOT)


def require_room(folder: Path) -> None:
    """Raise Problem when the disk of `folder` has next to no room left for this user."""
    status = os.statvfs(folder)
    if status.f_bavail * status.f_frsize < ROOM:
        raise full(folder)


def full(folder: Path) -> Problem:
    """Say which disk is full."""
    message = f"The disk that holds {folder} is full, and there is no room for logs and logins."
    return Problem(message, f"df -h {shlex.quote(str(folder))}")


def explain_disk(error: OSError) -> Problem | None:
    """The Problem behind an error of the system's, when it is a full disk; None otherwise."""
    if error.errno not in FULL:
        return None
    return full(Path(error.filename or os.environ.get("NIX_JUPYTER_STATE", "/tmp")))


# A fault of `lab` itself: the details go to a file, and the user gets its name.


def report_unexpected() -> int:
    """Keep the traceback of the exception at hand and say where it is."""
    import tempfile
    import traceback

    folder = Path(os.environ.get("NIX_JUPYTER_STATE") or tempfile.gettempdir())
    error = sys.exc_info()[1]
    file = folder / "lab-error.log"
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with open(descriptor, "w", encoding="utf-8") as log:
            log.write(f"lab {' '.join(sys.argv[1:])}\n{traceback.format_exc()}")
        details = f"The details are in {file}."
    except OSError:
        details = f"The details could not be written to {file}."
    name = type(error).__name__
    print(f"lab failed in a way that it does not know: {name}: {error}.", file=sys.stderr)
    print(f"{details}\n  Next: {here('lab doctor')}", file=sys.stderr)
    return 1
