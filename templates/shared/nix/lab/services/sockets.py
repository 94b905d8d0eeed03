"""The directory of the kernels' sockets, which nobody else may enter.

A kernel that listens on TCP tells everybody on this computer what it prints: the socket for output
asks for no key. So kernels listen on unix sockets. The address of one has room for about 100 bytes,
and a state directory's path can be longer: the directory is a short one, of a random name.
"""

import os
import shutil
import stat
import tempfile
from pathlib import Path

from ..base.files import read_own, write
from ..base.project import Project
from ..base.terminal import FULL, full, has_room

PREFIX = "nix-jupyter-"
# Jupyter adds "/kernel-", 36 characters, "-ipc-" and a number; macOS has room for 103.
MAX_DIRECTORY_LENGTH = 103 - len("/kernel--ipc-12") - 36


def ensure(project: Project) -> Path:
    """The directory; a new one where there is none, or where what is noted is not ours."""
    directory = find(project)
    if directory is None:
        directory = _make(_parent())
        write(_note(project), str(directory))
    return directory


def recreate(project: Project) -> None:
    """Before a start: let go of a directory that a lost run has left where there is no room."""
    directory = find(project)
    if directory and not has_room(directory):
        remove(project)


def remove(project: Project) -> None:
    """Remove the directory, once nothing runs any more."""
    directory = find(project)
    if directory:
        shutil.rmtree(directory, ignore_errors=True)


def _note(project: Project) -> Path:
    return project.state / "sockets"


def find(project: Project) -> Path | None:
    """The directory, if it is there and ours."""
    text = read_own(_note(project)) or ""
    directory = Path(text)
    if not directory.is_absolute() or not directory.name.startswith(PREFIX):
        return None
    try:
        status = directory.lstat()
    except OSError:
        return None
    private = stat.S_ISDIR(status.st_mode) and not status.st_mode & 0o077
    return directory if private and status.st_uid == os.getuid() else None


def _make(parent: Path) -> Path:
    """Raises Problem where its disk is full."""
    try:
        return Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
    except OSError as error:
        if error.errno in FULL:  # the new directory, which the error names, is not there
            raise full(parent) from None
        raise


def _parents() -> list[Path]:
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    return [Path(directory) for directory in (runtime, "/tmp") if directory.startswith("/")]


def _parent() -> Path:
    """Where temporary things of this user go, if it is short enough, and has room.

    Raises Problem where the disk of none has room.
    """
    usable = [directory for directory in _parents() if _usable(directory)] or [Path("/tmp")]
    for directory in usable:
        if has_room(directory):
            return directory
    raise full(usable[0])


def _usable(directory: Path) -> bool:
    short = len(f"{directory}/{PREFIX}12345678") <= MAX_DIRECTORY_LENGTH
    return short and os.access(directory, os.W_OK | os.X_OK)
