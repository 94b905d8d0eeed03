"""What a person sees: one line of progress while something takes time, and the lines that stay."""

import errno
import os
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from .errors import FULL, Interrupted, Problem


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

    def clear(self) -> None:
        """Take the line away again."""
        if self._terminal and self._step:
            self._erase()
        self._step = ""

    def _erase(self) -> None:
        # With blanks: the output of a notebook's cell goes back to a line's begin, but erases none.
        self._write(f"\r{' ' * self._length}\r\033[K")
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
