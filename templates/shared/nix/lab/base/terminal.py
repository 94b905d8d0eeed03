"""What a person sees: what went wrong, what goes on, and what stays."""

import errno
import os
import shlex
import signal
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from .called import here

# What went wrong, said to a person: what happened, and the command that fixes it.


class Problem(Exception):
    """Something that the user can fix: what happened, and the one command that fixes it."""

    def __init__(self, message: str, fix: str | None = None, code: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix
        self.code = code

    def __str__(self) -> str:
        return f"{self.message}\n  Next: {here(self.fix)}" if self.fix else self.message


def indented(lines: Iterable[str]) -> str:
    """Lines of another program, below a message; each cut where it would fill the screen."""
    return "".join(f"\n  | {line[:300]}" for line in lines)


def printable(name: str) -> str:
    """The name of a file for a message: what a terminal would obey is written as code."""
    return "".join(
        letter
        if letter.isprintable()
        else "".join(f"\\x{byte:02x}" for byte in os.fsencode(letter))
        for letter in name
    )


def edit(file: Path) -> str:
    """The command that opens a file of the project's in the user's editor."""
    return f"{os.environ.get('EDITOR', 'nano')} {shlex.quote(str(file))}"


SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(Exception):
    """A signal asks us to leave. Carries the exit code that shells expect (128 + signal)."""

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.code = 128 + signum


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Clean up in this block, and a second Ctrl-C does not stop that."""
    before = {signum: signal.signal(signum, signal.SIG_IGN) for signum in SIGNALS}
    try:
        yield
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)


# A disk without room: noticed before a start, and named wherever else it is met.

ROOM = 1 << 20  # bytes; with less, JupyterLab starts and cannot write down who has logged in
FULL = (errno.ENOSPC, errno.EDQUOT)


def has_room(directory: Path) -> bool:
    """Has the disk of `directory` room left for this user, and for another file?"""
    status = os.statvfs(directory)
    return status.f_bavail * status.f_frsize >= ROOM and not _no_more_files(directory)


def _no_more_files(directory: Path) -> bool:
    status = os.statvfs(directory)
    # Some file systems count no files: of those they have none.
    return bool(status.f_files) and not status.f_favail


def full(directory: Path, and_so: str = "there is no room for logs and logins") -> Problem:
    """Say which disk is full, and what that means."""
    what, option = ("takes no more files", "i") if _no_more_files(directory) else ("is full", "h")
    message = f"The disk that holds {directory} {what}, and {and_so}."
    return Problem(message, f"df -{option} {shlex.quote(str(directory))}")


def explain_disk(error: OSError, *and_so: str) -> Problem | None:
    """The Problem behind an error of the system's, when it is a disk's; None otherwise."""
    if error.errno not in (*FULL, errno.EROFS):
        return None
    # Of a copy, the second is what was written. It may be gone by now.
    directory = Path(error.filename2 or error.filename or _full_one()).absolute()
    while not directory.is_dir():
        directory = directory.parent
    if error.errno == errno.EROFS:  # so Linux leaves a disk on which it has found errors
        message = f"The disk that holds {directory} can no longer be written to."
        disk = next(place for place in (directory, *directory.parents) if place.is_mount())
        return Problem(message, f"sudo mount -o remount,rw {shlex.quote(str(disk))}")
    if not and_so and not directory.is_relative_to(_place("STATE")):
        and_so = ("nothing more can be written there",)
    return full(directory, *and_so)


def _full_one() -> Path:
    """The directory whose disk is full: writing into an open file does not say which it was."""
    places = [_place(name) for name in ("STATE", "ROOT")]
    return next((place for place in places if place.is_dir() and not has_room(place)), places[0])


def _place(name: str) -> Path:
    return Path(os.environ.get(f"NIX_JUPYTER_{name}", "/tmp"))


# A fault of `lab` itself: the details go to a file, and the user gets its name.


def unexpected(error: Exception) -> Problem:
    """Keep the traceback of the exception at hand, and say where it is."""
    import tempfile
    import traceback

    directory = Path(os.environ.get("NIX_JUPYTER_STATE") or tempfile.gettempdir())
    file = directory / "lab-error.log"
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with open(descriptor, "w", encoding="utf-8") as log:
            log.write(f"lab {' '.join(sys.argv[1:])}\n{traceback.format_exc()}")
        details = f"Please report it, with the details in {file}."
    except OSError:
        details = f"Please report it. The details could not be written to {file}."
    message = f"""Unexpected error: {type(error).__name__}: {error}.
This is a bug in create-nix-jupyter, not yours. {details}"""
    return Problem(message, "lab doctor")


# What a person sees: one line of progress while something takes time, and the lines that stay.


def interactive() -> bool:
    """Does a person watch, who can also answer?"""
    return sys.stdin.isatty() and sys.stderr.isatty() and "CI" not in os.environ


class Progress:
    """One line on a terminal, updated in place; elsewhere (CI, a pipe) each new step is a line."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._started = time.monotonic()
        self._step = ""
        self._length = 0  # of the line that is there now

    def show(self, step: str, detail: str = "") -> None:
        """Say what is going on now; the detail is for a terminal only."""
        seconds = int(time.monotonic() - self._started)
        if self._terminal:
            time_spent = f" {seconds} s" if seconds else ""
            text = f"{step} …{time_spent}  {detail}".rstrip()
            self._erase()
            self._length = len(text[: _columns() - 1])
            self._write(text[: self._length])
        elif step != self._step:
            self._write(f"{step} …\n")
        self._step = step

    def detail(self, detail: str) -> None:
        """Say more of what goes on. Nobody sees it but on a terminal."""
        self.show(self._step, detail)

    def clear(self) -> None:
        """Take the line away again."""
        if self._terminal and self._step:
            self._erase()
        self._step = ""

    def _erase(self) -> None:
        # With blanks: the output of a notebook's cell goes back to a line's begin, and can erase
        # nothing: the code that erases a line would stand there as three more letters.
        self._write(f"\r{' ' * self._length}\r")
        self._length = 0

    def _write(self, text: str) -> None:
        with suppress(OSError):  # as in note
            sys.stderr.write(text)
            sys.stderr.flush()


def _columns() -> int:
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or 80
    except OSError:
        return 80


class Answer(NamedTuple):
    """What a command found or did: data for programs, lines for people, and the exit code."""

    data: Any
    lines: Sequence[str]
    code: int = 0


def give(answer: Answer, options: set[str]) -> int:
    """Print an answer, as JSON where that is asked for, and return its exit code."""
    if "--json" in options:
        import json

        say(json.dumps(answer.data, indent=2))
    else:
        for line in answer.lines:
            say(line)
    return answer.code


def say(text: str = "") -> None:
    """Print a line that stays. A terminal that was closed is a signal to leave: Interrupted.

    Raises Problem where it goes to a file on a full disk.
    """
    try:
        print(text, flush=True)
    except OSError as error:
        if error.errno == errno.EIO:
            raise Interrupted(signal.SIGHUP) from None
        if error.errno not in FULL:
            raise
        # Python would try what is left once more at its end, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        message = f"What lab prints cannot be written where it goes to: {error.strerror}."
        raise Problem(message, "df -h") from None


def note(text: str) -> None:
    """Print a remark beside the result: on stderr, so that `$(lab url)` stays clean."""
    with suppress(OSError):  # nobody is there to read it any more, and ending has to go on
        print(text, file=sys.stderr, flush=True)
