"""Files on their way to another computer, or from there, in a tar."""

import hashlib
import io
import os
import tarfile
import time
from pathlib import Path
from typing import IO

from ..base.terminal import Progress

TRIES = 3
PAUSE_SECONDS = 0.2


def add(archive: tarfile.TarFile, name: str, file: Path, mode: int = 0o777) -> str | None:
    """Add a file, and give the hash of what was added. `mode`: what it may keep of its own.

    One that becomes shorter meanwhile is added again, and the last one counts. None where that does
    not end. Raises OSError where it cannot be read; the tar is whole all the same.
    """
    for _ in range(TRIES):
        with open(file, "rb") as opened:
            status, read = os.fstat(opened.fileno()), _Read(opened)
            member = tarfile.TarInfo(name)
            member.size, member.mtime = status.st_size, int(status.st_mtime)
            member.mode = status.st_mode & mode
            archive.addfile(member, read)
        if read.error:
            raise read.error
        if not read.is_short:
            return read.hash.hexdigest()
    return None


class _Read(io.RawIOBase):
    """A file as it is read. It has the size that it had at first: a tar says that beforehand."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.hash = hashlib.sha256()
        self.is_short = False
        self.error: OSError | None = None

    def read(self, size: int = -1) -> bytes:
        data = b""
        if not self.error:
            try:
                data = self._file.read(size)
            except OSError as error:
                self.error = error
        self.hash.update(data)
        self.is_short = self.is_short or len(data) < size
        return data.ljust(size, b"\0")


class Shown:
    """A stream, and how much has gone through it: beside the step that is shown."""

    def __init__(self, stream: IO[bytes], progress: Progress) -> None:
        self._stream, self._progress = stream, progress
        self._bytes, self._next = 0, time.monotonic() + PAUSE_SECONDS

    def _count(self, size: int) -> None:
        self._bytes += size
        if time.monotonic() >= self._next:
            self._progress.detail(f"{self._bytes / 1e6:.1f} MB")
            self._next = time.monotonic() + PAUSE_SECONDS

    def write(self, data: bytes) -> None:
        """Write it, and say so."""
        self._stream.write(data)
        self._count(len(data))

    def read(self, size: int) -> bytes:
        """Read so much, and say so."""
        data = self._stream.read(size)
        self._count(len(data))
        return data
