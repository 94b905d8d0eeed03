"""The project at hand: its folders, what Nix says about it, and its private files."""

import errno
import fcntl
import json
import os
import shlex
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from .terminal import Problem, note

# Services carry this variable, and so does everything that they start. It is how `lab stop` finds
# what is left of a project when the supervisor was killed. (NIX_JUPYTER_STATE would not do: it is
# set in every shell of the project, and those are the user's own.)
MARK = "NIX_JUPYTER_SUPERVISED"


class Project:
    """Paths and facts of one project. Nothing is read or made before it is asked for."""

    def __init__(self, root: Path, state: Path, facts: dict[str, Any], umask: int) -> None:
        self.root = root
        self.state = state
        self.name: str = facts["name"]
        self.facts = facts
        self.without_venv = False  # whether what runs does without .venv, which could not be filled
        self.bundle: Path | None = None  # the file of `lab start --from`
        self.packages: Path | None = None  # what it has for installers, while they are at work
        self.umask = umask  # the user's, for what is not ours: notebooks, and the files of .venv

    @property
    def logs(self) -> Path:
        """The folder of the log files."""
        return self.state / "log"

    @property
    def venv(self) -> Path | None:
        """The virtual environment's folder, or None when the project needs none."""
        return self.root / ".venv" if self.venv_key else None

    @property
    def venv_key(self) -> str:
        """What the virtual environment should have been made from; empty without one."""
        return os.environ.get("NIX_JUPYTER_VENV_KEY", "")

    @property
    def python(self) -> str:
        """The interpreter that runs JupyterLab and the kernels."""
        if self.venv and not self.without_venv:
            return str(self.venv / "bin" / "python3")
        return self.facts["python"]

    def log(self, service: str) -> Path:
        """The log file of a service."""
        return self.logs / f"{service}.log"


def load() -> Project:
    """Find the project that nix/activate.sh has announced, and make its state folder private."""
    try:
        root, state, file = (
            Path(os.environ[f"NIX_JUPYTER_{name}"]) for name in ("ROOT", "STATE", "PROJECT")
        )
    except KeyError as missing:
        raise Problem(
            f"lab works inside a project's environment, and {missing.args[0]} is not set.",
            "cd to the project and run: nix develop",
        ) from None
    try:
        facts = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Problem(
            f"The project's description {file} cannot be read: {error}.",
            "leave this shell and run: nix develop",
        ) from None
    umask = os.umask(0o077)
    _make_private(root, state)
    return Project(root, state, facts, umask)


# In the state folder, while the project runs on another computer (remote/start.py).
RECORD = "on.json"


def is_elsewhere() -> bool:
    """Is the project at hand on another computer? A look that costs nothing."""
    return os.path.lexists(Path(os.environ.get("NIX_JUPYTER_STATE", os.devnull), RECORD))


def _make_private(root: Path, state: Path) -> None:
    """The token, the logs and the socket lie in this folder: nobody else may enter it."""
    if state.resolve().is_relative_to(root.resolve()):
        message = f"Secrets may not lie in the project, and the state folder {state} would."
        raise Problem(message, "unset XDG_STATE_HOME")
    for folder in (state, state / "log"):
        try:
            _make_folder(folder)
            foreign = [entry.path for entry in os.scandir(folder) if _foreign(entry)]
        except OSError as error:
            raise _unusable(folder, error.strerror or str(error)) from None
        if foreign:
            message = f"{foreign[0]} belongs to another user, and lab did not write it."
            raise Problem(message, f"rm -rf {shlex.quote(foreign[0])}")


def _make_folder(folder: Path) -> None:
    if folder.is_symlink():
        # It could lead to a folder that somebody else reads.
        raise Problem(f"{folder} is a link, not a folder.", f"rm {shlex.quote(str(folder))}")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = folder.lstat()
    if status.st_uid != os.getuid():
        raise _unusable(folder, f"it belongs to user {status.st_uid}")
    if status.st_mode & 0o077:
        folder.chmod(0o700)


