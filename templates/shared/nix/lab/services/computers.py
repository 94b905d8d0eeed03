"""On which computer a project runs: those of a cluster have the same home directory.

What runs keeps a locked file open, with its computer's name, and the disk tells all of the lock.
"""

import fcntl
import os
import platform
import shlex
from contextlib import suppress
from pathlib import Path

from ..base.files import locked, open_lock, open_own
from ..base.project import Project
from ..base.terminal import Problem

FILE = "computer.lock"


def hold(project: Project, number: int) -> int:
    """The file, for the supervisor, as the descriptor of that number."""
    descriptor = open_own(project.state / FILE, os.O_RDWR | os.O_CREAT)
    with suppress(OSError):  # without locks; or a process of ours still has it
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{_this()}\n{platform.node()}".encode(), 0)
    held = os.dup2(descriptor, number, inheritable=False)
    os.close(descriptor)
    return held


def require_here() -> None:
    """Raise Problem where the project runs on another computer."""
    file = Path(os.environ.get("NIX_JUPYTER_STATE", os.devnull), FILE)
    try:
        descriptor = open_lock(file)
    except OSError:
        return
    try:
        if locked(descriptor):
            return
        which, _, host = os.pread(descriptor, 400, 0).decode(errors="replace").partition("\n")
    finally:
        os.close(descriptor)
    if host and which != _this():
        stop = shlex.quote(str(Path(os.environ["NIX_JUPYTER_ROOT"], "stop")))
        message = f"This project is running on {host}, which has the same home directory."
        raise Problem(message, shlex.join(["ssh", host, stop]))


def _this() -> str:
    """What tells this computer from others; a container is one, too."""
    with suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"
    return ""
