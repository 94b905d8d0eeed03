"""Locks between two labs of one project, which are files in its state folder."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .files import open_own
from .terminal import note


@contextmanager
def lock(path: Path, who: str) -> Iterator[None]:
    """Hold a lock file while the block runs; who has to wait longer than a second is told for whom.

    The holder's name stands in the file. The kernel lets go of the lock when the holder dies,
    however it dies; if it had an installer at work, which inherits the lock, when that is done.
    """
    descriptor = open_own(path, os.O_RDWR | os.O_CREAT)
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
        descriptor = open_own(path, os.O_RDWR)
    except FileNotFoundError:
        return None
    try:
        if _try(descriptor):
            return None
        name, _, pid = os.pread(descriptor, 64, 0).decode().partition(" ")
        return (name, int(pid)) if pid.isdigit() else None
    finally:
        os.close(descriptor)