def _foreign(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.stat(follow_symlinks=False).st_uid != os.getuid()
    except FileNotFoundError:
        return False  # gone meanwhile


def _unusable(folder: Path, reason: str) -> Problem:
    # Not chown: what somebody else has put there would be believed from then on.
    where = shlex.quote(str(folder))
    fix = f"sudo mv {where} {shlex.quote(f'{folder}.not-mine')}"
    return Problem(f"The state folder {folder} cannot be used: {reason}.", fix)


# Private files in the state folder: written whole or not at all, and locks between two labs.


# What opening says of a link, a folder, a pipe or a socket, and of what is another user's.
FOREIGN = (errno.ELOOP, errno.EISDIR, errno.ENXIO, errno.EACCES, errno.EPERM)

# What renaming says while another program has the file open, on the drives of Windows in WSL2 and
# on some shares: an antivirus, an indexer, a backup. It is over in a moment.
HELD = (errno.EPERM, errno.EACCES, errno.EBUSY)
PATIENCE_SECONDS = 5


def write(path: Path, text: str) -> None:
    """Write a file by rename, so that a reader never sees half of it. Mode 0600."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write(text)
    rename(temporary, path)


def write_shared(file: Path, text: str) -> None:
    """Write a file of the project whole or not at all; its mode, and a link to it, stay."""
    target = Path(os.path.realpath(file))
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with open(temporary, "w", encoding="utf-8", newline="") as new:
            new.write(text)
        temporary.chmod(target.stat().st_mode & 0o777 if target.exists() else 0o644)
        rename(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def rename(source: Path, target: Path) -> None:
    """Rename a file or folder, in the place of what is there; wait for who holds it for a moment.

    Raises Problem, when it is held for longer, and OSError for everything else.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    waiting = False
    while True:
        try:
            os.replace(source, target)
            return
        except OSError as error:
            if error.errno not in HELD or not os.access(target.parent, os.W_OK):
                raise
            if time.monotonic() > deadline:
                message = f"{source} cannot be renamed to {target.name}: {error.strerror}."
                fix = "close the programs that have it open, then the same command again"
                raise Problem(message, fix) from None
        if not waiting:
            note(f"Another program uses {source} at this moment. Waiting for it …")
            waiting = True
        time.sleep(0.1)


def read_own(path: Path, limit: int = 65536) -> str | None:
    """The text of a file of ours in the state folder, or None when there is none.

    What lies on the disk is input: raises Problem, naming the command that helps, when it is no
    regular file (a link, a pipe, a folder), is another user's, or has more than `limit` bytes.
    """
    try:
        descriptor = _open_own(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    with open(descriptor, "rb") as file:
        if os.fstat(descriptor).st_size > limit:
            raise _not_ours(path, f"it has more than {limit} bytes")
        return file.read().decode("utf-8", "surrogateescape")


def _open_own(path: Path, flags: int) -> int:
    """Open a file that has to be a regular one of ours."""
    # O_NONBLOCK: opening a pipe would wait for someone to write into it.
    flags |= os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        descriptor = os.open(path, flags, 0o600)
    except OSError as error:
        if error.errno in FOREIGN:
            raise _not_ours(path, "it is not a regular file") from None
        raise
    status = os.fstat(descriptor)
    if stat.S_ISREG(status.st_mode) and status.st_uid == os.getuid():
        return descriptor
    os.close(descriptor)
    if stat.S_ISREG(status.st_mode):
        raise _not_ours(path, f"it belongs to user {status.st_uid}")
    raise _not_ours(path, "it is not a regular file")


def _not_ours(path: Path, reason: str) -> Problem:
    return Problem(f"lab did not write {path}: {reason}.", f"rm -rf {shlex.quote(str(path))}")


def exposed(path: Path) -> bool:
    """Can users other than its owner read this file? A file that is not there, nobody can."""
    try:
        return bool(path.stat().st_mode & 0o044)
    except OSError:
        return False


def tail(path: Path, lines: int, start: int = 0) -> list[str]:
    """Return the last lines of a file, looking no further back than the offset `start`."""
    try:
        with open(path, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            # 64 KiB hold every tail that we show; a log can have hundreds of megabytes.
            start = min(start, size)
            file.seek(max(start, size - 65536))
            text = file.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return []
    return text.splitlines()[-lines:]


def last_words(path: Path, lines: int, start: int = 0) -> list[str]:
    """The same for a message, which has no room for blank lines."""
    return [line for line in tail(path, 10 * lines, start) if line.strip()][-lines:]


@contextmanager
def lock(path: Path, who: str) -> Iterator[None]:
    """Hold a lock file while the block runs; who has to wait longer than a second is told for whom.

    The holder's name stands in the file. The kernel lets go of the lock when the holder dies,
    however it dies; if it had an installer at work, which inherits the lock, when that is done.
    """
    descriptor = _open_own(path, os.O_RDWR | os.O_CREAT)
    os.set_inheritable(descriptor, True)
    try:
        if not _try(descriptor):
            _wait(descriptor)
        # From here on the file is ours: who was still waiting leaves the holder's name alone.
        try:
            os.ftruncate(descriptor, 0)
            with suppress(OSError):  # a full disk: who waits is not told for whom
                os.pwrite(descriptor, f"{who} {os.getpid()}".encode(), 0)
            yield
        finally:
            os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _wait(descriptor: int) -> None:
    deadline = time.monotonic() + 1
    while time.monotonic() < deadline:
        if _try(descriptor):
            return
        time.sleep(0.02)
    holder = os.pread(descriptor, 64, 0).decode().partition(" ")[0]
    note(f"Waiting for another `lab {holder}` of this project …")
    fcntl.flock(descriptor, fcntl.LOCK_EX)


def holder(path: Path) -> tuple[str, int] | None:
    """Say who holds a lock file now, as (name, process id); None when nobody does."""
    try:
        descriptor = _open_own(path, os.O_RDWR)
    except FileNotFoundError:
        return None
    try:
        if _try(descriptor):
            return None
        name, _, pid = os.pread(descriptor, 64, 0).decode().partition(" ")
        return (name, int(pid)) if pid.isdigit() else None
    finally:
        os.close(descriptor)
