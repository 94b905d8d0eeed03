"""A disk without room: noticed before a start, and named wherever else it is met."""

import errno
import os
import shlex
from pathlib import Path

from problem import Problem

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


def explain(error: OSError) -> Problem | None:
    """The Problem behind an error of the system's, when it is a full disk; None otherwise."""
    if error.errno not in FULL:
        return None
    return full(Path(error.filename or os.environ.get("NIX_JUPYTER_STATE", "/tmp")))
