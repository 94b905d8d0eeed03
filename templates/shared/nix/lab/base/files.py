"""Files that are written whole or not at all, private ones in the state directory, and locks."""

import errno
import fcntl
import os
import shlex
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from .terminal import Problem, note

if TYPE_CHECKING:
    from tarfile import TarInfo

# What opening says of a link, a directory, a pipe or a socket, and of what is another user's.
FOREIGN = (errno.ELOOP, errno.EISDIR, errno.ENXIO, errno.EACCES, errno.EPERM)

# What renaming says while another program has the file open, on the drives of Windows in WSL2 and
# on some shares: an antivirus, an indexer, a backup. It is over in a moment.
HELD = (errno.EPERM, errno.EACCES, errno.EBUSY)
RENAME_TIMEOUT_SECONDS = 5

# What locking says on a share that has no locks.
WITHOUT_LOCKS = (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP)


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
    """Rename a file or directory, over what is there; wait for who holds it for a moment.

    Raises Problem, when it is held for longer, and OSError for everything else.
    """
    deadline = time.monotonic() + RENAME_TIMEOUT_SECONDS
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
                fix = "close the programs that have it open, then run the same command again"
                raise Problem(message, fix) from None
        if not waiting:
            note(f"Another program is using {source}. Waiting for it …")
            waiting = True
        time.sleep(0.1)


def read_own(path: Path, limit: int = 65536) -> str | None:
    """The text of a file of ours in the state directory, or None when there is none.

    What lies on the disk is input: raises Problem, naming the command that helps, when it is no
    regular file (a link, a pipe, a directory), is another user's, or has more than `limit` bytes.
    """
    try:
        descriptor = open_own(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    with open(descriptor, "rb") as file:
        if os.fstat(descriptor).st_size > limit:
            raise _not_ours(path, f"it has more than {limit} bytes")
        return file.read().decode("utf-8", "surrogateescape")


def open_own(path: Path, flags: int) -> int:
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


def anonymous(member: "TarInfo") -> "TarInfo":
    """The member of a tar, without the user who has packed it."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


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


# Locks between two labs of one project, which are files in its state directory.


@contextmanager
def lock(path: Path, who: str) -> Iterator[None]:
    """Hold a lock file while the block runs; who has to wait longer than a second is told for whom.

    The holder's name stands in the file. The kernel lets go of the lock when the holder dies,
    however it dies; if it had an installer at work, which inherits the lock, when that is done.
    """
    descriptor = open_lock(path, os.O_CREAT, read_only=who == "stop")
    os.set_inheritable(descriptor, True)
    try:
        if not locked(descriptor):
            _wait(descriptor)
        # From here on the file is ours: who was still waiting leaves the holder's name alone.
        try:
            with suppress(OSError):  # a full disk: who waits is not told for whom
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, f"{who} {os.getpid()}".encode(), 0)
            yield
        finally:
            with suppress(OSError):
                os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def open_lock(path: Path, flags: int = 0, *, read_only: bool = True) -> int:
    """Open a lock file, if need be on a disk that can only be read by now."""
    try:
        return open_own(path, os.O_RDWR | flags)
    except OSError as error:
        if error.errno != errno.EROFS or not read_only:
            raise
        return open_own(path, os.O_RDONLY)


def locked(descriptor: int) -> bool:
    """Lock an open file, where its disk can. False where somebody else has it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in WITHOUT_LOCKS:
            raise
    return True


def _wait(descriptor: int) -> None:
    deadline = time.monotonic() + 1
    while time.monotonic() < deadline:
        if locked(descriptor):
            return
        time.sleep(0.02)
    holder = os.pread(descriptor, 64, 0).decode().partition(" ")[0]
    note(f"Waiting for another `lab {holder}` of this project …")
    fcntl.flock(descriptor, fcntl.LOCK_EX)


def holder(path: Path) -> tuple[str, int] | None:
    """Say who holds a lock file now, as (name, process id); None when nobody does."""
    try:
        descriptor = open_lock(path)
    except FileNotFoundError:
        return None
    try:
        if locked(descriptor):
            return None
        name, _, pid = os.pread(descriptor, 64, 0).decode().partition(" ")
        return (name, int(pid)) if pid.isdigit() else None
    finally:
        os.close(descriptor)
